"""Lists from the store a page at a time: where a page ended, and the condition for what follows.

A place is a NamedTuple of what the list is ordered by: its fields are called as the columns are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from psycopg import sql

from fleet.moments import as_datetime

PAGE_MOST = 5000
"""Rows of one page."""


def place_of(kind: type[Any], row: np.void) -> Any:
    """The place of a row of a page: `place_of(ContactPlace, rows[-1])`."""
    return kind(*(_told(row[name]) for name in kind._fields))


def window(start: datetime, end: datetime, limit: int) -> dict[str, object]:
    """What a query of a window is asked with. Raises ValueError for one that cannot be."""
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError(f"window {start} – {end}: times need a time zone")
    if start >= end:
        raise ValueError(f"window {start} – {end}: it ends before it begins")
    if not 1 <= limit <= PAGE_MOST:
        raise ValueError(f"a page of {limit} rows: take 1 to {PAGE_MOST}")
    return {"start": start, "end": end, "limit": limit}


def after_place(place: tuple[Any, ...] | None) -> dict[str, object]:
    """What the condition of `beyond` is asked with."""
    return {} if place is None else {f"after_{n}": told for n, told in enumerate(place)}


def beyond(
    place: tuple[Any, ...] | None, kind: type[Any], *, backward: bool = False
) -> sql.Composable:
    """The condition for rows after a place."""
    if place is None:
        return sql.SQL("true")
    names = kind._fields
    return sql.SQL("({}) {} ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL("<" if backward else ">"),
        sql.SQL(", ").join(sql.Placeholder(f"after_{number}") for number in range(len(names))),
    )


def _told(value: Any) -> Any:
    """A value of a row as the database is asked for it."""
    if isinstance(value, np.datetime64):
        return as_datetime(value)
    return value.decode() if isinstance(value, bytes) else int(value)
