"""The shortest way around what must not be flown over.

Among polygons a shortest way bends only at their corners, so it is a shortest path in the graph of
corners that see each other (de Berg et al., Computational Geometry, chapter 15).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.errors import PlanningError

Floats = NDArray[np.float64]

CLEARANCE = 0.05
"""Metres beside a corner: a way along an edge shall not cut it by the last bit of a number."""

SIMPLER = 1.0
"""Metres by which an obstacle may be drawn larger to have fewer corners."""

CORNERS_MOST = 2000


class Detour:
    """Ways around obstacles on the local plane; it may be called as `Ways`.

    Raises PlanningError if the obstacles have more than CORNERS_MOST corners.
    """

    def __init__(self, obstacles: Sequence[BaseGeometry]) -> None:
        closed = shapely.union_all([shape for shape in obstacles if not shape.is_empty])
        # Grown, then simplified by less: fewer corners, and none of them inside the obstacle.
        outlines = shapely.buffer(closed, SIMPLER + CLEARANCE, join_style="mitre").simplify(SIMPLER)
        if not outlines.contains_properly(closed) and not closed.is_empty:
            outlines = shapely.buffer(closed, CLEARANCE, join_style="mitre")
        self._closed = closed
        shapely.prepare(self._closed)
        self._corners = shapely.get_coordinates(outlines)
        if len(self._corners) > CORNERS_MOST:
            raise PlanningError(
                sentence(
                    "planner.detour.corners",
                    "what is to be flown around has {corners} corners, more than {most}; draw it "
                    "more simply",
                    corners=len(self._corners),
                    most=CORNERS_MOST,
                )
            )
        self._corners = np.unique(self._corners, axis=0)
        self._between = self._seen(self._corners, self._corners)

    def __call__(self, start: Floats, end: Floats) -> Floats:
        """(N ≥ 2, 2) points of the shortest way from `start` to `end`, both (2,).

        Raises PlanningError if one of them lies within an obstacle, or there is no way.
        """
        if self._free(start, end):
            return np.stack([start, end])
        if self._closed.contains(shapely.Point(start)):
            raise PlanningError(
                sentence(
                    "planner.detour.start",
                    "the start of a way lies within what must not be flown over, at {x:.0f}, "
                    "{y:.0f} m of the plan's middle",
                    x=start[0],
                    y=start[1],
                )
            )
        if self._closed.contains(shapely.Point(end)):
            raise PlanningError(
                sentence(
                    "planner.detour.end",
                    "the end of a way lies within what must not be flown over, at {x:.0f}, {y:.0f} m "
                    "of the plan's middle",
                    x=end[0],
                    y=end[1],
                )
            )
        ends = np.stack([start, end])
        count = len(self._corners)
        graph = np.zeros((count + 2, count + 2))
        graph[:count, :count] = self._between
        graph[count:, :count] = self._seen(ends, self._corners)
        lengths, before = dijkstra(
            csr_array(graph), directed=False, indices=[count], return_predecessors=True
        )
        if not math.isfinite(lengths[0, count + 1]):
            raise PlanningError(
                sentence(
                    "planner.detour.none",
                    "there is no way around what must not be flown over",
                )
            )
        points = np.concatenate([self._corners, ends])
        way = [count + 1]
        while way[-1] != count:
            way.append(int(before[0, way[-1]]))
        return np.asarray(points[way[::-1]])

    def _free(self, start: Floats, end: Floats) -> bool:
        return not self._crosses(shapely.LineString([start, end]))

    def _crosses(self, lines: BaseGeometry | NDArray[np.object_]) -> NDArray[np.bool_]:
        return np.asarray(shapely.intersects(self._closed, lines))

    def _seen(self, froms: Floats, to: Floats) -> Floats:
        """(F, T) distances between those that see each other, else 0."""
        pairs = np.stack([np.repeat(froms, len(to), axis=0), np.tile(to, (len(froms), 1))], axis=1)
        lengths = np.hypot(*(pairs[:, 1] - pairs[:, 0]).T)
        crossed = self._crosses(np.asarray(shapely.linestrings(pairs), object))
        return np.where(crossed, 0.0, lengths).reshape(len(froms), len(to))
