"""What is asked of one contact's intrusion: who saw it, which alerts it raised, what was done then.

A window is from `start` to before `end`, both aware. All functions raise psycopg.Error; the limits
of server and line are the connection's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import psycopg
from psycopg import sql

from fleet.airspace.columns import THREAT
from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What
from fleet.columns import Rows
from telemetry.store.checklists import Tick
from telemetry.store.rows import rows_of, selected
from telemetry.store.sensor_queries import AROUND, OF_CONTACT

EVENTS_MOST = 500
"""Events of alerts, and ticks, that are told of one contact."""


class Saw(NamedTuple):
    """What one sensor may have told of a contact."""

    sensor: str
    means: int
    told: int
    first_time: datetime
    last_time: datetime


class Located(NamedTuple):
    """Where the operator of a contact was when that was first known."""

    time: datetime
    latitude: float
    longitude: float


_SAW = sql.SQL("""
SELECT sensor, min(means), count(*), min(time), max(time) FROM nigehban.detection "row"
WHERE time >= %(start)s AND time < %(end)s AND {of_contact}
GROUP BY sensor ORDER BY 4, 1 LIMIT 500
""").format(of_contact=OF_CONTACT)

_LOCATED = """
SELECT time, operator_latitude, operator_longitude FROM nigehban.contact_state
WHERE contact = %(contact)s AND time >= %(start)s AND time < %(end)s
    AND operator_latitude IS NOT NULL AND operator_longitude IS NOT NULL
ORDER BY time LIMIT 1
"""

# The rows at which the level was another one than before.
_LEVELS = sql.SQL("""
SELECT {columns} FROM (
    SELECT *, coalesce(lag(level) OVER (ORDER BY time), 0) AS before FROM nigehban.contact_threat
    WHERE contact = %(contact)s AND time >= %(start)s AND time < %(end)s
) "row" WHERE level <> before ORDER BY time LIMIT %(limit)s
""").format(columns=selected(THREAT))

# The parts of an alert's key stand between slashes; so no subject is taken for a longer one.
_ALERTS = """
SELECT id, alert, event_time, what, who, why, "values" FROM nigehban.alert_event
WHERE event_time >= %(start)s AND event_time < %(end)s AND what <> 'update'
    AND EXISTS (
        SELECT FROM unnest(%(subjects)s::text[]) subject
        WHERE strpos(alert || '/', '/' || subject || '/') > 0
    )
ORDER BY event_time, id LIMIT %(limit)s
"""

_TICKS = """
SELECT alert, raised_time, item, done, who, tick_time, note FROM nigehban.checklist_tick
WHERE alert = ANY (%(alerts)s) AND tick_time >= %(start)s ORDER BY tick_time, item LIMIT %(limit)s
"""


async def sensors_of(
    connection: psycopg.AsyncConnection, found: np.void, start: datetime, end: datetime
) -> list[Saw]:
    """The sensors that may have told of a contact (a row of CONTACT), who was first comes first.

    As in `sensor_queries.detections_of`.
    """
    asked = {
        "contact": int(found["contact"]),
        "identity": bytes(found["identity"]).decode() or None,
        "around": AROUND,
        "start": start,
        "end": end,
    }
    rows = await (await connection.execute(_SAW, asked)).fetchall()
    return [
        Saw(sensor, means, count, first.astimezone(UTC), last.astimezone(UTC))
        for sensor, means, count, first, last in rows
    ]


async def operator_located(
    connection: psycopg.AsyncConnection, contact: int, start: datetime, end: datetime
) -> Located | None:
    """When and where a contact's operator was first known to be; None: never in the window."""
    asked = {"contact": contact, "start": start, "end": end}
    row = await (await connection.execute(_LOCATED, asked)).fetchone()
    return None if row is None else Located(row[0].astimezone(UTC), row[1], row[2])


async def levels_of(
    connection: psycopg.AsyncConnection, contact: int, start: datetime, end: datetime
) -> Rows:
    """THREAT rows at which a contact's threat got another level, EVENTS_MOST at most."""
    asked = {"contact": contact, "start": start, "end": end, "limit": EVENTS_MOST}
    return await rows_of(connection, THREAT, _LEVELS, asked)


async def alerts_about(
    connection: psycopg.AsyncConnection, subjects: Sequence[str], start: datetime, end: datetime
) -> list[AlertEvent]:
    """What happened to the alerts whose key names one of `subjects`, EVENTS_MOST at most."""
    asked = {"subjects": list(subjects), "start": start, "end": end, "limit": EVENTS_MOST}
    rows = await (await connection.execute(_ALERTS, asked)).fetchall()
    return [
        AlertEvent(number, alert, time.astimezone(UTC), What(what), who, why, values)
        for number, alert, time, what, who, why, values in rows
    ]


async def ticks_of(
    connection: psycopg.AsyncConnection, alerts: Sequence[str], start: datetime
) -> list[Tick]:
    """What was ticked of the checklists of some alerts since `start`, EVENTS_MOST at most."""
    asked = {"alerts": list(alerts), "start": start, "limit": EVENTS_MOST}
    rows = await (await connection.execute(_TICKS, asked)).fetchall()
    return [
        Tick(alert, raised.astimezone(UTC), item, done, who, time.astimezone(UTC), note)
        for alert, raised, item, done, who, time, note in rows
    ]
