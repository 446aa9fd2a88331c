"""Times and energies of a sortie, worked out step by step from the description of the model.

Nothing of `missions.energy` is used: plain loops over waypoints, on the plane, for straight legs,
holds, take-off and landing.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from missions.drones import DroneKind
from missions.plan import Sortie
from missions.projection import LocalFrame
from missions.wind import Wind

G = 9.80665
TABLE = [(-20, 0.60), (-10, 0.72), (0, 0.84), (10, 0.93), (25, 1.0)]


@dataclass
class Reckoned:
    """When each waypoint is left (seconds after the start), watt-hours by then, and the worst."""

    times: list[float]
    energy: list[float]
    worst: float
    usable: float


def usable(kind: DroneKind, temperature: float) -> float:
    share = TABLE[0][1] if temperature < TABLE[0][0] else TABLE[-1][1]
    for (low, first), (high, second) in itertools.pairwise(TABLE):
        if low <= temperature <= high:
            share = first + (second - first) * (temperature - low) / (high - low)
    return kind.battery * share * (1 - kind.reserve)


def power(kind: DroneKind, airspeed: float) -> float:
    x = airspeed / kind.cruise_speed
    if kind.wing == "fixed":
        return kind.cruise_power * (x**3 + 1 / x) / 2
    if x <= 1:
        return kind.hover_power + (kind.cruise_power - kind.hover_power) * x
    return kind.cruise_power * (1 + 0.5 * (x**3 - 1))


def hovering(kind: DroneKind, wind: Wind) -> float:
    if kind.wing == "fixed":
        return kind.cruise_power
    return max(kind.hover_power, power(kind, wind.speed))


def upright(kind: DroneKind, wind: Wind) -> float:
    if kind.wing == "fixed":
        return kind.hover_power or kind.cruise_power
    return hovering(kind, wind)


def triangle(wind: Wind, unit: tuple[float, float], airspeed: float) -> float:
    east, north = wind.vector
    along = east * unit[0] + north * unit[1]
    across = east * unit[1] - north * unit[0]
    return math.sqrt(airspeed**2 - across**2) + along


def landing(kind: DroneKind, wind: Wind, height: float) -> tuple[float, float]:
    low = min(height, 10.0)
    seconds = (height - low) / kind.descent_speed
    slow = min(0.5, kind.descent_speed)
    if kind.wing == "fixed" and kind.hover_power == 0:
        slow = kind.descent_speed
    seconds += low / slow
    return seconds, seconds * upright(kind, wind)


def way_home(kind: DroneKind, wind: Wind, x: float, y: float, height: float) -> tuple[float, float]:
    """Seconds and joules from (x, y), with home at the origin."""
    distance = math.hypot(x, y)
    down, energy = landing(kind, wind, height)
    if distance < 0.01:
        return down, energy
    airspeed = min(kind.speed_most, kind.cruise_speed + wind.speed / 2)
    speed = triangle(wind, (-x / distance, -y / distance), airspeed)
    if kind.wing == "fixed":
        seconds = distance / speed
        return seconds + down, energy + power(kind, airspeed) * seconds
    speed = min(speed, math.sqrt(kind.acceleration * distance))
    cruise, stop = distance / speed, speed / kind.acceleration
    slow = max(hovering(kind, wind), power(kind, airspeed))
    return cruise + stop + down, energy + power(kind, airspeed) * cruise + slow * stop


def reckon(
    sortie: Sortie, kind: DroneKind, wind: Wind, temperature: float, samples: int = 10
) -> Reckoned:
    """A sortie of takeoff, fly, hover and land."""
    track = _Track(sortie, kind, wind)
    time = energy = worst = 0.0
    times, energies = [], []
    for index, waypoint in enumerate(sortie.waypoints):
        start, end = track.places[index], track.places[index + 1]
        if waypoint.action == "land":
            assert track.step(index)[2] < 0.01
            seconds, joules = landing(kind, wind, start[2])
        else:
            seconds, joules = track.leg(index)
            for sample in range(1, samples + 1):
                share = sample / samples
                here = [a + share * (b - a) for a, b in zip(start, end, strict=True)]
                back = way_home(kind, wind, here[0], here[1], here[2])[1]
                worst = max(worst, energy + share * joules + back)
        time, energy = time + seconds, energy + joules
        if waypoint.hold:
            time, energy = time + waypoint.hold, energy + hovering(kind, wind) * waypoint.hold
            worst = max(worst, energy + way_home(kind, wind, *end)[1])
        times.append(time)
        energies.append(energy / 3600)
    return Reckoned(times, energies, max(worst, energy) / 3600, usable(kind, temperature))


class _Track:
    """The places of a sortie, home first, in metres around home."""

    def __init__(self, sortie: Sortie, kind: DroneKind, wind: Wind) -> None:
        self.sortie = sortie
        self.kind = kind
        self.wind = wind
        frame = LocalFrame(sortie.home.latitude, sortie.home.longitude)
        self.places = [(0.0, 0.0, 0.0)]
        for waypoint in sortie.waypoints:
            (spot,) = frame.to_local(waypoint.longitude, waypoint.latitude)
            over = (0.0, 0.0) if waypoint.action == "takeoff" else (float(spot[0]), float(spot[1]))
            self.places.append((*over, waypoint.height))

    def step(self, index: int) -> tuple[float, float, float, float]:
        """East, north, length on the map and height of a leg."""
        (x, y, h), (u, v, g) = self.places[index], self.places[index + 1]
        return u - x, v - y, math.hypot(u - x, v - y), g - h

    def factor(self, point: int) -> float:
        """sin(θ/2) at a place; 1 (rotary) or 0 (fixed) where it stops."""
        stop = 1.0 if self.kind.wing == "rotary" else 0.0
        if point in {0, len(self.places) - 1}:
            return stop
        waypoint = self.sortie.waypoints[point - 1]
        (ax, ay, first, _), (bx, by, second, _) = self.step(point - 1), self.step(point)
        if waypoint.action != "fly" or waypoint.hold > 0 or min(first, second) < 0.01:
            return stop
        cosine = (ax * bx + ay * by) / first / second
        return math.sin(math.acos(max(-1.0, min(1.0, cosine))) / 2)

    def leg(self, index: int) -> tuple[float, float]:
        """Seconds and joules of one."""
        kind, (_, _, level, rise) = self.kind, self.step(index)
        upwards = rise / kind.climb_speed if rise > 0 else -rise / kind.descent_speed
        climb = kind.mass * G * max(rise, 0.0) / kind.climb_efficiency
        if level < 0.01:
            return upwards, upwards * upright(kind, self.wind) + climb
        seconds, joules = self.winged(index) if kind.wing == "fixed" else self.lifted(index)
        if upwards > seconds:
            slow = power(kind, self.sortie.waypoints[index].speed)
            if kind.wing == "rotary":
                slow = max(hovering(kind, self.wind), self.airpower(index))
            joules += slow * (upwards - seconds)
        return max(seconds, upwards), joules + climb

    def winged(self, index: int) -> tuple[float, float]:
        kind, (dx, dy, level, _) = self.kind, self.step(index)
        speed = self.sortie.waypoints[index].speed
        angle = 2 * math.asin(self.factor(index)) if index else 0.0
        radius = speed**2 / kind.lateral_acceleration
        half = min(self.step(index - 1)[2], level) / 2 if index else math.inf
        tight = radius * math.tan(angle / 2) > half
        turn = angle * speed / kind.lateral_acceleration if tight else 0.0
        seconds = level / triangle(self.wind, (dx / level, dy / level), speed) + turn
        return seconds, seconds * power(kind, speed)

    def reached(self, index: int) -> float:
        """The speed between stops."""
        mean = (self.factor(index) + self.factor(index + 1)) / 2
        speed, level = self.sortie.waypoints[index].speed, self.step(index)[2]
        return min(speed, math.sqrt(self.kind.acceleration * level / mean)) if mean else speed

    def airpower(self, index: int) -> float:
        dx, dy, level, _ = self.step(index)
        east, north = self.wind.vector

        def airspeed(speed: float) -> float:
            return math.hypot(speed * dx / level - east, speed * dy / level - north)

        assert airspeed(self.sortie.waypoints[index].speed) <= self.kind.speed_most + 0.01
        return power(self.kind, airspeed(self.reached(index)))

    def lifted(self, index: int) -> tuple[float, float]:
        mean = (self.factor(index) + self.factor(index + 1)) / 2
        speed, drawn = self.reached(index), self.airpower(index)
        cruise, stop = self.step(index)[2] / speed, mean * speed / self.kind.acceleration
        return cruise + stop, drawn * cruise + max(hovering(self.kind, self.wind), drawn) * stop
