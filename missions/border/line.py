"""A border line: which side is ours, and a way along it that never comes near."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.plan import BorderLine
from missions.projection import LocalFrame

QUARTER_SEGMENTS = 16

REACH = 100_000.0
"""Metres by which the line is prolonged at both ends: who flies round its end crosses it too."""


def local_line(border: BorderLine, frame: LocalFrame) -> shapely.LineString:
    """The line on the local plane. Raises PlanningError if it is no simple line."""
    try:
        line = frame.project(shapely.geometry.shape(border.line))
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError) as error:
        raise PlanningError(f"the border line cannot be read: {error}") from None
    if not isinstance(line, shapely.LineString) or line.length == 0:
        raise PlanningError(
            sentence(
                "planner.border.points",
                "the border is no line of two points or more; draw it anew",
            )
        )
    if not line.is_simple:
        raise PlanningError(
            sentence(
                "planner.border.crosses",
                "the border line crosses itself; draw it anew",
            )
        )
    return line


def prolonged(line: shapely.LineString, reach: float = REACH) -> shapely.LineString:
    """The line with both ends drawn out straight by `reach` metres."""
    points = shapely.get_coordinates(line)
    first = points[0] - _unit(points[1] - points[0]) * reach
    last = points[-1] + _unit(points[-1] - points[-2]) * reach
    return shapely.LineString(np.concatenate([[first], points, [last]]))


def beside(line: shapely.LineString, side: str, distance: float) -> shapely.LineString:
    """A way along the line, `distance` metres to its `left` or `right`, in the same direction.

    No point of it is nearer to the line than that, bends included. Raises PlanningError where the
    line winds so tightly that no such way is in one piece.
    """
    signed = distance if side == "left" else -distance
    # GEOS gives it in pieces that touch where the line hardly bends.
    way = shapely.line_merge(
        shapely.offset_curve(line, signed, quad_segs=QUARTER_SEGMENTS), directed=True
    )
    if not isinstance(way, shapely.LineString) or way.is_empty:
        raise PlanningError(
            sentence(
                "planner.border.winds",
                "{distance:g} m beside the border line there is no way in one piece: it winds "
                "too tightly; take a smaller distance or a smoother line",
                distance=distance,
            )
        )
    start, end = shapely.get_coordinates(line)[[0, -1]]
    points = shapely.get_coordinates(way)
    if np.hypot(*(points[0] - start)) > np.hypot(*(points[0] - end)):
        way = way.reverse()
    return way


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / np.hypot(*vector))
