"""Keeps tracks in steps of 1 s, 10 s, 1 min and 10 min: reckons anew what is marked.

A stretch (`marks`) is rolled up as a whole and in one transaction: single positions to 1 s, each
coarser level from the finer one, and its mark goes. So whatever the order in which positions came,
the roll-ups are those of all that are stored. A stretch that is not over yet waits, and who reads
tracks takes its single positions (`queries.rolled_track`). What was `driven` is counted with it, also
where the roll-ups are continuous aggregates, which nobody but the database fills.

A row is replaced only by one of more fixes. Single positions are never taken away but by retention,
so less of them means that some were dropped, and then the roll-up of all of them stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import errors, sql

from telemetry.store import driven
from telemetry.store.continuous import are_used
from telemetry.store.marks import STRETCH

SETTLE = timedelta(minutes=1)
"""How long after its end a stretch is left alone: most of what comes late has come by then."""

STRETCHES_AT_ONCE = 25
"""Stretches of one transaction: some 100,000 positions of drones."""

EPOCH_LIMIT = "5s"
"""How long to wait for the transactions of an epoch; a writer's own limit is higher."""

_LOCK_CLASS = 28263  # as in 0005_rollups.sql


@dataclass(frozen=True, slots=True)
class Level:
    """One of the kept resolutions."""

    table: str
    """In the schema nigehban."""

    width: timedelta


LEVELS = (
    Level("track_1s", timedelta(seconds=1)),
    Level("track_10s", timedelta(seconds=10)),
    Level("track_1min", timedelta(minutes=1)),
    Level("track_10min", timedelta(minutes=10)),
)
"""Each from the one before it, the first from single positions."""

_FIXES = "track_fix"

_LAST = (
    "received_time",
    "fix_time",
    "latitude",
    "longitude",
    "altitude",
    "height",
    "heading",
    "speed",
    "climb",
    "accuracy",
)
"""Columns of the last fix of a bucket."""

_FIGURES = {
    "fixes": "sum(fixes)",
    "first_time": "min(first_time)",
    "first_latitude": "max(first_latitude) FILTER (WHERE is_first)",
    "first_longitude": "max(first_longitude) FILTER (WHERE is_first)",
    **{name: f"max({name}) FILTER (WHERE is_last)" for name in _LAST},
    "distance": "sum(distance) + coalesce(sum("
    "nigehban.metres(before_latitude, before_longitude, first_latitude, first_longitude)), 0)",
    "speeds": "sum(speeds)",
    "speed_sum": "sum(speed_sum)",
    "speed_min": "min(speed_min)",
    "speed_max": "max(speed_max)",
    "altitude_min": "min(altitude_min)",
    "altitude_max": "max(altitude_max)",
    "height_max": "max(height_max)",
    "south": "min(south)",
    "north": "max(north)",
    "west": "min(west)",
    "east": "max(east)",
}
"""What a bucket is of the finer ones in it, by column."""

_KEY = ("asset", "bucket", "source", "suspect")

_ROLL_UP = """
INSERT INTO nigehban.{table} AS kept ({key}, {columns})
SELECT asset, coarse, source, suspect, {figures}
FROM (
    SELECT *,
        lag(latitude) OVER inside AS before_latitude,
        lag(longitude) OVER inside AS before_longitude,
        lag(bucket) OVER inside IS NULL AS is_first,
        lead(bucket) OVER inside IS NULL AS is_last
    FROM (
        SELECT finer.*, date_bin({width}, bucket, timestamptz '2000-01-01Z') AS coarse
        FROM unnest(%(assets)s::bigint[], %(starts)s::timestamptz[]) marked (stretch_asset, start)
        JOIN nigehban.{finer} finer
        ON asset = stretch_asset AND bucket >= start AND bucket < start + {stretch}
        WHERE bucket >= %(first)s AND bucket < %(last)s + {stretch}
    ) finer
    WINDOW inside AS (PARTITION BY asset, source, suspect, coarse ORDER BY bucket)
) finer
GROUP BY asset, source, suspect, coarse
ON CONFLICT ({key}) DO UPDATE SET ({columns}) = ROW({replacing})
WHERE excluded.fixes > kept.fixes
"""


def _roll_up(finer: str, level: Level) -> sql.Composed:
    return sql.SQL(_ROLL_UP).format(
        table=sql.Identifier(level.table),
        finer=sql.Identifier(finer),
        width=sql.Literal(level.width),
        stretch=sql.Literal(STRETCH),
        key=sql.SQL(", ").join(map(sql.Identifier, _KEY)),
        columns=sql.SQL(", ").join(map(sql.Identifier, _FIGURES)),
        figures=sql.SQL(", ").join(map(sql.SQL, _FIGURES.values())),
        replacing=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in _FIGURES),
    )


_ROLL_UPS = [
    _roll_up(finer, level)
    for finer, level in zip([_FIXES, *(level.table for level in LEVELS)], LEVELS, strict=False)
]

_LOOK = """
SELECT settled, EXISTS (
    SELECT FROM nigehban.rollup_mark WHERE bucket <= %(ready)s AND epoch <= settled
), EXISTS (SELECT FROM nigehban.rollup_mark WHERE bucket <= %(ready)s)
FROM nigehban.rollup_epoch
"""

_NEXT_EPOCH = """
UPDATE nigehban.rollup_epoch SET number = number + 1 RETURNING settled + 1, number - 1
"""

_SETTLED = "UPDATE nigehban.rollup_epoch SET settled = greatest(settled, %s)"

_READY = """
SELECT DISTINCT asset, bucket FROM nigehban.rollup_mark
WHERE (asset, bucket) > (%(asset)s, %(bucket)s) AND bucket <= %(ready)s AND epoch <= %(epoch)s
ORDER BY asset, bucket LIMIT %(limit)s
"""

_UNMARK = """
DELETE FROM nigehban.rollup_mark mark
USING unnest(%(assets)s::bigint[], %(starts)s::timestamptz[]) done (asset, bucket)
WHERE mark.asset = done.asset AND mark.bucket = done.bucket AND mark.epoch <= %(epoch)s
"""

_BEHIND = """
SELECT count(*) FROM (
    SELECT FROM nigehban.rollup_mark WHERE bucket <= %s GROUP BY asset, bucket LIMIT %s
) due
"""

BEHIND_MOST = 100_000
"""Stretches that are counted."""

_BEFORE_ALL = (-1, datetime(2000, 1, 1, tzinfo=UTC))


@dataclass(slots=True)
class RolledUp:
    """What was done."""

    stretches: int = 0
    rows: int = 0
    """Rows of all levels that were new or changed."""

    more: bool = False
    """Whether there may be more to do."""


async def behind(connection: psycopg.AsyncConnection, now: datetime) -> int:
    """How many stretches are over and not rolled up yet, BEHIND_MOST at most. Raises psycopg.Error."""
    cursor = await connection.execute(_BEHIND, [now - STRETCH - SETTLE, BEHIND_MOST])
    found = await cursor.fetchone()
    return int(found[0]) if found else 0


class RollUp:
    """Rolls up what is marked; assets take turns, also over several calls."""

    def __init__(self) -> None:
        self._done = _BEFORE_ALL

    async def run(
        self, connection: psycopg.AsyncConnection, now: datetime, stretches_most: int
    ) -> RolledUp:
        """Roll up marked stretches that are over, `stretches_most` or a few more.

        Those that were marked since the last epoch ended are left for a later call as long as there
        are others: each new epoch has every writer mark its stretches again. Only one may roll up
        at a time, in all processes: the caller holds a lock for that. Raises psycopg.Error; what is
        left then is done by the next call.
        """
        rolled_up = RolledUp()
        ready = now - STRETCH - SETTLE
        cursor = await connection.execute(_LOOK, {"ready": ready})
        epoch, any_settled, any_ready = await cursor.fetchone() or (0, False, False)
        if not any_ready:
            return rolled_up
        if not any_settled:
            try:
                epoch = await _end_epoch(connection)
            except errors.LockNotAvailable:  # somebody writes for long: the next time
                return rolled_up
        statements = [] if await are_used(connection) else _ROLL_UPS
        turned = False
        while rolled_up.stretches < stretches_most:
            count, rows = await self._next(connection, ready, epoch, statements)
            rolled_up.stretches += count
            rolled_up.rows += rows
            if count < STRETCHES_AT_ONCE:
                if turned or self._done == _BEFORE_ALL:
                    rolled_up.more = any_settled  # there may be some of the epoch that goes on
                    return rolled_up
                self._done, turned = _BEFORE_ALL, True
        rolled_up.more = True
        return rolled_up

    async def _next(
        self,
        connection: psycopg.AsyncConnection,
        ready: datetime,
        epoch: int,
        statements: Sequence[sql.Composed],
    ) -> tuple[int, int]:
        """Roll up the next few stretches; how many there were, and rows."""
        async with connection.transaction():
            asset, bucket = self._done
            asked = {"asset": asset, "bucket": bucket, "ready": ready, "epoch": epoch}
            cursor = await connection.execute(_READY, asked | {"limit": STRETCHES_AT_ONCE})
            found = await cursor.fetchall()
            if not found:
                return 0, 0
            assets, starts = map(list, zip(*found, strict=True))
            told = {"assets": assets, "starts": starts, "epoch": epoch}
            told |= {"first": min(starts), "last": max(starts)}
            rows = 0
            for statement in statements:
                rows += (await connection.execute(statement, told)).rowcount
            await driven.count(connection, assets, starts)
            await connection.execute(_UNMARK, told)
        self._done = found[-1]
        return len(found), rows


async def _end_epoch(connection: psycopg.AsyncConnection) -> int:
    """Begin the next epoch, and return the number of the one before when nothing relies on it."""
    cursor = await connection.execute(_NEXT_EPOCH)
    told = await cursor.fetchone()
    assert told is not None
    first, last = told
    async with connection.transaction():
        await connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(EPOCH_LIMIT))
        for epoch in range(first, last + 1):
            key = [_LOCK_CLASS, epoch % 2**31]
            await connection.execute("SELECT pg_advisory_xact_lock(%s::integer, %s::integer)", key)
        await connection.execute(_SETTLED, [last])
    return int(last)
