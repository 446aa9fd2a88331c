-- What happened, what was refused, and which fixes are not to be believed without question.

ALTER TABLE nigehban.position ADD COLUMN suspect smallint NOT NULL DEFAULT 0;  -- fleet.columns.Suspect

CREATE TABLE nigehban.event (
    asset bigint NOT NULL,
    event_time timestamptz NOT NULL
        CHECK (event_time >= '2000-01-01Z' AND event_time < '2100-01-01Z'),
    received_time timestamptz NOT NULL,
    kind text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (asset, event_time, kind)
);
CREATE INDEX ON nigehban.event (event_time);

-- What came and could not be taken, as it came. `count` > 1: in a flood one stands for many.
CREATE TABLE nigehban.dead_letter (
    id uuid PRIMARY KEY,  -- a hash of all but the count: written twice it is there once
    received_time timestamptz NOT NULL,
    origin text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    peer text NOT NULL,
    raw bytea NOT NULL CHECK (octet_length(raw) <= 65536),
    count integer NOT NULL DEFAULT 1
);
CREATE INDEX ON nigehban.dead_letter (received_time);
CREATE INDEX ON nigehban.dead_letter (reason, received_time);
