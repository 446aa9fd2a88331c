-- The airspace: what sensors said as it came, what was read from it, and what was made of it; and
-- what was ticked of an alert's checklist. The columns are those of `fleet.airspace.columns`.

-- One message of a sensor, byte for byte. `number` is its place among those of the same time.
CREATE TABLE nigehban.sensor_message (
    received_time timestamptz NOT NULL
        CHECK (received_time >= '2000-01-01Z' AND received_time < '2100-01-01Z'),
    id uuid NOT NULL,  -- a hash of time, sensor, protocol and bytes
    sensor text NOT NULL,
    protocol text NOT NULL,
    number integer NOT NULL,
    raw bytea NOT NULL CHECK (octet_length(raw) <= 65536),
    PRIMARY KEY (received_time, id)
);
CREATE INDEX ON nigehban.sensor_message (sensor, received_time);

-- What one sensor told of one object at one time.
CREATE TABLE nigehban.detection (
    sensor text NOT NULL,
    means smallint NOT NULL,
    time timestamptz NOT NULL CHECK (time >= '2000-01-01Z' AND time < '2100-01-01Z'),
    received_time timestamptz NOT NULL,
    key text NOT NULL,  -- what the sensor calls the object; empty if nothing
    identity text,
    call_sign text,
    latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    altitude real,
    datum smallint NOT NULL,
    height real,
    east real,
    north real,
    up real,
    error real,
    altitude_error real,
    speed_error real,
    confidence real,
    operator_latitude double precision,
    operator_longitude double precision,
    operator_id text,
    flags smallint NOT NULL,
    PRIMARY KEY (time, sensor, key, received_time)
);
CREATE INDEX ON nigehban.detection (identity, time) WHERE identity IS NOT NULL;

-- How a contact was after each step in which it changed. It can change without being measured anew:
-- of several rows with the same time the last counts.
CREATE TABLE nigehban.contact_state (
    contact bigint NOT NULL,
    time timestamptz NOT NULL CHECK (time >= '2000-01-01Z' AND time < '2100-01-01Z'),
    first_time timestamptz NOT NULL,
    heard_time timestamptz NOT NULL,
    state smallint NOT NULL,
    class smallint NOT NULL,
    doubts smallint NOT NULL,
    identity text,
    call_sign text,
    means smallint NOT NULL,
    hits integer NOT NULL,
    confidence real,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    altitude real,
    datum smallint NOT NULL,
    height real,
    east real,
    north real,
    up real,
    radius real,
    altitude_error real,
    speed_error real,
    operator_latitude double precision,
    operator_longitude double precision,
    operator_time timestamptz,
    operator_id text,
    stays_since timestamptz,
    flags smallint NOT NULL,
    seen_time timestamptz,
    PRIMARY KEY (contact, time)
);
CREATE INDEX ON nigehban.contact_state (time);

-- The newest state of each contact: which there were is asked here, one row each.
CREATE TABLE nigehban.contact (LIKE nigehban.contact_state, PRIMARY KEY (contact));
CREATE INDEX ON nigehban.contact (first_time, contact);
CREATE INDEX ON nigehban.contact (time);

-- What became of a contact: fleet.airspace.columns.ChangeKind.
CREATE TABLE nigehban.contact_change (
    contact bigint NOT NULL,
    time timestamptz NOT NULL CHECK (time >= '2000-01-01Z' AND time < '2100-01-01Z'),
    kind smallint NOT NULL,
    other bigint NOT NULL,  -- the contact that it is about; 0 for none
    distance real,
    identity text,
    PRIMARY KEY (contact, time, kind, other)
);
CREATE INDEX ON nigehban.contact_change (time);

-- What happened to a sensor itself: registered, status, lost, regained, alert, flooding, gone.
CREATE TABLE nigehban.sensor_event (
    sensor text NOT NULL,
    received_time timestamptz NOT NULL
        CHECK (received_time >= '2000-01-01Z' AND received_time < '2100-01-01Z'),
    kind text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (sensor, received_time, kind)
);
CREATE INDEX ON nigehban.sensor_event (received_time);

-- A tick, or its taking back, on the checklist of one raising of an alert. Each is a row, and of an
-- item the newest counts.
CREATE TABLE nigehban.checklist_tick (
    alert text NOT NULL,
    raised_time timestamptz NOT NULL,
    item text NOT NULL,
    tick_time timestamptz NOT NULL,
    who text NOT NULL,
    done boolean NOT NULL,
    note text NOT NULL DEFAULT '',
    PRIMARY KEY (alert, raised_time, item, tick_time, who)
);
CREATE INDEX ON nigehban.checklist_tick (tick_time);
