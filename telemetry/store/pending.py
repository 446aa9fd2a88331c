"""The batches that wait for the database: a queue with three classes and a bound.

What a device waits for is written first and is never dropped. What nobody waits for is dropped
when there is no room, the oldest before the newer. What is replayed from the spool takes turns
with the others.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from fleet.columns import POSITION, STATUS
from telemetry.batch import Batch, rows_of, size_of
from telemetry.sink import RefusedError
from telemetry.store.statistics import WriterStatistics


@dataclass(eq=False, slots=True)
class Entry:
    """A batch in the queue or under way."""

    batch: Batch
    waiter: asyncio.Future[None] | None = None  # None: nobody waits for it
    replayed: bool = False
    since: float = field(default_factory=time.monotonic)
    open_parts: int = 1
    refusal: RefusedError | None = None
    released: bool = False  # it need not be written any more: it is on disk, or comes again

    def finish(self) -> None:
        """Tell the waiter, when the last part is written or refused."""
        self.open_parts -= 1
        if self.open_parts == 0:
            self.settle(self.refusal)

    def settle(self, error: Exception | None) -> None:
        """Tell the waiter, unless it was told before."""
        if self.waiter is not None and not self.waiter.done():
            if error is None:
                self.waiter.set_result(None)
            else:
                self.waiter.set_exception(error)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of an entry; all of them unless the database refused one."""

    entry: Entry
    batch: Batch

    @property
    def room(self) -> int:
        """What it takes of the queue's room; nothing when it is replayed."""
        return 0 if self.entry.replayed else size_of(self.batch)

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
        self._replayed: OrderedDict[Entry, None] = OrderedDict()
        self._offered_rows = 0
        self._replay_next = False
        self._something = asyncio.Event()  # there is an entry
        self._enough = asyncio.Event()  # it is worth a transaction at once

    def add(self, entry: Entry) -> bool:
        """Take an entry, dropping older ones that nobody waits for; false if it does not fit.

        One that is replayed always fits and takes no room: there is only one at a time.
        """
        assert entry.batch.positions.dtype == POSITION
        assert entry.batch.statuses.dtype == STATUS
        size, statistics = size_of(entry.batch), self._statistics
        if entry.replayed:
            self._replayed[entry] = None
            self._signal()
            return True
        if statistics.waiting - self._offered_rows + size > self._limit:
            return False
        while statistics.waiting + size > self._limit:
            oldest = next(iter(self._offered))
            statistics.dropped += len(oldest.batch)
            self.discard(oldest)
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

    def discard(self, entry: Entry) -> None:
        """Take the entry out of the queue, if it still is in it; it is none that is replayed."""
        for queue in (self._awaited, self._offered):
            if entry in queue:
                del queue[entry]
                self._statistics.waiting -= size_of(entry.batch)
                if queue is self._offered:
                    self._offered_rows -= size_of(entry.batch)
        self._signal()

    def older_than(self, moment: float) -> Iterator[Entry]:
        """The entries that wait since before `moment` of the monotonic clock; none is replayed."""
        for queue in (self._awaited, self._offered):
            for entry in queue:
                if entry.since > moment:
                    break
                yield entry

    async def wait(self, timeout: float) -> bool:
        """Wait until there is something to write; false if there is nothing after `timeout`."""
        # not wait_for: until Python 3.12 it loses a cancellation that comes with the event
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._something.wait()
        return self._something.is_set()

    async def take(self, linger: float) -> list[Part]:
        """The next entries to write, after waiting at most `linger` seconds for company.

        They are all replayed, or none is.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(linger):
                await self._enough.wait()
        live = [self._awaited, self._offered]
        self._replay_next = bool(self._replayed) and (self._replay_next or not any(live))
        group: list[Part] = []
        size = 0
        for queue in [self._replayed] if self._replay_next else live:
            while queue and size < self._hurry:
                entry, _ = queue.popitem(last=False)
                group.append(Part(entry, entry.batch))
                size += size_of(entry.batch)
                if queue is self._offered:
                    self._offered_rows -= size_of(entry.batch)
        self._replay_next = not self._replay_next
        self._signal()
        return group

    def _signal(self) -> None:
        """Set both events as the queue is now."""
        for event, state in (
            (self._something, bool(self._awaited or self._offered or self._replayed)),
            (
                self._enough,
                bool(self._awaited or self._replayed) or self._offered_rows >= self._hurry,
            ),
        ):
            if state:
                event.set()
            else:
                event.clear()
