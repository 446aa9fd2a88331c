-- What is watched for, and what came of it. Few rows: none of these tables needs chunks.

-- All versions of all geofences, each as `fleet.geofences.stored` writes it.
CREATE TABLE nigehban.geofence (
    id uuid NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    fence jsonb NOT NULL,
    changed_time timestamptz NOT NULL DEFAULT clock_timestamp(),  -- when this row was last written
    PRIMARY KEY (id, version)
);
CREATE INDEX ON nigehban.geofence (changed_time);

-- What happened at their edges: `fleet.geofences.events`. A late fix can change an event or take it
-- back: `told` grows, and the row with the highest one counts, in whichever order they arrive.
CREATE TABLE nigehban.fence_event (
    id uuid PRIMARY KEY,  -- a hash of asset, fence, version, what and time
    asset bigint NOT NULL,
    fence uuid NOT NULL,
    version integer NOT NULL,
    fence_kind text NOT NULL,
    what text NOT NULL,  -- entered, left, dwelt
    cause text NOT NULL,
    event_time timestamptz NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    before_time timestamptz,  -- fixes on both sides of the crossing
    after_time timestamptz NOT NULL,
    seen_time timestamptz NOT NULL,  -- the fix that made it certain
    told bigint NOT NULL,  -- microseconds since 1970, when it was said
    withdrawn boolean NOT NULL
);
CREATE INDEX ON nigehban.fence_event (asset, event_time);
CREATE INDEX ON nigehban.fence_event (fence, event_time);
CREATE INDEX ON nigehban.fence_event (told);

-- Everything that ever happens to an alert: `fleet.alerts.events`. One program writes at a time.
CREATE TABLE nigehban.alert_event (
    id bigint PRIMARY KEY,  -- 1, 2, 3 … in the order of happening
    alert text NOT NULL,
    event_time timestamptz NOT NULL,
    what text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    "values" jsonb NOT NULL
);
CREATE INDEX ON nigehban.alert_event (event_time);
CREATE INDEX ON nigehban.alert_event (alert, id);

-- Where a restart begins: all that comes later is made again from alert_event and position.
CREATE TABLE nigehban.alert_snapshot (
    taken_time timestamptz PRIMARY KEY,
    book jsonb NOT NULL,
    fences bytea  -- `fleet.geofences.saved`; NULL where there were none
);
