"""A small HTTP/1.1 client for many devices: kept connections, one request at a time on each.

llhttp (through httptools) reads the answers. A fleet of 10,000 sends some 3,000 requests in a
second; a general client takes most of a millisecond for one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

from sitl.errors import SimulationError

CONNECTIONS = 512
"""Connections that all devices share; as many requests at most wait for a commit at once."""

TIMEOUT = 15.0
"""Seconds to wait for an answer; the server answers after its database has committed."""

MAX_ANSWER = 64 << 10
"""Bytes of an answer; devices look at its status alone."""


@dataclass(frozen=True)
class Server:
    """Where requests go."""

    host: str
    port: int
    path: str
    tls: bool

    def get(self, query: str) -> bytes:
        """The GET of a query."""
        return f"GET {self.path}?{query} HTTP/1.1\r\nHost: {self.name}\r\n\r\n".encode()

    def post(self, body: bytes, content_type: str) -> bytes:
        """The POST of a body."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {self.name}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    @property
    def name(self) -> str:
        """Host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def address(url: str, what: str) -> Server:
    """The checked address of a server; `what` it is for stands in the error.

    Raises SimulationError.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise SimulationError(f"{what} address {url!r}: {error}") from None
    if parts.scheme not in {"http", "https"} or not host or not url.isascii() or " " in url:
        raise SimulationError(f"{what} address {url!r}: use http://HOST:PORT/")
    tls = parts.scheme == "https"
    return Server(host, port or (443 if tls else 80), parts.path or "/", tls)


class HttpPool:
    """Connections to one server, opened as they are needed. No proxy of the environment is used."""

    def __init__(self, server: Server, connections: int = CONNECTIONS) -> None:
        self.server = server
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[_Connection] = []

    async def ask(self, request: bytes) -> int:
        """Send a request; returns the status of the answer.

        Raises OSError (TimeoutError is one) if there is none.
        """
        async with self._slots, asyncio.timeout(TIMEOUT):
            connection = await self._connection()
            try:
                status = await connection.ask(request)
            except BaseException:
                connection.abort()
                raise
            if connection.usable:
                self._idle.append(connection)
            else:
                connection.abort()
            return status

    async def _connection(self) -> _Connection:
        while self._idle:
            if (connection := self._idle.pop()).usable:
                return connection
        server = self.server
        _, made = await asyncio.get_running_loop().create_connection(
            _Connection, server.host, server.port, ssl=server.tls or None
        )
        return made

    def close(self) -> None:
        """Close what is idle."""
        for connection in self._idle:
            connection.abort()
        self._idle.clear()


@contextlib.asynccontextmanager
async def pool(server: Server) -> AsyncIterator[HttpPool]:
    """A pool that is closed at the end."""
    opened = HttpPool(server)
    try:
        yield opened
    finally:
        opened.close()


class _Connection(asyncio.Protocol):
    """One connection; its `on_…` is called by the parser."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[int] | None = None
        self._size = 0
        self.usable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it

    def data_received(self, data: bytes) -> None:
        self._size += len(data)
        if self._answer is None or self._size > MAX_ANSWER:
            self._fail("said more than it was asked for")
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"no HTTP: {error}")

    def connection_lost(self, _exc: Exception | None) -> None:
        self._fail("closed the connection")

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # 100 Continue and the like: the answer is still to come
            return
        self.usable &= self._parser.should_keep_alive()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)

    async def ask(self, request: bytes) -> int:
        """Raises ConnectionError."""
        self._answer = asyncio.get_running_loop().create_future()
        self._size = 0
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            self._answer = None

    def abort(self) -> None:
        self.usable = False
        self._transport.abort()

    def _fail(self, why: str) -> None:
        self.abort()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError(f"the server {why}"))
