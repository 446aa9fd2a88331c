-- What the watch told of the threat of a contact, so that the past tells the same whatever settings and
-- geofences are today. A row holds from its time on: there is one when something else was told, and one
-- a minute. What is older than this table is reckoned from `contact_state` and the geofences of then.

CREATE TABLE nigehban.contact_threat (
    contact bigint NOT NULL,
    time timestamptz NOT NULL CHECK (time >= '2000-01-01Z' AND time < '2100-01-01Z'),
    score smallint NOT NULL,  -- 0 to 100
    level smallint NOT NULL,  -- 0 none, 1 low, 2 medium, 3 high
    zone text,  -- its name then
    reasons text,  -- `near:20:310.0 silent:20`: code, points and figure (fleet.airspace.reasons)
    PRIMARY KEY (contact, time)
);
CREATE INDEX ON nigehban.contact_threat (time);

-- Since 0016 all writers call mark_stretches. Should 0007 be applied only after this, it makes a
-- function of this name that nobody calls.
DROP FUNCTION IF EXISTS nigehban.mark(bigint, bigint[], timestamptz[]);
