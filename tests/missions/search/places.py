"""A plane around Peshawar, and what tests of several modules ask of routes on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from missions.area import Area
from missions.projection import LocalFrame
from missions.route import Route

PESHAWAR = LocalFrame(34.015, 71.54)


def area(corners: ArrayLike, name: str = "", frame: LocalFrame = PESHAWAR) -> Area:
    """The area with these corners, in metres."""
    lons, lats = frame.to_geographic(corners)
    return Area.from_rings(list(zip(lons, lats, strict=True)), name=name, frame=frame)


def courses(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees, 0 … 360, of each leg."""
    east, north = np.diff(points, axis=0).T
    return np.asarray(np.degrees(np.arctan2(east, north)) % 360)


def turns(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees, -180 … 180, from each leg to the next; starboard is positive."""
    return np.asarray((np.diff(courses(points)) + 180) % 360 - 180)


def lengths(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres of each leg."""
    return np.asarray(np.hypot(*np.diff(points, axis=0).T))


def lanes(route: Route) -> list[NDArray[np.float64]]:
    """The points of each lane."""
    return [leg.points for leg in route.legs if leg.purpose == "lane"]


def check_joined(route: Route) -> None:
    """Each leg has a length and begins where the one before it ended; all points are numbers."""
    for before, after in zip(route.legs, route.legs[1:], strict=False):
        assert (before.points[-1] == after.points[0]).all()
    assert np.isfinite(route.points).all()
    assert (lengths(route.points) > 0).all()
