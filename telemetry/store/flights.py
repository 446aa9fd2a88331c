"""Flights of drones, from their statuses: the housekeeper makes them, the page counts their hours.

A flight is a stretch of statuses that say that the vehicle is in the air, none of them more than GAP
after the one before. Statuses are taken in order of time; where one comes that is earlier than what
was taken already, `flight_mark` is set back, and what is after it is made anew. A stretch of time
whose statuses are gone keeps the flights that it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import psycopg
from psycopg import sql
from psycopg.rows import class_row

from fleet.assets import Kind
from fleet.columns import Rows

GAP = timedelta(minutes=5)
"""Longer than that unheard and it is another flight: a link may be lost behind a hill."""

LEAST = timedelta(seconds=10)
"""Shorter than that and it is no flight: a hop, or a wrong word."""

SETTLE = timedelta(minutes=1)
"""How long statuses are left alone: most of what comes late has come by then."""

STEP = timedelta(days=1)
"""Of statuses that are read at once."""

_FLIES = """(
    landed_state IN (2, 3, 4) OR coalesce(landed_state, 0) = 0
    AND coalesce(armed, 0) = 1 AND coalesce(system_status, 0) IN (4, 5, 6)
)"""  # as `dashboard.live.airborne`

_DUE = sql.SQL("""
SELECT known.id, due.status_time
FROM nigehban.asset known LEFT JOIN nigehban.flight_mark mark ON mark.asset = known.id
CROSS JOIN LATERAL (
    SELECT status_time FROM nigehban.vehicle_status
    WHERE asset = known.id AND status_time > coalesce(mark.folded, timestamptz '2000-01-01Z')
    AND status_time < %(ready)s ORDER BY status_time LIMIT 1
) due
WHERE known.kind = {drone}
ORDER BY mark.folded NULLS FIRST, known.id LIMIT %(limit)s
""").format(drone=sql.Literal(int(Kind.DRONE)))

_BEGIN = """
INSERT INTO nigehban.flight_mark (asset, folded) VALUES (%s, timestamptz '2000-01-01Z')
ON CONFLICT DO NOTHING
"""

_LOCK = "SELECT folded FROM nigehban.flight_mark WHERE asset = %s FOR UPDATE"

# The first status that is not taken yet, and the one before it: a flight may go on from that.
_ENDS = """
SELECT (
    SELECT min(status_time) FROM nigehban.vehicle_status
    WHERE asset = %(asset)s AND status_time > %(folded)s AND status_time < %(ready)s
), (
    SELECT max(status_time) FROM nigehban.vehicle_status
    WHERE asset = %(asset)s AND status_time <= %(folded)s
)
"""

_STRETCHES = sql.SQL("""
WITH told AS (
    SELECT status_time, battery_percent, flies, flies AND (
        lag(flies) OVER past IS NOT TRUE OR status_time - lag(status_time) OVER past > {gap}
    ) AS begins
    FROM (
        SELECT status_time, battery_percent, {flies} AS flies FROM nigehban.vehicle_status
        WHERE asset = %(asset)s AND status_time >= %(start)s AND status_time < %(stop)s
    ) status
    WINDOW past AS (ORDER BY status_time)
), numbered AS (
    SELECT *, count(*) FILTER (WHERE begins) OVER (ORDER BY status_time) AS flight FROM told
)
SELECT min(status_time) FILTER (WHERE flies), max(status_time) FILTER (WHERE flies),
    (array_agg(battery_percent ORDER BY status_time)
        FILTER (WHERE flies AND battery_percent IS NOT NULL))[1],
    (array_agg(battery_percent ORDER BY status_time DESC)
        FILTER (WHERE flies AND battery_percent IS NOT NULL))[1],
    max(status_time)
FROM numbered GROUP BY flight ORDER BY flight
""").format(gap=sql.Literal(GAP), flies=sql.SQL(_FLIES))

_OPEN = """
SELECT start_time, battery_start FROM nigehban.flight
WHERE asset = %(asset)s AND start_time <= %(start)s AND end_time >= %(start)s
ORDER BY start_time DESC LIMIT 1
"""

_CLEAR = """
DELETE FROM nigehban.flight
WHERE asset = %(asset)s AND start_time >= %(start)s AND start_time < %(stop)s
"""

_PUT = """
INSERT INTO nigehban.flight (asset, start_time, battery_start, end_time, battery_end)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (asset, start_time) DO UPDATE SET
    end_time = excluded.end_time, battery_start = excluded.battery_start,
    battery_end = excluded.battery_end
"""

_FOLDED = "UPDATE nigehban.flight_mark SET folded = %s WHERE asset = %s"

# In one order, so that no two writers wait in a circle.
_SET_BACK = """
WITH late AS (
    SELECT mark.asset, first_time FROM nigehban.flight_mark mark
    JOIN unnest(%s::bigint[], %s::timestamptz[]) new (asset, first_time) USING (asset)
    WHERE mark.folded > first_time ORDER BY mark.asset FOR UPDATE OF mark
)
UPDATE nigehban.flight_mark mark SET folded = first_time - interval '1 microsecond'
FROM late WHERE mark.asset = late.asset
"""

_TOTALS = sql.SQL("""
SELECT flight.asset, count(*) AS flights,
    sum(extract(epoch FROM end_time - start_time))::float8 / 3600 AS hours,
    coalesce(sum(extract(epoch FROM end_time - start_time)) FILTER (
        WHERE maintained_time IS NULL OR start_time >= maintained_time
    ), 0)::float8 / 3600 AS hours_since,
    max(start_time) AS last_start, max(end_time) AS last_end,
    (array_agg(battery_start - battery_end ORDER BY start_time DESC))[1]::float8 AS last_used
FROM nigehban.flight JOIN nigehban.asset known ON known.id = flight.asset
WHERE end_time - start_time >= {least}
GROUP BY flight.asset
""").format(least=sql.Literal(LEAST))

_FLIGHTS = sql.SQL("""
SELECT start_time, end_time, battery_start::float8, battery_end::float8
FROM nigehban.flight
WHERE asset = %s AND start_time < %s AND end_time - start_time >= {least}
ORDER BY start_time DESC LIMIT %s
""").format(least=sql.Literal(LEAST))


@dataclass(frozen=True, slots=True)
class Totals:
    """What an asset has flown."""

    asset: int
    flights: int
    hours: float
    hours_since: float
    """Since it was last serviced."""

    last_start: datetime
    last_end: datetime
    last_used: float | None
    """Percent of the battery that the last flight took."""


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight; while it goes on, up to what was taken in."""

    start_time: datetime
    end_time: datetime
    battery_start: float | None
    battery_end: float | None


@dataclass(frozen=True, slots=True)
class Folded:
    """What was done."""

    drones: int
    """How many had statuses that were not in their flights yet."""

    more: bool
    """Whether there may be more to do."""


async def fold(connection: psycopg.AsyncConnection, now: datetime, drones_most: int) -> Folded:
    """Take the statuses of up to `drones_most` drones into their flights, a STEP of each.

    The connection is in autocommit. Raises psycopg.Error; what is left then is done by the next
    call.
    """
    ready = now - SETTLE
    cursor = await connection.execute(_DUE, {"ready": ready, "limit": drones_most})
    due = await cursor.fetchall()
    for asset, _ in due:
        async with connection.transaction():
            await _fold_one(connection, asset, ready)
    more = len(due) == drones_most or any(first + STEP < ready for _, first in due)
    return Folded(len(due), more)


async def _fold_one(connection: psycopg.AsyncConnection, asset: int, ready: datetime) -> None:
    await connection.execute(_BEGIN, [asset])
    told = await (await connection.execute(_LOCK, [asset])).fetchone()
    assert told is not None
    asked = {"asset": asset, "folded": told[0], "ready": ready}
    ends = await (await connection.execute(_ENDS, asked)).fetchone()
    assert ends is not None
    first, before = ends
    if first is None:
        return
    start = first if before is None or first - before > GAP else before
    window = {"asset": asset, "start": start, "stop": min(first + STEP, ready)}
    stretches = await (await connection.execute(_STRETCHES, window)).fetchall()
    goes_on = await (await connection.execute(_OPEN, window)).fetchone()
    await connection.execute(_CLEAR, window)
    for begin, end, battery_start, battery_end, _ in stretches:
        if begin is None:  # what came before the first flight
            continue
        began = goes_on if begin == start and goes_on is not None else (begin, battery_start)
        await connection.execute(_PUT, [asset, *began, end, battery_end])
    folded = max(last for *_, last in stretches)
    await connection.execute(_FOLDED, [folded, asset])


async def set_back(connection: psycopg.AsyncConnection, statuses: Rows) -> None:
    """Have flights made anew from the first of these STATUS rows of each asset on.

    In the transaction that writes them. Raises psycopg.Error.
    """
    assets, places = np.unique(statuses["asset"], return_inverse=True)
    first = np.full(len(assets), np.iinfo(np.int64).max)
    np.minimum.at(first, places, statuses["status_time"].astype("M8[us]").astype(np.int64))
    times = [f"{text}Z" for text in np.datetime_as_string(first.view("M8[us]")).tolist()]
    await connection.execute(_SET_BACK, [assets.tolist(), times])


async def totals(connection: psycopg.AsyncConnection) -> dict[int, Totals]:
    """What each asset that has flown has flown, by key."""
    async with connection.cursor(row_factory=class_row(Totals)) as cursor:
        await cursor.execute(_TOTALS)
        return {each.asset: each for each in await cursor.fetchall()}


async def flights(
    connection: psycopg.AsyncConnection, asset: int, *, before: datetime, limit: int
) -> Sequence[Flight]:
    """Flights of an asset that began before `before`, the newest first."""
    async with connection.cursor(row_factory=class_row(Flight)) as cursor:
        await cursor.execute(_FLIGHTS, [asset, before, limit])
        return await cursor.fetchall()
