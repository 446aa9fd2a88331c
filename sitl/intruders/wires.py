"""How the sensors' words reach their listeners: UDP, MQTT, and TCP both ways."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable

import aiomqtt
from google.protobuf.message import DecodeError

from sitl.cancelling import check_cancelled
from sitl.cars.owntracks import TIMEOUT, Broker
from sitl.errors import SimulationError

WAITING = 1000
"""Messages that a wire keeps while its listener is away; the oldest go first."""

MOST_READERS = 16
"""Connections that the SBS server takes at once."""

_LONGEST = 1 << 20  # bytes of one SAPIENT message from the other side
_RETRY = 1.0  # seconds


class SensorDatagrams:
    """MAVLink of the sensors over UDP; each has a socket of its own, as each has an address."""

    def __init__(self, to: tuple[str, int]) -> None:
        self._to = to
        self._sockets: dict[int, socket.socket] = {}
        self.lost = 0

    def send(self, number: int, frames: bytes) -> None:
        """Send what sensor `number` says. Raises SimulationError: no such address."""
        link = self._sockets.get(number) or self._open(number)
        try:
            link.send(frames)
        except OSError:  # nobody listens, or no room: as in the air
            self.lost += 1

    def close(self) -> None:
        """Close all sockets."""
        for link in self._sockets.values():
            link.close()
        self._sockets.clear()

    def _open(self, number: int) -> socket.socket:
        try:
            family, *_, address = socket.getaddrinfo(*self._to, type=socket.SOCK_DGRAM)[0]
            link = self._sockets[number] = socket.socket(family, socket.SOCK_DGRAM)
            link.setblocking(False)  # noqa: FBT003 – it takes no keyword
            link.connect(address)
        except OSError as error:
            raise SimulationError(f"MAVLink to {self._to[0]}:{self._to[1]}: {error}") from None
        return link


class Published:
    """What receivers publish over MQTT; QoS 1, so that the broker has it."""

    def __init__(self, to: Broker) -> None:
        self._to = to
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=WAITING)
        self._some = asyncio.Event()

    def put(self, topic: str, payload: bytes) -> None:
        """Publish it when the broker is there."""
        self._waiting.append((topic, payload))
        self._some.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                async with aiomqtt.Client(
                    self._to.host,
                    self._to.port,
                    username=self._to.username,
                    password=self._to.password,
                    identifier="simulated-receivers",
                    protocol=aiomqtt.ProtocolVersion.V311,
                    timeout=TIMEOUT,
                ) as client:
                    check_cancelled()
                    while True:
                        await self._publish_all(client)
            await asyncio.sleep(_RETRY)

    async def _publish_all(self, client: aiomqtt.Client) -> None:
        await self._some.wait()
        while self._waiting:
            first = self._waiting[0]
            await client.publish(*first, qos=1)
            check_cancelled()
            if self._waiting and self._waiting[0] is first:
                self._waiting.popleft()
        self._some.clear()


class SbsServer:
    """Serves SBS lines to whoever connects, as a receiver's program does on TCP 30003."""

    def __init__(self) -> None:
        self._readers: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """Serve on `host`:`port` (0: any); yields the port. Raises SimulationError."""
        try:
            server = await asyncio.start_server(self._serve, host, port)
        except OSError as error:
            raise SimulationError(f"SBS server on {host}:{port}: {error.strerror}") from None
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for writer in self._readers:
                writer.close()
            await server.wait_closed()

    def send(self, lines: list[str]) -> None:
        """Tell all who are connected; who does not read is let go."""
        data = "".join(lines).encode()
        for writer in list(self._readers):
            if writer.transport.get_write_buffer_size() > _LONGEST:
                writer.transport.abort()
            else:
                writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._readers) >= MOST_READERS:
            writer.close()
            return
        self._readers.add(writer)
        try:
            while await reader.read(1024):  # nothing is expected; empty: the other side has gone
                pass
        except OSError:
            pass
        finally:
            self._readers.discard(writer)
            writer.close()


class SapientNode:
    """A sensor node's connection to its fusion node: registers, then tells, and again after a loss.

    `hello` makes the registration of each connection; `answer` gets each message that comes, without
    its length, and returns what is to be said to it (framed), or nothing.
    """

    def __init__(
        self,
        to: tuple[str, int],
        hello: Callable[[], bytes],
        answer: Callable[[bytes], bytes | None],
    ) -> None:
        self._to, self._hello, self._answer = to, hello, answer
        self._waiting: deque[bytes] = deque(maxlen=WAITING)
        self._some = asyncio.Event()
        self.connections = 0

    def put(self, message: bytes) -> None:
        """Say it, framed, when the other side is there."""
        self._waiting.append(message)
        self._some.set()

    async def run(self) -> None:
        """Connect and tell until cancelled."""
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection(*self._to)
                self.connections += 1
                try:
                    writer.write(self._hello())
                    async with asyncio.TaskGroup() as group:
                        telling = group.create_task(self._tell(writer))
                        await self._listen(reader, writer)
                        telling.cancel()
                except* (OSError, asyncio.IncompleteReadError, DecodeError):
                    pass  # the other side has gone, or talks nonsense; we come again
                finally:
                    writer.close()
            await asyncio.sleep(_RETRY)

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        while True:
            await self._some.wait()
            while self._waiting:
                writer.write(self._waiting.popleft())
                await writer.drain()
            self._some.clear()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            size = int.from_bytes(await reader.readexactly(4), "little")
            if size > _LONGEST:
                return
            answer = self._answer(await reader.readexactly(size))
            if answer is not None:
                writer.write(answer)
