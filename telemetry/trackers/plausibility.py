"""Which fixes are not to be believed without question: marked as suspect, and kept all the same.

- `Suspect.RANGE`: farther from the centre of the settings than their radius.
- `Suspect.CLOCK`: its time is more than CLOCK_AHEAD ahead of our clock; of a live source, which
  tells of now, also behind it. A tracker that stores and forwards may tell of hours ago.
- `Suspect.SPEED`: nothing of its kind gets there so fast. A fix is compared with its neighbours in
  fix-time order, NEIGHBOURS before and as many after; if it cannot be reached from more than half of
  them, it is suspect. So one fix astray is marked and those around it are not, wherever it stands;
  an asset that really is elsewhere now is believed again after half that many fixes.

What order of arrival does: RANGE and CLOCK depend on the fix alone. SPEED depends on which fixes are
known when a fix comes: all of the same call, whatever their order, and the KEPT newest of each asset
from before. A fix is judged once and never again: what comes later may put right what is thought of
it, but is not waited for. A fix that comes twice is not its own neighbour, so it gets the mark again
unless more is known by then. Fixes whose clock is suspect are neither judged by speed nor neighbours.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from fleet.columns import LIVE_SOURCES, Rows, Source, Suspect
from fleet.earth import DEGREE, distance
from telemetry.trackers.settings import PlausibilitySettings

CLOCK_AHEAD = np.timedelta64(60, "s")

NEIGHBOURS = 6
"""Fixes on each side in time with which one is compared."""

KEPT = NEIGHBOURS
"""Fixes that are kept of each asset."""

SLACK = 100.0
"""Metres that two fixes may be apart at any speed, besides their accuracies: receivers err."""

ASSETS_MOST = 100_000
"""Assets of which fixes are kept; beyond it those that were silent longest are forgotten."""

_DRONE_SOURCES = (Source.GLOBAL_POSITION_INT, Source.GPS_RAW_INT)
_UNKNOWN_SOURCES = (Source.UNKNOWN, Source.IMPORTED)
_LIVE = np.array([source in LIVE_SOURCES for source in Source])

_SLOT, _TIME, _LATITUDE, _LONGITUDE, _ACCURACY = range(5)
"""Rows of an array of fixes, in all of which it has a column for each fix: slots stand for assets,
times are microseconds since 1970, accuracies 0 if unknown. Doubles hold all of them exactly."""

Fixes = NDArray[np.float64]

_FIRST_SLOTS = 1024
_OFFSETS = np.array([*range(-NEIGHBOURS, 0), *range(1, NEIGHBOURS + 1)])


class Plausibility:
    """Marks the fixes of all assets. Not safe for several threads."""

    def __init__(self, settings: PlausibilitySettings) -> None:
        self._settings = settings
        self._speeds = _most_speeds(settings)
        self._slots: OrderedDict[int, int] = OrderedDict()  # by asset, the last heard at the end
        self._kept = np.full((5, _FIRST_SLOTS, KEPT), np.nan)  # by slot, the newest first

    def mark(self, positions: Rows) -> None:
        """Set `suspect` of POSITION rows in place; they may be of any assets and in any order."""
        if not len(positions):
            return
        sources = np.clip(positions["source"], 0, len(_LIVE) - 1)
        ahead = positions["fix_time"] - positions["received_time"]
        clock = (ahead > CLOCK_AHEAD) | (_LIVE[sources] & (ahead < -CLOCK_AHEAD))
        suspect = clock * np.int16(Suspect.CLOCK)
        if self._settings.centre is not None and self._settings.radius is not None:
            away = (
                distance(positions["latitude"], positions["longitude"], *self._settings.centre)
                > self._settings.radius
            )
            suspect |= away * np.int16(Suspect.RANGE)
        judged = np.flatnonzero(~clock & ~np.isnat(ahead) & ~np.isnan(positions["latitude"]))
        if len(judged):
            too_fast = self._too_fast(positions[judged], self._speeds[sources[judged]])
            suspect[judged] |= too_fast * np.int16(Suspect.SPEED)
        positions["suspect"] = suspect

    def _too_fast(self, positions: Rows, speeds: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of these fixes cannot be reached from most of their neighbours."""
        new = np.empty((5, len(positions)))
        new[_SLOT], slots = self._slots_of(positions["asset"])
        new[_TIME] = positions["fix_time"].astype(np.int64)
        new[_LATITUDE] = positions["latitude"]
        new[_LONGITUDE] = positions["longitude"]
        new[_ACCURACY] = np.nan_to_num(positions["accuracy"])
        kept = self._kept[:, slots].reshape(5, -1)
        fixes, places = _merged(kept[:, ~np.isnan(kept[_TIME])], new)
        wrong = _unreachable(fixes, places, speeds)
        self._keep(fixes, slots)
        return wrong

    def _slots_of(self, assets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the fixes of each of `assets` are kept, and all those slots once.

        A new asset takes the place of the one that was silent longest.
        """
        unique, inverse = np.unique(assets, return_inverse=True)
        most = max(ASSETS_MOST, len(unique))
        slots = np.empty(len(unique), np.int64)
        for index, asset in enumerate(unique.tolist()):
            slot = self._slots.get(asset)
            if slot is None:
                slot = self._new_slot(most)
                self._slots[asset] = slot
            else:
                self._slots.move_to_end(asset)
            slots[index] = slot
        return slots[inverse], slots

    def _new_slot(self, most: int) -> int:
        slot = len(self._slots)
        if slot >= most:
            _, slot = self._slots.popitem(last=False)
        if slot >= self._kept.shape[1]:
            self._kept = np.concatenate([self._kept, np.full_like(self._kept, np.nan)], axis=1)
        self._kept[:, slot] = np.nan
        return slot

    def _keep(self, fixes: Fixes, slots: NDArray[np.int64]) -> None:
        """Keep the newest of each asset; `fixes` are in the order of slot and time."""
        slot = fixes[_SLOT].astype(np.int64)
        ends = np.flatnonzero(np.append(slot[1:] != slot[:-1], True))
        from_end = np.repeat(ends, np.diff(ends, prepend=-1)) - np.arange(len(slot))
        newest = from_end < KEPT
        self._kept[:, slots] = np.nan
        self._kept[:, slot[newest], from_end[newest]] = fixes[:, newest]


def _most_speeds(settings: PlausibilitySettings) -> NDArray[np.float64]:
    """By source, the fastest that what it tells of can get; where that is unknown, the faster."""
    speeds = np.full(len(Source), settings.car_speed)
    speeds[list(_DRONE_SOURCES)] = settings.drone_speed
    speeds[list(_UNKNOWN_SOURCES)] = max(settings.car_speed, settings.drone_speed)
    return speeds


def _merged(kept: Fixes, new: Fixes) -> tuple[Fixes, NDArray[np.int64]]:
    """All fixes once each, in the order of slot and time, and where each of `new` stands."""
    both = np.concatenate([kept, new], axis=1)
    order = np.lexsort(both[[_LONGITUDE, _LATITUDE, _TIME, _SLOT]])
    ordered = both[:, order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (ordered[:_ACCURACY, 1:] != ordered[:_ACCURACY, :-1]).any(axis=0)
    places = np.empty(len(order), np.int64)
    places[order] = np.cumsum(first) - 1
    return ordered[:, first], places[kept.shape[1] :]


def _unreachable(
    fixes: Fixes, places: NDArray[np.int64], speeds: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which of the fixes at `places` cannot be reached from more than half of their neighbours."""
    others = places[:, np.newaxis] + _OFFSETS
    there = fixes.take(others, axis=1, mode="clip")
    here = fixes[:, places, np.newaxis]
    near = (others >= 0) & (others < fixes.shape[1]) & (there[_SLOT] == here[_SLOT])
    seconds = np.abs(there[_TIME] - here[_TIME]) / 1e6
    reach = speeds[:, np.newaxis] * seconds + SLACK + here[_ACCURACY] + there[_ACCURACY]
    north = there[_LATITUDE] - here[_LATITUDE]
    east = (there[_LONGITUDE] - here[_LONGITUDE] + 180) % 360 - 180
    east *= np.cos(np.radians(here[_LATITUDE] + north / 2))
    apart = DEGREE * np.sqrt(north**2 + east**2)
    unreached = near & (apart > reach)
    wrong: NDArray[np.bool_] = 2 * unreached.sum(axis=1) > near.sum(axis=1)
    return wrong
