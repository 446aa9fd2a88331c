"""What is asked of sensors: what they detected, what they said, what happened to them.

Pages, windows and errors are as in `contact_queries`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np
import psycopg
from psycopg import sql

from fleet.airspace.columns import DETECTION
from fleet.columns import Rows
from fleet.moments import as_datetime
from telemetry.airspace.heard import Said, SensorEvent
from telemetry.store.pages import PAGE_MOST, after_place, beyond, window
from telemetry.store.rows import rows_of, selected

AROUND = 300.0
"""Metres from a contact within which a nameless detection may be of it."""


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


def place_of_message(said: Said) -> MessagePlace:
    """The place of a message of a page."""
    return MessagePlace(as_datetime(said.received_time), said.sensor, said.number, said.key)


def place_of_event(event: SensorEvent) -> EventPlace:
    """The place of an event of a page."""
    return EventPlace(as_datetime(event.received_time), event.sensor, event.kind)


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
    asked = window(start, end, limit) | {"sensors": list(sensors) or None, "identity": identity}
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
    asked = window(start, end, limit) | {"contact": int(found["contact"]), "around": around}
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
    asked = window(start, end, limit) | {"sensors": list(sensors) or None} | after_place(after)
    statement = _MESSAGES.format(after=beyond(after, MessagePlace))
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
    asked = window(start, end, limit) | {"sensors": list(sensors) or None} | after_place(after)
    statement = _EVENTS.format(after=beyond(after, EventPlace))
    found = await (await connection.execute(statement, asked)).fetchall()
    return [SensorEvent(np.datetime64(time, "us"), *told) for time, *told in found]


async def _detections(
    connection: psycopg.AsyncConnection,
    chosen: sql.Composable,
    asked: dict[str, object],
    after: DetectionPlace | None,
) -> Rows:
    statement = _DETECTIONS.format(
        columns=selected(DETECTION), chosen=chosen, after=beyond(after, DetectionPlace)
    )
    return await rows_of(connection, DETECTION, statement, asked | after_place(after))


async def _said(
    connection: psycopg.AsyncConnection, statement: sql.SQL | sql.Composed, asked: dict[str, object]
) -> list[Said]:
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(statement, asked)
        return [Said(np.datetime64(time, "us"), *told) for time, *told in await cursor.fetchall()]
