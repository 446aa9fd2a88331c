"""The geofences at work: fixes go in, in any order, and the set of events that they make comes out.

What is told depends on which fixes there are and not on when they came: each asset's fixes are kept
for a while (`horizon`), a late one is put where it belongs, and what follows it is reckoned anew.
`Changes` then withdraws what is not so any more. A fix later than that is counted and left out.
Nothing here reads a clock: time is that of the fixes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.columns import POSITION
from fleet.columns import Rows as Columns
from fleet.geofences.ahead import Ahead, ahead
from fleet.geofences.compiled import Bools, Compiled
from fleet.geofences.events import Changes, FenceEvent
from fleet.geofences.geofence import Geofence, check_versions
from fleet.geofences.looking import FIX, Ground, can_be_judged
from fleet.geofences.members import Member, Members
from fleet.geofences.privacy import recordable
from fleet.geofences.reckoning import Work, reckon
from fleet.geofences.track import Entry, Track
from fleet.moments import from_microseconds

HORIZON = 3600.0
"""Seconds by which a fix may be later than the newest of its asset."""

BRIDGE = 60.0
"""Seconds between two fixes over which the way is taken as straight. Over a longer gap a fence
passed on the way is not told of, and a crossing is told at the fix that shows it."""

FIXES_MOST = 2048
"""Fixes kept of an asset; one that sends more within the horizon has a shorter one."""

ASSETS_MOST = 50_000
"""Assets whose fixes are kept; beyond it those silent for longest are forgotten."""

STEPS_MOST = 50_000
"""Fixes that are judged at once."""


class Counts(NamedTuple):
    """What became of positions, in all."""

    taken: int = 0
    doubled: int = 0
    late: int = 0
    """Older than the horizon."""
    raw: int = 0
    """Raw fixes of an autopilot whose fused ones count."""
    suspect: int = 0
    """With a reason not to be believed: what they say may not be so, and a false alarm costs trust."""
    unusable: int = 0
    """Without a place or a time that can be judged."""
    forgotten: int = 0
    """Assets."""


class Open(NamedTuple):
    """What lasts: an asset in a fence, or out of a keep-in, and since when."""

    asset: int
    fence: Geofence
    since: datetime


class Fences:
    """Geofences, and how assets stand to them. Not safe for several threads.

    `fences` hold all versions that are to be judged by: those in force, and those that ended
    within the horizon. `ground` tells the height of the ground; without it limits above ground
    cannot be judged and do not count (see `looking.Look.level`). Raises FormError for versions
    that contradict each other.
    """

    def __init__(
        self,
        fences: Iterable[Geofence] = (),
        *,
        ground: Ground | None = None,
        horizon: float = HORIZON,
        bridge: float = BRIDGE,
        fixes_most: int = FIXES_MOST,
    ) -> None:
        self.ground = ground
        self.horizon, self.bridge = round(horizon * 1e6), round(bridge * 1e6)
        self.fixes_most = fixes_most
        self.counts = Counts()
        self.members = Members()
        self.tracks: dict[int, Track] = {}
        listed = list(fences)
        check_versions(listed)
        self.compiled = Compiled(listed)

    def observe(self, positions: Columns) -> Changes:
        """Take POSITION rows; how that changes the set of events."""
        assert positions.dtype == POSITION
        fixes, assets = self._usable(positions)
        if not len(fixes):
            return Changes()
        order = np.lexsort((fixes["source"], fixes["time"], assets))
        fixes, assets = fixes[order], assets[order]
        starts = np.flatnonzero(np.append(True, assets[1:] != assets[:-1]))
        stops = np.append(starts[1:], len(assets)).tolist()
        work: list[Work] = []
        added = [len(fixes), 0, 0, 0]
        names = assets[starts].tolist()
        for asset, start, stop in zip(names, starts.tolist(), stops, strict=True):
            track = self.tracks.get(asset)
            if track is None:
                track = self.tracks[asset] = Track()
            first, doubled, late, raw = track.add(fixes[start:stop], self.horizon)
            if doubled or late or raw:
                added = [added[0], added[1] + doubled, added[2] + late, added[3] + raw]
            if first is not None:
                work.append(Work(asset, track, first))
        self._count(taken=added[0] - sum(added[1:]), doubled=added[1], late=added[2], raw=added[3])
        changes = self._reckon(work)
        for item in work:
            item.track.prune(self.horizon, self.fixes_most)
        self._forget()
        return changes

    def update(self, fences: Iterable[Geofence]) -> Changes:
        """Judge by these fences from now on; what is new in them is judged for all fixes kept.

        Give a new fence its `valid_from`, or what was before it was drawn is judged too. Events of
        a fence that is no more stand, and its breaches end without one: end it by `valid_until`
        and keep it for the horizon instead. Raises FormError for versions that contradict each
        other, and nothing is changed.
        """
        listed = list(fences)
        check_versions(listed)
        known = {fence.key: fence for fence in self.compiled.fences}
        compiled = Compiled(listed)
        self.compiled = compiled
        self.members.refit()
        for track in self.tracks.values():
            track.forget_fences(compiled.index)
        changed = [known.get(fence.key) != fence for fence in compiled.fences]
        if not any(changed):
            return Changes()
        return self._reckon(self._all(self.tracks), np.array(changed, np.bool_))

    def enrol(self, members: Iterable[Member]) -> Changes:
        """Take whom scopes ask about; fixes of those of whom something changes are judged anew."""
        changed = [asset for asset in self.members.enrol(members) if asset in self.tracks]
        cover = self.members.cover(self.compiled, np.array(changed, np.int64))
        for asset, row in zip(changed, cover[:, self.compiled.scope_of], strict=True):
            fences = self.compiled.fences
            self.tracks[asset].keep_states({fences[i].key for i in np.flatnonzero(row).tolist()})
        return self._reckon(self._all(changed))

    def open(self) -> list[Open]:
        """All that lasts."""
        return [
            Open(
                asset,
                self.compiled.fences[self.compiled.index[key]],
                from_microseconds(state.since),
            )
            for asset, track in self.tracks.items()
            for key, state in track.states.items()
            if state.breach and key in self.compiled.index
        ]

    def ahead(self, positions: Columns, look_ahead: float) -> list[Ahead]:
        """Breaches to come; see `ahead.ahead`."""
        return ahead(self.compiled, self.members, positions, look_ahead, self.ground)

    def recordable(self, positions: Columns) -> Bools:
        """Where cameras may record; see `privacy.recordable`."""
        return recordable(self.compiled, self.members, positions, self.ground)

    def _all(self, assets: Iterable[int]) -> list[Work]:
        """All that is not final of some assets."""
        work = []
        for asset in assets:
            track = self.tracks[asset]
            first = 1 if track.settled else 0
            if first < len(track.fixes):
                work.append(Work(asset, track, first))
        return work

    def _usable(self, positions: Columns) -> tuple[Columns, NDArray[np.int64]]:
        """The FIX rows of positions that can be judged, and their assets."""
        usable = can_be_judged(positions)
        believed = positions["suspect"] == 0
        keep = usable & believed
        self._count(
            unusable=int(np.count_nonzero(~usable)),
            suspect=int(np.count_nonzero(usable & ~believed)),
        )
        fixes = np.zeros(int(np.count_nonzero(keep)), FIX)
        fixes["time"] = positions["fix_time"][keep].astype(np.int64)
        for name in FIX.names or ():
            if name != "time":
                fixes[name] = positions[name][keep]
        return fixes, positions["asset"][keep]

    def _reckon(self, work: Sequence[Work], only: Bools | None = None) -> Changes:
        """Reckon anew, and compare with what was told before."""
        keys = (
            self.compiled.index
            if only is None
            else {key for key, index in self.compiled.index.items() if only[index]}
        )
        new: list[FenceEvent] = []
        withdrawn: list[FenceEvent] = []
        for part in _parts(work):
            back = [item.track.rewind(item.first, keys) for item in part]
            made = reckon(self.compiled, self.members, part, self.ground, self.bridge, only)
            for item, old, entries in zip(part, back, made, strict=True):
                item.track.take(entries)
                if old or entries:
                    _compare(old, entries, new, withdrawn)
        return Changes(tuple(new), tuple(withdrawn))

    def _count(self, **counted: int) -> None:
        values = {name: getattr(self.counts, name) + n for name, n in counted.items() if n}
        if values:
            self.counts = self.counts._replace(**values)

    def _forget(self) -> None:
        over = len(self.tracks) - ASSETS_MOST
        if over <= 0:
            return
        silent = sorted(self.tracks, key=lambda asset: self.tracks[asset].newest)
        for asset in silent[: over + ASSETS_MOST // 100]:  # some more, so that it is done rarely
            del self.tracks[asset]
            self.members.forget(asset)
            self._count(forgotten=1)


def _parts(work: Sequence[Work]) -> Iterable[list[Work]]:
    """Parts of work of at most STEPS_MOST fixes, or of one track."""
    part: list[Work] = []
    size = 0
    for item in work:
        length = len(item.track.fixes) - item.first
        if part and size + length > STEPS_MOST:
            yield part
            part, size = [], 0
        part.append(item)
        size += length
    if part:
        yield part


def _compare(
    old: list[Entry], entries: list[Entry], new: list[FenceEvent], withdrawn: list[FenceEvent]
) -> None:
    before = {entry.event.id: entry.event for entry in old if entry.event is not None}
    after = {entry.event.id: entry.event for entry in entries if entry.event is not None}
    new += [event for name, event in after.items() if before.get(name) != event]
    withdrawn += [event for name, event in before.items() if name not in after]
