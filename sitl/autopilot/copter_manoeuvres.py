"""What a copter flies step by step: take-off, a leg, a circle, the way home, a landing."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, inf, pi, sin

from sitl.autopilot.aim import Aim
from sitl.autopilot.flying import Manoeuvre
from sitl.autopilot.modes import Landed
from sitl.autopilot.sight import Sight

SETTLED = 2.0
"""Seconds on the ground after which the motors may be stopped."""

_AT_HEIGHT = 1.0  # metres below the height of a take-off at which it is done
_NEAR_HEIGHT = 2.5  # metres off the height of a waypoint at which it counts as reached
_AT_HOME = 1.0  # metres
_CIRCLE_STEP = 0.35  # radians that a copter on a circle aims ahead


class TakeOff:
    """Straight up to `height`, from the moment `start`."""

    landed = Landed.ON_GROUND

    def __init__(self, aim: Aim, sight: Sight, height: float, start: float) -> None:
        self._aim, self._height, self._start = aim, height, start
        self._place = sight.east, sight.north
        if aim.flying:  # it is in the air already
            self._rise()

    def _rise(self) -> None:
        self.landed = Landed.TAKEOFF
        self._aim.to(*self._place, self._height)
        self._aim.fly(flying=True)

    def step(self, now: float, sight: Sight) -> bool:
        """Go on with it; whether it is done."""
        if self.landed is Landed.ON_GROUND:
            if now < self._start:
                return False
            self._rise()
        return sight.height >= self._height - _AT_HEIGHT


class Leg:
    """Flying to the point aimed at until it is `near`, then `wait` seconds."""

    landed = Landed.IN_AIR

    def __init__(self, aim: Aim, near: float, wait: float) -> None:
        self._aim, self._near, self._wait = aim, near, wait
        self._arrived: float | None = None

    def step(self, now: float, sight: Sight) -> bool:
        """Go on with it; whether it is done."""
        if self._arrived is None:
            aim = self._aim
            east, north = aim.east - sight.east, aim.north - sight.north
            if east * east + north * north > self._near * self._near:
                return False
            if abs(aim.height - sight.height) > _NEAR_HEIGHT:
                if aim.passing:  # it waits there until it is as high or as low as it should be
                    aim.to(aim.east, aim.north, aim.height)
                return False
            self._arrived = now
        return now - self._arrived >= self._wait


class Circle:
    """Around `place`, so many `turns`, clockwise for a positive `radius`."""

    landed = Landed.IN_AIR

    def __init__(
        self,
        aim: Aim,
        place: tuple[float, float, float],
        radius: float,
        turns: float,
        sight: Sight,
    ) -> None:
        self._aim, self._place = aim, place
        self._radius, self._sense = max(abs(radius), 1.0), 1.0 if radius >= 0 else -1.0
        self._left = turns * 2 * pi
        self._bearing = atan2(sight.east - place[0], sight.north - place[1])

    def step(self, _now: float, sight: Sight) -> bool:
        """Go on with it; whether it is done."""
        east, north, height = self._place
        off_east, off_north = sight.east - east, sight.north - north
        bearing = atan2(off_east, off_north)
        if hypot(off_east, off_north) > 0.5 * self._radius:
            moved = (bearing - self._bearing) * self._sense
            self._left -= (moved + pi) % (2 * pi) - pi
        self._bearing = bearing
        ahead = bearing + self._sense * _CIRCLE_STEP
        self._aim.to(
            east + self._radius * sin(ahead),
            north + self._radius * cos(ahead),
            height,
            passing=inf,
        )
        return self._left <= 0


class Return:
    """Up to the height of `home` (a place and the height of the way there), there, and down.

    It waits above it, then comes down to `final` metres, or lands where that is 0.
    """

    landed = Landed.IN_AIR

    def __init__(
        self,
        land: Callable[[Sight, tuple[float, float]], Manoeuvre],
        aim: Aim,
        sight: Sight,
        home: tuple[float, float, float],
        wait: float,
        final: float,
    ) -> None:
        self._land, self._aim = land, aim
        self._home, self._wait, self._final = home, wait, final
        self._arrived: float | None = None
        self._landing: Manoeuvre | None = None
        self._climbs = sight.height < home[2] - _AT_HEIGHT
        if self._climbs:
            aim.stop(sight, home[2])
        else:
            aim.to(*home)

    def step(self, now: float, sight: Sight) -> bool:
        """Go on with it; whether it is done."""
        if self._landing is not None:
            return self._landing.step(now, sight)
        if self._climbs:
            if sight.height >= self._home[2] - _AT_HEIGHT:
                self._climbs = False
                self._aim.to(*self._home)
        elif self._arrived is None:
            if self._aim.distance(sight) < _AT_HOME:
                self._arrived = now
        elif now - self._arrived >= self._wait:
            if self._final > 0:
                self._aim.to(self._home[0], self._home[1], self._final)
                self._arrived = inf
            else:
                self._landing = self._land(sight, self._home[:2])
                self.landed = Landed.LANDING
        return False


class Landing:
    """Down, `fast` until `low` metres above the ground and `slow` from there."""

    landed = Landed.LANDING

    def __init__(self, aim: Aim, low: float, fast: float, slow: float) -> None:
        self._aim, self._low, self._slow = aim, low, slow
        self._slows = False
        self._touched: float | None = None
        aim.limits(aim.cruise, aim.climb, fast)

    def step(self, now: float, sight: Sight) -> bool:
        """Go on with it; whether it is done."""
        if not self._slows and sight.height < self._low:
            self._slows = True
            self._aim.limits(self._aim.cruise, self._aim.climb, self._slow)
        if sight.height > 0.0:
            self._touched = None
            return False
        if self._touched is None:
            self._touched = now
        return now - self._touched >= SETTLED
