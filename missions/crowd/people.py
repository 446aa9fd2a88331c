"""Where people may be within a while, and where a drone of some height may be meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.plan import Crowd
from missions.projection import LocalFrame

DISTANCE_LEAST = 30.0
"""Metres from people, at any height (EASA, AMC1 UAS.OPEN.030, subcategory A2)."""

SPARE = 0.5
"""Metres beyond the stand-off for posts and rings: no drone holds its place to the millimetre."""

QUARTER_SEGMENTS = 16
"""Segments that a quarter of a circle is drawn with."""


def standoff(height: float, least: float = DISTANCE_LEAST) -> float:
    """Horizontal distance to people at a height above them: the 1:1 rule, and never under `least`.

    EASA, AMC1 UAS.OPEN.030(1): no nearer than the drone is high.
    """
    return max(least, height)


def grown(shape: BaseGeometry, distance: float) -> BaseGeometry:
    """All points within `distance` of the shape, and at most 0.5 % more.

    GEOS draws a circle by chords, n to a quarter, and a part of one by a whole number of them, so
    that a chord may span half as much again; it cuts the circle short by 1 − cos(1.5·π/4n) at
    worst. The distance is lengthened so that the chords touch the circle instead.
    """
    if distance <= 0:
        return shape
    chords = math.cos(1.5 * math.pi / (4 * QUARTER_SEGMENTS))
    return shapely.buffer(shape, distance / chords, quad_segs=QUARTER_SEGMENTS)


def swept(polygon: shapely.Polygon, east: float, north: float) -> BaseGeometry:
    """All that the polygon covers while it is moved by `east` and `north` metres."""
    east, north = round(east, 6), round(north, 6)  # GEOS divides by differences of coordinates
    moved = shapely.transform(polygon, lambda xy: np.add(xy, (east, north)))
    sides: list[NDArray[np.object_]] = []
    for ring in (polygon.exterior, *polygon.interiors):
        corners = shapely.get_coordinates(ring)
        here = np.stack([corners[:-1], corners[1:]], axis=1)
        quads = np.concatenate([here, here[:, ::-1] + (east, north)], axis=1)
        sides.append(cast("NDArray[np.object_]", shapely.polygons(quads)))
    # An edge along the movement sweeps no area; such a quadrilateral is empty or crosses itself.
    quads = shapely.make_valid(np.concatenate(sides))
    return shapely.union_all([polygon, moved, *quads])


@dataclass(frozen=True)
class Extent:
    """A crowd on the local plane, as known at time zero."""

    frame: LocalFrame
    polygon: shapely.Polygon
    velocity: tuple[float, float]
    """East and north, metres per second."""

    growth: float
    position_error: float

    @classmethod
    def of(cls, crowd: Crowd, frame: LocalFrame) -> Extent:
        """The crowd of a plan. Raises PlanningError if its shape is no valid polygon."""
        try:
            shape = frame.project(shapely.geometry.shape(crowd.polygon))
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            shapely.errors.ShapelyError,
        ) as error:
            raise PlanningError(f"the crowd's polygon cannot be read: {error}") from None
        if not isinstance(shape, shapely.Polygon) or not shape.is_valid or shape.is_empty:
            raise PlanningError(
                sentence(
                    "planner.crowd.polygon",
                    "the crowd is not one valid polygon; draw it anew",
                )
            )
        angle = math.radians(crowd.course)
        velocity = (crowd.speed * math.sin(angle), crowd.speed * math.cos(angle))
        return cls(frame, shape, velocity, crowd.growth, crowd.position_error)

    def within(self, start: float, end: float) -> BaseGeometry:
        """Where people may be at some time from `start` to `end` seconds.

        The crowd swept along its course, grown by its growth until `end` and the error of its
        position.
        """
        east, north = self.velocity
        then = shapely.transform(self.polygon, lambda xy: np.add(xy, (east * start, north * start)))
        way = swept(then, east * (end - start), north * (end - start))
        return grown(way, self.growth * end + self.position_error)

    def keep_out(self, height: float, start: float, end: float, least: float) -> BaseGeometry:
        """Where a drone at `height` above the people may not be from `start` to `end` seconds."""
        return grown(self.within(start, end), standoff(height, least))
