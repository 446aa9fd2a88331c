"""How long each piece of a sortie takes and what it costs: the energy model, reckoned anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from missions.check import power
from missions.check.geodesy import Floats
from missions.check.pieces import Phase, Pieces
from missions.check.power import COURSES, Wind
from missions.drones import DroneKind
from missions.plan import Sortie


@dataclass(frozen=True)
class Timing:
    """Of P pieces, arrays of P; energy in joules.

    `ground_speed` is that of a leg between its stops, `gaining` and `losing` the seconds in which
    it evenly gains and loses that speed, 0 where the leg is flown evenly. `turned` is the angle
    (radians, 0…π) between a leg and the leg before it, where the waypoint between them is flown
    through; else NaN. `cruise_time` is what a leg takes if its climb takes no longer.
    """

    ground_speed: Floats
    gaining: Floats
    losing: Floats
    turned: Floats
    cruise_time: Floats
    duration: Floats
    energy: Floats


def reckon(sortie: Sortie, pieces: Pieces, kind: DroneKind, wind: Wind) -> Timing:
    """Times and energies of a sortie's pieces.

    A leg that the wind forbids is timed as in calm: that it cannot be flown is said elsewhere.
    """
    speed = np.array([sortie.waypoints[index].speed for index in pieces.waypoint])
    leg, climb = pieces.flown_leg, pieces.climb
    turned = _turned(sortie, pieces)
    if kind.wing == "fixed":
        over_ground = wind.ground_speed(pieces.course, speed)
        over_ground = np.where(over_ground > 0, over_ground, speed)
        airspeed = speed
        cruise = pieces.length / over_ground + _rounding(pieces, turned, speed, kind)
        steady = np.full(len(speed), np.inf)
        stops = np.zeros(len(speed) + 1)
    else:
        stops = np.append(np.where(np.isnan(turned), 1.0, np.sin(np.nan_to_num(turned) / 2)), 1.0)
        stop = (stops[:-1] + stops[1:]) / 2
        reached = np.sqrt(kind.acceleration * pieces.length / np.maximum(stop, 1e-12))
        over_ground = np.where(leg, np.minimum(speed, reached), speed)
        airspeed = wind.airspeed(pieces.course, over_ground)
        steady = pieces.length / over_ground
        cruise = steady + stop * over_ground / kind.acceleration
    upright = np.maximum(climb / kind.climb_speed, -climb / kind.descent_speed)
    duration = np.where(leg, np.maximum(cruise, upright), upright)
    # A stop of the factor k costs k·v/2a seconds at an end: half of those in which v is gained.
    eased = np.where(leg & (cruise >= upright), over_ground / kind.acceleration, 0.0)
    drawn = power.level(kind, airspeed)
    slowed = drawn if kind.wing == "fixed" else np.maximum(power.hovering(kind, wind), drawn)
    steady = np.minimum(steady, duration)
    aloft = drawn * steady + slowed * (duration - steady)
    energy = np.where(leg, aloft, power.vertical(kind, wind) * duration)
    energy += power.lift(kind, climb)

    for index in np.flatnonzero(pieces.phase == Phase.HOLD):
        duration[index] = sortie.waypoints[pieces.waypoint[index]].hold
        energy[index] = power.hovering(kind, wind) * duration[index]
    for index in np.flatnonzero(pieces.circle):
        duration[index], energy[index] = _circle(pieces.length[index], speed[index], kind, wind)
    last = len(speed) - 1
    if pieces.phase[last] == Phase.DESCENT:
        duration[last] = abs(climb[last]) / power.touchdown_speed(kind)
        energy[last] = power.vertical(kind, wind) * duration[last]
    return Timing(
        ground_speed=over_ground,
        gaining=eased * stops[:-1],
        losing=eased * stops[1:],
        turned=turned,
        cruise_time=cruise,
        duration=duration,
        energy=energy,
    )


def _turned(sortie: Sortie, pieces: Pieces) -> Floats:
    """The angle at the begin of each piece, NaN where there is a stop or no corner."""
    turned = np.full(len(pieces.phase), np.nan)
    leg = pieces.flown_leg
    passed = np.array([sortie.waypoints[index].action == "fly" for index in pieces.waypoint])
    through = leg[:-1] & leg[1:] & passed[:-1]
    change = pieces.course[1:] - pieces.course_end[:-1]
    turned[1:] = np.where(through, np.abs((change + np.pi) % (2 * np.pi) - np.pi), np.nan)
    return turned


def _rounding(pieces: Pieces, turned: Floats, speed: Floats, kind: DroneKind) -> Floats:
    """Seconds that a fixed wing needs more where a corner does not fit into its two legs."""
    before = np.append(np.inf, pieces.length[:-1])
    half = np.minimum(before, pieces.length) / 2
    angle = np.nan_to_num(turned)
    needed = speed**2 / kind.lateral_acceleration * np.tan(angle / 2)
    return np.where(needed > half, angle * speed / kind.lateral_acceleration, 0.0)


def _circle(length: float, speed: float, kind: DroneKind, wind: Wind) -> tuple[float, float]:
    """Seconds and joules round a circle, means over 72 courses."""
    if kind.wing == "fixed":
        over_ground = wind.ground_speed(COURSES, speed)
        over_ground = np.where(over_ground > 0, over_ground, speed)
        duration = length * float(np.mean(1 / over_ground))
        return duration, duration * float(power.level(kind, speed))
    duration = length / speed
    drawn = power.level(kind, wind.airspeed(COURSES, speed))
    return duration, duration * float(np.mean(drawn))
