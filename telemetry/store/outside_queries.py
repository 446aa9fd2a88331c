"""Questions about events that came from outside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import psycopg


class Known(NamedTuple):
    """An event that is in the database."""

    hash: str
    asset: int
    time: datetime
    kind: str


_FIND = """
SELECT hash, asset, event_time, kind FROM nigehban.outside_event WHERE client_key = %s
"""

_ASSET = "SELECT identity, kind FROM nigehban.asset WHERE identity = %s OR id::text = %s LIMIT 1"


async def find(connection: psycopg.AsyncConnection, key: str) -> Known | None:
    """The event that was sent under a key."""
    found = await (await connection.execute(_FIND, [key])).fetchone()
    if found is None:
        return None
    told, asset, time, kind = found
    return Known(told, asset, time.astimezone(UTC), kind)


async def asset(connection: psycopg.AsyncConnection, named: str) -> tuple[str, int] | None:
    """Identity and kind of the asset with this identity or key."""
    return await (await connection.execute(_ASSET, [named, named])).fetchone()
