"""How the batteries of many assets went lately: a few points of each.

Each point is one look into the index of (asset, time), as in `queries`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

ASSETS_MOST = 500
"""Assets of one question."""

POINTS_MOST = 48

_TRENDS = """
SELECT known.asset, ((extract(epoch FROM bucket - %(start)s)) / %(step)s)::integer, told.percent
FROM unnest(%(assets)s::bigint[]) known (asset)
CROSS JOIN generate_series(
    %(start)s, %(end)s - interval '1 microsecond', make_interval(secs => %(step)s)
) bucket
CROSS JOIN LATERAL (
    SELECT battery_percent::float8 AS percent FROM nigehban.vehicle_status
    WHERE asset = known.asset AND status_time >= bucket
    AND status_time < least(bucket + make_interval(secs => %(step)s), %(end)s)
    ORDER BY status_time DESC LIMIT 1
) told
"""

# Statuses that came, a count for each bucket: how well the link kept.
_HEARD = """
SELECT floor(extract(epoch FROM status_time - %(start)s) / %(step)s)::integer AS bucket, count(*)
FROM nigehban.vehicle_status
WHERE asset = %(asset)s AND status_time >= %(start)s AND status_time < %(end)s
GROUP BY bucket
"""

_HEARD_POSITIONS = """
SELECT floor(extract(epoch FROM fix_time - %(start)s) / %(step)s)::integer AS bucket, count(*)
FROM nigehban.position
WHERE asset = %(asset)s AND fix_time >= %(start)s AND fix_time < %(end)s
GROUP BY bucket
"""


@dataclass(frozen=True, slots=True)
class Trend:
    """How a battery went."""

    percents: list[float | None]
    """The last in each step, the oldest first."""

    per_hour: float | None
    """Percent that it gained in an hour since it last was charged or changed; negative: it drains."""


async def trends(
    connection: psycopg.AsyncConnection,
    assets: Sequence[int],
    start: datetime,
    step: timedelta,
    points: int,
) -> dict[int, Trend]:
    """Of each of up to ASSETS_MOST assets that has one, `points` steps from `start` (aware) on.

    Raises ValueError for more than that, psycopg.Error.
    """
    if len(assets) > ASSETS_MOST or points > POINTS_MOST:
        raise ValueError(f"{points} points of {len(assets)} batteries are too many")
    seconds = step.total_seconds()
    told = {"assets": list(assets), "start": start, "end": start + points * step, "step": seconds}
    cursor = await connection.execute(_TRENDS, told)
    found: dict[int, list[float | None]] = {}
    for asset, place, percent in await cursor.fetchall():
        found.setdefault(asset, [None] * points)[place] = percent
    known = {key: each for key, each in found.items() if any(p is not None for p in each)}
    return {key: Trend(each, per_hour(each, step)) for key, each in known.items()}


RISE = 3.0
"""Percent up in one step: it was charged or changed."""

SPAN_LEAST = timedelta(minutes=10)
"""Less than that tells nothing of an hour."""


def per_hour(percents: Sequence[float | None], step: timedelta) -> float | None:
    """Percent an hour from the first to the last value since the battery rose; None if too few."""
    known = [(place, value) for place, value in enumerate(percents) if value is not None]
    begin = 0
    for number in range(1, len(known)):
        if known[number][1] - known[number - 1][1] > RISE:
            begin = number
    if not known:
        return None
    (first, before), (last, after) = known[begin], known[-1]
    span = (last - first) * step
    return (after - before) / (span / timedelta(hours=1)) if span >= SPAN_LEAST else None


async def heard(
    connection: psycopg.AsyncConnection,
    asset: int,
    start: datetime,
    step: timedelta,
    points: int,
    *,
    statuses: bool,
) -> list[int]:
    """How many statuses (else positions) of an asset came in each of `points` steps from `start` on.

    Raises psycopg.Error.
    """
    asked = {"asset": asset, "start": start, "end": start + points * step}
    question = _HEARD if statuses else _HEARD_POSITIONS
    cursor = await connection.execute(question, asked | {"step": step.total_seconds()})
    counts = [0] * points
    for place, count in await cursor.fetchall():
        counts[place] = count
    return counts
