"""Questions about geofences and their versions.

All raise psycopg.Error, and FormError for a row that is no geofence.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import psycopg

from fleet.geofences.geofence import Geofence
from fleet.geofences.stored import from_json


class Row(NamedTuple):
    """A version as it is kept."""

    fence: Geofence
    changed_time: datetime
    who: str


_VERSIONS = """
SELECT fence, changed_time, who FROM nigehban.geofence WHERE id = %s ORDER BY version DESC
"""

_LOCK = "LOCK TABLE nigehban.geofence IN SHARE ROW EXCLUSIVE MODE"


async def lock(connection: psycopg.AsyncConnection) -> None:
    """Let nobody else write geofences until the transaction ends; they are still read."""
    await connection.execute(_LOCK)


async def versions(connection: psycopg.AsyncConnection, fence_id: str) -> list[Row]:
    """All versions of a geofence, the newest first."""
    found = await (await connection.execute(_VERSIONS, [fence_id])).fetchall()
    return [Row(from_json(fence), changed, who) for fence, changed, who in found]


_WITHIN = """
SELECT fence, changed_time, who FROM nigehban.geofence
WHERE coalesce((fence->>'valid_from')::timestamptz < %(end)s, true)
AND coalesce((fence->>'valid_until')::timestamptz > %(start)s, true)
AND (id, version) > (%(id)s::uuid, %(version)s)
ORDER BY id, version LIMIT %(limit)s
"""

_FIRST = (UUID(int=0), 0)


async def within(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    *,
    limit: int,
    after: tuple[UUID, int] = _FIRST,
) -> list[Row]:
    """The versions that counted at some time of a window, by id and version, those `after` one.

    Geofences are some thousands at most, so all are looked through.
    """
    named, version = after
    asked = {"start": start, "end": end, "id": named, "version": version, "limit": limit}
    found = await (await connection.execute(_WITHIN, asked)).fetchall()
    return [Row(from_json(fence), changed, who) for fence, changed, who in found]


_NEWEST = """
SELECT DISTINCT ON (id) fence FROM nigehban.geofence WHERE id = ANY(%s::uuid[])
ORDER BY id, version DESC
"""


async def newest(connection: psycopg.AsyncConnection, ids: list[str]) -> list[Geofence]:
    """The newest version of each of these geofences that there are."""
    found = await (await connection.execute(_NEWEST, [ids])).fetchall()
    return [from_json(fence) for (fence,) in found]
