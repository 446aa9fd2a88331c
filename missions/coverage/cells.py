"""Cells of an area, each with lanes in a direction of its own.

The outline is cut from a reflex corner: along one of its edges, halfway between them, or to another
reflex corner. Of all such cuts the one is made that saves most of the estimated effort of the lanes
in the two parts, each in its own best direction; then the parts are cut in the same way, until
nothing is saved any more. Holes are left to the lanes, which are clipped at them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from missions.coverage.effort import Effort
from missions.coverage.lanes import Lanes, as_cell, best_lanes, directions_of
from missions.coverage.outline import Floats, rings

CUTS_MOST = 12
"""Made in one area."""

TRIED_MOST = 60
"""Cuts that are looked at in one cell."""

CUT_COST = 1.0
"""Spacings: what a cut must save, for the way between the parts."""

REFLEX_LEAST = math.radians(12)
"""How much a corner must turn the wrong way to be cut from."""

DIRECTIONS = 6
"""Tried in a part, those of its longest edges, besides the whole's."""

Tried = tuple[Floats, Lanes]


def celled_lanes(
    target: BaseGeometry,
    inner: BaseGeometry,
    direction: float,
    spacing: float,
    effort: Effort,
    stop: Callable[[], bool],
) -> list[Lanes]:
    """The lanes of each cell; one only if no cut saves anything.

    `inner` is the part of the target in which lanes lie, `direction` the best for the whole.
    """
    outer = max(shapely.get_parts(target), key=lambda part: part.area)
    whole = shapely.Polygon(shapely.get_exterior_ring(outer)).simplify(0.1 * spacing)

    def lanes(ring: Floats, known: float) -> Lanes | None:
        cell = as_cell(target, inner, shapely.Polygon(ring))
        if cell is None:
            return None
        tried = {known, direction, *directions_of(_edges(ring), DIRECTIONS)}
        found = best_lanes(cell, sorted(tried), (None,), spacing, effort)
        return found[0] if found else None

    ring = rings(whole)[0]
    first = lanes(ring, direction)
    if first is None:
        return []
    todo: list[Tried] = [(ring, first)]
    done: list[Lanes] = []
    while todo:
        ring, uncut = todo.pop()
        parts = None
        if len(done) + len(todo) < CUTS_MOST and not stop():
            parts = _best_cut(ring, uncut, lanes, spacing)
        if parts is None:
            done.append(uncut)
        else:
            todo += parts
    return done


def _best_cut(
    ring: Floats, uncut: Lanes, lanes: Callable[[Floats, float], Lanes | None], spacing: float
) -> list[Tried] | None:
    """The two parts of the cut that saves most, if one saves more than CUT_COST."""
    best, saved_most = None, CUT_COST * spacing
    for number, (corner, edge, place) in enumerate(_cuts(ring)):
        if number >= TRIED_MOST:
            break
        parts = _halves(ring, corner, edge, place)
        outlines = [shapely.Polygon(part) for part in parts if len(part) >= 3]
        if len(outlines) < 2 or min(outline.area for outline in outlines) < spacing**2:
            continue
        if not all(outline.is_valid for outline in outlines):
            continue
        found: list[Tried] = []
        rest = uncut.effort - saved_most
        for part in parts:
            own = lanes(part, uncut.direction)
            if own is None or own.effort >= rest:
                break
            rest -= own.effort
            found.append((part, own))
        if len(found) == 2:
            best, saved_most = found, saved_most + rest
    return best


def _cuts(ring: Floats) -> Iterator[tuple[int, int, Floats]]:
    """A corner, the edge on which the cut from it ends, and where."""
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    before /= np.hypot(*before.T)[:, None]
    after /= np.hypot(*after.T)[:, None]
    turn = np.arctan2(
        before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1)
    )
    reflex = np.flatnonzero(turn < -REFLEX_LEAST)
    # The sharpest first: a bound on how many are tried shall not leave out what matters.
    for corner in reflex[np.argsort(turn[reflex])].tolist():
        halfway = before[corner] - after[corner]
        for heading in (before[corner], -after[corner], halfway / np.hypot(*halfway)):
            hit = _hit(ring, corner, heading)
            if hit is not None:
                yield corner, *hit
        for other in reflex[reflex > corner].tolist():
            step = ring[other] - ring[corner]
            hit = _hit(ring, corner, step / np.hypot(*step))
            # It has to see the other corner, and on the inner side of itself.
            if hit is not None and np.hypot(*(hit[1] - ring[other])) < 1e-6 * np.hypot(*step):
                yield corner, other, ring[other]


def _hit(ring: Floats, corner: int, heading: Floats) -> tuple[int, Floats] | None:
    """The edge that a ray from a corner meets first, and where."""
    steps = np.roll(ring, -1, axis=0) - ring
    aside = ring - ring[corner]
    across = heading[0] * steps[:, 1] - heading[1] * steps[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        far = (aside[:, 0] * steps[:, 1] - aside[:, 1] * steps[:, 0]) / across
        along = (aside[:, 0] * heading[1] - aside[:, 1] * heading[0]) / across
    met = (far > 1e-6) & (along >= 0) & (along < 1)
    met[[corner, corner - 1]] = False
    if not met.any():
        return None
    edge = int(np.where(met, far, np.inf).argmin())
    return edge, ring[corner] + far[edge] * heading


def _halves(ring: Floats, corner: int, edge: int, place: Floats) -> tuple[Floats, Floats]:
    """The rings on both sides of a cut from a corner to a place on an edge."""
    count = len(ring)
    one = ring[[(corner + k) % count for k in range((edge - corner) % count + 1)]]
    other = ring[[(edge + 1 + k) % count for k in range((corner - edge - 1) % count + 1)]]
    halves = np.vstack([one, place]), np.vstack([place, other])
    first, second = (half[np.hypot(*(half - np.roll(half, 1, axis=0)).T) > 1e-6] for half in halves)
    return first, second


def _edges(ring: Floats) -> Floats:
    return np.hstack([ring, np.roll(ring, -1, axis=0)])
