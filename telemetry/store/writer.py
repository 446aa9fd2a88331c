"""The one who writes: takes batches at any time, commits them when the database can.

Nothing here takes the collector down: while the database is away, full or hung, batches wait in
a queue of bounded length and are tried again. A transaction whose COMMIT was not heard is written
again, and its rows are there once all the same. A row that the database does not take is looked
for by halving, and stops no other.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import psycopg

from fleet.assets import Asset
from telemetry.batch import Batch
from telemetry.sink import NotStoredError, RefusedError
from telemetry.store import insert
from telemetry.store.connection import connect, cut_after
from telemetry.store.pending import Entry, Part, Pending, size_of
from telemetry.store.statistics import WriterStatistics

FLUSH_ROWS = 5000
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
    ) -> None:
        """`on_refused` is told of each row that the database does not take and nobody waits for."""
        self.statistics = WriterStatistics()
        self._dsn = dsn
        self._limit = transaction_limit
        self._on_refused = on_refused
        self._pending = Pending(queue_rows, FLUSH_ROWS, self.statistics)
        self._groups: list[list[Part]] = []  # under way; the last is written first
        self._known: OrderedDict[int, Asset] = OrderedDict()  # to the database, by key
        self._pause = BACKOFF_FIRST

    def offer(self, batch: Batch) -> None:
        """Take a batch that nobody waits for; never blocks, drops the oldest such if need be."""
        if not self._pending.add(Entry(batch)):
            self.statistics.dropped += len(batch)

    async def commit(self, batch: Batch, timeout: float) -> None:
        """Write a batch; returns after COMMIT.

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

    async def run(self) -> NoReturn:
        """Write until cancelled; then what waits is still written, for a few seconds at most."""
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

    async def drain(self, timeout: float) -> bool:
        """Wait until nothing waits; false if that takes longer than `timeout` seconds."""
        deadline = asyncio.get_running_loop().time() + timeout
        while self.statistics.waiting:
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(FLUSH_AFTER / 10)
        return True

    async def _connect_and_write(self, limit: float, *, until_empty: bool = False) -> None:
        """Write until the connection is lost, or nothing waits any more."""
        try:
            async with await connect(self._dsn, limit * _STATEMENT_SHARE) as connection:
                with cut_after(connection, limit):
                    await insert.prepare(connection, list(self._known.values()))
                self.statistics.connected = True
                while self.statistics.waiting or not until_empty:
                    await self._write_next(connection, limit)
        except (psycopg.Error, OSError) as error:
            self.statistics.last_error = _one_line(error)
            if self.statistics.connected:
                self.statistics.reconnects += 1
                self.statistics.connected = False

    async def _write_next(self, connection: psycopg.AsyncConnection, limit: float) -> None:
        if not self._groups and await self._pending.wait(IDLE_CHECK):
            self._groups.append(await self._pending.take(FLUSH_AFTER))
        with cut_after(connection, limit):
            if self._groups:
                await self._write_group(connection)
            else:
                await connection.execute("SELECT")

    async def _write_group(self, connection: psycopg.AsyncConnection) -> None:
        """Write the last of the groups; if it is refused its halves take its place."""
        group = self._groups[-1]
        loop = asyncio.get_running_loop()
        started = loop.time()
        batches = [part.batch for part in group]
        assets = {asset.key: asset for batch in batches for asset in batch.assets}
        new_assets = {key: asset for key, asset in assets.items() if key not in self._known}
        try:
            new = await insert.write(connection, batches, list(new_assets.values()))
        except (psycopg.DataError, psycopg.IntegrityError, UnicodeError) as error:
            self._groups.pop()
            self._groups += self._split(group) or self._refuse(group[0], error)
            return
        self._groups.pop()
        self._pause = BACKOFF_FIRST
        self._remember(new_assets)
        seconds = loop.time() - started
        statistics = self.statistics
        statistics.commit_seconds = seconds
        statistics.commit_seconds_peak = max(statistics.commit_seconds_peak, seconds)
        written = sum(map(len, batches))
        statistics.committed += written
        statistics.duplicates += written - new
        for part in group:
            self._finish(part)

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
        """Give up one row; no group is left of it."""
        refusal = RefusedError(REFUSED, _one_line(error))
        self.statistics.refused += 1
        part.entry.refusal = refusal
        if part.entry.waiter is None:
            self._on_refused(refusal)
        self._finish(part)
        return []

    def _finish(self, part: Part) -> None:
        self.statistics.waiting -= size_of(part.batch)
        part.entry.finish()

    def _remember(self, assets: dict[int, Asset]) -> None:
        self._known.update(assets)
        while len(self._known) > ASSETS_KEPT:
            self._known.popitem(last=False)


def _one_line(error: Exception) -> str:
    detail = error.diag.message_detail if isinstance(error, psycopg.Error) else None
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    message = lines[0] if lines else type(error).__name__
    return f"{message} ({detail})" if detail else message
