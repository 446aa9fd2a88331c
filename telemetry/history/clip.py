"""A file of tracks as a stream of bytes, written while it is read from the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from io import BytesIO

import psycopg

from fleet.assets import Asset
from telemetry.history.formats import TrackFile
from telemetry.history.reading import Window, positions

CLIP_ROWS_MOST = 1_000_000
"""Positions of one clip."""

_COUNT = """
SELECT count(*) FROM (
    SELECT FROM nigehban.position
    WHERE asset = ANY(%s) AND fix_time >= %s AND fix_time < %s LIMIT %s
) held
"""


class _Spout(BytesIO):
    """What a writer wrote, to be taken away bit by bit; it stays open when the writer ends it."""

    def close(self) -> None:
        pass

    def taken(self) -> bytes:
        held = self.getvalue()
        self.seek(0)
        self.truncate()
        return held


async def size(connection: psycopg.AsyncConnection, assets: Sequence[int], window: Window) -> int:
    """How many positions a clip holds at most, one more than CLIP_ROWS_MOST if it is too long."""
    told = [list(assets), window.start, window.end, CLIP_ROWS_MOST + 1]
    (number,) = await (await connection.execute(_COUNT, told)).fetchone() or (0,)
    return int(number)


async def clip(
    connection: psycopg.AsyncConnection,
    chosen: Sequence[tuple[Asset, str]],
    window: Window,
    file_type: type[TrackFile],
) -> AsyncGenerator[bytes]:
    """The bytes of a file of the tracks of assets, each with its name. Raises psycopg.Error.

    They are made beside the event loop, a piece of `reading.PIECE` positions at a time.
    """
    spout = _Spout()
    file = file_type(spout)
    for asset, name in chosen:
        # Who stops taking leaves the cursor at once, not when it is cleared away.
        async with aclosing(positions(connection, asset, window, whole=file_type.whole)) as pieces:
            async for rows in pieces:
                await asyncio.to_thread(file.add, asset, name, rows)
                if written := spout.taken():
                    yield written
    file.close()
    yield spout.taken()
