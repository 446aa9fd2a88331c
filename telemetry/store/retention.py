"""Drops what is older than the settings keep it.

A hypertable loses whole chunks; any other table loses rows of one asset after the other, some
thousands in a transaction, so that no lock is held for long. A single position stays while its
stretch is marked: the roll-ups do not hold it yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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

LOCK_LIMIT = "500ms"
"""How long the dropping of a chunk may keep writers waiting."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One class of data, and how long it is kept."""

    table: str
    """In the schema nigehban; its key begins with the asset and the time."""

    time: str
    """The column that says when it was so."""

    days: float
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
        Kept("status_text", "received_time", settings.text_days),
        Kept("event", "event_time", settings.text_days),
    ]


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
    SELECT ctid FROM {table} old WHERE asset = %s AND {time} < %s AND {free}
    ORDER BY {time} LIMIT %s
))
"""

_FREE = """
NOT EXISTS (
    SELECT FROM nigehban.rollup_mark mark WHERE mark.asset = old.asset
    AND mark.bucket = date_bin('10 minutes', old.{time}, timestamptz '2000-01-01Z')
)
"""

_MARKED = "SELECT EXISTS (SELECT FROM nigehban.rollup_mark WHERE bucket >= %s AND bucket < %s)"

_DROP_CHUNK = "SELECT drop_chunks(%s::regclass, newer_than => %s, older_than => %s)"


async def _delete(connection: psycopg.AsyncConnection, kept: Kept, before: datetime) -> Dropped:
    names = {
        "table": sql.Identifier("nigehban", kept.table),
        "time": sql.Identifier(kept.time),
    }
    free = sql.SQL(_FREE).format(**names) if kept.rolled_up else sql.SQL("true")
    delete = sql.SQL(_DELETE).format(**names, free=free)
    rows = steps = 0
    cursor = await connection.execute(sql.SQL(_OLD_ASSETS).format(**names), [before])
    for (asset,) in await cursor.fetchall():
        while True:
            if steps == STEPS_MOST:
                return Dropped(rows, more=True)
            steps += 1
            done = await connection.execute(delete, [asset, before, ROWS_AT_ONCE])
            rows += done.rowcount
            if done.rowcount < ROWS_AT_ONCE:
                break
    return Dropped(rows)


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
            cursor = await connection.execute(_MARKED, [start, end])
            if await cursor.fetchone() == (True,):
                return 0
        await connection.execute(_DROP_CHUNK, [f"nigehban.{kept.table}", start, end])
    return 1


_OLDEST = """
SELECT min(oldest.{time}) FROM nigehban.asset known CROSS JOIN LATERAL (
    SELECT {time} FROM {table} WHERE asset = known.id ORDER BY {time} LIMIT 1
) oldest
"""

_COUNT = """
SELECT count(*) FROM (
    SELECT FROM nigehban.asset known JOIN {table} old ON asset = known.id
    WHERE {time} < %s LIMIT %s
) counted
"""

_SIZE = "SELECT pg_total_relation_size(%s::regclass)"
_CHUNKED_SIZE = "SELECT hypertable_size(format('%%I.%%I', %s::text, %s::text)::regclass)"


async def _held(
    connection: psycopg.AsyncConnection, kept: Kept, held: Chunked | None, now: datetime
) -> Held:
    before = cutoff(now, kept.days)
    names = {
        "table": sql.Identifier("nigehban", kept.table),
        "time": sql.Identifier(kept.time),
    }
    oldest = await (await connection.execute(sql.SQL(_OLDEST).format(**names))).fetchone()
    due = 0
    if held is None:
        size = await connection.execute(_SIZE, [f"nigehban.{kept.table}"])
        if before is not None:
            asked = [before, COUNTED_MOST]
            counted = await connection.execute(sql.SQL(_COUNT).format(**names), asked)
            due = (await counted.fetchone() or (0,))[0]
    else:
        size = await connection.execute(_CHUNKED_SIZE, [held.schema, held.table])
        if before is not None:
            due = len(await chunks_before(connection, held, before, COUNTED_MOST))
    (size_bytes,) = await size.fetchone() or (0,)
    return Held(kept, size_bytes or 0, oldest[0] if oldest else None, due, held is not None)
