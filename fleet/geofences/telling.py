"""From what was judged to the log of each asset: one thing after another, fence by fence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.geofences.compiled import Bools, Compiled, Indices
from fleet.geofences.events import Cause, FenceEvent, What
from fleet.geofences.geofence import Geofence
from fleet.geofences.judging import CAUSES, Judged, Rows
from fleet.geofences.looking import between
from fleet.geofences.track import Entry, Flip, State, dwelt
from fleet.moments import from_microseconds, microseconds


class _Item(NamedTuple):
    """Something that happened: at a row and a place of it."""

    row: int
    place: float
    rank: int
    """0 a flip, 1 a proof, 2 the dwelling at a fix."""
    number: int
    """Index of the flip or proof."""


def told(
    fences: Compiled,
    rows: Rows,
    judged: Judged,
    pair: Indices,
    states: Sequence[State],
    assets: Sequence[int],
    sources: NDArray[np.int16],
) -> list[tuple[int, list[Entry]]]:
    """The number of each pair at which something happened, and its entries.

    `pair` is that number for each row, `states` and `assets` are of pairs, `sources` of the fixes
    after each row.
    """
    flips, proofs = judged.flips, judged.proofs
    items = [
        _Item(row, place, 0, index)
        for index, (row, place) in enumerate(
            zip(flips.rows.tolist(), flips.places.tolist(), strict=True)
        )
    ]
    items += [
        _Item(row, place, 1, index)
        for index, (row, place) in enumerate(
            zip(proofs.rows.tolist(), proofs.places.tolist(), strict=True)
        )
    ]
    lasting = judged.lasting[_due(fences, rows, judged, pair, states)]
    items += [_Item(row, 1.0, 2, index) for index, row in enumerate(lasting.tolist())]
    by_pair: dict[int, list[_Item]] = {}
    for item in sorted(items):
        by_pair.setdefault(int(pair[item.row]), []).append(item)
    found = []
    for number, happened in by_pair.items():
        teller = _Teller(
            fences.fences[int(rows.fences[happened[0].row])],
            assets[number],
            states[number],
            rows,
            judged,
            sources,
        )
        for item in happened:
            teller.tell(item)
        found.append((number, teller.entries))
    return found


def _due(
    fences: Compiled, rows: Rows, judged: Judged, pair: Indices, states: Sequence[State]
) -> Bools:
    """Of the rows in a lasting breach those whose dwell may be over and is not told of."""
    row = judged.lasting
    due = fences.dwells[rows.fences[row]] > 0
    changing = np.unique(pair[judged.proofs.rows])
    for index in np.flatnonzero(due).tolist():
        number = int(pair[row[index]])
        state = states[number]
        place = np.searchsorted(changing, number)
        if place < len(changing) and changing[place] == number:
            continue  # when it began is told on the way
        over = state.since + int(fences.dwells[rows.fences[row[index]]])
        due[index] = not state.dwelt and int(rows.after.time[row[index]]) >= over
    return np.asarray(due)


class _Teller:
    """Goes through what happened between one asset and one fence, in order."""

    def __init__(
        self,
        fence: Geofence,
        asset: int,
        state: State,
        rows: Rows,
        judged: Judged,
        sources: NDArray[np.int16],
    ) -> None:
        self._fence = fence
        self._asset = asset
        self._state = state
        self._rows = rows
        self._judged = judged
        self._sources = sources
        self._dwell = round(fence.dwell * 1e6)
        self.entries: list[Entry] = []

    def tell(self, item: _Item) -> None:
        """Make the entries of one thing that happened."""
        if item.rank == 0:
            into = bool(self._judged.flips.into[item.number])
            cause = CAUSES[int(self._judged.flips.causes[item.number])]
            flip = self._flip(item, into=into, cause=cause)
            self._note(item, replace(self._state, flip=flip), None)
        elif item.rank == 1:
            into = bool(self._judged.proofs.into[item.number])
            known = self._state.flip
            if known is not None and known.into == into:
                flip = known
            else:  # it was so before the fence was known
                flip = self._flip(item, into=into, cause="gap")
            if into:
                state = State(breach=True, since=flip.time, flip=flip)
            else:
                self._dwelt(item, flip.time)
                state = State(flip=flip)
            self._note(item, state, self._event(item, self._what(into=into), flip))
        elif self._state.breach:
            self._dwelt(item, int(self._rows.after.time[item.row]))

    def _dwelt(self, item: _Item, until: int) -> None:
        """Tell of the dwell if it was over by then."""
        over = self._state.since + self._dwell
        if not self._dwell or self._state.dwelt or over > until:
            return
        flip = self._flip(item, into=True, cause=self._cause_of_breach())
        event = self._event(item, "dwelt", flip._replace(time=over))
        self._note(item, dwelt(self._state), event)

    def _cause_of_breach(self) -> Cause:
        return "crossing" if self._state.flip is None else self._state.flip.cause

    def _note(self, item: _Item, state: State, event: FenceEvent | None) -> None:
        self._state = state
        row = item.row
        seen = int(self._rows.after.time[row]), int(self._sources[row])
        self.entries.append(Entry(seen, self._fence.key, state, event))

    def _what(self, *, into: bool) -> What:
        return "entered" if into != (self._fence.kind == "keep-in") else "left"

    def _flip(self, item: _Item, *, into: bool, cause: str) -> Flip:
        row = np.array([item.row])
        fraction = np.array([item.place])
        at = between(self._rows.before.of(row), self._rows.after.of(row), fraction)
        before, after = int(self._rows.before.time[item.row]), int(self._rows.after.time[item.row])
        first = bool(self._rows.first[item.row])
        if cause == "schedule" and self._revised(before, after):
            cause = "validity"
        return Flip(
            into,
            int(at.time[0]),
            float(at.latitude[0]),
            float(at.longitude[0]),
            None if first else before,
            after,
            cause,  # type: ignore[arg-type]  # one of CAUSES, or validity
        )

    def _revised(self, before: int, after: int) -> bool:
        moments = self._fence.valid_from, self._fence.valid_until
        return any(before < microseconds(m) <= after for m in moments if m is not None)

    def _event(self, item: _Item, what: What, flip: Flip) -> FenceEvent:
        return FenceEvent(
            asset=self._asset,
            fence=self._fence.id,
            version=self._fence.version,
            fence_kind=self._fence.kind,
            what=what,
            cause=flip.cause,
            time=from_microseconds(flip.time),
            latitude=flip.latitude,
            longitude=flip.longitude,
            before=None if flip.before is None else from_microseconds(flip.before),
            after=from_microseconds(flip.after),
            seen=from_microseconds(int(self._rows.after.time[item.row])),
        )
