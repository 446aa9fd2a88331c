"""The missions that vehicles carry, as they were overheard last. All raise psycopg.Error."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import psycopg

from telemetry.batch import Carried

MISSIONS_MOST = 1_000
"""Missions that are looked at: those that were told last."""

_TIMES = "SELECT asset, told_time FROM nigehban.mission ORDER BY told_time DESC, asset LIMIT %s"
_SOME = "SELECT asset, told_time, count, items FROM nigehban.mission WHERE asset = ANY (%s)"


async def carried_times(connection: psycopg.AsyncConnection) -> dict[int, datetime]:
    """Of which assets a mission is known, and since when."""
    return dict(await (await connection.execute(_TIMES, [MISSIONS_MOST])).fetchall())


async def carried(connection: psycopg.AsyncConnection, assets: Sequence[int]) -> list[Carried]:
    """The missions of these assets."""
    cursor = await connection.execute(_SOME, [list(assets)])
    return [
        Carried(asset, time, count, None if items is None else tuple(map(tuple, items)))
        for asset, time, count, items in await cursor.fetchall()
    ]
