"""The state of the watch in the database: geofences, and what a restart goes on from.

All functions raise psycopg.Error; the connection is in autocommit.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from fleet.alerts.book import Book
from fleet.alerts.errors import AlertError
from fleet.alerts.events import AlertEvent
from fleet.alerts.figures import KEPT_MOST
from fleet.alerts.states import What
from fleet.assets import Asset, Kind
from fleet.columns import POSITION, Rows
from fleet.geofences.events import FenceEvent
from fleet.geofences.geofence import Geofence
from fleet.geofences.stored import from_json, to_json
from fleet.moments import microseconds
from telemetry.batch import Batch, Event, StatusText
from telemetry.store.rows import columns_of, selected

_log = logging.getLogger(__name__)

SNAPSHOTS_KEPT = 2

ROWS_AT_ONCE = 20_000
"""Rows that are fetched at once."""

ORDERED_MOST = 50_000
"""Alerts that orders were done to, of which is asked again."""

HAPPENINGS_MOST = 10_000
"""Texts, and events, that are heard again."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was known at a moment."""

    taken: datetime
    book: dict[str, Any]
    fences: bytes | None


_NEWEST = """
SELECT taken_time, book, fences FROM nigehban.alert_snapshot ORDER BY taken_time DESC LIMIT 1
"""

_PUT = """
INSERT INTO nigehban.alert_snapshot (taken_time, book, fences) VALUES (%s, %s::jsonb, %s)
ON CONFLICT (taken_time) DO UPDATE SET book = excluded.book, fences = excluded.fences
"""

_DROP = """
DELETE FROM nigehban.alert_snapshot WHERE taken_time NOT IN (
    SELECT taken_time FROM nigehban.alert_snapshot ORDER BY taken_time DESC LIMIT %s
)
"""


async def newest_snapshot(connection: psycopg.AsyncConnection) -> Snapshot | None:
    """Where to begin."""
    cursor = await connection.execute(_NEWEST)
    found = await cursor.fetchone()
    return None if found is None else Snapshot(*found)


async def put_snapshot(connection: psycopg.AsyncConnection, snapshot: Snapshot) -> None:
    """Keep it, and the one before it."""
    async with connection.transaction():
        told = (snapshot.taken, json.dumps(snapshot.book), snapshot.fences)
        await connection.execute(_PUT, told)
        await connection.execute(_DROP, [SNAPSHOTS_KEPT])


_ALERTS = """
SELECT id, alert, event_time, what, who, why, "values" FROM nigehban.alert_event
WHERE id > %s ORDER BY id
"""


async def alert_events(connection: psycopg.AsyncConnection, after: int) -> list[AlertEvent]:
    """All with an id greater than `after`, in order."""
    found = await (await connection.execute(_ALERTS, [after])).fetchall()
    return [_event(*row) for row in found]


def _event(
    number: int, alert: str, time: datetime, what: str, who: str, why: str, values: dict[str, Any]
) -> AlertEvent:
    return AlertEvent(number, alert, time.astimezone(UTC), What(what), who, why, values)


_ANNUNCIATIONS = """
SELECT id, alert, event_time, what, "values"->>'desk', ("values"->>'priority')::int,
    "values"->>'source'
FROM nigehban.alert_event WHERE event_time > %s AND "values" ? 'annunciates'
ORDER BY event_time DESC, id DESC LIMIT %s
"""


async def annunciations(connection: psycopg.AsyncConnection, since: datetime) -> list[AlertEvent]:
    """Events that asked for attention since then, the newest KEPT_MOST, with what figures ask for."""
    found = await (await connection.execute(_ANNUNCIATIONS, [since, KEPT_MOST])).fetchall()
    events = []
    for number, alert, time, what, desk, priority, source in reversed(found):
        values = {"annunciates": True, "desk": desk, "priority": priority, "source": source}
        events.append(AlertEvent(number, alert, time.astimezone(UTC), What(what), "", "", values))
    return events


_ORDERS = """
SELECT "values"->'order' FROM nigehban.alert_event
WHERE event_time > %s AND "values" ? 'order' ORDER BY event_time DESC, id DESC LIMIT %s
"""


async def done_orders(connection: psycopg.AsyncConnection, since: datetime) -> list[dict[str, str]]:
    """What `done_orders.stamped` wrote since then, the newest ORDERED_MOST, the oldest first."""
    found = await (await connection.execute(_ORDERS, [since, ORDERED_MOST])).fetchall()
    return [stamp for (stamp,) in reversed(found)]


_LAST_ALERT = "SELECT id, event_time FROM nigehban.alert_event ORDER BY id DESC LIMIT 1"


async def last_alert_event(
    connection: psycopg.AsyncConnection,
) -> tuple[int, datetime | None]:
    """Id and time of the newest; 0 and None where there is none."""
    return await (await connection.execute(_LAST_ALERT)).fetchone() or (0, None)


def book_of(snapshot: Snapshot | None, events: Sequence[AlertEvent]) -> Book:
    """The book of a snapshot and all that came after it.

    Where that does not fit together it is the snapshot's alone, which the log tells.
    """
    book = Book() if snapshot is None else Book.restored(snapshot.book)
    try:
        book.replay(events)
    except AlertError as error:
        _log.error("alerts since the last snapshot are not taken over: %s", error)
        alerts = [] if snapshot is None else snapshot.book["alerts"]
        return Book.restored({"last_id": events[-1].id, "alerts": alerts})
    return book


async def current_book(connection: psycopg.AsyncConnection, snapshot: Snapshot | None) -> Book:
    """The book as it is now; a long one is made beside the event loop."""
    after = 0 if snapshot is None else int(snapshot.book.get("last_id", 0))
    events = await alert_events(connection, after)
    return await asyncio.to_thread(book_of, snapshot, events)


_TOLD = """
SELECT asset, fence::text, version, fence_kind, what, cause, event_time, latitude, longitude,
    before_time, after_time, seen_time
FROM nigehban.fence_event WHERE told >= %s AND NOT withdrawn
"""


async def fence_events(connection: psycopg.AsyncConnection, since: datetime) -> list[FenceEvent]:
    """Those that are so and were said since then."""
    cursor = await connection.execute(_TOLD, [microseconds(since)])
    return [FenceEvent(*told) for told in await cursor.fetchall()]


async def last_told(connection: psycopg.AsyncConnection) -> int:
    """When a change of a fence event was last said; 0 where there is none."""
    cursor = await connection.execute("SELECT coalesce(max(told), 0) FROM nigehban.fence_event")
    (newest,) = await cursor.fetchone() or (0,)
    return int(newest)


_TEXTS = """
SELECT known.identity, known.kind, said.asset, said.received_time, said.severity, said.text
FROM nigehban.asset known CROSS JOIN LATERAL (
    SELECT * FROM nigehban.status_text WHERE asset = known.id AND received_time > %s
) said ORDER BY said.received_time LIMIT %s
"""

_EVENTS = """
SELECT known.identity, known.kind, happened.asset, happened.event_time, happened.received_time,
    happened.kind, happened.detail
FROM nigehban.event happened JOIN nigehban.asset known ON known.id = happened.asset
WHERE happened.received_time > %(since)s AND happened.event_time > %(since)s - interval '31 days'
ORDER BY happened.received_time LIMIT %(most)s
"""


async def happenings_since(connection: psycopg.AsyncConnection, received: datetime) -> Batch:
    """Texts and events that came after a moment, the first HAPPENINGS_MOST of each."""
    cursor = await connection.execute(_TEXTS, [received, HAPPENINGS_MOST])
    texts = await cursor.fetchall()
    asked = {"since": received, "most": HAPPENINGS_MOST}
    events = await (await connection.execute(_EVENTS, asked)).fetchall()
    named = {identity: Asset(identity, Kind(kind)) for identity, kind, *_ in (*texts, *events)}
    return Batch(
        tuple(named.values()),
        texts=tuple(StatusText(*told) for _, _, *told in texts),
        events=tuple(Event(*told) for _, _, *told in events),
    )


_ASSETS = "SELECT identity, kind FROM nigehban.asset"


async def assets(connection: psycopg.AsyncConnection) -> list[Asset]:
    """All that are known."""
    found = await (await connection.execute(_ASSETS)).fetchall()
    return [Asset(identity, Kind(kind)) for identity, kind in found]


_POSITIONS = sql.SQL("""
SELECT {columns}
FROM nigehban.asset known CROSS JOIN LATERAL (
    SELECT * FROM nigehban.position WHERE asset = known.id AND fix_time >= %(fix)s
) "row"
WHERE "row".received_time >= %(received)s
""").format(columns=selected(POSITION))


async def positions_since(
    connection: psycopg.AsyncConnection, received: datetime, horizon: timedelta
) -> AsyncIterator[Rows]:
    """Positions that came since then, and are not older than `horizon` before it, in parts."""
    asked = {"received": received, "fix": received - horizon}
    async with (
        connection.transaction(),
        connection.cursor("watched", binary=True) as cursor,
    ):
        await cursor.execute(_POSITIONS, asked)
        while found := await cursor.fetchmany(ROWS_AT_ONCE):
            yield columns_of(POSITION, found)


_FENCES = """
SELECT fence FROM nigehban.geofence
WHERE (fence->>'valid_until') IS NULL OR (fence->>'valid_until')::timestamptz >= %s
ORDER BY id, version
"""

_CHANGED = "SELECT count(*), max(changed_time) FROM nigehban.geofence"

_PUT_FENCE = """
INSERT INTO nigehban.geofence (id, version, fence, who) VALUES (%s, %s, %s::jsonb, %s)
ON CONFLICT (id, version) DO UPDATE
SET fence = excluded.fence, changed_time = clock_timestamp(), who = excluded.who
"""


async def geofences(connection: psycopg.AsyncConnection, since: datetime) -> list[Geofence]:
    """All versions that have not ended before a moment. Raises FormError for one that is none."""
    found = await (await connection.execute(_FENCES, [since])).fetchall()
    return [from_json(fence) for (fence,) in found]


async def geofences_changed(connection: psycopg.AsyncConnection) -> tuple[Any, ...] | None:
    """Something that is another one when geofences have changed."""
    return await (await connection.execute(_CHANGED)).fetchone()


async def put_geofences(
    connection: psycopg.AsyncConnection, fences: Sequence[Geofence], who: str = ""
) -> None:
    """Write versions of geofences, all or none; `who` wants it so."""
    async with connection.transaction():
        for fence in fences:
            told = (fence.id, fence.version, json.dumps(to_json(fence)), who)
            await connection.execute(_PUT_FENCE, told)
