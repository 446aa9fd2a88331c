"""Positions made ready for a report: in order, each once, and only those to be believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.columns import POSITION, Rows, Source
from fleet.earth import distance
from fleet.picture import RAW_LAG

Floats = NDArray[np.float64]


def ordered(positions: Rows) -> Rows:
    """Of POSITION rows those that count, by asset and fix time, one at a time of an asset.

    Suspect fixes and those without a place or a time do not count, nor does a raw GPS fix within
    RAW_LAG of one that the autopilot's estimator made.
    """
    assert positions.dtype == POSITION
    usable = (positions["suspect"] == 0) & ~np.isnat(positions["fix_time"])
    usable &= (np.abs(positions["latitude"]) <= 90) & (np.abs(positions["longitude"]) <= 180)
    rows = positions[usable]
    # All columns decide, so that of two that should be the same and are not, which one counts does
    # not hang on their order.
    keys = [rows[name] for name in reversed(POSITION.names or ()) if name not in _FIRST]
    rows = rows[np.lexsort((*keys, rows["source"], rows["fix_time"], rows["asset"]))]
    rows = rows[~_outdone(rows)]
    first = np.ones(len(rows), np.bool_)
    first[1:] = (np.diff(rows["asset"]) != 0) | (rows["fix_time"][1:] != rows["fix_time"][:-1])
    kept: Rows = rows[first]
    return kept


_FIRST = {"asset", "fix_time", "source"}


def _outdone(rows: Rows) -> NDArray[np.bool_]:
    """Raw fixes next to a fused one."""
    fused = np.flatnonzero(rows["source"] == Source.GLOBAL_POSITION_INT)
    outdone = rows["source"] == Source.GPS_RAW_INT
    if not len(fused):
        return np.zeros(len(rows), np.bool_)
    after = np.searchsorted(fused, np.arange(len(rows)))
    near = np.zeros(len(rows), np.bool_)
    for which in (np.maximum(after - 1, 0), np.minimum(after, len(fused) - 1)):
        other = rows[fused[which]]
        apart = np.abs(rows["fix_time"] - other["fix_time"])
        near |= (rows["asset"] == other["asset"]) & (apart < RAW_LAG)
    told: NDArray[np.bool_] = outdone & near
    return told


def metres(one: Rows, other: Rows) -> Floats:
    """Metres between the places of rows, along a sphere."""
    return distance(one["latitude"], one["longitude"], other["latitude"], other["longitude"])


def seconds(times: NDArray[np.timedelta64]) -> Floats:
    """Differences of times in seconds."""
    told: Floats = times.astype("m8[us]").astype(np.int64) / 1e6
    return told


class Legs:
    """The ways between fixes of `ordered`; the one at index i leads to fix i, none to a first one."""

    def __init__(self, fixes: Rows) -> None:
        count = len(fixes)
        self.of_one = np.zeros(count, np.bool_)
        """Whether fix i has one before it, of the same asset."""
        self.of_one[1:] = np.diff(fixes["asset"]) == 0
        self.seconds = np.zeros(count)
        self.metres = np.zeros(count)
        self.seconds[1:] = seconds(np.diff(fixes["fix_time"]))
        self.metres[1:] = metres(fixes[:-1], fixes[1:])
        self.seconds[~self.of_one] = 0
        self.metres[~self.of_one] = 0
        self.speeds = speeds(fixes, self)
        """At each fix: as told, else that of the way to it; 0 where neither is known."""


def speeds(fixes: Rows, legs: Legs) -> Floats:
    """The speed at each fix."""
    told = fixes["speed"].astype(np.float64)
    made = np.divide(legs.metres, legs.seconds, out=np.zeros(len(fixes)), where=legs.seconds > 0)
    found: Floats = np.where(np.isfinite(told), told, made)
    return found


def runs(begins: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First index and end of each run, of flags that are set where one begins."""
    starts = np.flatnonzero(begins)
    return starts, np.append(starts[1:], len(begins))[: len(starts)]
