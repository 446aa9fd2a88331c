"""The batches that wait for the database: a queue with two classes and a bound.

What a device waits for is written first and is never dropped. What nobody waits for is dropped
when there is no room, the oldest before the newer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass

from fleet.columns import POSITION, STATUS
from telemetry.batch import Batch
from telemetry.sink import RefusedError
from telemetry.store.statistics import WriterStatistics


@dataclass(eq=False, slots=True)
class Entry:
    """A batch in the queue or under way."""

    batch: Batch
    waiter: asyncio.Future[None] | None = None  # None: nobody waits for it
    open_parts: int = 1
    refusal: RefusedError | None = None

    def finish(self) -> None:
        """Tell the waiter, when the last part is written or refused."""
        self.open_parts -= 1
        if self.open_parts == 0 and self.waiter is not None and not self.waiter.done():
            if self.refusal is None:
                self.waiter.set_result(None)
            else:
                self.waiter.set_exception(self.refusal)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of an entry; all of them unless the database refused one."""

    entry: Entry
    batch: Batch

    def halves(self) -> list[Part]:
        """The same rows as two parts."""
        middle = len(self.batch) // 2
        self.entry.open_parts += 1
        return [
            Part(self.entry, rows_of(self.batch, 0, middle)),
            Part(self.entry, rows_of(self.batch, middle, len(self.batch))),
        ]


class Pending:
    """The queue; it keeps `waiting`, `waiting_peak` and `dropped` of the statistics."""

    def __init__(self, limit: int, hurry: int, statistics: WriterStatistics) -> None:
        """At most `limit` rows; `hurry` of them are worth a transaction at once."""
        self._limit = limit
        self._hurry = hurry
        self._statistics = statistics
        self._awaited: OrderedDict[Entry, None] = OrderedDict()
        self._offered: OrderedDict[Entry, None] = OrderedDict()
        self._offered_rows = 0
        self._something = asyncio.Event()  # there is an entry
        self._enough = asyncio.Event()  # it is worth a transaction at once

    def add(self, entry: Entry) -> bool:
        """Take an entry, dropping older ones that nobody waits for; false if it does not fit."""
        assert entry.batch.positions.dtype == POSITION
        assert entry.batch.statuses.dtype == STATUS
        size, statistics = size_of(entry.batch), self._statistics
        if statistics.waiting - self._offered_rows + size > self._limit:
            return False
        while statistics.waiting + size > self._limit:
            oldest, _ = self._offered.popitem(last=False)
            self._offered_rows -= size_of(oldest.batch)
            statistics.waiting -= size_of(oldest.batch)
            statistics.dropped += len(oldest.batch)
        if entry.waiter is None:
            self._offered[entry] = None
            self._offered_rows += size
        else:
            self._awaited[entry] = None
        statistics.waiting += size
        statistics.waiting_peak = max(statistics.waiting_peak, statistics.waiting)
        self._signal()
        return True

    def abandon(self, entry: Entry) -> None:
        """Nobody waits for the entry any more: from now on it may be dropped, and first of all."""
        entry.waiter = None
        if entry in self._awaited:
            del self._awaited[entry]
            self._offered[entry] = None
            self._offered.move_to_end(entry, last=False)
            self._offered_rows += size_of(entry.batch)

    async def wait(self, timeout: float) -> bool:
        """Wait until there is something to write; false if there is nothing after `timeout`."""
        # not wait_for: until Python 3.12 it loses a cancellation that comes with the event
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._something.wait()
        return self._something.is_set()

    async def take(self, linger: float) -> list[Part]:
        """The next entries to write, after waiting at most `linger` seconds for company."""
        with suppress(TimeoutError):
            async with asyncio.timeout(linger):
                await self._enough.wait()
        group: list[Part] = []
        size = 0
        for queue in (self._awaited, self._offered):
            while queue and size < self._hurry:
                entry, _ = queue.popitem(last=False)
                group.append(Part(entry, entry.batch))
                size += size_of(entry.batch)
                if queue is self._offered:
                    self._offered_rows -= size_of(entry.batch)
        self._something.clear()
        self._enough.clear()
        self._signal()
        return group

    def _signal(self) -> None:
        if self._awaited or self._offered:
            self._something.set()
        if self._awaited or self._offered_rows >= self._hurry:
            self._enough.set()


def size_of(batch: Batch) -> int:
    """The room that a batch takes; one that only names assets takes some too."""
    return max(1, len(batch))


def rows_of(batch: Batch, start: int, stop: int) -> Batch:
    """Rows `start` to `stop` of a batch, counted through positions, statuses and texts.

    With them come only the assets that they name.
    """
    in_statuses = len(batch.positions)
    in_texts = in_statuses + len(batch.statuses)

    def part(offset: int) -> slice:
        return slice(max(0, start - offset), max(0, stop - offset))

    positions = batch.positions[part(0)]
    statuses = batch.statuses[part(in_statuses)]
    texts = batch.texts[part(in_texts)]
    named = {*positions["asset"].tolist(), *statuses["asset"].tolist(), *(t.asset for t in texts)}
    assets = tuple(asset for asset in batch.assets if asset.key in named)
    return Batch(assets, positions, statuses, texts)
