"""The guard at work: what it is given and when, and what is done where it fails at that.

What comes while there is none waits for the next one. Which one that is, and what it knows of what
was before, is the watcher's to say, as is all that has to do with the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import NoReturn

import psycopg

from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.geofences.geofence import Geofence
from fleet.picture import Picture
from telemetry.batch import Batch, merged
from telemetry.letters import dead_letter
from telemetry.sink import RefusedError
from telemetry.spool import packing
from telemetry.watching.guard import Guard, Told
from telemetry.watching.orders import NotWatchingError
from telemetry.watching.quarantine import Quarantine
from telemetry.watching.sky_alerts import SkyNow
from telemetry.watching.statistics import State, WatchStatistics
from telemetry.watching.telling import Telling

GOOD_AFTER = 60.0
"""Seconds after which a guard that fails is not taken for one more of those before it."""

WATCHES_CHECK = 0.1
"""Seconds between two looks for whether there is a guard to take orders."""

EARLY_MOST = 100_000
"""Rows that wait for a guard that is being restored; the oldest go, and are counted."""

_log = logging.getLogger(__name__)


class GuardFailedError(Exception):
    """A guard failed, and is no more; all that is to be done about it is done."""


class Guarding:
    """Has a guard watch what is handed to `take`, and `picture`. Used from one event loop."""

    def __init__(
        self,
        picture: Picture,
        telling: Telling,
        offer: Callable[[Batch], None],
        statistics: WatchStatistics,
        clock: Callable[[], float],
    ) -> None:
        """`offer` is that of the keeper; `clock` is our time in seconds since 1970."""
        self.guard: Guard | None = None
        self.setbacks = 0
        """Guards that failed, each soon after the one before it."""
        self._picture = picture
        self._telling = telling
        self._offer = offer
        self._statistics = statistics
        self._clock = clock
        self._quarantine = Quarantine()
        self._began = 0.0
        self._early: deque[Batch] = deque()
        self._early_rows = 0
        self._gathered: list[Batch] = []
        self._sky: SkyNow | None = None

    def now(self) -> datetime:
        """Our time."""
        return datetime.fromtimestamp(self._clock(), UTC)

    def watch_sky(self, sky: SkyNow) -> None:
        """Hold this for what is so in the airspace until told otherwise."""
        self._sky = sky

    def geofences_in_force(self) -> list[Geofence]:
        """Those that are watched now; none before there is a guard."""
        return [] if self.guard is None else self.guard.in_force(self.now())

    def take(self, batch: Batch) -> None:
        """Watch a batch that is in the picture already; never blocks."""
        if self._statistics.state in {"off", "standing by"}:
            return
        if self.guard is None or self._early or self._telling.outbox.full:
            self._early.append(batch)
            self._early_rows += len(batch)
            self._drop_early()
        else:
            with contextlib.suppress(GuardFailedError):
                self._take(self.guard, batch)

    def order(self, act: Callable[[Book, datetime], list[AlertEvent]]) -> Book:
        """Do something to the book, tell what came of it, and give the book after it.

        Raises NotWatchingError, AlertError.
        """
        if self.guard is None:
            raise NotWatchingError
        book = self.guard.book
        self._telling.tell(Told(tuple(act(book, self.now()))), book)
        return book

    async def watches(self, *, wanted: bool) -> None:
        """Wait until there is a guard, or until there is none."""
        while (self.guard is not None) != wanted:  # noqa: ASYNC110 - seldom, and both ways
            await asyncio.sleep(WATCHES_CHECK)

    async def settled(self) -> None:
        """Wait until all that was told is kept, of texts and events all that came."""
        await self._telling.outbox.settled()

    def begin(self, guard: Guard, found: Told) -> None:
        """Put a guard to work, and tell what it found. Raises GuardFailedError."""
        self.guard, self._began = guard, self._clock()
        self._statistics.state = "watching"
        self._telling.tell(found, guard.book)
        self._catch_up(guard)

    def forget(self, state: State) -> None:
        """Let go of the guard, if there is one; what it has not been given waits for the next."""
        self.guard = None
        self._statistics.stop(state)
        self._early.extend(self._gathered)
        self._early_rows += sum(len(batch) for batch in self._gathered)
        self._gathered.clear()
        if state == "standing by":
            self._early.clear()
            self._early_rows = 0

    def finish(self) -> None:
        """Hold what was gathered against the geofences: there is no other look."""
        if self.guard is not None:
            with contextlib.suppress(GuardFailedError):
                self._observe(self.guard)

    async def run(self, look_hz: float) -> NoReturn:
        """Look so many times a second, and send what came of it; until cancelled."""
        while True:
            await asyncio.sleep(1 / look_hz)
            if self.guard is not None and not self._telling.outbox.full:
                self._look(self.guard)
                await self._telling.send()

    @contextlib.contextmanager
    def guarded(self, work: str, part: Batch | None = None) -> Iterator[None]:
        """Let go of a guard that fails at some work, and say what it was given: the one place.

        What it told is kept, and another one begins with that. Raises GuardFailedError.
        """
        try:
            yield
        except (psycopg.Error, GuardFailedError):  # no guard's fault, or said already
            raise
        except Exception as error:  # of a guard any: it is not to end the collector
            self._failed(work, part, error)
            raise GuardFailedError from error
        if part is not None:
            self._quarantine.passed(part)

    def in_parts(self, work: str, batch: Batch, act: Callable[[Batch], Told]) -> Iterator[Told]:
        """Hand a batch over, suspects one at a time. Raises GuardFailedError."""
        for part in self._quarantine.parts(batch):
            with self.guarded(work, part):
                told = act(part)
            yield told

    def _look(self, guard: Guard) -> None:
        statistics = self._statistics
        with contextlib.suppress(GuardFailedError):
            self._catch_up(guard)
            self._observe(guard)
            began = perf_counter()
            with self.guarded("looking at the picture"):
                self._telling.tell(guard.look(self._picture.rows, self.now()), guard.book)
                if self._sky is not None and self._sky.goes_on:
                    self._telling.tell(guard.watch_sky(self._sky, self.now()), guard.book)
                self._telling.reckon(guard.book, self.now())
                statistics.unrecorded = guard.unrecorded
            statistics.looked(perf_counter() - began)
        statistics.alerts = len(guard.book)
        statistics.refused = guard.refused + self._telling.outbox.refused
        statistics.failing_rules = dict(guard.failing)
        statistics.miss(guard.missing)

    def _catch_up(self, guard: Guard) -> None:
        while self._early and not self._telling.outbox.full:
            batch = self._early.popleft()
            self._early_rows -= len(batch)
            self._take(guard, batch)

    def _take(self, guard: Guard, batch: Batch) -> None:
        """Hear what happened at once; positions are gathered until the next look."""
        if batch.texts or batch.events:
            said = Batch(batch.assets, texts=batch.texts, events=batch.events)
            try:
                for told in self.in_parts(
                    "hearing what happened", said, lambda part: guard.hear(part, self.now())
                ):
                    self._telling.tell(told, guard.book)
            except GuardFailedError:  # what is not heard yet is for the next one
                self._early.appendleft(batch)
                self._early_rows += len(batch)
                self._drop_early()
                raise
        if len(batch.positions) and len(guard.fences.compiled):
            self._gathered.append(Batch(batch.assets, batch.positions))

    def _observe(self, guard: Guard) -> None:
        if self._gathered:
            gathered = merged(self._gathered)  # that stays for the next guard if this one fails
            for told in self.in_parts(
                "geofences", gathered, lambda part: guard.observe(part, self.now())
            ):
                self._telling.tell(told, guard.book)
            self._gathered.clear()

    def _drop_early(self) -> None:
        while self._early_rows > EARLY_MOST:
            gone = len(self._early.popleft())
            self._early_rows -= gone
            self._statistics.unseen += gone

    def _failed(self, work: str, part: Batch | None, error: Exception) -> None:
        statistics = self._statistics
        told = f"{work}: {type(error).__name__}: {' '.join(str(error).split())}"
        if told != statistics.last_error:
            _log.error("the watch begins anew after %s", told, exc_info=error)
        statistics.last_error = told
        statistics.failures += 1
        now = self._clock()
        self.setbacks = 1 if now - self._began > GOOD_AFTER else self.setbacks + 1
        self._began = now
        self.forget("starting")
        if part is not None and self._quarantine.failed(part):
            statistics.left_out = len(self._quarantine)
            refused = RefusedError("watch_failed", told)
            letter = dead_letter("watch", refused, now, raw=packing.pack(part))
            self._offer(Batch(letters=(letter,)))
