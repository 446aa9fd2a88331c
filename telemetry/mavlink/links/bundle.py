"""All links of one network: what has come on any of them in a tick, and by which to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.links.base import PEERS_MOST, Arrived, Link, LinkStatistics, Peer

_NUMBER = attrgetter("number")


@dataclass(frozen=True, slots=True)
class Chunks:
    """What came in one tick on all links, ready to be decoded at once; a row for each chunk."""

    data: list[bytes]
    """Datagrams; or what came of a stream, with what was left of it before."""

    peers: list[Peer]
    numbers: NDArray[np.int64]
    """The number of each one's peer."""

    links: NDArray[np.int64]
    """By which of the links it came."""

    streams: NDArray[np.bool_]
    """Whether what follows of this peer continues it."""

    def __len__(self) -> int:
        return len(self.data)

    def keep_rest(self, torn: NDArray[np.int64]) -> None:
        """Keep the last so many bytes of each chunk of a stream: the frame is not whole yet."""
        for place in np.flatnonzero(self.streams & (torn > 0)).tolist():
            self.peers[place].rest = self.data[place][-int(torn[place]) :]


class Bundle:
    """The links of a network, opened and closed together. `now` is seconds of a steady clock."""

    def __init__(self, links: Sequence[Link]) -> None:
        self.links = tuple(links)
        self._peers: dict[int, tuple[Link, Peer]] = {}  # by number, the oldest first
        self._fullest = 0.0  # how full the kernel's buffer of a link was, 0–1

    def open(self) -> None:
        """Open all of them. Raises LinkError, and then none is open."""
        try:
            for link in self.links:
                link.open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close all of them; closing twice is harmless."""
        for link in self.links:
            link.close()

    @property
    def statistics(self) -> tuple[LinkStatistics, ...]:
        """What each of them has done so far."""
        return tuple(link.statistics for link in self.links)

    def receive(self, now: float) -> Chunks:
        """What has come on all of them, at most some BYTES_PER_TICK on each."""
        arrived = [link.receive(now) for link in self.links]
        for link, came in zip(self.links, arrived, strict=True):
            self._know(link, came)
        peers = [peer for came in arrived for peer in came.peers]
        counts = [len(came.chunks) for came in arrived]
        self._fullest = max(
            len(came.chunks) / link.room if link.room else 0.0
            for link, came in zip(self.links, arrived, strict=True)
        )
        return Chunks(
            [
                chunk
                for link, came in zip(self.links, arrived, strict=True)
                for chunk in (_continued(came) if link.stream else came.chunks)
            ],
            peers,
            np.fromiter(map(_NUMBER, peers), np.int64, len(peers)),
            np.repeat(np.arange(len(arrived)), counts),
            np.repeat(np.array([link.stream for link in self.links], np.bool_), counts),
        )

    @property
    def fullest(self) -> float:
        """How full the kernel's buffer of a link was at most at the last look, 0 to 1 and above."""
        return self._fullest

    def place(self, number: int) -> tuple[Link, Peer] | None:
        """A peer that was heard, by its number, and its link; None if it is forgotten."""
        return self._peers.get(number)

    @property
    def targets(self) -> list[tuple[Link, Peer]]:
        """Who is spoken to though nothing came from there yet."""
        return [(link, peer) for link in self.links for peer in link.targets]

    def _know(self, link: Link, came: Arrived) -> None:
        for peer in set(came.peers):
            if peer.number not in self._peers:
                self._peers[peer.number] = link, peer
                if len(self._peers) > PEERS_MOST:
                    del self._peers[next(iter(self._peers))]


def _continued(came: Arrived) -> list[bytes]:
    """The chunks with what was left of their peers before; nothing is left then."""
    chunks = [peer.rest + chunk for chunk, peer in zip(came.chunks, came.peers, strict=True)]
    for peer in came.peers:
        peer.rest = b""
    return chunks
