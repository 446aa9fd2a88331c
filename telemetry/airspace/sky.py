"""The sky: what sensors tell becomes contacts, step by step, and what is so of them. Without any I/O.

Our own drones are among the detections while something else is told of: only then do they have to be
told apart. A contact that nobody but our own telemetry told of is one of our marks already, and is
neither kept nor shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fleet.airspace.changes import Step
from fleet.airspace.columns import (
    CHANGE,
    CONTACT,
    DETECTION,
    THREAT,
    ChangeKind,
    ContactClass,
    Doubt,
    Means,
    State,
)
from fleet.airspace.conditions import (
    Condition,
    Coverage,
    called,
    lies,
    located_operators,
    stolen_identities,
    swarms,
    unknown_in_zones,
)
from fleet.airspace.own import own_detections
from fleet.airspace.threat import Beyond, Protected, Threat, assess, beyond_levels
from fleet.airspace.told_threats import ToldThreats
from fleet.airspace.tracks import Tracks
from fleet.airspace.tuning import Tuning
from fleet.airspace.words import Words, words
from fleet.columns import Rows, blank

WAITING_MOST = 20_000
"""Detections that wait for the next step; the oldest go, and are counted."""

KEPT_EACH = np.timedelta64(1_000_000, "us")
"""A contact to which nothing happens is kept so often."""

OWN_FOR = np.timedelta64(60_000_000, "us")
"""So long after the last word of a sensor our own drones are among the detections."""

FORMERLY_MOST = 10
"""Contacts that one is remembered to have been."""

_OWN_ALONE = 1 << Means.OWN


@dataclass(frozen=True, slots=True)
class Sight:
    """What is so after a step."""

    contacts: Rows
    """CONTACT that somebody else than we told of, foreseen at the time of the step."""

    kept: Rows = field(default_factory=lambda: blank(CONTACT, 0))
    """CONTACT rows that are to be kept."""

    changes: Rows = field(default_factory=lambda: blank(CHANGE, 0))
    """CHANGE rows, all to be kept."""

    threats: Mapping[int, Threat] = field(default_factory=dict)
    """By contact."""

    told: Rows = field(default_factory=lambda: blank(THREAT, 0))
    """THREAT rows of them that are to be kept."""

    conditions: tuple[Condition, ...] = ()
    """What an operator is to be told now."""

    formerly: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Contacts that turned out to be another one, by that."""

    perhaps: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Contacts that may be the same object as another one, by that: it is not known yet."""


class Sky:
    """All that flies. Not safe for several threads; the same words give the same contacts."""

    def __init__(self, tuning: Tuning | None = None) -> None:
        self.crowded_out = 0
        """Detections that there were too many of between two steps."""

        self._tracks = Tracks(tuning)
        self._waiting: deque[Rows] = deque()
        self._rows = 0
        self._heard_time: np.datetime64 = np.datetime64("NaT")
        self._kept: dict[int, np.datetime64] = {}
        self._doubted: dict[tuple[str, int, str], Condition] = {}
        self._swarms: dict[int, frozenset[int]] = {}
        self._formerly: dict[int, tuple[int, ...]] = {}
        self._beyond: Beyond = frozenset()
        self._told = ToldThreats()

    @property
    def tracks(self) -> Tracks:
        """The tracker, for what it counts."""
        return self._tracks

    def restore(
        self,
        contacts: Rows,
        now: np.datetime64,
        formerly: Mapping[int, tuple[int, ...]] | None = None,
    ) -> None:
        """Go on with the CONTACT rows that were kept, and with what they were `formerly` (Sight)."""
        self._tracks.restore(contacts, now)
        for heir, gone in (formerly or {}).items():
            self._formerly[heir] = (*self._formerly.get(heir, ()), *gone)[-FORMERLY_MOST:]
        doubted = contacts[(contacts["doubts"] & (Doubt.JUMPED | Doubt.CONTRADICTED)) != 0]
        for contact in doubted:
            if contact["doubts"] & Doubt.JUMPED:
                self._doubt(Condition("jump", int(contact["contact"]), _doubted(contact, "jumped")))
            if contact["doubts"] & Doubt.CONTRADICTED:
                self._doubt(Condition("lie", int(contact["contact"]), _doubted(contact, "lies")))

    def hear(self, detections: Rows) -> None:
        """Take DETECTION rows; they count at the next step."""
        if not len(detections):
            return
        self._waiting.append(detections)
        self._rows += len(detections)
        while self._rows > WAITING_MOST:
            gone = len(self._waiting.popleft())
            self._rows -= gone
            self.crowded_out += gone

    def step(
        self,
        now: np.datetime64,
        picture: Rows,
        serials: Mapping[int, str],
        zones: Sequence[Protected] = (),
        radars: Sequence[Coverage] = (),
    ) -> Sight:
        """Make contacts of what was heard.

        `picture` are the PICTURE rows that changed since the last step, `serials` the Remote ID serial
        numbers of our own drones by asset, `radars` those that work.
        """
        told = list(self._waiting)
        self._waiting.clear()
        self._rows = 0
        if told:
            self._heard_time = now
        if now - self._heard_time <= OWN_FOR:  # False before anything was heard
            told.append(own_detections(picture, serials))
        step = self._tracks.step(now, np.concatenate(told) if told else blank(DETECTION, 0))
        everything = self._tracks.at(now)
        contacts = everything[everything["means"] != _OWN_ALONE]
        alive = set(everything["contact"].tolist())
        self._follow(step, alive)
        self._beyond = beyond_levels(self._where_seen(everything), zones, self._beyond)
        judged = assess(contacts, zones, now, self._beyond)
        threats = {threat.contact: threat for threat in judged}
        return Sight(
            contacts,
            self._to_keep(step, alive),
            step.changes[~np.isin(step.changes["contact"], self._own_alone(step, everything))],
            threats,
            self._told.take(judged, now),
            self._conditions(everything, step, zones, radars, alive),
            dict(self._formerly),
            self._perhaps(),
        )

    def _perhaps(self) -> dict[int, tuple[int, ...]]:
        found: dict[int, tuple[int, ...]] = {}
        for pair in self._tracks.undecided:
            for one, other in (pair, pair[::-1]):
                found[one] = (*found.get(one, ()), other)
        return found

    @staticmethod
    def _own_alone(step: Step, everything: Rows) -> list[int]:
        """Contacts that nobody but we told of."""
        known = (step.contacts, everything)
        found = [rows["contact"][rows["means"] == _OWN_ALONE].tolist() for rows in known]
        return [*found[0], *found[1]]

    def _to_keep(self, step: Step, alive: set[int]) -> Rows:
        changed = set(step.changes["contact"].tolist())
        rows = step.contacts[step.contacts["means"] != _OWN_ALONE]
        chosen = []
        for number, (contact, time) in enumerate(
            zip(rows["contact"].tolist(), rows["time"], strict=True)
        ):
            last = self._kept.get(contact)
            if contact in changed or last is None or abs(time - last) >= KEPT_EACH:
                self._kept[contact] = time
                chosen.append(number)
        self._kept = {contact: time for contact, time in self._kept.items() if contact in alive}
        kept: Rows = rows[chosen]
        return kept

    def _follow(self, step: Step, alive: set[int]) -> None:
        """Know which contacts are one now."""
        for change in step.changes[step.changes["kind"] == ChangeKind.MERGED]:
            heir, gone = int(change["other"]), int(change["contact"])
            former = (*self._formerly.get(heir, ()), gone, *self._formerly.pop(gone, ()))
            self._formerly[heir] = former[-FORMERLY_MOST:]
        self._formerly = {heir: gone for heir, gone in self._formerly.items() if heir in alive}

    def _conditions(
        self,
        contacts: Rows,
        step: Step,
        zones: Sequence[Protected],
        radars: Sequence[Coverage],
        alive: set[int],
    ) -> tuple[Condition, ...]:
        told = contacts[contacts["class"] != ContactClass.AIRCRAFT]
        for condition in lies(told, step.changes):
            self._doubt(condition)
        self._doubted = {k: held for k, held in self._doubted.items() if held.contact in alive}
        in_zones = unknown_in_zones(self._where_seen(contacts), zones, self._beyond)
        intruders = {condition.contact for condition in in_zones}
        operators = [c for c in located_operators(contacts) if c.contact in intruders]
        return (
            *in_zones,
            *stolen_identities(contacts),
            *self._doubted.values(),
            *lies(told, blank(CHANGE, 0), radars),
            *operators,
            *self._steady(swarms(contacts[contacts["state"] == State.CONFIRMED])),
        )

    def _where_seen(self, contacts: Rows) -> Rows:
        """The same, but those that coast are where they were last: a guess enters no zone."""
        placed, latest = contacts.copy(), self._tracks.contacts
        coasting = placed["state"] == State.COASTING
        for name in ("latitude", "longitude", "altitude"):
            placed[name][coasting] = latest[name][coasting]
        for name in ("east", "north"):
            placed[name][coasting] = 0
        return placed

    def _doubt(self, condition: Condition) -> None:
        self._doubted.setdefault(condition.key, condition)

    def _steady(self, found: list[Condition]) -> list[Condition]:
        """The same swarm keeps its name while one of its drones is in it."""
        named: dict[int, frozenset[int]] = {}
        swarm: list[Condition] = []
        for condition in found:
            members = frozenset((condition.contact, *condition.others))
            name = next(
                (n for n, before in self._swarms.items() if before & members and n not in named),
                condition.contact,
            )
            named[name] = members
            swarm.append(
                Condition(
                    "swarm",
                    name,
                    condition.text,
                    "",
                    tuple(sorted(members - {name})),
                    condition.latitude,
                    condition.longitude,
                )
            )
        self._swarms = named
        return swarm


def _doubted(contact: np.void, what: str) -> Words:
    name, told = called(contact), words(what)
    return Words(
        words("doubt_alert", identity=name, what=told.english).english,
        words("doubt_alert", identity=name, what=told.urdu).urdu,
    )
