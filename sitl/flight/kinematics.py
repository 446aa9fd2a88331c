"""How the simulated drones move: all of them at once, by fixed steps, within a copter's limits.

A position and a velocity controller in series, as in a real autopilot, whose wish is cut to what
the airframe can do: acceleration and jerk (a copter accelerates by tilting, and tilts only so
fast), climb, descent and turn. Attitude follows from acceleration and drag, so what the vehicle
tells about its attitude agrees with its track. No clock, no randomness: disturbance is passed in.

Axes are east, north, up in metres; angles in radians, yaw clockwise from north.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = NDArray[np.float64]

GRAVITY = 9.80665
MAX_ACCELERATION = 2.5  # horizontal, as ArduCopter's WPNAV_ACCEL
MAX_JERK = 6.0  # horizontal, m/s³
MAX_VERTICAL_ACCELERATION = 1.5
MAX_VERTICAL_JERK = 4.0
MAX_YAW_RATE = np.radians(60.0)
MAX_YAW_ACCELERATION = np.radians(120.0)
DRAG = 0.12  # 1/s: deceleration per m/s of airspeed

BRAKING = 1.2  # m/s²: what the approach of a stop reckons with, well inside MAX_ACCELERATION
_POSITION_GAIN = 0.5
_VELOCITY_GAIN = 1.2
_HEIGHT_GAIN = 0.8
_CLIMB_GAIN = 1.5
_YAW_GAIN = 1.5
_TERMINAL_SPEED = 22.0  # m/s, of what falls
_COURSE_SPEED = 1.5  # m/s: below it a copter keeps its nose where it is


@dataclass
class Airframes:
    """The physical state of N drones."""

    position: Columns  # (N, 3)
    velocity: Columns  # (N, 3)
    acceleration: Columns  # (N, 3)
    attitude: Columns  # (N, 3) roll, pitch, yaw
    rates: Columns  # (N, 3) of roll, pitch, yaw

    @classmethod
    def at_rest(cls, position: Columns, yaw: Columns) -> Airframes:
        """N drones standing at `position` (N, 3) with their noses to `yaw` (N,)."""
        shape = position.shape
        attitude = np.zeros(shape)
        attitude[:, 2] = yaw
        return cls(position.copy(), np.zeros(shape), np.zeros(shape), attitude, np.zeros(shape))

    def of(self, numbers: NDArray[np.intp]) -> Airframes:
        """A copy of some of them."""
        return Airframes(*(getattr(self, field.name)[numbers] for field in fields(self)))

    def put(self, numbers: NDArray[np.intp], some: Airframes) -> None:
        """Take the state of `some` as that of those `numbers`."""
        for field in fields(self):
            getattr(self, field.name)[numbers] = getattr(some, field.name)


@dataclass
class Guidance:
    """What each of N drones is to do; its autopilot writes here."""

    flying: NDArray[np.bool_]  # (N,) motors carry it; otherwise it stands, or falls
    target: Columns  # (N, 3)
    cruise: Columns  # (N,) horizontal speed on the way there
    passing: Columns  # (N,) speed over the target: 0 comes to rest there, inf does not slow down
    climb: Columns  # (N,) fastest climb
    descent: Columns  # (N,) fastest descent, positive
    heading: Columns  # (N,) where a copter's nose is to point; NaN is along its course
    circle: Columns  # (N,) radius of a plane's circle around the target, negative to the left

    @classmethod
    def none(cls, count: int) -> Guidance:
        """N drones that stand still."""
        return cls(
            np.zeros(count, bool),
            np.zeros((count, 3)),
            np.zeros(count),
            np.zeros(count),
            np.full(count, 2.5),
            np.full(count, 1.5),
            np.full(count, np.nan),
            np.zeros(count),
        )

    def of(self, numbers: NDArray[np.intp]) -> Guidance:
        """A copy of some of them."""
        return Guidance(*(getattr(self, field.name)[numbers] for field in fields(self)))


def step(airframes: Airframes, guidance: Guidance, wind: Columns, gust: Columns, dt: float) -> None:
    """Move all drones by `dt` seconds.

    `wind` (N, 2) is the air's velocity, which tilts and slows; `gust` (N, 2) an acceleration that
    pushes them off their track and that the controllers counter.
    """
    wanted = np.empty_like(airframes.acceleration)
    wanted[:, :2] = _horizontal_wish(airframes, guidance) + gust
    wanted[:, 2] = _vertical_wish(airframes, guidance)
    wanted[:, :2] = _shortened(wanted[:, :2], MAX_ACCELERATION)
    np.clip(wanted[:, 2], -MAX_VERTICAL_ACCELERATION, MAX_VERTICAL_ACCELERATION, out=wanted[:, 2])
    change = wanted - airframes.acceleration
    change[:, :2] = _shortened(change[:, :2], MAX_JERK * dt)
    np.clip(change[:, 2], -MAX_VERTICAL_JERK * dt, MAX_VERTICAL_JERK * dt, out=change[:, 2])

    flying = guidance.flying[:, None]
    airframes.acceleration = np.where(flying, airframes.acceleration + change, 0.0)
    before = airframes.velocity
    airframes.velocity = np.where(flying, before + airframes.acceleration * dt, 0.0)
    if (~guidance.flying & (airframes.position[:, 2] > 0)).any():
        _fall(airframes, before, ~guidance.flying & (airframes.position[:, 2] > 0), dt)
    airframes.position += (before + airframes.velocity) * (dt / 2)
    _rest_on_the_ground(airframes)
    _turn(airframes, guidance, wind, dt)


def _horizontal_wish(airframes: Airframes, guidance: Guidance) -> Columns:
    """Acceleration (N, 2) that would bring each drone to the velocity its target asks for."""
    way = guidance.target[:, :2] - airframes.position[:, :2]
    distance = np.hypot(way[:, 0], way[:, 1])
    approach = np.minimum(_POSITION_GAIN * distance, np.sqrt(2 * BRAKING * distance))
    speed = np.minimum(guidance.cruise, np.maximum(approach, guidance.passing))
    velocity = way * (speed / np.maximum(distance, 1e-6))[:, None]
    wish: Columns = _VELOCITY_GAIN * (velocity - airframes.velocity[:, :2])
    return wish


def _vertical_wish(airframes: Airframes, guidance: Guidance) -> Columns:
    way = guidance.target[:, 2] - airframes.position[:, 2]
    climb = np.clip(_HEIGHT_GAIN * way, -guidance.descent, guidance.climb)
    wish: Columns = _CLIMB_GAIN * (climb - airframes.velocity[:, 2])
    return wish


def _fall(airframes: Airframes, velocity: Columns, falling: NDArray[np.bool_], dt: float) -> None:
    """Those without power in the air: gravity, and the drag that ends in _TERMINAL_SPEED."""
    fallen = velocity[falling]
    speed = np.sqrt((fallen**2).sum(axis=1))[:, None]
    pull = -GRAVITY * fallen * speed / _TERMINAL_SPEED**2
    pull[:, 2] -= GRAVITY
    airframes.acceleration[falling] = pull
    airframes.velocity[falling] = fallen + pull * dt


def _rest_on_the_ground(airframes: Airframes) -> None:
    """The ground holds whatever comes down to it."""
    down = (airframes.position[:, 2] <= 0) & (airframes.velocity[:, 2] <= 0)
    airframes.position[down, 2] = 0.0
    airframes.velocity[down] = 0.0
    airframes.acceleration[down] = 0.0


def _turn(airframes: Airframes, guidance: Guidance, wind: Columns, dt: float) -> None:
    """Nose to the course; roll and pitch as thrust must point for this acceleration."""
    flying, heading = guidance.flying, guidance.heading
    velocity, yaw = airframes.velocity, airframes.attitude[:, 2]
    moving = flying & (np.hypot(velocity[:, 0], velocity[:, 1]) > _COURSE_SPEED)
    course = np.arctan2(velocity[:, 0], velocity[:, 1])
    told = np.isfinite(heading) & flying
    wish = np.where(told, heading, course)
    error = np.where(moving | told, (wish - yaw + np.pi) % (2 * np.pi) - np.pi, 0.0)
    rate = airframes.rates[:, 2]
    wanted = np.clip(_YAW_GAIN * error, -MAX_YAW_RATE, MAX_YAW_RATE)
    rate = rate + np.clip(wanted - rate, -MAX_YAW_ACCELERATION * dt, MAX_YAW_ACCELERATION * dt)
    rate = np.where(flying, rate, 0.0)
    yaw = (yaw + rate * dt) % (2 * np.pi)

    push = airframes.acceleration[:, :2] + DRAG * (velocity[:, :2] - wind)
    push = np.where(flying[:, None] & (airframes.position[:, 2:] > 0), push, 0.0)
    forward = push[:, 0] * np.sin(yaw) + push[:, 1] * np.cos(yaw)
    right = push[:, 0] * np.cos(yaw) - push[:, 1] * np.sin(yaw)
    lift = GRAVITY + airframes.acceleration[:, 2]
    pitch = -np.arctan2(forward, lift)
    roll = np.arctan2(right * np.cos(pitch), lift)
    attitude = np.stack([roll, pitch, yaw], axis=1)
    airframes.rates = (attitude - airframes.attitude) / dt
    airframes.rates[:, 2] = rate
    airframes.attitude = attitude


def _shortened(vectors: Columns, limit: Any) -> Columns:
    """Vectors (N, 2), the longer ones cut to length `limit`."""
    length = np.hypot(vectors[:, 0], vectors[:, 1])
    cut: Columns = vectors * np.minimum(1.0, limit / np.maximum(length, 1e-12))[:, None]
    return cut
