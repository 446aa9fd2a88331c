"""Cars, officers, posts and cameras against the collector's own trackers: all arrives, once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fleet.columns import POSITION, Rows, blank
from fleet.peshawar import CENTRE
from sitl.cars import owntracks as phones
from sitl.cars import tcp
from sitl.cars.beats import Protocol, beat, foot_beat
from sitl.cars.camera_wires import CameraWires
from sitl.cars.cameras import Cameras
from sitl.cars.motor_pool import MotorPool
from sitl.cars.posts import Posts
from sitl.cars.wires import DeviceWires, Servers
from sitl.cars.zones import DeadZone
from sitl.errors import SimulationError
from sitl.settings import SimulationSettings
from telemetry.bus.server import BrokerServer
from telemetry.settings import OsmandSettings, OwntracksSettings
from telemetry.trackers.cameras import CamerasSubscriber
from telemetry.trackers.cameras_http import CamerasHttpServer
from telemetry.trackers.intake import Intake
from telemetry.trackers.nmea import NmeaServer
from telemetry.trackers.osmand import OsmandServer
from telemetry.trackers.owntracks import OwntracksSubscriber
from telemetry.trackers.registry import Tracker
from telemetry.trackers.settings import (
    CamerasHttpSettings,
    CamerasSettings,
    NmeaSettings,
    TeltonikaSettings,
)
from telemetry.trackers.teltonika import TeltonikaServer
from tests.brokers import free_port, running_broker
from tests.telemetry.trackers.sinks import RecordingSink
from tests.waiting import until

pytestmark = pytest.mark.integration

BEGIN = (int(time.time()) - 7200) * 1_000_000
STEP = 200_000
RESOLUTION = {  # µs of the time that each protocol tells
    Protocol.OWNTRACKS: 1_000_000,
    Protocol.OSMAND: 1_000_000,
    Protocol.NMEA: 10_000,
    Protocol.TELTONIKA: 1000,
}
SPECS = [replace(beat(n), protocol=list(Protocol)[n % 4]) for n in range(16)]


@asynccontextmanager
async def running(*work: Any) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(each.run()) for each in work]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()  # none fails
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class Collecting:
    """The trackers of a collector, where they listen, and what they took in."""

    sink: RecordingSink
    servers: Servers
    trackers: list[Tracker]
    ports: dict[str, int]

    def rows(self) -> Rows:
        """All positions that came, each as often as it came."""
        batches = self.sink.accepted + self.sink.offered
        return np.concatenate([blank(POSITION, 0), *(batch.positions for batch in batches)])

    def history(self) -> Counter[tuple[int, int]]:
        """How often each (asset, fix time in µs) came."""
        rows = self.rows()
        times = rows["fix_time"].astype(np.int64).tolist()
        return Counter(zip(rows["asset"].tolist(), times, strict=True))


def listeners(sink: RecordingSink, ports: dict[str, int]) -> list[Tracker]:
    def intake(name: str) -> Intake:
        return Intake(name, sink, time.time)

    return [
        OsmandServer(OsmandSettings(port=ports["osmand"]), intake("osmand")),
        NmeaServer(NmeaSettings(port=ports["nmea"]), intake("nmea")),
        TeltonikaServer(TeltonikaSettings(port=ports["teltonika"]), intake("teltonika")),
    ]


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[BrokerServer]:
    async with running_broker(tmp_path) as server:
        yield server


@pytest.fixture
async def collecting(broker: BrokerServer) -> AsyncIterator[Collecting]:
    sink = RecordingSink()
    ports = {name: free_port() for name in ("osmand", "nmea", "teltonika")}
    subscriber = OwntracksSubscriber(
        OwntracksSettings(broker=broker.mqtt_url), Intake("owntracks", sink, time.time)
    )
    trackers: list[Tracker] = [subscriber, *listeners(sink, ports)]
    async with running(*trackers):
        await until(lambda: all(tracker.listening for tracker in trackers))
        servers = Servers(
            f"http://127.0.0.1:{ports['osmand']}/",
            broker.tracker_url,
            ("127.0.0.1", ports["nmea"]),
            ("127.0.0.1", ports["teltonika"]),
        )
        yield Collecting(sink, servers, trackers, ports)


class Driving:
    """A pool and its wires, stepped by hand; what was reported, as the history will have it."""

    def __init__(self, pool: MotorPool, servers: Servers) -> None:
        self.pool = pool
        self.wires = DeviceWires(pool.beats, servers, 1, time.time)
        self.time = 0
        self.expected: set[tuple[int, int]] = set()
        self.made = 0

    def drive(self, seconds: float) -> None:
        """Simulate so long at once; the wires carry it in their own time."""
        for _ in range(round(seconds * 1e6 / STEP)):
            self.time += STEP
            told = self.pool.step(self.time, BEGIN + self.time, STEP / 1e6)
            self.wires.tell(told, self.pool.radio)
            self.made += len(told)
            for number, report in told:
                unit = RESOLUTION[self.wires.protocols[number]]
                self.expected.add(
                    (self.wires.assets[number].key, report.time_us // unit * unit),
                )

    async def all_delivered(self) -> None:
        await until(lambda: self.wires.statistics.reports_acknowledged == self.made)


def pool(specs: Any = SPECS, **parts: Any) -> MotorPool:
    return MotorPool(SimulationSettings(drones=0, cars=0), specs, **parts)


async def all_arrived(collecting: Collecting, driving: Driving) -> None:
    await driving.all_delivered()
    await until(lambda: collecting.history().keys() == driving.expected)
    assert collecting.sink.refused == {}


async def test_every_report_of_every_protocol_arrives_once(collecting: Collecting) -> None:
    driving = Driving(pool([*SPECS, foot_beat(0), foot_beat(1)]), collecting.servers)
    async with running(driving.wires):
        driving.drive(60)
        await all_arrived(collecting, driving)
    assert set(collecting.history().values()) == {1}
    assert len(collecting.history()) == driving.made > 500
    assert driving.wires.statistics.reports_waiting == 0


async def test_what_arrives_is_where_the_devices_were(collecting: Collecting) -> None:
    driving = Driving(pool(), collecting.servers)
    async with running(driving.wires):
        driving.drive(20)
        await all_arrived(collecting, driving)
    latitude, longitude = driving.pool.traffic.coordinates
    rows = collecting.rows()
    for number, asset in enumerate(driving.wires.assets):
        mine = rows[rows["asset"] == asset.key]
        last = mine[mine["fix_time"].argmax()]
        assert abs(last["latitude"] - latitude[number]) < 0.002  # ten seconds at most ago
        assert abs(last["longitude"] - longitude[number]) < 0.002
        assert mine["speed"].max() > 0 or driving.pool.traffic.parked[number]


async def test_doubles_and_wrong_clocks_leave_each_report_in_the_history_once(
    collecting: Collecting,
) -> None:
    driving = Driving(pool(), collecting.servers)
    for number in range(len(SPECS)):
        driving.pool.faults.set(number, "duplicates", probability=0.5)
    driving.pool.faults.set(5, "clock", seconds=-500)
    driving.pool.faults.set(6, "clock", seconds=500)
    async with running(driving.wires):
        driving.drive(30)
        await all_arrived(collecting, driving)
    times = collecting.history()
    assert max(times.values()) >= 2  # doubles did come, and are the same row
    assert driving.made > len(times) == len(driving.expected)
    back = [time for asset, time in times if asset == driving.wires.assets[5].key]
    assert max(back) < BEGIN - 400_000_000


async def test_what_a_tunnel_held_back_comes_afterwards_in_order(collecting: Collecting) -> None:
    zone = [DeadZone(*CENTRE, radius=1e6)]
    driving = Driving(pool(dead_zones=zone), collecting.servers)
    async with running(driving.wires):
        driving.drive(30)
        assert driving.wires.statistics.reports_waiting == driving.made > 100
        driving.pool.dead_zones = ()  # all leave it at once
        driving.drive(1)
        await all_arrived(collecting, driving)
    rows = collecting.rows()
    assert set(collecting.history().values()) == {1}
    for asset in driving.wires.assets:
        times = rows["fix_time"][rows["asset"] == asset.key]
        assert (np.diff(times) > np.timedelta64(0)).all()


async def test_a_store_that_is_away_and_listeners_that_restart_lose_nothing(
    collecting: Collecting,
) -> None:
    told = {Protocol.OSMAND, Protocol.TELTONIKA}  # those that wait for COMMIT themselves
    driving = Driving(pool([s for s in SPECS if s.protocol in told]), collecting.servers)
    async with running(driving.wires):
        driving.drive(10)
        await driving.all_delivered()
        collecting.sink.failing = True
        driving.drive(10)
        await until(lambda: driving.wires.statistics.deliveries_failed >= 4)
        collecting.sink.failing = False
        await all_arrived(collecting, driving)
        for tracker in collecting.trackers[1:]:
            await tracker.close()
        driving.drive(10)
        again = listeners(collecting.sink, collecting.ports)
        async with running(*again):
            await all_arrived(collecting, driving)


async def test_more_devices_than_connections_share_them_and_lose_nothing(
    collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "TURNS", 2)
    monkeypatch.setattr(tcp, "TURN", 0.2)
    monkeypatch.setattr(phones, "CONNECTIONS", 3)
    specs = [replace(beat(n), protocol=list(Protocol)[n % 4]) for n in range(40)]
    driving = Driving(pool(specs), collecting.servers)
    most = 0

    def delivered() -> bool:
        nonlocal most
        most = max([most, *(each.statistics.connections for each in collecting.trackers[2:])])
        return driving.wires.statistics.reports_acknowledged == driving.made

    async with running(driving.wires):
        driving.drive(20)
        await until(delivered)
        await all_arrived(collecting, driving)
    assert 1 <= most <= 4  # the server may not have seen yet that one has hung up
    names = {asset.identity.partition(":")[0] for asset in driving.wires.assets}
    assert names == {"owntracks", "osmand", "nmea", "teltonika"}
    assert len({asset for asset, _ in collecting.history()}) == 40


async def test_a_pressed_post_and_a_pressed_button_are_panics(collecting: Collecting) -> None:
    specs = [replace(beat(n), protocol=p) for n, p in enumerate((Protocol.TELTONIKA,))]
    posts, cars = Posts(1, 6), pool(specs)
    wires = DeviceWires([*cars.beats, *posts.posts], collecting.servers, 1, time.time)
    async with running(wires):
        posts.press(3)
        cars.press(0)
        for moment in range(STEP, 70_000_000, STEP):
            told = cars.step(moment, BEGIN + moment, STEP / 1e6)
            told += [(n + 1, r) for n, r in posts.step(moment, BEGIN + moment, STEP / 1e6)]
            wires.tell(told, np.concatenate([cars.radio, posts.radio]))
        made = wires.statistics.reports_made
        await until(lambda: wires.statistics.reports_acknowledged == made)
    panics = [event for event in collecting.sink.events if event.kind == "panic"]
    assert {event.asset for event in panics} == {wires.assets[0].key, wires.assets[4].key}
    assert {event.time.timestamp() for event in panics} <= {BEGIN / 1e6, BEGIN / 1e6 + 0.2}
    alive = {asset for asset, _ in collecting.history()}
    assert alive == {asset.key for asset in wires.assets}
    assert wires.assets[4].identity == "osmand:post-004"


async def test_what_cameras_see_becomes_events_over_mqtt_and_http(broker: BrokerServer) -> None:
    sink, port = RecordingSink(), free_port()
    trackers = (
        CamerasSubscriber(
            CamerasSettings(broker=broker.mqtt_url), Intake("cameras", sink, time.time)
        ),
        CamerasHttpServer(CamerasHttpSettings(port=port), Intake("web", sink, time.time)),
    )
    cameras = Cameras(1, 40, mean_interval=60)
    wires = [
        CameraWires(cameras.cameras, url, 1)
        for url in (broker.tracker_url, f"http://127.0.0.1:{port}/events")
    ]
    expected = set()
    async with running(*trackers, *wires):
        await until(lambda: all(tracker.listening for tracker in trackers))
        cameras.see(39, "smoke")
        for moment in range(1_000_000, 90_000_000, 1_000_000):
            seen = cameras.step(moment, BEGIN + moment)
            expected |= {
                (f"camera:{cameras.cameras[n].name}", s.kind, s.time_us / 1e6) for n, s in seen
            }
            for wire in wires:
                wire.tell(seen)
        await until(lambda: all(not len(wire.device.outbox) for wire in wires))
        await until(lambda: len(sink.events) == 2 * len(expected))
    names = {asset.key: asset.identity for batch in sink.accepted for asset in batch.assets}
    told = Counter((names[e.asset], e.kind, e.time.timestamp()) for e in sink.events)
    assert told.keys() == expected
    assert len(expected) > 30
    assert set(told.values()) == {2}  # one by each wire; the store keeps them once
    assert sink.refused == {}


async def test_two_fleets_say_the_same_bytes_whatever_the_others_are() -> None:
    servers = Servers("http://127.0.0.1:1/", "mqtt://127.0.0.1:1", ("h", 1), ("h", 1))

    def said(specs: Any) -> list[tuple[int, object]]:
        cars = pool(specs)
        cars.faults.set(1, "duplicates", probability=0.5)
        wires = DeviceWires(cars.beats, servers, 1, time.time)
        return [
            (number, wires.written(number, report))
            for moment in range(STEP, 30_000_000, STEP)
            for number, report in cars.step(moment, BEGIN + moment, STEP / 1e6)
        ]

    many = said(SPECS)
    assert said(SPECS) == many
    assert said(SPECS[:6]) == [row for row in many if row[0] < 6]


def test_a_protocol_without_a_server_is_told() -> None:
    with pytest.raises(SimulationError, match="devices speak nmea: say where they report to"):
        DeviceWires(SPECS, Servers("http://h/", "mqtt://h", None, ("h", 1)), 1, time.time)
