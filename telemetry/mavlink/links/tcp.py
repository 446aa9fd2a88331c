"""MAVLink over TCP: we connect to a vehicle or router, or they connect to us.

Sockets do not block; a connection that is lost is made again after a pause. What cannot be sent at
once waits in a short buffer of whole frames: a peer that does not read costs us no more than that.
"""

from __future__ import annotations

import errno
import os
import select
import socket
from collections.abc import Callable

from telemetry.mavlink.links.backoff import Backoff
from telemetry.mavlink.links.base import BYTES_PER_TICK, Arrived, Link, LinkError, Peer

CONNECTIONS_MOST = 512
"""Connections to one server; a further one is closed at once."""

SEND_BUFFER_BYTES = 64 << 10
"""Frames that wait for a peer that reads slowly; further ones are dropped and counted."""

CONNECT_TIMEOUT = 10.0

DEAF_AFTER = 20.0
"""Seconds after which a connection is lost whose other end acknowledges nothing that we send."""

_READ_BYTES = 64 << 10


class Connection:
    """One connected socket, drained and filled without blocking."""

    def __init__(self, sock: socket.socket, peer: Peer) -> None:
        sock.settimeout(0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # of Linux
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * DEAF_AFTER))
        self._socket = sock
        self.peer = peer
        self._waiting = bytearray()

    def receive(self, most: int) -> tuple[bytes, str | None]:
        """What has come, at most `most` bytes and a bit; and why the connection ended, if it did."""
        parts: list[bytes] = []
        size = 0
        ended = None
        while size < most:
            try:
                part = self._socket.recv(_READ_BYTES)
            except BlockingIOError:
                break
            except OSError as error:
                ended = error.strerror or str(error)
                break
            if not part:
                ended = "the other end closed it"
                break
            parts.append(part)
            size += len(part)
        self._flush()
        return b"".join(parts), ended

    def send(self, frame: bytes) -> bool:
        """Send a frame now or soon; false if too much waits already."""
        if len(self._waiting) + len(frame) > SEND_BUFFER_BYTES:
            self._flush()
            if len(self._waiting) + len(frame) > SEND_BUFFER_BYTES:
                return False
        self._waiting += frame
        self._flush()
        return True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _flush(self) -> None:
        try:
            while self._waiting:
                sent = self._socket.send(self._waiting)
                del self._waiting[:sent]
        except BlockingIOError:
            pass  # the rest goes with the next tick
        except OSError:
            self._waiting.clear()  # `receive` learns of the end too, and tells


class TcpServer(Link):
    """`tcpin:HOST:PORT`: vehicles, or a router, connect to us."""

    stream = True

    def __init__(self, url: str, host: str, port: int) -> None:
        super().__init__(url)
        self._host, self._port = host, port
        self._listener: socket.socket | None = None
        self._connections: dict[Peer, Connection] = {}
        self._next = 0  # who is read first: the one after the last that was cut short

    def open(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
            listener.listen(64)
            listener.settimeout(0)
        except OSError as error:
            listener.close()
            why = error.strerror or str(error)
            if error.errno == errno.EADDRINUSE:
                why = "the port is in use; stop the program that has it or take another"
            raise LinkError(f"{self.url}: cannot listen: {why}") from error
        self._listener = listener
        self._statistics.connected = True

    def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        self._statistics.connected = False
        self._statistics.peers = 0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that it listens on. The link must be open."""
        assert self._listener is not None
        host, port = self._listener.getsockname()
        return host, port

    def receive(self, now: float) -> Arrived:  # noqa: ARG002 - other links connect again by it
        self._accept()
        arrived = Arrived()
        left = BYTES_PER_TICK
        connections = list(self._connections.values())
        start = self._next % len(connections) if connections else 0
        for index, connection in enumerate(connections[start:] + connections[:start]):
            if left <= 0:
                self._next = start + index
                break
            data, ended = connection.receive(left)
            if data:
                arrived.chunks.append(data)
                arrived.peers.append(connection.peer)
                left -= len(data)
            if ended is not None:
                self._statistics.last_error = f"{connection.peer.name}: {ended}"
                del self._connections[connection.peer]
                connection.close()
        self._statistics.chunks += len(arrived.chunks)
        self._statistics.bytes += BYTES_PER_TICK - left
        self._statistics.peers = len(self._connections)
        return arrived

    def send(self, peer: Peer, frame: bytes) -> bool:
        connection = self._connections.get(peer)
        return self._count_sent(sent=connection is not None and connection.send(frame))

    def _accept(self) -> None:
        assert self._listener is not None
        while True:
            try:
                accepted, (host, port) = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:  # the peer went before we looked, or descriptors ran out
                self._statistics.receive_errors += 1
                self._statistics.last_error = error.strerror or str(error)
                return
            if len(self._connections) >= CONNECTIONS_MOST:
                self._statistics.receive_errors += 1
                self._statistics.last_error = f"more than {CONNECTIONS_MOST} connections"
                accepted.close()
                continue
            peer = Peer(f"{host}:{port}", (host, port))
            self._connections[peer] = Connection(accepted, peer)
            self._statistics.connections += 1


class TcpClient(Link):
    """`tcp:HOST:PORT`: we connect, and again when the connection is lost."""

    stream = True

    def __init__(self, url: str, host: str, port: int, chance: Callable[[], float]) -> None:
        super().__init__(url)
        self._host, self._port = host, port
        self._target = ("", 0)
        self._peer = Peer(f"{host}:{port}")
        self._backoff = Backoff(chance)
        self._connecting: tuple[socket.socket, float] | None = None
        self._connection: Connection | None = None

    @property
    def targets(self) -> tuple[Peer, ...]:
        return () if self._connection is None else (self._peer,)

    def open(self) -> None:
        """Look the host's name up, once: later that would hold up all links.

        The first tick connects. Raises LinkError for a name that nobody knows.
        """
        try:
            found = socket.getaddrinfo(self._host, self._port, socket.AF_INET, socket.SOCK_STREAM)
        except OSError as error:
            raise LinkError(
                f"{self.url}: no address is known for {self._host!r} ({error.strerror}); "
                "mend the name or give its address"
            ) from error
        host, port = found[0][4][:2]
        self._target = str(host), int(port)

    def close(self) -> None:
        if self._connecting is not None:
            self._connecting[0].close()
            self._connecting = None
        self._lose("")

    def receive(self, now: float) -> Arrived:
        if self._connection is None:
            self._connect(now)
        if self._connection is None:
            return Arrived()
        data, ended = self._connection.receive(BYTES_PER_TICK)
        arrived = Arrived([data], [self._peer]) if data else Arrived()
        self._statistics.chunks += len(arrived.chunks)
        self._statistics.bytes += len(data)
        if ended is not None:
            self._lose(ended)
        return arrived

    def send(self, peer: Peer, frame: bytes) -> bool:  # noqa: ARG002 - there is only one
        connection = self._connection
        return self._count_sent(sent=connection is not None and connection.send(frame))

    def _connect(self, now: float) -> None:
        """Take the next step of connecting."""
        if self._connecting is None:
            if not self._backoff.due(now):
                return
            attempt = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            attempt.settimeout(0)
            self._connecting = attempt, now + CONNECT_TIMEOUT
            error = attempt.connect_ex(self._target)
            if error not in {0, errno.EINPROGRESS}:
                self._fail(os.strerror(error))
                return
        attempt, deadline = self._connecting
        _, writable, _ = select.select([], [attempt], [], 0)
        if not writable:
            if now > deadline:
                self._fail(f"no answer within {CONNECT_TIMEOUT:g} s")
            return
        error = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self._fail(os.strerror(error))
            return
        self._connecting = None
        self._connection = Connection(attempt, self._peer)
        self._backoff.succeeded()
        self._statistics.connected = True
        self._statistics.connections += 1
        self._statistics.peers = 1

    def _fail(self, why: str) -> None:
        assert self._connecting is not None
        self._connecting[0].close()
        self._connecting = None
        self._statistics.last_error = why

    def _lose(self, why: str) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._peer.rest = b""
        self._statistics.connected = False
        self._statistics.peers = 0
        self._statistics.last_error = why
