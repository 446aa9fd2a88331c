"""The one who writes: takes batches at any time, commits them when the database can.

Nothing here takes the collector down: while the database is away, full or hung, batches wait in
a queue of bounded length and are tried again, and who keeps them elsewhere (`telemetry.keeper`)
takes them from it. A transaction whose COMMIT was not heard is written again, and its rows are
there once all the same. A row that the database does not take is looked for by halving, and stops
no other; where nobody waits to be told, a dead letter takes its place.

The talk with the database has an event loop of its own (`side_loop`), all else is done in the one
that the writer is used from.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import NoReturn, TypeVar

import psycopg

from fleet.assets import Asset
from telemetry.batch import Batch, merged
from telemetry.letters import row_letter
from telemetry.sink import NotStoredError, RefusedError
from telemetry.store.connection import connect, cut_after
from telemetry.store.insert import Inserter
from telemetry.store.pending import Entry, Part, Pending
from telemetry.store.side_loop import SideLoop
from telemetry.store.statistics import WriterStatistics

T = TypeVar("T")

FLUSH_ROWS = 20_000
"""Rows of one transaction, unless a single batch has more."""

FLUSH_AFTER = 0.1
"""Seconds that rows nobody waits for may wait for company; a device's are written at once."""

TRANSACTION_LIMIT = 30.0
"""Seconds after which a transaction is given up and its connection cut: the server hangs."""

FAREWELL_LIMIT = 3.0
"""Seconds for writing what waits when the writer is told to stop."""

IDLE_CHECK = 2.0
"""Seconds without rows after which the connection is asked whether it still lives."""

BACKOFF_FIRST, BACKOFF_MOST = 0.05, 2.0
"""Seconds between two attempts to connect; doubled each time, reset by a COMMIT."""

ASSETS_KEPT = 100_000
"""Assets that are told again to a database that came back, which may be another one."""

REFUSED = "refused-by-database"
"""The reason of the RefusedError for a row that the database does not take."""

_STATEMENT_SHARE = 0.8  # of a transaction's limit: the server speaks before its line is cut


class Writer:
    """Writes batches to the database of `dsn`, whose schema is up to date.

    Used from one event loop: `run` in a task, `offer` and `commit` from any other.
    """

    def __init__(
        self,
        dsn: str,
        *,
        queue_rows: int = 200_000,
        transaction_limit: float = TRANSACTION_LIMIT,
        on_refused: Callable[[RefusedError], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`on_refused` is told of each row that became a dead letter; `clock` is our time."""
        self.statistics = WriterStatistics()
        self.queue_rows = queue_rows
        self._dsn = dsn
        self._limit = transaction_limit
        self._on_refused = on_refused
        self._clock = clock
        self._pending = Pending(queue_rows, FLUSH_ROWS, self.statistics)
        self._groups: list[list[Part]] = []  # under way; the last is written first
        self._known: OrderedDict[int, Asset] = OrderedDict()  # to the database, by key
        self._pause = BACKOFF_FIRST
        self._side = SideLoop("store")
        self._busy_since: float | None = None  # when the server was asked what it has not answered

    def keeps_up(self, patience: float) -> bool:
        """Whether the database is there, and has not left us without an answer for so long."""
        waited = 0.0 if self._busy_since is None else time.monotonic() - self._busy_since
        return self.statistics.connected and waited <= patience

    def offer(self, batch: Batch) -> None:
        """Take a batch that nobody waits for; never blocks, drops the oldest such if need be."""
        if not self._pending.add(Entry(batch)):
            self.statistics.dropped += len(batch)

    async def commit(self, batch: Batch, timeout: float) -> None:
        """Write a batch; returns after COMMIT, or when somebody else has kept it.

        Raises NotStoredError if there is no room, or `timeout` seconds have passed: it may be
        stored later all the same, so send it again. Raises RefusedError if the database does not
        take one of its rows; the others are stored.
        """
        waiter = asyncio.get_running_loop().create_future()
        entry = Entry(batch, waiter)
        if not self._pending.add(entry):
            raise NotStoredError(f"{self.statistics.waiting} rows wait for the database already")
        try:
            await asyncio.wait({waiter}, timeout=timeout)
        finally:
            if not waiter.done():
                self._pending.abandon(entry)
        if not waiter.done():
            raise NotStoredError(f"no COMMIT within {timeout:g} s")
        waiter.result()

    async def replay(self, batch: Batch) -> None:
        """Write a batch of which nobody waits for a row; returns after COMMIT, however late."""
        waiter = asyncio.get_running_loop().create_future()
        self._pending.add(Entry(batch, waiter, replayed=True))
        await waiter

    def waiting_since(self, moment: float) -> Iterator[Entry]:
        """What has come before `moment` of the monotonic clock and is not stored, nor replayed.

        First what is under way, unless its transaction has begun after `moment`; it may be stored
        yet. Then what is in the queue, each class in its order.
        """
        if self._busy_since is None or self._busy_since <= moment:
            under_way = {part.entry: None for group in reversed(self._groups) for part in group}
            for entry in under_way:
                if not entry.replayed and not entry.released:
                    yield entry
        yield from self._pending.older_than(moment)

    def release(self, entry: Entry, error: NotStoredError | None = None) -> None:
        """Write the entry no more, unless its transaction is under way: it is kept elsewhere.

        With an `error` it is not, and its device is told to send it again.
        """
        entry.released = True
        entry.settle(error)
        self._pending.discard(entry)

    async def run(self) -> NoReturn:
        """Write until cancelled; then what waits is still written, for a few seconds at most."""
        with self._side:
            try:
                while True:
                    await self._connect_and_write(self._limit)
                    await asyncio.sleep(self._pause)
                    self._pause = min(2 * self._pause, BACKOFF_MOST)
            except asyncio.CancelledError:
                if self.statistics.waiting:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(FAREWELL_LIMIT):
                            await self._connect_and_write(FAREWELL_LIMIT, until_empty=True)
                raise
            finally:
                self.statistics.connected = False

    async def _connect_and_write(self, limit: float, *, until_empty: bool = False) -> None:
        """Write until the connection is lost, or nothing waits any more."""
        try:
            async with self._connected(limit) as inserter:
                self.statistics.connected = True
                while self.statistics.waiting or not until_empty:
                    await self._write_next(inserter, limit)
        except (psycopg.Error, OSError) as error:
            self.statistics.last_error = _one_line(error)
            self._forget_released()
            if self.statistics.connected:
                self.statistics.reconnects += 1
                self.statistics.connected = False

    @asynccontextmanager
    async def _connected(self, limit: float) -> AsyncIterator[Inserter]:
        """An inserter on a connection of its own. Raises psycopg.Error, OSError."""
        stack = AsyncExitStack()
        known = list(self._known.values())

        async def open_it() -> Inserter:
            connection = await connect(self._dsn, limit * _STATEMENT_SHARE)
            stack.push_async_callback(connection.close)
            inserter = Inserter(connection)
            await _within(limit, connection, partial(inserter.prepare, known))
            return inserter

        try:
            yield await self._side.run(open_it())
        finally:
            await self._side.run(stack.aclose())

    async def _write_next(self, inserter: Inserter, limit: float) -> None:
        if not self._groups and await self._pending.wait(IDLE_CHECK):
            self._groups.append(await self._pending.take(FLUSH_AFTER))
        with self._busy():
            if self._groups:
                await self._write_group(inserter, limit)
            else:
                connection = inserter.connection
                ask = partial(connection.execute, "SELECT")
                await self._side.run(_within(limit, connection, ask))

    @contextmanager
    def _busy(self) -> Iterator[None]:
        self._busy_since = time.monotonic()
        try:
            yield
        finally:
            self._busy_since = None

    async def _write_group(self, inserter: Inserter, limit: float) -> None:
        """Write the last of the groups; if it is refused its halves take its place."""
        group = self._groups[-1]
        started = time.monotonic()
        batch = merged([part.batch for part in group])
        new_assets = {asset.key: asset for asset in batch.assets if asset.key not in self._known}
        replayed = any(part.entry.replayed for part in group)
        write = partial(inserter.write, batch, list(new_assets.values()), replayed=replayed)
        try:
            new = await self._side.run(_within(limit, inserter.connection, write))
        except (psycopg.DataError, psycopg.IntegrityError, UnicodeError) as error:
            self._groups.pop()
            self._groups += self._split(group) or self._refuse(group[0], error)
            return
        self._groups.pop()
        self._pause = BACKOFF_FIRST
        self._remember(new_assets)
        seconds = time.monotonic() - started
        statistics = self.statistics
        statistics.commit_seconds = seconds
        statistics.commit_seconds_peak = max(statistics.commit_seconds_peak, seconds)
        statistics.committed += len(batch)
        statistics.duplicates += len(batch) - new
        for part in group:
            self._finish(part)

    def _forget_released(self) -> None:
        """Of what was under way when the connection was lost, keep what is kept nowhere else."""
        groups = [[p for p in group if not p.entry.released] for group in self._groups]
        gone = sum(p.room for group in self._groups for p in group if p.entry.released)
        self.statistics.waiting -= gone
        self._groups = [group for group in groups if group]

    @staticmethod
    def _split(group: list[Part]) -> list[list[Part]]:
        """Two groups with the same rows, the first to be written last; none if it is one row."""
        if len(group) > 1:
            middle = len(group) // 2
            return [group[middle:], group[:middle]]
        if len(group[0].batch) > 1:
            return [[half] for half in reversed(group[0].halves())]
        return []

    def _refuse(self, part: Part, error: Exception) -> list[list[Part]]:
        """Give up one row; where nobody waits to be told, its letter is the group to write."""
        refusal = RefusedError(REFUSED, _one_line(error))
        entry = part.entry
        self.statistics.refused += 1
        told = entry.waiter is not None and not entry.replayed
        if told or entry.released or part.batch.letters:  # a released one is refused where it goes
            entry.refusal = refusal if told else None
            self._finish(part)
            return []
        self._on_refused(refusal)
        letter = Part(entry, Batch(letters=(row_letter(part.batch, refusal, self._clock()),)))
        self.statistics.waiting += letter.room - part.room
        return [[letter]]

    def _finish(self, part: Part) -> None:
        self.statistics.waiting -= part.room
        part.entry.finish()

    def _remember(self, assets: dict[int, Asset]) -> None:
        self._known.update(assets)
        while len(self._known) > ASSETS_KEPT:
            self._known.popitem(last=False)


async def _within(
    limit: float, connection: psycopg.AsyncConnection, work: Callable[[], Awaitable[T]]
) -> T:
    """What `work` returns; what takes longer than `limit` seconds is cut. Raises psycopg.Error."""
    with cut_after(connection, limit):
        return await work()


def _one_line(error: Exception) -> str:
    detail = error.diag.message_detail if isinstance(error, psycopg.Error) else None
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    message = lines[0] if lines else type(error).__name__
    return f"{message} ({detail})" if detail else message
