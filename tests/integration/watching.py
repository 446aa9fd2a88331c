"""A real collector that watches, and what it has raised in a real TimescaleDB."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from fleet.geofences.geofence import Geofence
from fleet.zones import Circle
from telemetry.bus.memory import MemoryBus
from telemetry.collector import Collector, Sources, Watching
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.settings import CollectorSettings, OsmandSettings, OwntracksSettings
from telemetry.store.connection import connect
from telemetry.trackers.settings import TrackerSections
from telemetry.watching.kept import put_geofences
from telemetry.watching.settings import RulesSettings
from tests.commands import Ports
from tests.waiting import until

BAZAAR = Geofence("Bazaar", "keep-out", Circle(34.0, 71.5, 200.0))


async def add_geofence(dsn: str) -> None:
    async with await connect(dsn, 10) as connection:
        await put_geofences(connection, [BAZAAR])


def collector_of(
    dsn: str,
    folder: Path,
    bus: MemoryBus,
    ports: Ports,
    clock: Callable[[], float] = time.time,
    rules: RulesSettings | None = None,
) -> Collector:
    trackers = TrackerSections(
        osmand=OsmandSettings(enabled=False), owntracks=OwntracksSettings(enabled=False)
    )
    return Collector(
        CollectorSettings(patience=30),
        Sources(
            MavlinkSettings(networks={"default": f"udpin:127.0.0.1:{ports.mavlink}"}), trackers
        ),
        dsn=dsn,
        bus=bus,
        data_dir=folder,
        watching=Watching(rules or RulesSettings(look_hz=10)),
        clock=clock,
    )


@asynccontextmanager
async def run(collector: Collector) -> AsyncIterator[Collector]:
    task = asyncio.create_task(collector.run())
    try:
        await until(lambda: collector.watcher.statistics.state == "watching")
        yield collector
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


ALERTS = (
    "SELECT split_part(alert, '/', 1), what, event_time FROM nigehban.alert_event"
    " WHERE what IN ('activate', 'return') AND alert NOT LIKE 'group/%' ORDER BY id"
)
FENCE_EVENTS = (
    "SELECT id, asset, fence, version, what, cause, event_time, before_time, after_time, seen_time"
    " FROM nigehban.fence_event WHERE NOT withdrawn ORDER BY id"
)


def alerts(dsn: str) -> list[tuple[str, str]]:
    """The rules of what was raised, and of what is over."""
    return [(rule, what) for rule, what, _ in rows(dsn, ALERTS)]
