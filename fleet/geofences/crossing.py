"""Where straight ways between two fixes cross the edges of fences, in space, height and time.

A way is cut at every such place into pieces; the middle of each piece is looked at, so that what
lies between two fixes is judged as they are, and no rule about touching corners is needed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from fleet.geofences.compiled import Bools, Compiled, Floats, Indices
from fleet.geofences.looking import Ground, Ints, Look, Points, between, look

SAME = 1e-9
"""Of a way's length: cuts that lie nearer to each other are one."""

PAIRS_MOST = 1_000_000
"""Pairs of a way and a side of a fence that are reckoned at once."""


class Ways(NamedTuple):
    """n straight ways, each with a fence, and how both ends stand to it."""

    fences: Indices
    before: Points
    after: Points
    looked: tuple[Look, Look]

    def of(self, which: Indices | Bools) -> Ways:
        """Some of them."""
        first, second = (seen.of(which) for seen in self.looked)
        return Ways(
            self.fences[which], self.before.of(which), self.after.of(which), (first, second)
        )


class Pieces(NamedTuple):
    """The pieces of some ways, in order; those of one way stand together."""

    ways: Indices
    starts: Floats
    """Where each begins, as a part of its way."""
    middles: Floats
    points: Points
    """The middles of the pieces."""
    seen: Look


def crossing(fences: Compiled, ways: Ways) -> Indices:
    """Which ways touch an edge between their ends, or may do so."""
    first, second = ways.looked
    touched = first.active != second.active
    touched |= fences.activity.may_change(ways.fences, ways.before.time, ways.after.time)
    for low, high, limit in _levels(fences, ways):
        touched |= (low < limit) != (high < limit)
    differ = first.inside != second.inside
    moved = (ways.before.longitude != ways.after.longitude) | (
        ways.before.latitude != ways.after.latitude
    )
    touched |= differ
    asked = np.flatnonzero(~touched & moved)
    ends = (
        ways.before.longitude[asked],
        ways.before.latitude[asked],
        ways.after.longitude[asked],
        ways.after.latitude[asked],
    )
    lines = shapely.linestrings(np.column_stack(ends).reshape(-1, 2, 2))
    touched[asked] = shapely.intersects(fences.boundaries[ways.fences[asked]], lines)
    return np.flatnonzero(touched)


def pieces(fences: Compiled, ways: Ways, ground: Ground | None) -> Pieces:
    """The ways cut at every edge that they cross, and their middles looked at."""
    count = len(ways.fences)
    found = [
        (np.arange(count), np.zeros(count)),
        (np.arange(count), np.ones(count)),
        _outline_cuts(fences, ways),
        _level_cuts(fences, ways),
        _hour_cuts(fences, ways),
    ]
    which = np.concatenate([each[0] for each in found])
    cuts = np.concatenate([each[1] for each in found])
    order = np.lexsort((cuts, which))
    which, cuts = which[order], cuts[order]
    apart = np.ones(len(which), np.bool_)
    apart[1:] = (which[1:] != which[:-1]) | (cuts[1:] - cuts[:-1] > SAME)
    which, cuts = which[apart], cuts[apart]
    last = np.append(which[1:] != which[:-1], True)
    stops = np.where(last, 1.0, np.append(cuts[1:], 1.0))
    whole = ~(last & (cuts >= 1 - SAME))
    which, cuts, stops = which[whole], cuts[whole], stops[whole]
    middles = (cuts + stops) / 2
    at = between(ways.before.of(which), ways.after.of(which), middles)
    return Pieces(which, cuts, middles, at, look(fences, ways.fences[which], at, ground))


def _outline_cuts(fences: Compiled, ways: Ways) -> tuple[Indices, Floats]:
    sides = fences.edges.firsts[ways.fences + 1] - fences.edges.firsts[ways.fences]
    ends = np.cumsum(sides)
    found: list[tuple[Indices, Floats]] = []
    begin = 0
    while begin < len(sides):
        done = ends[begin - 1] if begin else 0
        stop = max(int(np.searchsorted(ends, done + PAIRS_MOST, side="right")), begin + 1)
        found.append(_cut_by_sides(fences, ways, np.arange(begin, stop), sides[begin:stop]))
        begin = stop
    if not found:
        return np.zeros(0, np.intp), np.zeros(0)
    return np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])


def _cut_by_sides(
    fences: Compiled, ways: Ways, chosen: Indices, sides: Ints
) -> tuple[Indices, Floats]:
    """Intersections of two segments (p + t·r and q + u·s: t = (q - p) × s / (r × s))."""
    which = np.repeat(chosen, sides)
    within = np.arange(len(which)) - np.repeat(np.cumsum(sides) - sides, sides)
    side = fences.edges.firsts[ways.fences[which]] + within
    px, py = ways.before.longitude[which], ways.before.latitude[which]
    rx, ry = ways.after.longitude[which] - px, ways.after.latitude[which] - py
    qx, qy = fences.edges.starts[side].T
    sx, sy = fences.edges.ends[side].T - np.stack([qx, qy])
    qx, qy = qx - px, qy - py
    across = rx * sy - ry * sx
    met = across != 0  # a way along a side enters or leaves at the sides next to it
    which, across = which[met], across[met]
    along = (qx * sy - qy * sx)[met] / across
    beside = (qx * ry - qy * rx)[met] / across
    hit = (along > 0) & (along < 1) & (beside >= -SAME) & (beside <= 1 + SAME)
    return which[hit], along[hit]


def _levels(fences: Compiled, ways: Ways) -> list[tuple[Floats, Floats, Floats]]:
    """Of floor and ceiling: the height at both ends, and the level."""
    first, second = ways.looked
    limits = fences.floor[ways.fences], fences.ceiling[ways.fences]
    return list(zip(first.above, second.above, limits, strict=True))


def _level_cuts(fences: Compiled, ways: Ways) -> tuple[Indices, Floats]:
    found = []
    for low, high, limit in _levels(fences, ways):
        here = np.flatnonzero((low < limit) != (high < limit))
        here = here[np.isfinite(low[here]) & np.isfinite(high[here])]
        found.append((here, (limit[here] - low[here]) / (high[here] - low[here])))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def _hour_cuts(fences: Compiled, ways: Ways) -> tuple[Indices, Floats]:
    may = fences.activity.may_change(ways.fences, ways.before.time, ways.after.time)
    which: list[int] = []
    cuts: list[float] = []
    for way in np.flatnonzero(may).tolist():
        start, end = int(ways.before.time[way]), int(ways.after.time[way])
        for change in fences.activity.changes(int(ways.fences[way]), start, end):
            which.append(way)
            cuts.append((change - start) / (end - start))
    return np.array(which, np.intp), np.array(cuts, np.float64)
