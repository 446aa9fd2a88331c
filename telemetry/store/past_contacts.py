"""Contacts of the past to play: where each was in the steps of a window, how it threatened, when it was gone.

`contact_queries.contacts` tells which there were; a step shows the last state in it. Short steps
are read from the index in one go, of longer ones each is one look into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg
from psycopg import sql

from fleet.airspace.columns import CONTACT, THREAT, ChangeKind, State
from fleet.columns import Rows
from fleet.moments import as_datetime
from telemetry.store.rows import columns_of, selected

KNOWN_FOR = timedelta(minutes=10)
"""How long before a window a contact's last state is looked for: none is coasting for longer."""

POINTS_MOST = 5_000
"""States of one answer: reckoning the threats of so many takes a quarter of a second."""

SCAN_MOST = timedelta(seconds=5)
"""Up to this step all states of a contact are read; they are a second apart."""

_ROWS_AT_ONCE = 1000


class Lived(NamedTuple):
    """How many contacts there were in a window, and for how many seconds."""

    contacts: int
    seconds: float
    longest: float
    """Seconds that one of them was there."""


_LIVED = """
SELECT count(*), coalesce(sum(lasted), 0)::float8, coalesce(max(lasted), 0)::float8
FROM (
    SELECT greatest(
        extract(epoch FROM least(time, %(end)s) - greatest(first_time, %(start)s)), 0
    ) AS lasted
    FROM nigehban.contact WHERE first_time < %(end)s AND time >= %(start)s
) there
"""

_OF_STEP = """
    SELECT DISTINCT ON (date_bin(%(step)s, time, timestamptz '2000-01-01Z')) *
    FROM {table}
    WHERE contact = known.id AND time >= known.since AND time < known.until
    AND time >= %(start)s AND time < %(end)s AND {shown}
    ORDER BY date_bin(%(step)s, time, timestamptz '2000-01-01Z'), time DESC
"""

_LOOKED_UP = """
    SELECT state.* FROM generate_series(
        date_bin(%(step)s, known.since, timestamptz '2000-01-01Z'),
        known.until - interval '1 microsecond', %(step)s
    ) bucket CROSS JOIN LATERAL (
        SELECT * FROM {table}
        WHERE contact = known.id AND time >= greatest(bucket, known.since)
        AND time < least(bucket + %(step)s, known.until)
        AND time >= %(start)s AND time < %(end)s AND {shown}
        ORDER BY time DESC LIMIT 1
    ) state
"""

_KNOWN_BEFORE = """
    (SELECT * FROM {table}
    WHERE contact = known.id AND time < %(start)s AND time >= %(start)s - %(back)s::interval
    AND {shown}
    ORDER BY time DESC LIMIT 1)
"""


def _statement(inner: str, table: str, dtype: np.dtype[Any], shown: sql.Composable) -> sql.Composed:
    of_each = sql.SQL(_KNOWN_BEFORE + " UNION ALL (" + inner + ")").format(
        table=sql.Identifier("nigehban", table), shown=shown
    )
    return sql.SQL("""
SELECT {columns}
FROM unnest(%(contacts)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[])
    known (id, since, until)
CROSS JOIN LATERAL ({of_each}) "row"
""").format(columns=selected(dtype), of_each=of_each)


class _Past(NamedTuple):
    """How rows of one table are asked for."""

    dtype: np.dtype[Any]
    scanned: sql.Composed
    by_looks: sql.Composed


def _past(table: str, dtype: np.dtype[Any], shown: sql.Composable) -> _Past:
    scanned, by_looks = (_statement(inner, table, dtype, shown) for inner in (_OF_STEP, _LOOKED_UP))
    return _Past(dtype, scanned, by_looks)


_STATES = _past("contact_state", CONTACT, sql.SQL("state <> {}").format(int(State.TENTATIVE)))
_THREATS = _past("contact_threat", THREAT, sql.SQL("true"))

_GONE = """
SELECT contact, min(time) FROM nigehban.contact_change
WHERE contact = ANY(%(contacts)s) AND kind = ANY(%(kinds)s) GROUP BY contact
"""


async def lived(connection: psycopg.AsyncConnection, start: datetime, end: datetime) -> Lived:
    """How much there was in a window. Raises psycopg.Error."""
    asked = {"start": start, "end": end}
    found = await (await connection.execute(_LIVED, asked)).fetchone()
    return Lived(*found) if found else Lived(0, 0.0, 0.0)


def seconds_in(row: np.void, start: datetime, end: datetime) -> float:
    """How long a contact (the newest row of CONTACT) was there within a window."""
    return max(
        0.0,
        (
            min(as_datetime(row["time"]), end) - max(as_datetime(row["first_time"]), start)
        ).total_seconds(),
    )


async def states_then(
    connection: psycopg.AsyncConnection,
    contacts: Rows,
    start: datetime,
    end: datetime,
    step: timedelta,
) -> Rows:
    """CONTACT rows by contact and time: of each step the last, and before them what was known at `start`.

    `contacts` are the newest rows of those that are asked for. Tentative states are left out, as they
    are on the live page. Raises psycopg.Error.
    """
    # its last state lies at `time` itself
    after = timedelta(microseconds=1)
    return await _rows_then(connection, _STATES, contacts, start, end, step, after)


async def threats_then(
    connection: psycopg.AsyncConnection,
    contacts: Rows,
    start: datetime,
    end: datetime,
    step: timedelta,
) -> Rows:
    """THREAT rows by contact and time, as `states_then`: what the watch told of their threat, where kept.

    Raises psycopg.Error.
    """
    return await _rows_then(connection, _THREATS, contacts, start, end, step, KNOWN_FOR)


async def _rows_then(
    connection: psycopg.AsyncConnection,
    past: _Past,
    contacts: Rows,
    start: datetime,
    end: datetime,
    step: timedelta,
    after: timedelta,
) -> Rows:
    """`after` its last state there may be rows of a contact for so long."""
    asked = {
        "contacts": contacts["contact"].tolist(),
        "since": [max(as_datetime(time), start) for time in contacts["first_time"]],
        "until": [min(as_datetime(time) + after, end) for time in contacts["time"]],
        "start": start,
        "end": end,
        "step": step,
        "back": KNOWN_FOR,
    }
    statement = past.scanned if step <= SCAN_MOST else past.by_looks
    parts = [np.zeros(0, past.dtype)]
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(statement, asked)
        while found := await cursor.fetchmany(_ROWS_AT_ONCE):
            parts.append(columns_of(past.dtype, found))
    rows: Rows = np.concatenate(parts)
    return rows[np.lexsort((rows["time"], rows["contact"]))]


async def gone_times(
    connection: psycopg.AsyncConnection, contacts: Sequence[int]
) -> dict[int, datetime]:
    """When contacts ended or became a part of others, of those that have. Raises psycopg.Error."""
    kinds = [int(ChangeKind.ENDED), int(ChangeKind.MERGED)]
    asked = {"contacts": list(contacts), "kinds": kinds}
    found = await (await connection.execute(_GONE, asked)).fetchall()
    return dict(found)
