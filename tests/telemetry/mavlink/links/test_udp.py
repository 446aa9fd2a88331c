"""UDP links with real sockets."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator

import pytest

from telemetry.mavlink.links.base import PEERS_MOST, LinkError
from telemetry.mavlink.links.batch_receive import BatchReceiver, PortableReceiver
from telemetry.mavlink.links.udp import UdpClient, UdpServer
from tests.telemetry.mavlink.links.draining import LIMIT, drained

pytestmark = pytest.mark.integration


@pytest.fixture
def vehicle() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as vehicle:
        vehicle.bind(("127.0.0.1", 0))
        vehicle.settimeout(5)
        yield vehicle


@pytest.fixture(params=[BatchReceiver, PortableReceiver])
def server(request: pytest.FixtureRequest) -> Iterator[UdpServer]:
    link = UdpServer("udpin:127.0.0.1:0", "127.0.0.1", 0, receiver=request.param())
    link.open()
    yield link
    link.close()


def test_each_datagram_comes_whole_with_its_sender(
    server: UdpServer, vehicle: socket.socket
) -> None:
    sizes = [1, 0, 300, 9000, 65_507, 17]
    sent = [bytes([index]) * size for index, size in enumerate(sizes)]
    for datagram in sent:
        vehicle.sendto(datagram, server.address)
    arrived = drained(server, lambda got: len(got.chunks) == len(sent))
    assert arrived.chunks == sent
    host, port = vehicle.getsockname()
    assert {peer.name for peer in arrived.peers} == {f"{host}:{port}"}
    assert len(set(arrived.peers)) == 1
    assert server.statistics.chunks == len(sent)
    assert server.statistics.bytes == sum(sizes)
    assert server.statistics.kernel_drops == 0


def test_more_than_one_call_holds_comes_in_order(server: UdpServer, vehicle: socket.socket) -> None:
    for number in range(700):
        vehicle.sendto(number.to_bytes(2, "big"), server.address)
    arrived = drained(server, lambda got: len(got.chunks) == 700)
    assert [int.from_bytes(chunk, "big") for chunk in arrived.chunks] == list(range(700))


def test_what_the_kernel_has_no_room_for_is_counted(
    server: UdpServer, vehicle: socket.socket
) -> None:
    if server.statistics.kernel_drops is None:
        pytest.skip("this system does not tell what it drops")
    opened = server._socket
    assert opened is not None
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # the least that there is
    for number in range(100):
        vehicle.sendto(number.to_bytes(2, "big"), server.address)
    arrived = drained(server, lambda got: bool(got.chunks))
    assert 0 < len(arrived.chunks) < 100
    assert server.statistics.kernel_drops == 100 - len(arrived.chunks)
    vehicle.sendto(b"last", server.address)
    assert drained(server, lambda got: bool(got.chunks)).chunks == [b"last"]
    server.close()
    assert server.statistics.kernel_drops == 100 - len(arrived.chunks)


def test_a_peer_is_answered_where_it_sent_from(server: UdpServer, vehicle: socket.socket) -> None:
    vehicle.sendto(b"here", server.address)
    (peer,) = drained(server, lambda got: bool(got.chunks)).peers
    assert server.send(peer, b"answer")
    assert vehicle.recv(100) == b"answer"
    assert server.statistics.sent == 1


def test_a_peer_that_has_gone_stops_nobody(server: UdpServer, vehicle: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        gone.sendto(b"bye", server.address)
        (peer,) = drained(server, lambda got: bool(got.chunks)).peers
    for _ in range(3):
        server.send(peer, b"anybody there?")
        vehicle.sendto(b"still here", server.address)
    arrived = drained(server, lambda got: len(got.chunks) == 3)
    assert arrived.chunks == [b"still here"] * 3


def test_no_more_peers_are_remembered_than_the_limit(server: UdpServer) -> None:
    for port in range(PEERS_MOST + 10):  # as many sockets do not fit a test
        raw = b"\x02\x00" + port.to_bytes(2, "big") + bytes([127, 0, 0, 1])
        batch = isinstance(server._receiver, BatchReceiver)
        server._new_peer(int.from_bytes(raw, sys.byteorder) if batch else ("127.0.0.1", port))
    assert server.statistics.peers == PEERS_MOST


def test_two_collectors_share_a_port_only_if_both_say_so(server: UdpServer) -> None:
    _, port = server.address
    alone = UdpServer(f"udpin:127.0.0.1:{port}", "127.0.0.1", port, shared=True)
    with pytest.raises(LinkError, match=f"UDP port {port} is in use"):
        alone.open()
    first = UdpServer("udpin:127.0.0.1:0", "127.0.0.1", 0, shared=True)
    first.open()
    _, port = first.address
    second = UdpServer(f"udpin:127.0.0.1:{port}", "127.0.0.1", port, shared=True)
    second.open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as vehicle:
        vehicle.sendto(b"to one of you", first.address)
        links = (first, second)
        deadline = time.monotonic() + LIMIT
        while not (got := [chunk for link in links for chunk in link.receive(0).chunks]):
            assert time.monotonic() < deadline
        assert got == [b"to one of you"]
    first.close()
    second.close()


def test_a_client_sends_first_and_hears_nobody_else(vehicle: socket.socket) -> None:
    host, port = vehicle.getsockname()
    link = UdpClient(f"udpout:{host}:{port}", host, port)
    link.open()
    assert link.send(link.target, b"heartbeat")
    _, ours = vehicle.recvfrom(100)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"me too", ours)
    vehicle.sendto(b"answer", ours)
    arrived = drained(link, lambda got: bool(got.chunks))
    assert arrived.chunks == [b"answer"]
    assert arrived.peers[0].name == f"{host}:{port}"
    link.close()
    link.close()


def test_an_address_of_another_machine_is_refused_with_what_to_do() -> None:
    link = UdpServer("udpin:192.0.2.1:14550", "192.0.2.1", 14550)
    with pytest.raises(LinkError, match=r"cannot listen on 192\.0\.2\.1 .*an address of this"):
        link.open()
