"""MAVLink over TCP: each drone listens on a port of its own, or connects to a ground station.

A connection is written without waiting. If its peer does not read, frames are lost, whole ones, as
an autopilot's are when its serial port is full.
"""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import cast

from sitl.errors import SimulationError
from sitl.links import Address, Ear, LinkStatistics, check_remote, own_address

MAX_UNSENT = 65_536
"""Bytes that wait for a peer to read; frames beyond are lost."""

RETRY = 1.0
"""Seconds after an attempt that failed to the next."""

_WAITING = 5  # connections that wait behind the one that is served


class _Connection(asyncio.Protocol):
    """One connection of drone `number`, from its beginning to its end."""

    def __init__(self, number: int, links: _Tcp) -> None:
        self.ended = asyncio.Event()
        self.transport: asyncio.Transport | None = None
        self._number = number
        self._links = links

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are of no such class
        self._links.began(self._number, self)

    def data_received(self, data: bytes) -> None:
        self._links.came(self._number, data)

    def connection_lost(self, _error: Exception | None) -> None:
        self._links.ended(self._number)
        self.ended.set()


class _Tcp(ABC):
    """One connection of each drone at a time."""

    def __init__(self, count: int, ear: Ear) -> None:
        self.statistics = LinkStatistics()
        self._ear = ear
        self._count = count
        self._connections: list[_Connection | None] = [None] * count

    async def run(self) -> None:
        """Keep a connection of each drone until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._count):
                group.create_task(self._keep(number), name=f"drone {number + 1}")

    def send(self, number: int, frames: Iterable[bytes]) -> None:
        """Send frames of one drone, in one piece."""
        connection = self._connections[number]
        if connection is None or connection.transport is None:
            return
        if self.unsent(number) > MAX_UNSENT:
            self.statistics.lost += 1
            return
        connection.transport.write(b"".join(frames))
        self.statistics.sent += 1

    def unsent(self, number: int) -> int:
        """Bytes that wait for the peer of drone `number` to read."""
        connection = self._connections[number]
        if connection is None or connection.transport is None:
            return 0
        return connection.transport.get_write_buffer_size()

    def began(self, number: int, connection: _Connection) -> None:
        self._connections[number] = connection
        self._ear.switch(number, on=True)

    def came(self, number: int, data: bytes) -> None:
        self.statistics.received += 1
        self._ear.hear(number, data)

    def ended(self, number: int) -> None:
        self._connections[number] = None
        self._ear.switch(number, on=False)

    @abstractmethod
    async def _connect(self, number: int) -> _Connection:
        """The next connection of a drone. Raises OSError."""

    async def _keep(self, number: int) -> None:
        while True:
            try:
                connection = await self._connect(number)
            except OSError:  # nobody is there, or not yet; or too many files are open
                self.statistics.lost += 1
                await asyncio.sleep(RETRY)
                continue
            try:
                await connection.ended.wait()
            finally:
                if connection.transport is not None:
                    connection.transport.abort()


class TcpServers(_Tcp):
    """Each of `count` drones serves one client after the other; who comes meanwhile waits.

    Drone n is at `base` and n times PORT_STEP; `addresses` has the true ones once they are open.
    """

    def __init__(self, count: int, base: Address, ear: Ear) -> None:
        super().__init__(count, ear)
        self._base = base
        self._sockets: list[socket.socket] = []
        self.addresses: list[Address] = []

    def open(self) -> None:
        """Listen on all ports. Raises SimulationError if one is taken or none of ours."""
        for number in range(self._count):
            self._ear.switch(number, on=False)
            host, port = own_address(self._base, number)
            try:
                family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
                listening = socket.socket(family, socket.SOCK_STREAM)
                self._sockets.append(listening)
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.setblocking(False)  # noqa: FBT003 – it takes no keyword
                listening.bind(address)
                listening.listen(_WAITING)
            except OSError as error:
                self.close()
                raise SimulationError(
                    f"drone {number + 1} listens on TCP {host}:{port}: {error}"
                ) from None
            self.addresses.append(listening.getsockname()[:2])

    def close(self) -> None:
        """Close all ports."""
        for listening in self._sockets:
            listening.close()
        self._sockets.clear()
        self.addresses.clear()

    async def _connect(self, number: int) -> _Connection:
        loop = asyncio.get_running_loop()
        accepted, _ = await loop.sock_accept(self._sockets[number])
        _, connection = await loop.connect_accepted_socket(
            lambda: _Connection(number, self), accepted
        )
        return connection


class TcpClients(_Tcp):
    """Drone n connects to the n-th of `to`, again and again if it has to."""

    def __init__(self, to: Sequence[Address], ear: Ear) -> None:
        super().__init__(len(to), ear)
        self._to = to

    def open(self) -> None:
        """Look at the addresses. Raises SimulationError if nobody can be at one of them."""
        for number, to in enumerate(self._to):
            check_remote(to)
            self._ear.switch(number, on=False)

    def close(self) -> None:
        """There is nothing to give back."""

    async def _connect(self, number: int) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: _Connection(number, self), *self._to[number]
        )
        return connection
