"""Questions about what happened to alerts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import psycopg

from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; None: all."""

    alert: str | None = None
    rule: str | None = None
    what: str | None = None
    who: str | None = None
    start: datetime | None = None
    end: datetime | None = None


_HISTORY = """
SELECT id, alert, event_time, what, who, why, "values" FROM nigehban.alert_event
WHERE id < %(before)s
    AND (%(alert)s::text IS NULL OR alert = %(alert)s)
    AND (%(rule)s::text IS NULL OR split_part(alert, '/', 1) = %(rule)s)
    AND (%(what)s::text IS NULL OR what = %(what)s)
    AND (%(who)s::text IS NULL OR who = %(who)s)
    AND (%(start)s::timestamptz IS NULL OR event_time >= %(start)s)
    AND (%(end)s::timestamptz IS NULL OR event_time < %(end)s)
ORDER BY id DESC LIMIT %(limit)s
"""


async def alert_history(
    connection: psycopg.AsyncConnection, wanted: Wanted, before: int, limit: int
) -> list[AlertEvent]:
    """The newest `limit` events with an id below `before`, the newest first."""
    asked = asdict(wanted) | {"before": before, "limit": limit}
    found = await (await connection.execute(_HISTORY, asked)).fetchall()
    return [
        AlertEvent(number, alert, time.astimezone(UTC), What(what), who, why, values)
        for number, alert, time, what, who, why, values in found
    ]
