-- Needs TimescaleDB's community licence. There the roll-ups are continuous aggregates, under the
-- names and with the columns of the tables that our own job fills otherwise (0005_rollups.sql says
-- what they mean), and what marks buckets for that job does nothing. A database that has roll-ups
-- already keeps them, and the job.
--
-- A continuous aggregate that is refreshed where single positions have been dropped loses what it
-- held there. So it is refreshed no further back than these are kept: housekeeping sets
-- `start_offset` to a day less. Later ones than that are not taken by `nigehban replay`.

-- Metres between the last place of each row and the first of the next.
CREATE FUNCTION nigehban.gaps_step(
    state double precision[], first_latitude double precision, first_longitude double precision,
    latitude double precision, longitude double precision
) RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF state IS NULL THEN
        RETURN ARRAY[latitude, longitude, 0];
    END IF;
    RETURN ARRAY[
        latitude, longitude,
        state[3] + nigehban.metres(state[1], state[2], first_latitude, first_longitude)
    ];
END
$$;
CREATE FUNCTION nigehban.gaps_sum(state double precision[]) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT state[3]';
CREATE AGGREGATE nigehban.gaps(
    double precision, double precision, double precision, double precision
) (SFUNC = nigehban.gaps_step, STYPE = double precision[], FINALFUNC = nigehban.gaps_sum);

DO $migration$
BEGIN

IF EXISTS (SELECT FROM nigehban.track_10min) THEN
    RAISE NOTICE 'the roll-ups that there are stay, and so does the job that keeps them';
    RETURN;
END IF;

DROP TABLE nigehban.track_1s;  -- hypertables go one by one
DROP TABLE nigehban.track_10s;
DROP TABLE nigehban.track_1min;
DROP TABLE nigehban.track_10min;

CREATE MATERIALIZED VIEW nigehban.track_1s
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS SELECT
    asset, source, suspect, time_bucket(INTERVAL '1 second', fix_time) AS bucket,
    count(*)::integer AS fixes,
    min(fix_time) AS first_time,
    first(latitude, fix_time) AS first_latitude,
    first(longitude, fix_time) AS first_longitude,
    last(received_time, fix_time) AS received_time,
    max(fix_time) AS fix_time,
    last(latitude, fix_time) AS latitude,
    last(longitude, fix_time) AS longitude,
    last(altitude, fix_time) AS altitude,
    last(height, fix_time) AS height,
    last(heading, fix_time) AS heading,
    last(speed, fix_time) AS speed,
    last(climb, fix_time) AS climb,
    last(accuracy, fix_time) AS accuracy,
    nigehban.gaps(latitude, longitude, latitude, longitude ORDER BY fix_time) AS distance,
    count(speed)::integer AS speeds,
    coalesce(sum(speed::double precision), 0) AS speed_sum,
    min(speed) AS speed_min, max(speed) AS speed_max,
    min(altitude) AS altitude_min, max(altitude) AS altitude_max, max(height) AS height_max,
    min(latitude) AS south, max(latitude) AS north,
    min(longitude) AS west, max(longitude) AS east
FROM nigehban.position
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE MATERIALIZED VIEW nigehban.track_10s
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS SELECT
    asset, source, suspect, time_bucket(INTERVAL '10 seconds', bucket) AS bucket,
    sum(fixes)::integer AS fixes,
    min(first_time) AS first_time,
    first(first_latitude, bucket) AS first_latitude,
    first(first_longitude, bucket) AS first_longitude,
    last(received_time, bucket) AS received_time,
    max(fix_time) AS fix_time,
    last(latitude, bucket) AS latitude,
    last(longitude, bucket) AS longitude,
    last(altitude, bucket) AS altitude,
    last(height, bucket) AS height,
    last(heading, bucket) AS heading,
    last(speed, bucket) AS speed,
    last(climb, bucket) AS climb,
    last(accuracy, bucket) AS accuracy,
    sum(distance) + nigehban.gaps(
        first_latitude, first_longitude, latitude, longitude ORDER BY bucket
    ) AS distance,
    sum(speeds)::integer AS speeds, sum(speed_sum) AS speed_sum,
    min(speed_min) AS speed_min, max(speed_max) AS speed_max,
    min(altitude_min) AS altitude_min, max(altitude_max) AS altitude_max,
    max(height_max) AS height_max,
    min(south) AS south, max(north) AS north, min(west) AS west, max(east) AS east
FROM nigehban.track_1s
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE MATERIALIZED VIEW nigehban.track_1min
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS SELECT
    asset, source, suspect, time_bucket(INTERVAL '1 minute', bucket) AS bucket,
    sum(fixes)::integer AS fixes,
    min(first_time) AS first_time,
    first(first_latitude, bucket) AS first_latitude,
    first(first_longitude, bucket) AS first_longitude,
    last(received_time, bucket) AS received_time,
    max(fix_time) AS fix_time,
    last(latitude, bucket) AS latitude,
    last(longitude, bucket) AS longitude,
    last(altitude, bucket) AS altitude,
    last(height, bucket) AS height,
    last(heading, bucket) AS heading,
    last(speed, bucket) AS speed,
    last(climb, bucket) AS climb,
    last(accuracy, bucket) AS accuracy,
    sum(distance) + nigehban.gaps(
        first_latitude, first_longitude, latitude, longitude ORDER BY bucket
    ) AS distance,
    sum(speeds)::integer AS speeds, sum(speed_sum) AS speed_sum,
    min(speed_min) AS speed_min, max(speed_max) AS speed_max,
    min(altitude_min) AS altitude_min, max(altitude_max) AS altitude_max,
    max(height_max) AS height_max,
    min(south) AS south, max(north) AS north, min(west) AS west, max(east) AS east
FROM nigehban.track_10s
GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE MATERIALIZED VIEW nigehban.track_10min
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS SELECT
    asset, source, suspect, time_bucket(INTERVAL '10 minutes', bucket) AS bucket,
    sum(fixes)::integer AS fixes,
    min(first_time) AS first_time,
    first(first_latitude, bucket) AS first_latitude,
    first(first_longitude, bucket) AS first_longitude,
    last(received_time, bucket) AS received_time,
    max(fix_time) AS fix_time,
    last(latitude, bucket) AS latitude,
    last(longitude, bucket) AS longitude,
    last(altitude, bucket) AS altitude,
    last(height, bucket) AS height,
    last(heading, bucket) AS heading,
    last(speed, bucket) AS speed,
    last(climb, bucket) AS climb,
    last(accuracy, bucket) AS accuracy,
    sum(distance) + nigehban.gaps(
        first_latitude, first_longitude, latitude, longitude ORDER BY bucket
    ) AS distance,
    sum(speeds)::integer AS speeds, sum(speed_sum) AS speed_sum,
    min(speed_min) AS speed_min, max(speed_max) AS speed_max,
    min(altitude_min) AS altitude_min, max(altitude_max) AS altitude_max,
    max(height_max) AS height_max,
    min(south) AS south, max(north) AS north, min(west) AS west, max(east) AS east
FROM nigehban.track_1min
GROUP BY 1, 2, 3, 4
WITH NO DATA;

PERFORM add_continuous_aggregate_policy(
    'nigehban.' || name,
    start_offset => INTERVAL '2 days', end_offset => INTERVAL '10 minutes',
    schedule_interval => INTERVAL '5 minutes'
) FROM unnest(ARRAY['track_1s', 'track_10s', 'track_1min', 'track_10min']) name;

TRUNCATE nigehban.rollup_mark;
CREATE OR REPLACE FUNCTION nigehban.mark(expected bigint, assets bigint[], buckets timestamptz[])
RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT expected';

END
$migration$;

-- What is too old is dropped by housekeeping as the settings say, not by these policies of 0003.
SELECT remove_retention_policy('nigehban.position', if_exists => true);
SELECT remove_retention_policy('nigehban.vehicle_status', if_exists => true);
