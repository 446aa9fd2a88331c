"""Positions out of the store, in order and a piece at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from fleet.assets import Asset, Kind
from fleet.columns import POSITION, Rows, Source
from telemetry.store.rows import columns_of, selected

PIECE = 5000
"""Rows that are in memory at a time."""

_WHOLE = sql.SQL("""
SELECT {columns} FROM nigehban.position "row"
WHERE asset = %(asset)s AND fix_time >= %(start)s AND fix_time < %(end)s
ORDER BY fix_time, source
""").format(columns=selected(POSITION))

# What the estimator makes of all sensors is the track; the raw fixes beside it would make it jump
# to and fro, and so would suspect ones. Where there is nothing else, they are the track.
_TRACK = sql.SQL("""
SELECT {columns} FROM nigehban.position "row"
WHERE asset = %(asset)s AND fix_time >= %(start)s AND fix_time < %(end)s
AND (source <> {raw} OR NOT EXISTS (
    SELECT FROM nigehban.position
    WHERE asset = %(asset)s AND fix_time >= %(start)s AND fix_time < %(end)s AND source <> {raw}
))
AND (suspect = 0 OR NOT EXISTS (
    SELECT FROM nigehban.position
    WHERE asset = %(asset)s AND fix_time >= %(start)s AND fix_time < %(end)s AND suspect = 0
))
ORDER BY fix_time, source
""").format(columns=selected(POSITION), raw=sql.Literal(int(Source.GPS_RAW_INT)))

_ASSETS = "SELECT identity, kind, name FROM nigehban.asset ORDER BY identity"

_COUNT = """
SELECT count(*) FROM nigehban.position
WHERE asset = ANY(%(assets)s) AND fix_time >= %(start)s AND fix_time < %(end)s
"""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end`, both aware, by fix time."""

    start: datetime
    end: datetime


async def known_assets(connection: psycopg.AsyncConnection) -> dict[str, tuple[Asset, str]]:
    """Every asset and what people call it, by identity."""
    cursor = await connection.execute(_ASSETS)
    found = [
        (Asset(identity, Kind(kind)), name) for identity, kind, name in await cursor.fetchall()
    ]
    return {asset.identity: (asset, name or asset.default_name) for asset, name in found}


async def count(
    connection: psycopg.AsyncConnection, assets: Sequence[Asset], window: Window
) -> int:
    """How many positions of the assets lie in the window."""
    cursor = await connection.execute(
        _COUNT,
        {
            "assets": [asset.key for asset in assets],
            "start": window.start,
            "end": window.end,
        },
    )
    (number,) = await cursor.fetchone() or (0,)
    return int(number)


async def positions(
    connection: psycopg.AsyncConnection, asset: Asset, window: Window, *, whole: bool
) -> AsyncGenerator[Rows]:
    """POSITION rows of an asset in the order of their fix time, at most PIECE at a time.

    `whole`: also raw GPS fixes where there are the estimator's, and suspect ones where there are
    others.
    """
    statement = _WHOLE if whole else _TRACK
    parameters = {"asset": asset.key, "start": window.start, "end": window.end}
    async with (
        connection.transaction(),
        connection.cursor("positions", binary=True) as cursor,
    ):
        await cursor.execute(statement, parameters)
        while found := await cursor.fetchmany(PIECE):
            yield columns_of(POSITION, found)
