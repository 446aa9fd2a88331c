"""A simulated city — cars, officers, posts, cameras — through a real collector into a database."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import psycopg
import pytest

from sitl.cars.beats import Protocol, beat, foot_beat
from sitl.fleet import SimulatedFleet
from sitl.settings import SimulationSettings
from sitl.world import World
from telemetry.bus.server import BrokerServer
from tests.brokers import free_port
from tests.commands import Ports
from tests.databases import temporary_folder
from tests.integration.collecting import collector, health
from tests.waiting import until

pytestmark = pytest.mark.integration

SPECS = [*(replace(beat(n), protocol=list(Protocol)[n % 4]) for n in range(12)), foot_beat(0)]


async def test_all_that_a_city_tells_is_in_the_database(
    ports: Ports, broker: BrokerServer, timescale_database: str
) -> None:
    listening = {name: free_port() for name in ("nmea", "teltonika", "cameras_http")}
    environment = {"NIGEHBAN_CAMERAS__ENABLED": "true"}
    for name, port in listening.items():
        environment[f"NIGEHBAN_{name.upper()}__ENABLED"] = "true"
        environment[f"NIGEHBAN_{name.upper()}__PORT"] = str(port)
    settings = SimulationSettings(drones=0, cars=0)
    world = World(settings, beats=SPECS, posts=5, cameras=30)
    fleet = SimulatedFleet(
        settings,
        world=world,
        mavlink=("127.0.0.1", ports.mavlink),
        osmand_url=ports.osmand_url,
        mqtt_url=broker.tracker_url,
        nmea=("127.0.0.1", listening["nmea"]),
        teltonika=("127.0.0.1", listening["teltonika"]),
        speed=20,
    )
    with (
        temporary_folder() as folder,
        collector(ports, broker, timescale_database, folder, **environment),
    ):

        async def ready() -> bool:
            told = (await health(broker))["trackers"]
            return len(told) == 6 and all(each["listening"] for each in told.values())

        await until(ready)
        simulation = asyncio.ensure_future(fleet.run())
        try:
            await until(lambda: world.time > 70_000_000 or simulation.done())
            fleet.silence("osmand:post-002")
            world.posts.press(1)
            world.posts.press(2)
            world.cameras.see(7, "person_down", 0.8)
            seen, cried = ("camera:cam-0008", "person_down"), ("osmand:post-003", "panic")
            await until(lambda: {seen, cried} <= events(timescale_database))
            silent = ("osmand:post-002", "panic")
            assert silent not in events(timescale_database)
            fleet.resume("osmand:post-002")
            await until(lambda: silent in events(timescale_database))
            await until(lambda: heard(timescale_database) == set(fleet.identities))
        finally:
            simulation.cancel()
            await asyncio.gather(simulation, return_exceptions=True)
    assert fleet.statistics.reports_dropped == 0
    assert len(fleet.identities) == len(SPECS) + 5


def events(dsn: str) -> set[tuple[str, str]]:
    """Identity and kind of all events."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT identity, e.kind FROM nigehban.event e JOIN nigehban.asset a ON a.id = e.asset"
        )
        return {(identity, kind) for identity, kind in rows}


def heard(dsn: str) -> set[str]:
    """All that told a position."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT DISTINCT identity FROM nigehban.position p"
            " JOIN nigehban.asset a ON a.id = p.asset"
        )
        return {identity for (identity,) in rows}
