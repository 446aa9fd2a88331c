"""Positions to which a standing clock gives one time, kept apart."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows, Source
from telemetry.mavlink.roles import SYSTEMS

T = TypeVar("T", bound=np.generic)

_PLACE = ("latitude", "longitude", "altitude")
_SLOTS = 2 * SYSTEMS  # a system has one for each source
_NEVER = np.iinfo(np.int64).min


class DistinctTimes:
    """Keeps two positions apart to which a standing clock gives one time.

    The same fix is the same (asset, fix_time, source), so a vehicle that never fills its time
    would have one position for ever. A position elsewhere than the last one at the same time is
    put a microsecond later; the same one again stays the same one.
    """

    def __init__(self) -> None:
        self._times = np.full(_SLOTS, _NEVER)
        self._places = np.zeros((_SLOTS, len(_PLACE)))
        self._offsets = np.zeros(_SLOTS, np.int64)

    def keep_apart(self, systems: NDArray[np.uint8], rows: Rows) -> None:
        """Move the fix times of POSITION rows, in the order in which they came, where need be."""
        if not len(rows):
            return
        slots = systems.astype(np.intp) + np.where(rows["source"] == Source.GPS_RAW_INT, SYSTEMS, 0)
        order = np.argsort(slots, kind="stable")
        slots = slots[order]
        times = rows["fix_time"][order].astype(np.int64)
        places = np.stack([rows[name][order] for name in _PLACE], axis=1)
        first = np.append(True, slots[1:] != slots[:-1])
        starts = np.flatnonzero(first)
        ends = np.append(starts[1:], len(slots)) - 1
        standing = times == _shifted(times, starts, self._times[slots[starts]])
        offsets = np.zeros(len(times), np.int64)
        if standing.any():
            before = _shifted(places, starts, self._places[slots[starts]])
            moved = standing & (places != before).any(axis=1)
            offsets = self._count(slots, starts, standing, moved)
            rows["fix_time"][order] = (times + offsets).view("M8[us]")
        self._times[slots[ends]] = times[ends]
        self._places[slots[ends]] = places[ends]
        self._offsets[slots[ends]] = offsets[ends]

    def _count(
        self,
        slots: NDArray[np.intp],
        starts: NDArray[np.intp],
        standing: NDArray[np.bool_],
        moved: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """Of each row how often it has moved since its time last changed."""
        counts = np.cumsum(moved, dtype=np.int64)
        begins = ~standing
        base = np.zeros(len(slots), np.int64)  # of a run of one time: what to add to `counts`
        base[begins] = -counts[begins]
        goes_on = starts[standing[starts]]  # with the time that was the last of the call before
        base[goes_on] = self._offsets[slots[goes_on]] - counts[goes_on] + moved[goes_on]
        begins[goes_on] = True
        run = np.maximum.accumulate(np.where(begins, np.arange(len(slots)), 0))
        offsets: NDArray[np.int64] = counts + base[run]
        return offsets


def _shifted(values: NDArray[T], starts: NDArray[np.intp], before: NDArray[T]) -> NDArray[T]:
    """Of each row the one before it in its group; of the first of a group what came before."""
    shifted = np.empty_like(values)
    shifted[1:] = values[:-1]
    shifted[starts] = before
    return shifted
