"""How long and how far what drives was under way: counted with the roll-ups, summed since a service.

A way between two fixes counts if it is of at most GAP, and if the asset was faster than STILL_SPEED
at its end, by its own word or else by the way itself; so the report `days` counts moving seconds
too. Metres at rest, which are noise of the receiver, do not count. Of each second the last fix that
is not suspect is taken. A way is of the ten minutes that it ends in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from fleet.assets import Kind
from telemetry.store.marks import STRETCH

DRIVES = (Kind.UNKNOWN, Kind.CAR, Kind.OFFICER)
"""Whose ways are counted; 0016_service.sql says the same."""

GAP = timedelta(minutes=10)
"""Of a longer way nobody knows how it went; at most STRETCH."""

STILL_SPEED = 1.5

# A late fix also ends the first way of the ten minutes after it, so these are counted again too.
_COUNT = sql.SQL("""
WITH touched AS (
    SELECT DISTINCT asset, start + further AS start
    FROM unnest(%(assets)s::bigint[], %(starts)s::timestamptz[]) marked (asset, start)
    JOIN nigehban.asset known ON known.id = asset AND kind = ANY ({drives})
    CROSS JOIN (VALUES (interval '0'), ({stretch})) also (further)
), fix AS (
    SELECT touched.asset, start, fix.*
    FROM touched CROSS JOIN LATERAL (
        (SELECT fix_time, latitude, longitude, speed FROM nigehban.position
        WHERE asset = touched.asset AND fix_time >= start - {gap} AND fix_time < start
        AND fix_time >= %(first)s - {gap} AND fix_time < %(last)s + {stretch} AND suspect = 0
        ORDER BY fix_time DESC, source LIMIT 1)
        UNION ALL
        (SELECT DISTINCT ON (date_bin('1 second', fix_time, timestamptz '2000-01-01Z'))
            fix_time, latitude, longitude, speed FROM nigehban.position
        WHERE asset = touched.asset AND fix_time >= start AND fix_time < start + {stretch}
        AND fix_time >= %(first)s AND fix_time < %(last)s + 2 * {stretch} AND suspect = 0
        ORDER BY date_bin('1 second', fix_time, timestamptz '2000-01-01Z'), fix_time DESC, source)
    ) fix
), way AS (
    SELECT asset, start, fix_time, speed,
        extract(epoch FROM fix_time - lag(fix_time) OVER inside)::float8 AS seconds,
        nigehban.metres(
            lag(latitude) OVER inside, lag(longitude) OVER inside, latitude, longitude
        ) AS distance
    FROM fix WINDOW inside AS (PARTITION BY asset, start ORDER BY fix_time)
), counted AS (
    SELECT asset, start, count(*) FILTER (WHERE fix_time >= start) AS fixes,
        coalesce(sum(seconds) FILTER (WHERE moves), 0) AS seconds,
        coalesce(sum(distance) FILTER (WHERE moves), 0) AS distance
    FROM (
        SELECT *, fix_time >= start AND seconds <= {gap_seconds}
            AND coalesce(speed, distance / nullif(seconds, 0)) > {still} AS moves
        FROM way
    ) way GROUP BY asset, start
)
INSERT INTO nigehban.driven_10min AS kept (asset, bucket, fixes, seconds, distance)
SELECT asset, start, fixes, seconds, distance FROM counted
WHERE seconds > 0 OR EXISTS (
    SELECT FROM nigehban.driven_10min old WHERE old.asset = counted.asset AND old.bucket = start
)
ON CONFLICT (asset, bucket) DO UPDATE SET
    fixes = excluded.fixes, seconds = excluded.seconds, distance = excluded.distance
WHERE excluded.fixes >= kept.fixes
""").format(
    drives=sql.Literal([int(kind) for kind in DRIVES]),
    stretch=sql.Literal(STRETCH),
    gap=sql.Literal(GAP),
    gap_seconds=sql.Literal(GAP.total_seconds()),
    still=sql.Literal(STILL_SPEED),
)

_SUM_DAYS = sql.SQL("""
INSERT INTO nigehban.driven_day AS kept (asset, day, fixes, seconds, distance)
SELECT touched.asset, day, sum(fixes), sum(seconds), sum(distance)
FROM (
    SELECT DISTINCT asset, ((start + further) AT TIME ZONE 'UTC')::date AS day
    FROM unnest(%(assets)s::bigint[], %(starts)s::timestamptz[]) marked (asset, start)
    CROSS JOIN (VALUES (interval '0'), ({stretch})) also (further)
) touched JOIN nigehban.driven_10min driven ON driven.asset = touched.asset
AND bucket >= day::timestamp AT TIME ZONE 'UTC' AND bucket < (day + 1)::timestamp AT TIME ZONE 'UTC'
GROUP BY touched.asset, day
ON CONFLICT (asset, day) DO UPDATE SET
    fixes = excluded.fixes, seconds = excluded.seconds, distance = excluded.distance
WHERE excluded.fixes >= kept.fixes
""").format(stretch=sql.Literal(STRETCH))

# The day of the service by its ten minutes, the days after it by their sums.
_SINCE_SERVICE = sql.SQL("""
SELECT id AS asset,
    (coalesce(days.seconds, 0) + coalesce(part.seconds, 0)) / 3600 AS hours,
    coalesce(days.distance, 0) + coalesce(part.distance, 0) AS distance
FROM nigehban.asset
CROSS JOIN LATERAL (SELECT (maintained_time AT TIME ZONE 'UTC')::date AS served) known
CROSS JOIN LATERAL (
    SELECT sum(seconds) AS seconds, sum(distance) AS distance FROM nigehban.driven_day
    WHERE asset = id AND (served IS NULL OR day > served)
) days
CROSS JOIN LATERAL (
    SELECT sum(seconds) AS seconds, sum(distance) AS distance FROM nigehban.driven_10min
    WHERE asset = id AND bucket >= maintained_time
    AND bucket < (served + 1)::timestamp AT TIME ZONE 'UTC'
) part
WHERE kind = ANY ({})
""").format(sql.Literal([int(kind) for kind in DRIVES]))


@dataclass(frozen=True, slots=True)
class Driven:
    """How much an asset was under way since its last service, or ever if it has had none."""

    asset: int
    hours: float
    distance: float


async def count(
    connection: psycopg.AsyncConnection, assets: Sequence[int], starts: Sequence[datetime]
) -> None:
    """Count the stretches of these assets and beginnings anew, in the transaction that there is.

    What was counted of more fixes than there are now stays: some were dropped. Raises psycopg.Error.
    """
    told = {"assets": list(assets), "starts": list(starts)}
    told |= {"first": min(starts), "last": max(starts)}
    await connection.execute(_COUNT, told)
    await connection.execute(_SUM_DAYS, told)


async def since_service(connection: psycopg.AsyncConnection) -> dict[int, Driven]:
    """Of each asset that drives, by key. Raises psycopg.Error."""
    async with connection.cursor(row_factory=class_row(Driven)) as cursor:
        await cursor.execute(_SINCE_SERVICE)
        return {each.asset: each for each in await cursor.fetchall()}
