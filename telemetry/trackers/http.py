"""An HTTP/1.1 server for devices that costs little for each request.

llhttp (through httptools) reads; around it stands what a server in the open needs: a request has to
be complete within REQUEST_TIMEOUT, head and body are bounded, and what is no HTTP is told to
whoever counts it. uvicorn serves our pages; here its price, 200 µs a request with h11, would be
that of eight reports of a tracker.
"""

from __future__ import annotations

import asyncio
import logging
import math
from abc import abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import httptools

from telemetry.sink import RefusedError
from telemetry.trackers.stream import Connection, StreamServer

MAX_HEAD = 32 << 10
"""Bytes of request line and headers."""

MAX_FRAMING = 64 << 10
"""Bytes of a request that are neither head nor body: sizes of chunks, trailers."""

REQUEST_TIMEOUT = 10.0
"""Seconds from a connection, or from the first byte of a later request, until it is complete."""

KEEP_ALIVE = 15.0
"""Seconds that an idle connection is kept for the next request."""

PIPELINE_LIMIT = 64
"""Requests of one connection that wait for their turn; a device sends one after another."""

LINGER = 2.0
"""Seconds in which a refused client may go on sending: a reset would take its answer away."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Request:
    """A whole request."""

    method: str
    query: bytes
    """What stands behind the `?`."""
    headers: Mapping[bytes, bytes]
    """By name in lower case; of those that come twice the last."""
    body: bytes
    peer: str
    keep_alive: bool


@dataclass(slots=True)
class Response:
    """What a device gets."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    _usual: bytes = b""

    def encoded(self, *, head_only: bool, keep_alive: bool) -> bytes:
        """The bytes of it; those of a response that is sent again and again are kept."""
        if head_only or not keep_alive:
            return self._encode(head_only=head_only, keep_alive=keep_alive)
        if not self._usual:
            self._usual = self._encode(head_only=False, keep_alive=True)
        return self._usual

    def _encode(self, *, head_only: bool, keep_alive: bool) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            f"content-type: {self.content_type}",
            f"content-length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        if not keep_alive:
            lines.append("connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        return head if head_only else head + self.body


def text(status: int, line: str, **headers: str) -> Response:
    """A response of one line; `Retry_After` in `headers` is Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, f"{line}\n".encode(), headers=named)


class HttpServer(StreamServer):
    """Answers requests."""

    max_body: int
    """Bytes of a body that are taken."""

    def connect(self) -> Connection:
        """The protocol of a new connection."""
        return HttpConnection(self)

    @abstractmethod
    async def answer(self, request: Request) -> Response:
        """The response to a request."""


class HttpConnection(Connection):
    """A connection; its `on_…` are called by the parser."""

    def __init__(self, server: HttpServer) -> None:
        super().__init__(server)
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[Request | Response] = deque()
        self._work: asyncio.Task[None] | None = None
        self._served = False  # a request was complete
        self._deaf = False  # nothing that comes is read any more
        self._ended = False  # nothing will come any more
        self._receiving = False  # a request has begun and is not complete
        self._fresh = False  # it began in what is being read
        self._later = 0  # bytes of it that came afterwards
        self._head_size = 0
        self._head_done = False
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self.allow(REQUEST_TIMEOUT)

    def data_received(self, data: bytes) -> None:
        """Read requests, and begin to answer them."""
        if self._deaf:
            return
        was_receiving, self._fresh = self._receiving, False
        try:
            self._parser.feed_data(data)
            self._bound(len(data))
        except httptools.HttpParserUpgrade:  # the request is answered as any other
            self._deaf = True
        except httptools.HttpParserCallbackError as error:
            if not isinstance(error.__context__, RefusedError):
                raise
            self._fail(error.__context__)
        except httptools.HttpParserError as error:
            self._fail(RefusedError("malformed_http", str(error)))
        except RefusedError as error:
            self._fail(error)
        if self.busy:
            return
        if self._queue:
            self.busy = True
            self.deadline = math.inf
            self._work = asyncio.get_running_loop().create_task(self._answer())
        elif self._receiving and not was_receiving and self._served:
            self.allow(REQUEST_TIMEOUT)

    def eof_received(self) -> bool:
        """Nothing more will come; what was asked is answered."""
        self._ended = True
        self._note_incomplete()
        return self.busy

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a request that is not complete."""
        if not self._ended:
            self._note_incomplete()
        super().connection_lost(exc)

    def late(self) -> None:
        """Cut who has a request to complete; an idle connection is closed without a word."""
        if self._receiving and not self._deaf:
            self.cut("slow", f"a request was not complete within {REQUEST_TIMEOUT:g} s")
        elif not self._served and not self._deaf:
            self.cut("slow", f"a request had not begun within {REQUEST_TIMEOUT:g} s")
        else:
            self.transport.abort()

    def cut(self, reason: str, detail: str) -> None:
        """End the connection at once, and count why."""
        self._deaf = True
        super().cut(reason, detail)

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._receiving = self._fresh = True
        self._later = self._head_size = 0
        self._head_done = False
        self._url = b""
        self._headers = {}
        self._body = bytearray()

    def on_url(self, url: bytes) -> None:
        """A part of the request line's URL."""
        self._url += url
        self._grow_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer behind a body in chunks, which nobody needs."""
        self._grow_head(len(name) + len(value))
        if not self._head_done:
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Look at the head."""
        self._head_done = True
        headers = self._headers
        if b"host" not in headers and self._parser.get_http_version() != "1.0":
            raise RefusedError("malformed_http", "a request without Host")
        if int(headers.get(b"content-length", 0)) > self._server.max_body:
            raise self._too_large()
        waits = headers.get(b"expect", b"").lower() == b"100-continue"
        if waits and not self.busy and not self._queue:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._body += body
        if len(self._body) > self._server.max_body:
            raise self._too_large()

    def on_message_complete(self) -> None:
        """Put the request into the queue."""
        if len(self._queue) >= PIPELINE_LIMIT:
            raise RefusedError("busy", f"more than {PIPELINE_LIMIT} requests at once")
        self._receiving, self._served = False, True
        self._queue.append(
            Request(
                self._parser.get_method().decode(),
                self._url.partition(b"#")[0].partition(b"?")[2],
                self._headers,
                bytes(self._body),
                self.peer,
                self._parser.should_keep_alive(),
            )
        )

    async def _answer(self) -> None:
        """Answer what is in the queue, one after another."""
        open_ = True
        while self._queue and open_:
            asked = self._queue.popleft()
            if isinstance(asked, Response):
                open_ = self._send(asked, head_only=False, keep_alive=False)
                continue
            try:
                response = await self._server.answer(asked)
            except Exception:  # noqa: BLE001 - the client hears of it, whatever it was
                _log.exception("a request could not be dealt with")
                response = text(500, "a fault of ours, come again")
            keep_alive = asked.keep_alive and not self.server.ending
            open_ = self._send(response, head_only=asked.method == "HEAD", keep_alive=keep_alive)
        self.busy = False
        if not open_ or self._deaf or self._ended:
            self._leave()
        else:
            self.allow(REQUEST_TIMEOUT if self._receiving else KEEP_ALIVE)

    def _send(self, response: Response, *, head_only: bool, keep_alive: bool) -> bool:
        """Write a response; false if the connection is at its end with that."""
        if self.lost:
            return False
        self.transport.write(response.encoded(head_only=head_only, keep_alive=keep_alive))
        return keep_alive

    def _leave(self) -> None:
        """Close; who is still sending hears first what it was answered."""
        if self._ended or not self._receiving or self.lost:
            self.transport.close()
        else:
            self._deaf = True
            self.transport.write_eof()
            self.allow(LINGER)

    def _grow_head(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MAX_HEAD:
            raise RefusedError("malformed_http", f"a head of more than {MAX_HEAD} bytes")

    def _bound(self, size: int) -> None:
        """Count what came of a request that is not complete."""
        if not self._receiving or self._fresh:
            return
        self._later += size
        if not self._head_done and self._later > MAX_HEAD:
            raise RefusedError("malformed_http", f"a head of more than {MAX_HEAD} bytes")
        if self._later > MAX_HEAD + self._server.max_body + MAX_FRAMING:
            raise self._too_large()

    def _too_large(self) -> RefusedError:
        return RefusedError("too_large", f"a body of more than {self._server.max_body} bytes")

    def _fail(self, error: RefusedError) -> None:
        """Answer what cannot be understood, and read nothing more."""
        self._deaf = True
        self.server.intake.refuse(error, peer=self.peer)
        status = {"too_large": 413, "busy": 503}.get(error.reason, 400)
        self._queue.append(text(status, str(error)))

    def _note_incomplete(self) -> None:
        if self._receiving and not self._deaf:
            why = "the connection ended before its request was complete"
            self.server.intake.refuse(RefusedError("incomplete", why), peer=self.peer)
