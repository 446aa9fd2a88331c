"""The housekeeper: rolls up what is marked, makes flights, drops what is older than the settings say.

Each collector has one; only one of all works at a time, and another takes over when its connection
is gone. It works in small transactions and rests as long as it has worked, so that the server has
time for those who write. How far it has come is in the database (`rollup_mark`), not in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NoReturn

import psycopg

from telemetry.store import flights
from telemetry.store.connection import connect, cut_after
from telemetry.store.continuous import limit_refresh
from telemetry.store.migrate import first_line
from telemetry.store.retention import classes, drop_old
from telemetry.store.rollups import RollUp, behind
from telemetry.store.settings import HistorySettings

PERIOD = 60.0
"""Seconds between two runs when there is little to do."""

DROP_PERIOD = timedelta(hours=1)
"""Between two looks for what is too old."""

STRETCHES_MOST = 100
"""Stretches that one run rolls up: some seconds."""

DRONES_MOST = 500
"""Drones whose statuses one run takes into their flights."""

STATEMENT_LIMIT = 300.0
"""Seconds that one transaction may take."""

RUN_LIMIT = 3600.0
"""Seconds after which a run is given up and its connection cut: the server hangs."""

HOUSEKEEPER = 0x6E696768
"""The key of the advisory lock of the one who works ("nigh")."""

REPLAYING = 0x6E696772
"""The key of the advisory lock that replays share ("nigr"): nothing is dropped meanwhile."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class HousekeepingStatistics:
    """Counters are since the start; updated in place."""

    runs: int = 0
    last_run: float | None = None  # when the last one ended, in seconds since 1970
    seconds: float = 0.0  # that it took
    elsewhere: bool = False  # another collector did the work then
    stretches: int = 0  # rolled up
    rows: int = 0  # of roll-ups that were new or changed
    drones: int = 0  # whose statuses were taken into their flights
    behind: int = 0  # stretches that are over and not rolled up yet, now
    waiting: bool = False  # there is more to do than one run could
    dropped_rows: dict[str, int] = field(default_factory=dict)  # by table
    dropped_chunks: dict[str, int] = field(default_factory=dict)
    last_error: str | None = None  # stays when all is well again


class Housekeeper:
    """Keeps house in the database of `dsn`. `clock` is our time in seconds since 1970."""

    def __init__(
        self,
        dsn: str,
        settings: HistorySettings,
        *,
        clock: Callable[[], float],
        period: float = PERIOD,
    ) -> None:
        self.statistics = HousekeepingStatistics()
        self._dsn = dsn
        self._settings = settings
        self._clock = clock
        self._period = period
        self._roll_up = RollUp()
        self._dropped: datetime | None = None  # when what was too old was last all gone

    async def run(self) -> NoReturn:
        """Work until cancelled; while the database is away, try again each period."""
        while True:
            began = monotonic()
            try:
                await self.run_once()
            except (psycopg.Error, OSError) as error:
                self._tell(error)
            worked = monotonic() - began
            rest = max(worked, self._period / 60) if self.statistics.waiting else self._period
            await asyncio.sleep(rest)

    async def run_once(self) -> None:
        """One run, unless another process works just now. Raises psycopg.Error, OSError."""
        statistics, began = self.statistics, monotonic()
        statistics.waiting = False
        now = datetime.fromtimestamp(self._clock(), UTC)
        async with await connect(self._dsn, STATEMENT_LIMIT) as connection:
            with cut_after(connection, RUN_LIMIT):
                statistics.elsewhere = not await _locked(connection, HOUSEKEEPER)
                if not statistics.elsewhere:
                    await self._roll(connection, now)
                    await self._fold(connection, now)
                    if self._dropped is None or now - self._dropped >= DROP_PERIOD:
                        await self._drop(connection, now)
                    # Not by closing: the server may see that after our next run has begun.
                    await _unlock(connection, HOUSEKEEPER)
        statistics.runs += 1
        statistics.seconds = monotonic() - began
        statistics.last_run = self._clock()

    async def _roll(self, connection: psycopg.AsyncConnection, now: datetime) -> None:
        done = await self._roll_up.run(connection, now, STRETCHES_MOST)
        self.statistics.stretches += done.stretches
        self.statistics.rows += done.rows
        self.statistics.waiting |= done.more
        self.statistics.behind = await behind(connection, now)

    async def _fold(self, connection: psycopg.AsyncConnection, now: datetime) -> None:
        folded = await flights.fold(connection, now, DRONES_MOST)
        self.statistics.drones += folded.drones
        self.statistics.waiting |= folded.more

    async def _drop(self, connection: psycopg.AsyncConnection, now: datetime) -> None:
        """Drop what is too old, unless a replay is under way: what it brings may be old."""
        if not await _locked(connection, REPLAYING):
            return
        statistics, more = self.statistics, False
        try:
            await limit_refresh(connection, self._settings.source_days)
            for kept in classes(self._settings):
                dropped = await drop_old(connection, kept, now)
                _add(statistics.dropped_rows, kept.table, dropped.rows)
                _add(statistics.dropped_chunks, kept.table, dropped.chunks)
                more |= dropped.more
        finally:
            await _unlock(connection, REPLAYING)
        if not more:
            self._dropped = now

    def _tell(self, error: Exception) -> None:
        told = first_line(error) if isinstance(error, psycopg.Error) else str(error)
        if told != self.statistics.last_error:
            _log.warning("housekeeping stopped, and is tried again: %s", told)
        self.statistics.last_error = told


async def _locked(connection: psycopg.AsyncConnection, key: int) -> bool:
    """Whether we got the lock, which is ours until the connection ends."""
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [key])
    return await cursor.fetchone() == (True,)


async def _unlock(connection: psycopg.AsyncConnection, key: int) -> None:
    await connection.execute("SELECT pg_advisory_unlock(%s)", [key])


def _add(counts: dict[str, int], table: str, count: int) -> None:
    if count:
        counts[table] = counts.get(table, 0) + count
