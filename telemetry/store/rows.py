"""Rows of the database as structured arrays: which columns are asked for, what becomes of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql
from psycopg.rows import TupleRow

from fleet.columns import TIME, Rows, blank


def selected(dtype: np.dtype[Any]) -> sql.Composable:
    """Columns for SELECT in the order of the dtype; a time as microseconds since 1970."""
    return sql.SQL(", ").join(
        sql.SQL(
            "(extract(epoch FROM {}) * 1000000)::bigint" if dtype[name].kind == "M" else "{}"
        ).format(sql.Identifier("row", name))
        for name in dtype.names or ()
    )


async def rows_of(
    connection: psycopg.AsyncConnection,
    dtype: np.dtype[Any],
    statement: sql.Composed,
    parameters: dict[str, object] | Sequence[object] = (),
) -> Rows:
    """The answer to a query of `selected` columns. Raises psycopg.Error."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(statement, parameters)
        return columns_of(dtype, await cursor.fetchall())


def columns_of(dtype: np.dtype[Any], found: Sequence[TupleRow]) -> Rows:
    """Rows of the database as a structured array; NULL becomes what `blank` has."""
    rows = blank(dtype, len(found))
    if found:
        for name, values in zip(dtype.names or (), zip(*found, strict=True), strict=True):
            rows[name] = _column(rows[name][0], values)
    return rows


def _column(unknown: np.generic, values: Sequence[Any]) -> NDArray[Any]:
    """Values of one column; `unknown` stands where there is none."""
    if unknown.dtype.kind == "S":
        values = [None if value is None else value.encode() for value in values]
    elif unknown.dtype.kind == "M":
        micros = np.array([_NAT if value is None else value for value in values], np.int64)
        return micros.view(TIME)
    return np.array([unknown if value is None else value for value in values], unknown.dtype)


_NAT = int(np.datetime64("NaT", "us").astype(np.int64))
