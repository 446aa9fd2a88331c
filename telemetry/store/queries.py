"""What is asked of the store. The answers are structured arrays; NULL becomes unknown again.

History is asked in buckets. For a track or a history of states each bucket is one look into the
index of (asset, time), so the cost follows the number of points and not the number of rows that
lie between them: a day of one drone, 864,000 rows, in 1,440 points takes 10–30 ms where grouping by
`time_bucket` or `date_bin` takes 600 ms, and the same text runs with and without TimescaleDB.

The limits of server and line are the connection's own: give it a statement_timeout.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import psycopg
from psycopg import sql

from fleet.assets import Asset, Kind
from fleet.columns import POSITION, STATUS, TIME, Rows, Source
from fleet.picture import Picture
from telemetry.batch import StatusText
from telemetry.store.marks import STRETCH
from telemetry.store.rollups import LEVELS, Level
from telemetry.store.rows import rows_of, selected

MAX_BUCKETS = 10_000
"""Points of one track or history."""

TRAIL_BUCKETS = 500
"""Points of the trail of one asset."""

TRAIL = np.dtype(
    [("asset", "i8"), ("fix_time", TIME), ("latitude", "f8"), ("longitude", "f8")],
)
"""One point of the way that an asset came."""


RAW = sql.Literal(int(Source.GPS_RAW_INT))

_ASSETS = "SELECT id, identity, kind FROM nigehban.asset ORDER BY first_seen, id"

# The rows of an asset come in the order of their fix time, which is the index's. A fix time in
# the future is a wrong clock: such a row is asked for beside the newest believable one, and the
# picture's own rule decides between the two. That rule may prefer a fused position to a raw GPS fix
# that is a little newer: where the newest is a raw one, the last fused one of the seconds before
# it is asked for too.
_NEWEST_POSITIONS = sql.SQL("""
SELECT {columns}
FROM nigehban.asset known CROSS JOIN LATERAL (
    (SELECT * FROM nigehban.position
     WHERE asset = known.id AND fix_time <= now() + interval '1 minute'
     ORDER BY fix_time DESC LIMIT 1)
    UNION ALL
    (SELECT * FROM nigehban.position
     WHERE asset = known.id AND fix_time > now() + interval '1 minute'
     ORDER BY fix_time DESC LIMIT 1)
) newest CROSS JOIN LATERAL (
    SELECT newest.*
    UNION ALL
    (SELECT * FROM nigehban.position
     WHERE newest.source = {raw} AND source <> {raw} AND asset = known.id
     AND fix_time BETWEEN newest.fix_time - interval '1 minute' AND newest.fix_time
     ORDER BY fix_time DESC LIMIT 1)
) "row"
""").format(columns=selected(POSITION), raw=RAW)

_NEWEST_STATUSES = sql.SQL("""
SELECT {columns}
FROM nigehban.asset known CROSS JOIN LATERAL (
    SELECT * FROM nigehban.vehicle_status
    WHERE asset = known.id ORDER BY status_time DESC LIMIT 1
) "row"
""").format(columns=selected(STATUS))

# Buckets begin at whole multiples since 2000, so that the same window moved on a little shows the
# same points.
BUCKETS = sql.SQL("""
generate_series(
    date_bin(%(bucket)s, %(start)s, timestamptz '2000-01-01Z'),
    %(end)s - interval '1 microsecond', %(bucket)s
) bucket
""")

# Of what is in a bucket, what is shown: a fix that nothing speaks against, and of those one of the
# estimator rather than a raw one, and of those the last.
BEST = sql.SQL("suspect <> 0, source = {raw}").format(raw=RAW)


POSITION_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, POSITION.names or ()))

_LAST_FIX = sql.SQL("""(
    SELECT {columns} FROM nigehban.position
    WHERE {first} AND {window} AND {such} ORDER BY {order} fix_time DESC LIMIT 1
)""")

# Of the three at most one has a row, so each column is that one's.
_BEST_FIX = sql.SQL("""
SELECT * FROM (
    SELECT {columns}
    FROM (SELECT) one
    LEFT JOIN LATERAL {fused} fused ON true
    LEFT JOIN LATERAL {raw} raw ON true
    LEFT JOIN LATERAL {doubtful} doubtful ON true
) best WHERE asset IS NOT NULL
""")


def best_fix(window: sql.Composable) -> sql.Composed:
    """The best fix of a window of one asset, with the columns of POSITION, or no row.

    Each is the end of a range of the index (asset, fix_time), and looked up only where the one
    before it is not there: nearly always that is one look.
    """

    def last(first: str, such: str, order: str = "") -> sql.Composed:
        return _LAST_FIX.format(
            columns=POSITION_COLUMNS,
            first=sql.SQL(first),
            window=window,
            such=sql.SQL(such).format(raw=RAW),
            order=sql.SQL(order).format(raw=RAW),
        )

    return _BEST_FIX.format(
        columns=sql.SQL(", ").join(
            sql.SQL("coalesce(fused.{0}, raw.{0}, doubtful.{0}) AS {0}").format(
                sql.Identifier(name)
            )
            for name in POSITION.names or ()
        ),
        fused=last("true", "suspect = 0 AND source <> {raw}"),
        raw=last("fused.asset IS NULL", "suspect = 0 AND source = {raw}"),
        doubtful=last(
            "fused.asset IS NULL AND raw.asset IS NULL", "suspect <> 0", "source = {raw},"
        ),
    )


_TRACK = sql.SQL("""
SELECT {columns} FROM {buckets} CROSS JOIN LATERAL ({best_fix}) "row"
""").format(
    columns=selected(POSITION),
    buckets=BUCKETS,
    best_fix=best_fix(
        sql.SQL(
            "asset = %(asset)s AND fix_time >= greatest(bucket, %(start)s)"
            " AND fix_time < least(bucket + %(bucket)s, %(end)s)"
        ),
    ),
)

# From roll-ups; where one may not be up to date, and at the end of the window if that cuts one, also
# from single positions. Coarser roll-ups are asked too: the fitting one may have been dropped. All of
# them tell of real fixes, so the best of all is that of the single positions.
_ROLLED_TRACK = sql.SQL("""
WITH single (since, till) AS (
    SELECT DISTINCT greatest(bucket, %(start)s), least(bucket + {stretch}, %(end)s)
    FROM nigehban.rollup_mark
    WHERE asset = %(asset)s AND bucket > %(start)s - {stretch} AND bucket < %(end)s
    UNION ALL
    SELECT greatest(date_bin(%(width)s, %(end)s, {origin}), %(start)s), %(end)s
)
SELECT DISTINCT ON (step) {columns}
FROM (
    {rolled}
    UNION ALL
    SELECT step, fix.* FROM single CROSS JOIN LATERAL generate_series(
        date_bin(%(bucket)s, since, {origin}), till - interval '1 microsecond', %(bucket)s
    ) step CROSS JOIN LATERAL ({fixes}) fix
) "row"
ORDER BY step, {best}, fix_time DESC
""")

_ROLLED = sql.SQL("""
    (SELECT DISTINCT ON (bucket) date_bin(%(bucket)s, fix_time, {origin}) AS step, {columns}
    FROM nigehban.{table}
    WHERE asset = %(asset)s AND fix_time >= %(start)s AND fix_time < %(end)s
    AND bucket > %(start)s - {width} AND bucket < %(end)s
    ORDER BY bucket, {best}, fix_time DESC)
""")


def _rolled_track(levels: Sequence[Level]) -> sql.Composed:
    """The statement that reads the first of the levels, and the others where it is gone."""
    origin = sql.SQL("timestamptz '2000-01-01Z'")
    rolled = [
        _ROLLED.format(
            origin=origin,
            columns=POSITION_COLUMNS,
            table=sql.Identifier(level.table),
            width=sql.Literal(level.width),
            best=BEST,
        )
        for level in levels
    ]
    window = sql.SQL(
        "asset = %(asset)s AND fix_time >= greatest(step, since)"
        " AND fix_time < least(step + %(bucket)s, till)"
    )
    return _ROLLED_TRACK.format(
        stretch=sql.Literal(STRETCH),
        origin=origin,
        columns=selected(POSITION),
        rolled=sql.SQL("UNION ALL").join(rolled),
        fixes=best_fix(window),
        best=BEST,
    )


_HISTORY = sql.SQL("""
SELECT {columns}
FROM {buckets} CROSS JOIN LATERAL (
    SELECT * FROM nigehban.vehicle_status
    WHERE asset = %(asset)s
    AND status_time >= greatest(bucket, %(start)s)
    AND status_time < least(bucket + %(bucket)s, %(end)s)
    ORDER BY status_time DESC LIMIT 1
) "row"
""").format(columns=selected(STATUS), buckets=BUCKETS)

# All assets at once: one pass over each asset's rows of the window, by the index.
_TRAILS = sql.SQL("""
SELECT {columns}
FROM nigehban.asset known CROSS JOIN LATERAL (
    SELECT DISTINCT ON (bucket) *, date_bin(%(bucket)s, fix_time, timestamptz '2000-01-01Z') bucket
    FROM nigehban.position
    WHERE asset = known.id AND fix_time >= %(start)s AND fix_time < %(end)s
    ORDER BY bucket, {best}, fix_time DESC
) "row"
ORDER BY "row".asset, "row".fix_time
""").format(columns=selected(TRAIL), best=BEST)

_TEXTS = """
SELECT asset, received_time, severity, text FROM nigehban.status_text
WHERE asset = %s ORDER BY received_time DESC, severity LIMIT %s
"""


async def latest(connection: psycopg.AsyncConnection) -> Rows:
    """The latest of every asset: PICTURE rows, in the order in which the assets appeared."""
    picture = Picture()
    cursor = await connection.execute(_ASSETS)
    picture.add(Asset(identity, Kind(kind)) for _, identity, kind in await cursor.fetchall())
    picture.update_positions(await rows_of(connection, POSITION, _NEWEST_POSITIONS))
    picture.update_statuses(await rows_of(connection, STATUS, _NEWEST_STATUSES))
    return picture.rows.copy()


async def track(
    connection: psycopg.AsyncConnection,
    asset: int,
    start: datetime,
    end: datetime,
    bucket: timedelta,
) -> Rows:
    """Where an asset was from `start` to before `end` (both aware), by fix time.

    POSITION rows in order of time, the last real fix of each `bucket` that has one; nothing is
    averaged, and a suspect fix is shown only where there is no other. A drone reports both its raw GPS fix (GPS_RAW_INT) and what its estimator makes of
    all sensors (GLOBAL_POSITION_INT): a bucket shows the raw one only where it has no other,
    because the estimator's has a height above home, a heading and no outliers. Raises ValueError
    for a window of more than MAX_BUCKETS buckets.
    """
    parameters = _window(start, end, bucket, MAX_BUCKETS) | {"asset": asset}
    return await rows_of(connection, POSITION, _TRACK, parameters)


async def rolled_track(
    connection: psycopg.AsyncConnection,
    asset: int,
    start: datetime,
    end: datetime,
    bucket: timedelta,
) -> Rows:
    """The same as `track` from roll-ups, which reach farther back.

    A bucket that is no whole multiple of one of `rollups.LEVELS` may show a fix that is up to a
    third of it before its last one. Beyond what is kept of the fitting level there are fewer points,
    one for each bucket of a coarser one. Raises ValueError for a window of more than MAX_BUCKETS
    buckets, and for a bucket of less than a second.
    """
    parameters = _window(start, end, bucket, MAX_BUCKETS) | {"asset": asset}
    if bucket < LEVELS[0].width:
        raise ValueError(f"bucket {bucket} is shorter than the finest roll-up: ask for `track`")
    fitting = [
        number
        for number, level in enumerate(LEVELS)
        if not bucket % level.width or 3 * level.width <= bucket
    ]
    levels = LEVELS[max(fitting, default=0) :]
    parameters["width"] = levels[0].width
    return await rows_of(connection, POSITION, _rolled_track(levels), parameters)


async def status_history(
    connection: psycopg.AsyncConnection,
    asset: int,
    start: datetime,
    end: datetime,
    bucket: timedelta,
) -> Rows:
    """How an asset was from `start` to before `end` (both aware), by receive time.

    STATUS rows in order of time, the last of each `bucket` that has one. Raises ValueError for a
    window of more than MAX_BUCKETS buckets.
    """
    parameters = _window(start, end, bucket, MAX_BUCKETS) | {"asset": asset}
    return await rows_of(connection, STATUS, _HISTORY, parameters)


async def trails(
    connection: psycopg.AsyncConnection, start: datetime, end: datetime, bucket: timedelta
) -> Rows:
    """The way every asset came from `start` to before `end` (both aware), by fix time.

    TRAIL rows by asset and time, chosen as in `track`. Raises ValueError for a window of more
    than TRAIL_BUCKETS buckets.
    """
    return await rows_of(connection, TRAIL, _TRAILS, _window(start, end, bucket, TRAIL_BUCKETS))


async def recent_texts(
    connection: psycopg.AsyncConnection, asset: int, limit: int
) -> list[StatusText]:
    """The latest status texts of an asset, the newest first."""
    cursor = await connection.execute(_TEXTS, [asset, limit])
    return [StatusText(*row) for row in await cursor.fetchall()]


def _window(start: datetime, end: datetime, bucket: timedelta, limit: int) -> dict[str, object]:
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError(f"window {start} – {end}: times need a time zone")
    if bucket <= timedelta(0):
        raise ValueError(f"bucket {bucket} is not longer than nothing")
    if (end - start) / bucket > limit:
        raise ValueError(
            f"window {start} – {end} has more than {limit} buckets of {bucket}: "
            f"take {(end - start) / limit} or more"
        )
    return {"start": start, "end": end, "bucket": bucket}
