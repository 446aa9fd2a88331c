"""Geofences, rules and alerts in a real collector with a real TimescaleDB."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import psycopg
import pytest

from fleet.assets import Asset, Kind
from fleet.columns import POSITION, STATUS, Source, blank
from fleet.geofences.events import FenceEvent
from fleet.geofences.geofence import Geofence
from fleet.moments import microseconds
from fleet.rules.watch import PictureChangedError, Watch
from fleet.zones import Circle
from telemetry.batch import Batch, Event, FenceChange, StatusText
from telemetry.bus.memory import MemoryBus
from telemetry.bus.server import BrokerServer
from telemetry.collector import Collector, Sources, Watching
from telemetry.feed import ALERTS_SUBJECT
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.settings import CollectorSettings, OsmandSettings, OwntracksSettings
from telemetry.store.connection import connect
from telemetry.store.migrate import migrate as migrate_now
from telemetry.store.writer import Writer
from telemetry.trackers.settings import TrackerSections
from telemetry.watching.guard import Guard, Told
from telemetry.watching.kept import put_geofences
from telemetry.watching.settings import RulesSettings
from tests.commands import Ports
from tests.databases import Servers, fresh_database, temporary_folder
from tests.integration.collecting import collector as process
from tests.integration.collecting import health
from tests.recordings import frame, vehicle_messages
from tests.waiting import until

pytestmark = pytest.mark.integration

BAZAAR = Geofence("Bazaar", "keep-out", Circle(34.0, 71.5, 200.0))
OUTSIDE, INSIDE = (34.01, 71.5), (34.0, 71.5)


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


async def send(ports: Ports, place: tuple[float, float], moment: datetime, **more: str) -> None:
    async with httpx.AsyncClient() as client:
        told = {
            "id": "car-1",
            "lat": str(place[0]),
            "lon": str(place[1]),
            "timestamp": str(int(moment.timestamp())),
        }
        answer = await client.get(ports.osmand_url, params=told | more)
    assert answer.status_code == 200


async def test_a_collector_that_is_killed_goes_on_where_it_was(
    timescale_database: str, ports: Ports, broker: BrokerServer
) -> None:
    dsn = timescale_database
    await add_geofence(dsn)
    now = datetime.now(UTC)

    async def watching() -> bool:
        told = await health(broker)
        return bool(told["watching"]["state"] == "watching")

    with temporary_folder() as folder:
        with process(ports, broker, dsn, folder) as command:
            await until(watching, 60)
            for seconds, place in ((60, OUTSIDE), (40, INSIDE), (30, INSIDE)):
                await send(ports, place, now - timedelta(seconds=seconds))
            await until(lambda: len(rows(dsn, FENCE_EVENTS)) == 1)
            await send(ports, INSIDE, now - timedelta(seconds=25), alarm="sos")
            command.process.kill()
            command.process.wait()
        raised = alerts(dsn)
        assert raised == [("geofence", "activate"), ("panic", "activate")]
        with process(ports, broker, dsn, folder):
            await until(watching, 60)
            for seconds in (10, 5):
                await send(ports, OUTSIDE, now - timedelta(seconds=seconds))
            await until(lambda: len(alerts(dsn)) > len(raised))
            day = (await health(broker))["watching"]["figures"][""]
            assert (day["day"], day["shares"]["high"]) == (2, 1.0)  # both came before the kill
    assert alerts(dsn) == [*raised, ("geofence", "return")]
    assert sorted(row[4] for row in rows(dsn, FENCE_EVENTS)) == ["entered", "left"]
    numbers = [n for (n,) in rows(dsn, "SELECT id FROM nigehban.alert_event ORDER BY id")]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_of_two_collectors_one_watches_and_the_other_takes_over(
    timescale_database: str,
) -> None:
    bus = MemoryBus()
    with temporary_folder() as first, temporary_folder() as second:
        other = collector_of(timescale_database, second, bus, Ports())
        async with run(collector_of(timescale_database, first, bus, Ports())):
            task = asyncio.create_task(other.run())
            await until(lambda: other.watcher.statistics.state == "standing by")
        await until(lambda: other.watcher.statistics.state == "watching")
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_came_while_nobody_watched_raises_its_alert_at_the_next_start(
    timescale_database: str, ports: Ports
) -> None:
    dsn, car = timescale_database, Asset("osmand:car-9", Kind.CAR)
    with temporary_folder() as folder:
        async with run(collector_of(dsn, folder, MemoryBus(), ports)):
            await until(lambda: rows(dsn, "SELECT taken_time FROM nigehban.alert_snapshot"))
        now = datetime.now(UTC)
        panic = Event(car.key, now, now, "panic", {"cause": "sos"})
        writer = Writer(dsn)
        writing = asyncio.create_task(writer.run())
        await writer.commit(Batch((car,), events=(panic,)), 10)
        writing.cancel()
        for _ in range(2):  # and not once more at the one after it
            async with run(collector_of(dsn, folder, MemoryBus(), ports)) as collector:
                await collector.watcher.settled()
    assert alerts(dsn) == [("panic", "activate")]


async def test_an_event_whose_fixes_were_lost_is_taken_back(
    timescale_database: str, ports: Ports
) -> None:
    dsn = timescale_database
    await add_geofence(dsn)
    with temporary_folder() as folder:
        async with run(collector_of(dsn, folder, MemoryBus(), ports)) as collector:
            await until(lambda: rows(dsn, "SELECT taken_time FROM nigehban.alert_snapshot"))
            now = datetime.now(UTC)  # what is older than the snapshot is not looked at again
            lost = FenceEvent(
                7, BAZAAR.id, 1, "keep-out", "entered", "crossing", now, 34.0, 71.5, None, now, now
            )
            told = microseconds(datetime.now(UTC))
            await collector.keeper.accept(Batch(fence_changes=(FenceChange(lost, told),)))
        assert len(rows(dsn, FENCE_EVENTS)) == 1
        async with run(collector_of(dsn, folder, MemoryBus(), ports)) as collector:
            await collector.watcher.settled()
    assert rows(dsn, FENCE_EVENTS) == []


async def test_a_guard_that_fails_is_replaced_and_nothing_that_it_told_is_lost(
    timescale_database: str, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn, car = timescale_database, Asset("osmand:car-9", Kind.CAR)
    noon = datetime.now(UTC)
    with temporary_folder() as folder:
        async with run(collector_of(dsn, folder, MemoryBus(), ports)) as collector:
            panic = Event(car.key, noon, noon, "panic")
            await collector.accept(Batch((car,), events=(panic,)))
            with monkeypatch.context() as broken:

                def fail(*_: object) -> None:
                    raise PictureChangedError("broken")

                broken.setattr(Watch, "look", fail)
                await until(lambda: collector.watcher.statistics.last_error)
            await until(lambda: collector.watcher.statistics.state == "watching")
            again = Event(car.key, noon, noon, "tampering")
            await collector.accept(Batch((car,), events=(again,)))
    assert alerts(dsn) == [("panic", "activate"), ("tampering", "activate")]


async def test_a_text_that_a_guard_fails_at_is_a_dead_letter_and_the_watch_goes_on(
    timescale_database: str, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn, drone = timescale_database, Asset("mavlink:default/1", Kind.DRONE)
    hear = Guard.hear

    def fail_at_odd_words(self: Guard, batch: Batch, now: datetime) -> Told:
        told = hear(self, batch, now)
        if any(text.text == "odd" for text in batch.texts):
            raise ValueError("odd words")
        return told

    monkeypatch.setattr(Guard, "hear", fail_at_odd_words)
    for period in ("RETRY", "RELOAD_PERIOD"):
        monkeypatch.setattr(f"telemetry.watching.watcher.{period}", 0.1)
    now = datetime.now(UTC)
    texts = tuple(
        StatusText(drone.key, now + timedelta(milliseconds=n), 2, text)
        for n, text in enumerate(["odd", "Crash: Disarming", "odd"])
    )
    with temporary_folder() as folder:
        async with run(collector_of(dsn, folder, MemoryBus(), ports)) as collector:
            watcher = collector.watcher.statistics
            await collector.accept(Batch((drone,), texts=texts))
            await until(lambda: alerts(dsn) != [])
            await until(lambda: watcher.left_out == 2 and watcher.state == "watching")
    assert ("crash", "activate") in alerts(dsn)  # which is over by itself after a while
    letters = "SELECT reason, detail FROM nigehban.dead_letter WHERE origin = 'watch'"
    told = "hearing what happened: ValueError: odd words"
    assert rows(dsn, letters) == [("watch_failed", told)] * 2
