-- How long and how far what drives was under way, for what is due since its last service; beside it
-- what people say that was not counted.

ALTER TABLE nigehban.asset
    ADD COLUMN uncounted_hours double precision CHECK (uncounted_hours >= 0),  -- since that service
    ADD COLUMN uncounted_distance double precision CHECK (uncounted_distance >= 0);

-- Of cars, officers and what is unknown; made of single positions by the housekeeper together with
-- the roll-ups (0005). Ten minutes without a movement are not here, unless there was one before late
-- positions came.
CREATE TABLE nigehban.driven_10min (
    asset bigint NOT NULL,
    bucket timestamptz NOT NULL,  -- its beginning
    fixes integer NOT NULL,
    seconds double precision NOT NULL,  -- under way
    distance double precision NOT NULL,
    PRIMARY KEY (asset, bucket)
);

-- The sums of days, kept for good.
CREATE TABLE nigehban.driven_day (
    asset bigint NOT NULL,
    day date NOT NULL,  -- of UTC
    fixes integer NOT NULL,
    seconds double precision NOT NULL,
    distance double precision NOT NULL,
    PRIMARY KEY (asset, day)
);

-- What `nigehban.mark` of 0005 does, whatever TimescaleDB's licence: where the roll-ups are continuous
-- aggregates, 0007 makes that one do nothing, and these tables need the marks there too.
CREATE FUNCTION nigehban.mark_stretches(
    expected bigint, assets bigint[], buckets timestamptz[]
) RETURNS bigint LANGUAGE plpgsql AS $$
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

-- What there is already is counted as far back as single positions are kept.
INSERT INTO nigehban.rollup_mark (asset, bucket, epoch)
SELECT DISTINCT asset, bucket, 0 FROM nigehban.track_10min
JOIN nigehban.asset known ON known.id = asset
WHERE kind IN (0, 2, 3)
ON CONFLICT DO NOTHING;
