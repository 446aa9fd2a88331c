"""How the simulated planes move: never slower than they can fly, turning only by banking.

The air carries them: they keep an airspeed, and the wind adds to it. Course and circles are steered
as by ArduPlane's L1 controller (Park, Deyst and How, "A New Nonlinear Guidance Logic for Trajectory
Tracking", AIAA 2004): lateral acceleration 2 v² sin(η) / L1 towards a point ahead, here with v the
ground speed and L1 growing with it. The bank that this needs is limited, and so is its rate.

Axes and units as in `kinematics`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sitl.flight.kinematics import GRAVITY, Airframes, Columns, Guidance

MIN_AIRSPEED = 10.0
MAX_BANK = np.radians(45.0)
MAX_BANK_RATE = np.radians(60.0)
MAX_ACCELERATION = 2.5  # along, by the propeller or by drag
MAX_CLIMB_CHANGE = 2.0  # m/s²
MAX_FORCE = 14.0  # m/s²: what the air can do to it at most, in a turn or in a gust
BRAKING = 3.0  # m/s², rolling out

_L1_PERIOD = 5.0  # seconds of flight that the point ahead lies off
_SPEED_GAIN = 0.8
_HEIGHT_GAIN = 0.4
_BANK_GAIN = 2.5

MASS = 4.0  # kg
_WEIGHT = MASS * GRAVITY
_AIR_DENSITY = 1.15  # kg/m³, as in `battery`
_WING_AREA = 0.6  # m²
_ZERO_LIFT_DRAG = 0.035
_INDUCED = 0.055  # 1 / (π · aspect ratio · Oswald's factor)
_PROPULSION = 0.55  # of battery to thrust
_AVIONICS = 15.0  # W


def step(frames: Airframes, guidance: Guidance, wind: Columns, gust: Columns, dt: float) -> None:
    """Move all planes by `dt` seconds; `wind` (2,) and `gust` (N, 2) as in `kinematics.step`."""
    flying = guidance.flying
    aloft = flying & (frames.position[:, 2] > 0)
    before = frames.velocity.copy()
    yaw = frames.attitude[:, 2]
    air = before[:, :2] - np.where(aloft[:, None], wind, 0.0)
    speed = np.hypot(air[:, 0], air[:, 1])  # on the ground that over it
    bank = _bank(frames, guidance, aloft, dt)
    turning = np.where(aloft, GRAVITY * np.tan(bank) / np.maximum(speed, MIN_AIRSPEED), 0.0)
    yaw = (yaw + turning * dt) % (2 * np.pi)
    nose = np.stack([np.sin(yaw), np.cos(yaw)], axis=1)
    headwind = -(nose * wind).sum(axis=1)
    speed = _faster(speed, guidance, aloft, dt)
    fast_enough = aloft | (speed + headwind >= MIN_AIRSPEED)

    wanted = speed[:, None] * nose + np.where(aloft[:, None], wind + gust * dt, 0.0)
    change = wanted - before[:, :2]
    size = np.hypot(change[:, 0], change[:, 1])
    change *= np.minimum(1.0, MAX_FORCE * dt / np.maximum(size, 1e-9))[:, None]
    frames.velocity[:, :2] = np.where(flying[:, None], before[:, :2] + change, 0.0)
    frames.velocity[:, 2] = np.where(flying, _climb(frames, guidance, fast_enough, dt), 0.0)
    _fall(frames, before, ~flying & (frames.position[:, 2] > 0), dt)
    frames.acceleration = (frames.velocity - before) / dt
    frames.position += (before + frames.velocity) * (dt / 2)
    down = (frames.position[:, 2] <= 0) & (frames.velocity[:, 2] <= 0)
    frames.position[down, 2] = 0.0
    frames.velocity[down, 2] = 0.0
    _lean(frames, bank, yaw, aloft, dt)


def _lean(
    frames: Airframes, bank: Columns, yaw: Columns, aloft: NDArray[np.bool_], dt: float
) -> None:
    """Attitude and its rates: the nose where it flies to through the air."""
    speed = np.hypot(frames.velocity[:, 0], frames.velocity[:, 1])
    pitch = np.where(aloft, np.arctan2(frames.velocity[:, 2], np.maximum(speed, MIN_AIRSPEED)), 0.0)
    attitude = np.stack([bank, pitch, yaw], axis=1)
    turned = (attitude - frames.attitude + np.pi) % (2 * np.pi) - np.pi
    frames.rates = turned / dt
    frames.attitude = attitude


def power(airspeed: Columns, climb: Columns, flying: NDArray[np.bool_]) -> Columns:
    """Electric power in W of planes at `airspeed` and `climb` (m/s), each (N,).

    Drag is the parabolic polar: zero-lift drag and the drag of the lift that carries the weight
    (Anderson, Introduction to Flight, ch. 6), times airspeed, and the weight that is lifted.
    """
    pressure = 0.5 * _AIR_DENSITY * np.maximum(airspeed, MIN_AIRSPEED) ** 2
    lift = _WEIGHT / (pressure * _WING_AREA)
    drag = pressure * _WING_AREA * (_ZERO_LIFT_DRAG + _INDUCED * lift**2)
    thrust = np.maximum(drag * airspeed + _WEIGHT * climb, 0.0)
    spent: Columns = np.where(flying, thrust / _PROPULSION, 0.0) + _AVIONICS
    return spent


def _bank(frames: Airframes, guidance: Guidance, aloft: NDArray[np.bool_], dt: float) -> Columns:
    """The bank of the next moment: towards what the point ahead asks for, by its rate."""
    ahead = _point_ahead(frames, guidance)
    velocity = frames.velocity[:, :2]
    ground = np.maximum(np.hypot(velocity[:, 0], velocity[:, 1]), 1.0)
    away = np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1.0)
    sine = (ahead[:, 0] * velocity[:, 1] - ahead[:, 1] * velocity[:, 0]) / (away * ground)
    behind = (ahead * velocity).sum(axis=1) < 0
    sine = np.where(behind, np.where(sine >= 0, 1.0, -1.0), sine)
    lateral = 2 * ground**2 * sine / np.minimum(away, _L1_PERIOD * ground)
    wanted = np.clip(np.arctan2(lateral, GRAVITY), -MAX_BANK, MAX_BANK)
    bank = frames.attitude[:, 0]
    change = np.clip(_BANK_GAIN * (wanted - bank), -MAX_BANK_RATE, MAX_BANK_RATE)
    banked: Columns = np.where(aloft, bank + change * dt, 0.0)
    return banked


def _point_ahead(frames: Airframes, guidance: Guidance) -> Columns:
    """The way (N, 2) to the target, or to the point of its circle that comes next."""
    way = guidance.target[:, :2] - frames.position[:, :2]
    radius = guidance.circle
    size = np.abs(radius)
    away = np.hypot(way[:, 0], way[:, 1])
    ground = np.hypot(frames.velocity[:, 0], frames.velocity[:, 1])
    bearing = np.arctan2(-way[:, 0], -way[:, 1])  # of the plane, from the centre
    sense = np.where(radius >= 0, 1.0, -1.0)
    lead = np.clip(0.25 * _L1_PERIOD * ground / np.maximum(size, 1.0), 0.15, 1.0)
    # far off it flies to the tangent, whose bearing from the centre is acos(r / d) ahead
    tangent = np.arccos(np.clip(size / np.maximum(away, 1.0), -1.0, 1.0))
    on = bearing + sense * np.maximum(lead, tangent)
    point = size[:, None] * np.stack([np.sin(on), np.cos(on)], axis=1) + way
    ahead: Columns = np.where((size > 0)[:, None], point, way)
    return ahead


def _faster(speed: Columns, guidance: Guidance, aloft: NDArray[np.bool_], dt: float) -> Columns:
    """The airspeed of the next moment."""
    wanted = np.where(aloft, np.maximum(guidance.cruise, MIN_AIRSPEED), guidance.cruise)
    change = np.clip(_SPEED_GAIN * (wanted - speed), -BRAKING, MAX_ACCELERATION)
    change = np.where(~aloft & (wanted <= 0), -BRAKING, change)
    faster: Columns = np.maximum(speed + change * dt, np.where(aloft, MIN_AIRSPEED * 0.9, 0.0))
    return faster


def _climb(
    frames: Airframes, guidance: Guidance, fast_enough: NDArray[np.bool_], dt: float
) -> Columns:
    """The climb of the next moment; on the ground none before it is fast enough."""
    way = guidance.target[:, 2] - frames.position[:, 2]
    wanted = np.clip(_HEIGHT_GAIN * way, -guidance.descent, guidance.climb)
    wanted = np.where(fast_enough, wanted, np.minimum(wanted, 0.0))
    climb = frames.velocity[:, 2]
    changed: Columns = climb + np.clip(
        wanted - climb, -MAX_CLIMB_CHANGE * dt, MAX_CLIMB_CHANGE * dt
    )
    return changed


def _fall(frames: Airframes, before: Columns, falling: NDArray[np.bool_], dt: float) -> None:
    """A plane whose motor was stopped glides down as steeply as it can."""
    if falling.any():
        frames.velocity[falling, :2] = before[falling, :2]
        frames.velocity[falling, 2] = np.maximum(before[falling, 2] - GRAVITY * dt, -15.0)
