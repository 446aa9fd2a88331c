"""The simulated fleet on real wires: UDP, an HTTP server, a real MQTT broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiomqtt
import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.errors import SimulationError, UnknownVehicleError
from sitl.fleet import SimulatedFleet
from sitl.settings import SimulationSettings
from telemetry.bus.server import BrokerServer
from tests.brokers import free_port, kill, running_broker
from tests.waiting import until

pytestmark = pytest.mark.integration

NOBODY = "mqtt://127.0.0.1:1"


class Ground:
    """A UDP socket that drones send to, and what came from each system id."""

    def __init__(self, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.setblocking(False)
        self._parsers: dict[int, Any] = {}
        self._own = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)
        self.address: tuple[str, int] = self._socket.getsockname()
        self.sources: dict[int, set[int]] = defaultdict(set)
        self.messages: dict[int, list[Any]] = defaultdict(list)
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                data, (_, port) = self._socket.recvfrom(65535)
                parser = self._parsers.setdefault(port, mavlink.MAVLink(None))
                for message in parser.parse_buffer(data):
                    self.sources[message.get_srcSystem()].add(port)
                    self.messages[message.get_srcSystem()].append(message)

    def ask(self, system: int, message: int, hertz: float) -> None:
        command = mavlink.MAVLink_command_long_message(
            system, 1, 511, 0, message, 1e6 / hertz, 0, 0, 0, 0, 0
        )
        (port,) = self.sources[system]
        self._socket.sendto(command.pack(self._own), ("127.0.0.1", port))

    def forget(self) -> None:
        self.messages.clear()

    def count(self, system: int, kind: str) -> int:
        return sum(message.get_type() == kind for message in self.messages[system])

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()


class Tracking:
    """An HTTP server that takes reports; `answer` decides on the status, 0 hangs up."""

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, str]], int] = lambda _fields: 200
        self.taken: dict[str, list[dict[str, str]]] = defaultdict(list)
        self.requests = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await self._server.wait_closed()
        await until(lambda: not self._writers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while request := await reader.readline():
                while await reader.readline() not in {b"\r\n", b""}:
                    pass
                self.requests += 1
                query = urlsplit(request.split()[1].decode()).query
                fields = {name: values[0] for name, values in parse_qs(query).items()}
                status = self.answer(fields)
                if not status:
                    break
                if status == 200:
                    self.taken[fields["id"]].append(fields)
                writer.write(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % status)
                await writer.drain()
        except ConnectionError:
            pass  # the client went away: what this server is for
        finally:
            writer.close()
            self._writers.discard(writer)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[BrokerServer]:
    async with running_broker(tmp_path) as broker:
        yield broker


@pytest.fixture
async def ground() -> AsyncIterator[Ground]:
    ground = Ground()
    yield ground
    ground.close()


@pytest.fixture
async def tracking() -> AsyncIterator[Tracking]:
    server = Tracking()
    await server.start()
    yield server
    await server.stop()


@asynccontextmanager
async def running(fleet: SimulatedFleet) -> AsyncIterator[SimulatedFleet]:
    task = asyncio.create_task(fleet.run())
    try:
        yield fleet
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def make_fleet(
    *,
    drones: int = 0,
    cars: int = 0,
    mavlink: tuple[str, int] = ("127.0.0.1", 1),
    osmand_url: str = "http://127.0.0.1:1/",
    mqtt_url: str = NOBODY,
    clock: Callable[[], float] = time.time,
) -> SimulatedFleet:
    settings = SimulationSettings(drones=drones, cars=cars, airborne=1.0)
    return SimulatedFleet(
        settings, mavlink=mavlink, osmand_url=osmand_url, mqtt_url=mqtt_url, clock=clock
    )


@asynccontextmanager
async def subscriber(url: str) -> AsyncIterator[dict[str, list[Any]]]:
    """Locations by topic, from a session that the broker keeps while nobody is connected."""
    heard: dict[str, list[Any]] = defaultdict(list)
    address = urlsplit(url)

    async def listen() -> None:
        while True:
            with contextlib.suppress(aiomqtt.MqttError):  # the broker was killed: come again
                async with aiomqtt.Client(
                    address.hostname or "",
                    address.port or 0,
                    username=address.username,
                    password=address.password,
                    identifier="test-collector",
                    protocol=aiomqtt.ProtocolVersion.V311,
                    clean_session=False,
                ) as client:
                    await client.subscribe("owntracks/#", qos=1)
                    ready.set()
                    async for message in client.messages:
                        assert isinstance(message.payload, bytes)
                        body = json.loads(message.payload)
                        if body["_type"] == "location":
                            heard[str(message.topic)].append(body)
            await asyncio.sleep(0.05)

    ready = asyncio.Event()
    task = asyncio.create_task(listen())
    try:
        await asyncio.wait_for(ready.wait(), 10)
        yield heard
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_every_drone_has_a_link_of_its_own_and_streams_when_asked(ground: Ground) -> None:
    async with running(make_fleet(drones=5, mavlink=ground.address)):
        await until(lambda: len(ground.messages) == 5)
        assert set(ground.sources) == {1, 2, 3, 4, 5}
        assert len(set.union(*ground.sources.values())) == 5
        ground.ask(3, 33, 10)
        await until(lambda: ground.count(3, "GLOBAL_POSITION_INT") >= 10)
        assert ground.count(3, "COMMAND_ACK") == 1
        fixes = [m for m in ground.messages[3] if m.get_type() == "GLOBAL_POSITION_INT"]
        assert len({(fix.lat, fix.lon) for fix in fixes}) > 5
        assert ground.count(2, "GLOBAL_POSITION_INT") == 0


async def test_a_fleet_keeps_the_time_of_the_clock(ground: Ground) -> None:
    async with running(make_fleet(drones=1, mavlink=ground.address)) as fleet:
        await until(lambda: ground.messages)
        ground.ask(1, 2, 10)
        await until(lambda: ground.count(1, "SYSTEM_TIME") >= 15)
        newest = [m for m in ground.messages[1] if m.get_type() == "SYSTEM_TIME"][-1]
        assert abs(newest.time_unix_usec / 1e6 - time.time()) < 0.5
        assert fleet.statistics.skipped_seconds == 0


async def test_when_the_clock_is_set_its_stamps_follow(tracking: Tracking) -> None:
    offset = 0.0
    fleet = make_fleet(cars=6, osmand_url=tracking.url, clock=lambda: time.time() + offset)
    async with running(fleet):
        await until(lambda: len(tracking.taken) == 3)
        offset = 5000.0
        tracking.taken.clear()

        def ahead() -> bool:
            newest = [int(fields[-1]["timestamp"]) for fields in tracking.taken.values()]
            return any(abs(stamp - time.time() - 5000) < 3 for stamp in newest)

        await until(ahead)


async def test_a_silenced_drone_is_not_heard_and_comes_back(ground: Ground) -> None:
    async with running(make_fleet(drones=3, mavlink=ground.address)) as fleet:
        await until(lambda: len(ground.messages) == 3)
        fleet.silence("mavlink:default/2")
        ground.forget()
        await until(lambda: ground.count(1, "HEARTBEAT") >= 3)
        assert 2 not in ground.messages
        fleet.resume("mavlink:default/2")
        await until(lambda: ground.count(2, "HEARTBEAT") >= 1)
        assert len(ground.sources[2]) == 1  # the same vehicle on the same link


async def test_drones_talk_into_the_void_until_somebody_listens() -> None:
    port = free_port()
    async with running(make_fleet(drones=4, mavlink=("127.0.0.1", port))) as fleet:
        await until(lambda: fleet.statistics.datagrams_lost >= 4)
        ground = Ground(port)
        try:
            await until(lambda: len(ground.messages) == 4)
            ground.ask(1, 33, 5)
            await until(lambda: ground.count(1, "GLOBAL_POSITION_INT") >= 3)
        finally:
            ground.close()
        before = fleet.statistics.frames_sent
        await until(lambda: fleet.statistics.frames_sent > before + 10)


async def test_osmand_reports_are_sent_until_they_get_200(tracking: Tracking) -> None:
    tries: dict[tuple[str, str], int] = defaultdict(int)
    failures = iter([503, 0, 404, 500, 0])

    def moody(fields: dict[str, str]) -> int:
        tries[fields["id"], fields["timestamp"]] += 1
        return next(failures, 200)

    tracking.answer = moody
    async with running(make_fleet(cars=4, osmand_url=tracking.url)) as fleet:
        await until(lambda: sum(map(len, tracking.taken.values())) >= 6)
        await until(lambda: fleet.statistics.deliveries_failed >= 5)
    for call_sign, reports in tracking.taken.items():
        stamps = [int(fields["timestamp"]) for fields in reports]
        assert stamps == sorted(set(stamps))  # in order, each once
        tried = [stamp for name, stamp in tries if name == call_sign]
        # at most the one under way at the end was tried and not taken: nothing was given up
        assert len(set(tried) - {str(stamp) for stamp in stamps}) <= 1
    assert max(tries.values()) > 1


async def test_reports_wait_while_the_server_is_away_and_none_is_missing() -> None:
    tracking = Tracking()  # not there yet
    async with running(make_fleet(cars=4, osmand_url=tracking.url)) as fleet:
        await until(lambda: fleet.statistics.reports_made >= 10)
        assert fleet.statistics.reports_acknowledged == 0
        await tracking.start()
        try:
            await until(lambda: fleet.statistics.reports_acknowledged >= 7)
            osmand = [name for name in fleet.identities if name.startswith("osmand:")]
            assert {f"osmand:{call_sign}" for call_sign in tracking.taken} == set(osmand)
            first = min(int(f[0]["timestamp"]) for f in tracking.taken.values())
            assert first < time.time() - 2  # the oldest came, and first
            assert fleet.statistics.reports_dropped == 0
        finally:
            await tracking.stop()


async def test_a_car_in_a_tunnel_sends_what_it_kept_when_it_comes_out(tracking: Tracking) -> None:
    async with running(make_fleet(cars=2, osmand_url=tracking.url)) as fleet:
        (identity,) = [name for name in fleet.identities if name.startswith("osmand:")]
        call_sign = identity.removeprefix("osmand:")
        await until(lambda: tracking.taken[call_sign])
        fleet.silence(identity)
        held = len(tracking.taken[call_sign])
        made = fleet.statistics.reports_made
        await until(lambda: fleet.statistics.reports_made >= made + 6)
        assert len(tracking.taken[call_sign]) <= held + 1  # one may have been under way
        fleet.resume(identity)
        await until(lambda: len(tracking.taken[call_sign]) >= held + 2)
        stamps = [int(fields["timestamp"]) for fields in tracking.taken[call_sign]]
        assert stamps == sorted(set(stamps))
        gaps = [after - before for before, after in pairwise(stamps)]
        assert max(gaps) <= 10  # nothing is missing in between


async def test_owntracks_reports_reach_the_subscribers_of_a_real_broker(
    broker: BrokerServer,
) -> None:
    async with subscriber(broker.mqtt_url) as heard:
        async with running(make_fleet(cars=4, mqtt_url=broker.tracker_url)) as fleet:
            await until(lambda: len(heard) == 2 and all(len(v) > 1 for v in heard.values()))
            identities = {name for name in fleet.identities if name.startswith("owntracks:")}
            assert {topic.replace("owntracks/", "owntracks:", 1) for topic in heard} == identities
        for reports in heard.values():
            stamps = [report["tst"] for report in reports]
            assert stamps == sorted(set(stamps))
            assert all(abs(stamp - time.time()) < 60 for stamp in stamps)
            assert all(33.8 < report["lat"] < 34.3 for report in reports)


async def test_no_owntracks_report_is_lost_when_the_broker_is_killed(
    broker: BrokerServer,
) -> None:
    async with (
        subscriber(broker.mqtt_url) as heard,
        running(make_fleet(cars=4, mqtt_url=broker.tracker_url)) as fleet,
    ):
        await until(lambda: len(heard) == 2)
        await kill(broker)
        made = fleet.statistics.reports_made
        await until(lambda: fleet.statistics.reports_made >= made + 8)
        acknowledged = fleet.statistics.reports_acknowledged
        await broker.start()
        await until(lambda: fleet.statistics.reports_acknowledged >= acknowledged + 4)
        count = fleet.statistics.reports_acknowledged
        await until(lambda: sum(len({r["tst"] for r in v}) for v in heard.values()) >= count)
        assert fleet.statistics.reports_dropped == 0


async def test_an_ended_fleet_leaves_nothing_behind(
    broker: BrokerServer, ground: Ground, tracking: Tracking
) -> None:
    before = asyncio.all_tasks()
    fleet = make_fleet(
        drones=3,
        cars=6,
        mavlink=ground.address,
        osmand_url=tracking.url,
        mqtt_url=broker.tracker_url,
    )
    for _ in range(2):  # and it can be run again
        made = fleet.statistics.reports_made
        async with running(fleet):
            await until(lambda made=made: fleet.statistics.reports_acknowledged > made + 3)  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        ours = {task for task in asyncio.all_tasks() - before if "Tracking" not in repr(task)}
        assert not ours
        ground.forget()
        await asyncio.sleep(0)
        assert not ground.messages


async def test_an_unknown_vehicle_is_named() -> None:
    with pytest.raises(UnknownVehicleError, match="no simulated vehicle is called 'osmand:x'"):
        make_fleet(cars=2).silence("osmand:x")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mqtt_url": "http://127.0.0.1:1883"}, "MQTT address .* use mqtt://HOST:PORT"),
        ({"mqtt_url": "mqtt://127.0.0.1:99999"}, "MQTT address"),
        ({"mqtt_url": "mqtt://:1883"}, "MQTT address"),
        ({"osmand_url": "ftp://127.0.0.1/"}, "OsmAnd address .* use http://HOST:PORT/"),
        ({"osmand_url": "http://"}, "OsmAnd address"),
        ({"osmand_url": "http://127.0.0.1:x/"}, "OsmAnd address"),
    ],
)
async def test_a_wrong_address_is_told_in_one_line(wrong: dict[str, str], message: str) -> None:
    with pytest.raises(SimulationError, match=message) as caught:
        make_fleet(**wrong)  # type: ignore[arg-type]  # the addresses alone
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("address", [("no such host.invalid", 14550), ("127.0.0.1", 99_999)])
async def test_a_mavlink_address_that_is_none_ends_the_run_with_one_line(
    address: tuple[str, int],
) -> None:
    with pytest.raises(SimulationError, match="MAVLink to") as caught:
        await make_fleet(drones=1, mavlink=address).run()
    assert "\n" not in str(caught.value)
