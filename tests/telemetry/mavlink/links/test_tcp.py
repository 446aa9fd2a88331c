"""TCP links with real sockets."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterator
from typing import cast

import pytest

from telemetry.mavlink.links.base import LinkError, Peer
from telemetry.mavlink.links.tcp import (
    CONNECTIONS_MOST,
    SEND_BUFFER_BYTES,
    Connection,
    TcpClient,
    TcpServer,
)
from tests.telemetry.mavlink.links.draining import LIMIT, bytes_of, drained

pytestmark = pytest.mark.integration


@pytest.fixture
def server() -> Iterator[TcpServer]:
    link = TcpServer("tcpin:127.0.0.1:0", "127.0.0.1", 0)
    link.open()
    yield link
    link.close()


@pytest.fixture
def vehicle() -> Iterator[socket.socket]:
    """A vehicle that waits for us to connect."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        yield listener


def client_to(listener: socket.socket, chance: float = 0.0) -> TcpClient:
    host, port = listener.getsockname()
    link = TcpClient(f"tcp:{host}:{port}", host, port, lambda: chance)
    link.open()
    return link


def test_the_streams_of_two_vehicles_stay_apart(server: TcpServer) -> None:
    with (
        socket.create_connection(server.address) as one,
        socket.create_connection(server.address) as two,
    ):
        for part in range(5):
            one.sendall(b"one%d" % part)
            two.sendall(b"two%d" % part)
        arrived = drained(server, lambda got: len(bytes_of(got)) == 40)
        streams: dict[str, bytes] = {}
        for chunk, peer in zip(arrived.chunks, arrived.peers, strict=True):
            streams[peer.name] = streams.get(peer.name, b"") + chunk
        assert sorted(streams.values()) == [b"one0one1one2one3one4", b"two0two1two2two3two4"]
        assert server.statistics.peers == 2


def test_what_was_sent_before_the_end_is_still_read(server: TcpServer) -> None:
    with socket.create_connection(server.address) as vehicle:
        vehicle.sendall(b"last words")
    arrived = drained(server, lambda got: bytes_of(got) == b"last words")
    deadline = time.monotonic() + LIMIT
    while server.statistics.peers:
        assert time.monotonic() < deadline
        server.receive(0)
    assert not server.send(arrived.peers[0], b"too late")
    assert "the other end closed it" in server.statistics.last_error


def test_a_peer_that_does_not_read_costs_a_bounded_buffer(server: TcpServer) -> None:
    with socket.create_connection(server.address) as vehicle:
        vehicle.sendall(b"!")
        (peer,) = drained(server, lambda got: bool(got.chunks)).peers
        frame = bytes(280)
        sent = 0
        while server.send(peer, frame):
            sent += 1
            assert sent < 1_000_000
        assert server.statistics.send_errors == 1
        vehicle.settimeout(5)
        read = 0
        while read < sent * len(frame):
            read += len(vehicle.recv(1 << 20))
            server.receive(0)
        assert read == sent * len(frame)  # whole frames, none torn
        assert len(frame) * sent > SEND_BUFFER_BYTES


def test_a_connection_too_many_is_closed_and_the_others_stay(server: TcpServer) -> None:
    peers = [socket.create_connection(server.address) for _ in range(40)]
    try:
        for peer in peers:
            peer.sendall(b"x")
        drained(server, lambda got: len(got.chunks) == 40)
        silent = {Peer(f"silent {i}"): _Silent() for i in range(CONNECTIONS_MOST - 40)}
        server._connections.update(cast("dict[Peer, Connection]", silent))
        with socket.create_connection(server.address) as extra:
            server.receive(0)
            extra.settimeout(5)
            assert extra.recv(1) == b""
        peers[0].sendall(b"y")
        assert drained(server, lambda got: bool(got.chunks)).chunks == [b"y"]
    finally:
        for peer in peers:
            peer.close()


class _Silent:
    """A connection on which nothing comes."""

    def receive(self, most: int) -> tuple[bytes, None]:
        return b"", None

    def close(self) -> None:
        pass


def test_a_server_whose_port_is_taken_says_so(server: TcpServer) -> None:
    host, port = server.address
    second = TcpServer(f"tcpin:{host}:{port}", host, port)
    with pytest.raises(LinkError, match="the port is in use"):
        second.open()


def test_a_client_connects_again_when_the_vehicle_comes_back(vehicle: socket.socket) -> None:
    link = client_to(vehicle)
    now = 0.0
    for greeting in (b"first", b"second"):
        connection = None
        while connection is None:
            link.receive(now)
            now += 1  # the pauses between attempts pass at once
            vehicle.settimeout(0.05)
            try:
                connection, _ = vehicle.accept()
            except TimeoutError:
                assert now < 1000
        connection.sendall(greeting)
        arrived = drained(link, lambda got: bytes_of(got) in {b"first", b"second"}, now=now)
        assert link.send(arrived.peers[0], b"heard")
        connection.settimeout(5)
        assert connection.recv(10) == b"heard"
        connection.close()
        deadline = time.monotonic() + LIMIT
        while link.statistics.connected:
            assert time.monotonic() < deadline
            link.receive(now)
    assert link.statistics.connections == 2
    link.close()


def test_attempts_come_later_each_time_and_not_all_at_once(vehicle: socket.socket) -> None:
    host, port = vehicle.getsockname()
    vehicle.close()  # nobody listens any more
    attempts: dict[float, list[float]] = {}
    for chance in (0.0, 0.9):
        link = TcpClient("tcp", host, port, itertools.repeat(chance).__next__)
        link.open()
        times = attempts[chance] = []
        before = ""
        for tick in range(20_000):
            link._statistics.last_error = ""
            link.receive(tick / 100)
            if link.statistics.last_error != before:
                times.append(tick / 100)
        link.close()
    pauses = [after - at for at, after in zip(attempts[0.0], attempts[0.0][1:], strict=False)]
    assert pauses[:4] == pytest.approx([0.25, 0.5, 1.0, 2.0], abs=0.021)
    assert max(pauses) == pytest.approx(15, abs=0.1)
    assert attempts[0.0][1:5] != attempts[0.9][1:5]


def test_a_name_that_nobody_knows_is_refused_at_once() -> None:
    link = TcpClient("tcp:no.such.host.invalid:5760", "no.such.host.invalid", 5760, lambda: 0.0)
    with pytest.raises(LinkError, match="no address is known"):
        link.open()
