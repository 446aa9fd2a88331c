"""The manoeuvres of a plane: it never stands, so it circles where a copter would hover."""

from __future__ import annotations

from math import atan2, cos, hypot, inf, pi, sin

from sitl.autopilot.aim import Aim
from sitl.autopilot.flying import STAY, Manoeuvre, Refuge
from sitl.autopilot.modes import Landed
from sitl.autopilot.parameters import Parameters
from sitl.autopilot.sight import Sight

_AHEAD = 5000.0  # metres: a point on the runway's heading that it never reaches
_AT_HEIGHT = 3.0  # metres below the height of a take-off at which it is done
_GLIDE = 8.0  # metres along for one down
_LAG = 2.5  # seconds by which a plane's height follows what it is to be
_FLARE_SINK = 1.0  # m/s
_STOPPED = 1.0  # m/s
_SETTLED = 2.0  # seconds at rest after which the motor may be stopped


class PlaneFlying:
    """How a plane flies; it moves `aim`."""

    def __init__(self, aim: Aim, parameters: Parameters) -> None:
        self._aim = aim
        self._parameters = parameters
        self._ordered = 0.0

    def refresh(self) -> None:
        """Take the speeds of the parameters."""
        self._ordered = 0.0
        self._set_limits()

    def set_speed(self, kind: int, speed: float) -> bool:
        """Fly at `speed` through the air, within the parameters' bounds."""
        read = self._parameters.__getitem__
        if kind not in {0, 1} or not read("AIRSPEED_MIN") <= speed <= read("AIRSPEED_MAX"):
            return False
        self._ordered = speed
        self._set_limits()
        return True

    def take_off(self, sight: Sight, height: float, start: float) -> Manoeuvre:
        """Run along the heading, leave the ground, climb."""
        return _TakeOff(self._aim, sight, height, start)

    def hold(self, sight: Sight) -> Manoeuvre:
        """Circle around this place."""
        self._aim.to(sight.east, sight.north, sight.height, circle=self._radius)
        return STAY

    def go(
        self,
        sight: Sight,
        place: tuple[float, float, float],
        *,
        then: tuple[float, float] | None = None,
        wait: float = 0.0,
    ) -> Manoeuvre:
        """Fly there and past, or around it where no leg follows."""
        self._set_limits()
        circle = 0.0 if then else self._radius
        self._aim.to(*place, passing=inf, circle=circle)
        near = max(self._parameters["WP_RADIUS"] if then else abs(circle) * 1.3, 10.0)
        return _Leg(self._aim, sight, near, wait)

    def circle(
        self, sight: Sight, place: tuple[float, float, float], radius: float, turns: float
    ) -> Manoeuvre:
        """Circle around `place`."""
        self._set_limits()
        self._aim.to(*place, passing=inf, circle=radius or self._radius)
        return _Circle(self._aim, sight, turns)

    def go_home(self, sight: Sight, place: Refuge) -> Manoeuvre:
        """Fly home at RTL_ALTITUDE, or to a rally point at its height, and circle there.

        It goes on until somebody decides.
        """
        self._set_limits()
        height = self._parameters["RTL_ALTITUDE"] if place.height is None else place.height
        height = sight.height if height < 0 else height
        radius = self._parameters["RTL_RADIUS"] or self._radius
        self._aim.to(place.east, place.north, height, circle=radius)
        return STAY

    def climb_out(self, sight: Sight, height: float, distance: float, start: float) -> Manoeuvre:
        """Take off, and circle at `height` over a place `distance` metres ahead.

        Flown in the air it circles over this place, no lower than it is.
        """
        if self._aim.flying:
            self._aim.to(sight.east, sight.north, max(height, sight.height), circle=self._radius)
            return STAY
        return _ClimbOut(self._aim, sight, height, distance, start, self._radius)

    def land(self, sight: Sight, place: tuple[float, float] | None = None) -> Manoeuvre:
        """Glide to `place`, or straight ahead, and roll out."""
        self._set_limits()
        if place is None:
            place = sight.east, sight.north
        flare = max(self._parameters["LAND_FLARE_ALT"], 1.0)
        return _Landing(self._aim, sight, place, flare)

    def push(self, sight: Sight, velocity: tuple[float, float, float]) -> Manoeuvre:
        """A plane takes no velocities; it goes on towards where they point."""
        east, north, _ = velocity
        self._aim.to(sight.east + east * 60, sight.north + north * 60, sight.height)
        return STAY

    @property
    def _radius(self) -> float:
        return self._parameters["WP_LOITER_RAD"] or 60.0

    def _set_limits(self) -> None:
        read = self._parameters.__getitem__
        cruise = self._ordered or read("AIRSPEED_CRUISE")
        self._aim.limits(cruise, read("TECS_CLMB_MAX"), read("TECS_SINK_MAX"))


class _TakeOff:
    landed = Landed.ON_GROUND

    def __init__(self, aim: Aim, sight: Sight, height: float, start: float) -> None:
        self._aim, self._height, self._start = aim, height, start
        if aim.flying:
            self._rise(sight)

    def _rise(self, sight: Sight) -> None:
        self.landed = Landed.TAKEOFF
        self._aim.to(*_ahead(sight), self._height)
        self._aim.fly(flying=True)

    def step(self, now: float, sight: Sight) -> bool:
        if self.landed is Landed.ON_GROUND:
            if now < self._start:
                return False
            self._rise(sight)
        return sight.height >= self._height - _AT_HEIGHT


class _ClimbOut:
    """A take-off that ends in a circle around a place ahead of where it began."""

    def __init__(
        self,
        aim: Aim,
        sight: Sight,
        height: float,
        distance: float,
        start: float,
        circle: float,
    ) -> None:
        self._aim, self._height, self._circle = aim, height, circle
        self._place = _ahead(sight, distance)
        self._take_off: _TakeOff | None = _TakeOff(aim, sight, height, start)

    @property
    def landed(self) -> Landed:
        return Landed.IN_AIR if self._take_off is None else self._take_off.landed

    def step(self, now: float, sight: Sight) -> bool:
        if self._take_off is not None and self._take_off.step(now, sight):
            self._take_off = None
            self._aim.to(*self._place, self._height, circle=self._circle)
        return False


class _Leg:
    landed = Landed.IN_AIR

    def __init__(self, aim: Aim, sight: Sight, near: float, wait: float) -> None:
        self._aim, self._near, self._wait = aim, near, wait
        self._way = aim.east - sight.east, aim.north - sight.north
        self._arrived: float | None = None

    def step(self, now: float, sight: Sight) -> bool:
        if self._arrived is None:
            east, north = self._aim.east - sight.east, self._aim.north - sight.north
            near = east * east + north * north <= self._near * self._near
            passed = east * self._way[0] + north * self._way[1] < 0  # the line across the end
            if not near and (self._aim.circle or not passed):
                return False
            self._arrived = now
        return now - self._arrived >= self._wait


class _Circle:
    landed = Landed.IN_AIR

    def __init__(self, aim: Aim, sight: Sight, turns: float) -> None:
        self._aim = aim
        self._left = turns * 2 * pi
        self._bearing = self._now(sight)

    def _now(self, sight: Sight) -> float:
        return atan2(sight.east - self._aim.east, sight.north - self._aim.north)

    def step(self, _now: float, sight: Sight) -> bool:
        bearing = self._now(sight)
        moved = (bearing - self._bearing + pi) % (2 * pi) - pi
        self._bearing = bearing
        if self._aim.distance(sight) < 1.5 * abs(self._aim.circle):
            self._left -= moved if self._aim.circle >= 0 else -moved
        return self._left <= 0


class _Landing:
    """To the beginning of a glide if it is too high or too near, down it, flare, roll out."""

    landed = Landed.LANDING

    def __init__(self, aim: Aim, sight: Sight, place: tuple[float, float], flare: float) -> None:
        self._aim, self._place, self._flare = aim, place, flare
        self._rest: float | None = None
        self._flares = False
        self._glide = max(sight.height, 10.0) * _GLIDE
        east, north = sight.east - place[0], sight.north - place[1]
        away = max(hypot(east, north), 1.0)
        self._comes_in = away >= self._glide
        if not self._comes_in:
            scale = self._glide * 1.1 / away
            aim.to(place[0] + east * scale, place[1] + north * scale, sight.height, passing=inf)

    def step(self, now: float, sight: Sight) -> bool:
        if sight.height <= 0.0:
            return self._roll_out(now, sight)
        if self._flares:
            return False
        away = hypot(sight.east - self._place[0], sight.north - self._place[1])
        if not self._comes_in:
            self._comes_in = away >= self._glide
        elif sight.height <= self._flare:
            self._flares = True
            self._aim.limits(self._aim.cruise, 0.0, _FLARE_SINK)
            self._aim.to(*_ahead(sight), -1.0, passing=inf)
        else:
            # the height is followed with a lag of as much as is lost in _LAG seconds
            speed = hypot(sight.velocity_east, sight.velocity_north)
            height = max((away - speed * _LAG) / _GLIDE, -1.0)
            self._aim.to(*self._place, min(height, sight.height), passing=inf)
        return False

    def _roll_out(self, now: float, sight: Sight) -> bool:
        if self._rest is None:
            self._aim.limits(0.0, 0.0, _FLARE_SINK)
            self._aim.to(*_ahead(sight), -1.0)
            self._rest = now
        if hypot(sight.velocity_east, sight.velocity_north) > _STOPPED:
            self._rest = now
        return now - self._rest >= _SETTLED


def _ahead(sight: Sight, distance: float = _AHEAD) -> tuple[float, float]:
    """A place straight ahead, so far off that it is never reached if no distance is given."""
    return sight.east + distance * sin(sight.yaw), sight.north + distance * cos(sight.yaw)
