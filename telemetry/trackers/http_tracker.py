"""What protocols over HTTP share: a protocol's own class says what becomes of a request."""

from __future__ import annotations

from abc import abstractmethod

from telemetry.sink import NotStoredError, RefusedError
from telemetry.trackers.http import HttpServer, Request, Response, text
from telemetry.trackers.intake import Intake
from telemetry.trackers.settings import ListensAt

MAX_BODY = 64 << 10
"""Bytes of a body; a report has a few hundred."""

WAITING_LIMIT = 20_000
"""Requests that wait for COMMIT at once; further ones are told to come again."""

RETRY_AFTER = 10
"""Seconds after which a device should come again."""


class HttpTracker(HttpServer):
    """Answers the requests of devices after COMMIT, and tells them to come again without one."""

    methods: tuple[str, ...] = ("POST",)
    max_body = MAX_BODY

    def __init__(self, settings: ListensAt, intake: Intake) -> None:
        super().__init__(settings, intake)
        self._waiting = 0

    @abstractmethod
    async def take(self, request: Request) -> Response:
        """Keep what a request tells, and answer it. Raises NotStoredError."""

    async def answer(self, request: Request) -> Response:
        """Devices ask for any path, so there are no routes."""
        if request.method not in self.methods:
            self._refuse("method", f"{request.method[:20]} is not taken", request)
            return text(405, " or ".join(self.methods), Allow=", ".join(self.methods))
        if self._waiting >= WAITING_LIMIT:
            self._refuse("busy", f"{WAITING_LIMIT} requests wait for the database", request)
            return text(503, "busy, come again", Retry_After=str(RETRY_AFTER))
        self._waiting += 1
        self.statistics.received += 1
        try:
            return await self.take(request)
        except NotStoredError:
            return text(503, "not stored, come again", Retry_After=str(RETRY_AFTER))
        finally:
            self._waiting -= 1

    def _refuse(self, reason: str, detail: str, request: Request) -> None:
        self.intake.refuse(RefusedError(reason, detail), peer=request.peer)
