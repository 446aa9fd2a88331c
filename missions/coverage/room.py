"""Where the way may lie, and what is to be seen from there."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.area import Area
from missions.coverage.outline import polygons
from missions.errors import PlanningError

CLEARANCES = (0.05, 0.01, 0.001, 0.0001)
"""Metres that the way keeps from the edges: the first that does not cut the area in two.

Mission files round to 10⁻⁷ degrees, which are 11 mm: no waypoint shall be outside by that.
"""

REACH_SPARE = 0.005
"""Of the reach: the outermost that can be seen takes a way along the very edge of its room."""

CRUMBS = 1e-3
"""Of the area: what may lie in parts that the way cannot go to and does not see from outside."""


TRIES = 10
"""At the distance inside."""


@dataclass(frozen=True)
class Room:
    """`free`: where the way may lie. `target`: what lies within half a swath of there."""

    free: shapely.Polygon
    target: BaseGeometry


def make_room(area: Area, reach: float, margin: float) -> Room:
    """The room in an area, `margin` metres inside its edges and holes, seen `reach` to each side.

    Raises PlanningError if nothing is left, or what is left is in several parts.
    """
    polygon = area.polygon
    reach *= 1 - REACH_SPARE
    for clearance in sorted({max(clearance, margin) for clearance in CLEARANCES}, reverse=True):
        parts = polygons(_inside(polygon, clearance))
        if not parts:
            continue
        free = max(parts, key=lambda part: part.area)
        target = polygon.intersection(free.buffer(reach)) if margin else polygon
        lost = [part for part in parts if part is not free]
        unseen = shapely.union_all(lost).difference(free.buffer(reach)).area
        if unseen <= CRUMBS * polygon.area:
            return Room(free, target)
    if not parts:
        raise PlanningError(
            sentence(
                "planner.coverage.margin",
                "nothing of the area is {margin:g} m inside its edges; lower the margin",
                margin=max(margin, CLEARANCES[-1]),
            )
        )
    place = area.frame.to_geographic(min(parts, key=lambda part: part.area).centroid.coords)
    raise PlanningError(
        sentence(
            "planner.coverage.parts",
            "{margin:g} m inside its edges the area falls into {parts} parts, one at "
            "{latitude:.5f}, {longitude:.5f}; plan them one by one, or lower the margin",
            margin=max(margin, CLEARANCES[-1]),
            parts=len(parts),
            latitude=place[1][0],
            longitude=place[0][0],
        )
    )


def _inside(polygon: shapely.Polygon, distance: float) -> BaseGeometry:
    """What is at least a distance inside."""
    wider = distance
    for _ in range(TRIES):
        # GEOS draws simpler what it buffers, and arcs as chords: by some per cent it is too near.
        inner = polygon.buffer(-wider, quad_segs=16 if distance > CLEARANCES[0] else 2)
        if inner.is_empty or (lacking := distance - inner.distance(polygon.boundary)) <= 0:
            break
        wider += 1.01 * lacking
    return inner
