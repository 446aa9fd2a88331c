"""Visits to what a way does not see yet."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from missions.coverage.outline import Floats, lengths
from missions.coverage.ways import InsideWays

LONG = 1.2
"""Spacings: a longer gap is flown along, a shorter one is flown to."""

FROM_END = 0.35
"""Of the spacing: how far from its ends a long gap is flown."""

LEAVE_EVERY = 0.7
"""Spacings: the way may be left for a visit as often."""

STRAIGHT = 1e-6
"""Spacings that a point may lie beside a straight piece to be left out of it."""

LOOKED_AT = 20
"""Places at which a visit is cheapest on paper; of them the first that can be flown is taken."""


def visits(gaps: Iterable[Floats], ways: InsideWays, spacing: float) -> Floats:
    """(N, 2, 2) both ends of a visit to each gap, of places (P, 2); they may be one point."""
    found = [_visit(places, ways, spacing) for places in gaps]
    return np.array(found).reshape(-1, 2, 2)


def with_visits(way: Floats, found: Floats, ways: InsideWays, spacing: float) -> Floats:
    """A way (N, 2) that makes visits (V, 2, 2) as well, each where it costs least."""
    knots = [way[:1]]
    for start, end, length in zip(way[:-1], way[1:], lengths(way), strict=True):
        parts = max(1, math.ceil(length / (LEAVE_EVERY * spacing)))
        knots.append(start + (end - start) * (np.arange(1, parts + 1) / parts)[:, None])
    finer = np.concatenate(knots)
    for first, second in found:
        finer = _with_visit(finer, first, second, ways)
    return simplified(finer, spacing)


def _visit(places: Floats, ways: InsideWays, spacing: float) -> tuple[Floats, Floats]:
    """A visit to a gap of sampled places (N, 2), or as near to it as there is room."""
    middle = places.mean(axis=0)
    aside = places - middle
    axis = np.linalg.eigh(aside.T @ aside)[1][:, 1]
    along = aside @ axis
    low, high = float(along.min()), float(along.max())
    if high - low > LONG * spacing:
        inset = FROM_END * spacing
        ends = places[along < low + inset].mean(axis=0), places[along > high - inset].mean(axis=0)
        for tried in (middle + axis * np.array([[low + inset], [high - inset]]), np.array(ends)):
            one, other = ways.nearest(tried)
            if ways.sees(one[None], other[None])[0]:
                return one, other
    nearest = ways.nearest(places[(aside**2).sum(axis=1).argmin()][None])[0]
    return nearest, nearest


def _with_visit(way: Floats, first: Floats, second: Floats, ways: InsideWays) -> Floats:
    """The way with one more visit, between two of its points that are neighbours."""
    sizes = lengths(way)
    best, least = None, math.inf
    for one, other in ((first, second), (second, first)):
        added = np.hypot(*(way[:-1] - one).T) + np.hypot(*(way[1:] - other).T) - sizes
        count = min(LOOKED_AT, len(added))
        tried = np.argpartition(added, count - 1)[:count]
        tried = tried[np.argsort(added[tried], kind="stable")]
        if added[tried[0]] >= least:
            continue
        ends = np.ones((len(tried), 1))
        passed = ways.sees(way[tried], one * ends) & ways.sees(way[tried + 1], other * ends)
        if passed.any() and added[tried[passed.argmax()]] < least:
            least = float(added[tried[passed.argmax()]])
            best = int(tried[passed.argmax()]), one, other
    if best is None:
        # No part of the way sees it: there from its end by the shortest way.
        return np.vstack([way, ways.way(way[-1], first)[1:], second])
    leave, one, other = best
    return np.vstack([way[: leave + 1], one, other, way[leave + 1 :]])


def simplified(way: Floats, spacing: float) -> Floats:
    """The way without points that repeat or that it passes straight through."""
    points: list[tuple[float, float]] = [(x, y) for x, y in way.tolist()]
    kept = [points[0]]
    for here, after in pairwise(points[1:]):
        before = kept[-1]
        step = after[0] - before[0], after[1] - before[1]
        part = here[0] - before[0], here[1] - before[1]
        if part[0] ** 2 + part[1] ** 2 < 1e-12:
            continue
        aside = abs(step[0] * part[1] - step[1] * part[0])
        onward = part[0] * (after[0] - here[0]) + part[1] * (after[1] - here[1])
        if onward >= 0 and aside <= STRAIGHT * spacing * math.hypot(*step):
            continue
        kept.append(here)
    if math.dist(kept[-1], points[-1]) > 1e-6 or len(kept) == 1:
        kept.append(points[-1])
    return np.array(kept)
