"""The bus inside one process: what `demo` in one process and most tests use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from telemetry.bus import BusError, Handler, Message, NoAnswerError
from telemetry.bus.inbox import Inbox
from telemetry.bus.responder import Responder
from telemetry.bus.subjects import check_pattern, check_payload, check_subject, matches


class MemoryBus:
    """A `Bus` for the tasks of one event loop."""

    def __init__(self) -> None:
        self._inboxes: dict[Inbox, str] = {}
        self._responders: list[Responder] = []
        self._closed = False

    @property
    def connected(self) -> bool:
        """Until it is closed."""
        return not self._closed

    async def publish(self, subject: str, payload: bytes) -> None:
        """Send to all who subscribe now. Raises BusError."""
        self._check_open()
        check_subject(subject)
        check_payload(payload)
        message = Message(subject, bytes(payload))
        for inbox, pattern in self._inboxes.items():
            if matches(pattern, subject):
                inbox.put(message)

    @asynccontextmanager
    async def subscribe(self, subject: str) -> AsyncGenerator[Inbox]:
        """Receive until the block is left. Raises BusError."""
        self._check_open()
        check_pattern(subject)
        inbox = Inbox()
        self._inboxes[inbox] = subject
        try:
            yield inbox
        finally:
            inbox.close()
            self._inboxes.pop(inbox, None)

    async def request(self, subject: str, payload: bytes, *, timeout: float) -> bytes:
        """Ask whoever responds there. Raises NoAnswerError, BusError."""
        await self.publish(subject, payload)  # as with NATS, whoever listens sees requests too
        responder = self._next_responder(subject)
        if responder is None:
            raise NoAnswerError(f"nobody responds on {subject}")
        answer = responder.start(Message(subject, bytes(payload)))
        answer.add_done_callback(_retrieve)
        done, _ = await asyncio.wait({answer}, timeout=timeout)
        if not done or answer.cancelled():
            raise NoAnswerError(f"no answer on {subject} within {timeout:g} s")
        return answer.result()

    @asynccontextmanager
    async def respond(self, subject: str, handler: Handler) -> AsyncGenerator[None]:
        """Answer requests while the block lasts. Raises BusError."""
        self._check_open()
        check_pattern(subject)
        responder = Responder(subject, handler)
        self._responders.append(responder)
        try:
            yield
        finally:
            if responder in self._responders:
                self._responders.remove(responder)
            await responder.close()

    async def close(self) -> None:
        """Leave the bus; subscriptions end."""
        self._closed = True
        for inbox in self._inboxes:
            inbox.close()
        for responder in self._responders:
            await responder.close()
        self._inboxes.clear()
        self._responders.clear()

    def _check_open(self) -> None:
        if self._closed:
            raise BusError("the bus is closed")

    def _next_responder(self, subject: str) -> Responder | None:
        """The one of those who respond there that waited longest: they take turns."""
        for responder in self._responders:
            if matches(responder.subject, subject):
                self._responders.remove(responder)
                self._responders.append(responder)
                return responder
        return None


def _retrieve(answer: asyncio.Task[bytes]) -> None:
    """Take the outcome of a request whose requester may have gone; it was logged already."""
    if not answer.cancelled():
        answer.exception()
