"""What carries the bytes of drones: the same for UDP and TCP, whoever opens the connection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from sitl.errors import SimulationError

DATAGRAM_MAX = 1400
"""Bytes of frames put into one datagram at most, so that no link splits it."""

PORT_STEP = 10
"""Between the ports of two drones that listen, as between two instances of ArduPilot's SITL."""

Address = tuple[str, int]
"""Host and port."""


@dataclass
class LinkStatistics:
    """What became of the datagrams, or pieces of a stream, of all drones."""

    sent: int = 0
    lost: int = 0  # nobody listens there, or there is no room
    received: int = 0


class Ear(Protocol):
    """The drones' end of a link."""

    def hear(self, number: int, data: bytes) -> None:
        """Bytes came for drone `number`."""

    def switch(self, number: int, *, on: bool) -> None:
        """Somebody can hear drone `number` from now on, or nobody."""


class Links(Protocol):
    """A link of each drone, all of one kind."""

    statistics: LinkStatistics

    def open(self) -> None:
        """Take the addresses. Raises SimulationError, with what is wrong with which of them."""

    async def run(self) -> None:
        """Keep the connections until cancelled; returns at once if there are none to keep."""

    def send(self, number: int, frames: Iterable[bytes]) -> None:
        """Send frames of drone `number`, if anybody is there. Never waits."""

    def close(self) -> None:
        """Give the addresses back."""


def own_address(base: Address, number: int) -> Address:
    """Where drone `number` listens: PORT_STEP apart. Port 0 is any free one for all of them.

    Raises SimulationError if there is no such port.
    """
    host, first = base
    port = first + PORT_STEP * number if first else 0
    if not 0 <= port <= 65535:
        raise SimulationError(f"drone {number + 1} would listen on {host}:{port}: no such port")
    return host, port


def check_remote(to: Address) -> None:
    """Raises SimulationError for a port that nobody can be spoken to at."""
    if not 1 <= to[1] <= 65535:  # the resolver would wrap it round
        raise SimulationError(f"MAVLink to {to[0]}:{to[1]}: no such port")
