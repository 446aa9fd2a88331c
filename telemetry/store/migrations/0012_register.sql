-- The register: what people say of assets, who changed it when, and what assets have told of
-- themselves once. A change makes a new version of an asset's entry.

ALTER TABLE nigehban.asset
    ADD COLUMN call_sign text,
    ADD COLUMN group_name text,
    ADD COLUMN note text,
    ADD COLUMN shown_kind smallint,  -- what it is shown as, whatever its protocol makes of it
    ADD COLUMN maintenance_hours double precision CHECK (maintenance_hours > 0),  -- of flight
    ADD COLUMN maintained_time timestamptz,  -- since when they count
    ADD COLUMN out_of_service boolean NOT NULL DEFAULT false,
    ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE TABLE nigehban.asset_change (
    asset bigint NOT NULL,
    version integer NOT NULL,  -- the entry's after it
    change_time timestamptz NOT NULL,
    who text NOT NULL,
    changes jsonb NOT NULL,  -- {"name": ["before", "after"], …}
    PRIMARY KEY (asset, version)
);

-- What runs on an asset, as it told last (event `firmware`; the events go with their age).
CREATE TABLE nigehban.firmware (
    asset bigint PRIMARY KEY,
    told_time timestamptz NOT NULL,
    detail jsonb NOT NULL
);

-- Flights: stretches of statuses in the air, made by the housekeeper and kept for good. One that
-- goes on grows.
CREATE TABLE nigehban.flight (
    asset bigint NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    battery_start real,  -- percent
    battery_end real,
    PRIMARY KEY (asset, start_time)
);

-- Up to when an asset's statuses are in its flights. Who writes an earlier one sets it back, in the
-- same transaction.
CREATE TABLE nigehban.flight_mark (
    asset bigint PRIMARY KEY,
    folded timestamptz NOT NULL
);
