"""Alerts as they stood in the past: how each was at a moment, and what became of it after that.

The state of an alert is a fold over its events since it was last normal (`fleet.alerts.fold`); these
are few, and an index leads to them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from fleet.alerts.alert import Alert
from fleet.alerts.errors import AlertError
from fleet.alerts.events import AlertEvent
from fleet.alerts.fold import apply
from fleet.alerts.states import What

_log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=31)
"""An alert to which nothing has happened for so long before a moment is not told of it."""

EVENTS_MOST = 50_000
"""Events of which one page is made."""

PLACE_BACK = timedelta(hours=1)
"""How far before it was raised its asset's place is looked for."""


class Place(NamedTuple):
    """Where a page ended: time and id of an event."""

    time: datetime
    id: int


class TooManyEventsError(ValueError):
    """A page would be made of more than EVENTS_MOST events."""


_After = tuple[Alert, tuple[int, ...]]
"""An alert, and the assets that it is or was about."""


@dataclass(frozen=True, slots=True)
class Stood:
    """How an alert was after an event."""

    place: Place
    alert: Alert
    """With what was done since it was last normal, and without updates of its value."""

    assets: tuple[int, ...]
    """Those it is about, also when it is over."""

    latitude: float | None = None
    longitude: float | None = None
    """Of its first asset, or of its contact, when it was raised."""


# What happened last before a moment to each alert of the days before it, where that left it standing.
_STANDING = """
SELECT last.event_time, last.id, last.alert
FROM (
    SELECT alert, max(id) AS id FROM nigehban.alert_event
    WHERE event_time >= %(start)s - %(back)s::interval AND event_time < %(start)s
    GROUP BY alert
) newest JOIN nigehban.alert_event last ON last.id = newest.id
WHERE last."values"->>'state' <> 'normal'
AND (last.event_time, last.id) > (%(after_time)s, %(after_id)s)
ORDER BY last.event_time, last.id LIMIT %(limit)s
"""

_HAPPENED = """
SELECT event_time, id, alert FROM nigehban.alert_event
WHERE event_time >= %(start)s AND event_time < %(end)s
AND (event_time, id) > (%(after_time)s, %(after_id)s) AND what <> 'update'
ORDER BY event_time, id LIMIT %(limit)s
"""

_SINCE_NORMAL = """
SELECT happened.id, happened.alert, happened.event_time, happened.what, happened.who, happened.why,
    happened."values"
FROM unnest(%(alerts)s::text[], %(first)s::bigint[], %(last)s::bigint[]) asked (alert, first, last)
CROSS JOIN LATERAL (
    SELECT * FROM nigehban.alert_event
    WHERE alert = asked.alert AND id <= asked.last AND what <> 'update' AND id > coalesce((
        SELECT id FROM nigehban.alert_event
        WHERE alert = asked.alert AND id < asked.first AND "values"->>'state' = 'normal'
        ORDER BY id DESC LIMIT 1
    ), 0)
) happened
ORDER BY happened.id LIMIT %(most)s
"""

_PLACES = """
SELECT asked.number, fix.latitude, fix.longitude
FROM unnest(%(numbers)s::int[], %(assets)s::bigint[], %(times)s::timestamptz[])
    asked (number, asset, time)
CROSS JOIN LATERAL (
    SELECT latitude, longitude FROM nigehban.position
    WHERE asset = asked.asset AND fix_time <= asked.time AND received_time <= asked.time
    AND fix_time > asked.time - %(back)s::interval
    AND fix_time > %(first)s - %(back)s::interval AND fix_time <= %(last)s
    ORDER BY fix_time DESC LIMIT 1
) fix
"""

# A contact is named in a key by its number or by its identity.
_CONTACT_PLACES = """
SELECT asked.number, state.latitude, state.longitude
FROM unnest(%(numbers)s::int[], %(subjects)s::text[], %(times)s::timestamptz[])
    asked (number, subject, time)
JOIN nigehban.contact known
    ON (known.identity = asked.subject OR 'contact:' || to_hex(known.contact) = asked.subject)
    AND known.first_time <= asked.time AND known.time > asked.time - %(back)s::interval
CROSS JOIN LATERAL (
    SELECT latitude, longitude FROM nigehban.contact_state
    WHERE contact = known.contact AND time <= asked.time
    AND time > asked.time - %(back)s::interval
    AND time > %(first)s - %(back)s::interval AND time <= %(last)s
    ORDER BY time DESC LIMIT 1
) state
WHERE known.time > %(first)s - %(back)s::interval AND known.first_time <= %(last)s
"""


async def stood(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime | None,
    *,
    limit: int,
    after: Place | None = None,
) -> tuple[list[Stood], Place | None]:
    """Every alert that stood at `start`, and then how each was after all that happened until `end`.

    In the order of the events that made it so; of those that stood at `start` these are earlier.
    `limit` at most, those after a place; without `end` only what stood. Beside them the place of the
    last one, None if no more follow. Raises TooManyEventsError, psycopg.Error.
    """
    told = after or Place(datetime(2000, 1, 1, tzinfo=UTC), 0)
    asked: dict[str, Any] = {
        "start": start,
        "end": end,
        "back": LOOK_BACK,
        "after_time": told.time,
        "after_id": told.id,
        "limit": limit,
    }
    found: list[tuple[datetime, int, str]] = []
    if told.time < start:
        found = list(await (await connection.execute(_STANDING, asked)).fetchall())
    if end is not None and len(found) < limit:
        asked["limit"] = limit - len(found)
        found += await (await connection.execute(_HAPPENED, asked)).fetchall()
    after_each = await _folded(connection, found)
    listed = [
        Stood(Place(time.astimezone(UTC), number), *after_each[number])
        for time, number, _ in found
        if number in after_each
    ]
    last = Place(found[-1][0].astimezone(UTC), found[-1][1]) if len(found) == limit else None
    return await _placed(connection, listed), last


async def _folded(
    connection: psycopg.AsyncConnection, found: Sequence[tuple[datetime, int, str]]
) -> dict[int, _After]:
    """The alert after each event of which the number is asked for."""
    numbers: dict[str, list[int]] = {}
    for _, number, alert in found:
        numbers.setdefault(alert, []).append(number)
    asked = {
        "alerts": list(numbers),
        "first": [min(each) for each in numbers.values()],
        "last": [max(each) for each in numbers.values()],
        "most": EVENTS_MOST + 1,
    }
    rows = await (await connection.execute(_SINCE_NORMAL, asked)).fetchall()
    if len(rows) > EVENTS_MOST:
        raise TooManyEventsError(
            f"more than {EVENTS_MOST:,} events of alerts: ask for fewer on a page"
        )
    events: dict[str, list[AlertEvent]] = {}
    for number, alert, time, what, who, why, values in rows:
        event = AlertEvent(number, alert, time.astimezone(UTC), What(what), who, why, values)
        events.setdefault(alert, []).append(event)
    after_each: dict[int, _After] = {}
    misfits = []
    for alert, wanted in numbers.items():
        try:
            after_each |= _fold(alert, events.get(alert, ()), wanted)
        except AlertError as error:
            misfits.append(str(error))
    if misfits:
        # Events before those that are kept are missing: it cannot be told what these alerts were.
        _log.warning("%d alerts of the past do not fit together: %s", len(misfits), misfits[0])
    return after_each


def _fold(key: str, events: Iterable[AlertEvent], wanted: Sequence[int]) -> dict[int, _After]:
    """How an alert was after each of the `wanted` numbers; an update has changed nothing.

    Raises AlertError.
    """
    found: dict[int, _After] = {}
    left = sorted(wanted)
    alert, assets = Alert(key), tuple[int, ...]()
    for event in events:
        while left and left[0] < event.id:
            found[left.pop(0)] = alert, assets
        alert = apply(alert, event)
        assets = alert.assets or assets
    return found | dict.fromkeys(left, (alert, assets))


async def _placed(connection: psycopg.AsyncConnection, listed: Sequence[Stood]) -> list[Stood]:
    """The same with places."""
    raised = [
        (number, each.alert, each.alert.raised_time)
        for number, each in enumerate(listed)
        if each.alert.raised_time is not None
    ]
    if not raised:
        return list(listed)
    times = [time for _, _, time in raised]
    bounds = {"first": min(times), "last": max(times), "back": PLACE_BACK}
    of_assets = [(n, asset, time) for n, alert, time in raised for asset in alert.assets[:1]]
    places = await _places(connection, _PLACES, "assets", of_assets, bounds)
    of_contacts = [
        (n, subject, time)
        for n, alert, time in raised
        if n not in places
        for subject in alert.key.split("/")[1:]
    ]
    places = {
        **await _places(connection, _CONTACT_PLACES, "subjects", of_contacts, bounds),
        **places,
    }
    return [
        replace(each, latitude=places[number][0], longitude=places[number][1])
        if number in places
        else each
        for number, each in enumerate(listed)
    ]


async def _places(
    connection: psycopg.AsyncConnection,
    statement: str,
    what: str,
    asked: Sequence[tuple[int, Any, Any]],
    bounds: Mapping[str, Any],
) -> dict[int, tuple[float, float]]:
    if not asked:
        return {}
    numbers, named, times = (list(column) for column in zip(*asked, strict=True))
    parameters = {"numbers": numbers, what: named, "times": times, **bounds}
    found = await (await connection.execute(statement, parameters)).fetchall()
    return {number: (latitude, longitude) for number, latitude, longitude in found}
