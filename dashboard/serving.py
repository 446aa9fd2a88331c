"""Runs the page's server until it is cancelled."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from starlette.types import ASGIApp

from dashboard.errors import DashboardError
from dashboard.settings import DashboardSettings
from dashboard.viewers import MAX_MESSAGE
from telemetry.listening import Server, bind

MAX_CONNECTIONS = 512
"""Connections at once, sockets and requests together; more are answered 503."""

GRACE = 2
"""Seconds that requests have to end when the server stops."""

SEND_BUFFER = 256 * 1024
"""Bytes that the kernel keeps for one viewer. More would hold old pictures for one that is slow."""

STUCK_LIMIT = 30_000
"""Milliseconds after which the kernel drops a connection whose other end takes nothing."""


async def serve(app: ASGIApp, settings: DashboardSettings) -> None:
    """Serve until cancelled; then say goodbye to all viewers. Raises ListenError, DashboardError."""
    listener = _listen(settings.host, settings.port)
    server = Server(
        uvicorn.Config(
            app,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=GRACE,
            ws_max_size=MAX_MESSAGE,
            ws_max_queue=4,
            ws_per_message_deflate=False,  # packed numbers hardly shrink
        )
    )
    running = asyncio.create_task(_run(server, listener))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        server.should_exit = True
        await running
        raise
    finally:
        listener.close()


async def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    try:
        await server.serve(sockets=[listener])
    except SystemExit:  # how uvicorn tells it
        raise DashboardError("the page's server could not start; the log says why") from None


def _listen(host: str, port: int) -> socket.socket:
    listener = bind(host, port, "dashboard")
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK_LIMIT)
    listener.setblocking(False)  # noqa: FBT003 - takes it by position only
    return listener
