"""What every link is to the network that uses it."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

BYTES_PER_TICK = 1 << 20
"""What one call of `receive` takes at most; the rest waits in the kernel."""

PEERS_MOST = 4096
"""Peers of one link that are remembered; a further one takes the place of the oldest."""


class LinkError(Exception):
    """A link that cannot be opened; the message says which, why and what to do."""


@dataclass(eq=False, slots=True)
class Peer:
    """Who is at the other end: a UDP address, a TCP connection, a serial line."""

    name: str
    """As people write it: `10.0.0.7:14550`, `/dev/ttyUSB0`."""

    address: tuple[str, int] | None = None
    """Where it is answered, of a UDP peer."""

    number: int = field(default_factory=itertools.count().__next__)
    """Of no other peer in this process."""

    rest: bytes = b""
    """Of a stream: the beginning of a frame that is not whole yet, less than `framing.LONGEST`."""


@dataclass(slots=True)
class LinkStatistics:
    """What a link has done since it was opened."""

    url: str
    connected: bool = False
    """Whether something can come in now: a bound socket, a connection, an open line."""

    chunks: int = 0
    """Datagrams, or pieces of a stream."""

    bytes: int = 0
    receive_errors: int = 0
    sent: int = 0
    """Frames that we sent."""

    send_errors: int = 0
    """Frames that we could not send."""

    connections: int = 0
    """How often a connection was made."""

    peers: int = 0
    kernel_drops: int | None = None
    """Datagrams that the kernel dropped before we read them; None where it does not say."""

    receive_buffer_bytes: int = 0
    """What the kernel granted."""

    last_error: str = ""
    """Why the link is or was away."""


@dataclass(slots=True)
class Arrived:
    """What came in one tick: `chunks[i]` from `peers[i]`, in order of arrival.

    Of a stream there is one chunk of each peer at most.
    """

    chunks: list[bytes] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)


class Link(ABC):
    """One link. `now` is seconds of a steady clock."""

    stream = False
    """Whether the chunks of a peer continue one another; else each stands for itself."""

    room: int | None = None
    """Chunks that surely wait in the kernel; None where it makes the sender wait instead."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._statistics = LinkStatistics(url)

    @property
    def statistics(self) -> LinkStatistics:
        """What it has done so far."""
        return self._statistics

    @property
    def targets(self) -> tuple[Peer, ...]:
        """Who is spoken to though nothing came from there yet."""
        return ()

    @abstractmethod
    def open(self) -> None:
        """Listen, or begin to connect. Raises LinkError for what no waiting would mend."""

    @abstractmethod
    def close(self) -> None:
        """Close it; closing twice is harmless."""

    @abstractmethod
    def receive(self, now: float) -> Arrived:
        """What has come, at most some BYTES_PER_TICK; connects again when it is time to."""

    @abstractmethod
    def send(self, peer: Peer, frame: bytes) -> bool:
        """Send a frame; false, and counted, if it could not be sent whole."""

    def _count_sent(self, *, sent: bool) -> bool:
        if sent:
            self._statistics.sent += 1
        else:
            self._statistics.send_errors += 1
        return sent
