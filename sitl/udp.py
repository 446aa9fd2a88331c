"""MAVLink over UDP: a socket for each drone, as each real one has an address of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from sitl.drone import SimulatedDrone
from sitl.errors import SimulationError

DATAGRAM_MAX = 1400
"""Bytes of frames put into one datagram at most, so that no link splits it."""

_READS_AT_ONCE = 32  # datagrams of one drone before others have their turn


@dataclass
class LinkStatistics:
    """What became of the datagrams of all drones."""

    datagrams_sent: int = 0
    datagrams_lost: int = 0  # nobody listens there, or no room in the socket
    datagrams_received: int = 0


class DroneLinks:
    """The sockets of all drones; number n of `drones` speaks through the n-th."""

    def __init__(self, drones: list[SimulatedDrone], to: tuple[str, int]) -> None:
        self._drones = drones
        self._to = to
        self._sockets: list[socket.socket] = []
        self.silenced: set[int] = set()
        """Numbers of drones whose link is cut, both ways."""
        self.statistics = LinkStatistics()

    def open(self) -> None:
        """Open all sockets. Raises SimulationError if the address cannot be spoken to."""
        loop = asyncio.get_running_loop()
        if not 1 <= self._to[1] <= 65535:  # the resolver would wrap it round
            raise SimulationError(f"MAVLink to {self._to[0]}:{self._to[1]}: no such port")
        try:
            family, *_, address = socket.getaddrinfo(*self._to, type=socket.SOCK_DGRAM)[0]
            for number in range(len(self._drones)):
                link = socket.socket(family, socket.SOCK_DGRAM)
                self._sockets.append(link)
                link.setblocking(False)  # noqa: FBT003 – it takes no keyword
                link.connect(address)
                loop.add_reader(link, self._read, number)
        except OSError as error:
            self.close()
            raise SimulationError(f"MAVLink to {self._to[0]}:{self._to[1]}: {error}") from None

    def close(self) -> None:
        """Close all sockets."""
        loop = asyncio.get_running_loop()
        for link in self._sockets:
            loop.remove_reader(link)
            link.close()
        self._sockets.clear()

    def send(self, number: int, frames: Iterable[bytes]) -> None:
        """Send frames of one drone, several to a datagram."""
        if number in self.silenced:
            return
        datagram = bytearray()
        for frame in frames:
            if len(datagram) + len(frame) > DATAGRAM_MAX:
                self._send(number, datagram)
                datagram = bytearray()
            datagram += frame
        if datagram:
            self._send(number, datagram)

    def _send(self, number: int, datagram: bytearray) -> None:
        try:
            self._sockets[number].send(datagram)
        except OSError:  # refused because nobody listens, buffer full, network down: as in the air
            self.statistics.datagrams_lost += 1
        else:
            self.statistics.datagrams_sent += 1

    def _read(self, number: int) -> None:
        for _ in range(_READS_AT_ONCE):
            try:
                data = self._sockets[number].recv(65535)
            except BlockingIOError:
                return
            except OSError:  # what the host tells about an earlier datagram that nobody took
                self.statistics.datagrams_lost += 1
                continue
            self.statistics.datagrams_received += 1
            if number not in self.silenced:
                self._drones[number].receive(data)
