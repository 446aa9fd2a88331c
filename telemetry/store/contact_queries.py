"""What is asked of contacts: which there were, where and how each was, what became of it.

Lists come a page at a time: `limit` rows at most, those after the place where the last page ended.
A window is from `start` to before `end`, both aware. All functions raise psycopg.Error, and
ValueError for a window or limit that cannot be; the limits of server and line are the connection's.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from fleet.airspace.columns import CHANGE, CONTACT, THREAT, ContactClass
from fleet.columns import Rows
from telemetry.store.pages import after_place, beyond, window
from telemetry.store.rows import rows_of, selected

BUCKETS_MOST = 10_000
"""Points of one track."""

CELLS_MOST = 10_000
"""Cells of a heat map; of more the fullest."""

CELL = np.dtype([("latitude", "f8"), ("longitude", "f8"), ("contacts", "i8")])
"""A cell of a grid by its south-west corner, and how many contacts were in it."""


class ContactPlace(NamedTuple):
    """Where a page of contacts ended."""

    first_time: datetime
    contact: int


class StatePlace(NamedTuple):
    """Where a page of states ended."""

    time: datetime
    contact: int


class ChangePlace(NamedTuple):
    """Where a page of changes ended."""

    time: datetime
    contact: int
    kind: int
    other: int


_CONTACTS = sql.SQL("""
SELECT {columns} FROM nigehban.contact "row"
WHERE first_time < %(end)s AND time >= %(start)s
    AND (%(classes)s::smallint[] IS NULL OR class = ANY (%(classes)s::smallint[]))
    AND {after}
ORDER BY first_time DESC, contact DESC LIMIT %(limit)s
""")

_CONTACT = sql.SQL('SELECT {} FROM nigehban.contact "row" WHERE contact = %(contact)s').format(
    selected(CONTACT)
)

_TRACK = sql.SQL("""
SELECT {columns}
FROM generate_series(
    date_bin(%(bucket)s, %(start)s, timestamptz '2000-01-01Z'),
    %(end)s - interval '1 microsecond', %(bucket)s
) bucket CROSS JOIN LATERAL (
    SELECT * FROM nigehban.contact_state
    WHERE contact = %(contact)s AND time >= greatest(bucket, %(start)s)
    AND time < least(bucket + %(bucket)s, %(end)s)
    ORDER BY time DESC LIMIT 1
) "row"
""").format(columns=selected(CONTACT))

_IN_ORDER = sql.SQL("""
SELECT {columns} FROM {table} "row"
WHERE time >= %(start)s AND time < %(end)s
    AND (%(contact)s::bigint IS NULL OR contact = %(contact)s) AND {after}
ORDER BY {order} LIMIT %(limit)s
""")

_CELLS = """
SELECT (floor(latitude / %(cell)s) * %(cell)s)::float8,
    (floor(longitude / %(cell)s) * %(cell)s)::float8, count(DISTINCT contact)
FROM nigehban.contact_state
WHERE time >= %(start)s AND time < %(end)s
    AND (%(classes)s::smallint[] IS NULL OR class = ANY (%(classes)s::smallint[]))
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(limit)s
"""

_HOURS = """
SELECT extract(isodow FROM hour)::integer - 1, extract(hour FROM hour)::integer, count(*)
FROM (
    SELECT DISTINCT contact, date_trunc('hour', time AT TIME ZONE %(zone)s) AS hour
    FROM nigehban.contact_state
    WHERE time >= %(start)s AND time < %(end)s
        AND (%(classes)s::smallint[] IS NULL OR class = ANY (%(classes)s::smallint[]))
) seen GROUP BY 1, 2
"""


def _in_order(
    table: str, dtype: np.dtype[Any], place: type[NamedTuple], after: NamedTuple | None
) -> sql.Composed:
    """Rows of one contact, or of all, in the order of `place`."""
    return _IN_ORDER.format(
        columns=selected(dtype),
        table=sql.Identifier("nigehban", table),
        after=beyond(after, place),
        order=sql.SQL(", ").join(map(sql.Identifier, place._fields)),
    )


async def contacts(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    *,
    classes: Collection[ContactClass] = (),
    after: ContactPlace | None = None,
    limit: int = 100,
) -> Rows:
    """CONTACT: the newest state of each that was there in the window; who came last comes first.

    Of some `classes`, or of all if none is named.
    """
    asked = window(start, end, limit) | _classes(classes) | after_place(after)
    statement = _CONTACTS.format(
        columns=selected(CONTACT), after=beyond(after, ContactPlace, backward=True)
    )
    return await rows_of(connection, CONTACT, statement, asked)


async def contact(connection: psycopg.AsyncConnection, key: int) -> Rows:
    """CONTACT: the newest state of one; no row if there is none with this key."""
    return await rows_of(connection, CONTACT, _CONTACT, {"contact": key})


async def contact_track(
    connection: psycopg.AsyncConnection,
    key: int,
    start: datetime,
    end: datetime,
    bucket: timedelta,
) -> Rows:
    """CONTACT: the last state of a contact in each `bucket` that has one, in order of time."""
    asked = window(start, end, 1) | {"contact": key, "bucket": bucket}
    if bucket <= timedelta(0) or (end - start) / bucket > BUCKETS_MOST:
        raise ValueError(
            f"{start} – {end} in steps of {bucket}: a track has {BUCKETS_MOST} points at most"
        )
    return await rows_of(connection, CONTACT, _TRACK, asked)


async def states(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    *,
    key: int | None = None,
    after: StatePlace | None = None,
    limit: int = 1000,
) -> Rows:
    """CONTACT: every state of one contact, or of all, in order of time."""
    asked = window(start, end, limit) | {"contact": key} | after_place(after)
    statement = _in_order("contact_state", CONTACT, StatePlace, after)
    return await rows_of(connection, CONTACT, statement, asked)


async def changes(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    *,
    key: int | None = None,
    after: ChangePlace | None = None,
    limit: int = 1000,
) -> Rows:
    """CHANGE: what became of one contact, or of all, in order of time."""
    asked = window(start, end, limit) | {"contact": key} | after_place(after)
    statement = _in_order("contact_change", CHANGE, ChangePlace, after)
    return await rows_of(connection, CHANGE, statement, asked)


async def threats(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    *,
    key: int | None = None,
    after: StatePlace | None = None,
    limit: int = 1000,
) -> Rows:
    """THREAT: what was told of the threat of one contact, or of all, in order of time."""
    asked = window(start, end, limit) | {"contact": key} | after_place(after)
    statement = _in_order("contact_threat", THREAT, StatePlace, after)
    return await rows_of(connection, THREAT, statement, asked)


async def by_cell(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    cell: float,
    *,
    classes: Collection[ContactClass] = (),
) -> Rows:
    """CELL: how many contacts were in each cell of `cell` degrees; the CELLS_MOST fullest."""
    if not 1e-4 <= cell <= 90:
        raise ValueError(f"a cell of {cell:g} degrees: take 0.0001 to 90")
    asked = window(start, end, 1) | _classes(classes) | {"cell": cell, "limit": CELLS_MOST}
    found = await (await connection.execute(_CELLS, asked)).fetchall()
    return np.array(found, CELL)


async def by_hour(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    zone: str,
    *,
    classes: Collection[ContactClass] = (),
) -> NDArray[np.int64]:
    """How many contacts were there at each weekday (0 Monday) and hour of a time zone; 7 × 24.

    One that was there in several hours counts in each of them.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{zone!r} is no time zone; take one like 'Asia/Karachi'") from None
    asked = window(start, end, 1) | _classes(classes) | {"zone": zone}
    counts = np.zeros((7, 24), np.int64)
    for weekday, hour, count in await (await connection.execute(_HOURS, asked)).fetchall():
        counts[weekday, hour] = count
    return counts


def _classes(classes: Collection[ContactClass]) -> dict[str, object]:
    return {"classes": [int(each) for each in classes] or None}
