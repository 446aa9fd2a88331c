"""One track an object, however many sensors tell of it: detections in, contacts and changes out.

A look of a sensor is taken in three steps. First what is known by name: an object that says who it
is, or that a sensor follows under a key of its own, goes to the track with that name, unless it is
where that cannot be. Then what is left goes to confirmed tracks, and what is left of that to tentative
ones, by global nearest neighbour. The rest are new tracks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.airspace import association, claims, lifecycle, tuning
from fleet.airspace.association import Floats, Pairs
from fleet.airspace.changes import Happened, Step
from fleet.airspace.columns import (
    DETECTION,
    ChangeKind,
    ContactClass,
    Doubt,
    Means,
    State,
)
from fleet.airspace.measures import errors
from fleet.airspace.mergers import Mergers
from fleet.airspace.names import Names
from fleet.airspace.scans import scans, usable
from fleet.airspace.states import States
from fleet.columns import Rows

Numbers = NDArray[np.intp]

TRACKS_MOST = 5_000
"""Tracks at once. Beyond it nothing begins a new one: clutter, or a flood of made-up objects."""

CLAIMED_MOST = 2_500
"""Of these, such as are known by their own word alone: who makes up thousands of drones leaves room for
what radars see."""

SCANS_MOST = 300
"""Looks that one step uses, the newest: thousands of positions of one sender at once are no news."""

DEAF_AFTER = np.timedelta64(3_000_000, "us")
"""After so long without a step nobody listened: that nothing was heard says nothing."""

_GATES = tuning.GATES
_BY_NAME = 4.0
"""How many times as far off as a nameless detection one may be that a sensor follows by a key."""


@dataclass
class Counts:
    """What was not used, since the start."""

    late: int = 0
    """Told too late, or of a time ahead of ours."""
    placeless: int = 0
    """Without a position, or of something that does not fly."""
    repeated: int = 0
    """The same position of the same object, told again."""
    crowded_out: int = 0
    """There were TRACKS_MOST already, or SCANS_MOST newer looks in a step."""


class Tracks:
    """All contacts. Not safe for several threads; the same detections give the same tracks."""

    def __init__(self, settings: tuning.Tuning | None = None) -> None:
        self.counts = Counts()
        self._settings = settings or tuning.Tuning()
        self._states = States(self._settings)
        self._names = Names()
        self._mergers = Mergers(self._settings)
        self._happened = Happened()
        self._touched: set[int] = set()
        self._stepped: np.datetime64 = np.datetime64("NaT")
        self._spared: set[int] = set()
        self._spared_from: np.datetime64 = np.datetime64("NaT")

    def restore(self, contacts: Rows, time: np.datetime64) -> None:
        """Go on with the CONTACT rows of an earlier run as well; `time` is now.

        Those that were made meanwhile of the same objects are merged into them. Of what was not heard
        of meanwhile nothing is concluded: none of them ends before it could have been heard again.
        """
        live = self._states.rows["contact"]
        going_on = contacts[
            (contacts["state"] != State.ENDED) & ~np.isin(contacts["contact"], live)
        ][: TRACKS_MOST - len(live)]
        self._states.restore(going_on)
        for contact, identity in going_on[["contact", "identity"]].tolist():
            if identity:
                self._names.name(contact, identity)
        self._spare(going_on["contact"].tolist(), time)

    def _spare(self, contacts: list[int], time: np.datetime64) -> None:
        """End none of these before it could have been heard again."""
        self._spared.update(contacts)
        self._spared_from = time

    def _still_spared(self, time: np.datetime64) -> NDArray[np.bool_]:
        rows = self._states.rows
        after = np.timedelta64(round(self._settings.end_named_after * 1e6), "us")
        if time - self._spared_from >= after:
            self._spared.clear()
        unheard = ~(rows["heard_time"] > self._spared_from)
        return np.isin(rows["contact"], list(self._spared)) & unheard

    @property
    def undecided(self) -> list[tuple[int, int]]:
        """Pairs of contacts that may be one object; it is not known yet."""
        return self._mergers.undecided

    @property
    def contacts(self) -> Rows:
        """CONTACT of all confirmed ones, at the times of their latest measurements; a copy."""
        rows: Rows = self._states.rows[self._states.rows["state"] != State.TENTATIVE]
        return rows

    def at(self, time: np.datetime64) -> Rows:
        """CONTACT of all confirmed ones, foreseen at `time`."""
        shown = np.flatnonzero(self._states.rows["state"] != State.TENTATIVE)
        return self._states.at(shown, time)

    def step(self, time: np.datetime64, detections: Rows) -> Step:
        """Take the DETECTION rows that came since the last step, in any order; `time` is now."""
        assert detections.dtype == DETECTION
        if time - self._stepped > DEAF_AFTER:  # False before the first one
            self._spare(self._states.rows["contact"].tolist(), time)
        self._stepped = time
        self._happened, self._touched = Happened(), set()
        taken = usable(detections, time)
        self.counts.late += taken.late
        self.counts.placeless += taken.placeless
        self.counts.repeated += taken.doubled
        looks = scans(taken.detections)
        self.counts.crowded_out += sum(len(rows) for rows in looks[:-SCANS_MOST])
        for rows in looks[-SCANS_MOST:]:
            self._take(taken.detections[rows])
        states, names = self._states, self._names
        self._classify(time)
        for change in self._mergers.find(states, names, time):
            self._merge(change.survivor, change.gone, change.distance)
        self._tell_shared()
        spared = self._still_spared(time)
        gone = lifecycle.age(states, time, self._settings, self._tell, spared)
        ended = states.rows[gone]
        for contact in ended["contact"].tolist():
            names.forget(contact)
        shown = states.rows["state"] != State.TENTATIVE
        touched = np.isin(states.rows["contact"], list(self._touched))
        changed: Rows = states.rows[shown & touched]
        states.remove(gone)
        return Step(changed, self._happened.columns())

    def _tell(self, slot: int, kind: ChangeKind, other: int = 0, distance: float = np.nan) -> None:
        row = self._states.rows[slot]
        self._happened.add(row, kind, other, distance)
        self._touched.add(int(row["contact"]))

    def _take(self, look: Rows) -> None:
        """Use one look of one sensor."""
        slots = np.full(len(look), -1, np.intp)
        self._by_name(look, slots)
        look, slots = self._without_repeats(look, slots)
        self._by_place(look, slots)
        known = slots >= 0
        if known.any():
            self._correct(slots[known], look[known])
        new = np.flatnonzero(~known)
        room = self._room(look)
        if len(new) > room:
            self.counts.crowded_out += len(new) - room
            new = new[:room]
        if len(new):
            slots[new] = self._begin(look[new])
        used = slots >= 0
        self._learn_names(look[used], slots[used])

    def _room(self, look: Rows) -> int:
        """How many new tracks this look may begin."""
        room = TRACKS_MOST - len(self._states)
        if (look["means"] == Means.COOPERATIVE).any():
            alone = self._states.rows["means"] == 1 << Means.COOPERATIVE
            room = min(room, CLAIMED_MOST - int(np.count_nonzero(alone)))
        return max(room, 0)

    def _by_name(self, look: Rows, slots: Numbers) -> None:
        """Detections of objects that are known by name."""
        found: list[tuple[int, int, bool]] = []
        names, states = self._names, self._states
        for number, (sensor, key, identity) in enumerate(
            zip(
                look["sensor"].tolist(),
                look["key"].tolist(),
                look["identity"].tolist(),
                strict=True,
            )
        ):
            candidates = names.named(identity) if identity else []
            found += [(states.slot(contact), number, True) for contact in candidates]
            bound = names.bound(sensor, key) if key else None
            if bound is not None and bound not in candidates:
                slot = states.slot(bound)
                if not identity or states.rows["identity"][slot] in {b"", identity}:
                    found.append((slot, number, False))
        if not found:
            return
        columns = np.array(found, np.intp).T
        pairs, by_identity = Pairs(columns[0], columns[1]), columns[2].astype(np.bool_)
        apart = states.apart(pairs, look)
        reach = np.sqrt(_BY_NAME * _GATES[2]) * apart.sigma
        fits = np.where(
            by_identity | (look["means"][pairs.detections] != Means.RADAR),
            ~claims.jumps(states, pairs, look, self._settings),
            apart.distance <= reach,
        )
        fits &= ~claims.contradicts(states, pairs, look, self._settings)
        worth = np.where(by_identity, 2e9, 1e9) - np.minimum(apart.distance, 1e8)
        chosen = pairs.only(fits)
        taken = association.assign(chosen, worth[fits])
        slots[chosen.detections[taken]] = chosen.tracks[taken]
        self._left_behind(look, slots, pairs)

    def _left_behind(self, look: Rows, slots: Numbers, pairs: Pairs) -> None:
        """What a radar followed under its key and now sees elsewhere than the object says it is."""
        distances, allowed = claims.from_claims(self._states, pairs, look, self._settings)
        for slot, number, distance, most in zip(
            pairs.tracks.tolist(),
            pairs.detections.tolist(),
            distances.tolist(),
            allowed.tolist(),
            strict=True,
        ):
            told = look[number]
            if slots[number] >= 0 or told["means"] != Means.RADAR:
                continue
            self._names.unbind(bytes(told["sensor"]), bytes(told["key"]))
            row = self._states.rows[slot]
            if distance > most and not row["doubts"] & Doubt.CONTRADICTED:
                row["doubts"] |= Doubt.CONTRADICTED
                self._tell(slot, ChangeKind.CONTRADICTED, distance=distance)

    def _without_repeats(self, look: Rows, slots: Numbers) -> tuple[Rows, Numbers]:
        """What an object told before is no new measurement, whoever repeats it; but it was heard."""
        known = np.flatnonzero((slots >= 0) & (look["means"] != Means.RADAR))
        if not len(known):
            return look, slots
        again = claims.repeated(self._states, slots[known], look[known])
        if not again.any():
            return look, slots
        self.counts.repeated += int(again.sum())
        repeated = known[again]
        self._states.hear(slots[repeated], look[repeated])
        self._touched.update(self._states.rows["contact"][slots[repeated]].tolist())
        keep = np.ones(len(look), np.bool_)
        keep[repeated] = False
        self._learn_names(look[repeated], slots[repeated])
        return look[keep], slots[keep]

    def _by_place(self, look: Rows, slots: Numbers) -> None:
        """Global nearest neighbour: confirmed tracks first, so that clutter takes nothing from them."""
        rows = self._states.rows
        taken = np.zeros(len(rows), np.bool_)
        taken[slots[slots >= 0]] = True
        confirmed = rows["state"] != State.TENTATIVE
        for group in (confirmed, ~confirmed):
            tracks, left = np.flatnonzero(group & ~taken), np.flatnonzero(slots < 0)
            if not len(tracks) or not len(left):
                continue
            pairs, gains = self._candidates(tracks, left, look)
            chosen = association.assign(pairs, gains)
            slots[pairs.detections[chosen]] = pairs.tracks[chosen]
            taken[pairs.tracks[chosen]] = True

    def _candidates(self, tracks: Numbers, left: Numbers, look: Rows) -> tuple[Pairs, Floats]:
        """Pairs within the gate, and what each is worth."""
        states, told = self._states, look[left]
        newest = told["time"].max()
        foreseen = states.at(tracks, newest)
        worst = np.sqrt(errors(told).horizontal.max())
        span = float((newest - told["time"].min()) / np.timedelta64(1, "s"))
        speed = np.hypot(foreseen["east"], foreseen["north"]).astype(np.float64)
        reach = np.sqrt(_GATES[2]) * np.hypot(foreseen["radius"], worst) + speed * span
        found = association.near(
            association.places(foreseen["latitude"], foreseen["longitude"]),
            association.places(told["latitude"], told["longitude"]),
            reach,
        )
        pairs = Pairs(tracks[found.tracks], left[found.detections])
        told_name, name = look["identity"][pairs.detections], states.rows["identity"][pairs.tracks]
        pairs = pairs.only((told_name == b"") | (name == b""))
        pairs = pairs.only(~claims.contradicts(states, pairs, look, self._settings))
        apart = states.apart(pairs, look)
        inside = apart.squared <= _GATES[apart.values]
        pairs = pairs.only(inside)
        # likelihoods compare only with the width of each: a track not seen for long reaches far
        width = 2 * np.log(apart.sigma[inside])
        cost = apart.squared[inside] + width
        most = cost.max(initial=0.0)
        gains = np.maximum(_GATES[2] + most - cost, 1e-6) if len(cost) else cost
        return pairs, gains

    def _correct(self, slots: Numbers, look: Rows) -> None:
        """Correct tracks; what named itself and is far from what was foreseen begins anew there."""
        states, rows = self._states, self._states.rows
        numbers = np.arange(len(slots))
        apart = states.apart(Pairs(slots, numbers), look)
        own_word = look["means"] != Means.RADAR
        turned = own_word & (apart.squared > _BY_NAME * _GATES[apart.values])
        coasting = rows["state"][slots] == State.COASTING
        if turned.any():
            states.restart(slots[turned], look[turned])
        states.correct(slots[~turned], look[~turned])
        for slot in slots[coasting].tolist():
            rows["state"][slot] = State.CONFIRMED
            self._tell(slot, ChangeKind.REGAINED)
        self._touched.update(rows["contact"][slots].tolist())

    def _begin(self, look: Rows) -> Numbers:
        """New tracks; one that claims the identity of a live one elsewhere has jumped, or lies."""
        states = self._states
        rivals = [
            self._names.named(identity) if identity else []
            for identity in look["identity"].tolist()
        ]
        slots = states.begin(look)
        for slot, others in zip(slots.tolist(), rivals, strict=True):
            if others:
                states.hidden["suspect"][slot] = True
                self._tell_jump(slot, others)
        return slots

    def _tell_jump(self, slot: int, others: list[int]) -> None:
        """A contact's identity is told from where it cannot be; our own one is where we know it is."""
        rows = self._states.rows
        rows["doubts"][slot] |= Doubt.JUMPED
        for rival in (self._states.slot(contact) for contact in others):
            if rows["state"][rival] == State.TENTATIVE or (
                rows["class"][rival] == ContactClass.FRIEND
            ):
                continue
            rows["doubts"][rival] |= Doubt.JUMPED
            new = int(rows["contact"][slot])
            self._tell(rival, ChangeKind.JUMPED, new, self._states.between(rival, slot))

    def _learn_names(self, look: Rows, slots: Numbers) -> None:
        names, contacts = self._names, self._states.rows["contact"][slots].tolist()
        for contact, sensor, key, identity, time in zip(
            contacts,
            look["sensor"].tolist(),
            look["key"].tolist(),
            look["identity"].tolist(),
            look["time"].astype(np.int64).tolist(),
            strict=True,
        ):
            names.hear(contact, sensor, key, time)
            if identity:
                names.name(contact, identity)

    def _classify(self, time: np.datetime64) -> None:
        """Confirm tracks and say what they are taken for."""
        for slot, kind in lifecycle.classify(self._states, time, self._settings):
            self._tell(slot, kind)

    def _merge(self, survivor: int, gone: int, distance: float) -> None:
        """Two contacts are one object: `gone` ends, and what it was is the survivor's."""
        states, names = self._states, self._names
        kept, lost = states.slot(survivor), states.slot(gone)
        lifecycle.inherit(states, kept, lost)
        self._tell(lost, ChangeKind.MERGED, survivor, distance)
        self._touched.add(survivor)
        names.forget(gone, heir=survivor)
        states.rows["state"][lost] = State.ENDED

    def _tell_shared(self) -> None:
        """Two contacts with one identity at the same time: one of them lies."""
        states, rows = self._states, self._states.rows
        for slot, other, stolen in claims.shared(states, self._names, self._settings):
            rows["doubts"][slot] |= Doubt.STOLEN if stolen else Doubt.SHARED
            kind = ChangeKind.STOLEN if stolen else ChangeKind.SHARED
            self._tell(slot, kind, int(rows["contact"][other]), states.between(slot, other))
