"""The rows of the airspace in the writer's transaction, each of them once.

They are copied the way round, by way of a temporary table: there are few of them, and positions are
not to take it because of them. A contact can change without being measured anew, so of its rows
with the same time the last one counts, in whichever order they arrive.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import numpy as np
import psycopg
from psycopg import sql

from fleet.airspace.columns import CHANGE, CONTACT, DETECTION, THREAT
from fleet.columns import Rows
from fleet.moments import if_known
from telemetry.batch import Batch
from telemetry.store import pgcopy


@dataclass(frozen=True)
class _Table:
    name: str
    dtype: np.dtype[Any]
    key: tuple[str, ...]
    newest_by: tuple[str, ...] = ()  # of rows with the same key the one with the greatest counts


_DETECTION = _Table("detection", DETECTION, ("time", "sensor", "key", "received_time"))
_STATE = _Table(
    "contact_state", CONTACT, ("contact", "time"), ("heard_time", "state", "hits", "doubts")
)
_CHANGE = _Table("contact_change", CHANGE, ("contact", "time", "kind", "other"))
_THREAT = _Table("contact_threat", THREAT, ("contact", "time"))

_TABLES = (_DETECTION, _STATE, _CHANGE, _THREAT)

_NEVER_NULL = frozenset({"key"})
"""Texts that are empty where there is nothing to tell: they are part of what makes a row the same."""

_PUT_SAID = """
INSERT INTO nigehban.sensor_message (id, received_time, sensor, protocol, number, raw)
SELECT * FROM unnest(
    %s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::integer[], %s::bytea[]
)
ON CONFLICT DO NOTHING
"""

_PUT_SENSOR_EVENTS = """
INSERT INTO nigehban.sensor_event (sensor, received_time, kind, detail)
SELECT sensor, received_time, kind, detail::jsonb
FROM unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[])
    new (sensor, received_time, kind, detail)
ON CONFLICT DO NOTHING
"""


def _columns(names: Sequence[str], prefix: str = "") -> sql.Composed:
    parts = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(parts)


def _incoming(table: _Table) -> sql.Identifier:
    return sql.Identifier(f"incoming_{table.name}")


def _put(table: _Table) -> sql.Composed:
    """The statement that takes what was copied and is new."""
    names = table.dtype.names or ()
    head = sql.SQL("INSERT INTO {} AS known ({}) SELECT {} FROM {} ON CONFLICT ").format(
        sql.Identifier("nigehban", table.name), _columns(names), _columns(names), _incoming(table)
    )
    if not table.newest_by:
        return head + sql.SQL("DO NOTHING")
    return head + _taking_the_newer(table.key, table.newest_by)


def _taking_the_newer(key: Sequence[str], newest_by: Sequence[str]) -> sql.Composed:
    values = [name for name in CONTACT.names or () if name not in key]
    return sql.SQL("({}) DO UPDATE SET ({}) = ({}) WHERE ({}) > ({})").format(
        _columns(key),
        _columns(values),
        _columns(values, "excluded"),
        _columns(newest_by, "excluded"),
        _columns(newest_by, "known"),
    )


_PUT_CONTACTS = sql.SQL("""
INSERT INTO nigehban.contact AS known ({columns})
SELECT DISTINCT ON (contact) {columns} FROM {incoming} ORDER BY contact, time DESC
ON CONFLICT {newer}
""").format(
    columns=_columns(CONTACT.names or ()),
    incoming=_incoming(_STATE),
    newer=_taking_the_newer(("contact",), ("time", *_STATE.newest_by)),
)


class AirspaceInserter:
    """Writes through one connection."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self._connection = connection
        self._is_ready = False

    async def prepare(self) -> None:
        """Make the temporary tables, unless they are there; outside of a transaction.

        Not before they are needed: COMMIT empties all temporary tables if it empties one.
        """
        if self._is_ready:
            return
        for table in _TABLES:
            await self._connection.execute(
                sql.SQL(
                    "CREATE TEMPORARY TABLE {} (LIKE nigehban.{}) ON COMMIT DELETE ROWS"
                ).format(_incoming(table), sql.Identifier(table.name))
            )
        self._is_ready = True

    async def write(self, batch: Batch) -> int:
        """Write what a batch has of the airspace, within a transaction; how many rows were new.

        Raises psycopg.Error.
        """
        put = await self._put(_PUT_SAID, [_said_row(batch, n) for n in range(len(batch.said))])
        put += await self._copy(_DETECTION, batch.detections)
        put += await self._put(
            _PUT_SENSOR_EVENTS, [_event_row(batch, n) for n in range(len(batch.sensor_events))]
        )
        put += await self._copy(_STATE, batch.contacts)
        if len(batch.contacts):
            await self._connection.execute(_PUT_CONTACTS)
        put += await self._copy(_CHANGE, batch.contact_changes)
        return put + await self._copy(_THREAT, batch.contact_threats)

    async def _copy(self, table: _Table, rows: Rows) -> int:
        if not len(rows):
            return 0
        names = table.dtype.names or ()
        cursor = self._connection.cursor()
        async with cursor.copy(
            sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
                _incoming(table), _columns(names)
            )
        ) as copy:
            for piece in pgcopy.pack(once(rows, table), columns=names, never_null=_NEVER_NULL):
                await copy.write(piece)
        await cursor.execute(_put(table))
        return cursor.rowcount

    async def _put(self, query: LiteralString, rows: list[tuple[Any, ...]]) -> int:
        if not rows:
            return 0
        columns = [list(column) for column in zip(*sorted(rows), strict=True)]
        return (await self._connection.execute(query, columns)).rowcount


def once(rows: Rows, table: _Table) -> Rows:
    """Of the rows with the same key the one that counts, in the order of the keys.

    A statement can write a row only once; and in the same order two collectors wait for each other
    in no circle.
    """
    order = np.lexsort([rows[name] for name in reversed((*table.key, *table.newest_by))])
    ordered: Rows = rows.take(order)
    is_last = np.ones(len(rows), np.bool_)
    is_last[:-1] = np.logical_or.reduce([ordered[n][1:] != ordered[n][:-1] for n in table.key])
    return ordered[is_last]


def _said_row(batch: Batch, number: int) -> tuple[Any, ...]:
    said = batch.said[number]
    told = (said.sensor, said.protocol, said.number, said.raw)
    return said.key, if_known(said.received_time), *told


def _event_row(batch: Batch, number: int) -> tuple[Any, ...]:
    event = batch.sensor_events[number]
    detail = json.dumps(dict(event.detail))
    return event.sensor, if_known(event.received_time), event.kind, detail
