"""Drops what is older than the settings keep it.

A hypertable loses whole chunks; any other table loses rows of one asset after the other, some
thousands in a transaction, so that no lock is held for long. A single position stays while its
stretch is marked: the roll-ups do not hold it yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import errors, sql

from telemetry.store.chunks import Chunked, chunked, chunks_before
from telemetry.store.rollups import LEVELS
from telemetry.store.settings import HistorySettings, cutoff

ROWS_AT_ONCE = 10_000
"""Rows that one transaction deletes."""

STEPS_MOST = 100
"""Transactions for one class of data in one call."""

COUNTED_MOST = 1_000_000
"""Rows that a report counts."""

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # no time of ours is before

LOCK_LIMIT = "500ms"
"""How long the dropping of a chunk may keep writers waiting."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One class of data, and how long it is kept."""

    table: str
    """In the schema nigehban."""

    time: str
    """The column that says when it was so."""

    days: float
    by_asset: bool = True
    """Whether it has an index of asset and time, or one of the time alone."""

    rolled_up: bool = False
    """Whether a row has to wait until its stretch is rolled up."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped of one class of data."""

    rows: int = 0
    chunks: int = 0
    more: bool = False
    """Whether some is still to go: there was much, or it waits for a lock or a roll-up."""


@dataclass(frozen=True, slots=True)
class Held:
    """What there is of one class of data."""

    kept: Kept
    bytes: int
    oldest: datetime | None
    due: int
    """How much would be dropped now, in chunks or in rows, COUNTED_MOST of these at most."""

    in_chunks: bool


def classes(settings: HistorySettings) -> list[Kept]:
    """All classes of data, and how long the settings keep each."""
    tracks = (
        settings.second_days,
        settings.ten_seconds_days,
        settings.minute_days,
        settings.ten_minutes_days,
    )
    return [
        Kept("position", "fix_time", settings.raw_days, rolled_up=True),
        Kept("vehicle_status", "status_time", settings.raw_days),
        *(Kept(level.table, "bucket", days) for level, days in zip(LEVELS, tracks, strict=True)),
        Kept("driven_10min", "bucket", settings.ten_minutes_days),
        Kept("status_text", "received_time", settings.text_days),
        Kept("event", "event_time", settings.text_days),
        Kept("outside_event", "event_time", settings.text_days),
        Kept("dead_letter", "received_time", settings.letter_days, by_asset=False),
        Kept("fence_event", "event_time", settings.alert_days),
        Kept("alert_event", "event_time", settings.alert_days, by_asset=False),
        Kept("checklist_tick", "tick_time", settings.alert_days, by_asset=False),
        *(Kept(table, time, settings.airspace_days, by_asset=False) for table, time in _AIRSPACE),
    ]


_AIRSPACE = (
    ("sensor_message", "received_time"),
    ("detection", "time"),
    ("contact_state", "time"),
    ("contact", "time"),
    ("contact_change", "time"),
    ("contact_threat", "time"),
    ("sensor_event", "received_time"),
)


async def drop_old(connection: psycopg.AsyncConnection, kept: Kept, now: datetime) -> Dropped:
    """Drop what is too old of one class of data, so much of it as STEPS_MOST allows.

    The connection is in autocommit. Raises psycopg.Error; what is left then goes the next time.
    """
    before = cutoff(now, kept.days)
    if before is None:
        return Dropped()
    held = (await chunked(connection)).get(kept.table)
    if held is None:
        return await _delete(connection, kept, before)
    return await _drop_chunks(connection, kept, held, before)


async def report(
    connection: psycopg.AsyncConnection, settings: HistorySettings, now: datetime
) -> list[Held]:
    """What there is of each class of data, and what would be dropped now. Raises psycopg.Error."""
    in_chunks = await chunked(connection)
    return [
        await _held(connection, kept, in_chunks.get(kept.table), now) for kept in classes(settings)
    ]


_OLD_ASSETS = """
SELECT id FROM nigehban.asset known
WHERE EXISTS (SELECT FROM {table} WHERE asset = known.id AND {time} < %s)
"""

_DELETE = """
DELETE FROM {table} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM {table} old WHERE {time} < %(before)s AND {chosen}
    ORDER BY {time} LIMIT %(limit)s
))
"""

_OF_ASSET = "asset = %(asset)s"

_OF_ASSET_AND_ROLLED_UP = """
asset = %(asset)s AND NOT EXISTS (
    SELECT FROM nigehban.rollup_mark mark WHERE mark.asset = old.asset
    AND mark.bucket = date_bin('10 minutes', old.{time}, timestamptz '2000-01-01Z')
)
"""

_MARKED = "SELECT EXISTS (SELECT FROM nigehban.rollup_mark WHERE bucket >= %s AND bucket < %s)"

_DROP_CHUNK = "SELECT drop_chunks(%s::regclass, newer_than => %s, older_than => %s)"


async def _delete(connection: psycopg.AsyncConnection, kept: Kept, before: datetime) -> Dropped:
    assets: list[int | None] = [None]
    chosen = "true"
    if kept.by_asset:
        cursor = await connection.execute(_statement(_OLD_ASSETS, kept), [before])
        assets = [asset for (asset,) in await cursor.fetchall()]
        chosen = _OF_ASSET_AND_ROLLED_UP if kept.rolled_up else _OF_ASSET
    delete = _statement(_DELETE, kept, chosen=_statement(chosen, kept))
    rows = steps = 0
    for asset in assets:
        while True:
            if steps == STEPS_MOST:
                return Dropped(rows, more=True)
            steps += 1
            asked = {"asset": asset, "before": before, "limit": ROWS_AT_ONCE}
            done = await connection.execute(delete, asked)
            rows += done.rowcount
            if done.rowcount < ROWS_AT_ONCE:
                break
    waiting = kept.rolled_up and await _any_marked(connection, _EARLIEST, before)
    return Dropped(rows, more=waiting)


def _statement(text: LiteralString, kept: Kept, **parts: sql.Composable) -> sql.Composed:
    return sql.SQL(text).format(
        table=sql.Identifier("nigehban", kept.table), time=sql.Identifier(kept.time), **parts
    )


async def _drop_chunks(
    connection: psycopg.AsyncConnection, kept: Kept, held: Chunked, before: datetime
) -> Dropped:
    dropped = 0
    old = await chunks_before(connection, held, before, STEPS_MOST)
    for start, end in old:
        try:
            dropped += await _drop_chunk(connection, kept, start, end)
        except errors.LockNotAvailable:
            break  # somebody writes or reads there: the next time
    return Dropped(chunks=dropped, more=dropped < len(old) or len(old) == STEPS_MOST)


async def _drop_chunk(
    connection: psycopg.AsyncConnection, kept: Kept, start: datetime, end: datetime
) -> int:
    """How many chunks were dropped: one, or none if it is not rolled up yet."""
    async with connection.transaction():
        await connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_LIMIT))
        if kept.rolled_up:
            # No new mark until the chunk is gone; those that writers rely on are in the table.
            await connection.execute("LOCK TABLE nigehban.rollup_mark IN SHARE MODE")
            if await _any_marked(connection, start, end):
                return 0
        await connection.execute(_DROP_CHUNK, [f"nigehban.{kept.table}", start, end])
    return 1


async def _any_marked(
    connection: psycopg.AsyncConnection, since: datetime, before: datetime
) -> bool:
    cursor = await connection.execute(_MARKED, [since, before])
    return await cursor.fetchone() == (True,)


_OLDEST = "SELECT min({time}) FROM {table}"

_OLDEST_BY_ASSET = """
SELECT min(oldest.{time}) FROM nigehban.asset known CROSS JOIN LATERAL (
    SELECT {time} FROM {table} WHERE asset = known.id ORDER BY {time} LIMIT 1
) oldest
"""

_COUNT = "SELECT count(*) FROM (SELECT FROM {table} WHERE {time} < %s LIMIT %s) counted"

_COUNT_BY_ASSET = """
SELECT count(*) FROM (
    SELECT FROM nigehban.asset known JOIN {table} ON asset = known.id WHERE {time} < %s LIMIT %s
) counted
"""

_SIZE = "SELECT pg_total_relation_size(%s::regclass)"
_CHUNKED_SIZE = "SELECT hypertable_size(format('%%I.%%I', %s::text, %s::text)::regclass)"


async def _held(
    connection: psycopg.AsyncConnection, kept: Kept, held: Chunked | None, now: datetime
) -> Held:
    async def one(query: sql.Composed | LiteralString, *told: object) -> Any:
        row = await (await connection.execute(query, told)).fetchone()
        return row[0] if row is not None else None

    before = cutoff(now, kept.days)
    due = 0
    if held is None:
        size = await one(_SIZE, f"nigehban.{kept.table}")
        if before is not None:
            count = _COUNT_BY_ASSET if kept.by_asset else _COUNT
            due = await one(_statement(count, kept), before, COUNTED_MOST)
    else:
        size = await one(_CHUNKED_SIZE, held.schema, held.table)
        if before is not None:
            due = len(await chunks_before(connection, held, before, COUNTED_MOST))
    oldest = await one(_statement(_OLDEST_BY_ASSET if kept.by_asset else _OLDEST, kept))
    return Held(kept, size or 0, oldest, due, held is not None)
