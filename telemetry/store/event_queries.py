"""Questions about what happened to assets: the rows of `event`, by asset, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True)
class EventTold:
    """One event of an asset."""

    time: datetime
    """When it was so, UTC."""

    received_time: datetime
    kind: str
    detail: dict[str, Any]


_LAST = """
SELECT known.id, last.event_time, last.received_time, last.kind, last.detail
FROM unnest(%s::bigint[]) known (id) CROSS JOIN LATERAL (
    SELECT event_time, received_time, kind, detail FROM nigehban.event
    WHERE asset = known.id ORDER BY event_time DESC, kind DESC LIMIT 1
) last
"""

_NEWEST = """
SELECT event_time, received_time, kind, detail FROM nigehban.event
WHERE asset = %(asset)s
AND (%(before)s::timestamptz IS NULL OR (event_time, kind) < (%(before)s, %(kind)s))
ORDER BY event_time DESC, kind DESC LIMIT %(limit)s
"""


async def last_events(
    connection: psycopg.AsyncConnection, assets: Sequence[int]
) -> dict[int, EventTold]:
    """The newest event of each of these assets that told any, by key. Raises psycopg.Error."""
    cursor = await connection.execute(_LAST, [list(assets)])
    return {asset: _told(*columns) for asset, *columns in await cursor.fetchall()}


async def newest_events(
    connection: psycopg.AsyncConnection,
    asset: int,
    *,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[EventTold]:
    """Events of one asset, the newest first; those before a time and kind. Raises psycopg.Error."""
    time, kind = before or (None, "")
    asked = {"asset": asset, "before": time, "kind": kind, "limit": limit}
    return [_told(*row) for row in await (await connection.execute(_NEWEST, asked)).fetchall()]


def _told(time: datetime, received: datetime, kind: str, detail: dict[str, Any]) -> EventTold:
    return EventTold(time.astimezone(UTC), received.astimezone(UTC), kind, detail)
