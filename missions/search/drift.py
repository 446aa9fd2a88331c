"""The moving frame of a drifting datum, and the route over ground that keeps to it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Leg, Purpose, Route

Way = tuple[NDArray[np.float64], Purpose]
"""A polyline (N ≥ 2, 2) in metres, and what it is flown for."""


@dataclass(frozen=True)
class Drift:
    """How a datum on the water drifts, and how fast the searcher is over ground.

    `course` in degrees from true north, `speed` and `vehicle_speed` in metres per second. Raises
    PlanningError if the searcher is not faster than the datum.
    """

    course: float
    speed: float
    vehicle_speed: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.course) and 0 <= self.speed < math.inf):
            raise PlanningError(
                f"a drift of {self.speed:g} m/s on course {self.course:g}° is none; "
                "give degrees and a speed of 0 or more"
            )
        if not self.speed < self.vehicle_speed < math.inf:
            raise PlanningError(
                f"a vehicle at {self.vehicle_speed:g} m/s cannot search a datum that drifts at "
                f"{self.speed:g} m/s; give it a higher speed"
            )

    @property
    def vector(self) -> NDArray[np.float64]:
        """(2,) east and north in metres per second."""
        return self.speed * unit(self.course)


def unit(course: float) -> NDArray[np.float64]:
    """(2,) the unit vector, east and north, of a course in degrees."""
    angle = math.radians(course)
    return np.array([math.sin(angle), math.cos(angle)])


def over_ground(points: NDArray[np.float64], drift: Drift) -> NDArray[np.float64]:
    """(N, 2) points of the moving frame, which is the local plane at the first, over ground.

    A leg q of the moving frame takes the time t for which |q + d·t| = v·t at the speed v over
    ground in the drift d (IAMSAR vol. II: over water a pattern is flown in the datum's frame).
    Turns are taken to cost no time.
    """
    legs, d = np.diff(points, axis=0), drift.vector
    margin = drift.vehicle_speed**2 - drift.speed**2
    along = legs @ d
    times = (along + np.sqrt(along**2 + margin * (legs**2).sum(axis=1))) / margin
    return points + np.concatenate([[0.0], np.cumsum(times)])[:, None] * d


def ground_route(
    frame: LocalFrame,
    ways: Iterable[Way],
    drift: Drift | None = None,
) -> Route:
    """A route of ways that follow each other.

    With a `drift` the ways are of the moving frame and the route is over ground.
    """
    legs = [Leg(np.asarray(points, float), purpose) for points, purpose in ways]
    if drift is not None:
        moved = over_ground(Route(frame, tuple(legs)).points, drift)
        ends = np.cumsum([0, *(len(leg.points) - 1 for leg in legs)])
        legs = [
            Leg(moved[start : end + 1], leg.purpose)
            for leg, start, end in zip(legs, ends[:-1], ends[1:], strict=True)
        ]
    return Route(frame, tuple(legs))
