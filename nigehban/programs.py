"""The programs that run for long: collector, page and simulated fleet, each a process a role.

Each loads only what it needs itself: a collector that was killed takes in again the sooner, and
nothing of page and simulation can keep it from that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fleet.geofences.looking import Ground
from nigehban.running import run_until_told
from nigehban.services import (
    bus_url,
    keep_running,
    migrate_when_it_answers,
    open_broker,
)
from nigehban.settings import Settings
from telemetry.bus.nats import NatsBus, connect_bus
from telemetry.collector import Collector, Sources, Watching
from telemetry.observing.endpoint import serve as serve_observing
from telemetry.store.database import Database, open_database
from telemetry.store.migrate import migrate

log = logging.getLogger(__name__)


def collect(settings: Settings) -> None:
    """Run the collector, with an embedded database and broker where the settings name none.

    A database that is named and away is not waited for: what comes goes to the spool until then.
    """
    opening = open_database(settings.database, settings.data_dir, log.info, may_be_away=True)
    with opening as database:
        if database.answers:
            log.info("database: %s", database.how)
            migrate(database.dsn, log.info)
        else:
            log.warning("%s; what comes is kept in the spool until it does", database.how)
        run_until_told(_collect(settings, database))


def show(settings: Settings) -> None:
    """Serve the page."""
    with open_database(settings.database, settings.data_dir, log.info) as database:
        run_until_told(_show(settings, database))


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
            watching=Watching(
                settings.rules,
                settings.geofences,
                _ground(settings),
                settings.airspace.with_broker(sources.trackers.owntracks),
            ),
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_running(database, broker, log.warning))
            if not database.answers:
                tasks.create_task(migrate_when_it_answers(database))
            tasks.create_task(collector.run())
            tasks.create_task(serve_observing(collector, settings.observing))


def _ground(settings: Settings) -> Ground | None:
    """What limits above ground are reckoned from. Raises WrongSettingError."""
    if settings.terrain is None:
        return None
    from nigehban.ground import ground_of  # what reads rasters takes long to load

    return ground_of(settings.terrain)


async def _show(settings: Settings, database: Database) -> None:
    from dashboard.app import create_app
    from dashboard.serving import serve
    from dashboard.watched import Watched

    async with _bus(bus_url(settings)) as bus:
        airspace, rules = settings.airspace, settings.rules
        watched = Watched(airspace.zones, airspace.near, rules.speed_zones)
        app = create_app(
            settings.dashboard,
            bus=bus,
            dsn=database.dsn,
            watched=watched,
            terrain=settings.terrain,
        )
        await serve(app, settings.dashboard)


@asynccontextmanager
async def _bus(url: str) -> AsyncIterator[NatsBus]:
    bus = await connect_bus(url)
    try:
        yield bus
    finally:
        await bus.close()
