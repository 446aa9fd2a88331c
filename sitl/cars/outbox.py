"""What a device has reported and nobody has acknowledged yet: kept in order and sent again.

The apps of the cars keep a report until the server has taken it (OwnTracks until PUBACK, Traccar
Client until 200), through tunnels and restarts of the server. So does an outbox; it is bounded,
and when it is full the oldest report goes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")

OUTBOX_LIMIT = 2000
"""Reports that one device keeps: about fifty minutes of driving."""

RETRY_FIRST = 0.5
RETRY_LONGEST = 5.0
"""Seconds until a failed delivery is tried again, at first and at most."""


class Outbox(Generic[T]):
    """The reports of one device, oldest first."""

    def __init__(self, limit: int = OUTBOX_LIMIT) -> None:
        self._items: deque[T] = deque()
        self._limit = limit
        self._filled = asyncio.Event()
        self.peak = 0
        self.dropped = 0
        self.acknowledged = 0

    def __len__(self) -> int:
        """How many wait, the one being sent included."""
        return len(self._items)

    def put(self, item: T) -> None:
        """Add the newest report; the oldest goes if there is no room."""
        if len(self._items) == self._limit:
            self._items.popleft()
            self.dropped += 1
        self._items.append(item)
        self.peak = max(self.peak, len(self._items))
        self._filled.set()

    async def oldest(self) -> T:
        """The report to send next, as soon as there is one; it stays until `done`."""
        await self._filled.wait()
        return self._items[0]

    def first(self, limit: int) -> list[T]:
        """The oldest ones, `limit` at most; they stay until `done`."""
        return list(islice(self._items, limit))

    def done(self, item: T) -> None:
        """`item`, as `oldest` gave it, is acknowledged."""
        self.acknowledged += 1
        if self._items and self._items[0] is item:  # it may have been dropped meanwhile
            self._items.popleft()
        if not self._items:
            self._filled.clear()


class Retry:
    """How long to wait before the next attempt: longer each time, never the same for all."""

    def __init__(
        self, random: Random, first: float = RETRY_FIRST, longest: float = RETRY_LONGEST
    ) -> None:
        self._random = random
        self._first = first
        self._longest = longest
        self._next = first
        self.failures = 0

    def succeeded(self) -> None:
        """Begin again with the shortest wait."""
        self._next = self._first

    async def wait(self) -> None:
        """Count a failure and wait."""
        self.failures += 1
        seconds = self._next * self._random.uniform(0.7, 1.3)
        self._next = min(self._next * 2, self._longest)
        await asyncio.sleep(seconds)
