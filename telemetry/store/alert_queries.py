"""Questions about what happened to alerts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from psycopg.sql import SQL, Composed

from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; what is None or empty: all. The last three are those of the alert's raising."""

    alert: str | None = None
    rule: str | None = None
    whats: Collection[str] = ()
    who: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    priorities: Collection[int] = ()
    desk: str | None = None
    asset: int | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, and what its alert was raised with before it."""

    event: AlertEvent
    raised_time: datetime | None = None
    """None if it was not raised before."""

    raised: Mapping[str, Any] = field(default_factory=dict)
    """What `fold.told_occurrence` tells."""


# The conditions are written out as they are asked for, since no index is used for one that may not
# count: `asset IS NULL OR …`.
_HISTORY = SQL("""
SELECT happened.id, happened.alert, happened.event_time, happened.what, happened.who, happened.why,
    happened."values", raised.event_time, raised."values"
FROM {events} happened LEFT JOIN LATERAL (
    SELECT event_time, "values" FROM nigehban.alert_event
    WHERE alert = happened.alert AND id <= happened.id AND what = 'activate'
    ORDER BY id DESC LIMIT 1
) raised ON true
WHERE {conditions}
ORDER BY happened.id DESC LIMIT %(limit)s
""")

# Few alerts are about one asset. PostgreSQL does not know that, and would look for them among all
# events: OFFSET 0 has it take one alert after the other.
_ALL = SQL("nigehban.alert_event")
_ABOUT_ASSET = SQL("""(
    SELECT event.* FROM (
        SELECT DISTINCT alert FROM nigehban.alert_event
        WHERE what = 'activate' AND "values"->'assets' @> %(asset)s::jsonb
    ) about CROSS JOIN LATERAL (
        SELECT * FROM nigehban.alert_event WHERE alert = about.alert OFFSET 0
    ) event
)""")


async def alert_history(
    connection: psycopg.AsyncConnection, wanted: Wanted, before: int, limit: int
) -> list[Happened]:
    """The newest `limit` events with an id below `before`, the newest first. Raises psycopg.Error."""
    cursor = await connection.execute(*statement(wanted, before, limit))
    return [
        Happened(
            AlertEvent(number, alert, time.astimezone(UTC), What(what), who, why, values),
            raised_time and raised_time.astimezone(UTC),
            raised or {},
        )
        for number, alert, time, what, who, why, values, raised_time, raised in await cursor.fetchall()
    ]


def statement(wanted: Wanted, before: int, limit: int) -> tuple[Composed, dict[str, Any]]:
    """The question of `alert_history`, with its parameters."""
    asked = {name: (condition, value) for name, condition, value in _conditions(wanted)}
    conditions = [SQL("happened.id < %(before)s"), *(SQL(each) for each, _ in asked.values())]
    values = {name: value for name, (_, value) in asked.items()}
    question = _HISTORY.format(
        events=_ALL if wanted.asset is None else _ABOUT_ASSET,
        conditions=SQL(" AND ").join(conditions),
    )
    return question, values | {"before": before, "limit": limit}


def _conditions(wanted: Wanted) -> Iterator[tuple[str, str, Any]]:
    """Of what is asked for: the parameter's name, the condition, the value."""
    if wanted.alert is not None:
        yield "alert", "happened.alert = %(alert)s", wanted.alert
    if wanted.rule is not None:
        yield "rule", "split_part(happened.alert, '/', 1) = %(rule)s", wanted.rule
    if wanted.whats:
        yield "whats", "happened.what = ANY(%(whats)s)", list(wanted.whats)
    if wanted.who is not None:
        yield "who", "happened.who = %(who)s", wanted.who
    if wanted.start is not None:
        yield "start", "happened.event_time >= %(start)s", wanted.start
    if wanted.end is not None:
        yield "end", "happened.event_time < %(end)s", wanted.end
    if wanted.priorities:
        told = """(raised."values"->>'priority')::int = ANY(%(priorities)s)"""
        yield "priorities", told, list(wanted.priorities)
    if wanted.desk is not None:
        yield "desk", """raised."values"->>'desk' = %(desk)s""", wanted.desk
    if wanted.asset is not None:
        told = """raised."values"->'assets' @> %(asset)s::jsonb"""
        yield "asset", told, orjson.dumps([wanted.asset]).decode()
