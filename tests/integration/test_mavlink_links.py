"""A network on several links at once: real sockets and a pseudo-terminal."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import time as now
from typing import Any

import numpy as np
import orjson
import pytest

from telemetry.mavlink.building import new_network
from telemetry.mavlink.links.base import Link
from telemetry.mavlink.links.serial import SerialLink
from telemetry.mavlink.links.tcp import TcpClient, TcpServer
from telemetry.mavlink.links.udp import UdpClient, UdpServer
from telemetry.mavlink.network import Network
from telemetry.mavlink.settings import MavlinkSettings
from tests.recordings import frame
from tests.telemetry.mavlink.drone import (
    address_of,
    listening,
    network_in,
    on_a_free_port,
    only_recording,
)
from tests.telemetry.mavlink.sending import RecordingSink, Sender
from tests.telemetry.mavlink.wires import SocketEnd, serial_line, tcp_to, udp_to
from tests.waiting import until

pytestmark = pytest.mark.integration


def tcp_server() -> TcpServer:
    return TcpServer("tcpin:127.0.0.1:0", "127.0.0.1", 0)


@pytest.fixture
def vehicle() -> Iterator[socket.socket]:
    """A vehicle that waits for us to connect."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        yield listener


def client_to(vehicle: socket.socket) -> TcpClient:
    host, port = vehicle.getsockname()
    return TcpClient(f"tcp:{host}:{port}", host, port, lambda: 0.0)


def wire(network: Network, place: int) -> tuple[str, int]:
    link = network.links[place]
    assert isinstance(link, UdpServer | TcpServer)
    return link.address


async def frames_come(network: Network, count: int) -> None:
    """Wait until it has heard so many frames in all."""
    await until(lambda: network.statistics.frames == count)


async def bytes_come(network: Network, count: int) -> None:
    """Wait until it has read so many bytes in all."""
    await until(lambda: network.statistics.bytes == count)


async def test_vehicles_of_one_network_may_be_on_any_links_and_each_is_answered_on_its_own(
    tmp_path: Path,
) -> None:
    sink = RecordingSink()
    with serial_line() as (radio, device):
        serial = SerialLink(f"serial:{device}:57600", device, 57_600, lambda: 0.0)
        links: list[Link] = [on_a_free_port(), tcp_server(), serial]
        async with listening(sink, tmp_path, links=links) as network:
            with udp_to(wire(network, 0)) as datagrams, tcp_to(wire(network, 1)) as stream:
                ends = {1: datagrams, 2: stream, 3: radio}
                senders = {system: Sender(system) for system in ends}
                await until(lambda: serial.statistics.connected)
                for system, end in ends.items():
                    end.send(senders[system].heartbeat(4))
                await until(lambda: all(end.asked(s) for s, end in ends.items()))
                for system, end in ends.items():
                    assert not any(end.asked(other) for other in ends if other != system)
                await until(lambda: all(end.of_type("HEARTBEAT") for end in ends.values()))
            health = network.health()
    assert sink.identities == {f"mavlink:default/{system}" for system in (1, 2, 3)}
    assert sink.statuses["mode"].tolist() == [b"GUIDED"] * 3
    told = orjson.loads(orjson.dumps(health))
    assert [link["url"] for link in told["links"]] == [link.url for link in links]
    assert [link["frames"] for link in told["links"]] == [1, 1, 1]
    assert all(link["connected"] and link["sent"] >= 2 for link in told["links"])
    assert told["links"][0]["receive_buffer_bytes"] > 0
    assert told["links"][0]["kernel_drops"] in {0, None}
    columns = told["heard"]
    assert sorted(zip(columns["system"], columns["link"], strict=True)) == [(1, 0), (2, 1), (3, 2)]


async def test_how_well_a_vehicle_is_heard_is_told_for_each_of_its_links(tmp_path: Path) -> None:
    links = [on_a_free_port(), tcp_server()]
    async with listening(RecordingSink(), tmp_path, links=links) as network:
        with udp_to(wire(network, 0)) as radio, tcp_to(wire(network, 1)) as modem:
            by_radio, by_modem = Sender(7), Sender(7)
            beats = [by_radio.heartbeat() for _ in range(9)]
            radio.send(b"".join([*beats[:3], *beats[2:5], *beats[7:]]))  # one twice, two lost
            modem.send(b"".join(by_modem.heartbeat(5) for _ in range(4)))
            await frames_come(network, 12)
            sent = 0

            def both_rates() -> list[float]:
                nonlocal sent
                sent += 1
                radio.send(by_radio.heartbeat())
                modem.send(by_modem.heartbeat(5))
                rates: list[float] = heard(network)["messages_per_second"]
                return rates if all(rates) else []

            rates = await until(both_rates)
            await frames_come(network, 12 + 2 * sent)
            told = heard(network)
    assert max(rates) < 12 + 2 * sent  # in a second, though the first came before it began
    assert (told["system"], told["link"], told["peer"]) == (
        [7, 7],
        [0, 1],
        [radio.name, modem.name],
    )
    assert told["frames"] == [8 + sent, 4 + sent]
    assert told["bytes"] == [(8 + sent) * len(beats[0]), (4 + sent) * len(beats[0])]
    assert (told["lost"], told["repeated"]) == ([2, 0], [1, 0])
    assert told["round_trip"] == [None, None]
    assert all(0 <= age < 30 for age in told["age"])


def heard(network: Network) -> dict[str, Any]:
    """How well it hears its vehicles, by column."""
    columns = network.health()["heard"]
    assert isinstance(columns, dict)
    return columns


async def test_the_same_system_id_in_another_network_is_another_vehicle(tmp_path: Path) -> None:
    sink = RecordingSink()
    settings = MavlinkSettings.model_validate(
        {"networks": {"north": "udpin:127.0.0.1:14550", "south": "udpin:127.0.0.1:14551"}}
    )
    networks = [
        new_network(name, settings, sink, tmp_path, now, links=[on_a_free_port()])
        for name in settings.networks
    ]
    tasks = [asyncio.create_task(network.run()) for network in networks]
    try:
        for boot, network in enumerate(networks, 1):
            await until(partial(getattr, network, "is_open"))
            drone = Sender(7)
            with udp_to(address_of(network)) as end:
                end.send(drone.system_time(now(), 1000 * boot) + drone.position(1000 * boot))
                await frames_come(network, 2)
    finally:
        for network, task in zip(networks, tasks, strict=True):
            await network.close()
            await task
    assert sink.identities == {"mavlink:north/7", "mavlink:south/7"}
    assert len(set(sink.positions["asset"].tolist())) == 2
    assert not any(batch.events for batch in sink.batches)
    for name in settings.networks:
        assert [m.get_srcSystem() for m in only_recording(tmp_path / "tlog" / name)][:2] == [7, 7]


async def test_a_frame_that_comes_by_two_links_is_one(tmp_path: Path) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path, links=[on_a_free_port(), tcp_server()]) as network:
        drone = Sender(7)
        frames = [drone.system_time(now(), 1000), drone.heartbeat(4)]
        frames += [drone.position(1000 + number) for number in range(20)]
        frames += [drone.text(b"EKF3 lane switch 1"), drone.position(0), drone.heartbeat(5)]
        with udp_to(wire(network, 0)) as datagrams, tcp_to(wire(network, 1)) as stream:
            for number, each in enumerate(frames):
                for end in (datagrams, stream) if number % 2 else (stream, datagrams):
                    end.send(each)
                if number % 5 == 0:  # the next come in another look
                    await frames_come(network, 2 * (number + 1))
            await frames_come(network, 2 * len(frames))
        statistics, told = network.statistics, heard(network)
    assert statistics.copies == len(frames)
    assert sink.statuses["mode"].tolist() == [b"GUIDED", b"LOITER"]
    assert len(sink.positions) == 21
    assert [text.text for text in sink.texts] == ["EKF3 lane switch 1"]
    recorded = [m for m in only_recording(tmp_path) if m.get_srcSystem() == 7]
    assert [frame(message) for message in recorded] == frames
    assert told["frames"] == [len(frames)] * 2
    assert told["lost"] == told["repeated"] == [0, 0]


async def test_a_vehicle_with_two_channels_has_one_status_for_each_heartbeat(
    tmp_path: Path,
) -> None:
    """Its autopilot numbers the frames of each channel, so that no two are the same."""
    sink = RecordingSink()
    async with listening(sink, tmp_path, links=[on_a_free_port(), on_a_free_port()]) as network:
        radio, modem = Sender(7), Sender(7)
        for _ in range(40):
            modem.heartbeat()  # its numbers are ahead
        with udp_to(wire(network, 0)) as one, udp_to(wire(network, 1)) as two:
            for mode in range(4):
                for end, channel in ((one, radio), (two, modem)):
                    end.send(channel.heartbeat(mode) + channel.text(b"mode %d" % mode))
                await frames_come(network, 4 * (mode + 1))
    modes = [b"STABILIZE", b"ACRO", b"ALT_HOLD", b"AUTO"]
    assert sink.statuses["mode"].tolist() == modes
    assert [text.text for text in sink.texts] == [f"mode {mode}" for mode in range(4)]


async def test_a_vehicle_is_answered_by_the_other_link_when_one_falls_silent(
    tmp_path: Path,
) -> None:
    async with listening(
        RecordingSink(), tmp_path, links=[on_a_free_port(), on_a_free_port()]
    ) as network:
        with udp_to(wire(network, 0)) as radio, udp_to(wire(network, 1)) as modem:
            radio.send(Sender(7).heartbeat())
            await until(lambda: radio.asked(7))
            other = Sender(7)

            def modem_alone() -> bool:
                modem.send(other.heartbeat())
                return bool(modem.asked(7))

            await until(modem_alone)


async def test_a_vehicle_that_is_connected_to_comes_back_after_it_was_lost(
    vehicle: socket.socket, tmp_path: Path
) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path, links=[client_to(vehicle)]) as network:
        drone = Sender(7)
        for connection, mode in enumerate((4, 5), 1):
            accepted, _ = await asyncio.to_thread(vehicle.accept)
            with accepted:
                end = SocketEnd(accepted)
                await until(partial(end.of_type, "HEARTBEAT"))  # ours come first
                beat = drone.heartbeat(mode)
                before = network.statistics.bytes
                accepted.send(beat[:9])
                await bytes_come(network, before + 9)
                accepted.send(beat[9:] + drone.position(mode)[:11])  # a frame is cut off
                await until(partial(end.asked, 7))
                await frames_come(network, connection)
        (link,) = network.links
        assert link.statistics.connections == 2
    assert sink.statuses["mode"].tolist() == [b"GUIDED", b"LOITER"]
    assert network.statistics.bad_frames == 0


async def test_who_is_sent_to_hears_us_before_it_says_anything(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        host, port = sock.getsockname()
        link = UdpClient(f"udpout:{host}:{port}", host, port)
        async with listening(RecordingSink(), tmp_path, links=[link]):
            vehicle = SocketEnd(sock)
            await until(partial(vehicle.of_type, "HEARTBEAT"))
            sock.sendto(Sender(7).heartbeat(), link.address)
            await until(lambda: vehicle.asked(7))
            beats = len(vehicle.of_type("HEARTBEAT"))
            await until(lambda: len(vehicle.of_type("HEARTBEAT")) > beats)
            numbers = [message.get_seq() for message in vehicle.heard]
            assert len(numbers) == len(set(numbers))  # nothing is said to it twice


async def test_two_collectors_on_one_port_share_the_vehicles(tmp_path: Path) -> None:
    sinks = [RecordingSink(), RecordingSink()]
    first = UdpServer("udpin:127.0.0.1:0", "127.0.0.1", 0, shared=True)
    async with listening(sinks[0], tmp_path / "0", links=[first]) as one:
        host, port = address_of(one)
        second = UdpServer(f"udpin:{host}:{port}", host, port, shared=True)
        async with listening(sinks[1], tmp_path / "1", links=[second]) as other:
            ends = [SocketEnd(_connected(host, port)) for _ in range(40)]
            try:
                for system, end in enumerate(ends, 1):
                    end.send(Sender(system).heartbeat())
                    end.send(Sender(system).position(1000))
                await until(lambda: one.statistics.frames + other.statistics.frames == 80)
                await until(lambda: all(end.asked(s) for s, end in enumerate(ends, 1)))
            finally:
                for end in ends:
                    end.sock.close()
    halves = [sink.identities for sink in sinks]
    assert halves[0] | halves[1] == {f"mavlink:default/{system}" for system in range(1, 41)}
    assert not halves[0] & halves[1]
    assert all(halves)


def _connected(host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((host, port))
    return sock


async def test_the_round_trip_to_a_vehicle_is_measured_and_its_own_question_answered(
    tmp_path: Path,
) -> None:
    async with listening(RecordingSink(), tmp_path) as network:
        with udp_to(address_of(network)) as end:
            drone = Sender(7)
            end.send(drone.heartbeat() + drone("TIMESYNC", tc1=0, ts1=4711))
            answers = await until(lambda: [m for m in end.of_type("TIMESYNC") if m.tc1])
            assert answers[0].ts1 == 4711
            assert abs(answers[0].tc1 / 1e9 - now()) < 60

            def round_trips() -> Any:
                for question in [m for m in end.of_type("TIMESYNC") if not m.tc1]:
                    end.send(drone("TIMESYNC", tc1=99, ts1=question.ts1))
                trips = heard(network)["round_trip"]
                return trips != [None] and trips

            (seconds,) = await until(round_trips)
            assert 0 <= seconds < 5


async def test_a_second_vehicle_with_a_system_id_is_told_once_and_does_not_become_the_first(
    tmp_path: Path,
) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path) as network:
        with udp_to(address_of(network)) as one, udp_to(address_of(network)) as two:
            first, second = Sender(7), Sender(7)
            one.send(first.system_time(now(), 500_000) + first.heartbeat(4))
            await until(lambda: one.asked(7))

            def both(number: int) -> None:
                one.send(first.heartbeat(4) + first.position(500_000 + 20 * number, 34.0))
                two.send(second.heartbeat(5) + second.position(9000 + 20 * number, 34.5))

            for number in range(20):
                both(number)
                await frames_come(network, 6 + 4 * number)
            assert network.statistics.duplicates == [7]
            before, strange = len(sink.positions), network.statistics.strange_frames
            said = len(two.of_type("COMMAND_LONG"))
            for number in range(20, 30):
                both(number)
            await frames_come(network, 2 + 4 * 30)
            statistics, later = network.statistics, sink.positions[before:]
            assert len(two.of_type("COMMAND_LONG")) == said
    assert statistics.strange_frames == strange + 20
    assert len(later) == 10
    assert set(later["latitude"].tolist()) == {34.0}
    assert set(sink.statuses["mode"].tolist()) == {b"GUIDED"}
    (event,) = [event for batch in sink.batches for event in batch.events]
    assert event.kind == "duplicate_system_id"
    assert event.detail["why"] == "two boots 491 s apart"
    assert event.detail["peers"] == [one.name, two.name]
    assert event.asset == sink.positions["asset"][0]
    assert sink.reasons["mavlink:default", "duplicate_system_id"] == statistics.strange_frames
    assert {peer for _, peer in sink.letters} == {two.name}
    assert (np.diff(later["fix_time"]).astype(int) > 0).all()


async def test_a_network_of_which_one_link_cannot_be_opened_does_not_start(
    tmp_path: Path,
) -> None:
    taken = on_a_free_port()
    taken.open()
    host, port = taken.address
    links = [on_a_free_port(), UdpServer(f"udpin:{host}:{port}", host, port)]
    network = network_in(tmp_path, RecordingSink(), links=links)
    with pytest.raises(Exception, match=f"UDP port {port} is in use"):
        await network.run()
    taken.close()
    assert not network.is_open
