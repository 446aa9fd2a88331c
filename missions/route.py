"""What a pattern makes: a way on the local plane, before it is divided among drones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from missions.projection import LocalFrame

Purpose = Literal["transit", "lane", "turn", "station", "patrol", "return"]
"""What a leg is flown for; the camera works on lanes, stations and patrols."""


@dataclass(frozen=True)
class Leg:
    """A polyline flown without a stop in between: `points` (N ≥ 2, 2) in metres, `purpose`."""

    points: NDArray[np.float64]
    purpose: Purpose = "lane"

    @property
    def length(self) -> float:
        """Metres."""
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())

    def reversed(self) -> Leg:
        """The same leg the other way."""
        return Leg(self.points[::-1], self.purpose)


@dataclass(frozen=True)
class Route:
    """Legs in the order of flying. Each leg begins where the one before it ended."""

    frame: LocalFrame
    legs: tuple[Leg, ...]

    @property
    def length(self) -> float:
        """Metres, all legs."""
        return sum(leg.length for leg in self.legs)

    @property
    def points(self) -> NDArray[np.float64]:
        """(N, 2) all points in order, those shared by two legs once."""
        if not self.legs:
            return np.zeros((0, 2))
        return np.concatenate([self.legs[0].points[:1], *(leg.points[1:] for leg in self.legs)])
