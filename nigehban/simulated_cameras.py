"""Tells the register where the simulated city's fixed cameras look."""

from __future__ import annotations

import asyncio

import psycopg

from fleet.assets import Asset, Kind, osmand_asset
from sitl.cars.lenses import camera_lenses, post_lenses
from telemetry.store import register
from telemetry.store.connection import connect
from telemetry.store.migrate import first_line
from telemetry.store.programs import DatabaseError
from telemetry.trackers.camera_events import camera_asset

STATEMENT_LIMIT = 60.0
"""Seconds that one statement may take."""


def begin_with_cameras(dsn: str) -> int:
    """Say where they look, unless something was said of any; of how many. Raises DatabaseError."""
    posts = {
        Asset(osmand_asset(name).identity, Kind.POST): lens for name, lens in post_lenses().items()
    }
    cameras = {camera_asset(name): lens for name, lens in camera_lenses().items()}

    async def begin() -> int:
        async with await connect(dsn, STATEMENT_LIMIT) as connection:
            return await register.begin_with_cameras(connection, posts | cameras)

    try:
        return asyncio.run(begin())
    except psycopg.Error as error:
        raise DatabaseError(f"the database does not do it: {first_line(error)}") from error
