"""Alerts of the airspace: raised while a condition holds, over when it does not any more.

One alert a contact and cause. A contact is called by who it says it is, else by its key; an alert that
was raised before it said so, or of a contact that turned out to be the same object, goes on as it was.
While it is not known yet whether two contacts are one object they have one alert; where both had one
before that was known, the older one stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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

_NEVER = datetime.min.replace(tzinfo=UTC)
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
    perhaps: tuple[str, ...] = ()
    """What it may turn out to be about as well: an alert of that is its own until it does not."""

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

    goes_on: bool = True
    """Whether it was made with what an earlier run knew."""


class SkyAlerts:
    """Keeps the alerts of the airspace in a book."""

    def __init__(self, book: Book, settings: RuleSettings) -> None:
        self.refused = 0
        """Alerts that there was no room for."""
        self._book = book
        self._settings = settings
        self._active = {k for k, a in book.alerts.items() if a.rule in RULES and a.active}
        self._known_as: dict[str, str] = {}  # active alerts by other keys that they might have
        self._pending: dict[str, datetime] = {}
        self._over: dict[str, datetime] = {}
        self._begun: datetime | None = None

    def take(self, sky: SkyNow, now: datetime) -> list[AlertEvent]:
        """Raise and clear what has to be."""
        self._begun = self._begun or now
        matters = [m for m in sky.matters if self._settings.of_rule(m.rule.name).enabled]
        events = [event for matter in matters for event in self._unite(matter, now)]
        held = self._held(matters)
        self._pending = {key: since for key, since in self._pending.items() if key in held}
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
            if matter.rule.name == _NEAR and (
                self._standing(matter, matter.subjects, _IN)
                or self._standing(matter, matter.perhaps, _IN)
            ):
                continue  # it has just left, or is at the edge
            held.setdefault(self._key(matter, held), matter)
        return held

    def _key(self, matter: Matter, held: Mapping[str, Matter]) -> str:
        """Of its alert: one that stands, or is about to, else a new one."""
        standing = self._standing(matter, matter.subjects) or self._standing(matter, matter.perhaps)
        if standing:
            return standing[0]
        perhaps = (matter.key(subject) for subject in matter.perhaps)
        return next((key for key in perhaps if key in held), matter.key(matter.subjects[0]))

    def _standing(self, matter: Matter, subjects: Iterable[str], rule: str = "") -> list[str]:
        """Keys of the active alerts about one of `subjects`, the oldest first."""
        keys = [matter.key(subject, rule) for subject in subjects]
        found = {self._known_as.get(key, key) for key in keys} & self._active
        return sorted(found, key=lambda key: (self._book.alert(key).raised_time or _NEVER, key))

    def _unite(self, matter: Matter, now: datetime) -> list[AlertEvent]:
        """Leave the oldest alert about what turned out to be one object, and know it by all names."""
        standing = self._standing(matter, matter.subjects)
        if not standing:
            return []
        oldest, *others = standing
        events = [e for key in others for e in self._taken_over(key, now, "the same object")]
        self._known_as |= {matter.key(subject): oldest for subject in matter.subjects}
        return events

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
            for near in self._standing(matter, (*matter.subjects, *matter.perhaps), _NEAR):
                events += self._taken_over(near, now, f"{_IN} took over")
        return events

    def _taken_over(self, key: str, now: datetime, why: str) -> list[AlertEvent]:
        """Be done with an alert in whose place another one stands."""
        events = self._clear(key, now)
        if self._book.alert(key).waits:
            events += self._book.acknowledge(key, SYSTEM, now, why)
        return events

    def _clear(self, key: str, now: datetime) -> list[AlertEvent]:
        self._active.discard(key)
        self._over.pop(key, None)
        self._known_as = {name: of for name, of in self._known_as.items() if of != key}
        return self._book.clear(key, now) if self._book.alert(key).active else []


def _by_language(told: Words) -> dict[str, str]:
    return {"en": told.english, "ur": told.urdu}
