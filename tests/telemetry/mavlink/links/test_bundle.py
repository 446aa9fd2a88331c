"""Several links of one network."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import numpy as np
import pytest

from telemetry.mavlink.codec import Decoder
from telemetry.mavlink.links.base import PEERS_MOST, Arrived, Link, LinkError, Peer
from telemetry.mavlink.links.bundle import Bundle, Chunks
from telemetry.mavlink.links.udp import UdpServer
from tests.telemetry.mavlink.sending import Sender, utc


class Scripted(Link):
    """What comes is said by the test."""

    def __init__(self, *, stream: bool = False, fails: bool = False) -> None:
        super().__init__("scripted")
        self.stream = stream
        self.is_open = False
        self.next: list[tuple[bytes, Peer]] = []
        self._fails = fails

    def open(self) -> None:
        if self._fails:
            raise LinkError("cannot be opened")
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def receive(self, now: float) -> Arrived:
        came, self.next = self.next, []
        return Arrived([chunk for chunk, _ in came], [peer for _, peer in came])

    def send(self, peer: Peer, frame: bytes) -> bool:
        return self._count_sent(sent=True)


def decoded(chunks: Chunks) -> list[bytes]:
    """The frames of some chunks; what is left of streams is kept."""
    found = Decoder().decode(chunks.data, np.full(len(chunks), utc(1.8e9)), chunks.streams)
    chunks.keep_rest(found.torn)
    return list(found.raw)


def test_what_comes_on_all_links_comes_together_each_with_its_peer_and_link() -> None:
    links = Scripted(), Scripted()
    bundle = Bundle(links)
    one, two = Peer("one"), Peer("two")
    links[0].next, links[1].next = [(b"a", one), (b"b", two)], [(b"c", two)]
    chunks = bundle.receive(0)
    assert (chunks.data, chunks.peers) == ([b"a", b"b", b"c"], [one, two, two])
    assert chunks.numbers.tolist() == [one.number, two.number, two.number]
    assert chunks.links.tolist() == [0, 0, 1]
    assert bundle.place(one.number) == (links[0], one)
    assert bundle.place(-5) is None
    assert len(bundle.receive(0)) == 0


@pytest.mark.parametrize("cut", range(1, 27, 3))
def test_a_frame_that_comes_in_two_reads_of_a_stream_is_whole_whoever_comes_between(
    cut: int,
) -> None:
    stream, datagrams = Scripted(stream=True), Scripted()
    bundle = Bundle([stream, datagrams])
    mine, other, third = Peer("mine"), Peer("other"), Peer("third")
    frames = [Sender(system).position(1000) for system in (1, 2, 3)]
    stream.next = [(frames[0] + frames[0][:cut], mine), (frames[1][:cut], other)]
    datagrams.next = [(frames[2], third)]
    assert decoded(bundle.receive(0)) == [frames[0], frames[2]]
    stream.next = [(frames[1][cut:], other), (frames[0][cut:], mine)]
    assert decoded(bundle.receive(0)) == [frames[1], frames[0]]
    assert (mine.rest, other.rest) == (b"", b"")


def test_a_torn_datagram_waits_for_nothing() -> None:
    link, peer = Scripted(), Peer("mine")
    frame = Sender().heartbeat()
    bundle = Bundle([link])
    link.next = [(frame[:9], peer)]
    assert decoded(bundle.receive(0)) == []
    link.next = [(frame[9:], peer)]
    assert decoded(bundle.receive(0)) == []


def test_if_one_link_cannot_be_opened_none_stays_open() -> None:
    good = Scripted()
    with pytest.raises(LinkError):
        Bundle([good, Scripted(fails=True)]).open()
    assert not good.is_open


def test_no_more_peers_are_remembered_than_the_limit() -> None:
    link = Scripted()
    bundle = Bundle([link])
    peers = [Peer(str(number)) for number in range(PEERS_MOST + 5)]
    for peer in peers:
        link.next = [(b"x", peer)]
        bundle.receive(0)
    assert bundle.place(peers[4].number) is None
    assert bundle.place(peers[5].number) is not None


@pytest.fixture
def server() -> Iterator[UdpServer]:
    link = UdpServer("udpin:127.0.0.1:0", "127.0.0.1", 0)
    link.open()
    yield link
    link.close()


@pytest.mark.integration
def test_it_tells_how_full_the_kernel_s_buffer_was(server: UdpServer) -> None:
    bundle = Bundle([server])
    assert bundle.fullest == 0
    assert server.room is not None
    with socket.socket(type=socket.SOCK_DGRAM) as vehicle:
        for _ in range(64):
            vehicle.sendto(b"x", server.address)
    bundle.receive(0)
    assert bundle.fullest == pytest.approx(64 / server.room)
    bundle.receive(0)
    assert bundle.fullest == 0
