"""The way round a crowd: a patrol of its edge at the stand-off."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.polygon import orient

from fleet.wording import sentence
from missions.crowd.people import SPARE, Extent, grown, standoff
from missions.errors import PlanningError
from missions.route import Leg, Route

CORNER_TOLERANCE = 2.0
"""Metres by which the ring may be wider, so that a circle needs no hundred waypoints."""


def perimeter(crowd: Extent, height: float, *, horizon: float, least: float) -> Route:
    """One round, clockwise, from the northernmost point, where a drone may be until `horizon`.

    Raises PlanningError if the crowd is so torn that no single ring goes round it.
    """
    closed = grown(crowd.within(0, horizon), standoff(height, least) + SPARE)
    if not isinstance(closed, shapely.Polygon):
        raise PlanningError(
            sentence(
                "planner.crowd.parts",
                "the crowd is in several parts; plan a ring round each of them",
            )
        )
    # The corners of the hull of the widened ring lie outside: a chord never cuts into the ring.
    wider = shapely.buffer(closed, CORNER_TOLERANCE, quad_segs=4)
    ring = shapely.Polygon(wider.exterior)
    simple = ring.simplify(CORNER_TOLERANCE / 2)
    if isinstance(simple, shapely.Polygon) and simple.covers(closed):
        ring = simple
    points = shapely.get_coordinates(orient(ring, -1.0).exterior)[:-1]
    first = int(points[:, 1].argmax())
    points = np.roll(points, -first, axis=0)
    points = np.concatenate([points, points[:1]])
    return Route(crowd.frame, (Leg(points, "patrol"),))
