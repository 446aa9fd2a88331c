"""The airspace over real sockets: sensors of the simulation on one side, contacts on the other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from fleet.airspace.columns import DETECTION, ContactClass, Means
from fleet.airspace.tracks import Tracks
from fleet.columns import blank
from sitl.autopilot.vehicle import Place
from sitl.cars.owntracks import broker as broker_address
from sitl.intruders.airspace import Airspace
from sitl.intruders.flight import Flight
from sitl.intruders.sapient import framed
from sitl.intruders.sensors import Sensor, SensorKind
from sitl.intruders.wires import Published, SapientNode, SbsServer
from telemetry.airspace.heard import Heard, merged, moment
from telemetry.airspace.mavlink import MavlinkAirspace
from telemetry.airspace.sapient_flood import BURST
from telemetry.airspace.sapient_server import SapientServer
from telemetry.airspace.sbs import SbsReader
from telemetry.airspace.sbs_client import SbsClient
from telemetry.airspace.scout import ScoutReader
from telemetry.airspace.scout_tracker import ScoutTracker
from telemetry.airspace.settings import ScoutSettings
from telemetry.bus.server import BrokerServer
from telemetry.mavlink.codec import Decoder
from telemetry.trackers.intake import Intake
from telemetry.trackers.settings import NmeaSettings
from tests.brokers import free_port, running_broker
from tests.commands import Ports
from tests.databases import temporary_folder
from tests.integration.collecting import collector, health
from tests.telemetry.trackers.sinks import RecordingSink
from tests.waiting import until

pytestmark = pytest.mark.integration

CENTRE = (34.0151, 71.5249)
OPERATOR = Place(34.02, 71.53, 330.0)
DRONE = Flight(
    "1588E040445AC004418",
    ((34.010, 71.520, 80), (34.03, 71.54, 80)),
    12,
    operator=OPERATOR,
    operator_id="PAK-1",
)
SILENT = Flight("silent", ((34.03, 71.52, 60), (34.005, 71.53, 60)), 15, broadcasts=False)
AIRCRAFT = Flight("AP-BHV", ((34.0, 71.45, 600), (34.04, 71.6, 600)), 70)


@contextlib.asynccontextmanager
async def running(*work: object) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(each) for each in work]  # type: ignore[call-overload] # any awaitable
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Listening:
    """A SAPIENT server on a free port, and what it was told."""

    def __init__(self) -> None:
        self.sink, self.heard = RecordingSink(), list[Heard]()
        self.intake = Intake("sapient", self.sink, time.time)
        self.port = free_port()
        settings = NmeaSettings(port=self.port)  # any section that says where to listen
        self.server = SapientServer(settings, self.intake, self.heard.append)

    @property
    def events(self) -> list[str]:
        return [event.kind for event in merged(self.heard).events]

    @property
    def detections(self) -> int:
        return sum(len(heard.detections) for heard in self.heard)


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    made = Listening()
    async with running(made.server.run()):
        await until(lambda: made.server.listening)
        yield made


def now() -> int:
    return time.time_ns() // 1000


def radar_side(port: int) -> tuple[Airspace, SapientNode, list[str]]:
    """A simulated radar and its connection; the list notes what it is answered."""
    sensor = Sensor("mast", SensorKind.RADAR, *CENTRE, range=5000, error=8.0, misses=0)
    sky = Airspace([SILENT], [sensor], seed=3)
    radar, answered = sky.radars[0], list[str]()

    def answer(data: bytes) -> bytes | None:
        message = type(radar.status(now())).FromString(data)
        answered.append(str(message.WhichOneof("content")))
        reply = radar.answer(data, now())
        return None if reply is None else framed(reply)

    node = SapientNode(("127.0.0.1", port), lambda: framed(radar.registration(now())), answer)
    return sky, node, answered


async def test_a_radar_registers_reports_is_acknowledged_floods_is_dropped_and_comes_back() -> None:
    async with listening() as here:
        sky, node, answered = radar_side(here.port)
        async with running(node.run()):
            await until(lambda: answered == ["registration_ack"])
            for second in range(5):
                for _, message in sky.step(second * 1_000_000 + 400_000, now()).detections:
                    node.put(message)
            await until(lambda: here.detections == 5)
            (known,) = here.server.nodes
            assert (known.connected, known.system) == (True, "SYSTEM_OK")
            report = framed(sky.radars[0].status(now()))
            flood = report * round(BURST + 600)
            node.put(flood)
            await until(lambda: "flooding" in here.events)
            assert here.sink.refused["flood"] == 1
            await until(lambda: answered.count("registration_ack") >= 2)
            before = here.detections
            for _, message in sky.step(9_000_000, now()).detections:
                node.put(message)
            await until(lambda: here.detections > before)
            (known,) = here.server.nodes
            assert known.connected
        await until(lambda: not known.connected)
        assert here.events[-1] == "gone"


async def test_a_client_that_speaks_no_sapient_is_let_go_and_kept_as_refused() -> None:
    async with listening() as here:
        reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: nigehban\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        ((reason, raw, peer),) = here.sink.letters
        assert (reason, raw[:3]) == ("too_large", b"GET")
        assert peer.startswith("127.0.0.1:")


async def test_sbs_lines_come_in_and_again_after_the_server_was_away() -> None:
    sink, heard = RecordingSink(), list[Heard]()
    sky = Airspace(
        [], [Sensor("roof", SensorKind.ADSB, *CENTRE, range=40_000)], aircraft=[AIRCRAFT]
    )
    served = SbsServer()
    port = free_port()
    client = SbsClient("roof", "127.0.0.1", port, sink, heard.append, time.time)

    def positions() -> int:
        return sum(len(each.detections) for each in heard)

    async with running(client.run()):
        for round_number in range(2):
            before = positions()
            async with served.listening("127.0.0.1", port):
                await until(lambda: client.connected and bool(served._readers))
                served.send(["no SBS at all\r\n"])
                for second in range(3):
                    at = (round_number * 3 + second) * 1_000_000
                    served.send(sky.step(at + 400_000, now()).lines)
                await until(lambda before=before: positions() >= before + 2)  # type: ignore[misc] # bound now
        await client.close()
    assert client.statistics.connections == 2
    assert sink.refused == {"malformed": 2}
    assert merged(heard).said[0].protocol == "sbs"


async def test_receivers_at_a_broker_are_heard_and_bad_payloads_kept(tmp_path: Path) -> None:
    sink, heard = RecordingSink(), list[Heard]()
    sensor = Sensor("north", SensorKind.REMOTE_ID_SCOUT, *CENTRE, range=5000, misses=0)
    sky = Airspace([DRONE], [sensor])
    async with running_broker(tmp_path) as server:
        at = broker_address(server.mqtt_url)
        password = None if at.password is None else SecretStr(at.password)
        settings = ScoutSettings(
            broker=f"mqtt://{at.host}:{at.port}", username=at.username, password=password
        )

        async def keep(told: Heard) -> None:
            heard.append(told)

        tracker = ScoutTracker(settings, Intake("scout", sink, time.time), keep)
        wire = Published(broker_address(server.tracker_url))
        async with running(tracker.run(), wire.run()):
            await until(lambda: tracker.listening)
            wire.put("dronescout/north", b"{")
            for second in range(3):
                for topic, payload in sky.step(second * 1_000_000 + 400_000, now()).published:
                    wire.put(topic, payload)
            await until(lambda: sum(len(each.detections) for each in heard) == 3)
            await tracker.close()
    assert sink.refused == {"malformed": 1}
    assert merged(heard).detections["identity"].tolist() == [b"rid:1588E040445AC004418"] * 3


async def test_every_object_is_one_contact_however_many_sensors_tell_of_it() -> None:
    """A drone heard by two receivers and seen by a radar, one only seen, an aircraft told twice."""
    sensors = [
        Sensor("bridge", SensorKind.REMOTE_ID_MAVLINK, *CENTRE, range=4000),
        Sensor("scout", SensorKind.REMOTE_ID_SCOUT, 34.02, 71.53, range=4000),
        Sensor("roof", SensorKind.ADSB, *CENTRE, range=30_000),
        Sensor("mast", SensorKind.RADAR, *CENTRE, range=5000, error=8.0),
    ]
    sky = Airspace([DRONE, SILENT], sensors, aircraft=[AIRCRAFT], seed=2)
    bridge, decoder, scout, sbs = MavlinkAirspace("n"), Decoder(), ScoutReader(), SbsReader("sbs:r")
    here = Listening()
    talk = here.server.session("radar")
    begin = now()
    here.intake.clock = lambda: begin / 1e6
    await talk.take(framed(sky.radars[3].registration(begin)))
    tracks, contacts = Tracks(), set[int]()
    for tick in range(1000):
        unix = begin + tick * 100_000
        told = sky.step(tick * 100_000, unix)
        here.intake.clock = lambda unix=unix: unix / 1e6  # type: ignore[misc] # bound now
        here.heard.clear()
        for _, message in told.detections:
            await talk.take(message)
        rows = [blank(DETECTION, 0), *(heard.detections for heard in here.heard)]
        for _, frames in told.frames:
            decoded = decoder.decode([frames], np.array([moment(unix)]))
            rows.append(bridge.take(decoded).heard.detections)
        rows += [scout.take(payload, unix)[0].detections for _, payload in told.published]
        rows += [sbs.take(line.encode(), unix) for line in told.lines]
        tracks.step(moment(unix), np.concatenate(rows))
        contacts.update(tracks.contacts["contact"].tolist())
    assert len(contacts) == 3
    by_class = {ContactClass(each["class"]): each for each in tracks.contacts}
    drone = by_class[ContactClass.COOPERATIVE]
    assert drone["means"] == 1 << Means.COOPERATIVE | 1 << Means.RADAR
    assert (drone["operator_latitude"], drone["operator_id"]) == (34.02, b"PAK-1")
    assert by_class[ContactClass.NOT_COOPERATIVE]["means"] == 1 << Means.RADAR
    assert by_class[ContactClass.AIRCRAFT]["call_sign"] == b"AP-BHV"


async def test_a_radar_at_a_real_collector_is_kept_acknowledged_dropped_for_a_flood_and_comes_back(
    timescale_database: str, ports: Ports, broker: BrokerServer
) -> None:
    dsn = timescale_database
    sky, node, answered = radar_side(ports.sapient)

    def report(second: int) -> None:
        for _, message in sky.step(second * 1_000_000 + 400_000, now()).detections:
            node.put(message)

    with temporary_folder() as folder:
        extra = {"NIGEHBAN_AIRSPACE__SAPIENT__ENABLED": "true"}
        with collector(ports, broker, dsn, folder, **extra):
            async with running(node.run()):
                await until(lambda: answered == ["registration_ack"])
                report(0)
                await until(lambda: kept(dsn, "detection") == 1)
                node.put(framed(sky.radars[0].status(now())) * round(BURST + 600))
                await until(lambda: answered.count("registration_ack") >= 2)
                before = kept(dsn, "detection")
                report(1)
                await until(lambda: kept(dsn, "detection") > before)
                told = await health(broker)
            await until(lambda: events(dsn)[-1] == "gone")
    assert told["airspace"]["sensor_states"] == {"ok": 1}
    assert [kind for kind in events(dsn) if kind != "status"] == [
        "registered",
        "flooding",
        "gone",
        "registered",
        "gone",
    ]


def kept(dsn: str, table: str) -> int:
    with psycopg.connect(dsn) as connection:
        query = sql.SQL("SELECT count(*) FROM nigehban.{}").format(sql.Identifier(table))
        ((count,),) = connection.execute(query).fetchall()
        return int(count)


def events(dsn: str) -> list[str]:
    """What happened to the radar, in order; a status each second among it."""
    query = "SELECT kind FROM nigehban.sensor_event ORDER BY received_time, kind"
    with psycopg.connect(dsn) as connection:
        return [kind for (kind,) in connection.execute(query).fetchall()]
