"""Rings around a structure, one above the other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely

from fleet.wording import sentence
from missions.coverage.outline import Floats, polygons
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Leg, Route

RINGS_MOST = 100

CHORD_MOST = 0.5
"""Metres by which a ring is wider at the corners than the stand-off."""

CORNERS_LEAST, CORNERS_MOST = 4, 64
"""Of a quarter of a circle."""

TRIES = 10
"""At the stand-off."""

EXACT = 1e-6
"""Metres by which a ring may be nearer than the stand-off."""


def orbit(
    frame: LocalFrame,
    structure: shapely.Polygon | shapely.Point,
    distance: float,
    heights: Sequence[float],
    *,
    clockwise: bool = True,
) -> tuple[tuple[Route, float], ...]:
    """A closed ring and its height for each of the heights, the lowest first.

    `structure` in metres of the frame; no point of a ring is nearer to it than `distance`. All
    rings begin at the same point, so the vehicle climbs straight up between them. Its nose, or the
    gimbal, has to look inwards: to the right if it flies clockwise. Raises PlanningError for an
    empty structure, a distance that is not above 0, and no heights or more than RINGS_MOST.
    """
    if not (math.isfinite(distance) and distance > 0):
        raise PlanningError(f"a stand-off of {distance:g} m is none; give metres above 0")
    if structure.is_empty or not structure.is_valid:
        raise PlanningError(
            sentence(
                "planner.orbit.structure",
                "the structure to orbit is empty or crosses itself; draw it anew",
            )
        )
    if not 0 < len(heights) <= RINGS_MOST or not all(map(math.isfinite, heights)):
        raise PlanningError(
            f"an orbit needs 1 to {RINGS_MOST} heights in metres; {len(heights)} are given"
        )
    ring = _ring(structure, distance)
    points = ring[::-1] if clockwise else ring
    route = Route(frame, (Leg(points, "lane"),))
    return tuple((route, float(height)) for height in sorted(heights))


def _ring(structure: shapely.Polygon | shapely.Point, distance: float) -> Floats:
    """(N, 2) closed, anticlockwise, around the outside; corners lie beyond the circle."""
    half = math.acos(1 / (1 + CHORD_MOST / distance))
    corners = int(np.clip(math.ceil(math.pi / 4 / half), CORNERS_LEAST, CORNERS_MOST))
    wider = distance / math.cos(math.pi / 4 / corners)
    for _ in range(TRIES):
        around = polygons(structure.buffer(wider, quad_segs=corners))[0]
        lacking = distance - around.exterior.distance(structure)
        if lacking <= EXACT:
            break
        # GEOS makes do with fewer corners around an arc that is no whole number of them.
        wider += 1.01 * lacking
    return shapely.get_coordinates(shapely.geometry.polygon.orient(around).exterior)
