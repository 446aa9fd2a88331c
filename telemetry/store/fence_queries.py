"""Questions about geofences and their versions.

All raise psycopg.Error, and FormError for a row that is no geofence.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

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


_NEWEST = """
SELECT DISTINCT ON (id) fence FROM nigehban.geofence WHERE id = ANY(%s::uuid[])
ORDER BY id, version DESC
"""


async def newest(connection: psycopg.AsyncConnection, ids: list[str]) -> list[Geofence]:
    """The newest version of each of these geofences that there are."""
    found = await (await connection.execute(_NEWEST, [ids])).fetchall()
    return [from_json(fence) for (fence,) in found]
