"""The manoeuvres of a copter, with the speeds and distances of its parameters."""

from __future__ import annotations

from math import atan2, cos, dist, hypot, inf, pi, sqrt, tan

from sitl.autopilot.aim import Aim
from sitl.autopilot.breach import Breach
from sitl.autopilot.copter_manoeuvres import Circle, Landing, Leg, Return, TakeOff
from sitl.autopilot.flying import STAY, Manoeuvre, Refuge
from sitl.autopilot.parameters import Parameters
from sitl.autopilot.sight import Sight
from sitl.autopilot.spline import AlongSpline, Spline

_CORNER_ACCELERATION = 2.0  # m/s², in the corner of two legs
_BELOW_GROUND = -1.0  # metres: what a landing aims at, so that it does not slow down above it
_UNDER_WAY = 1.0  # m/s: slower it has no course that a curve could begin with
_GUIDED_AHEAD = 1000.0  # metres: how far ahead the point lies that stands for a velocity


class CopterFlying:
    """How a copter flies; it moves `aim`."""

    def __init__(self, aim: Aim, parameters: Parameters) -> None:
        self._aim = aim
        self._parameters = parameters
        self._ordered: dict[int, float] = {}

    def refresh(self) -> None:
        """Take the speeds of the parameters."""
        self._ordered.clear()
        self._set_limits()

    def set_speed(self, kind: int, speed: float) -> bool:
        """Fly at `speed`: SPEED_TYPE 0 and 1 along, 2 up, 3 down."""
        if kind not in {0, 1, 2, 3} or not 0 < speed < inf:
            return False
        self._ordered[max(kind, 1)] = speed
        self._set_limits()
        return True

    def take_off(self, sight: Sight, height: float, start: float) -> Manoeuvre:
        """Climb straight up."""
        return TakeOff(self._aim, sight, height, start)

    def hold(self, sight: Sight) -> Manoeuvre:
        """Come to rest and stay."""
        self._aim.stop(sight, sight.height)
        return STAY

    def go(
        self,
        sight: Sight,
        place: tuple[float, float, float],
        *,
        then: tuple[float, float] | None = None,
        wait: float = 0.0,
    ) -> Manoeuvre:
        """Fly there straight; past it without a stop where `then` is given and `wait` is 0."""
        self._set_limits()
        east, north, height = place
        way = hypot(east - sight.east, north - sight.north)
        climb = height - sight.height
        steep = abs(climb) / (self._aim.climb if climb > 0 else self._aim.descent)
        if way / self._aim.cruise < steep:  # so that it arrives at its height as well
            self._aim.limits(max(way / steep, 0.5), self._aim.climb, self._aim.descent)
        near, passing = self._corner(sight, place, then) if then and not wait else (0.0, 0.0)
        near = max(near, self._radius)
        self._aim.to(east, north, height, passing=passing)
        return Leg(self._aim, near, wait)

    def circle(
        self, sight: Sight, place: tuple[float, float, float], radius: float, turns: float
    ) -> Manoeuvre:
        """Circle at the cruise speed, or as fast as the radius allows."""
        self._set_limits()
        speed = min(self._aim.cruise, sqrt(abs(radius) * _CORNER_ACCELERATION))
        self._aim.limits(max(speed, 0.5), self._aim.climb, self._aim.descent)
        return Circle(self._aim, place, radius, turns, sight)

    def curve(
        self,
        sight: Sight,
        place: tuple[float, float, float],
        leave: tuple[float, float, float],
        *,
        wait: float = 0.0,
    ) -> Manoeuvre:
        """Fly to `place` on a curve that leaves along `leave`, or ends there where that is zero."""
        self._set_limits()
        begin = (sight.east, sight.north, sight.height)
        course = (sight.velocity_east, sight.velocity_north, 0.0)
        chord, speed = dist(begin, place), hypot(*course)
        longer = chord / speed if speed > _UNDER_WAY else 0.0
        spline = Spline(
            begin,
            place,
            (course[0] * longer, course[1] * longer, 0.0),
            (0.0, 0.0, 0.0) if wait else leave,
            cruise=self._aim.cruise,
            climb=min(self._aim.climb, self._aim.descent),
            turning=_CORNER_ACCELERATION,
        )
        return AlongSpline(self._aim, spline, self._radius, wait)

    def go_home(self, sight: Sight, place: Refuge) -> Manoeuvre:
        """Climb to RTL_ALT, or to the height of a rally point, fly there, wait, land."""
        self._set_limits()
        read = self._parameters.__getitem__
        if (speed := read("RTL_SPEED") / 100) > 0:
            self._aim.limits(speed, self._aim.climb, self._aim.descent)
        lowest = max(read("RTL_ALT") / 100, place.height or 0.0)
        if slope := read("RTL_CONE_SLOPE"):  # near home it need not climb so high
            away = hypot(place.east - sight.east, place.north - sight.north)
            lowest = min(lowest, max(away * slope, 2.0))
        height = max(sight.height + read("RTL_CLIMB_MIN") / 100, lowest)
        height = max(min(height, self._ceiling()), sight.height)  # it does not descend on its way
        final = read("RTL_ALT_FINAL") / 100
        wait = read("RTL_LOIT_TIME") / 1000
        goal = (place.east, place.north, height)
        return Return(self.land, self._aim, sight, goal, wait, final)

    def land(self, sight: Sight, place: tuple[float, float] | None = None) -> Manoeuvre:
        """Come down straight, slowly below LAND_ALT_LOW."""
        read = self._parameters.__getitem__
        fast = max(read("LAND_SPEED_HIGH") / 100 or read("WPNAV_SPEED_DN") / 100, 0.3)
        low, slow = read("LAND_ALT_LOW") / 100, max(read("LAND_SPEED") / 100, 0.3)
        if place is None:
            self._aim.stop(sight, _BELOW_GROUND)
        else:
            self._aim.to(*place, _BELOW_GROUND)
        return Landing(self._aim, low, fast, slow)

    def push(self, sight: Sight, velocity: tuple[float, float, float]) -> Manoeuvre:
        """Fly with a velocity."""
        east, north, up = velocity
        speed = hypot(east, north)
        if speed < 0.05:
            self._aim.stop(sight, sight.height)
        else:
            far = _GUIDED_AHEAD / speed
            self._aim.to(sight.east + east * far, sight.north + north * far, sight.height)
        if up:
            self._aim.to(self._aim.east, self._aim.north, sight.height + up * _GUIDED_AHEAD)
        self._aim.limits(speed or self._cruise(), max(up, 0.1), max(-up, 0.1))
        return STAY

    @property
    def _radius(self) -> float:
        """How near a waypoint is reached."""
        return max(self._parameters["WPNAV_RADIUS"] / 100, 0.05)

    def _ceiling(self) -> float:
        """Metres above home that the way home stays under, if it is not higher already."""
        read = self._parameters.__getitem__
        if not read("FENCE_ENABLE") or not int(read("FENCE_TYPE")) & Breach.HIGH:
            return inf
        return read("FENCE_ALT_MAX") - read("FENCE_MARGIN")

    def _cruise(self) -> float:
        return self._ordered.get(1) or max(self._parameters["WPNAV_SPEED"] / 100, 0.2)

    def _set_limits(self) -> None:
        read = self._parameters.__getitem__
        climb = self._ordered.get(2) or max(read("WPNAV_SPEED_UP") / 100, 0.1)
        descent = self._ordered.get(3) or max(read("WPNAV_SPEED_DN") / 100, 0.1)
        self._aim.limits(self._cruise(), climb, descent)

    def _corner(
        self, sight: Sight, place: tuple[float, float, float], then: tuple[float, float]
    ) -> tuple[float, float]:
        """How near to a corner it begins to turn, and how fast: within WPNAV_RADIUS of it.

        An arc that stays within d of a corner of angle a has the radius d / (1 / cos(a/2) − 1)
        and begins at the distance radius · tan(a/2).
        """
        east, north = place[0] - sight.east, place[1] - sight.north
        next_east, next_north = then[0] - place[0], then[1] - place[1]
        leg, next_leg = hypot(east, north), hypot(next_east, next_north)
        if leg < 1 or next_leg < 1:
            return 0.0, 0.0
        turn = abs(atan2(next_east, next_north) - atan2(east, north))
        half = min(turn, 2 * pi - turn) / 2
        if half < 0.02:
            return 0.0, inf
        if half > 1.5:  # back the way it came
            return 0.0, 0.0
        radius = self._radius / (1 / cos(half) - 1)
        radius = min(
            radius,
            min(leg, next_leg) / 2 / tan(half),
            self._aim.cruise**2 / _CORNER_ACCELERATION,
        )
        return radius * tan(half), sqrt(_CORNER_ACCELERATION * radius)
