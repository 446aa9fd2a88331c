"""A collector that watches, a page and a client of its API, on one bus and one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg

from dashboard.api.application import PATH
from fleet.assets import Asset, Kind
from telemetry.batch import Batch, Event
from telemetry.bus.memory import MemoryBus
from telemetry.collector import Collector, Sources, Watching
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.settings import CollectorSettings, OsmandSettings, OwntracksSettings
from telemetry.trackers.settings import TrackerSections
from telemetry.watching.settings import RulesSettings
from tests.commands import Ports
from tests.dashboard.pages import Page, running_page
from tests.databases import temporary_folder
from tests.waiting import until


@dataclass
class House:
    """All of it."""

    dsn: str
    bus: MemoryBus
    collector: Collector
    page: Page
    api: httpx.AsyncClient

    async def call_for_help(self, name: str) -> str:
        """Have a car call for help; the key of its alert, once the page shows it."""
        car, now = Asset(f"osmand:{name}", Kind.CAR), datetime.now(UTC)
        await self.collector.accept(Batch((car,), events=(Event(car.key, now, now, "panic"),)))
        key = f"panic/{car.identity}"

        async def shown() -> bool:
            return (await self.api.get(f"alerts/{key}")).status_code == 200

        await until(shown)
        return key

    async def order(self, what: str, *alerts: str, **more: Any) -> httpx.Response:
        body = {"alerts": list(alerts), "who": "Gul", **more}
        return await self.api.post(f"alerts/{what}", json=body)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(query.encode(), values).fetchall()


@asynccontextmanager
async def house(dsn: str, ports: Ports, *, patience: float = 30) -> AsyncIterator[House]:
    """Until the block is left."""
    bus = MemoryBus()
    with temporary_folder() as folder:
        collector = _collector(dsn, folder, bus, ports, patience)
        async with (
            _running(collector),
            running_page(bus=bus, dsn=dsn) as page,
            httpx.AsyncClient(base_url=f"{page.url}{PATH}/", timeout=30) as api,
        ):

            async def loaded() -> bool:
                return bool((await api.get("alerts")).json()["lacks"] == "")

            await until(loaded)
            yield House(dsn, bus, collector, page, api)


def _collector(dsn: str, folder: Path, bus: MemoryBus, ports: Ports, patience: float) -> Collector:
    trackers = TrackerSections(
        osmand=OsmandSettings(enabled=False), owntracks=OwntracksSettings(enabled=False)
    )
    return Collector(
        CollectorSettings(patience=patience),
        Sources(
            MavlinkSettings(networks={"default": f"udpin:127.0.0.1:{ports.mavlink}"}), trackers
        ),
        dsn=dsn,
        bus=bus,
        data_dir=folder,
        watching=Watching(RulesSettings(look_hz=10)),
    )


@asynccontextmanager
async def _running(collector: Collector) -> AsyncIterator[None]:
    task = asyncio.create_task(collector.run())
    try:
        await until(lambda: collector.watcher.statistics.state == "watching")
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
