"""The guard: geofences, rules and the book of alerts over what comes in. Without any I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.assets import Asset
from fleet.columns import Rows
from fleet.geofences.events import Changes, FenceEvent
from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Geofence
from fleet.geofences.members import Member
from fleet.moments import as_numpy, microseconds
from fleet.rules.ahead_watch import RULE as AHEAD
from fleet.rules.ahead_watch import AheadWatch
from fleet.rules.happenings import TEXT
from fleet.rules.registry import Happening
from fleet.rules.settings import RuleSettings
from fleet.rules.watch import Watch
from telemetry.batch import Batch, FenceChange
from telemetry.watching.fence_alerts import FenceAlerts
from telemetry.watching.privacy import unrecorded
from telemetry.watching.roster import Roster
from telemetry.watching.sky_alerts import SkyAlerts, SkyNow

PRIVACY_PERIOD = timedelta(seconds=1)
"""How old it may be who may not record."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be kept, in its order."""

    alerts: tuple[AlertEvent, ...] = ()
    fences: tuple[FenceChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.alerts or self.fences)

    def __add__(self, later: Told) -> Told:
        return Told(self.alerts + later.alerts, self.fences + later.fences)


class Guard:
    """Watches one picture. Not safe for several threads.

    `book` and `fences` are empty ones, or what was restored. `told` is the newest time at which a
    fence change was said before, in microseconds since 1970; `known` are ids of events whose alerts
    were raised before. `roster` knows the duties and speed zones.
    """

    def __init__(
        self,
        settings: RuleSettings,
        book: Book,
        fences: Fences,
        *,
        roster: Roster | None = None,
        told: int = 0,
        known: frozenset[str] = frozenset(),
    ) -> None:
        self.book = book
        self.fences = fences
        self._settings = settings
        self._watch = Watch(settings, book)
        if settings.of_rule(AHEAD.name).enabled:
            self._watch.also(AHEAD.name, AheadWatch(self._watch.raiser, fences).look)
        self._fence_alerts = FenceAlerts(book, fences, settings)
        self._roster = roster or Roster(settings, {}, {})
        self._sky_alerts = SkyAlerts(book, settings)
        self._admitted: set[int] = set()
        self._known = known
        self._told = told
        self._looked: datetime | None = None
        self.unrecorded: tuple[str, ...] = ()
        """Who may not record, as of a second ago at most; see `privacy`."""

    @property
    def refused(self) -> int:
        """Alerts that the book was too full for."""
        return self._watch.refused + self._sky_alerts.refused

    @property
    def missing(self) -> frozenset[str]:
        """Geofences that duties and speed zones name, and that are not there."""
        return self._roster.missing

    @property
    def failing(self) -> Mapping[str, str]:
        """Rules that failed, and how they did last."""
        return self._watch.failing

    def hear(self, batch: Batch, now: datetime) -> Told:
        """Hold its texts and events against the rules of what happens."""
        admitted = self.admit(batch.assets, now)
        return admitted + Told(tuple(self._watch.hear(_happenings(batch), now)))

    def observe(self, batch: Batch, now: datetime) -> Told:
        """Hold its positions against the geofences; many at once cost a tenth of each by itself."""
        admitted = self.admit(batch.assets, now)
        if not len(self.fences.compiled):
            return admitted
        return admitted + self._tell(self.fences.observe(batch.positions), now)

    def admit(self, assets: Iterable[Asset], now: datetime) -> Told:
        """Know assets: whom geofences are for, and what they are called."""
        new = [asset for asset in assets if asset.key not in self._admitted]
        if not new:
            return Told()
        self._admitted |= {asset.key for asset in new}
        self._fence_alerts.admit(new)
        return self._tell(self.fences.enrol(self._member(asset) for asset in new), now)

    def look(self, rows: Rows, now: datetime) -> Told:
        """Hold PICTURE rows against all rules, and do what is due."""
        moment = as_numpy(now)
        if self._looked is None or not timedelta() <= now - self._looked < PRIVACY_PERIOD:
            self._looked, self.unrecorded = now, unrecorded(self.fences, rows, moment)
        planned = self._roster.at(rows, self.fences.compiled, now)
        return Told((*self._watch.look(rows, moment, *planned), *self.book.tick(now)))

    def watch_sky(self, sky: SkyNow, now: datetime) -> Told:
        """Raise and clear the alerts of what is so in the airspace."""
        return Told(tuple(self._sky_alerts.take(sky, now)))

    def in_force(self, now: datetime) -> list[Geofence]:
        """The geofences that are in force."""
        compiled = self.fences.compiled
        moments = np.full(len(compiled), microseconds(now), np.int64)
        active = compiled.activity.active(np.arange(len(compiled)), moments)
        return [compiled.fences[number] for number in np.flatnonzero(active).tolist()]

    def judge_by(self, fences: Iterable[Geofence], now: datetime) -> Told:
        """Watch these geofences from now on. Raises FormError for contradicting versions."""
        return self._tell(self.fences.update(fences), now)

    def take_back(self, events: Iterable[FenceEvent], now: datetime) -> Told:
        """Say that events which were kept are not so: their fixes were lost."""
        return Told((), tuple(self._changes((), events, now)))

    def _tell(self, changes: Changes, now: datetime) -> Told:
        if not changes:
            return Told()
        told = tuple(self._changes(changes.new, changes.withdrawn, now))
        fresh = [event for event in changes.new if event.id not in self._known]
        return Told(tuple(self._fence_alerts.take(fresh, now)), told)

    def _changes(
        self, new: Iterable[FenceEvent], withdrawn: Iterable[FenceEvent], now: datetime
    ) -> Iterator[FenceChange]:
        for events, gone in ((withdrawn, True), (new, False)):
            for event in events:
                self._told = max(self._told + 1, microseconds(now))
                yield FenceChange(event, self._told, gone)

    def _member(self, asset: Asset) -> Member:
        group = self._settings.group_of(asset.identity, asset.kind)
        return Member(asset.key, asset.kind, frozenset({group}))


def _happenings(batch: Batch) -> Iterator[Happening]:
    identities = {asset.key: asset.identity for asset in batch.assets}
    for text in batch.texts:
        if text.asset in identities:
            detail = {"severity": text.severity, "text": _clean(text.text)}
            yield Happening(text.asset, identities[text.asset], text.received_time, TEXT, detail)
    for event in batch.events:
        if event.asset in identities:
            told = {
                name: _clean(value) if isinstance(value, str) else value
                for name, value in event.detail.items()
            }
            yield Happening(event.asset, identities[event.asset], event.time, event.kind, told)


def _clean(text: str) -> str:
    """As it can be kept and shown: no control characters, no lone surrogates."""
    return "".join(c if c.isprintable() else " " for c in text)
