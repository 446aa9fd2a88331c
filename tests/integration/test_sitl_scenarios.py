"""A storm over a hundred vehicles: what the collector shows in the end is what is true."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from math import hypot
from typing import Any

import numpy as np
import psycopg
import pytest

from fleet.assets import Kind
from fleet.freshness import Freshness, freshness
from fleet.peshawar import to_metres
from fleet.picture import Picture
from sitl.cars.beats import CarSpec, Protocol, asset_of
from sitl.cars.car import Report
from sitl.fleet import SimulatedFleet
from sitl.scenarios.building import Staged, stage
from sitl.scenarios.outcomes import Outcomes
from sitl.scenarios.reading import load
from sitl.truth import Truth, truth
from sitl.world import STEP
from telemetry.bus.nats import connect_bus
from telemetry.bus.server import BrokerServer
from telemetry.feed import PICTURE_SUBJECT, unpack_picture
from tests.brokers import free_port
from tests.commands import Ports
from tests.databases import temporary_folder
from tests.integration.collecting import collector, subscribed
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

SPEED = 10.0
"""Times faster than real time."""

DRONE_NOISE = 3.0
"""Metres that a mark may be off its track: five sigma of what the filter lets through of the
receiver's error (0.4 east and north), and of 0.75 up 4."""

CAR_NOISE = 11.0
"""Metres: five sigma of a receiver on a roof, 1.5 east and north."""

LATEST = 6.0
"""Seconds of the simulation that what is shown of a drone may be old. Its link delays by 0.1 to 0.3
and holds some messages back by 0.3 more; what is said each second may be lost three times in a row
(one message in ten thousand); wires, collector and feed take 0.2 seconds of real time, which are
SPEED times as long here. A drone in a longer burst, and one that has just got another battery and
not been asked for all of its messages again, is waited for."""

STANDING = 10.0
"""Seconds between two reports of a car that stands."""

CUT_FOR_GOOD = {"mavlink:default/40", "mavlink:default/41"}

MOST_HAVE_A_LINK = 95
"""Of a hundred: two are cut off for good, and now and then one gets another battery."""

RESOLUTION = {  # µs of the time that each protocol tells
    Protocol.OWNTRACKS: 1_000_000,
    Protocol.OSMAND: 1_000_000,
    Protocol.NMEA: 10_000,
    Protocol.TELTONIKA: 1000,
}

Key = tuple[int, int]
"""Asset and fix time in µs: what makes the position of a car the same one."""


class Memory:
    """What was true of the drones in the last LATEST seconds, and of cars when they reported."""

    def __init__(self, staged: Staged, monkeypatch: pytest.MonkeyPatch) -> None:
        self._world = staged.world
        self._since = staged.scenario.duration - LATEST
        self._cars = staged.world.motor_pool
        self._step = self._cars.step
        monkeypatch.setattr(self._cars, "step", self._reported)
        self.moments: deque[list[Truth]] = deque(maxlen=round(LATEST * 1e6 / STEP))
        self.reported: dict[Key, tuple[float, float]] = {}
        self.made = 0
        self.silent = False
        """Cars make no reports any more."""

    def step(self, time: int) -> None:
        """Look around, towards the end."""
        if time / 1e6 > self._since:
            self.moments.append(truth(self._world))

    def of_drone(self, identity: str) -> Iterator[Truth]:
        """What was true of it."""
        return (each for moment in self.moments for each in moment if each.identity == identity)

    def _reported(self, time: int, unix_us: int, dt: float) -> list[tuple[int, Report]]:
        reports = [] if self.silent else self._step(time, unix_us, dt)
        for number, report in reports:
            key = key_of(self._cars.beats[number], report.time_us)
            east, north = self._cars.traffic.position[number].tolist()
            self.reported[key] = (east, north)
        self.made += len(reports)
        return reports


def key_of(spec: CarSpec, time_us: int) -> Key:
    unit = RESOLUTION[spec.protocol]
    return asset_of(spec.protocol, spec.device).key, time_us // unit * unit


async def test_after_five_minutes_of_storm_the_picture_is_what_is_true_of_all_that_have_a_link(
    ports: Ports,
    broker: BrokerServer,
    timescale_database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trackers = {"NMEA": free_port(), "TELTONIKA": free_port()}
    extra = {"NIGEHBAN_COLLECTOR__FEED_HZ": "20"}
    for name, port in trackers.items():
        extra |= {f"NIGEHBAN_{name}__ENABLED": "true", f"NIGEHBAN_{name}__PORT": str(port)}
    scenario = load("storm")
    staged = stage(scenario)
    # so that the clocks of the vehicles are right in the end
    epoch = time.time() + scenario.duration / SPEED - scenario.duration
    fleet = SimulatedFleet(
        staged.settings,
        world=staged.world,
        mavlink=("127.0.0.1", ports.mavlink),
        osmand_url=ports.osmand_url,
        mqtt_url=broker.tracker_url,
        nmea=("127.0.0.1", trackers["NMEA"]),
        teltonika=("127.0.0.1", trackers["TELTONIKA"]),
        speed=SPEED,
        epoch=epoch,
    )
    memory = Memory(staged, monkeypatch)
    outcomes = Outcomes(scenario, staged.cast, staged.world, fleet.waiting)
    staged.world.scripts += [outcomes, memory]
    picture = Picture()
    with (
        temporary_folder() as folder,
        collector(ports, broker, timescale_database, folder, **extra) as command,
    ):
        await until(lambda: subscribed(broker))
        async with running(_watch(picture, broker)), running(fleet.run()):
            await until(lambda: fleet.world.time >= scenario.duration * 1e6, 100)
            assert (outcomes.held, outcomes.failed) == (1, [])
            await until(
                lambda: not list(_wrong(picture, memory, epoch + fleet.world.time / 1e6)), 20
            )
            memory.silent = True
            await until(lambda: not fleet.statistics.reports_waiting)
            assert fleet.statistics.reports_acknowledged == memory.made > len(memory.reported)
            await until(lambda: len(_stored(timescale_database)) >= len(memory.reported))
        assert command.process.poll() is None, command.said
    stored = _stored(timescale_database)
    assert len(stored) == len(set(stored)) > 3000
    assert set(stored) == memory.reported.keys()


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
        assert not task.done(), task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _watch(picture: Picture, broker: BrokerServer) -> None:
    """Keep a picture from what the collector sends."""
    bus = await connect_bus(broker.url)
    try:
        async with bus.subscribe(PICTURE_SUBJECT) as messages:
            async for message in messages:
                picture.merge(unpack_picture(message.payload))
    finally:
        await bus.close()


def _wrong(picture: Picture, memory: Memory, vehicle_time: float) -> Iterator[str]:
    """What of the picture is not true now; `vehicle_time` is what all vehicles' clocks say."""
    shown = {row["identity"].decode(): row for row in picture.rows}
    now = np.datetime64(time.time_ns() // 1000, "us")
    level = dict(zip(shown, freshness(picture.rows, now).tolist(), strict=True))
    if sum(true.linked for true in memory.moments[-1]) < MOST_HAVE_A_LINK:
        yield "too many have no link"
    for true in memory.moments[-1]:
        if true.identity not in shown:
            yield f"{true.identity} is not shown"
            continue
        row = shown[true.identity]
        if row["kind"] == Kind.CAR:
            yield from _wrong_car(row, memory, vehicle_time)
            continue
        if true.identity in CUT_FOR_GOOD:
            if true.linked or level[true.identity] != Freshness.LOST:
                yield f"{true.identity} is not shown as lost"
        elif not true.linked:  # it has no battery for two seconds
            continue
        elif level[true.identity] != Freshness.FRESH:
            yield f"{true.identity} is not fresh"
        else:
            yield from _wrong_drone(row, list(memory.of_drone(true.identity)))


def _wrong_drone(row: np.void, true: list[Truth]) -> Iterator[str]:
    name = row["identity"].decode()
    away = min(_away(row, each) for each in true)
    if away > DRONE_NOISE:
        yield f"{name} is shown {away:.1f} m away from where it was"
    if row["mode"].decode() not in {each.mode for each in true}:
        yield f"{name} is shown in {row['mode']}, not {true[-1].mode}"
    if bool(row["armed"]) not in {each.armed for each in true}:
        yield f"{name} is shown as armed: {row['armed']}"
    if row["battery_percent"] not in {each.battery_percent for each in true}:
        yield f"{name} is shown with {row['battery_percent']} %, not {true[-1].battery_percent}"


def _away(row: np.void, true: Truth) -> float:
    east, north = to_metres(row["latitude"], row["longitude"])
    there = to_metres(true.latitude, true.longitude)
    up = 0.75 * (row["height"] - true.height)  # 4 m of height count as 3
    return hypot(east - there[0], north - there[1], up)


def _wrong_car(row: np.void, memory: Memory, vehicle_time: float) -> Iterator[str]:
    name = row["identity"].decode()
    fix = int(row["fix_time"].astype(np.int64))
    true = memory.reported.get((int(row["asset"]), fix))
    if true is None:
        yield f"{name} never reported what is shown"
        return
    east, north = to_metres(row["latitude"], row["longitude"])
    away = hypot(east - true[0], north - true[1])
    if away > CAR_NOISE:
        yield f"{name} is shown {away:.1f} m away from where it was"
    age = vehicle_time - fix / 1e6
    if age > STANDING + LATEST:
        yield f"{name} is shown as it was {age:.0f} s ago"


def _stored(dsn: str) -> list[Key]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT asset, (extract(epoch FROM fix_time) * 1000000)::bigint FROM nigehban.position"
            " WHERE source > 2"
        ).fetchall()
