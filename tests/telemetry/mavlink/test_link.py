import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from telemetry.mavlink import link as module
from telemetry.mavlink.link import LinkError, UdpLink
from tests.waiting import until_sync

pytestmark = pytest.mark.integration


@pytest.fixture
def link() -> Iterator[UdpLink]:
    link = UdpLink("udpin:127.0.0.1:0")
    link.open()
    yield link
    link.close()


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(5)
        yield peer


def test_datagrams_come_whole_with_their_senders(link: UdpLink, peer: socket.socket) -> None:
    assert link.receive() == ([], [])
    sent = [b"one", b"", b"x" * 60_000]
    for datagram in sent:
        peer.sendto(datagram, link.address)
    assert link.receive() == (sent, [peer.getsockname()] * 3)
    assert (link.statistics.datagrams, link.statistics.bytes) == (3, 60_003)


def test_a_port_in_use_is_said_with_what_to_do(link: UdpLink) -> None:
    port = link.address[1]
    with pytest.raises(
        LinkError, match=rf"udpin:127.0.0.1:{port}: UDP port {port} is in use; stop"
    ):
        UdpLink(f"udpin:127.0.0.1:{port}").open()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(LinkError, match=r"udpin:192.0.2.1:0: cannot listen on 192.0.2.1"):
        UdpLink("udpin:192.0.2.1:0").open()


@pytest.mark.parametrize("url", ["udp:127.0.0.1:14550", "udpin:127.0.0.1", "udpin:127.0.0.1:70000"])
def test_a_link_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(LinkError, match="is not of the form udpin:HOST:PORT"):
        UdpLink(url)


def test_a_system_is_answered_where_it_was_last_heard(link: UdpLink, peer: socket.socket) -> None:
    assert not link.send(1, b"to nobody")
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as old:
        old.bind(("127.0.0.1", 0))
        link.heard(1, old.getsockname())
        link.heard(1, peer.getsockname())
        assert link.send(1, b"hello")
        assert peer.recv(100) == b"hello"
        assert link.peers == {1: peer.getsockname()}


def test_what_goes_to_all_goes_once_to_each_address(link: UdpLink, peer: socket.socket) -> None:
    link.heard(1, peer.getsockname())
    link.heard(2, peer.getsockname())
    assert link.send_to_all(b"beat") == 1
    assert link.send(2, b"end")
    assert [peer.recv(100), peer.recv(100)] == [b"beat", b"end"]


def test_a_peer_that_has_gone_does_not_end_the_link(link: UdpLink, peer: socket.socket) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as gone:
        gone.bind(("127.0.0.1", 0))
        link.heard(1, gone.getsockname())
    for _ in range(3):
        link.send(1, b"anybody?")
        link.receive()
    link.heard(2, ("0.0.0.1", 9))  # not even an address: refused by the kernel
    assert not link.send(2, b"x")
    assert link.statistics.send_errors >= 1
    peer.sendto(b"still here", link.address)
    assert until_sync(lambda: link.receive()[0]) == [b"still here"]


def test_one_call_takes_a_bounded_number(
    link: UdpLink, peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DATAGRAMS_PER_TICK", 3)
    for number in range(5):
        peer.sendto(b"%d" % number, link.address)
    assert [len(link.receive()[0]) for _ in range(3)] == [3, 2, 0]
    monkeypatch.setattr(module, "BYTES_PER_TICK", 1000)
    for _ in range(5):
        peer.sendto(b"x" * 600, link.address)
    assert [len(link.receive()[0]) for _ in range(3)] == [2, 2, 1]


def test_what_the_kernel_drops_is_counted(
    peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECEIVE_BUFFER_BYTES", 4096)
    link = UdpLink("udpin:127.0.0.1:0")
    link.open()
    with closing(link):
        if link.statistics.kernel_drops is None:
            pytest.skip("this kernel does not say how many datagrams it dropped")
        for _ in range(500):
            peer.sendto(b"x" * 100, link.address)
        came = 0
        while datagrams := link.receive()[0]:
            came += len(datagrams)
        assert 0 < came < 500
        assert came + (link.statistics.kernel_drops or 0) == 500
    assert came + (link.statistics.kernel_drops or 0) == 500


def test_closing_twice_is_harmless(link: UdpLink) -> None:
    link.close()
    link.close()
