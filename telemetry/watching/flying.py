"""What was in the air when the database was last left: contacts go on over a restart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg
from psycopg import sql

from fleet.airspace.columns import CONTACT, ChangeKind, State
from fleet.airspace.tracks import TRACKS_MOST
from fleet.columns import Rows, blank
from fleet.moments import as_numpy

WITHIN = timedelta(minutes=1)
"""What was heard of so long ago goes on as the same contact."""

NAMED_WITHIN = timedelta(minutes=5)
"""The same of what said who it is: it is known again wherever it has flown to."""

MERGED_WITHIN = timedelta(hours=1)
"""Mergers of contacts so long ago are still known: alerts may stand under the names before them."""

MERGERS_MOST = 10_000

_BYTES = frozenset(name for name in CONTACT.names or () if CONTACT[name].kind == "S")


class Flying(NamedTuple):
    """CONTACT rows, and what each of them was before it turned out to be the same."""

    contacts: Rows
    formerly: Mapping[int, tuple[int, ...]]


_CONTACTS = """
SELECT {} FROM nigehban.contact
WHERE state <> {} AND heard_time > CASE WHEN identity <> '' THEN %s ELSE %s END
ORDER BY heard_time DESC LIMIT {}
"""

_MERGED = """
SELECT contact, other FROM nigehban.contact_change WHERE kind = %s AND time > %s
ORDER BY time DESC LIMIT %s
"""


async def flying_since(connection: psycopg.AsyncConnection, now: datetime) -> Flying:
    """What was in the air of late and has not ended. Raises psycopg.Error."""
    names = CONTACT.names or ()
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    query = sql.SQL(_CONTACTS).format(columns, int(State.ENDED), TRACKS_MOST)
    asked = [now - NAMED_WITHIN, now - WITHIN]
    found = await (await connection.execute(query, asked)).fetchall()
    rows = blank(CONTACT, len(found))
    for row, told in zip(rows, found, strict=True):
        for name, value in zip(names, told, strict=True):
            if isinstance(value, datetime):
                row[name] = as_numpy(value)
            elif value is not None:
                row[name] = value.encode() if name in _BYTES else value
    limits = [int(ChangeKind.MERGED), now - MERGED_WITHIN, MERGERS_MOST]
    mergers = await (await connection.execute(_MERGED, limits)).fetchall()
    return Flying(rows, formerly(rows["contact"].tolist(), mergers))


def formerly(live: list[int], mergers: list[tuple[int, int]]) -> dict[int, tuple[int, ...]]:
    """What each of `live` was before, by mergers (gone, heir), the newest first."""
    heirs = {contact: contact for contact in live}
    found: dict[int, tuple[int, ...]] = {}
    for gone, heir in mergers:
        last = heirs.get(heir)
        if last is not None and gone not in heirs:
            heirs[gone] = last
            found[last] = (gone, *found.get(last, ()))
    return found
