"""The airspace in a real collector with a real TimescaleDB: sensors on one side, alerts on the other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fleet.airspace.columns import ContactClass, Means
from fleet.geofences.geofence import Geofence
from fleet.zones import Circle
from sitl.autopilot.vehicle import Place
from sitl.cars.owntracks import broker as broker_address
from sitl.intruders.airspace import Airspace
from sitl.intruders.flight import Flight
from sitl.intruders.sapient import framed
from sitl.intruders.sensors import Sensor, SensorKind
from sitl.intruders.wires import Published, SapientNode, SbsServer, SensorDatagrams
from telemetry.airspace.capture import CaptureReader, frames
from telemetry.airspace.settings import AirspaceSettings
from telemetry.airspace.sky import Sky
from telemetry.bus.memory import MemoryBus
from telemetry.bus.nats import connect_bus
from telemetry.bus.server import BrokerServer
from telemetry.collector import Collector, Sources, Watching
from telemetry.feed import CONTACTS_SUBJECT, unpack_contacts
from telemetry.feed import Airspace as Picture
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.settings import CollectorSettings, OsmandSettings, OwntracksSettings
from telemetry.store.connection import connect
from telemetry.trackers.settings import TrackerSections
from telemetry.watching.kept import put_geofences
from tests.brokers import free_port
from tests.commands import Ports
from tests.databases import temporary_folder
from tests.integration.collecting import collector as process
from tests.integration.collecting import health
from tests.recordings import DATA
from tests.waiting import until

pytestmark = pytest.mark.integration

PARROT = DATA / "remote-id/parrot_anafi4_real.pcapng"
CENTRE = (34.0151, 71.5249)
STADIUM = Geofence("Stadium", "keep-out", Circle(*CENTRE, 600.0))
SERIAL = "1588E040445AC004418"
INSIDE = ((34.0140, 71.5240, 80), (34.0165, 71.5260, 80))
DRONE = Flight(SERIAL, INSIDE, 6, operator=Place(34.02, 71.53, 330.0), operator_id="PAK-1")
AIRCRAFT = Flight("AP-BHV", ((34.0, 71.45, 600), (34.04, 71.6, 600)), 70)
SENSORS = [
    Sensor("bridge", SensorKind.REMOTE_ID_MAVLINK, *CENTRE, range=4000, misses=0),
    Sensor("north", SensorKind.REMOTE_ID_SCOUT, *CENTRE, range=4000, misses=0),
    Sensor("roof", SensorKind.ADSB, *CENTRE, range=30_000, misses=0),
    Sensor("mast", SensorKind.RADAR, *CENTRE, range=5000, error=8.0, misses=0),
]


def rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


ALERTS = (
    "SELECT split_part(alert, '/', 1), what FROM nigehban.alert_event"
    " WHERE what IN ('activate', 'return') AND alert NOT LIKE 'group/%' ORDER BY id"
)


class Wires:
    """The simulated sensors on their wires, in real time."""

    def __init__(self, ports: Ports, broker: BrokerServer) -> None:
        self.sky = Airspace([DRONE], SENSORS, aircraft=[AIRCRAFT], seed=4)
        self.radar = self.sky.radars[3]
        self._datagrams = SensorDatagrams(("127.0.0.1", ports.mavlink))
        self._published = Published(broker_address(broker.tracker_url))
        self._sbs = SbsServer()
        self.sbs_port = free_port()
        self._node = SapientNode(
            ("127.0.0.1", ports.sapient),
            lambda: framed(self.radar.registration(_now())),
            self._answer,
        )

    def _answer(self, data: bytes) -> bytes | None:
        reply = self.radar.answer(data, _now())
        return None if reply is None else framed(reply)

    async def _step(self) -> None:
        began = _now()
        while True:
            now = _now()
            told = self.sky.step(now - began, now)
            for number, data in told.frames:
                self._datagrams.send(number, data)
            for topic, payload in told.published:
                self._published.put(topic, payload)
            self._sbs.send(told.lines)
            for _, message in told.detections:
                self._node.put(message)
            await asyncio.sleep(0.1)

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        async with self._sbs.listening("127.0.0.1", self.sbs_port):
            work = (self._published.run(), self._node.run(), self._step())
            tasks = [asyncio.ensure_future(each) for each in work]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._datagrams.close()


def _now() -> int:
    return time.time_ns() // 1000


async def add_geofence(dsn: str) -> None:
    async with await connect(dsn, 10) as connection:
        await put_geofences(connection, [STADIUM])


def collector_of(
    dsn: str, folder: Path, ports: Ports, clock: Callable[[], float] = time.time
) -> Collector:
    trackers = TrackerSections(
        osmand=OsmandSettings(enabled=False), owntracks=OwntracksSettings(enabled=False)
    )
    networks = {"default": f"udpin:127.0.0.1:{ports.mavlink}"}
    return Collector(
        CollectorSettings(patience=30),
        Sources(MavlinkSettings(networks=networks), trackers),
        dsn=dsn,
        bus=MemoryBus(),
        data_dir=folder,
        watching=Watching(airspace=AirspaceSettings(step_hz=5)),
        clock=clock,
    )


async def next_picture(broker: BrokerServer, count: int) -> Picture:
    """The next picture with so many contacts."""
    bus = await connect_bus(broker.url)
    try:
        async with bus.subscribe(CONTACTS_SUBJECT) as messages, asyncio.timeout(20):
            async for message in messages:
                told = unpack_contacts(message.payload)
                if len(told.contacts) == count:
                    return told
    finally:
        await bus.close()
    raise AssertionError("the bus ended")


async def test_an_unknown_drone_over_a_zone_is_one_contact_and_one_alert_over_a_kill(
    timescale_database: str, ports: Ports, broker: BrokerServer
) -> None:
    dsn = timescale_database
    await add_geofence(dsn)
    wires = Wires(ports, broker)
    extra = {
        "NIGEHBAN_AIRSPACE__SCOUT__ENABLED": "true",
        "NIGEHBAN_AIRSPACE__SBS": f'{{"roof": "127.0.0.1:{wires.sbs_port}"}}',
        "NIGEHBAN_AIRSPACE__SAPIENT__ENABLED": "true",
    }
    expected = [("drone_in_zone", "activate"), ("drone_operator", "activate")]

    def raised() -> list[tuple[Any, ...]]:
        return sorted(rows(dsn, ALERTS))

    with temporary_folder() as folder:
        async with wires.working():
            with process(ports, broker, dsn, folder, **extra) as command:
                await until(lambda: raised() == expected, 60)
                picture = await next_picture(broker, 2)
                command.process.kill()
                command.process.wait()
            before = {contact for (contact,) in rows(dsn, "SELECT contact FROM nigehban.contact")}
            with process(ports, broker, dsn, folder, **extra):
                told_last = await next_picture(broker, 2)
                kept = rows(dsn, "SELECT max(time) FROM nigehban.contact")
                await until(
                    lambda: (
                        rows(dsn, "SELECT max(time) - interval '8 s' FROM nigehban.contact") > kept
                    ),
                    30,
                )
                told = (await health(broker))["airspace"]
    assert raised() == expected
    assert (told["contacts"], told["in_zones"], told["zones"]) == (2, 1, 1)
    assert told["sensor_states"] == {"ok": 5}
    after = {contact for (contact,) in rows(dsn, "SELECT contact FROM nigehban.contact")}
    assert after == before

    drone, aircraft = sorted(picture.contacts, key=lambda contact: str(contact["class"]))[::-1]
    assert (drone["class"], aircraft["class"]) == ("cooperative", "aircraft")
    assert (drone["identity"], aircraft["call_sign"]) == (f"rid:{SERIAL}", "AP-BHV")
    assert set(drone["means"]) == {"cooperative", "radar"}
    assert drone["operator"]["id"] == "PAK-1"
    assert (drone["threat"]["zone"], drone["threat"]["level"]) == ("Stadium", 3)
    assert {sensor["protocol"] for sensor in picture.sensors} == {
        "remote-id",
        "adsb",
        "sbs",
        "sapient",
    }
    for contact in told_last.contacts:
        threat = contact["threat"]
        (kept_threat,) = rows(
            dsn,
            "SELECT score, level, zone FROM nigehban.contact_threat WHERE "
            f"contact = {contact['contact']} AND time <= to_timestamp({told_last.time} / 1000.0) "
            "ORDER BY time DESC LIMIT 1",
        )
        assert kept_threat == (threat["score"], threat["level"], threat["zone"])
    ((means, kind),) = rows(
        dsn, f"SELECT means, class FROM nigehban.contact WHERE contact = {drone['contact']}"
    )
    assert means == 1 << Means.COOPERATIVE | 1 << Means.RADAR
    assert kind == ContactClass.COOPERATIVE
    protocols = rows(dsn, "SELECT DISTINCT protocol FROM nigehban.sensor_message ORDER BY 1")
    assert [name for (name,) in protocols] == ["adsb", "remote-id", "sapient", "sbs"]
    happened = rows(dsn, "SELECT kind FROM nigehban.sensor_event WHERE kind = 'registered'")
    assert len(happened) == 2
    numbers = [n for (n,) in rows(dsn, "SELECT id FROM nigehban.alert_event ORDER BY id")]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_real_capture_is_kept_as_it_came_and_is_one_contact_with_its_operator(
    timescale_database: str, ports: Ports
) -> None:
    pytest.importorskip("dpkt")
    if not PARROT.exists():
        pytest.skip("the capture is not in ../shared/data/remote-id")
    dsn, reader = timescale_database, CaptureReader("field")
    heard = [(frame.time, told) for frame in frames(PARROT) if (told := reader.take(frame))]
    clock = heard[0][0] / 1e6
    with temporary_folder() as folder:
        collector = collector_of(dsn, folder, ports, lambda: clock)
        task = asyncio.create_task(collector.run())
        await until(lambda: collector.watcher.statistics.state == "watching")
        await until(lambda: collector.lookout.statistics.steps > 0)
        looked = clock
        for received, told in heard:
            clock = received / 1e6
            collector.lookout.take(told)
            if clock - looked > 0.2:
                looked = clock
                collector.lookout.look()
                await asyncio.sleep(0)
        collector.lookout.look()
        await until(lambda: rows(dsn, "SELECT count(*) FROM nigehban.sensor_message") == [(1140,)])
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    raw = {told.said[0].raw for _, told in heard}
    kept = rows(dsn, "SELECT raw FROM nigehban.sensor_message WHERE protocol = 'remote-id'")
    assert (len(kept), {bytes(each) for (each,) in kept}) == (1140, raw)
    assert rows(dsn, "SELECT count(*) FROM nigehban.detection") == [
        (sum(len(told.detections) for _, told in heard),)
    ]
    ((identity, hits, latitude, longitude),) = rows(
        dsn, "SELECT identity, hits, operator_latitude, operator_longitude FROM nigehban.contact"
    )
    assert identity == f"rid:{SERIAL}"
    assert hits > 100
    assert (latitude, longitude) == pytest.approx((47.19866, 8.73022), abs=1e-4)
    assert rows(dsn, ALERTS) == []


async def test_a_sky_that_fails_begins_anew_and_the_collector_goes_on(
    timescale_database: str, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("broken")

    with temporary_folder() as folder:
        collector = collector_of(timescale_database, folder, ports)
        task = asyncio.create_task(collector.run())
        with monkeypatch.context() as broken:
            broken.setattr(Sky, "step", fail)
            await until(lambda: collector.lookout.statistics.failures > 1)
        await until(lambda: collector.lookout.statistics.steps > 0)
        assert not task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
