"""What the demo sees of the system from outside: the live feed, as the page gets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from fleet.columns import Rows
from telemetry.bus import Bus
from telemetry.feed import COLLECTOR_SUBJECT, PICTURE_SUBJECT, unpack_picture

_MOVED = 1e-6  # degrees, a tenth of a metre


@dataclass
class Watched:
    """What was seen so far."""

    first_seen: dict[int, tuple[float, float]] = field(default_factory=dict)
    moved: bool = False
    health: dict[str, Any] = field(default_factory=dict)

    def take(self, rows: Rows) -> None:
        """Note where the assets of PICTURE rows are."""
        for asset, latitude, longitude in rows[["asset", "latitude", "longitude"]].tolist():
            first = self.first_seen.setdefault(asset, (latitude, longitude))
            self.moved |= max(abs(latitude - first[0]), abs(longitude - first[1])) > _MOVED

    def line(self) -> str:
        """How the system is, in one line."""
        store = self.health.get("store", {})
        return (
            f"{self.health.get('assets', 0)} assets, "
            f"{store.get('committed', 0):,} rows committed, {store.get('waiting', 0)} waiting"
        )


@asynccontextmanager
async def watched(bus: Bus) -> AsyncIterator[Watched]:
    """Watch the live feed while the block lasts."""
    seen = Watched()

    async def watch() -> None:
        async with bus.subscribe("live.*") as messages:
            async for message in messages:
                if message.subject == PICTURE_SUBJECT:
                    seen.take(unpack_picture(message.payload))
                elif message.subject == COLLECTOR_SUBJECT:
                    seen.health = orjson.loads(message.payload)

    task = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
