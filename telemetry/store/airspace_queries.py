"""What is asked of the airspace's history: contacts, their tracks, what sensors said of them.

Lists come a page at a time: `limit` rows at most, those after the place where the last page ended.
A window is from `start` to before `end`, both aware. All functions raise psycopg.Error, and
ValueError for a window or limit that cannot be; the limits of server and line are the connection's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from fleet.airspace.columns import CHANGE, CONTACT, DETECTION, ContactClass
from fleet.columns import Rows
from fleet.moments import as_datetime
from telemetry.airspace.heard import Said, SensorEvent
from telemetry.store.queries import columns_of, selected

PAGE_MOST = 5000
"""Rows of one page."""

BUCKETS_MOST = 10_000
"""Points of one track."""

CELLS_MOST = 10_000
"""Cells of a heat map; of more the fullest."""

AROUND = 300.0
"""Metres from a contact within which a nameless detection may be of it."""

CELL = np.dtype([("latitude", "f8"), ("longitude", "f8"), ("contacts", "i8")])
"""A cell of a grid by its south-west corner, and how many contacts were in it."""


class ContactPlace(NamedTuple):
    """Where a page of contacts ended."""

    first_time: datetime
    contact: int


class ChangePlace(NamedTuple):
    """Where a page of changes ended."""

    time: datetime
    contact: int
    kind: int
    other: int


class DetectionPlace(NamedTuple):
    """Where a page of detections ended."""

    time: datetime
    sensor: str
    key: str
    received_time: datetime


class MessagePlace(NamedTuple):
    """Where a page of messages ended."""

    received_time: datetime
    sensor: str
    number: int
    id: UUID


class EventPlace(NamedTuple):
    """Where a page of sensors' events ended."""

    received_time: datetime
    sensor: str
    kind: str


def place_of(kind: type[Any], row: np.void) -> Any:
    """The place of a row of a page: `place_of(ContactPlace, rows[-1])`."""
    return kind(*(_told(row[name]) for name in kind._fields))


def place_of_message(said: Said) -> MessagePlace:
    """The place of a message of a page."""
    return MessagePlace(as_datetime(said.received_time), said.sensor, said.number, said.key)


def place_of_event(event: SensorEvent) -> EventPlace:
    """The place of an event of a page."""
    return EventPlace(as_datetime(event.received_time), event.sensor, event.kind)


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

_STATES = sql.SQL("""
SELECT {columns} FROM nigehban.contact_state "row"
WHERE time >= %(start)s AND time < %(end)s
    AND (%(contact)s::bigint IS NULL OR contact = %(contact)s) AND {after}
ORDER BY time, contact LIMIT %(limit)s
""")

_CHANGES = sql.SQL("""
SELECT {columns} FROM nigehban.contact_change "row"
WHERE time >= %(start)s AND time < %(end)s
    AND (%(contact)s::bigint IS NULL OR contact = %(contact)s) AND {after}
ORDER BY time, contact, kind, other LIMIT %(limit)s
""")

_DETECTIONS = sql.SQL("""
SELECT {columns} FROM nigehban.detection "row"
WHERE time >= %(start)s AND time < %(end)s AND {chosen} AND {after}
ORDER BY time, sensor, key, received_time LIMIT %(limit)s
""")

_OF_SENSORS = sql.SQL(
    "(%(sensors)s::text[] IS NULL OR sensor = ANY (%(sensors)s::text[]))"
    " AND (%(identity)s::text IS NULL OR identity = %(identity)s)"
)

# A detection is near a contact where the contact was within seconds of it. The distance is that on
# a sphere's tangent plane, which a few hundred metres do not leave.
OF_CONTACT = sql.SQL("""(
    identity = %(identity)s OR identity IS NULL AND EXISTS (
        SELECT FROM (
            SELECT latitude, longitude FROM nigehban.contact_state state
            WHERE contact = %(contact)s AND state.time BETWEEN "row".time - interval '5 s'
                AND "row".time + interval '5 s'
            ORDER BY abs(extract(epoch FROM state.time - "row".time)) LIMIT 1
        ) state
        WHERE 6371008.8 * radians(sqrt(
            (state.latitude - "row".latitude) ^ 2 + (
                (state.longitude - "row".longitude) * cos(radians(state.latitude))
            ) ^ 2
        )) <= %(around)s
    )
)""")
"""Whether a row of detections may be of the contact %(contact)s with %(identity)s."""

_MESSAGES = sql.SQL("""
SELECT (extract(epoch FROM received_time) * 1000000)::bigint, sensor, protocol, raw, number
FROM nigehban.sensor_message
WHERE received_time >= %(start)s AND received_time < %(end)s
    AND (%(sensors)s::text[] IS NULL OR sensor = ANY (%(sensors)s::text[])) AND {after}
ORDER BY received_time, sensor, number, id LIMIT %(limit)s
""")

_EVENTS = sql.SQL("""
SELECT (extract(epoch FROM received_time) * 1000000)::bigint, sensor, kind, detail
FROM nigehban.sensor_event
WHERE received_time >= %(start)s AND received_time < %(end)s
    AND (%(sensors)s::text[] IS NULL OR sensor = ANY (%(sensors)s::text[])) AND {after}
ORDER BY received_time, sensor, kind LIMIT %(limit)s
""")

# What a SAPIENT node said of itself before the window: how it registered, and, since then, its
# first and its last status, which may tell where it stands.
_INTRODUCTIONS = """
SELECT (extract(epoch FROM said.received_time) * 1000000)::bigint, said.sensor, said.protocol,
    said.raw, said.number
FROM (SELECT DISTINCT sensor FROM nigehban.sensor_event WHERE kind = 'registered'
    AND received_time < %(start)s
    AND (%(sensors)s::text[] IS NULL OR sensor = ANY (%(sensors)s::text[]))) node
CROSS JOIN LATERAL (
    SELECT max(received_time) AS time FROM nigehban.sensor_event
    WHERE sensor = node.sensor AND kind = 'registered' AND received_time < %(start)s
) registered
CROSS JOIN LATERAL (
    SELECT min(received_time) AS first, max(received_time) AS last FROM nigehban.sensor_event
    WHERE sensor = node.sensor AND kind = 'status' AND received_time < %(start)s
        AND received_time > registered.time
) status
JOIN nigehban.sensor_message said ON said.sensor = node.sensor
    AND said.received_time IN (registered.time, status.first, status.last)
ORDER BY said.received_time, said.sensor, said.number, said.id LIMIT %(limit)s
"""

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
    asked = _window(start, end, limit) | _classes(classes) | _after(after)
    statement = _CONTACTS.format(
        columns=selected(CONTACT), after=_beyond(after, ContactPlace, backward=True)
    )
    return await _rows(connection, CONTACT, statement, asked)


async def contact(connection: psycopg.AsyncConnection, key: int) -> Rows:
    """CONTACT: the newest state of one; no row if there is none with this key."""
    return await _rows(connection, CONTACT, _CONTACT, {"contact": key})


async def contact_track(
    connection: psycopg.AsyncConnection,
    key: int,
    start: datetime,
    end: datetime,
    bucket: timedelta,
) -> Rows:
    """CONTACT: the last state of a contact in each `bucket` that has one, in order of time."""
    asked = _window(start, end, 1) | {"contact": key, "bucket": bucket}
    if bucket <= timedelta(0) or (end - start) / bucket > BUCKETS_MOST:
        raise ValueError(
            f"{start} – {end} in steps of {bucket}: a track has {BUCKETS_MOST} points at most"
        )
    return await _rows(connection, CONTACT, _TRACK, asked)


class StatePlace(NamedTuple):
    """Where a page of states ended."""

    time: datetime
    contact: int


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
    asked = _window(start, end, limit) | {"contact": key} | _after(after)
    statement = _STATES.format(columns=selected(CONTACT), after=_beyond(after, StatePlace))
    return await _rows(connection, CONTACT, statement, asked)


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
    asked = _window(start, end, limit) | {"contact": key} | _after(after)
    statement = _CHANGES.format(columns=selected(CHANGE), after=_beyond(after, ChangePlace))
    return await _rows(connection, CHANGE, statement, asked)


async def detections(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    *,
    sensors: Sequence[str] = (),
    identity: str | None = None,
    after: DetectionPlace | None = None,
    limit: int = 1000,
) -> Rows:
    """DETECTION in order of time, of some sensors (all if none is named) and of an identity."""
    asked = _window(start, end, limit) | {"sensors": list(sensors) or None, "identity": identity}
    return await _detections(connection, _OF_SENSORS, asked, after)


async def detections_of(
    connection: psycopg.AsyncConnection,
    found: np.void,
    start: datetime,
    end: datetime,
    *,
    around: float = AROUND,
    after: DetectionPlace | None = None,
    limit: int = 1000,
) -> Rows:
    """DETECTION that may be of a contact (a row of CONTACT), in order of time.

    Those with its identity, and nameless ones within `around` metres of where it was just then.
    """
    identity = bytes(found["identity"]).decode() or None
    asked = _window(start, end, limit) | {"contact": int(found["contact"]), "around": around}
    return await _detections(connection, OF_CONTACT, asked | {"identity": identity}, after)


async def messages(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    *,
    sensors: Sequence[str] = (),
    after: MessagePlace | None = None,
    limit: int = 1000,
) -> list[Said]:
    """What sensors said (all if none is named), in the order in which it is to be read again."""
    asked = _window(start, end, limit) | {"sensors": list(sensors) or None} | _after(after)
    statement = _MESSAGES.format(after=_beyond(after, MessagePlace))
    return await _said(connection, statement, asked)


async def introductions(
    connection: psycopg.AsyncConnection, start: datetime, *, sensors: Sequence[str] = ()
) -> list[Said]:
    """What SAPIENT nodes had said of themselves before `start`: without it their words mean nothing."""
    asked: dict[str, object] = {"start": start, "sensors": list(sensors) or None}
    return await _said(connection, sql.SQL(_INTRODUCTIONS), asked | {"limit": PAGE_MOST})


async def sensor_events(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    *,
    sensors: Sequence[str] = (),
    after: EventPlace | None = None,
    limit: int = 1000,
) -> list[SensorEvent]:
    """What happened to sensors (all if none is named), in order of time."""
    asked = _window(start, end, limit) | {"sensors": list(sensors) or None} | _after(after)
    statement = _EVENTS.format(after=_beyond(after, EventPlace))
    found = await (await connection.execute(statement, asked)).fetchall()
    return [SensorEvent(np.datetime64(time, "us"), *told) for time, *told in found]


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
    asked = _window(start, end, 1) | _classes(classes) | {"cell": cell, "limit": CELLS_MOST}
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
    asked = _window(start, end, 1) | _classes(classes) | {"zone": zone}
    counts = np.zeros((7, 24), np.int64)
    for weekday, hour, count in await (await connection.execute(_HOURS, asked)).fetchall():
        counts[weekday, hour] = count
    return counts


async def _detections(
    connection: psycopg.AsyncConnection,
    chosen: sql.Composable,
    asked: dict[str, object],
    after: DetectionPlace | None,
) -> Rows:
    statement = _DETECTIONS.format(
        columns=selected(DETECTION), chosen=chosen, after=_beyond(after, DetectionPlace)
    )
    return await _rows(connection, DETECTION, statement, asked | _after(after))


async def _said(
    connection: psycopg.AsyncConnection, statement: sql.SQL | sql.Composed, asked: dict[str, object]
) -> list[Said]:
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(statement, asked)
        return [Said(np.datetime64(time, "us"), *told) for time, *told in await cursor.fetchall()]


async def _rows(
    connection: psycopg.AsyncConnection,
    dtype: np.dtype[Any],
    statement: sql.Composed,
    asked: dict[str, object],
) -> Rows:
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(statement, asked)
        return columns_of(dtype, await cursor.fetchall())


def _window(start: datetime, end: datetime, limit: int) -> dict[str, object]:
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError(f"window {start} – {end}: times need a time zone")
    if start >= end:
        raise ValueError(f"window {start} – {end}: it ends before it begins")
    if not 1 <= limit <= PAGE_MOST:
        raise ValueError(f"a page of {limit} rows: take 1 to {PAGE_MOST}")
    return {"start": start, "end": end, "limit": limit}


def _classes(classes: Collection[ContactClass]) -> dict[str, object]:
    return {"classes": [int(each) for each in classes] or None}


def _after(place: tuple[Any, ...] | None) -> dict[str, object]:
    return {} if place is None else {f"after_{n}": told for n, told in enumerate(place)}


def _beyond(
    place: tuple[Any, ...] | None, kind: type[Any], *, backward: bool = False
) -> sql.Composable:
    """The condition for rows after a place."""
    if place is None:
        return sql.SQL("true")
    names = kind._fields
    return sql.SQL("({}) {} ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL("<" if backward else ">"),
        sql.SQL(", ").join(sql.Placeholder(f"after_{number}") for number in range(len(names))),
    )


def _told(value: Any) -> Any:
    """A value of a row as the database is asked for it."""
    if isinstance(value, np.datetime64):
        return as_datetime(value)
    return value.decode() if isinstance(value, bytes) else int(value)
