"""What an autopilot asks of its airframe now; it is written into the guidance when it changes."""

from __future__ import annotations

from math import hypot, nan, sqrt

from sitl.autopilot.sight import Sight
from sitl.flight.kinematics import BRAKING, Guidance


class Aim:
    """A point, and how to go there. Metres, m/s; heights above home."""

    __slots__ = (
        "_changed",
        "circle",
        "climb",
        "cruise",
        "descent",
        "east",
        "flying",
        "heading",
        "height",
        "north",
        "passing",
    )

    def __init__(self) -> None:
        self.flying = False
        self.east = self.north = self.height = 0.0
        self.cruise = self.passing = 0.0
        self.climb, self.descent = 2.5, 1.5
        self.heading = nan
        self.circle = 0.0
        self._changed = True

    def to(
        self,
        east: float,
        north: float,
        height: float,
        *,
        passing: float = 0.0,
        circle: float = 0.0,
    ) -> None:
        """Go to a point; `passing` is the speed over it, `circle` the radius that a plane keeps."""
        self.east, self.north, self.height = east, north, height
        self.passing, self.circle = passing, circle
        self._changed = True

    def stop(self, sight: Sight, height: float, circle: float = 0.0) -> None:
        """Come to rest at `height` as soon as that can be done, without turning back."""
        speed = hypot(sight.velocity_east, sight.velocity_north)
        way = speed / (2 * BRAKING)  # v²/2a along the unit vector v/|v|
        self.to(
            sight.east + sight.velocity_east * way,
            sight.north + sight.velocity_north * way,
            height,
            circle=circle,
        )

    def limits(self, cruise: float, climb: float, descent: float) -> None:
        """Speeds from now on: along, up and down, all positive."""
        self.cruise, self.climb, self.descent = cruise, climb, descent
        self._changed = True

    def turn(self, heading: float) -> None:
        """Point the nose to `heading` (radians); NaN is along the course."""
        self.heading = heading
        self._changed = True

    def fly(self, *, flying: bool) -> None:
        """Let the motors carry it, or not."""
        self.flying = flying
        self._changed = True

    def distance(self, sight: Sight) -> float:
        """Metres on the ground to the point."""
        east, north = self.east - sight.east, self.north - sight.north
        return sqrt(east * east + north * north)

    def write(self, guidance: Guidance, number: int) -> None:
        """Write what has changed into the guidance of drone `number`."""
        if not self._changed:
            return
        self._changed = False
        guidance.flying[number] = self.flying
        guidance.target[number] = (self.east, self.north, self.height)
        guidance.cruise[number] = self.cruise
        guidance.passing[number] = self.passing
        guidance.climb[number] = self.climb
        guidance.descent[number] = self.descent
        guidance.heading[number] = self.heading
        guidance.circle[number] = self.circle
