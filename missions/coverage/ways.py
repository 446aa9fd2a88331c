"""The shortest ways that stay inside a polygon with holes.

A shortest way bends only at corners that the polygon turns around (reflex corners, and those of
holes), so it is a shortest path among those that see each other (de Berg et al., Computational
Geometry, chapter 15). All distances at once are two min-plus products over these corners.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import cKDTree

from fleet.wording import sentence
from missions.coverage.outline import Floats, rings
from missions.errors import PlanningError

NEAR = 24
"""Neighbours of each place to which the straight way is looked at."""

BEND_SHARE = 0.02
"""Of the spacing: how far beside a corner a way may bend, so that a rounded hole has few."""

BEND_LEAST = 2e-5
"""Metres."""

BENDS_MOST = 700

INSIDE = 1e-3
"""Spacings off the edge, of a place that is moved inside."""


class InsideWays:
    """Ways inside a polygon, of which no piece touches its edges.

    Raises PlanningError if the polygon has too many corners to go around.
    """

    def __init__(self, free: shapely.Polygon, spacing: float) -> None:
        self.free = free
        shapely.prepare(free)
        self._inner = free.buffer(-INSIDE * spacing)
        self._aside = BEND_SHARE * spacing
        self._look()

    def sees(self, starts: Floats, ends: Floats) -> NDArray[np.bool_]:
        """(N,) whether the straight pieces between (N, 2) and (N, 2) lie inside."""
        if not len(starts):
            return np.zeros(0, bool)
        pieces = shapely.linestrings(np.stack([starts, ends], axis=1))
        return np.asarray(shapely.contains_properly(self.free, pieces))

    def nearest(self, places: Floats) -> Floats:
        """(N, 2) the places, those not inside moved to the nearest that are."""
        moved = places.copy()
        outside = ~shapely.contains_xy(self.free, places[:, 0], places[:, 1])
        if outside.any() and not self._inner.is_empty:
            lines = shapely.shortest_line(self._inner, shapely.points(places[outside]))
            moved[outside] = shapely.get_coordinates(lines)[::2]
        return moved

    def distances(self, places: Floats) -> Floats:
        """(N, N) metres of the shortest ways between places (N, 2) inside; infinite without one."""
        found = self._distances(places)
        while not np.isfinite(found).all() and self._finer():
            found = self._distances(places)
        return found

    def way(self, start: Floats, end: Floats) -> Floats:
        """(N ≥ 2, 2) the shortest way between two places (2,) inside.

        Raises PlanningError if there is none, which a polygon of one part does not have.
        """
        if self.sees(start[None], end[None])[0]:
            return np.stack([start, end])
        while True:
            out, back = self._seen(np.stack([start, end]))
            total = out[:, None] + self._between + back
            if np.isfinite(total).any():
                break
            if not self._finer():
                raise PlanningError(
                    sentence(
                        "planner.coverage.way",
                        "no way inside the area was found from {x:.0f}, {y:.0f} to {end_x:.0f}, "
                        "{end_y:.0f} m of its middle; draw its narrow places wider",
                        x=start[0],
                        y=start[1],
                        end_x=end[0],
                        end_y=end[1],
                    )
                )
        first, last = np.unravel_index(int(total.argmin()), total.shape)
        passed = [int(last)]
        while passed[-1] != first:
            passed.append(int(self._before[first, passed[-1]]))
        return np.vstack([start, self._bends[passed[::-1]], end])

    def _distances(self, places: Floats) -> Floats:
        straight = np.asarray(np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)))
        seen = self._seen(places)
        around = np.full(seen.shape, np.inf)
        for bend in range(len(self._bends)):
            around[:, bend] = (seen + self._between[bend]).min(axis=1)
        found = np.full(straight.shape, np.inf)
        for bend in range(len(self._bends)):
            np.minimum(found, around[:, bend, None] + seen[None, :, bend], out=found)
        count = min(NEAR, len(places)) if len(self._bends) else len(places)
        _, near = cKDTree(places).query(places, k=[*range(1, count + 1)])
        first, second = np.repeat(np.arange(len(places)), count), np.reshape(near, -1)
        first, second = first[first < second], second[first < second]
        direct = self.sees(places[first], places[second])
        first, second = first[direct], second[direct]
        found[first, second] = found[second, first] = straight[first, second]
        np.fill_diagonal(found, 0.0)
        return found

    def _look(self) -> None:
        """Find the bends, and what lies between them."""
        self._bends = _bends(self.free, self._aside)
        self._between, self._before = self._graph()
        if not np.isfinite(self._between).all():
            self._finer()

    def _finer(self) -> bool:
        """Bend nearer to the corners: farther off, narrow places are closed. False: no nearer."""
        if self._aside <= BEND_LEAST:
            return False
        self._aside /= 10
        self._look()
        return True

    def _seen(self, places: Floats) -> Floats:
        """(N, B) metres to the bends that are seen from places, else infinite."""
        shape = len(places), len(self._bends)
        first, second = (index.ravel() for index in np.indices(shape))
        found = np.full(shape[0] * shape[1], np.inf)
        direct = self.sees(places[first], self._bends[second])
        steps = places[first[direct]] - self._bends[second[direct]]
        found[direct] = np.hypot(*steps.T)
        return found.reshape(shape)

    def _graph(self) -> tuple[Floats, NDArray[np.int32]]:
        """The distances between bends, and the bend before each on the way there."""
        count = len(self._bends)
        if not count:
            return np.zeros((0, 0)), np.zeros((0, 0), np.int32)
        graph = np.zeros((count, count))
        first, second = np.triu_indices(count, 1)
        direct = self.sees(self._bends[first], self._bends[second])
        first, second = first[direct], second[direct]
        graph[first, second] = np.hypot(*(self._bends[first] - self._bends[second]).T)
        found, before = shortest_path(graph, directed=False, return_predecessors=True)
        return np.asarray(found), np.asarray(before)


def _bends(free: shapely.Polygon, aside: float) -> Floats:
    """(B, 2) the corners that a way inside can bend at, a little off the edges."""
    inner = free.buffer(-aside, join_style="mitre").simplify(aside / 2)
    found = [np.zeros((0, 2))]
    for ring in rings(inner):
        before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
        found.append(ring[before[:, 0] * after[:, 1] < before[:, 1] * after[:, 0]])
    bends = np.concatenate(found)
    if len(bends) > BENDS_MOST:
        raise PlanningError(
            sentence(
                "planner.coverage.corners",
                "the area has {corners} corners to go around, more than {most}; draw it more "
                "simply",
                corners=len(bends),
                most=BENDS_MOST,
            )
        )
    return bends
