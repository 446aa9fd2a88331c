"""A spline waypoint: a curve that enters along the course and leaves along the next leg.

As in ArduPilot the curve is a cubic Hermite spline, whose ends have the directions of the legs
beside it; their lengths together are no more than four times the way from end to end, so that it
does not swing out far where a leg is short.
"""

from __future__ import annotations

from math import hypot, sqrt

from sitl.autopilot.aim import Aim
from sitl.autopilot.modes import Landed
from sitl.autopilot.sight import Sight
from sitl.flight.kinematics import BRAKING

Vector = tuple[float, float, float]
"""East, north, up in metres."""

_PARTS = 32
_LEAST_REACH, _REACH = 2.0, 0.8  # metres, and seconds of flight, that the point ahead lies off
_NEAR_HEIGHT = 2.5  # metres


class Spline:
    """A curve from `begin` to `end`, with the tangents `enter` and `leave`.

    `points` are along it, the first of them a part beyond `begin`; `speeds` (m/s) are those that a vehicle
    may have there which turns with `turning` (m/s²), flies at most at `cruise` and climbs and
    descends at most at `climb`. A curve whose `leave` is nothing ends at rest.
    """

    def __init__(
        self,
        begin: Vector,
        end: Vector,
        enter: Vector,
        leave: Vector,
        *,
        cruise: float,
        climb: float,
        turning: float,
    ) -> None:
        chord = _length(_less(end, begin))
        longest = _length(enter) + _length(leave)
        scale = min(1.0, 4 * chord / longest) if longest else 0.0
        self._ends = begin, end, _times(enter, scale), _times(leave, scale)
        times = [part / _PARTS for part in range(_PARTS + 1)]
        points = [self._at(time) for time in times]
        speeds = [min(cruise, sqrt(turning / max(self._bend(time), 1e-9))) for time in times]
        if not any(leave):
            speeds[-1] = 0.0
        for number in range(_PARTS, 0, -1):
            east, north, up = _less(points[number], points[number - 1])
            along = hypot(east, north)
            if up:
                speeds[number - 1] = min(speeds[number - 1], max(along / abs(up) * climb, 0.5))
            slower = sqrt(speeds[number] ** 2 + 2 * BRAKING * along)
            speeds[number - 1] = min(speeds[number - 1], slower)
        self.points, self.speeds = points[1:], speeds[1:]

    def _at(self, time: float) -> Vector:
        begin, end, enter, leave = self._ends
        square, cube = time * time, time**3
        return _sum(
            (begin, 2 * cube - 3 * square + 1),
            (end, 3 * square - 2 * cube),
            (enter, cube - 2 * square + time),
            (leave, cube - square),
        )

    def _bend(self, time: float) -> float:
        """The curvature seen from above, in 1/m."""
        begin, end, enter, leave = self._ends
        square = time * time
        east, north, _ = _sum(
            (begin, 6 * square - 6 * time),
            (end, 6 * time - 6 * square),
            (enter, 3 * square - 4 * time + 1),
            (leave, 3 * square - 2 * time),
        )
        more_east, more_north, _ = _sum(
            (begin, 12 * time - 6),
            (end, 6 - 12 * time),
            (enter, 6 * time - 4),
            (leave, 6 * time - 2),
        )
        size = hypot(east, north)
        return abs(east * more_north - north * more_east) / size**3 if size > 1e-3 else 0.0


class AlongSpline:
    """Flying along `spline`, then staying for `wait` seconds."""

    landed = Landed.IN_AIR

    def __init__(self, aim: Aim, spline: Spline, near: float, wait: float) -> None:
        self._aim, self._spline, self._near, self._wait = aim, spline, near, wait
        self._part = -1
        last, end = spline.points[-2:]
        self._way = end[0] - last[0], end[1] - last[1]
        self._arrived: float | None = None

    def step(self, now: float, sight: Sight) -> bool:
        """Go on with it; whether it is done."""
        if self._arrived is None:
            self._aim_ahead(sight)
            if not self._is_there(sight):
                return False
            self._arrived = now
        return now - self._arrived >= self._wait

    def _aim_ahead(self, sight: Sight) -> None:
        points = self._spline.points
        speed = hypot(sight.velocity_east, sight.velocity_north)
        reach = max(_LEAST_REACH, _REACH * speed)
        part = max(self._part, 0)
        while part < len(points) - 1 and _away(points[part], sight) < reach:
            part += 1
        if part != self._part:
            self._part = part
            self._aim.to(*points[part], passing=self._spline.speeds[part])

    def _is_there(self, sight: Sight) -> bool:
        end = self._spline.points[-1]
        if self._part < len(self._spline.points) - 1 or abs(end[2] - sight.height) > _NEAR_HEIGHT:
            return False
        east, north = end[0] - sight.east, end[1] - sight.north
        passed = east * self._way[0] + north * self._way[1] < 0  # the line across the end
        return passed or hypot(east, north) <= self._near


def _less(one: Vector, other: Vector) -> Vector:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]


def _times(vector: Vector, by: float) -> Vector:
    return vector[0] * by, vector[1] * by, vector[2] * by


def _sum(*parts: tuple[Vector, float]) -> Vector:
    east, north, up = zip(*(_times(vector, by) for vector, by in parts), strict=True)
    return sum(east), sum(north), sum(up)


def _length(vector: Vector) -> float:
    return sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2)


def _away(point: Vector, sight: Sight) -> float:
    return hypot(point[0] - sight.east, point[1] - sight.north)
