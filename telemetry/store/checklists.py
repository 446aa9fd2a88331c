"""What was ticked of the checklists of alerts. All functions raise psycopg.Error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg


@dataclass(frozen=True, slots=True)
class Tick:
    """An item of a checklist was ticked, or its tick taken back; of an item the newest counts.

    The checklist is that of one raising of an alert. The same is the same (alert, raised time, item,
    time, who).
    """

    alert: str  # its key: `panic/osmand:car-1`
    raised_time: datetime  # aware
    item: str
    done: bool
    who: str
    time: datetime  # aware
    note: str = ""


_PUT = """
INSERT INTO nigehban.checklist_tick (alert, raised_time, item, done, who, tick_time, note)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""

_TICKS = """
SELECT alert, raised_time, item, done, who, tick_time, note FROM nigehban.checklist_tick
WHERE alert = %s AND raised_time = %s ORDER BY tick_time, item, who LIMIT %s
"""

TICKS_MOST = 1000
"""Ticks of one checklist that are told."""


async def put_tick(connection: psycopg.AsyncConnection, tick: Tick) -> bool:
    """Keep a tick; false if it is there already."""
    told = (tick.alert, tick.raised_time, tick.item, tick.done, tick.who, tick.time, tick.note)
    return (await connection.execute(_PUT, told)).rowcount == 1


async def ticks(
    connection: psycopg.AsyncConnection, alert: str, raised: datetime
) -> Sequence[Tick]:
    """All ticks of one checklist, the oldest first, TICKS_MOST at most."""
    found = await (await connection.execute(_TICKS, [alert, raised, TICKS_MOST])).fetchall()
    return [
        Tick(key, since.astimezone(UTC), item, done, who, time.astimezone(UTC), note)
        for key, since, item, done, who, time, note in found
    ]
