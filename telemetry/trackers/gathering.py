"""Reports that come in within the same few milliseconds: one batch, and one COMMIT for all.

A batch of one row costs nearly what a batch of a thousand does. So a report waits GATHER_FOR for
company, and whoever brought it is still told what became of it alone: if the sink refuses a batch,
its halves are offered again until what cannot be kept stands alone. Rows that are there already
are not doubled by that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from telemetry.sink import NotStoredError, RefusedError, Sink
from telemetry.trackers.report import Report, batch_of

GATHER_FOR = 0.005
"""Seconds that a report waits for company; a COMMIT takes longer than that."""

GATHER_MOST = 4096
"""Reports of one batch, which is then handed on at once; an arrival is never split."""

Arrival = tuple[Sequence[Report], asyncio.Future[None]]


class Gathering:
    """Hands reports on to a sink in batches. Used from one event loop."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._awaited: list[Arrival] = []
        self._offered: list[Report] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._committing: set[asyncio.Task[None]] = set()

    async def accept(self, reports: Sequence[Report]) -> None:
        """Keep what arrived together; returns after COMMIT. Raises NotStoredError, RefusedError."""
        future = asyncio.get_running_loop().create_future()
        self._awaited.append((reports, future))
        self._grow(len(reports))
        await future

    def offer(self, reports: Sequence[Report]) -> None:
        """Keep what arrived where nobody waits for it; never blocks."""
        self._offered += reports
        self._grow(len(reports))

    def flush(self) -> None:
        """Hand on what is gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._size = 0
        offered, self._offered = self._offered, []
        awaited, self._awaited = self._awaited, []
        if offered:
            self._sink.offer(batch_of(offered))
        if awaited:
            task = asyncio.get_running_loop().create_task(self._commit(awaited))
            self._committing.add(task)
            task.add_done_callback(self._committing.discard)

    def _grow(self, reports: int) -> None:
        self._size += reports
        if self._size >= GATHER_MOST:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_FOR, self.flush)

    async def _commit(self, arrivals: list[Arrival]) -> None:
        """Hand on what arrived and tell each waiter what became of it."""
        try:
            await self._sink.accept(batch_of([report for some, _ in arrivals for report in some]))
        except RefusedError as error:
            if len(arrivals) == 1:
                _tell(arrivals, error)
            else:
                middle = len(arrivals) // 2
                await self._commit(arrivals[:middle])
                await self._commit(arrivals[middle:])
        except NotStoredError as error:
            _tell(arrivals, error)
        except asyncio.CancelledError:
            for _, future in arrivals:
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - a fault in the sink is each waiter's to report
            _tell(arrivals, error)
        else:
            for _, future in arrivals:
                if not future.done():
                    future.set_result(None)


def _tell(arrivals: list[Arrival], error: Exception) -> None:
    for _, future in arrivals:
        if not future.done():
            future.set_exception(error)
