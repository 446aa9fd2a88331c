"""Sinks that note what they are given."""

from __future__ import annotations

import asyncio

import numpy as np

from fleet.columns import POSITION, Rows, blank
from telemetry.batch import Batch, Event
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
        """Positions that wait for COMMIT."""
        self.aside: list[tuple[bytes, str]] = []
        self.letters: list[tuple[str, bytes, str]] = []
        """Reason, bytes and peer of what was refused or set aside."""

    async def accept(self, batch: Batch) -> None:
        self.waiting += len(batch.positions)
        try:
            await self.open.wait()
            await asyncio.sleep(0)
        finally:
            self.waiting -= len(batch.positions)
        if self.failing:
            self.failed.append(batch)
            raise NotStoredError("the database is away")
        if self.refusing:
            raise RefusedError("refused-by-database", "the row is not taken")
        self.accepted.append(batch)

    def offer(self, batch: Batch) -> None:
        self.offered.append(batch)

    def refuse(self, origin: str, error: RefusedError, *, raw: bytes = b"", peer: str = "") -> None:
        self.refusals.add(origin, error)
        self.letters.append((error.reason, raw, peer))

    async def set_aside(self, origin: str, error: RefusedError, *, raw: bytes, peer: str) -> None:
        if self.failing:
            raise NotStoredError("the database is away")
        self.refuse(origin, error, raw=raw, peer=peer)
        self.aside.append((raw, peer))

    @property
    def positions(self) -> Rows:
        """All that were accepted, in their order."""
        return np.concatenate([blank(POSITION, 0), *(batch.positions for batch in self.accepted)])

    @property
    def events(self) -> list[Event]:
        """All that were accepted or offered."""
        return [event for batch in self.accepted + self.offered for event in batch.events]

    @property
    def refused(self) -> dict[str, int]:
        """How often for each reason."""
        return {reason: count for (_, reason), count in self.refusals.counts.items()}
