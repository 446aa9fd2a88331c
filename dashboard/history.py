"""What the page asks of the store, over a small pool of connections.

Every question ends within a few seconds: with its answer, or with HistoryAwayError. The live map
never waits for any of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np
import psycopg
from psycopg_pool import AsyncConnectionPool

from dashboard.trails import STEP, WINDOW
from fleet.columns import Rows
from fleet.moments import as_datetime
from telemetry.batch import StatusText
from telemetry.store import queries, register
from telemetry.store.connection import cut_after

T = TypeVar("T")

CONNECTIONS = 4
"""Questions that the store is asked at once."""

CONNECT_LIMIT = 2.0
"""Seconds to wait for a connection."""

ANSWER_LIMIT = 6.0
"""Seconds for a question with its answer."""

CUT_GRACE = 1.0
"""Seconds that the server has to say itself that this is too long; then the line is cut."""

POINTS = 180
"""Points of a chart's line."""

TEXTS = 20
"""Status texts that the panel shows."""

HELD_MOST = 2
"""Of the CONNECTIONS those that reports and clips may hold."""


class HistoryAwayError(Exception):
    """The store cannot be asked now; the message says why in one line."""


class HistoryBusyError(Exception):
    """Too much is asked of the store at once; the message says so in one line."""


@dataclass(frozen=True, slots=True)
class Course:
    """How one asset fared in a window: POSITION and STATUS rows, each in order of time."""

    start: datetime
    end: datetime
    positions: Rows
    statuses: Rows


class History:
    """Asks the store. It may be away at any time, at the start too."""

    def __init__(self, dsn: str) -> None:
        self._held = 0
        self._pool = AsyncConnectionPool(
            dsn,
            min_size=0,
            max_size=CONNECTIONS,
            open=False,
            timeout=CONNECT_LIMIT,
            # A pool tries again after 1, 2, 4, 8 … s: a store that comes back after minutes would
            # be missed for as long. So it gives up at once, and each question tries anew.
            reconnect_timeout=CONNECT_LIMIT,
            check=_check,
            kwargs={
                "autocommit": True,
                "connect_timeout": 5,
                "application_name": "nigehban dashboard",
                "options": f"-c statement_timeout={int(ANSWER_LIMIT * 1000)}",
            },
        )

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncGenerator[History]:
        """Connect in the background; close the connections at the end."""
        await self._pool.open(wait=False)
        try:
            yield self
        finally:
            await self._pool.close()

    async def latest(self) -> Rows:
        """PICTURE rows of all assets that were ever anywhere or told how they are.

        The others, cameras that tell of events alone, are not in the collector's picture either.
        """
        rows = await self.ask(queries.latest)
        told: Rows = rows[~(np.isnat(rows["position_time"]) & np.isnat(rows["status_time"]))]
        return told

    async def labels(self) -> tuple[dict[int, str], dict[int, int], dict[int, str]]:
        """What people call assets, what they show them as (Kind), and in which group; by key."""
        return await self.ask(register.labels)

    async def out_of_service(self) -> frozenset[int]:
        """Keys of the assets that must not fly or drive."""
        return await self.ask(register.out_of_service)

    async def trails(self, now: np.datetime64) -> Rows:
        """TRAIL rows of the last minutes of all assets."""
        end = as_datetime(now)
        start, step = end - timedelta(seconds=WINDOW), timedelta(seconds=STEP)
        return await self.ask(lambda connection: queries.trails(connection, start, end, step))

    async def course(self, asset: int, now: np.datetime64, window: timedelta) -> Course:
        """How an asset fared in the `window` until `now`, in POINTS steps."""
        end = as_datetime(now)
        start, step = end - window, window / POINTS

        async def ask(connection: psycopg.AsyncConnection) -> Course:
            positions = await queries.track(connection, asset, start, end, step)
            statuses = await queries.status_history(connection, asset, start, end, step)
            return Course(start, end, positions, statuses)

        return await self.ask(ask)

    async def texts(self, asset: int) -> list[StatusText]:
        """What the vehicle said last in words, the newest first."""
        return await self.ask(lambda connection: queries.recent_texts(connection, asset, TEXTS))

    async def ask(self, question: Callable[[psycopg.AsyncConnection], Awaitable[T]]) -> T:
        """What a question finds; the connection is in autocommit. Raises HistoryAwayError."""
        with _away_told(ANSWER_LIMIT + CONNECT_LIMIT):
            async with asyncio.timeout(ANSWER_LIMIT + CONNECT_LIMIT), self._pool.connection() as to:
                with cut_after(to, ANSWER_LIMIT + CUT_GRACE):
                    return await question(to)

    @contextlib.asynccontextmanager
    async def held(self, limit: float) -> AsyncGenerator[psycopg.AsyncConnection]:
        """A connection for `limit` seconds, for what asks much, one statement after the other.

        Each statement still has ANSWER_LIMIT. HELD_MOST at once, so that some are left for the
        live page. Raises HistoryBusyError, HistoryAwayError.
        """
        if self._held >= HELD_MOST:
            raise HistoryBusyError("other reports and clips are being made: try again soon")
        self._held += 1
        try:
            with _away_told(limit):
                async with asyncio.timeout(limit), self._pool.connection() as to:
                    with cut_after(to, limit + CUT_GRACE):
                        yield to
        finally:
            self._held -= 1


@contextlib.contextmanager
def _away_told(limit: float) -> Iterator[None]:
    """What goes wrong with the store as HistoryAwayError; `limit` seconds are the block's own."""
    try:
        yield
    except psycopg.errors.UndefinedTable:
        reason = "the schema is missing: run `nigehban db migrate`"
        raise HistoryAwayError(reason) from None
    except psycopg.errors.QueryCanceled:
        raise HistoryAwayError(f"no answer within {ANSWER_LIMIT:g} s") from None
    except TimeoutError:
        raise HistoryAwayError(f"no answer within {limit:g} s") from None
    except psycopg.Error as error:
        # psycopg's messages go over several lines and name hosts and sockets.
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise HistoryAwayError(reason) from error


async def _check(connection: psycopg.AsyncConnection) -> None:
    """Whether a connection of the pool still serves. Raises psycopg.Error, also when it hangs."""
    with cut_after(connection, CONNECT_LIMIT):
        await AsyncConnectionPool.check_connection(connection)
