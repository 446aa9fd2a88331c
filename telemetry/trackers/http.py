"""An HTTP server for devices: nothing that a client does holds a connection or memory for long.

uvicorn runs inside our own event loop and leaves the process's signals alone. What it lacks is
added here: a request has to be complete within REQUEST_TIMEOUT, the number of connections is
bounded, and what is no HTTP is told to whoever counts it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from telemetry.listening import Server

if TYPE_CHECKING:
    from starlette.types import ASGIApp

MAX_HEAD = 32 << 10
"""Bytes of request line and headers that are waited for; one read brings up to 256 KiB at once."""

REQUEST_TIMEOUT = 10.0
"""Seconds from a connection, or from the first byte of a later request, until it is complete."""

KEEP_ALIVE = 15
"""Seconds that an idle connection is kept for the next request."""

CONNECTION_LIMIT = 4096

SHUTDOWN_TIMEOUT = 5
"""Seconds that requests have to finish when the server ends."""

Refuse = Callable[[str, str], None]
"""Counts what was refused: the reason as a short word, and the detail."""

_connection_log = logging.getLogger(f"{__name__}.connections")
_connection_log.setLevel(logging.ERROR)  # what uvicorn warns of is counted by `refuse`


class HttpServer:
    """Serves an ASGI application on one address until it is closed or its `run` is cancelled."""

    def __init__(self, app: ASGIApp, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse
        self._server: Server | None = None
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def listening(self) -> bool:
        """Whether requests are taken now."""
        return self._server is not None and self._server.started and not self._server.should_exit

    async def run(self, listener: socket.socket) -> None:
        """Serve on a bound socket; requests that are being worked on are finished at the end."""
        self._server = server = Server(
            uvicorn.Config(
                self._app,
                interface="asgi3",
                http=self._protocol,  # type: ignore[arg-type]  # uvicorn calls it, no more
                ws="none",
                lifespan="off",
                loop="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
                h11_max_incomplete_event_size=MAX_HEAD,
            )
        )
        self._ended.clear()
        serving = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            try:
                await serving
            finally:
                listener.close()
                self._server = None
                self._ended.set()

    async def close(self) -> None:
        """End `run`, and return when it has ended."""
        if self._server is not None:
            self._server.should_exit = True
        await self._ended.wait()

    def _protocol(self, **arguments: Any) -> _Connection:
        return _Connection(self._refuse, **arguments)


class _Connection(H11Protocol):
    """A connection with a deadline for each request."""

    def __init__(self, refuse: Refuse, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.logger = _connection_log
        self._refuse = refuse
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        if len(self.connections) > CONNECTION_LIMIT:
            self._refuse("busy", f"more than {CONNECTION_LIMIT} connections")
            transport.abort()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:  # of the next request, sent before its turn
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unwatch()
        self._unset_keepalive_if_required()  # uvicorn leaves it when the connection broke

    def send_400_response(self, msg: str) -> None:
        self._refuse("malformed_http", msg)
        super().send_400_response(msg)

    def _watch(self) -> None:
        """Let the deadline run while the rest of a request is awaited."""
        if self.transport.is_closing() or self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_TIMEOUT, self._late)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if self.conn.their_state is h11.IDLE:  # of a late body the application learns and tells
            self._refuse("slow", f"a request had not begun within {REQUEST_TIMEOUT:g} s")
        self.transport.abort()
