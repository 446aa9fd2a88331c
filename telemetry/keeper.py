"""Where what came in is kept: in the database, or on disk until the database can take it.

All that comes in waits in the writer's queue. What the database has not taken within the patience
of the settings, or at once while it is away, is taken out and written to the spool, many batches
with one fsync; that is where an acknowledgement may come from then. When the database keeps up
again the spool is replayed, a transaction of it after each one of what is new. Rows have natural
keys, so one that arrives in the database both ways is there once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from math import inf
from pathlib import Path
from typing import TypeVar

from telemetry.batch import Batch, size_of
from telemetry.sink import NotStoredError
from telemetry.spool.backlog import Backlog, SpoolStatistics
from telemetry.spool.errors import SpoolError
from telemetry.store.pending import Entry
from telemetry.store.writer import Writer

T = TypeVar("T")

CHECK = 0.02
"""Seconds between two looks for what has waited too long."""

ROWS_AT_ONCE = 20_000
"""Rows that are written to the spool with one fsync."""

NEARLY_FULL = 0.8
"""From this share of the spool on devices are made to wait, ever longer."""

RETRY = 0.5
"""Seconds after which a spool that could not be written or read is tried again."""

SLOWEST = 2.0
"""Seconds that a device is made to wait before its batch is taken when the spool is full."""

log = logging.getLogger(__name__)


class Keeper:
    """Keeps batches by the writer, or in a spool in `folder` of at most `limit` bytes.

    Used from one event loop: `running` in a task, `offer` and `accept` from any.
    """

    def __init__(
        self, writer: Writer, folder: Path, limit: int, *, patience: float, timeout: float
    ) -> None:
        """`patience` is the seconds that a batch waits for COMMIT before it is spooled.

        A device waits for `timeout` seconds at most.
        """
        self.writer = writer
        self._backlog = Backlog(folder, limit)
        self._patience = patience
        self._timeout = timeout
        self._disk = ThreadPoolExecutor(1, "spool")
        self._failing: set[str] = set()

    @property
    def spool(self) -> SpoolStatistics:
        """How the spool does."""
        return self._backlog.statistics

    def offer(self, batch: Batch) -> None:
        """Take a batch that nobody waits for; never blocks."""
        self.writer.offer(batch)

    async def accept(self, batch: Batch) -> None:
        """Keep a batch; returns after COMMIT, or when it is on disk.

        Raises NotStoredError if there is no room, or it took too long: it may be stored later all
        the same, so send it again. Raises RefusedError if the database does not take one of its
        rows; the others are stored.
        """
        if (delay := delay_at(self.spool.fill)) > 0:
            await asyncio.sleep(delay)
        await self.writer.commit(batch, self._timeout)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep while the block lasts; what then waits is still written, to the spool if need be.

        Raises SpoolError if the folder cannot be had. It can be entered once.
        """
        with self._disk:
            await self._on_disk(self._backlog.open)
            try:
                async with asyncio.TaskGroup() as tasks:
                    work = (self.writer.run(), self._spool_late(), self._replay())
                    running = [tasks.create_task(one) for one in work]
                    try:
                        yield
                    finally:
                        for task in running:
                            task.cancel()
            finally:
                await self._spool(list(self.writer.waiting_since(inf)))
                if lost := sum(len(entry.batch) for entry in self.writer.waiting_since(inf)):
                    log.error("%d rows that waited for the database are lost", lost)
                await self._on_disk(self._backlog.close)

    async def _spool_late(self) -> None:
        """Spool what has waited for too long."""
        while True:
            late = list(self._late())
            kept = await self._spool(late)
            if not late or not kept:
                await asyncio.sleep(CHECK if kept else RETRY)

    def _late(self) -> Iterator[Entry]:
        now = time.monotonic()
        writer = self.writer
        hurry = writer.statistics.waiting > writer.queue_rows / 2
        patient = writer.keeps_up(self._patience) and not hurry
        rows = 0
        for entry in writer.waiting_since(now - self._patience if patient else now):
            rows += size_of(entry.batch)
            yield entry
            if rows > ROWS_AT_ONCE:
                break

    async def _spool(self, entries: list[Entry]) -> bool:
        """Write the entries to the spool; false if that failed for some."""
        awaited = [entry for entry in entries if entry.waiter is not None]
        offered = [entry for entry in entries if entry.waiter is None]
        kept = await self._put("rows that devices wait for", awaited, self._backlog.keep)
        rest = await self._put("rows that come once", offered, self._backlog.keep_offered)
        return kept and rest

    async def _put(
        self, what: str, entries: list[Entry], keep: Callable[[list[Batch]], None]
    ) -> bool:
        if not entries:
            return True
        try:
            await self._on_disk(partial(keep, [entry.batch for entry in entries]))
        except SpoolError as error:
            self._tell(what, error)
            if not self.writer.statistics.connected:
                for entry in entries:
                    if entry.waiter is not None:
                        self.writer.release(entry, NotStoredError(str(error)))
            return False
        self._tell(what, None)
        for entry in entries:
            self.writer.release(entry)
        return True

    async def _replay(self) -> None:
        """Write to the database what the spool holds, whenever the database keeps up."""
        what = "rows to be replayed"
        while True:
            waits = CHECK
            if self.spool.waiting and self.writer.keeps_up(self._patience):
                try:
                    if (replay := await self._on_disk(self._backlog.oldest)) is not None:
                        await self.writer.replay(replay.batch)
                        await self._on_disk(partial(self._backlog.done, replay))
                        waits = 0.0
                except SpoolError as error:
                    self._tell(what, error)
                    waits = RETRY
                else:
                    self._tell(what, None)
            await asyncio.sleep(waits)

    def _tell(self, what: str, error: SpoolError | None) -> None:
        """Say once that the spool fails with something, and once that it does no more."""
        if error is not None:
            self.spool.last_error = str(error)
            if what not in self._failing:
                self._failing.add(what)
                log.error("the spool fails with %s: %s", what, error)
        elif what in self._failing:
            self._failing.remove(what)
            log.info("the spool is well again with %s", what)

    async def _on_disk(self, action: Callable[[], T]) -> T:
        """Do it in the thread of the spool, so that no disk stops the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, action)


def delay_at(fill: float) -> float:
    """Seconds that a device is made to wait while the spool is that full, 0–1."""
    return SLOWEST * max(0.0, fill - NEARLY_FULL) / (1 - NEARLY_FULL)
