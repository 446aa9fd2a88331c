-- Tracks in coarser steps, which are kept longer than single positions, and what tells which of
-- them are to be reckoned anew.

-- Metres between two places along a sphere of the Earth's mean radius (haversine formula). The
-- factor keeps opposite places from rounding to more than 1, of which there is no arc sine.
CREATE FUNCTION nigehban.metres(
    latitude_1 double precision, longitude_1 double precision,
    latitude_2 double precision, longitude_2 double precision
) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 2 * 6371008.8 * asin(sqrt(0.99999999999999::double precision * (
        power(sin(radians(latitude_2 - latitude_1) / 2), 2)
        + cos(radians(latitude_1)) * cos(radians(latitude_2))
        * power(sin(radians(longitude_2 - longitude_1) / 2), 2)
    )))
$$;

-- The fixes of one asset from one source in one bucket, those that are suspect for the same reason
-- by themselves. What is between the last fix of a bucket and the first of the next is in neither's
-- `distance`: both places are here, so that it can be added, and a bucket depends on nothing
-- outside it.
CREATE TABLE nigehban.track_1s (
    asset bigint NOT NULL,
    source smallint NOT NULL,
    suspect smallint NOT NULL,
    bucket timestamptz NOT NULL,  -- its beginning; a whole multiple of its length since 2000
    fixes integer NOT NULL,
    first_time timestamptz NOT NULL,
    first_latitude double precision NOT NULL,
    first_longitude double precision NOT NULL,
    -- the last fix, as it stands in `position`
    received_time timestamptz NOT NULL,
    fix_time timestamptz NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    altitude real,
    height real,
    heading real,
    speed real,
    climb real,
    accuracy real,
    -- all of them
    distance double precision NOT NULL,  -- from fix to fix
    speeds integer NOT NULL,  -- fixes with a speed; the mean speed is speed_sum / speeds
    speed_sum double precision NOT NULL,
    speed_min real,
    speed_max real,
    altitude_min real,
    altitude_max real,
    height_max real,
    south double precision NOT NULL,
    north double precision NOT NULL,
    west double precision NOT NULL,  -- the least longitude, also of a track across 180°
    east double precision NOT NULL,
    PRIMARY KEY (asset, bucket, source, suspect)
);
CREATE TABLE nigehban.track_10s (LIKE nigehban.track_1s INCLUDING ALL);
CREATE TABLE nigehban.track_1min (LIKE nigehban.track_1s INCLUDING ALL);
CREATE TABLE nigehban.track_10min (LIKE nigehban.track_1s INCLUDING ALL);

-- Single positions in the same columns, each a bucket of its own.
CREATE VIEW nigehban.track_fix AS SELECT
    asset, source, suspect, fix_time AS bucket,
    1 AS fixes,
    fix_time AS first_time, latitude AS first_latitude, longitude AS first_longitude,
    received_time, fix_time, latitude, longitude,
    altitude, height, heading, speed, climb, accuracy,
    0::double precision AS distance,
    (speed IS NOT NULL)::integer AS speeds, coalesce(speed, 0)::double precision AS speed_sum,
    speed AS speed_min, speed AS speed_max,
    altitude AS altitude_min, altitude AS altitude_max, height AS height_max,
    latitude AS south, latitude AS north, longitude AS west, longitude AS east
FROM nigehban.position;

-- A track shows a suspect fix only where there is no other: this finds them.
CREATE INDEX ON nigehban.position (asset, fix_time) WHERE suspect <> 0;

-- Which 10 minutes of an asset have positions that the roll-ups do not hold yet.
--
-- A writer marks what it touches in its own transaction, and need not do so again while the number
-- in `rollup_epoch` is the same. Who rolls up takes the next number first, waits until no
-- transaction of the earlier ones is left, and only then takes away their marks: no row can come in
-- whose mark is gone.
CREATE TABLE nigehban.rollup_mark (
    asset bigint NOT NULL,
    bucket timestamptz NOT NULL,
    epoch bigint NOT NULL,
    PRIMARY KEY (asset, bucket, epoch)
);
CREATE TABLE nigehban.rollup_epoch (
    number bigint NOT NULL,
    settled bigint NOT NULL  -- up to here no transaction of an epoch is left
);
INSERT INTO nigehban.rollup_epoch VALUES (1, 0);

-- Mark 10 minutes of assets, and keep the epoch from being settled until the transaction ends.
-- Returns the epoch; nothing is marked unless it is the expected one.
CREATE FUNCTION nigehban.mark(expected bigint, assets bigint[], buckets timestamptz[])
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    locked bigint;
    current bigint;
BEGIN
    LOOP
        SELECT number INTO STRICT current FROM nigehban.rollup_epoch;
        EXIT WHEN current = locked;  -- it was still the epoch when we had its lock
        PERFORM pg_advisory_xact_lock_shared(28263, (current % 2147483648)::integer);
        locked := current;
    END LOOP;
    IF current = expected AND cardinality(assets) > 0 THEN
        INSERT INTO nigehban.rollup_mark (asset, bucket, epoch)
        SELECT asset, bucket, current FROM unnest(assets, buckets) touched (asset, bucket)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN current;
END
$$;

INSERT INTO nigehban.rollup_mark (asset, bucket, epoch)
SELECT DISTINCT asset, date_bin('10 minutes', fix_time, timestamptz '2000-01-01Z'), 0
FROM nigehban.position;
