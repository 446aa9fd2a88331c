"""The watcher: runs the guard beside the collector, and keeps all that it tells.

Of the collectors of a database one watches, the one that has the lock; another takes over when that
one's connection is gone, and begins with what the database holds (`restoring`). While the database is
away it goes on: what it tells waits in the keeper's spool.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import perf_counter
from typing import NoReturn

import psycopg

from fleet.alerts.alert import Alert
from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.geofences.geofence import Geofence
from fleet.geofences.looking import Ground
from fleet.geofences.saved import copied, pack
from fleet.picture import Picture
from telemetry.batch import Batch, merged
from telemetry.bus import Bus, BusError
from telemetry.feed import ALERTS_SUBJECT, pack_alerts
from telemetry.keeper import Keeper
from telemetry.letters import dead_letter
from telemetry.sink import RefusedError
from telemetry.spool import packing
from telemetry.store.connection import connect, cut_after
from telemetry.store.migrate import first_line
from telemetry.watching import kept
from telemetry.watching.drawn import DrawnFences
from telemetry.watching.flying import Flying
from telemetry.watching.guard import Guard, Told
from telemetry.watching.load import Load
from telemetry.watching.orders import AlertOrders, NotWatchingError
from telemetry.watching.outbox import Outbox
from telemetry.watching.quarantine import Quarantine
from telemetry.watching.restoring import Restoring
from telemetry.watching.settings import GeofenceSettings, RulesSettings
from telemetry.watching.sky_alerts import SkyNow
from telemetry.watching.statistics import State, WatchStatistics

LOCK = 0x6E696777
"""The key of the advisory lock of the one who watches ("nigw")."""

RETRY = 1.0
"""Seconds between two attempts to have the lock."""

RETRY_MOST = 30.0
"""Seconds that it waits at most before another guard begins, when one after the other fails."""

GOOD_AFTER = 60.0
"""Seconds after which a guard that fails is not taken for one more of those before it."""

RELOAD_PERIOD = 2.0
"""Seconds between two looks for geofences that have changed."""

SNAPSHOT_PERIOD = 300.0
"""Seconds between two snapshots."""

STATEMENT_LIMIT = 60.0
"""Seconds that a statement may take."""

RESTORE_LIMIT = 600.0
"""Seconds after which a restart is given up, and begun again: the server hangs."""

WATCHES_CHECK = 0.1
"""Seconds between two looks for whether there is a guard to take orders."""

REPLAY_CHECK = 0.2
"""Seconds between two looks for whether the spool is replayed."""

EARLY_MOST = 100_000
"""Rows that wait for a guard that is being restored; the oldest go, and are counted."""

UNSENT_MOST = 10_000
"""Alert events that wait for a bus that is away; the oldest go: it carries what is now."""

_log = logging.getLogger(__name__)


class GuardFailedError(Exception):
    """A guard failed, and is no more; all that is to be done about it is done."""


class Watcher:
    """Watches what is handed to `take`, and `picture`, beside the event loop's other work."""

    def __init__(
        self,
        dsn: str,
        keeper: Keeper,
        picture: Picture,
        bus: Bus,
        *,
        rules: RulesSettings,
        geofences: GeofenceSettings,
        ground: Ground | None = None,
        clock: Callable[[], float],
    ) -> None:
        """`clock` is our time in seconds since 1970; without `ground` limits above it count not."""
        self.statistics = WatchStatistics("starting" if rules.enabled else "off")
        self._dsn = dsn
        self._keeper = keeper
        self._picture = picture
        self._bus = bus
        self._rules = rules
        self.ground = ground
        """The height of the ground, for limits above it."""
        self._clock = clock
        self._outbox = Outbox(keeper.accept)
        self._guard: Guard | None = None
        self._quarantine = Quarantine()
        self._drawn = DrawnFences(geofences, self.statistics.say, self._now)
        self._restoring = Restoring(rules, geofences, self._drawn, self._in_parts, self._now)
        self._orders = AlertOrders(self)
        self._load = Load((), perf_counter)
        self._began = 0.0
        self._setbacks = 0
        self._early: deque[Batch] = deque()
        self._early_rows = 0
        self._gathered: list[Batch] = []
        self._unsent: deque[tuple[AlertEvent, Alert]] = deque(maxlen=UNSENT_MOST)
        self._sky: SkyNow | None = None
        self.flying: Flying | None = None
        """What was in the air when the database was last left; None before it was read."""

    def watch_sky(self, sky: SkyNow) -> None:
        """Hold this for what is so in the airspace until told otherwise."""
        self._sky = sky

    def geofences_in_force(self) -> list[Geofence]:
        """Those that are watched now; none before there is a guard."""
        return [] if self._guard is None else self._guard.in_force(self._now())

    def take(self, batch: Batch) -> None:
        """Watch a batch that is in the picture already; never blocks."""
        if self.statistics.state in {"off", "standing by"}:
            return
        if self._guard is None or self._early or self._outbox.full:
            self._early.append(batch)
            self._early_rows += len(batch)
            self._drop_early()
        else:
            with contextlib.suppress(GuardFailedError):
                self._take(self._guard, batch)

    def _drop_early(self) -> None:
        while self._early_rows > EARLY_MOST:
            gone = len(self._early.popleft())
            self._early_rows -= gone
            self.statistics.unseen += gone

    def order(self, act: Callable[[Book, datetime], list[AlertEvent]]) -> Book:
        """Do something to the book, tell what came of it, and give the book after it.

        Raises NotWatchingError, AlertError.
        """
        if self._guard is None:
            raise NotWatchingError
        self._tell(Told(tuple(act(self._guard.book, self._now()))))
        return self._guard.book

    async def watches(self, *, wanted: bool) -> None:
        """Wait until it watches, or until it does not."""
        while (self._guard is not None) != wanted:  # noqa: ASYNC110 - seldom, and both ways
            await asyncio.sleep(WATCHES_CHECK)

    async def settled(self) -> None:
        """Wait until all that was told is kept, of texts and events all that came."""
        await self._outbox.settled()

    async def run(self) -> None:
        """Watch until cancelled; returns at once if that is switched off."""
        if self.statistics.state == "off":
            return
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._outbox.run())
                tasks.create_task(self._look())
                tasks.create_task(self._orders.run(self._bus))
                tasks.create_task(self._hold_the_lock())
        finally:
            if self._guard is not None:
                with contextlib.suppress(GuardFailedError):
                    self._observe(self._guard)
            for batch in self._outbox.rest():
                self._keeper.offer(batch)  # which is still written, to the spool if need be

    async def _look(self) -> NoReturn:
        while True:
            await asyncio.sleep(1 / self._rules.look_hz)
            guard = self._guard
            if guard is None or self._outbox.full:
                continue
            with contextlib.suppress(GuardFailedError):
                self._catch_up(guard)
                self._observe(guard)
                began = perf_counter()
                with self._guarded("looking at the picture"):
                    self._tell(guard.look(self._picture.rows, self._now()))
                    if self._sky is not None and self._sky.goes_on:
                        self._tell(guard.watch_sky(self._sky, self._now()))
                    if self._load.reckon(guard.book, self._now()):
                        self.statistics.figures = self._load.figures
                        self.statistics.shown = self._load.counts
                    self.statistics.unrecorded = guard.unrecorded
                self.statistics.looked(perf_counter() - began)
            self.statistics.alerts = len(guard.book)
            self.statistics.refused = guard.refused + self._outbox.refused
            self.statistics.failing_rules = dict(guard.failing)
            self.statistics.miss(guard.missing)
            await self._send()

    def _catch_up(self, guard: Guard) -> None:
        while self._early and not self._outbox.full:
            batch = self._early.popleft()
            self._early_rows -= len(batch)
            self._take(guard, batch)

    @contextlib.contextmanager
    def _guarded(self, work: str, part: Batch | None = None) -> Iterator[None]:
        """Let go of a guard that fails at some work, and say what it was given: the one place.

        What it told is kept, and another one begins with that. Raises GuardFailedError.
        """
        try:
            yield
        except (psycopg.Error, GuardFailedError):
            raise
        except Exception as error:  # of a guard any: it is not to end the collector
            self._failed(work, part, error)
            raise GuardFailedError from error
        if part is not None:
            self._quarantine.passed(part)

    def _in_parts(self, work: str, batch: Batch, act: Callable[[Batch], Told]) -> Iterator[Told]:
        """Hand a batch over, suspects one at a time. Raises GuardFailedError."""
        for part in self._quarantine.parts(batch):
            with self._guarded(work, part):
                told = act(part)
            yield told

    def _failed(self, work: str, part: Batch | None, error: Exception) -> None:
        told = f"{work}: {type(error).__name__}: {' '.join(str(error).split())}"
        if told != self.statistics.last_error:
            _log.error("the watch begins anew after %s", told, exc_info=error)
        self.statistics.last_error = told
        self.statistics.failures += 1
        now = self._clock()
        self._setbacks = 1 if now - self._began > GOOD_AFTER else self._setbacks + 1
        self._began = now
        self._forget("starting")
        if part is not None and self._quarantine.failed(part):
            self.statistics.left_out = len(self._quarantine)
            refused = RefusedError("watch_failed", told)
            letter = dead_letter("watch", refused, now, raw=packing.pack(part))
            self._keeper.offer(Batch(letters=(letter,)))

    def _take(self, guard: Guard, batch: Batch) -> None:
        """Hear what happened at once; positions are gathered until the next look."""
        if batch.texts or batch.events:
            said = Batch(batch.assets, texts=batch.texts, events=batch.events)
            try:
                for told in self._in_parts(
                    "hearing what happened", said, lambda part: guard.hear(part, self._now())
                ):
                    self._tell(told)
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
            for told in self._in_parts(
                "geofences", gathered, lambda part: guard.observe(part, self._now())
            ):
                self._tell(told)
            self._gathered.clear()

    def _tell(self, told: Told) -> None:
        if not told:
            return
        self._outbox.put(Batch(fence_changes=told.fences, alert_events=told.alerts))
        self.statistics.alert_events += len(told.alerts)
        self.statistics.fence_changes += len(told.fences)
        self._load.take(told.alerts)
        if self._guard is not None:
            alert = self._guard.book.alert
            self._unsent.extend((event, alert(event.alert)) for event in told.alerts)

    async def _send(self) -> None:
        if self._unsent and self._bus.connected:
            payloads = pack_alerts(self._unsent)
            self._unsent.clear()
            with contextlib.suppress(BusError):  # it carries what is now: history is elsewhere
                for payload in payloads:
                    await self._bus.publish(ALERTS_SUBJECT, payload)

    async def _hold_the_lock(self) -> NoReturn:
        while True:
            try:
                async with self._locked() as connection:
                    if connection is not None:
                        await self._watch(connection)
            except GuardFailedError:
                pass  # that is said
            except (psycopg.Error, OSError) as error:
                self.statistics.say(
                    first_line(error) if isinstance(error, psycopg.Error) else str(error)
                )
            await asyncio.sleep(min(RETRY * 2 ** max(0, self._setbacks - 1), RETRY_MOST))

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[psycopg.AsyncConnection | None]:
        """A connection with the lock; None if another collector has it. Raises psycopg.Error."""
        async with await connect(self._dsn, STATEMENT_LIMIT) as connection:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if await cursor.fetchone() == (True,):
                yield connection
                return
            if self.statistics.state != "standing by":
                _log.warning("another collector of this database watches: this one stands by")
            self._forget("standing by")
            yield None

    async def _watch(self, connection: psycopg.AsyncConnection) -> None:
        """Watch until the guard fails, or the connection is lost. Raises psycopg.Error."""
        guard = self._guard
        last, _ = await kept.last_alert_event(connection)
        if guard is not None and last > guard.book.last_id:
            _log.warning("another collector has watched meanwhile: this one begins where it ended")
            guard = None
        if guard is None:
            self._forget("starting")
            await self._outbox.settled()
            await self._replayed(connection)
            with cut_after(connection, RESTORE_LIMIT), self._guarded("beginning"):
                guard = await self._begin(connection)
        next_snapshot = self._clock()
        fences = None
        while self._guard is guard:
            changed = await kept.geofences_changed(connection)
            if changed != fences:
                await self._reload(connection, guard)
                fences = changed
            if self._guard is not guard:
                return  # it failed meanwhile: what it holds was told to nobody
            if self._clock() >= next_snapshot and not self._keeper.spool.waiting:
                with self._guarded("keeping what is known"):
                    await self._keep_snapshot(connection, guard)
                next_snapshot = self._clock() + SNAPSHOT_PERIOD
            await asyncio.sleep(RELOAD_PERIOD)

    async def _begin(self, connection: psycopg.AsyncConnection) -> Guard:
        """Put a guard to work that has all that is known. Raises psycopg.Error, GuardFailedError."""
        restored = await self._restoring.restored(connection, self.ground)
        guard, self._load, self.flying = restored.guard, restored.load, restored.flying
        self._orders.recall(restored.orders)
        self._guard, self._began = guard, self._clock()
        self.statistics.state = "watching"
        self._tell(restored.found)
        self._catch_up(guard)
        known = len(guard.book), len(guard.fences.compiled)
        _log.info("watching: %d alerts, %d geofences", *known)
        return guard

    async def _replayed(self, connection: psycopg.AsyncConnection) -> None:
        """Wait until the database has what the spool held. Raises psycopg.Error."""
        if self._keeper.spool.waiting:
            _log.info("alerts are raised when the spool is replayed")
        while self._keeper.spool.waiting:
            await asyncio.sleep(REPLAY_CHECK)
            await connection.execute("SELECT")  # or a connection that is lost keeps us waiting

    async def _reload(self, connection: psycopg.AsyncConnection, guard: Guard) -> None:
        listed = await self._drawn.listed(connection)
        if self._guard is not guard:
            return
        with self._guarded("changing geofences"):
            self._tell(self._drawn.given_to(guard, listed))
        self.statistics.count_fences(guard.fences)

    async def _keep_snapshot(self, connection: psycopg.AsyncConnection, guard: Guard) -> None:
        """Keep what is known now, once the alert events that it is made of are in the database."""
        taken, book = self._now(), guard.book.snapshot()
        copy = copied(guard.fences) if len(guard.fences.compiled) else None
        fences = None if copy is None else await asyncio.to_thread(pack, copy)
        snapshot = kept.Snapshot(taken, book, fences)
        await self._outbox.settled()
        if not self._keeper.spool.waiting:  # or they may be on disk alone
            await kept.put_snapshot(connection, snapshot)

    def _forget(self, state: State) -> None:
        self._guard = self.flying = None
        self.statistics.stop(state)
        self._early.extend(self._gathered)
        self._early_rows += sum(len(batch) for batch in self._gathered)
        self._gathered.clear()
        if state == "standing by":
            self._early.clear()
            self._early_rows = 0

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
