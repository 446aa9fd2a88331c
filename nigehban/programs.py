"""The programs that run for long: collector, page and simulated fleet, each a process a role."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dashboard.app import create_app, serve
from nigehban.running import run_until_told
from nigehban.services import bus_url, keep_running, open_broker, tracker_url
from nigehban.settings import Settings
from sitl.errors import SimulationError
from sitl.fleet import SimulatedFleet
from telemetry.bus.nats import NatsBus, connect_bus
from telemetry.collector import Collector, Sources
from telemetry.mavlink.links.urls import read_url
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.observing.endpoint import serve as serve_observing
from telemetry.store.database import Database, open_database
from telemetry.store.migrate import migrate

log = logging.getLogger(__name__)


def collect(settings: Settings) -> None:
    """Run the collector, with an embedded database and broker where the settings name none."""
    with open_database(settings.database, settings.data_dir, log.info) as database:
        log.info("database: %s", database.how)
        migrate(database.dsn, log.info)
        run_until_told(_collect(settings, database))


def show(settings: Settings) -> None:
    """Serve the page."""
    with open_database(settings.database, settings.data_dir, log.info) as database:
        run_until_told(_show(settings, database))


def simulate(settings: Settings) -> None:
    """Fly and drive the simulated fleet against the listeners of the settings."""
    run_until_told(_simulate(settings))


async def _collect(settings: Settings, database: Database) -> None:
    async with open_broker(settings) as broker, _bus(broker.bus_url) as bus:
        log.info("broker: %s", broker.how)
        sources = Sources(settings.mavlink, settings.with_broker(broker.collector_url))
        collector = Collector(
            settings.collector,
            sources,
            dsn=database.dsn,
            bus=bus,
            data_dir=settings.data_dir,
            history=settings.history,
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_running(database, broker, log.warning))
            tasks.create_task(collector.run())
            tasks.create_task(serve_observing(collector, settings.observing))


async def _show(settings: Settings, database: Database) -> None:
    async with _bus(bus_url(settings)) as bus:
        app = create_app(settings.dashboard, bus=bus, dsn=database.dsn)
        await serve(app, settings.dashboard)


async def _simulate(settings: Settings) -> None:
    network, address = _udp_network(settings.mavlink)
    fleet = SimulatedFleet(
        settings.simulation,
        mavlink=address,
        osmand_url=f"http://{settings.osmand.host}:{settings.osmand.port}/",
        mqtt_url=tracker_url(settings),
        network=network,
    )
    await fleet.run()


def _udp_network(settings: MavlinkSettings) -> tuple[str, tuple[str, int]]:
    """The first network that listens on UDP, and where. Raises SimulationError."""
    for name, network in settings.networks.items():
        for address in map(read_url, network.links):
            if address.kind == "udpin":
                return name, (address.place, address.number)
    raise SimulationError("simulated drones need a network with a link udpin:HOST:PORT; add one")


@asynccontextmanager
async def _bus(url: str) -> AsyncIterator[NatsBus]:
    bus = await connect_bus(url)
    try:
        yield bus
    finally:
        await bus.close()
