"""One handler that answers requests: each in its own task, so that a slow one holds up no other."""

from __future__ import annotations

import asyncio
import logging

from telemetry.bus import BusError, Handler, Message
from telemetry.bus.subjects import check_payload

HANDLER_LIMIT = 64
"""Requests that one responder works on at once; further ones are told that it is busy."""

_log = logging.getLogger(__name__)


class ResponderError(BusError):
    """The responder could not answer: its handler failed, it is busy, or it is going away."""


class Responder:
    """Runs `handler` for each request. `close` ends what still runs."""

    def __init__(self, subject: str, handler: Handler) -> None:
        self.subject = subject
        self._handler = handler
        self._running: set[asyncio.Task[bytes]] = set()

    def start(self, message: Message) -> asyncio.Task[bytes]:
        """Begin to answer; the task's result is the answer, its exception a ResponderError.

        Raises ResponderError when HANDLER_LIMIT requests are being worked on.
        """
        if len(self._running) >= HANDLER_LIMIT:
            raise ResponderError(f"{self.subject}: busy with {HANDLER_LIMIT} requests; try later")
        task = asyncio.get_running_loop().create_task(self._answer(message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def close(self) -> None:
        """Cancel the requests that are being worked on."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _answer(self, message: Message) -> bytes:
        try:
            answer = await self._handler(message)
            check_payload(answer)
        except asyncio.CancelledError:
            raise ResponderError(f"{self.subject}: the responder went away") from None
        except Exception as error:  # whatever a handler does wrong is told to the requester
            _log.exception("the responder of %s failed", self.subject)
            detail = f"{type(error).__name__}: {error}".replace("\n", " ")[:200]
            raise ResponderError(f"{self.subject}: the responder failed ({detail})") from error
        return answer
