"""Where a watch begins: a guard that knows what the database holds.

That is the newest snapshot, the alert events after it, and the positions, texts and events that came
since. What came before the collector's spool was replayed would be missing: its replay is waited for
before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Protocol

import psycopg

from fleet.alerts.figures import DAY
from fleet.forms import FormError
from fleet.geofences.events import FenceEvent
from fleet.geofences.fences import Fences
from fleet.geofences.looking import Ground
from fleet.geofences.saved import restore
from telemetry.batch import Batch
from telemetry.watching import kept
from telemetry.watching.done_orders import REMEMBERED
from telemetry.watching.drawn import DrawnFences
from telemetry.watching.flying import Flying, flying_since
from telemetry.watching.guard import Guard, Told
from telemetry.watching.load import Load
from telemetry.watching.roster import Roster
from telemetry.watching.settings import GeofenceSettings, RulesSettings

OVERLAP = timedelta(minutes=1)
"""Positions that came so long before a snapshot are looked at again: some were not stored yet."""

_log = logging.getLogger(__name__)


class InParts(Protocol):
    """Hands a batch to a guard in the parts that the quarantine makes of it."""

    def __call__(self, work: str, batch: Batch, act: Callable[[Batch], Told]) -> Iterator[Told]: ...


@dataclass(frozen=True, slots=True)
class Restored:
    """What a watch begins with."""

    guard: Guard
    found: Told
    """What came of what is read, and is to be kept."""

    load: Load
    flying: Flying
    """What was in the air when the database was last left."""

    orders: list[dict[str, str]]
    """Orders that were done, for `AlertOrders.recall`."""


class Restoring:
    """Makes guards out of the database."""

    def __init__(
        self,
        rules: RulesSettings,
        geofences: GeofenceSettings,
        drawn: DrawnFences,
        in_parts: InParts,
        now: Callable[[], datetime],
    ) -> None:
        self._rules = rules
        self._geofences = geofences
        self._drawn = drawn
        self._in_parts = in_parts
        self._now = now

    async def restored(
        self, connection: psycopg.AsyncConnection, ground: Ground | None
    ) -> Restored:
        """All that is known. Raises psycopg.Error, and what `in_parts` raises."""
        snapshot = await kept.newest_snapshot(connection)
        now, horizon = self._now(), timedelta(seconds=self._geofences.horizon)
        since = now - horizon if snapshot is None else snapshot.taken
        book = await kept.current_book(connection, snapshot)
        kept_events = await kept.fence_events(connection, since)
        guard = Guard(
            self._rules.tree,
            book,
            self._fences(snapshot, ground),
            roster=Roster(self._rules.tree, self._rules.duties, self._rules.speed_zones),
            told=await kept.last_told(connection),
            known=frozenset(event.id for event in kept_events),
        )
        load = Load(await kept.annunciations(connection, now - DAY), perf_counter)
        found = guard.admit(await kept.assets(connection), now)
        found += self._drawn.given_to(guard, await self._drawn.listed(connection))
        if len(guard.fences.compiled):
            async for rows in kept.positions_since(connection, since - OVERLAP, horizon):
                positions = Batch(positions=rows)
                for told in self._in_parts(
                    "geofences", positions, lambda part: guard.observe(part, now)
                ):
                    found += told
        if snapshot is not None:
            found += guard.take_back(_unsupported(guard, found, kept_events), now)
            found += await self._heard_again(connection, guard, snapshot)
        flying = await flying_since(connection, now)
        orders = await kept.done_orders(connection, now - REMEMBERED)
        return Restored(guard, found, load, flying, orders)

    async def _heard_again(
        self, connection: psycopg.AsyncConnection, guard: Guard, snapshot: kept.Snapshot
    ) -> Told:
        """What came after the last alert event that was kept: of that no alert may have been.

        Of what came before it all are, since they are kept in order.
        """
        _, last = await kept.last_alert_event(connection)
        since = snapshot.taken if last is None else max(last, snapshot.taken)
        happened = await kept.happenings_since(connection, since)
        found = Told()
        for told in self._in_parts(
            "hearing what happened", happened, lambda part: guard.hear(part, self._now())
        ):
            found += told
        return found

    def _fences(self, snapshot: kept.Snapshot | None, ground: Ground | None) -> Fences:
        if snapshot is not None and snapshot.fences is not None and self._geofences.enabled:
            try:
                return restore(snapshot.fences, ground)
            except FormError as error:
                _log.error("%s", error)
        horizon, most = self._geofences.horizon, self._geofences.fixes_most
        return Fences(ground=ground, horizon=horizon, fixes_most=most)


def _unsupported(guard: Guard, found: Told, known: list[FenceEvent]) -> list[FenceEvent]:
    """Events that were kept while the fixes that they came from were lost."""
    made = {change.event.id for change in found.fences if not change.withdrawn}
    for track in guard.fences.tracks.values():
        made |= {entry.event.id for entry in track.log if entry.event is not None}
    index = guard.fences.compiled.index
    return [event for event in known if event.id not in made and event.key in index]
