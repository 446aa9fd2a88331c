"""Sinks that note what they are given."""

from __future__ import annotations

import asyncio

from telemetry.batch import Batch
from telemetry.sink import NotStoredError, Refusals, RefusedError


class RecordingSink:
    """A `telemetry.sink.Sink` that can be made to wait and to fail."""

    def __init__(self) -> None:
        self.accepted: list[Batch] = []
        self.offered: list[Batch] = []
        self.refusals = Refusals()
        self.open = asyncio.Event()
        """While it is clear, `accept` waits: the database is away."""
        self.open.set()
        self.failing = False
        self.failed: list[Batch] = []
        self.refusing = False
        self.waiting = 0
        self.most_waiting = 0

    async def accept(self, batch: Batch) -> None:
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        try:
            await self.open.wait()
            await asyncio.sleep(0)
        finally:
            self.waiting -= 1
        if self.failing:
            self.failed.append(batch)
            raise NotStoredError("the database is away")
        if self.refusing:
            raise RefusedError("refused-by-database", "the row is not taken")
        self.accepted.append(batch)

    def offer(self, batch: Batch) -> None:
        self.offered.append(batch)

    def refuse(self, origin: str, error: RefusedError) -> None:
        self.refusals.add(origin, error)

    @property
    def refused(self) -> dict[str, int]:
        """How often for each reason."""
        return {reason: count for (_, reason), count in self.refusals.counts.items()}
