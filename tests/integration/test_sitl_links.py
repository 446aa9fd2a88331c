"""Simulated drones over UDP and TCP, whoever opens the connection, in real time and faster."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from math import inf
from typing import Any

import pytest
import uvloop
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.errors import SimulationError
from sitl.faults.links import LinkFault
from sitl.fleet import SimulatedFleet
from sitl.settings import SimulationSettings
from sitl.tcp import MAX_UNSENT, TcpServers
from sitl.udp import UdpServers
from tests.brokers import free_port
from tests.waiting import until

pytestmark = pytest.mark.integration

HOST = "127.0.0.1"
KEY = bytes(range(32))
EPOCH = 1_800_000_000.0
HEARTBEAT = mavlink.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3)


def make_fleet(*, drones: int = 1, **options: Any) -> SimulatedFleet:
    settings = SimulationSettings(drones=drones, cars=0, airborne=1.0)
    return SimulatedFleet(
        settings,
        mavlink=options.pop("mavlink", (HOST, 1)),
        osmand_url=f"http://{HOST}:1/",
        mqtt_url=f"mqtt://{HOST}:1",
        **options,
    )


@asynccontextmanager
async def running(fleet: SimulatedFleet) -> AsyncIterator[SimulatedFleet]:
    task = asyncio.create_task(fleet.run())
    try:
        yield fleet
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Client:
    """A ground station on a stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.own = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)
        self.parser = mavlink.MAVLink(None)
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int) -> Client:
        return cls(*await asyncio.open_connection(HOST, port))

    async def hear(self, kind: str) -> Any:
        """The next message of a kind."""
        while True:
            data = await asyncio.wait_for(self._reader.read(4096), 10)
            assert data, f"closed before a {kind}"
            for message in self.parser.parse_buffer(data) or []:
                if message.get_type() == kind:
                    return message

    def say(self, message: Any) -> None:
        self._writer.write(message.pack(self.own))
        self.own.seq = (self.own.seq + 1) % 256

    def ask(self, message: int, hertz: float, system: int = 1) -> None:
        self.say(
            mavlink.MAVLink_command_long_message(
                system, 1, 511, 0, message, 1e6 / hertz, 0, 0, 0, 0, 0
            )
        )

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


def tcp_ports(fleet: SimulatedFleet, link: int = 1) -> list[int]:
    links = fleet.links.by_channel[link]
    assert isinstance(links, TcpServers | UdpServers)
    return [port for _, port in links.addresses]


def free_base(count: int) -> int:
    """A port such that those of so many drones, ten apart, are free as well."""
    for _ in range(50):
        base = free_port()
        with suppress(OSError, OverflowError):
            for number in range(count):
                with closing(socket.socket()) as link:
                    link.bind((HOST, base + 10 * number))
            return base
    raise AssertionError("no free ports")


async def test_each_drone_serves_tcp_ten_ports_apart() -> None:
    base = free_base(3)
    async with running(make_fleet(drones=3, links=[f"tcpin:{HOST}:{base}"])) as fleet:
        await until(lambda: len(tcp_ports(fleet)) == 3)
        assert tcp_ports(fleet) == [base, base + 10, base + 20]
        for number, port in enumerate(tcp_ports(fleet)):
            client = await Client.connect(port)
            assert (await client.hear("HEARTBEAT")).get_srcSystem() == number + 1
            client.ask(33, 20, number + 1)
            assert (await client.hear("COMMAND_ACK")).result == 0
            await client.hear("GLOBAL_POSITION_INT")
            await client.close()


def test_all_kinds_of_links_work_on_the_loop_of_the_program() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(hear_on_all_links())


async def hear_on_all_links() -> None:
    met: list[Client] = []
    server = await asyncio.start_server(lambda r, w: met.append(Client(r, w)), HOST, 0)
    (port,) = {link.getsockname()[1] for link in server.sockets}
    base = free_base(1)
    links = [f"tcpin:{HOST}:{base}", f"udpin:{HOST}:{base}", f"tcp:{HOST}:{port}"]
    async with running(make_fleet(links=links)) as fleet:
        await until(lambda: tcp_ports(fleet))
        await until(lambda: met)
        own = await Client.connect(base)
        for client in (own, *met):
            await client.hear("HEARTBEAT")
            client.ask(33, 20)
            await client.hear("GLOBAL_POSITION_INT")
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as ground:
            ground.setblocking(False)
            ground.sendto(HEARTBEAT.pack(mavlink.MAVLink(None, 255, 190)), (HOST, base))
            data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ground, 2000), 10)
            assert data[5] == 1
        await own.close()
        met.append(await Client.connect(base))
        await met[-1].hear("GLOBAL_POSITION_INT")
    server.close()
    await server.wait_closed()
    for client in met:
        await client.close()


async def test_one_client_is_served_at_a_time_and_the_next_waits_its_turn() -> None:
    async with running(make_fleet(links=[f"tcpin:{HOST}:{free_base(1)}"])) as fleet:
        await until(lambda: tcp_ports(fleet))
        (port,) = tcp_ports(fleet)
        first = await Client.connect(port)
        await first.hear("HEARTBEAT")
        second = await Client.connect(port)
        waiting = asyncio.create_task(second.hear("HEARTBEAT"))
        first.ask(33, 20)
        for _ in range(10):
            await first.hear("GLOBAL_POSITION_INT")
        assert not waiting.done()
        await first.close()
        assert (await waiting).get_srcSystem() == 1
        await second.hear("GLOBAL_POSITION_INT")  # streams belong to the channel
        await second.close()


async def test_a_drone_connects_to_a_ground_station_again_and_again() -> None:
    met: list[Client] = []
    port = free_port()
    async with running(make_fleet(drones=2, links=[f"tcp:{HOST}:{port}"])) as fleet:
        await until(lambda: fleet.links.by_channel[1].statistics.lost >= 2)  # nobody is there yet
        server = await asyncio.start_server(lambda r, w: met.append(Client(r, w)), HOST, port)
        await until(lambda: len(met) == 2)
        heard = {(await client.hear("HEARTBEAT")).get_srcSystem() for client in met}
        assert heard == {1, 2}
        await met[0].close()
        await until(lambda: len(met) == 3)
        await met[2].hear("HEARTBEAT")
    server.close()
    await server.wait_closed()
    for client in met:
        await client.close()


async def test_a_drone_that_listens_on_udp_is_silent_until_it_is_spoken_to() -> None:
    link = f"udpin:{HOST}:{free_base(2)}"
    async with running(make_fleet(drones=2, links=[link])) as fleet:
        await until(lambda: len(tcp_ports(fleet)) == 2)
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as ground:
            ground.setblocking(False)
            frames = fleet.statistics.frames_sent
            await until(lambda: fleet.statistics.frames_sent > frames + 3)  # on channel 0
            assert fleet.links.by_channel[1].statistics.sent == 0
            own = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)
            ground.sendto(HEARTBEAT.pack(own), (HOST, tcp_ports(fleet)[1]))
            data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ground, 2000), 10)
            assert data[5] == 2
            assert fleet.world.squadron.drones[0].channels[1].is_open is False


async def test_a_vehicle_with_a_key_takes_signed_orders_alone_on_its_second_port() -> None:
    async with running(make_fleet(links=[f"tcpin:{HOST}:{free_base(1)}"])) as fleet:
        drone = fleet.world.squadron.drones[0]
        drone.signing.set_up(KEY, 0)
        await until(lambda: tcp_ports(fleet))
        client = await Client.connect(tcp_ports(fleet)[0])
        client.parser.signing.secret_key = KEY
        await client.hear("HEARTBEAT")  # pymavlink would not take it unsigned
        client.ask(33, 20)
        await until(lambda: fleet.statistics.messages_refused == 1)
        signing = client.own.signing
        signing.secret_key, signing.link_id, signing.sign_outgoing = KEY, 3, True
        signing.timestamp = round((time.time() - 1_420_070_400) * 1e5)
        client.ask(33, 20)
        assert (await client.hear("COMMAND_ACK")).result == 0
        await client.close()


async def test_a_client_that_does_not_read_costs_frames_and_no_memory() -> None:
    link = f"tcpin:{HOST}:{free_base(1)}"
    async with running(make_fleet(links=[link], speed=inf)) as fleet:
        await until(lambda: tcp_ports(fleet))
        with closing(socket.create_connection((HOST, tcp_ports(fleet)[0]))) as deaf:
            own = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)
            for message in (33, 30, 1, 24, 147, 74, 245):
                deaf.sendall(
                    mavlink.MAVLink_command_long_message(
                        1, 1, 511, 0, message, 50_000, 0, 0, 0, 0, 0
                    ).pack(own)
                )
            await until(lambda: fleet.links.by_channel[1].statistics.lost > 10, 60)
            links = fleet.links.by_channel[1]
            assert isinstance(links, TcpServers)
            assert links.unsent(0) < MAX_UNSENT + 4096


async def test_an_ended_fleet_gives_its_ports_back() -> None:
    base = free_base(2)
    fleet = make_fleet(drones=2, links=[f"tcpin:{HOST}:{base}", f"udpin:{HOST}:{base}"])
    before = asyncio.all_tasks()
    for _ in range(2):
        async with running(fleet):
            await until(lambda: len(tcp_ports(fleet)) == 2)
            client = await Client.connect(base)
            await client.hear("HEARTBEAT")
        assert asyncio.all_tasks() == before
        with suppress(AssertionError, ConnectionError):
            await client.hear("nothing more")
        await client.close()


@pytest.mark.parametrize(("link", "kind"), [("tcpin", "TCP"), ("udpin", "UDP")])
async def test_a_port_in_use_is_told_in_one_line(link: str, kind: str) -> None:
    socket_kind = socket.SOCK_STREAM if kind == "TCP" else socket.SOCK_DGRAM
    base = free_base(2)
    with closing(socket.socket(socket.AF_INET, socket_kind)) as taken:
        taken.bind((HOST, base + 10))
        fleet = make_fleet(drones=2, links=[f"{link}:{HOST}:{base}"])
        with pytest.raises(SimulationError) as caught:
            await fleet.run()
    told = str(caught.value)
    assert f"drone 2 listens on {kind} {HOST}:{base + 10}: " in told
    assert "in use" in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"links": ["tcpout:127.0.0.1:1"]}, "link 'tcpout:127.0.0.1:1' is of none of the forms"),
        ({"links": ["serial:/dev/ttyS0:57600"]}, "simulated drones have no serial port"),
        ({"speed": 0.0}, "a speed of 0.0 is none"),
        ({"speed": float("nan")}, "a speed of nan is none"),
    ],
)
def test_a_link_or_a_speed_that_is_none_is_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        make_fleet(**options)


async def test_ports_beyond_the_last_one_are_told() -> None:
    fleet = make_fleet(drones=3, links=[f"tcpin:{HOST}:65520"])
    with pytest.raises(SimulationError, match=r"drone 3 would listen on .*:65540: no such port"):
        await fleet.run()


async def test_drones_beyond_the_250th_are_of_another_network_and_go_elsewhere() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as ground:
        ground.bind((HOST, 0))
        ground.setblocking(False)
        fleet = make_fleet(drones=252, more_networks={"second": ground.getsockname()})
        assert fleet.identities[249:] == (
            "mavlink:default/250",
            "mavlink:second/1",
            "mavlink:second/2",
        )
        heard: set[int] = set()
        async with running(fleet):

            def both() -> bool:
                with suppress(BlockingIOError):
                    heard.add(ground.recv(2000)[5])
                return heard == {1, 2}

            await until(both)


def test_more_drones_than_their_networks_hold_are_told() -> None:
    with pytest.raises(SimulationError, match="251 drones need 2 networks of 250; there are 1"):
        make_fleet(drones=251)


async def test_faster_than_real_time_is_as_fast_as_it_was_asked_for() -> None:
    began = time.monotonic()
    async with running(make_fleet(drones=3, speed=20.0)) as fleet:
        await until(lambda: fleet.statistics.simulated_seconds >= 30)
        spent = time.monotonic() - began
        statistics = fleet.statistics
    assert statistics.simulated_seconds + statistics.skipped_seconds <= spent * 20 * 1.02
    assert statistics.simulated_seconds + statistics.skipped_seconds >= (spent - 1.1) * 20 * 0.98


async def test_what_the_machine_cannot_keep_up_with_is_left_out_and_counted() -> None:
    speed = 1e6
    async with running(make_fleet(speed=speed)) as fleet:
        began = time.monotonic()
        await until(lambda: fleet.statistics.skipped_seconds > 0)
        statistics, spent = fleet.statistics, time.monotonic() - began
        passed = statistics.simulated_seconds + statistics.skipped_seconds
        assert passed == pytest.approx(spent * speed, rel=0.5)


async def test_at_infinite_speed_it_skips_nothing() -> None:
    async with running(make_fleet(drones=2, speed=inf)) as fleet:
        await until(lambda: fleet.statistics.simulated_seconds >= 100)
        assert fleet.statistics.skipped_seconds == 0


async def test_two_runs_of_a_fleet_send_the_same_bytes() -> None:
    first, second = await streams(seed=3), await streams(seed=3)
    assert set(first) == set(second) == {1, 2, 3}
    for system in first:
        length = min(len(first[system]), len(second[system]))
        assert length > 10_000
        assert first[system][:length] == second[system][:length]


async def streams(seed: int) -> dict[int, bytes]:
    """What each of three drones sends in the first seconds, with faults on their links."""
    heard: dict[int, bytes] = defaultdict(bytes)
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as ground:
        ground.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        ground.bind((HOST, 0))
        ground.setblocking(False)
        settings = SimulationSettings(drones=3, cars=0, airborne=1.0, seed=seed)
        fleet = SimulatedFleet(
            settings,
            mavlink=ground.getsockname(),
            osmand_url=f"http://{HOST}:1/",
            mqtt_url=f"mqtt://{HOST}:1",
            speed=20.0,
            epoch=EPOCH,
        )
        own = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)
        fault = LinkFault(loss=0.1, burst_begin=0.02, burst_end=0.2, jitter=0.3, reorder=0.1)
        for number in range(3):
            for message in (33, 30, 1):
                command = mavlink.MAVLink_command_long_message(
                    number + 1, 1, 511, 0, message, 100_000, 0, 0, 0, 0, 0
                )
                fleet.world.hear(number, command.pack(own))
            fleet.world.link_faults.set(number, fault)
        async with running(fleet):

            def enough() -> bool:
                with suppress(BlockingIOError):
                    while True:
                        datagram = ground.recv(2000)
                        heard[datagram[5]] += datagram
                return fleet.world.time > 40_000_000

            await until(enough)
    return heard
