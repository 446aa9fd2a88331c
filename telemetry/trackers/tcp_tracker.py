"""What protocols over TCP share: a protocol's own session says what becomes of what came.

Bytes that came together are dealt with together, so a device that empties its memory waits for a
few COMMITs and not for hundreds. Meanwhile what still comes is kept up to BACKLOG_BYTES, and beyond
that left to the kernel, which makes the device wait.
"""

from __future__ import annotations

import asyncio
import logging
import math
from abc import abstractmethod
from typing import Protocol

from telemetry.sink import NotStoredError, RefusedError
from telemetry.trackers.stream import Connection, StreamServer

LOGIN_TIMEOUT = 30.0
"""Seconds from the connection until a device has said who it is."""

FRAME_TIMEOUT = 30.0
"""Seconds from the first byte of a message until it is complete."""

IDLE_TIMEOUT = 900.0
"""Seconds of silence between messages: a parked car reports each few minutes."""

TAKEN_BYTES = 32 << 10
"""Bytes that are dealt with at once: some hundred messages."""

BACKLOG_BYTES = 64 << 10
"""Bytes that wait for their turn."""

_log = logging.getLogger(__name__)


class Session(Protocol):
    """The talk on one connection; knows no sockets."""

    @property
    def admitted(self) -> bool:
        """Whether the device has said who it is, or need not."""

    @property
    def frames(self) -> int:
        """Messages that were complete."""

    @property
    def over(self) -> bool:
        """Whether the connection is to be closed after the answer."""

    @property
    def unfinished(self) -> bool:
        """Whether a message has begun that is not complete."""

    async def take(self, data: bytes) -> bytes:
        """Deal with what came; returns the answer. Keeps at most one incomplete message.

        Raises RefusedError if nothing that follows could be understood, NotStoredError if what
        came cannot be acknowledged: the connection is closed, and the device sends it again.
        """

    def end(self) -> None:
        """The connection is closed."""


class TcpTracker(StreamServer):
    """Listens for devices; each connection has a session."""

    def connect(self) -> Connection:
        """The protocol of a new connection."""
        return DeviceConnection(self)

    @abstractmethod
    def session(self, peer: str) -> Session:
        """The session of a new connection of `peer`."""


class DeviceConnection(Connection):
    """A connection of a device."""

    def __init__(self, tracker: TcpTracker) -> None:
        super().__init__(tracker)
        self._tracker = tracker
        self._waiting = bytearray()
        self._paused = False  # reading is, until there is room
        self._ended = False  # nothing will come any more
        self._work: asyncio.Task[None] | None = None
        self._until = math.inf  # the deadline while nothing is being dealt with
        self._frames = 0  # how many were complete when a message began
        self._partial = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the device to say who it is."""
        super().connection_made(transport)
        self._session = self._tracker.session(self.peer)
        self.allow(LOGIN_TIMEOUT)
        self._until = self.deadline

    def connection_lost(self, exc: Exception | None) -> None:
        """End the session."""
        super().connection_lost(exc)
        self._session.end()

    def data_received(self, data: bytes) -> None:
        """Deal with it: at once, or when what came before is dealt with."""
        self._waiting += data
        if not self.busy:
            self.busy = True
            self.deadline = math.inf
            self._work = asyncio.get_running_loop().create_task(self._deal())
        elif len(self._waiting) > BACKLOG_BYTES:
            self._paused = True
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        """Nothing more will come; what came is answered."""
        self._ended = True
        return self.busy

    async def _deal(self) -> None:
        session, over, data = self._session, False, b""
        try:
            while self._waiting and not session.over and not self.server.ending:
                data = bytes(self._waiting[:TAKEN_BYTES])
                del self._waiting[:TAKEN_BYTES]
                if self._paused and len(self._waiting) < BACKLOG_BYTES and not self.lost:
                    self._paused = False
                    self.transport.resume_reading()
                answer = await session.take(data)
                if answer and not self.lost:
                    self.transport.write(answer)
        except RefusedError as error:
            self.server.intake.refuse(error, raw=data, peer=self.peer)
            over = True
        except NotStoredError:
            over = True
        except Exception:  # noqa: BLE001 - whatever failed, nothing is acknowledged
            _log.exception("what %s sent could not be dealt with", self.peer)
            over = True
        self.busy = False
        if over or session.over or self._ended or self.server.ending:
            self.transport.close()
        else:
            self._set_deadline()

    def _set_deadline(self) -> None:
        """Allow time for the next message, or for the rest of the one that has begun."""
        session = self._session
        same = self._partial and session.frames == self._frames
        self._partial, self._frames = session.unfinished, session.frames
        if not session.admitted or (session.unfinished and same):
            self.deadline = self._until
        else:
            self.allow(FRAME_TIMEOUT if session.unfinished else IDLE_TIMEOUT)
            self._until = self.deadline
