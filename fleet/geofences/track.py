"""The fixes of one asset within the horizon, and what was made of them, so that it can be remade.

`states` is how it stands to each fence after its newest fix; `base` how it stood at the first fix
kept, and `log` all that changed since. With these any fix within the window can be put in between,
and what comes after it be reckoned anew.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows, Source
from fleet.geofences.events import Cause, FenceEvent
from fleet.geofences.geofence import Key
from fleet.geofences.looking import FIX, as_bytes, joined
from fleet.picture import RAW_LAG

LOG_MOST = 4096
"""Entries of an asset's log; beyond it the older half becomes final."""

PRUNE_LEAST = 32
"""Fixes that are taken out at once, so that it is not done at each one."""

_RAW_LAG = int(RAW_LAG / np.timedelta64(1, "us"))
_LONG_AGO = -(2**62)
_FIX_KEY = {"time", "source"}

FixKey = tuple[int, int]
"""Time and source of a fix: what fixes of an asset are told apart and ordered by."""


class Flip(NamedTuple):
    """Where the best estimate last changed; times in microseconds since 1970."""

    into: bool
    time: int
    latitude: float
    longitude: float
    before: int | None
    after: int
    cause: Cause


@dataclass(frozen=True)
class State:
    """How an asset stands to a fence."""

    breach: bool = False
    since: int = 0
    """When the breach began."""
    dwelt: bool = False
    """Whether its dwell was told of."""
    flip: Flip | None = None


class Entry(NamedTuple):
    """What the fix `seen` changed at a fence: its state after it, and what was told of it."""

    seen: FixKey
    fence: Key
    state: State
    event: FenceEvent | None


class Added(NamedTuple):
    """What became of new fixes: the index of the first that changed anything (None: nothing)."""

    first: int | None
    doubled: int
    late: int
    raw: int


class Track:
    """The window of one asset."""

    __slots__ = ("_fixes", "_fused", "_length", "base", "log", "newest", "settled", "states")

    def __init__(self) -> None:
        self._fixes: Rows = np.zeros(4, FIX)
        self._length = 0
        self._fused = _LONG_AGO
        self.newest: FixKey = (_LONG_AGO, 0)
        self.settled = False
        """The first fix kept is final: nothing goes in before it."""
        self.base: dict[Key, State] = {}
        self.states: dict[Key, State] = {}
        self.log: list[Entry] = []

    @property
    def fixes(self) -> Rows:
        """FIX rows in order; a view."""
        return self._fixes[: self._length]

    def copied(self) -> Track:
        """One that does not change with this one."""
        copy = Track()
        copy.set_fixes(self.fixes.copy())
        copy.newest, copy.settled = self.newest, self.settled
        copy.base, copy.states, copy.log = dict(self.base), dict(self.states), list(self.log)
        return copy

    def set_fixes(self, fixes: Rows) -> None:
        """Replace all."""
        self._fixes, self._length = fixes, len(fixes)
        if len(fixes):
            self._note(_key(fixes[-1]))
            fused = fixes["time"][fixes["source"] == Source.GLOBAL_POSITION_INT]
            self._fused = max(self._fused, int(fused.max(initial=_LONG_AGO)))

    def add(self, fixes: Rows, horizon: int) -> Added:
        """Put in FIX rows, which are in order; `horizon` in microseconds.

        Fixes as old as the horizon, by the asset's newest before these, are too late. A raw fix
        does not count within RAW_LAG after a fused one of the autopilot.
        """
        length, raw = self._length, 0
        for index in range(len(fixes)):
            key = _key(fixes[index])
            if key <= self.newest:
                return self._merge(fixes[index:], horizon, length, raw)
            if key[1] == Source.GPS_RAW_INT and key[0] - self._fused < _RAW_LAG:
                raw += 1
                continue
            if self._length == len(self._fixes):
                self._fixes = joined([self._fixes, np.zeros(max(4, self._length), FIX)])
            self._fixes[self._length] = fixes[index]
            self._length += 1
            self._note(key)
        return Added(length if self._length > length else None, 0, 0, raw)

    def _note(self, key: FixKey) -> None:
        self.newest = max(self.newest, key)
        if key[1] == Source.GLOBAL_POSITION_INT:
            self._fused = max(self._fused, key[0])

    def _merge(self, fixes: Rows, horizon: int, first: int, raw: int) -> Added:
        """Put in fixes that are not newer; before them some may have come to index `first`."""
        in_time = fixes["time"] > self.newest[0] - horizon
        if self.settled:
            time, source = _key(self._fixes[0])
            later = fixes["source"] > source
            in_time &= (fixes["time"] > time) | ((fixes["time"] == time) & later)
        late = len(fixes) - int(np.count_nonzero(in_time))
        fixes = fixes[in_time]
        if not len(fixes):
            return Added(first if self._length > first else None, 0, late, raw)
        # What is older than the earliest by the lag is not touched.
        start = int(np.searchsorted(self.fixes["time"], fixes["time"][0] - _RAW_LAG))
        old = self._fixes[start : self._length]
        merged = joined([old, fixes])
        rest = [merged[name] for name in reversed(FIX.names or ()) if name not in _FIX_KEY]
        # Of two that should be the same and are not, which one counts must not hang on their order.
        merged = merged[np.lexsort((*rest, merged["source"], merged["time"]))]
        same = np.zeros(len(merged), np.bool_)
        same[1:] = (merged["time"][1:] == merged["time"][:-1]) & (
            merged["source"][1:] == merged["source"][:-1]
        )
        merged = merged[~same]
        outdone = _outdone(merged)
        merged = merged[~outdone]
        shared = min(len(old), len(merged))
        differ = np.flatnonzero(as_bytes(merged[:shared]) != as_bytes(old[:shared]))
        changed = start + (int(differ[0]) if len(differ) else shared)
        if changed < max(self._length, start + len(merged)):
            first = min(first, changed)
            self.set_fixes(joined([self._fixes[:start], merged]))
        return Added(
            first if self._length > first else None,
            int(same.sum()),
            late,
            raw + int(outdone.sum()),
        )

    def rewind(self, first: int, only: Collection[Key]) -> list[Entry]:
        """Take back what the fixes from index `first` on changed at fences of `only`.

        Returns what is taken back. Afterwards `states` are those before that fix.
        """
        limit = _key(self._fixes[first]) if first < self._length else (2**62, 0)
        if not self.log or self.log[-1].seen < limit:
            return []  # nothing was made of those yet
        back = [entry for entry in self.log if entry.seen >= limit and entry.fence in only]
        if back:
            self.log = [
                entry for entry in self.log if entry.seen < limit or entry.fence not in only
            ]
            self.states = dict(self.base)
            for entry in self.log:
                self.states[entry.fence] = entry.state
        return back

    def take(self, entries: list[Entry]) -> None:
        """Note what was reckoned; entries come in the order of their fixes."""
        in_order = not self.log or not entries or self.log[-1].seen <= entries[0].seen
        self.log += entries
        if not in_order:
            self.log.sort(key=lambda entry: entry.seen)
        for entry in entries:
            self.states[entry.fence] = entry.state

    def prune(self, horizon: int, most: int) -> None:
        """Make final what is older than the horizon, or beyond `most` fixes or LOG_MOST entries.

        The newest of what is older stays: the way to the next fix begins there.
        """
        times = self.fixes["time"]
        cut = 0
        if self._length and times[0] <= self.newest[0] - horizon:
            cut = int(np.searchsorted(times, self.newest[0] - horizon, side="right")) - 1
            cut = cut if cut >= max(PRUNE_LEAST, self._length // 4) else 0
        if self._length > most:
            cut = max(cut, self._length - most * 3 // 4)
        if len(self.log) > LOG_MOST:
            time = self.log[len(self.log) // 2].seen[0]
            cut = max(cut, int(np.searchsorted(times, time, side="right")) - 1)
        if not cut:
            return
        self.set_fixes(self.fixes[cut:].copy())
        self.settled = True
        anchor = _key(self._fixes[0])
        final = [entry for entry in self.log if entry.seen <= anchor]
        for entry in final:
            self.base[entry.fence] = entry.state
        self.log = self.log[len(final) :]
        self._forget(anchor[0])

    def forget_fences(self, known: Collection[Key]) -> None:
        """Drop the states of fences that are no more; what was told of them stands."""
        self.keep_states(known)
        self.log = [
            entry if entry.fence in known else entry._replace(state=State()) for entry in self.log
        ]

    def keep_states(self, known: Collection[Key]) -> None:
        """Drop the states of all other fences."""
        for states in (self.base, self.states):
            for key in [key for key in states if key not in known]:
                del states[key]

    def _forget(self, time: int) -> None:
        """Drop states that say no more than none would."""
        changed = {entry.fence for entry in self.log}
        for key, state in list(self.base.items()):
            flip = state.flip
            if not state.breach and (flip is None or (not flip.into and flip.after <= time)):
                del self.base[key]
                if key not in changed:
                    self.states.pop(key, None)


def dwelt(state: State) -> State:
    """The state once its dwell was told of."""
    return replace(state, dwelt=True)


def _key(fix: np.void) -> FixKey:
    return int(fix["time"]), int(fix["source"])


def _outdone(fixes: Rows) -> NDArray[np.bool_]:
    """Raw fixes of an autopilot that follow a fused one within RAW_LAG."""
    fused = np.where(fixes["source"] == Source.GLOBAL_POSITION_INT, fixes["time"], _LONG_AGO)
    since = fixes["time"] - np.maximum.accumulate(fused) if len(fixes) else fused
    outdone: NDArray[np.bool_] = (fixes["source"] == Source.GPS_RAW_INT) & (since < _RAW_LAG)
    return outdone
