"""What a real collector with a real TimescaleDB raises of what comes in."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
import pytest

from fleet.assets import Asset, Kind
from fleet.columns import POSITION, STATUS, Source, blank
from telemetry.batch import Batch
from telemetry.bus.memory import MemoryBus
from telemetry.collector import Collector
from telemetry.feed import ALERTS_SUBJECT
from telemetry.store.migrate import migrate as migrate_now
from telemetry.watching.settings import RulesSettings
from tests.commands import Ports
from tests.databases import Servers, fresh_database, temporary_folder
from tests.integration.watching import (
    ALERTS,
    FENCE_EVENTS,
    add_geofence,
    alerts,
    collector_of,
    rows,
    run,
)
from tests.recordings import frame, vehicle_messages
from tests.waiting import until

pytestmark = pytest.mark.integration


class SteppedClock:
    """A clock that stands still between steps."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def often(**told: Any) -> RulesSettings:
    """Settings by which it looks as often as a turn of its loop allows."""
    return RulesSettings.model_validate(told).model_copy(update={"look_hz": 500})


async def looked(collector: Collector, frames: int | None = None) -> None:
    """Wait until it has looked at all that it has been given, which are so many frames."""
    if frames is not None:
        (network,) = collector.networks
        await until(lambda: network.statistics.frames == frames)
    looks = collector.watcher.statistics.looks
    await until(lambda: collector.watcher.statistics.looks >= looks + 2)


async def fly(collector: Collector, clock: SteppedClock, flown: list[Any], port: int) -> None:
    """Send a recording, second by second of its own time, with a look after each."""
    sent = 0
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as vehicle:
        vehicle.connect(("127.0.0.1", port))
        for message in flown:
            while message._timestamp > clock.now:
                await looked(collector, sent)
                clock.now += 1.0
            vehicle.send(frame(message))
            sent += 1
        await looked(collector, sent)


def told(flown: list[Any], wanted: Callable[[Any], bool]) -> float:
    """When a vehicle said something, by pymavlink."""
    return next(float(message._timestamp) for message in flown if wanted(message))


def _text(beginning: str) -> Callable[[Any], bool]:
    return lambda m: bool(m.get_type() == "STATUSTEXT" and m.text.startswith(beginning))


def _below(volts: float) -> Callable[[Any], bool]:
    return lambda m: bool(m.get_type() == "SYS_STATUS" and 0 < m.voltage_battery < volts * 1000)


FENCE = [
    ("fence_breach", "activate", lambda m: m.get_type() == "FENCE_STATUS" and m.breach_status, 0.0),
    ("fence_breach", "return", _text("Fence breach cleared"), 0.0),
]
BATTERY = [
    ("battery_voltage_low", "activate", _below(10.5), 3.0),
    ("failsafe", "activate", lambda m: m.get_type() == "HEARTBEAT" and m.system_status == 5, 0.0),
    ("battery_voltage_critical", "activate", _below(9.9), 2.0),
]
"""The alert, what happens to it, the message of the vehicle from which on it is so, and the rule's
on-delay in seconds."""

LATE = 3.5
"""Seconds by which an alert may come after that: a heartbeat brings the status each second, what is
sent within a second comes at its end here, and FENCE_STATUS is sooner than the words."""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("copter-fence-breach", FENCE), ("copter-lowbatt", BATTERY), ("three-copters", [])],
)
async def test_a_real_flight_raises_its_alerts_once_and_at_their_time(
    name: str, expected: list[Any], timescale_database: str, ports: Ports
) -> None:
    flown = vehicle_messages(name)
    end = float(flown[-1]._timestamp) - 2  # where what ended with the landing would be over
    flown = [message for message in flown if message._timestamp < end]
    clock = SteppedClock(float(flown[0]._timestamp))
    bus = MemoryBus()
    published: list[dict[str, Any]] = []

    async def listen() -> None:
        async with bus.subscribe(ALERTS_SUBJECT) as messages:
            async for message in messages:
                published.extend(orjson.loads(message.payload))

    with temporary_folder() as folder:
        listening = asyncio.create_task(listen())
        collector = collector_of(timescale_database, folder, bus, ports, clock, often())
        async with run(collector):
            await fly(collector, clock, flown, ports.mavlink)
            await collector.watcher.settled()
        listening.cancel()
    raised = rows(timescale_database, ALERTS)
    assert alerts(timescale_database) == [(rule, what) for rule, what, *_ in expected]
    for (rule, _, time_raised), (_, _, wanted, delay) in zip(raised, expected, strict=True):
        since = told(flown, wanted) + delay
        assert since <= time_raised.timestamp() <= since + LATE, rule
    ids = "SELECT id FROM nigehban.alert_event ORDER BY id"
    numbers = [n for (n,) in rows(timescale_database, ids)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [each["event"]["id"] for each in published] == numbers


async def test_a_value_at_its_threshold_with_noise_is_one_alert_in_ten_minutes(
    timescale_database: str, ports: Ports
) -> None:
    drone, noise = Asset("mavlink:default/1", Kind.DRONE), random.Random(1)
    clock = SteppedClock(1_790_000_000.0)
    with temporary_folder() as folder:
        collector = collector_of(timescale_database, folder, MemoryBus(), ports, clock, often())
        async with run(collector):
            for _ in range(300):
                clock.now += 2.0
                status = blank(STATUS, 1)
                status["asset"], status["armed"] = drone.key, 1
                status["battery_percent"] = noise.gauss(30.0, 1.0)  # 30 is the threshold
                status["status_time"] = status["received_time"] = round(clock.now * 1e6)
                collector.offer(Batch((drone,), statuses=status))
                await looked(collector)
            await collector.watcher.settled()
    assert alerts(timescale_database) == [("battery_low", "activate")]


async def test_a_mast_that_fails_under_forty_vehicles_is_one_group(
    timescale_database: str, ports: Ports
) -> None:
    drones = tuple(Asset(f"mavlink:north/{n + 1}", Kind.DRONE) for n in range(40))
    clock = SteppedClock(1_790_000_000.0)
    with temporary_folder() as folder:
        collector = collector_of(timescale_database, folder, MemoryBus(), ports, clock, often())
        async with run(collector):
            for second in range(60):
                clock.now += 1.0
                if second < 20:  # the mast stands, and then it does not
                    statuses = blank(STATUS, 40)
                    statuses["asset"], statuses["armed"] = [d.key for d in drones], 1
                    statuses["battery_percent"] = 80.0
                    statuses["status_time"] = statuses["received_time"] = round(clock.now * 1e6)
                    collector.offer(Batch(drones, statuses=statuses))
                await looked(collector)
            await collector.watcher.settled()
    assert Counter(alerts(timescale_database))["link_lost", "activate"] == 40
    groups = "SELECT DISTINCT alert FROM nigehban.alert_event WHERE alert LIKE 'group/%'"
    assert len(rows(timescale_database, groups)) == 1
    asked = "SELECT alert FROM nigehban.alert_event WHERE \"values\" ? 'annunciates'"
    assert len(rows(timescale_database, asked)) == 1


async def test_speed_zones_and_duties_of_the_settings_are_watched(
    timescale_database: str, ports: Ports
) -> None:
    car = Asset("osmand:car-1", Kind.CAR)
    await add_geofence(timescale_database)
    rules = often(
        speed_zones={"bazaar": {"fence": "Bazaar", "most_speed": 8}},
        duties={"beat": {"assets": ["osmand:*"], "area": "Bazaar"}},
        rules={"overspeed": {"enabled": False}},
    )
    clock = SteppedClock(time.time())
    with temporary_folder() as folder:
        bus = MemoryBus()
        collector = collector_of(timescale_database, folder, bus, ports, clock, rules)
        async with run(collector):
            for second in range(45):
                clock.now += 1.0
                fix = blank(POSITION, 1)
                fix["asset"], fix["source"], fix["speed"] = car.key, Source.OSMAND, 12.0
                fix["fix_time"] = fix["received_time"] = round(clock.now * 1e6)
                fix["latitude"], fix["longitude"] = 34.0 + second * 12 / 111_195, 71.5
                collector.offer(Batch((car,), fix))
                await looked(collector)
            await collector.watcher.settled()
    assert alerts(timescale_database) == [
        ("geofence", "activate"),
        ("zone_overspeed", "activate"),
        ("geofence", "return"),
        ("outside_area", "activate"),
        ("zone_overspeed", "return"),
    ]


def drive(random_walk: random.Random) -> list[Batch]:
    """Fixes of three cars that cross the edge of the bazaar again and again, one in each batch."""
    begin = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us") - 1_000_000_000
    batches = []
    for number in range(3):
        car = Asset(f"osmand:car-{number}", Kind.CAR)
        latitude = 34.005
        for second in range(0, 600, 10):
            latitude += random_walk.uniform(-0.002, 0.002) - (latitude - 34.0) * 0.1
            fix = blank(POSITION, 1)
            fix["asset"], fix["source"] = car.key, Source.OSMAND
            fix["fix_time"] = fix["received_time"] = begin + second * 1_000_000
            fix["latitude"], fix["longitude"] = latitude, 71.5
            batches.append(Batch((car,), fix))
    return batches


async def test_shuffled_and_doubled_fixes_make_the_same_events_in_the_database(
    servers: Servers, ports: Ports
) -> None:
    chance = random.Random(7)
    ordered = drive(chance)
    shuffled = [*ordered, *chance.sample(ordered, 60)]
    chance.shuffle(shuffled)
    found = []
    for batches in (ordered, shuffled):
        with fresh_database(servers["timescaledb"]) as dsn, temporary_folder() as folder:
            migrate_now(dsn)
            await add_geofence(dsn)
            collector = collector_of(dsn, folder, MemoryBus(), ports)
            async with run(collector):
                for batch in batches:
                    await collector.accept(batch)
                await collector.watcher.settled()
            found.append(rows(dsn, FENCE_EVENTS))
    assert found[0] == found[1]
    assert len(found[0]) > 6
