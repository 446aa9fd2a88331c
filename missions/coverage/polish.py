"""A way made shorter, corner by corner, while it sees (nearly) all that it saw.

What is made least is the effort of the way plus a price for what it does not see: one square metre
costs `price` times the metres that a lane takes to see a square metre. At every corner some
`changes` are looked at, and the best is made if it gains. Only samples that nothing else sees
decide, so that a change is judged in a fraction of a millisecond. No piece may leave the free area.

Long pieces are held some way off while their ends are looked at: these slide along them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import shapely

from missions.coverage.changes import Place, Point, changes
from missions.coverage.effort import Effort
from missions.coverage.gaps import simplified
from missions.coverage.outline import Floats
from missions.coverage.swath import Around, Swath

LONG = 2.0
"""Spacings: a longer piece is held there."""

AROUND, AROUND_LANE = 0.5, 0.3
"""Spacings beyond the reach in which a change of a corner, and of a lane, can matter."""

GAIN_LEAST = 2e-3
"""Spacings."""

CHECKED = 3
"""Of the best changes: the first that stays inside is made."""


class Polish:
    """A way (N, 2) being shortened over a swath, inside a free area."""

    def __init__(
        self,
        way: Floats,
        swath: Swath,
        free: shapely.Polygon,
        effort: Effort,
        random: np.random.Generator,
    ) -> None:
        self._swath = swath
        self._spacing = swath.width
        self._free = free
        self._effort = effort
        self._random = random
        self._way: list[Point] = [(x, y) for x, y in way.tolist()]
        self.refresh()

    @property
    def way(self) -> Floats:
        """(N, 2)."""
        return np.array(self._way)

    def refresh(self) -> float:
        """Draw the samples anew; returns the share of them that is not seen."""
        way = simplified(self.way, self._spacing)
        self._way = [(x, y) for x, y in way.tolist()]
        self._swath.shuffle()
        self._swath.lay(way)
        return self._swath.unseen

    def sweep(self, scale: float, price: float, *, lanes: bool, stop: Callable[[], bool]) -> None:
        """Look at every corner once, with steps of a scale; `lanes`: these may move aside."""
        corner = 0
        per_sample = price / self._spacing * self._swath.sample_area
        while corner < len(self._way) and not stop():
            self._visit(corner, scale, per_sample, lanes=lanes)
            corner += 1

    def _visit(self, corner: int, scale: float, price: float, *, lanes: bool) -> None:
        best: tuple[float, Place, Floats] | None = None
        gap_near = True
        for count in (1, 2, 0):
            place = self._place(corner, count)
            if place is None or (count == 0 and not gap_near):
                continue
            if place.lane and not (lanes and place.held == (False, False)):
                continue
            grow = AROUND_LANE if place.lane else AROUND
            around = self._swath.around(place.chain, grow * self._spacing)
            if count == 1:
                gap_near = bool(around.unseen.any())
            found = self._best_change(place, around, scale, price)
            if found is not None and (best is None or found[0] < best[0]):
                best = found[0], place, found[1]
        if best is not None:
            _, place, corners = best
            after = place.first + len(place.corners)
            self._way[place.first : after] = [(x, y) for x, y in corners.tolist()]
            self._swath.replace(place.chain, place.part(corners))

    def _place(self, first: int, count: int) -> Place | None:
        """The place of `count` corners from `first`; without any, the piece before `first`."""
        last, way = first + count, self._way
        if last > len(way) or (count == 0 and first == 0):
            return None
        corners = tuple(way[first:last])
        before, held_before, more_before = self._neighbour(first, first - 1)
        after, held_after, more_after = self._neighbour(last - 1, last)
        if (before is None and after is None) or (count == 0 and held_before):
            return None
        long = count == 2 and math.dist(*corners) > LONG * self._spacing
        held, more = (held_before, held_after), (more_before, more_after)
        return Place(first, corners, before, after, held, more, long)

    def _neighbour(self, corner: int, neighbour: int) -> tuple[Point | None, bool, float]:
        """The neighbour of a corner, or where a long piece to it is held; whether; and the rest."""
        if not 0 <= neighbour < len(self._way):
            return None, False, 0.0
        (x, y), (east, north) = self._way[corner], self._way[neighbour]
        length, most = math.hypot(east - x, north - y), LONG * self._spacing
        if length <= most:
            return (east, north), False, 0.0
        share = most / length
        return (x + (east - x) * share, y + (north - y) * share), True, length - most

    def _best_change(
        self, place: Place, around: Around, scale: float, price: float
    ) -> tuple[float, Floats] | None:
        """What the best of all changes gains (below 0), and the chain instead; if any gains."""
        unseen = np.count_nonzero(around.unseen)
        gap = None if place.lane else self._swath.middle(around)
        chains, counts = changes(place, gap, self._spacing, scale, self._random)
        least = -GAIN_LEAST * self._spacing
        cost = self._cost(chains, place)
        cost -= cost[0]
        # Where even seeing all of the gap would not gain, nothing need be looked at.
        worth = (cost - price * unseen < least) & (len(self._way) - len(place.corners) + counts > 1)
        if not worth.any():
            return None
        chains, counts, cost = chains[worth], counts[worth], cost[worth]
        seen = self._swath.seen(around, chains)
        cost += price * (seen.shape[1] - np.count_nonzero(seen, axis=1) - unseen)
        for index in np.argsort(cost)[:CHECKED]:
            if cost[index] >= least:
                break
            if self._inside(chains[index]):
                return float(cost[index]), chains[index, 1 : 1 + counts[index]]
        return None

    def _cost(self, chains: Floats, place: Place) -> Floats:
        """(T,) the effort of chains (T, 4, 2), with the rest of the long pieces they end in."""
        steps = np.diff(chains, axis=1)
        sizes = np.hypot(steps[..., 0], steps[..., 1])
        sizes[:, 0] += place.more[0]
        sizes[:, -1] += place.more[1]
        return np.asarray(self._effort(sizes).sum(axis=1))

    def _inside(self, chain: Floats) -> bool:
        return bool(shapely.contains_properly(self._free, shapely.LineString(chain)))
