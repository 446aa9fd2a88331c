"""What only a mission flies: without an end, up or down on a circle, a landing at a place."""

from __future__ import annotations

from math import hypot

from sitl.autopilot.aim import Aim
from sitl.autopilot.flying import Manoeuvre
from sitl.autopilot.modes import Landed
from sitl.autopilot.sight import Sight
from sitl.autopilot.state import State

Place = tuple[float, float, float]
"""Metres east, north and above home."""

_ON_CIRCLE = 1.5  # radii
_NEAR_HEIGHT = 3.0  # metres


class Forever:
    """A manoeuvre that is never done."""

    landed = Landed.IN_AIR

    def __init__(self, inner: Manoeuvre) -> None:
        self._inner = inner

    def step(self, now: float, sight: Sight) -> bool:
        """Go on with it; whether it is done."""
        self._inner.step(now, sight)
        return False


class AtHeight:
    """A plane's circle that is done when it is on it and at its height."""

    landed = Landed.IN_AIR

    def __init__(self, circle: Manoeuvre, aim: Aim) -> None:
        self._circle, self._aim = circle, aim

    def step(self, now: float, sight: Sight) -> bool:
        """Go on with it; whether it is done."""
        self._circle.step(now, sight)
        near = self._aim.distance(sight) < _ON_CIRCLE * abs(self._aim.circle)
        return near and abs(self._aim.height - sight.height) < _NEAR_HEIGHT


class Landing:
    """LAND of a mission: to its place at the present height, then down."""

    def __init__(self, vehicle: State, sight: Sight, place: Place | None) -> None:
        self._vehicle, self._place = vehicle, place
        self._landing: Manoeuvre | None = None
        self._way: Manoeuvre | None = None
        if place is not None and vehicle.hovers and _away(place, sight):
            self._way = vehicle.flying_as.go(sight, (place[0], place[1], sight.height))
        else:
            self._come_down(sight)

    @property
    def landed(self) -> Landed:
        """What EXTENDED_SYS_STATE says meanwhile."""
        return Landed.IN_AIR if self._landing is None else self._landing.landed

    def _come_down(self, sight: Sight) -> None:
        place = None if self._place is None else self._place[:2]
        self._landing = self._vehicle.flying_as.land(sight, place)

    def step(self, now: float, sight: Sight) -> bool:
        """Go on with it; whether it is done."""
        if self._landing is not None:
            return self._landing.step(now, sight)
        if self._way is not None and self._way.step(now, sight):
            self._come_down(sight)
        return False


def _away(place: Place, sight: Sight) -> bool:
    return hypot(place[0] - sight.east, place[1] - sight.north) > 1.0
