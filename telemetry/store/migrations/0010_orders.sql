-- Events that came from outside with a key of whoever sent them: the same key is the same event.
-- The event itself is in `event`; these rows come and go with it.
CREATE TABLE nigehban.outside_event (
    client_key text PRIMARY KEY,
    hash text NOT NULL,  -- of what was sent: another one under the same key is refused
    asset bigint NOT NULL,
    event_time timestamptz NOT NULL,
    kind text NOT NULL
);
CREATE INDEX ON nigehban.outside_event (event_time);

ALTER TABLE nigehban.geofence ADD COLUMN who text NOT NULL DEFAULT '';  -- who wrote this row last
