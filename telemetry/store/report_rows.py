"""What reports are made of, asset by asset and day by day, so that no question takes long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
import psycopg
from psycopg import sql

from fleet.columns import POSITION, Rows
from fleet.geofences.events import FenceEvent
from fleet.geofences.geofence import Geofence
from fleet.geofences.stored import from_json
from fleet.reports.flights import STATE
from telemetry.store.columnar import TooManyRowsError, columns
from telemetry.store.queries import BEST, POSITION_COLUMNS

STEP = timedelta(seconds=1)
"""A second's best fix is taken: as much as a report can use."""

PIECE = timedelta(days=1)

REPORT_ROWS_MOST = 2_000_000
"""Fixes, and states, of one report."""

EVENTS_MOST = 50_000

_FIXES = sql.SQL("""
SELECT DISTINCT ON (bucket) {columns} FROM (
    SELECT *, date_bin(%(step)s, fix_time, timestamptz '2000-01-01Z') bucket
    FROM nigehban.position
    WHERE asset = %(asset)s AND fix_time >= %(start)s AND fix_time < %(end)s
) fix
ORDER BY bucket, {best}, fix_time DESC
""").format(columns=POSITION_COLUMNS, best=BEST)

_STATES = sql.SQL("""
SELECT {columns} FROM nigehban.vehicle_status
WHERE asset = %(asset)s AND status_time >= %(start)s AND status_time < %(end)s
ORDER BY status_time
""").format(columns=sql.SQL(", ").join(map(sql.Identifier, STATE.names or ())))

_FENCE_EVENTS = """
SELECT asset, fence::text, version, fence_kind, what, cause, event_time, latitude, longitude,
    before_time, after_time, seen_time
FROM unnest(%(assets)s::bigint[]) known (id) CROSS JOIN LATERAL (
    SELECT * FROM nigehban.fence_event
    WHERE asset = known.id AND event_time >= %(start)s AND event_time < %(end)s AND NOT withdrawn
) happened LIMIT %(most)s
"""

_FENCES = """
SELECT fence FROM nigehban.geofence
WHERE (cardinality(%(ids)s::uuid[]) = 0 OR id = ANY(%(ids)s::uuid[]))
AND coalesce((fence->>'valid_from')::timestamptz < %(end)s, true)
AND coalesce((fence->>'valid_until')::timestamptz > %(start)s, true)
ORDER BY id, version
"""


async def fixes(
    connection: psycopg.AsyncConnection, assets: Sequence[int], start: datetime, end: datetime
) -> Rows:
    """POSITION rows of the window, one of each second. Raises TooManyRowsError, psycopg.Error."""
    return await _all(connection, POSITION, _FIXES, assets, start, end)


async def states(
    connection: psycopg.AsyncConnection, assets: Sequence[int], start: datetime, end: datetime
) -> Rows:
    """STATE rows of the window. Raises TooManyRowsError, psycopg.Error."""
    return await _all(connection, STATE, _STATES, assets, start, end)


async def fence_events(
    connection: psycopg.AsyncConnection, assets: Sequence[int], start: datetime, end: datetime
) -> list[FenceEvent]:
    """The events that are so. Raises TooManyRowsError, psycopg.Error."""
    asked = {"assets": list(assets), "start": start, "end": end, "most": EVENTS_MOST + 1}
    found = await (await connection.execute(_FENCE_EVENTS, asked)).fetchall()
    if len(found) > EVENTS_MOST:
        raise TooManyRowsError(f"more than {EVENTS_MOST:,} events: ask for less time or assets")
    return [FenceEvent(*told) for told in found]


async def fences(
    connection: psycopg.AsyncConnection, ids: Sequence[str], start: datetime, end: datetime
) -> list[Geofence]:
    """The versions valid in a window, of some geofences or (none named) of all.

    Raises FormError for one that is none, psycopg.Error.
    """
    asked = {"ids": list(ids), "start": start, "end": end}
    found = await (await connection.execute(_FENCES, asked)).fetchall()
    return [from_json(fence) for (fence,) in found]


async def _all(
    connection: psycopg.AsyncConnection,
    dtype: np.dtype[np.void],
    statement: sql.Composed,
    assets: Sequence[int],
    start: datetime,
    end: datetime,
) -> Rows:
    parts = [np.zeros(0, dtype)]
    count = 0
    for asset in assets:
        for begin, stop in _pieces(start, end):
            asked = {"asset": asset, "start": begin, "end": stop, "step": STEP}
            parts.append(await columns(connection, dtype, statement, asked))
            count += len(parts[-1])
            if count > REPORT_ROWS_MOST:
                raise TooManyRowsError(
                    f"more than {REPORT_ROWS_MOST:,} rows: ask for less time or fewer assets"
                )
    rows: Rows = np.concatenate(parts)
    return rows


def _pieces(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        stop = min(start + PIECE, end)
        yield start, stop
        start = stop
