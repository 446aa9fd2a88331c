"""Altitudes along a way, so that the height above the ground stays as it is wanted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fleet.wording import sentence
from missions.coverage.outline import Floats
from missions.errors import PlanningError

Ground = Callable[[Floats], Floats]
"""Altitudes (N,) of the ground at points (N, 2); raises PlanningError where they are not known."""

SAMPLES_MOST = 500_000
"""Along a way."""

SHARE = 0.5
"""Of the tolerance goes into leaving out points, the rest is for the ground between samples."""


@dataclass(frozen=True)
class TerrainPath:
    """A way over ground: `points` (N, 2) in metres, `altitudes` (N,) in metres as the ground's.

    `corners` (N,): whether a point is one of the way that was asked for. `lowest` and `highest` are
    the least and the greatest height above the ground at any sample.
    """

    points: Floats
    altitudes: Floats
    corners: NDArray[np.bool_]
    lowest: float
    highest: float


def follow_terrain(
    way: ArrayLike,
    clearance: float,
    ground: Ground,
    *,
    tolerance: float = 5.0,
    climb_most: float = 30.0,
    descent_most: float = 30.0,
    step: float = 10.0,
) -> TerrainPath:
    """The way (N ≥ 2, 2) with as few more points as keep it `clearance` metres above the ground.

    Between the points altitudes are linear. At every sample, `step` metres apart, the height above
    the ground is at least `clearance` − `tolerance`; it is at most `clearance` + `tolerance`, except
    where the ground is steeper than the angles (degrees) of climb and descent allow: there the
    vehicle begins to climb in time, and is higher. Raises PlanningError where the ground is not
    known, and for arguments that cannot be.
    """
    points = np.asarray(way, float).reshape(-1, 2)
    if len(points) < 2 or not np.isfinite(points).all():
        raise PlanningError("a way over terrain needs two points at least")
    for name, value in (("clearance", clearance), ("tolerance", tolerance), ("step", step)):
        if not (math.isfinite(value) and value > 0):
            raise PlanningError(f"a {name} of {value:g} m is none; give metres above 0")
    for name, value in (("climb", climb_most), ("descent", descent_most)):
        if not 0 < value < 90:
            raise PlanningError(f"a {name} of {value:g}° cannot be flown; give 0 to 90")
    places, along, corner = _samples(points, step)
    below = np.asarray(ground(places), float)
    up, down = math.tan(math.radians(climb_most)), math.tan(math.radians(descent_most))
    wanted = _climbable(below + clearance, along, up, down)
    kept = _kept(along, wanted, corner, SHARE * tolerance)
    flown = np.interp(along, along[kept], wanted[kept])
    heights = flown - below
    return TerrainPath(
        places[kept], wanted[kept], corner[kept], float(heights.min()), float(heights.max())
    )


def _samples(points: Floats, step: float) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Places along a way, metres along it, and which of them are its corners."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    if lengths.sum() / step > SAMPLES_MOST:
        raise PlanningError(
            sentence(
                "planner.terrain.samples",
                "a way of {length:.0f} km has too many samples of {step:g} m; take a longer step",
                length=lengths.sum() / 1000,
                step=step,
            )
        )
    counts = np.maximum(np.ceil(lengths / step), 1).astype(int)
    shares = np.concatenate([np.arange(count) / count for count in counts])
    piece = np.repeat(np.arange(len(lengths)), counts)
    places = points[piece] + (points[piece + 1] - points[piece]) * shares[:, None]
    begins = np.concatenate([[0.0], np.cumsum(lengths)])
    along = begins[piece] + lengths[piece] * shares
    places = np.vstack([places, points[-1]])
    return places, np.append(along, begins[-1]), np.append(shares == 0, [True])


def _climbable(wanted: Floats, along: Floats, up: float, down: float) -> Floats:
    """The lowest altitudes that are nowhere below those wanted nor steeper than the slopes."""
    # a(s) = max over t of w(t) less what is climbed or descended between: two running maxima.
    after = np.maximum.accumulate(wanted + down * along) - down * along
    before = np.maximum.accumulate((wanted - up * along)[::-1])[::-1] + up * along
    return np.maximum(after, before)


def _kept(
    along: Floats, altitudes: Floats, corner: NDArray[np.bool_], tolerance: float
) -> NDArray[np.int64]:
    """Which samples remain so that lines between them are within a tolerance of all.

    A line between two points of a curve is not steeper than the curve is anywhere (Douglas and
    Peucker, 1973, with vertical distances).
    """
    ends = np.flatnonzero(corner)
    kept = set(ends.tolist())
    todo = list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        inside = slice(first + 1, last)
        rise = (altitudes[last] - altitudes[first]) / max(along[last] - along[first], 1e-9)
        off = np.abs(altitudes[inside] - altitudes[first] - rise * (along[inside] - along[first]))
        worst = int(off.argmax())
        if off[worst] > tolerance:
            middle = first + 1 + worst
            kept.add(middle)
            todo += [(first, middle), (middle, last)]
    return np.array(sorted(kept), np.int64)
