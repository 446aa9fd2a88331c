"""The database and the broker that a program needs: named by the settings, or our own.

The embedded database is opened before the event loop runs: its first start may fetch programs for
a while, and Ctrl-C must end that too. It is restarted beside the loop, since a recovery may take
minutes, in which what comes in has to go to the spool.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from nigehban.masking import without_password
from nigehban.settings import Settings
from telemetry.bus.server import BrokerError, BrokerServer
from telemetry.store.database import Database, inspect
from telemetry.store.migrate import migrate
from telemetry.store.programs import DatabaseError
from telemetry.store.server import EmbeddedServer

Say = Callable[[str], None]

_log = logging.getLogger(__name__)

_WATCH_PERIOD = 0.5
_RESTART_PERIOD = 5.0


@dataclass(frozen=True)
class Broker:
    """Where bus and MQTT are, and which server that is and why."""

    bus_url: str
    tracker_url: str  # where trackers publish
    collector_url: str  # where the collector subscribes; may hold a password
    how: str
    server: BrokerServer | None


def bus_url(settings: Settings) -> str:
    """Where the bus is: at the server that the settings name, or at our own."""
    return settings.broker.url or f"nats://{settings.broker.host}:{settings.broker.port}"


def tracker_url(settings: Settings) -> str:
    """Where trackers publish: at the broker that the settings name, or at our own."""
    own = f"mqtt://{settings.broker.host}:{settings.broker.mqtt_port}"
    return settings.owntracks.broker or own


@asynccontextmanager
async def open_broker(settings: Settings) -> AsyncIterator[Broker]:
    """The NATS server of the settings, or an embedded one that runs until the block is left.

    Raises BrokerError if an embedded one cannot be started.
    """
    bus, trackers = bus_url(settings), tracker_url(settings)
    if settings.broker.url is not None:
        how = f"the one at {without_password(bus)}, because the settings name it"
        yield Broker(bus, trackers, trackers, how, None)
        return
    server = BrokerServer(settings.broker, settings.data_dir)
    await server.start()
    try:
        how = f"embedded nats-server at {bus} and {server.tracker_url}: the settings name no other"
        collector = settings.owntracks.broker or server.mqtt_url
        yield Broker(bus, trackers, collector, how, server)
    finally:
        await server.stop()


async def keep_running(database: Database, broker: Broker, say: Say) -> None:
    """Start an embedded database or broker again when it ended by itself; for ever."""
    while True:
        await asyncio.sleep(_WATCH_PERIOD)
        try:
            if database.server is not None and database.server.pid is None:
                say("the database ended; starting it again")
                await _restart(database.server)
            if broker.server is not None and broker.server.poll() is not None:
                say("the broker ended; starting it again")
                await broker.server.start()
        except (DatabaseError, BrokerError) as error:
            say(f"{error}; trying again in {_RESTART_PERIOD:g} s")
            await asyncio.sleep(_RESTART_PERIOD)


async def migrate_when_it_answers(database: Database) -> None:
    """Bring the schema of a database that is away up to date when it is back.

    Until then the writer, which tries again and again, finds no schema or one that is too old.
    Raises MigrationError.
    """
    while True:
        facts = await asyncio.to_thread(inspect, database.dsn)
        if facts.reachable:
            break
        await asyncio.sleep(_WATCH_PERIOD)
    await asyncio.to_thread(migrate, database.dsn, _log.info)


async def _restart(server: EmbeddedServer) -> None:
    """Start it again while the event loop goes on. Raises DatabaseError."""
    try:
        await asyncio.to_thread(server.restart)
    except asyncio.CancelledError:
        server.give_up()  # or the end of the program would wait for a recovery
        raise
