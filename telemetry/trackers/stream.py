"""Trackers that devices connect to: nothing that a client does holds a connection for long.

What is said on a connection is the protocols' own. Here each has a deadline, their number is
bounded, who does not read what it is answered is cut off, and at the end those that are being
worked on are finished. One clock goes round all connections, since a timer for each costs more
than a tracker's message does.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from abc import ABC, abstractmethod
from typing import cast

from telemetry.listening import bind
from telemetry.sink import RefusedError
from telemetry.trackers.intake import Intake
from telemetry.trackers.settings import ListensAt

CONNECTION_LIMIT = 20_000

BACKLOG = 1024
"""Connections that the kernel keeps until they are taken: after an outage all come at once."""

SWEEP_PERIOD = 0.1
"""Seconds between two looks at the deadlines."""

SHUTDOWN_TIMEOUT = 5.0
"""Seconds that connections have to finish what they are working on when the server ends."""


class Connection(asyncio.Protocol):
    """A client's connection."""

    transport: asyncio.Transport

    def __init__(self, server: StreamServer) -> None:
        self.server = server
        self.peer = ""
        """Who it is: `127.0.0.1:4711`."""
        self.deadline = math.inf
        """When `late` is called, by the event loop's clock."""
        self.busy = False
        """Whether something is being worked on: the end of the server waits for it."""
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, unless there are too many."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        host, port = (transport.get_extra_info("peername") or ("?", 0))[:2]
        self.peer = f"{host}:{port}"
        self.server.admit(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Forget the connection."""
        self.lost = True
        self.server.dismiss(self)

    def pause_writing(self) -> None:
        """It does not read: some thousand answers wait for it."""
        self.cut("deaf", "does not read what it is answered")

    def allow(self, seconds: float) -> None:
        """Set the deadline."""
        self.deadline = _now() + seconds

    def late(self) -> None:
        """The deadline has passed."""
        self.cut("slow", "said nothing whole for too long")

    def cut(self, reason: str, detail: str) -> None:
        """End the connection at once, and count why."""
        if not self.lost:
            self.server.intake.refuse(RefusedError(reason, detail), peer=self.peer)
            self.transport.abort()

    def finish(self) -> None:
        """The server ends: close now, or when what is being worked on is done."""
        if not self.busy:
            self.transport.close()


class StreamServer(ABC):
    """Takes connections on one address until it is closed or its `run`, used once, is cancelled."""

    def __init__(self, settings: ListensAt, intake: Intake) -> None:
        """`settings` is the section that is called as the intake's origin."""
        self.intake = intake
        self.statistics = intake.statistics
        self.connections: set[Connection] = set()
        self.ending = False
        self._settings = settings
        self._listening = False
        self._close = asyncio.Event()
        self._empty = asyncio.Event()  # the last connection is gone
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def listening(self) -> bool:
        """Whether connections are taken now."""
        return self._listening

    @abstractmethod
    def connect(self) -> Connection:
        """The protocol of a new connection."""

    def admit(self, connection: Connection) -> None:
        """Keep a new connection, or cut it when there are too many."""
        if len(self.connections) >= CONNECTION_LIMIT:
            connection.cut("busy", f"more than {CONNECTION_LIMIT} connections")
        else:
            self.connections.add(connection)
            self.statistics.connections = len(self.connections)

    def dismiss(self, connection: Connection) -> None:
        """Forget a connection that is lost."""
        self.connections.discard(connection)
        self.statistics.connections = len(self.connections)
        if not self.connections:
            self._empty.set()

    async def run(self) -> None:
        """Serve; what is being worked on is finished at the end.

        Raises ListenError if the port cannot be had.
        """
        settings = self._settings
        listener = bind(settings.host, settings.port, self.intake.origin)
        self._ended.clear()
        try:
            server = await asyncio.get_running_loop().create_server(
                self.connect, sock=listener, backlog=BACKLOG
            )
            self._listening = True
            try:
                while not self._close.is_set():
                    await _wait(self._close, SWEEP_PERIOD)
                    self._sweep()
            finally:
                self._listening = False
                self.ending = True
                server.close()
                await self._finish()
        finally:
            listener.close()
            self._ended.set()

    async def close(self) -> None:
        """End `run`, and return when it has ended."""
        self._close.set()
        await self._ended.wait()

    def _sweep(self) -> None:
        now = _now()
        for connection in [each for each in self.connections if each.deadline < now]:
            connection.late()

    async def _finish(self) -> None:
        """Let all connections end; cut those that do not in time."""
        try:
            self._empty.clear()
            for connection in list(self.connections):
                connection.finish()
            if self.connections:
                await _wait(self._empty, SHUTDOWN_TIMEOUT)
        finally:
            for connection in list(self.connections):
                connection.transport.abort()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    # not wait_for: until Python 3.12 it loses a cancellation that comes with the event
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
