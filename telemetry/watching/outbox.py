"""What was told and is to be kept: brought to the keeper in order, again and again if need be.

Alert events are numbered without a gap, and a book is made of them again after a restart: none may
be lost while its successor is kept. So a parcel goes when its predecessor has been kept, by COMMIT
or in the spool.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NoReturn

from telemetry.batch import Batch, merged
from telemetry.sink import NotStoredError, RefusedError

PARCEL_ROWS = 5000
"""Rows that are brought at once, unless there are more in one batch."""

ROWS_MOST = 200_000
"""Rows from which on the outbox is full."""

RETRY = 0.5
"""Seconds after which what was not kept is brought again."""

_log = logging.getLogger(__name__)


class Outbox:
    """Used from one event loop: `run` in a task, `put` from any."""

    def __init__(self, accept: Callable[[Batch], Awaitable[None]]) -> None:
        """`accept` is that of the keeper."""
        self.refused = 0
        """Parcels that the database did not take."""
        self._accept = accept
        self._waiting: deque[Batch] = deque()
        self._parcel: Batch | None = None  # on its way
        self._rows = 0
        self._changed = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def full(self) -> bool:
        """Whether nothing more is to be put in for now."""
        return self._rows >= ROWS_MOST

    def put(self, batch: Batch) -> None:
        """Have a batch kept; never blocks."""
        self._waiting.append(batch)
        self._rows += len(batch)
        self._empty.clear()
        self._changed.set()

    async def settled(self) -> None:
        """Wait until all is kept."""
        await self._empty.wait()

    def rest(self) -> list[Batch]:
        """What is not kept yet, in order."""
        on_its_way = [] if self._parcel is None else [self._parcel]
        return [*on_its_way, *self._waiting]

    async def run(self) -> NoReturn:
        """Bring what is put in; until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._waiting:
                self._parcel = self._pack()
                await self._bring(self._parcel)
                self._rows -= len(self._parcel)
                self._parcel = None
            self._empty.set()

    def _pack(self) -> Batch:
        parcel, rows = [], 0
        while self._waiting and rows < PARCEL_ROWS:
            parcel.append(self._waiting.popleft())
            rows += len(parcel[-1])
        return merged(parcel)

    async def _bring(self, parcel: Batch) -> None:
        while True:
            try:
                await self._accept(parcel)
            except NotStoredError:
                await asyncio.sleep(RETRY)
            except RefusedError as error:
                self.refused += 1
                _log.error("alerts or geofence events are not kept: %s", error)
                return
            else:
                return
