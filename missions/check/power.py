"""What flying costs: the energy model, reckoned anew from its description.

Powers in watts, energies in joules. Arrays broadcast.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from missions.drones import DroneKind

Floats = NDArray[np.float64]

GRAVITY = 9.80665

PARASITIC_SHARE = 0.5
"""Of a multirotor's cruise power, what grows with the cube of the airspeed."""

DERATING_TEMPERATURES = (-20.0, -10.0, 0.0, 10.0, 25.0)
DERATING_SHARES = (0.60, 0.72, 0.84, 0.93, 1.0)
"""Of the battery, that can be drawn at these degrees Celsius; linear between, constant beyond."""

SLOW_LANDING_HEIGHT = 10.0
SLOW_LANDING_SPEED = 0.5
"""ArduPilot's LAND_ALT_LOW and LAND_SPEED as they come."""

COURSES = np.radians(np.arange(0, 360, 5))
"""Round a circle, for means over it."""


class Wind:
    """Where the air goes: `east`, `north` and `speed` in metres per second."""

    def __init__(self, from_direction: float, speed: float) -> None:
        self.speed = speed
        self.east = -speed * math.sin(math.radians(from_direction))
        self.north = -speed * math.cos(math.radians(from_direction))

    def airspeed(self, course: ArrayLike, ground_speed: ArrayLike) -> Floats:
        """That gives a speed over ground on a course in radians."""
        speed = np.asarray(ground_speed, float)
        return np.hypot(speed * np.sin(course) - self.east, speed * np.cos(course) - self.north)

    def across(self, course: ArrayLike) -> Floats:
        """Of a course in radians, to its right."""
        return self.east * np.cos(course) - self.north * np.sin(course)

    def ground_speed(self, course: ArrayLike, airspeed: ArrayLike) -> Floats:
        """Over ground at an airspeed, by the wind triangle; not above 0, or NaN: cannot be flown."""
        along = self.east * np.sin(course) + self.north * np.cos(course)
        square = np.square(airspeed) - self.across(course) ** 2
        return np.sqrt(np.where(square > 0, square, np.nan)) + along


def usable(kind: DroneKind, temperature: float) -> float:
    """What may be drawn of the battery, above the reserve."""
    share = float(np.interp(temperature, DERATING_TEMPERATURES, DERATING_SHARES))
    return kind.battery * share * (1 - kind.reserve) * 3600


def level(kind: DroneKind, airspeed: ArrayLike) -> Floats:
    """Power in level flight; the least energy per metre is at the cruise speed."""
    x = np.asarray(airspeed, float) / kind.cruise_speed
    if kind.wing == "fixed":
        return kind.cruise_power * (x**3 + 1 / np.maximum(x, 1e-6)) / 2
    slow = kind.hover_power + (kind.cruise_power - kind.hover_power) * x
    fast = kind.cruise_power * (1 + PARASITIC_SHARE * (x**3 - 1))
    return np.where(x <= 1, slow, fast)


def hovering(kind: DroneKind, wind: Wind) -> float:
    """Power at one place; a fixed wing circles there at its cruise speed."""
    if kind.wing == "fixed":
        return kind.cruise_power
    return max(kind.hover_power, float(level(kind, wind.speed)))


def vertical(kind: DroneKind, wind: Wind) -> float:
    """Power straight up and down, less the lift work; a fixed wing that cannot circles."""
    if kind.wing == "fixed":
        return kind.hover_power or kind.cruise_power
    return hovering(kind, wind)


def lift(kind: DroneKind, climb: ArrayLike) -> Floats:
    """Energy of a climb in metres, on top of the power; a descent gives nothing back."""
    return kind.mass * GRAVITY * np.maximum(climb, 0) / kind.climb_efficiency


def rest_to_rest(distance: ArrayLike, speed: ArrayLike, acceleration: float) -> Floats:
    """Seconds from standing to standing: d/v + v/a, or 2√(d/a) if v is not reached."""
    d, v = np.asarray(distance, float), np.asarray(speed, float)
    return np.where(
        d * acceleration >= v**2, d / v + v / acceleration, 2 * np.sqrt(d / acceleration)
    )


def touchdown_speed(kind: DroneKind) -> float:
    """Of the last metres down; a fixed wing that cannot hover comes down as fast as before."""
    if kind.wing == "rotary" or kind.hover_power > 0:
        return min(SLOW_LANDING_SPEED, kind.descent_speed)
    return kind.descent_speed


def home_airspeed(kind: DroneKind, wind: Wind) -> float:
    """Of the flight home: half the wind is added to the cruise speed."""
    return min(kind.speed_most, kind.cruise_speed + wind.speed / 2)


def way_home(
    kind: DroneKind, wind: Wind, distance: Floats, course: Floats, height: Floats
) -> Floats:
    """Energy of the straight way home and the landing; infinite where the wind forbids it.

    `course` in radians, from the point to home; `height` above home.
    """
    airspeed = home_airspeed(kind, wind)
    speed = wind.ground_speed(course, airspeed)
    possible = speed > 0
    speed = np.where(possible, speed, 1.0)
    power = float(level(kind, airspeed))
    if kind.wing == "fixed":
        flight = power * distance / speed
    else:
        reached = np.minimum(speed, np.sqrt(kind.acceleration * distance))
        cruising = np.divide(distance, reached, out=np.zeros_like(distance), where=reached > 0)
        stopping = rest_to_rest(distance, speed, kind.acceleration) - cruising
        flight = power * cruising + max(hovering(kind, wind), power) * stopping
    low = np.clip(height, 0, SLOW_LANDING_HEIGHT)
    down = (np.maximum(height, 0) - low) / kind.descent_speed + low / touchdown_speed(kind)
    total = flight + vertical(kind, wind) * down
    return np.where(possible | (distance < 1.0), total, np.inf)
