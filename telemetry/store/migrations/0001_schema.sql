-- The tables, in a schema of our own: the database may be shared with other programs, and names
-- such as `asset` and `position` are taken easily. Units: metres, metres per second, degrees.
-- What is unknown is NULL.
--
-- No table of rows that stream refers to `asset` by a foreign key: rows may arrive from several
-- collectors and be restored in any order, and checking each of them costs more than storing it.

CREATE TABLE nigehban.asset (
    id bigint PRIMARY KEY,  -- a hash of the identity, so each collector knows it by itself
    identity text NOT NULL UNIQUE,  -- mavlink:<network>/<system>, owntracks:…, osmand:…
    kind smallint NOT NULL,  -- 0 unknown, 1 drone, 2 car
    name text,  -- what people call it
    first_seen timestamptz NOT NULL DEFAULT now()
);

-- One fix of one asset. The key's index, read backwards, also serves "the newest of an asset",
-- so there is no second one on (asset, fix_time).
CREATE TABLE nigehban.position (
    asset bigint NOT NULL,
    received_time timestamptz NOT NULL,
    fix_time timestamptz NOT NULL CHECK (fix_time >= '2000-01-01Z' AND fix_time < '2100-01-01Z'),
    source smallint NOT NULL,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    altitude real,
    height real,
    heading real,
    speed real,
    climb real,
    accuracy real,
    PRIMARY KEY (asset, fix_time, source)
);

-- How an asset was at one of its heartbeats; status_time is when, by our clock.
CREATE TABLE nigehban.vehicle_status (
    asset bigint NOT NULL,
    status_time timestamptz NOT NULL
        CHECK (status_time >= '2000-01-01Z' AND status_time < '2100-01-01Z'),
    received_time timestamptz NOT NULL,
    vehicle_time timestamptz,
    armed smallint,
    mode text,
    system_status smallint,
    landed_state smallint,
    battery_percent real,
    battery_voltage real,
    battery_current real,
    gps_fix smallint,
    satellites smallint,
    hdop real,
    ekf_flags integer,
    roll real,
    pitch real,
    yaw real,
    airspeed real,
    home_latitude double precision,
    home_longitude double precision,
    home_altitude real,
    PRIMARY KEY (asset, status_time)
);

-- What an asset said in words.
CREATE TABLE nigehban.status_text (
    asset bigint NOT NULL,
    received_time timestamptz NOT NULL
        CHECK (received_time >= '2000-01-01Z' AND received_time < '2100-01-01Z'),
    severity smallint NOT NULL,  -- MAV_SEVERITY: 0 emergency … 7 debug
    text text NOT NULL CHECK (octet_length(text) <= 1024),
    PRIMARY KEY (asset, received_time, severity, text)
);
