"""Alerts of the airspace: raised while a condition holds, over when it does not any more.

One alert a contact and cause. A contact is called by who it says it is, else by its key; an alert that
was raised before it said so, or of a contact that turned out to be the same object, goes on as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fleet.airspace.telling import RULES, SENSOR_LOST, SKY_RULES, SkyRule
from fleet.airspace.words import Words
from fleet.alerts.alert import Occurrence
from fleet.alerts.book import Book
from fleet.alerts.errors import TooManyAlertsError
from fleet.alerts.events import SYSTEM, AlertEvent
from fleet.rules.settings import RuleSettings

GROUP = "airspace"
"""The group of the settings of rules whose desk these alerts go to."""

SETTLING = timedelta(seconds=20)
"""From the beginning on in which nothing is over: sensors have to be heard first."""

UNHEARD = timedelta(minutes=10)
"""After it an alert of a sensor that was not heard of since the beginning is over: it was taken away."""

RAISED_MOST = 300
"""Alerts of the airspace that are active at once: who makes up thousands of drones raises no more."""

_NEAR, _IN = SKY_RULES["drone_near_zone"].name, SKY_RULES["drone_in_zone"].name


@dataclass(frozen=True, slots=True)
class Matter:
    """A condition that holds now."""

    rule: SkyRule
    subjects: tuple[str, ...]
    """What it is about: the first one names a new alert, under the others it may have been raised."""

    reason: Words
    zone: str = ""
    assets: tuple[int, ...] = ()
    cause: str | None = None

    def key(self, subject: str, rule: str = "") -> str:
        """The key of its alert about one of `subjects`."""
        zone = f"/{self.zone[:100]}" if self.zone else ""
        return f"{rule or self.rule.name}/{subject}{zone}"


@dataclass(frozen=True, slots=True)
class SkyNow:
    """What is so in the airspace at a moment."""

    matters: tuple[Matter, ...] = ()
    well: frozenset[str] = frozenset()
    """Sensors that work."""


class SkyAlerts:
    """Keeps the alerts of the airspace in a book."""

    def __init__(self, book: Book, settings: RuleSettings) -> None:
        self.refused = 0
        """Alerts that there was no room for."""
        self._book = book
        self._settings = settings
        self._active = {k for k, a in book.alerts.items() if a.rule in RULES and a.active}
        self._pending: dict[str, datetime] = {}
        self._over: dict[str, datetime] = {}
        self._begun: datetime | None = None

    def take(self, sky: SkyNow, now: datetime) -> list[AlertEvent]:
        """Raise and clear what has to be."""
        self._begun = self._begun or now
        held = self._held(sky.matters)
        self._pending = {key: since for key, since in self._pending.items() if key in held}
        events: list[AlertEvent] = []
        for key, matter in held.items():
            self._over.pop(key, None)
            since = self._pending.setdefault(key, now)
            if key not in self._active and (now - since).total_seconds() >= matter.rule.on_delay:
                events += self._raise(key, matter, now)
        for key in sorted(self._active - held.keys()):
            if self._is_over(key, sky.well, now):
                events += self._clear(key, now)
        return events

    def _held(self, matters: Iterable[Matter]) -> Mapping[str, Matter]:
        held: dict[str, Matter] = {}
        for matter in matters:
            if not self._settings.of_rule(matter.rule.name).enabled:
                continue
            keys = [matter.key(subject) for subject in matter.subjects]
            inside = {matter.key(subject, _IN) for subject in matter.subjects}
            if matter.rule.name == _NEAR and inside & self._active:
                continue  # it has just left, or is at the edge
            held.setdefault(next((k for k in keys if k in self._active), keys[0]), matter)
        return held

    def _is_over(self, key: str, well: frozenset[str], now: datetime) -> bool:
        assert self._begun is not None
        rule, _, subject = key.partition("/")
        if rule == SENSOR_LOST.name:
            return subject in well or now - self._begun >= UNHEARD
        if now - self._begun < SETTLING:
            return False
        since = self._over.setdefault(key, now)
        delay = next(each.off_delay for each in SKY_RULES.values() if each.name == rule)
        return (now - since).total_seconds() >= delay

    def _raise(self, key: str, matter: Matter, now: datetime) -> list[AlertEvent]:
        change = self._settings.of_rule(matter.rule.name)
        occurrence = Occurrence(
            change.priority or matter.rule.priority,
            _by_language(matter.reason),
            _by_language(matter.rule.action),
            matter.assets,
            cause=matter.cause,
            realert_after=change.realert_after,
            desk=self._settings.desks.get(GROUP, ""),
        )
        if len(self._active) >= RAISED_MOST:
            self.refused += 1
            return []
        try:
            events = self._book.activate(key, occurrence, now)
        except TooManyAlertsError:
            self.refused += 1
            return []
        self._active.add(key)
        if matter.rule.name == _IN:
            for subject in matter.subjects:
                events += self._taken_over(matter.key(subject, _NEAR), now)
        return events

    def _taken_over(self, key: str, now: datetime) -> list[AlertEvent]:
        """Be done with the alert of what was near, and now is inside."""
        if key not in self._active:
            return []
        events = self._clear(key, now)
        if self._book.alert(key).waits:
            events += self._book.acknowledge(key, SYSTEM, now, f"{_IN} took over")
        return events

    def _clear(self, key: str, now: datetime) -> list[AlertEvent]:
        self._active.discard(key)
        self._over.pop(key, None)
        return self._book.clear(key, now) if self._book.alert(key).active else []


def _by_language(told: Words) -> dict[str, str]:
    return {"en": told.english, "ur": told.urdu}
