"""Ways that see most of an area, before one of them is polished."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Literal

import numpy as np

from missions.coverage.cells import celled_lanes
from missions.coverage.contours import rounds, spiral
from missions.coverage.effort import Effort
from missions.coverage.gaps import simplified, visits, with_visits
from missions.coverage.lanes import SHIFTS, Cell, Lanes, all_directions, best_lanes, inset
from missions.coverage.order import best_tour, inserted, mended
from missions.coverage.outline import Floats, Indices
from missions.coverage.room import Room
from missions.coverage.swath import Swath
from missions.coverage.ways import InsideWays

Pattern = Literal["shortest", "lanes", "rounds"]

DIRECTIONS_JOINED = 3
"""Directions whose lanes are joined to a way, the best by the estimate."""

LIKELY = 8
"""Directions in which the lanes are shifted, too."""

DIFFERENT = math.radians(3)
"""Between two directions that are both tried."""

ROUND_SPACINGS = (1.0, 0.96, 0.92)
"""Of the spacing: rounds a little closer leave less in the middle."""

GAP_LEAST = 0.06
"""Spacings²: smaller gaps are left to the polish, which bends what passes by."""

NARROW = (0.1, 0.03, 0.01, 0.001, 1e-5)
"""Spacings inside the edges, where it is too narrow for `lanes.INSET`."""

LOOKS = 3
"""How often it is looked at what is not seen yet."""


class Drafts:
    """Makes the drafts of a room, judged by a swath of its own."""

    def __init__(self, room: Room, swath: Swath, effort: Effort, stop: Callable[[], bool]) -> None:
        self._room = room
        self._swath = swath
        self._spacing = swath.width
        self._effort = effort
        self._stop = stop
        self._ways = InsideWays(room.free, swath.width)
        self._laid: Floats | None = None

    def of(self, pattern: Pattern) -> Iterator[Floats]:
        """Ways (N, 2), most of them with gaps."""
        found = False
        for way in chain(
            self._of_lanes() if pattern != "rounds" else (),
            self._of_rounds() if pattern != "lanes" else (),
        ):
            found = True
            yield way
        if not found:
            yield from self._of_narrow()

    def unseen(self, way: Floats) -> float:
        """The share of the area that a way does not see."""
        self._look(way)
        return self._swath.unseen

    def completed(self, way: Floats) -> Floats:
        """The way with visits to what it does not see."""
        for _ in range(LOOKS):
            more = self._visits_beside(way)
            if not len(more) or self._stop():
                break
            way = with_visits(way, more, self._ways, self._spacing)
        return way

    def filled(self, way: Floats, share: float, swath: Swath) -> Floats:
        """The way with visits to the largest gaps, so that no more than a share is not seen."""
        for _ in range(LOOKS):
            swath.shuffle()
            swath.lay(way)
            lacking = (swath.unseen - share) * swath.total
            if lacking <= 0 or self._stop():
                break
            gaps = swath.gaps(0.0)
            sizes = np.cumsum([len(places) for places in gaps])
            largest = gaps[: int(np.searchsorted(sizes, 1.2 * lacking)) + 1]
            more = visits(largest, self._ways, self._spacing)
            way = with_visits(way, more, self._ways, self._spacing)
        return way

    def _of_lanes(self) -> Iterator[Floats]:
        """Lanes in the best directions, and in cells with a direction each."""
        target, within = self._room.target, inset(self._room.free, self._spacing)
        cell = Cell.of(target, within)
        if not len(cell.within):
            return
        directions = all_directions(cell.seen)
        even = best_lanes(cell, directions, (None,), self._spacing, self._effort)
        likely = [lanes.direction for lanes in even[:LIKELY]]
        shifted = best_lanes(cell, likely, SHIFTS, self._spacing, self._effort)
        found = sorted(even + shifted, key=lambda lanes: lanes.effort)
        tried: list[Lanes] = []
        for lanes in found:
            turned = [abs(math.sin(lanes.direction - other.direction)) for other in tried]
            if len(tried) < DIRECTIONS_JOINED and min(turned, default=1.0) > math.sin(DIFFERENT):
                tried.append(lanes)
                yield self._joined(lanes.ends)
        if found and not self._stop():
            parts = celled_lanes(
                target, within, found[0].direction, self._spacing, self._effort, self._stop
            )
            if len(parts) > 1:
                yield self._joined(np.concatenate([part.ends for part in parts]))

    def _of_narrow(self) -> Iterator[Floats]:
        """Lanes that end as far inside as there is room for, where it is too narrow for others."""
        for share in NARROW:
            within = self._room.free.buffer(-share * self._spacing, join_style="mitre")
            cell = Cell.of(self._room.target, within)
            if len(cell.within):
                directions = all_directions(cell.seen)
                found = best_lanes(cell, directions, (None,), self._spacing, self._effort)
                if found:
                    yield self._joined(found[0].ends)
                    return

    def _of_rounds(self) -> Iterator[Floats]:
        for closer in ROUND_SPACINGS:
            spacing = closer * self._spacing
            loops = rounds(self._room.target, self._room.free, spacing)
            way = spiral(loops, self._ways, spacing)
            if way is not None:
                yield simplified(way, self._spacing)

    def _joined(self, lanes: Floats) -> Floats:
        """One way through lanes (L, 2, 2), and to what they do not see."""
        costs = self._effort(self._ways.distances(lanes.reshape(-1, 2)))
        entries = best_tour(costs, self._stop)
        way = self._through(lanes, entries)
        for _ in range(LOOKS):
            more = self._visits_beside(way)
            if not len(more) or self._stop():
                break
            known = len(lanes)
            lanes = np.concatenate([lanes, more])
            costs = self._effort(self._ways.distances(lanes.reshape(-1, 2)))
            entries = inserted(costs, entries, range(known, len(lanes)))
            entries = mended(costs, entries, self._stop)
            way = self._through(lanes, entries)
        return way

    def _through(self, lanes: Floats, entries: Indices) -> Floats:
        ends = lanes.reshape(-1, 2)
        parts = [ends[[entries[0], entries[0] ^ 1]]]
        for entry in entries[1:]:
            parts.append(self._ways.way(parts[-1][-1], ends[entry])[1:])
            parts.append(ends[entry ^ 1][None])
        return simplified(np.concatenate(parts), self._spacing)

    def _look(self, way: Floats) -> None:
        """Lay the way on new samples, unless it has just been done."""
        if way is not self._laid:
            self._swath.shuffle()
            self._swath.lay(way)
            self._laid = way

    def _visits_beside(self, way: Floats) -> Floats:
        self._look(way)
        gaps = self._swath.gaps(GAP_LEAST * self._spacing**2)
        return visits(gaps, self._ways, self._spacing)
