"""The past as it was known then: what had been received by a moment, and what came when.

A moment's picture is one look into the index of (asset, fix_time) for each asset. Tracks are thinned
to the steps that are asked for; a step shows, as in `queries.track`, its best fix, and if that one
came late also the best of those that came in time, for that one was seen then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from fleet.columns import LIVE_SOURCES, POSITION, STATUS, Rows, Source
from fleet.moments import as_numpy
from fleet.picture import position_ranks, position_times
from telemetry.store.columnar import columns
from telemetry.store.queries import (
    BEST,
    BUCKETS,
    POSITION_COLUMNS,
    RAW,
    best_fix,
    rolled_track,
)
from telemetry.store.rollups import LEVELS
from telemetry.store.rows import columns_of, selected

POINTS_MOST = 120_000
"""Steps of all assets of one answer: 400 assets for five minutes, a second each."""

LOOK_BACK = timedelta(days=7)
"""How far before a moment an asset's last position or state is looked for."""

LATE_REACH = timedelta(days=1)
"""How old a fix may be that came late in a window and is from before it."""

CLOCK_AHEAD = timedelta(minutes=1)
"""A fix that claims to be further ahead of a moment than this is of a wrong clock."""

SCAN_MOST = timedelta(seconds=5)
"""Up to this step all rows of an asset are read, by the index; beyond it one look for each step is
less. A drone has some 25 rows in it."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to before `end` (aware, by fix time) in steps; `late_after` is in seconds."""

    start: datetime
    end: datetime
    step: timedelta
    late_after: float

    def steps(self) -> float:
        """How many steps there are."""
        return (self.end - self.start) / self.step


@dataclass(frozen=True, slots=True)
class Known:
    """POSITION and STATUS rows, the ones that had been received by a moment."""

    positions: Rows
    """Of an asset up to two, between which `fleet.picture` decides."""

    statuses: Rows


_POSITIONS_AT = sql.SQL("""
SELECT {columns}
FROM unnest(%(assets)s::bigint[]) known (id) CROSS JOIN LATERAL (
    SELECT * FROM nigehban.position
    WHERE asset = known.id AND received_time <= %(at)s
    AND fix_time > %(at)s - %(back)s::interval AND fix_time <= %(at)s + %(ahead)s::interval
    ORDER BY fix_time DESC LIMIT 1
) newest CROSS JOIN LATERAL (
    SELECT newest.*
    UNION ALL
    (SELECT * FROM nigehban.position
     WHERE newest.source = {raw} AND source <> {raw} AND asset = known.id
     AND received_time <= %(at)s
     AND fix_time BETWEEN newest.fix_time - interval '1 minute' AND newest.fix_time
     ORDER BY fix_time DESC LIMIT 1)
) "row"
""").format(columns=selected(POSITION), raw=RAW)

_STATUSES_AT = sql.SQL("""
SELECT {columns}
FROM unnest(%(assets)s::bigint[]) known (id) CROSS JOIN LATERAL (
    SELECT * FROM nigehban.vehicle_status
    WHERE asset = known.id AND received_time <= %(at)s
    AND status_time > %(at)s - %(back)s::interval AND status_time <= %(at)s
    ORDER BY status_time DESC LIMIT 1
) "row"
""").format(columns=selected(STATUS))

_LIVE = sql.SQL(", ").join(map(sql.Literal, sorted(map(int, LIVE_SOURCES))))

_LATE = "({row}.source NOT IN ({live}) AND {row}.received_time - {row}.fix_time > %(late)s)"


def _late(row: str) -> sql.Composed:
    return sql.SQL(_LATE).format(row=sql.Identifier(row), live=_LIVE)


_IN_STEP = sql.SQL(
    "asset = known.id AND fix_time >= greatest(bucket, %(start)s)"
    " AND fix_time < least(bucket + %(bucket)s, %(end)s)"
)

_LOOKED_UP = sql.SQL("""
SELECT fix.* FROM unnest(%(assets)s::bigint[]) known (id) CROSS JOIN {buckets}
CROSS JOIN LATERAL ({best_fix}) shown
CROSS JOIN LATERAL (
    SELECT shown.*
    UNION ALL
    (SELECT {columns} FROM nigehban.position
     WHERE {late} AND {window} AND suspect = 0 AND NOT {its_late}
     ORDER BY source = {raw}, fix_time DESC LIMIT 1)
) fix
""").format(
    columns=POSITION_COLUMNS,
    buckets=BUCKETS,
    best_fix=best_fix(_IN_STEP),
    window=_IN_STEP,
    raw=RAW,
    late=_late("shown"),
    its_late=_late("position"),
)

_SCANNED = sql.SQL("""
SELECT fix.* FROM unnest(%(assets)s::bigint[]) known (id) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (bucket, late) {columns} FROM (
        SELECT *, {late} late, date_bin(%(bucket)s, fix_time, timestamptz '2000-01-01Z') bucket
        FROM nigehban.position
        WHERE asset = known.id AND fix_time >= %(start)s AND fix_time < %(end)s
    ) fix
    ORDER BY bucket, late, {best}, fix_time DESC
) fix
""").format(columns=POSITION_COLUMNS, late=_late("position"), best=BEST)

_CAME_LATE = sql.SQL("""
SELECT fix.* FROM unnest(%(assets)s::bigint[], %(since)s::timestamptz[]) known (id, since)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (bucket) {columns} FROM (
        SELECT *, date_bin(%(bucket)s, fix_time, timestamptz '2000-01-01Z') bucket
        FROM nigehban.position
        WHERE asset = known.id AND fix_time > since AND fix_time < %(start)s
        AND received_time > %(start)s AND received_time < %(end)s
    ) fix
    ORDER BY bucket, {best}, fix_time DESC
) fix
""").format(columns=POSITION_COLUMNS, best=BEST)


# Which assets the roll-ups tell of in a window before the first single position that is left.
_ROLLED_ONLY = """
SELECT known.id, least(oldest.fix_time, %(end)s)
FROM unnest(%(silent)s::bigint[]) known (id) LEFT JOIN LATERAL (
    SELECT fix_time FROM nigehban.position WHERE asset = known.id ORDER BY fix_time LIMIT 1
) oldest ON true
WHERE coalesce(oldest.fix_time > %(start)s, true) AND EXISTS (
    SELECT FROM nigehban.track_10min
    WHERE asset = known.id AND bucket > %(start)s - interval '10 minutes'
    AND bucket < least(oldest.fix_time, %(end)s)
)
"""


async def known_at(
    connection: psycopg.AsyncConnection, assets: Sequence[int], at: datetime
) -> Known:
    """What had been received of the assets by a moment, of the LOOK_BACK before it.

    Raises psycopg.Error.
    """
    asked = {"assets": list(assets), "at": at, "back": LOOK_BACK, "ahead": CLOCK_AHEAD}
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(_POSITIONS_AT, asked)
        positions = columns_of(POSITION, await cursor.fetchall())
        await cursor.execute(_STATUSES_AT, asked)
        return Known(positions, columns_of(STATUS, await cursor.fetchall()))


async def tracks(connection: psycopg.AsyncConnection, assets: Sequence[int], span: Span) -> Rows:
    """Where the assets were, so that each moment can be shown as it was known then.

    POSITION rows by asset and fix time: what was known of each at the start, what came late in the
    window and is from before it, and of each step the best fix and the best that came in time.
    Where single positions are no longer kept, the roll-ups' (`queries.rolled_track`).
    Raises ValueError for more than POINTS_MOST steps of all assets, psycopg.Error.
    """
    if span.steps() * len(assets) > POINTS_MOST:
        step = (span.end - span.start).total_seconds() * len(assets) / POINTS_MOST
        raise ValueError(
            f"{len(assets)} assets in steps of {span.step.total_seconds():g} s are more than "
            f"{POINTS_MOST:,} points: take steps of {np.ceil(step):g} s, or less time or assets"
        )
    asked: dict[str, object] = {
        "assets": list(assets),
        "start": span.start,
        "end": span.end,
        "bucket": span.step,
        "late": timedelta(seconds=span.late_after),
    }
    before = one_each((await known_at(connection, assets, span.start)).positions)
    known = dict(zip(before["asset"].tolist(), _moments(before["fix_time"]), strict=True))
    reach = span.start - LATE_REACH
    asked["since"] = [max(reach, known.get(asset, reach)) for asset in assets]
    came_late = await columns(connection, POSITION, _CAME_LATE, asked)
    inner = _SCANNED if span.step <= SCAN_MOST else _LOOKED_UP
    within = _shown(await columns(connection, POSITION, inner, asked), span)
    asked["silent"] = [asset for asset in assets if asset not in known]
    rolled = await _rolled(connection, asked, span)
    earlier = before[before["fix_time"] < as_numpy(span.start)]
    rows: Rows = np.concatenate([earlier, came_late, *rolled, within])
    order = np.lexsort((rows["source"], rows["fix_time"], rows["asset"]))
    return rows[order]


async def _rolled(
    connection: psycopg.AsyncConnection, asked: Mapping[str, object], span: Span
) -> list[Rows]:
    """Tracks from roll-ups of those assets of which nothing was known at the start."""
    if not asked["silent"] or span.step < LEVELS[0].width:
        return []
    found = await (await connection.execute(_ROLLED_ONLY, asked)).fetchall()
    return [
        await rolled_track(connection, asset, span.start, end, span.step) for asset, end in found
    ]


def one_each(positions: Rows) -> Rows:
    """Of POSITION rows the one of each asset that `fleet.picture` would show."""
    ranks = _ranks(positions)
    order = np.lexsort((ranks, positions["asset"]))
    last = np.ones(len(order), np.bool_)
    last[:-1] = np.diff(positions["asset"][order]) != 0
    shown: Rows = positions[order[last]]
    return shown


def is_late(positions: Rows, after: float) -> NDArray[np.bool_]:
    """Which of POSITION rows came more than `after` seconds after their fix.

    A live source tells of now: what it sends is never late, whatever its clock says.
    """
    delay = positions["received_time"] - position_times(positions)
    late: NDArray[np.bool_] = delay > np.timedelta64(round(after * 1e6), "us")
    return late


def news(positions: Rows) -> NDArray[np.intp]:
    """Of POSITION rows of one asset those that became its mark when they came, in that order.

    At a moment the mark is the last of them that had been received by then.
    """
    ranks = _ranks(positions)
    order = np.lexsort((ranks, positions["received_time"]))
    ranked = ranks[order].view(np.int64)
    newer = np.ones(len(order), np.bool_)
    newer[1:] = ranked[1:] > np.maximum.accumulate(ranked)[:-1]
    became: NDArray[np.intp] = order[newer]
    return became


def _ranks(positions: Rows) -> NDArray[np.datetime64]:
    return position_ranks(positions["source"], position_times(positions)).astype("M8[us]")


def _shown(rows: Rows, span: Span) -> Rows:
    """Of the rows of each step the best; before a late one also the best that came in time."""
    late = is_late(rows, span.late_after)
    raw = rows["source"] == Source.GPS_RAW_INT
    since = rows["fix_time"] - np.datetime64("2000-01-01", "us")
    bucket = since // np.timedelta64(span.step)
    order = np.lexsort((-since.astype(np.int64), raw, rows["suspect"] != 0, bucket, rows["asset"]))
    rows, late = rows[order], late[order]
    first = np.ones(len(rows), np.bool_)
    first[1:] = (np.diff(rows["asset"]) != 0) | (np.diff(bucket[order]) != 0)
    group = np.cumsum(first) - 1
    best_is_late = late[first][group]
    in_time = np.flatnonzero(~late & (rows["suspect"] == 0))
    _, firsts = np.unique(group[in_time], return_index=True)
    kept = first.copy()
    seen = in_time[firsts]
    kept[seen[best_is_late[seen]]] = True
    shown: Rows = rows[kept]
    return shown


def _moments(times: NDArray[np.datetime64]) -> list[datetime]:
    return [moment.replace(tzinfo=UTC) for moment in times.astype("M8[us]").tolist()]
