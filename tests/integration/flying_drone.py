"""A simulated drone that a ground station's program can connect to over loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from socket import AF_INET, SOCK_DGRAM, socket

from sitl.fleet import SimulatedFleet
from sitl.settings import SimulationSettings
from sitl.squadron import Berth
from sitl.world import World
from tests.brokers import free_port
from tests.waiting import until_sync

NOBODY = "127.0.0.1:1"


@contextmanager
def flying_drone(
    link: str = "tcpin", *, speed: float = 1.0
) -> Iterator[tuple[SimulatedFleet, int]]:
    """A fleet of one drone that only the ground gives orders to, and the port that it listens on.

    It has booted and would arm. `link` is "tcpin" or "udpin". The fleet runs in a thread of its
    own, `speed` times as fast as the clock, and ends with the context.
    """
    with socket(AF_INET, SOCK_DGRAM) as unread:
        unread.bind(("127.0.0.1", 0))
        port = free_port()
        settings = SimulationSettings(drones=1, cars=0, boot_scale=0.1)
        fleet = SimulatedFleet(
            settings,
            world=World(settings, berths={0: Berth(alive=False)}),
            mavlink=unread.getsockname(),
            osmand_url=f"http://{NOBODY}",
            mqtt_url=f"mqtt://{NOBODY}",
            links=[f"{link}:127.0.0.1:{port}"],
            speed=speed,
        )
        autopilot = fleet.world.squadron.autopilots[0]
        with _running(fleet):
            until_sync(lambda: autopilot.position_known and autopilot.healthy)
            yield fleet, port


@contextmanager
def _running(fleet: SimulatedFleet) -> Iterator[None]:
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    async def live() -> None:
        ends = {asyncio.create_task(fleet.run()), asyncio.create_task(stop.wait())}
        done, going_on = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in going_on:
            task.cancel()
        await asyncio.wait(going_on)
        for task in done:
            task.result()

    def drive() -> None:
        with closing(loop):
            loop.run_until_complete(live())

    with ThreadPoolExecutor(1, "simulated fleet") as thread:
        life = thread.submit(drive)
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)
            life.result(timeout=10)
