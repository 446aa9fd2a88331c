"""The watcher: when this collector watches, where it begins, and what the database has of it.

Of the collectors of a database one watches, the one that has the lock; another takes over when that
one's connection is gone, and begins with what the database holds (`restoring`). While the database is
away it goes on: what it tells waits in the keeper's spool.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

import psycopg

from fleet.geofences.geofence import Geofence
from fleet.geofences.looking import Ground
from fleet.geofences.saved import copied, pack
from fleet.picture import Picture
from telemetry.batch import Batch
from telemetry.bus import Bus
from telemetry.keeper import Keeper
from telemetry.store.connection import connect, cut_after
from telemetry.store.migrate import first_line
from telemetry.watching import kept
from telemetry.watching.drawn import DrawnFences
from telemetry.watching.flying import Flying
from telemetry.watching.guard import Guard
from telemetry.watching.guarding import GuardFailedError, Guarding
from telemetry.watching.orders import AlertOrders
from telemetry.watching.outbox import Outbox
from telemetry.watching.restoring import Restoring
from telemetry.watching.settings import GeofenceSettings, RulesSettings
from telemetry.watching.sky_alerts import SkyNow
from telemetry.watching.statistics import WatchStatistics
from telemetry.watching.telling import Telling

LOCK = 0x6E696777
"""The key of the advisory lock of the one who watches ("nigw")."""

RETRY = 1.0
"""Seconds between two attempts to have the lock."""

RETRY_MOST = 30.0
"""Seconds that it waits at most before another guard begins, when one after the other fails."""

RELOAD_PERIOD = 2.0
"""Seconds between two looks for geofences that have changed."""

SNAPSHOT_PERIOD = 300.0
"""Seconds between two snapshots."""

STATEMENT_LIMIT = 60.0
"""Seconds that a statement may take."""

RESTORE_LIMIT = 600.0
"""Seconds after which a restart is given up, and begun again: the server hangs."""

REPLAY_CHECK = 0.2
"""Seconds between two looks for whether the spool is replayed."""

_log = logging.getLogger(__name__)


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
        self.ground = ground
        """The height of the ground, for limits above it."""
        self._dsn = dsn
        self._keeper = keeper
        self._bus = bus
        self._rules = rules
        self._clock = clock
        self._outbox = Outbox(keeper.accept)
        self._telling = Telling(self._outbox, bus, self.statistics)
        self._guarding = Guarding(picture, self._telling, keeper.offer, self.statistics, clock)
        self._drawn = DrawnFences(geofences, self.statistics.say, self._guarding.now)
        self._restoring = Restoring(
            rules, geofences, self._drawn, self._guarding.in_parts, self._guarding.now
        )
        self._orders = AlertOrders(self._guarding)
        self._flying: Flying | None = None

    @property
    def flying(self) -> Flying | None:
        """What was in the air when the database was last left; None while there is no guard."""
        return None if self._guarding.guard is None else self._flying

    def watch_sky(self, sky: SkyNow) -> None:
        """Hold this for what is so in the airspace until told otherwise."""
        self._guarding.watch_sky(sky)

    def geofences_in_force(self) -> list[Geofence]:
        """Those that are watched now; none before there is a guard."""
        return self._guarding.geofences_in_force()

    def take(self, batch: Batch) -> None:
        """Watch a batch that is in the picture already; never blocks."""
        self._guarding.take(batch)

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
                tasks.create_task(self._guarding.run(self._rules.look_hz))
                tasks.create_task(self._orders.run(self._bus))
                tasks.create_task(self._hold_the_lock())
        finally:
            self._guarding.finish()
            for batch in self._outbox.rest():
                self._keeper.offer(batch)  # which is still written, to the spool if need be

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
            await asyncio.sleep(min(RETRY * 2 ** max(0, self._guarding.setbacks - 1), RETRY_MOST))

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
            self._guarding.forget("standing by")
            yield None

    async def _watch(self, connection: psycopg.AsyncConnection) -> None:
        """Watch until the guard fails, or the connection is lost. Raises psycopg.Error."""
        guard = self._guarding.guard
        last, _ = await kept.last_alert_event(connection)
        if guard is not None and last > guard.book.last_id:
            _log.warning("another collector has watched meanwhile: this one begins where it ended")
            guard = None
        if guard is None:
            self._guarding.forget("starting")
            await self._outbox.settled()
            await self._replayed(connection)
            with cut_after(connection, RESTORE_LIMIT), self._guarding.guarded("beginning"):
                guard = await self._begin(connection)
        next_snapshot = self._clock()
        fences = None
        while self._guarding.guard is guard:
            changed = await kept.geofences_changed(connection)
            if changed != fences:
                await self._reload(connection, guard)
                fences = changed
            if self._guarding.guard is not guard:
                return  # it failed meanwhile: what it holds was told to nobody
            if self._clock() >= next_snapshot and not self._keeper.spool.waiting:
                with self._guarding.guarded("keeping what is known"):
                    await self._keep_snapshot(connection, guard)
                next_snapshot = self._clock() + SNAPSHOT_PERIOD
            await asyncio.sleep(RELOAD_PERIOD)

    async def _begin(self, connection: psycopg.AsyncConnection) -> Guard:
        """Put a guard to work that has all that is known. Raises psycopg.Error, GuardFailedError."""
        restored = await self._restoring.restored(connection, self.ground)
        guard, self._telling.load, self._flying = restored.guard, restored.load, restored.flying
        self._orders.recall(restored.orders)
        self._guarding.begin(guard, restored.found)
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
        if self._guarding.guard is not guard:
            return
        with self._guarding.guarded("changing geofences"):
            self._telling.tell(self._drawn.given_to(guard, listed), guard.book)
        self.statistics.count_fences(guard.fences)

    async def _keep_snapshot(self, connection: psycopg.AsyncConnection, guard: Guard) -> None:
        """Keep what is known now, once the alert events that it is made of are in the database."""
        taken, book = self._guarding.now(), guard.book.snapshot()
        copy = copied(guard.fences) if len(guard.fences.compiled) else None
        fences = None if copy is None else await asyncio.to_thread(pack, copy)
        snapshot = kept.Snapshot(taken, book, fences)
        await self._outbox.settled()
        if not self._keeper.spool.waiting:  # or they may be on disk alone
            await kept.put_snapshot(connection, snapshot)
