"""The way each asset came in the last minutes, sampled thinly, for a viewer that just arrived.

One ring of points per asset. A viewer goes on by itself from the marks that it is sent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.live import TRAIL_POINT
from fleet.columns import Rows

POINTS = 64
"""Points kept of one asset."""

STEP = 5.0
"""Seconds between two points of a trail."""

WINDOW = (POINTS - 4) * STEP
"""Seconds of a trail: 5 minutes."""

_GROWTH = 64
_NEVER = np.datetime64("NaT", "us")


class Trails:
    """Recent points of every slot. Not safe for several threads."""

    def __init__(self) -> None:
        self._times = np.full((0, POINTS), _NEVER)
        self._places = np.zeros((0, POINTS, 2), np.int32)
        self._newest = np.zeros(0, np.intp)

    def add(
        self,
        slots: NDArray[np.intp],
        times: NDArray[np.datetime64],
        longitudes: NDArray[np.float64],
        latitudes: NDArray[np.float64],
    ) -> None:
        """Note where the assets at `slots` (no slot twice) were at `times`.

        A point is kept when it is STEP or more after the asset's last one; what is older than
        that, or has no place, is left out.
        """
        places = np.stack([longitudes, latitudes], 1)
        known = ~np.isnat(times) & (np.abs(places) <= (180, 90)).all(1)
        slots, times, places = slots[known], times[known], places[known]
        if not len(slots):
            return
        self._reserve(int(slots.max()) + 1)
        last = self._times[slots, self._newest[slots]]
        due = np.isnat(last) | (times - last >= np.timedelta64(int(STEP * 1e6), "us"))
        slots, times, places = slots[due], times[due], places[due]
        at = self._newest[slots] = (self._newest[slots] + 1) % POINTS
        self._times[slots, at] = times
        self._places[slots, at] = np.rint(places * 1e7)

    def points(self, now: np.datetime64) -> Rows:
        """TRAIL_POINT records of all trails: by slot, the oldest first, none older than WINDOW."""
        count = len(self._newest)
        order = (self._newest[:, None] + 1 + np.arange(POINTS)) % POINTS
        slots = np.repeat(np.arange(count), POINTS).reshape(count, POINTS)
        times = np.take_along_axis(self._times, order, 1)
        age = (now - times).astype("m8[ms]")
        recent = ~np.isnat(age) & (age <= np.timedelta64(int(WINDOW * 1000), "ms"))
        out = np.zeros(int(recent.sum()), TRAIL_POINT)
        out["slot"] = slots[recent]
        out["age"] = np.maximum(age[recent].astype(np.int64), 0)
        for axis, name in enumerate(("longitude", "latitude")):
            out[name] = np.take_along_axis(self._places[:, :, axis], order, 1)[recent]
        return out

    def _reserve(self, count: int) -> None:
        missing = count - len(self._newest)
        if missing <= 0:
            return
        grow = max(missing, _GROWTH, len(self._newest))
        self._times = np.concatenate([self._times, np.full((grow, POINTS), _NEVER)])
        self._places = np.concatenate([self._places, np.zeros((grow, POINTS, 2), np.int32)])
        self._newest = np.concatenate([self._newest, np.zeros(grow, np.intp)])
