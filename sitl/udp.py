"""MAVLink over UDP: a socket for each drone, as each real one has an address of its own."""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from sitl.errors import SimulationError
from sitl.links import DATAGRAM_MAX, Address, Ear, LinkStatistics, check_remote, own_address

_READS_AT_ONCE = 32  # datagrams of one drone before others have their turn
_LARGEST = 65535


class _Udp(ABC):
    """Sockets that are read when something is there, and written without waiting."""

    def __init__(self, ear: Ear) -> None:
        self.statistics = LinkStatistics()
        self._ear = ear
        self._sockets: list[socket.socket] = []

    async def run(self) -> None:
        """There is no connection to keep."""
        return

    def close(self) -> None:
        """Close all sockets."""
        for link in self._sockets:
            asyncio.get_running_loop().remove_reader(link)
            link.close()
        self._sockets.clear()

    def send(self, number: int, frames: Iterable[bytes]) -> None:
        """Send frames of one drone, several to a datagram."""
        datagram = bytearray()
        for frame in frames:
            if len(datagram) + len(frame) > DATAGRAM_MAX:
                self._send(number, datagram)
                datagram = bytearray()
            datagram += frame
        if datagram:
            self._send(number, datagram)

    @abstractmethod
    def _transmit(self, number: int, datagram: bytearray) -> None:
        """Hand a datagram to the socket. Raises OSError."""

    @abstractmethod
    def _take(self, number: int) -> bytes:
        """The next datagram. Raises OSError."""

    def _add(self, link: socket.socket) -> None:
        link.setblocking(False)  # noqa: FBT003 – it takes no keyword
        asyncio.get_running_loop().add_reader(link, self._read, len(self._sockets))
        self._sockets.append(link)

    def _send(self, number: int, datagram: bytearray) -> None:
        try:
            self._transmit(number, datagram)
        except OSError:  # refused because nobody listens, buffer full, network down: as in the air
            self.statistics.lost += 1
        else:
            self.statistics.sent += 1

    def _read(self, number: int) -> None:
        for _ in range(_READS_AT_ONCE):
            try:
                data = self._take(number)
            except BlockingIOError:
                return
            except OSError:  # what the host tells about an earlier datagram that nobody took
                self.statistics.lost += 1
                continue
            self.statistics.received += 1
            self._ear.hear(number, data)


class UdpClients(_Udp):
    """Drone n sends to the n-th of `to`, whether anybody listens there or not."""

    def __init__(self, to: Sequence[Address], ear: Ear) -> None:
        super().__init__(ear)
        self._to = to

    def open(self) -> None:
        """Open all sockets. Raises SimulationError if an address cannot be spoken to."""
        found: dict[Address, Any] = {}
        for to in self._to:
            check_remote(to)
            try:
                if to not in found:
                    found[to] = socket.getaddrinfo(*to, type=socket.SOCK_DGRAM)[0]
                family, *_, address = found[to]
                link = socket.socket(family, socket.SOCK_DGRAM)
                self._add(link)
                link.connect(address)
            except OSError as error:
                self.close()
                raise SimulationError(f"MAVLink to {to[0]}:{to[1]}: {error}") from None

    def _transmit(self, number: int, datagram: bytearray) -> None:
        self._sockets[number].send(datagram)

    def _take(self, number: int) -> bytes:
        return self._sockets[number].recv(_LARGEST)


class UdpServers(_Udp):
    """Each of `count` drones listens and answers whoever spoke last; till then it is silent.

    Drone n is at `base` and n times PORT_STEP; `addresses` has the true ones once they are open.
    """

    def __init__(self, count: int, base: Address, ear: Ear) -> None:
        super().__init__(ear)
        self._count = count
        self._base = base
        self._peers: list[Any] = [None] * count
        self.addresses: list[Address] = []

    def open(self) -> None:
        """Open all sockets. Raises SimulationError if an address is taken or none of ours."""
        for number in range(self._count):
            self._peers[number] = None
            self._ear.switch(number, on=False)
            host, port = own_address(self._base, number)
            try:
                family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
                link = socket.socket(family, socket.SOCK_DGRAM)
                self._add(link)
                link.bind(address)
            except OSError as error:
                self.close()
                raise SimulationError(
                    f"drone {number + 1} listens on UDP {host}:{port}: {error}"
                ) from None
            self.addresses.append(link.getsockname()[:2])

    def close(self) -> None:
        """Close all sockets."""
        super().close()
        self.addresses.clear()

    def _transmit(self, number: int, datagram: bytearray) -> None:
        self._sockets[number].sendto(datagram, self._peers[number])

    def _take(self, number: int) -> bytes:
        data, peer = self._sockets[number].recvfrom(_LARGEST)
        if self._peers[number] is None:
            self._ear.switch(number, on=True)
        self._peers[number] = peer
        return data
