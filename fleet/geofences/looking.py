"""How points in space and time stand to fences: within, beyond doubt or nearly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows
from fleet.geofences.activity import TIME_LEAST, TIME_MOST
from fleet.geofences.compiled import AGL, Bools, Compiled, Floats, Indices

Ints = NDArray[np.int64]

Ground = Callable[[Floats, Floats], Floats]
"""Metres above mean sea level of the ground at latitudes and longitudes; NaN where not known."""

FIX = np.dtype(
    [
        ("time", "<i8"),
        ("source", "<i2"),
        ("latitude", "<f8"),
        ("longitude", "<f8"),
        ("altitude", "<f4"),
        ("height", "<f4"),
        ("accuracy", "<f4"),
    ]
)
"""What a fence asks of a position; the time in microseconds since 1970, else as POSITION."""


_BYTES = np.dtype((np.void, FIX.itemsize))


def joined(parts: Sequence[Rows]) -> Rows:
    """FIX rows one after the other; as bytes, since numpy compares all fields for each part."""
    whole: Rows = np.concatenate([part.view(_BYTES) for part in parts]).view(FIX)
    return whole


def as_bytes(fixes: Rows) -> NDArray[np.void]:
    """Each FIX row as its bytes, which can be compared, NaN and all."""
    return np.ascontiguousarray(fixes).view(_BYTES)


def can_be_judged(positions: Rows) -> Bools:
    """Whether each of POSITION rows has a place, and a time within those of schedules."""
    times = positions["fix_time"].astype(np.int64)  # NaT is far below TIME_LEAST
    usable = (times >= TIME_LEAST) & (times < TIME_MOST)
    usable &= (np.abs(positions["latitude"]) <= 90) & (np.abs(positions["longitude"]) <= 180)
    return np.asarray(usable)


class Points(NamedTuple):
    """n points: of fixes, or between them."""

    time: Ints
    latitude: Floats
    longitude: Floats
    altitude: Floats
    height: Floats

    def of(self, which: Indices | Bools) -> Points:
        """Some of them."""
        return Points(
            self.time[which],
            self.latitude[which],
            self.longitude[which],
            self.altitude[which],
            self.height[which],
        )


def points(fixes: Rows) -> Points:
    """The points of FIX rows."""
    times: Ints = fixes["time"]
    columns: list[Floats] = [fixes[name].astype(np.float64) for name in Points._fields[1:]]
    return Points(times, *columns)


def between(before: Points, after: Points, fractions: Floats) -> Points:
    """The points at fractions of the straight ways from one to the other.

    What is known at one end only is not known between.
    """
    times = before.time + np.rint(fractions * (after.time - before.time)).astype(np.int64)
    rest = (
        start + fractions * (end - start) for start, end in zip(before[1:], after[1:], strict=True)
    )
    return Points(times, *rest)


class Look(NamedTuple):
    """How n points stand to n fences."""

    inside: Bools
    """In the outline; its edge is out."""
    level: Bools
    """Between floor and ceiling, or not known to be elsewhere.

    A fix without a height counts as between them: for a keep-out that is the safe side, and a
    keep-in would else be left by every car, which never tells its height.
    """
    above: tuple[Floats, Floats]
    """Heights above the references of floor and ceiling; NaN: not known, or no such level."""
    active: Bools
    breach: Bools

    def of(self, which: Indices | Bools) -> Look:
        """Some of them."""
        floor, ceiling = self.above
        return Look(
            self.inside[which],
            self.level[which],
            (floor[which], ceiling[which]),
            self.active[which],
            self.breach[which],
        )


def look(fences: Compiled, which: Indices, at: Points, ground: Ground | None) -> Look:
    """Look at points, each with the fence of its row."""
    inside = fences.contain(which, at.longitude, at.latitude)
    floor = _above(fences.floor_above[which], at, ground)
    ceiling = _above(fences.ceiling_above[which], at, ground)
    # Comparisons with NaN are false: not known to be elsewhere.
    level = ~((floor < fences.floor[which]) | (ceiling > fences.ceiling[which]))
    active = fences.activity.active(which, at.time)
    breach = active & ((inside & level) ^ fences.keep_in[which])
    return Look(inside, level, (floor, ceiling), active, breach)


def _above(references: Ints, at: Points, ground: Ground | None) -> Floats:
    """Heights above the reference of each row; NaN where it has none (-1)."""
    heights = np.full(len(references), np.nan)
    if not (references >= 0).any():
        return heights
    for reference, column in ((0, at.altitude), (2, at.height)):
        here = references == reference
        heights[here] = column[here]
    here = np.flatnonzero(references == AGL)
    if len(here) and ground is not None:
        heights[here] = at.altitude[here] - ground(at.latitude[here], at.longitude[here])
    return heights


def verdicts(
    fences: Compiled, which: Indices, at: Points, seen: Look, margins: Floats, fresh: Bools
) -> NDArray[np.int8]:
    """What points prove: 1 a breach, -1 none, 0 neither, so that it stays as it was.

    Where nothing was before (`fresh`: the first fix, or the fence just came into force) the best
    estimate is taken instead.
    """
    keep_in, slack = fences.keep_in[which], fences.slack[which]
    inner, outer = fences.depths(which, margins)
    sure = fences.beyond(which, at.longitude, at.latitude, np.where(seen.inside, inner, outer))
    inside, outside = seen.inside & sure, ~seen.inside & sure
    lowest, highest = fences.floor[which], fences.ceiling[which]
    floor, ceiling = seen.above
    well_out = (floor < lowest - slack) | (ceiling > highest + slack)
    well_in = ~((floor < lowest + slack) | (ceiling > highest - slack))
    into = np.where(keep_in, outside | ~seen.level, inside & seen.level)
    out_of = np.where(keep_in, inside & well_in, outside | well_out)
    into, out_of = seen.active & into, ~seen.active | out_of
    into, out_of = np.where(fresh, seen.breach, into), np.where(fresh, ~seen.breach, out_of)
    return into.astype(np.int8) - out_of.astype(np.int8)
