"""The rectangle that a sweep searches, and its division among several drones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from missions.area import Area
from missions.errors import PlanningError
from missions.projection import EXTENT_MOST
from missions.search.drift import unit
from missions.search.inputs import point

Corner = Literal["rear-left", "rear-right", "front-left", "front-right"]
"""A corner as seen looking along the rectangle's orientation from its middle."""

CORNERS: dict[str, tuple[int, int]] = {
    "rear-left": (-1, -1),
    "rear-right": (-1, 1),
    "front-left": (1, -1),
    "front-right": (1, 1),
}
"""The sign of each corner along the orientation and to its right."""


@dataclass(frozen=True)
class Rectangle:
    """`centre` (east, north) in metres, `length` along `orientation` (degrees), `width` across.

    Raises PlanningError unless length ≥ width > 0.
    """

    centre: tuple[float, float]
    length: float
    width: float
    orientation: float

    def __post_init__(self) -> None:
        point(self.centre)
        if not math.isfinite(self.orientation):
            raise PlanningError(f"an orientation of {self.orientation:g}° is none; give degrees")
        if not (0 < self.width <= self.length <= 2 * EXTENT_MOST):
            raise PlanningError(
                f"a rectangle {self.length:g} m long and {self.width:g} m wide is none; both are "
                "above 0 and the length, along the orientation, is the long side"
            )

    @classmethod
    def around(cls, area: Area) -> Rectangle:
        """The smallest rectangle around an area, at any orientation (0 ≤ orientation < 180)."""
        envelope = shapely.minimum_rotated_rectangle(area.polygon)
        corners = shapely.get_coordinates(envelope)[:-1]
        sides = np.diff(corners[:3], axis=0)
        lengths = np.hypot(*sides.T)
        long = sides[lengths.argmax()]
        middle = corners.mean(axis=0)
        return cls(
            (float(middle[0]), float(middle[1])),
            float(lengths.max()),
            float(lengths.min()),
            math.degrees(math.atan2(long[0], long[1])) % 180,
        )

    @property
    def along(self) -> NDArray[np.float64]:
        """(2,) unit vector of the length."""
        return unit(self.orientation)

    @property
    def across(self) -> NDArray[np.float64]:
        """(2,) unit vector of the width, to the right of the length."""
        return unit(self.orientation + 90)

    @property
    def area(self) -> float:
        """Square metres."""
        return self.length * self.width

    def corner(self, name: str) -> NDArray[np.float64]:
        """(2,) the corner of that name. Raises PlanningError for an unknown one."""
        if name not in CORNERS:
            raise PlanningError(f"{name!r} is no corner; take one of {', '.join(CORNERS)}")
        along, right = CORNERS[name]
        half = along * self.length * self.along + right * self.width * self.across
        return np.asarray(self.centre) + half / 2

    def nearest_corner(self, place: ArrayLike) -> Corner:
        """The corner nearest to a place: where a drone from there commences."""
        from_there = point(place)
        best: Corner = "rear-left"
        for name in ("rear-right", "front-left", "front-right"):
            if math.dist(self.corner(name), from_there) < math.dist(self.corner(best), from_there):
                best = name
        return best

    def polygon(self) -> shapely.Polygon:
        """The rectangle as a polygon."""
        return shapely.Polygon(
            [self.corner(n) for n in ("rear-left", "rear-right", "front-right", "front-left")]
        )
