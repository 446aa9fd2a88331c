"""The work of a route: places along its lanes, and the parts between two of them.

A place is a position u: metres along the lanes, from 0 at the beginning of the first to `length`
at the end of the last. The turns and transits between lanes have no length in u. A part [a, b]
begins where the lanes begin or go on at a, and ends where they end or are left at b: a turn at a
or b is not flown, one in between is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fleet.wording import sentence
from missions.energy import SHORT
from missions.errors import PlanningError
from missions.route import Leg, Purpose, Route

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

WORK: frozenset[Purpose] = frozenset({"lane", "station", "patrol"})
"""Purposes that have to be flown; the others only join them."""

POINTS_APART = 2.5
"""Metres: ArduPilot takes a waypoint as reached within 2 m (WPNAV_RADIUS)."""

Ways = Callable[[Floats, Floats], Floats]
"""A way from p to q, both (2,), as (N ≥ 2, 2) points: around what must not be flown over."""


@dataclass(frozen=True)
class Lanes:
    """The points of a route that are flown, `points` (V, 2), and how.

    `purposes` (V − 1) of the legs in between, `work` (V − 1,) whether they are work, `position`
    (V,) u of each point.
    """

    points: Floats
    purposes: tuple[Purpose, ...]
    work: NDArray[np.bool_]
    position: Floats

    @classmethod
    def of(cls, routes: Route | list[Route], ways: Ways | None = None) -> Lanes:
        """The lanes of a route, or of several on the same plane one after the other.

        `ways` joins lanes that do not touch. Raises PlanningError for routes without lanes or on
        different planes.
        """
        several = [routes] if isinstance(routes, Route) else routes
        frames = {(route.frame.latitude, route.frame.longitude) for route in several}
        if len(frames) > 1:
            raise PlanningError("the routes lie on different planes; make them on one LocalFrame")
        legs = [leg for route in several for leg in route.legs]
        if not any(leg.purpose in WORK and leg.length >= SHORT for leg in legs):
            raise PlanningError(
                sentence(
                    "planner.lanes",
                    "the route has no lanes: there is nothing to divide among drones",
                )
            )
        points, purposes = _joined(legs, ways)
        work = np.array([purpose in WORK for purpose in purposes])
        first, last = np.flatnonzero(work)[[0, -1]]
        points, work = points[first : last + 2], work[first : last + 1]
        lengths = np.hypot(*np.diff(points, axis=0).T)
        position = np.concatenate([[0.0], np.cumsum(np.where(work, lengths, 0.0))])
        return cls(points, tuple(purposes[first : last + 1]), work, position)

    @property
    def length(self) -> float:
        """Metres of work."""
        return float(self.position[-1])

    @cached_property
    def joints(self) -> Floats:
        """Where one lane ends and the next begins, and both ends of all: the natural cuts."""
        ends = np.flatnonzero(self.work[:-1] & ~self.work[1:]) + 1
        return np.unique(np.concatenate([[0.0], self.position[ends], [self.length]]))

    def snapped(self, u: Floats) -> Floats:
        """The positions, those next to a point of the lanes moved onto it.

        Two waypoints nearer than `POINTS_APART` would count as one.
        """
        knots = np.unique(self.position)
        after = np.clip(np.searchsorted(knots, u), 1, len(knots) - 1)
        below, above = knots[after - 1], knots[after]
        nearest = np.where(u - below < above - u, below, above)
        return np.where(np.abs(u - nearest) < POINTS_APART, nearest, u)

    @cached_property
    def headings(self) -> Floats:
        """(V − 1, 2) unit vectors of the legs."""
        steps = np.diff(self.points, axis=0)
        return np.asarray(steps / np.hypot(*steps.T)[:, None])

    def reversed(self) -> Lanes:
        """The same lanes flown the other way."""
        return replace(
            self,
            points=self.points[::-1].copy(),
            purposes=self.purposes[::-1],
            work=self.work[::-1].copy(),
            position=self.length - self.position[::-1],
        )

    def begin(self, u: ArrayLike) -> tuple[Indices, Floats]:
        """The leg on which a part begins at u, and how far along it."""
        where = np.asarray(u, float)
        leg = np.searchsorted(self.position, where, side="right") - 1
        leg = np.minimum(leg, len(self.work) - 1)
        return leg, where - self.position[leg]

    def end(self, u: ArrayLike) -> tuple[Indices, Floats]:
        """The leg on which a part ends at u, and how far along it."""
        where = np.asarray(u, float)
        leg = np.maximum(np.searchsorted(self.position, where, side="left") - 1, 0)
        return leg, where - self.position[leg]

    def places(self, leg: Indices, along: Floats) -> Floats:
        """(N, 2) points on legs, `along` metres from their beginnings."""
        start, end = self.points[leg], self.points[leg + 1]
        length = np.hypot(*(end - start).T)
        return np.asarray(start + (end - start) * (along / length)[..., None])

    def part(self, a: float, b: float) -> Part:
        """What is flown of the lanes from a to b."""
        (first,), (in_first,) = self.begin([a])
        (last,), (in_last,) = self.end([b])
        lengths = np.hypot(*np.diff(self.points, axis=0).T)
        begin, end = first + in_first / lengths[first], last + in_last / lengths[last]
        vertex = np.concatenate([[begin], np.arange(first + 1, last + 1), [end]])
        points = np.column_stack(
            [np.interp(vertex, np.arange(len(self.points)), axis) for axis in self.points.T]
        )
        keep = np.hypot(*np.diff(points, axis=0).T) >= SHORT
        kept = np.concatenate([[True], keep])
        legs = np.arange(first, last + 1)[keep]
        purposes = tuple(self.purposes[leg] for leg in legs)
        return Part(points[kept], vertex[kept], purposes)


@dataclass(frozen=True)
class Part:
    """Points (N, 2) of lanes, their places among the lanes' points (N,), and N − 1 purposes."""

    points: Floats
    vertex: Floats
    purposes: tuple[Purpose, ...]


def _joined(legs: list[Leg], ways: Ways | None) -> tuple[Floats, list[Purpose]]:
    """One polyline through all legs, without points that repeat, and the purpose of each step."""
    points: list[Floats] = [legs[0].points[:1]]
    purposes: list[Purpose] = []

    def add(way: Floats, purpose: Purpose) -> None:
        for place in way:
            if np.hypot(*(place - points[-1][-1])) >= SHORT:
                points.append(place[None])
                purposes.append(purpose)

    for leg in legs:
        gap = np.hypot(*(leg.points[0] - points[-1][-1]))
        if gap >= SHORT and ways is not None:
            add(ways(points[-1][-1], leg.points[0]), "transit")
        add(leg.points[:1], "transit")
        add(leg.points[1:], leg.purpose)
    return np.concatenate(points), purposes
