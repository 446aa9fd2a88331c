"""Times, energies and places of a sortie, against figures made by hand from the energy model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from missions.check import power
from missions.check.geodesy import Plane
from missions.check.pieces import Phase
from missions.check.track import Track, fly
from missions.drones import DroneKind
from missions.plan import Waypoint
from tests.missions.check.plans import QUAD, WING, Site

SITE = Site()
PLANE = Plane(71.5, 34.0)
CALM = power.Wind(0, 0)
JOULES = 3600.0


def flown(
    points: list[Waypoint], kind: DroneKind = QUAD, wind: power.Wind = CALM, height: float = 50
) -> Track:
    sortie = SITE.sortie("S", (0, 0), height, points, kind=kind)
    return fly(sortie, kind, wind, PLANE, None)


def energy(track: Track, phase: Phase) -> list[float]:
    return [float(joules) for joules in track.timing.energy[track.pieces.phase == phase]]


def duration(track: Track, phase: Phase) -> list[float]:
    return [float(seconds) for seconds in track.timing.duration[track.pieces.phase == phase]]


def test_a_climb_takes_hover_power_and_lift() -> None:
    track = flown([])
    assert duration(track, Phase.CLIMB) == pytest.approx([50 / 4])
    lift = 1.4 * 9.80665 * 50 / 0.5
    assert energy(track, Phase.CLIMB) == pytest.approx([150 * 12.5 + lift])


def test_a_landing_is_slow_from_ten_metres_down() -> None:
    track = flown([])
    assert duration(track, Phase.DESCENT) == pytest.approx([40 / 3, 10 / 0.5])
    assert energy(track, Phase.DESCENT) == pytest.approx([150 * 40 / 3, 150 * 20])


def test_a_leg_from_stop_to_stop_takes_its_length_and_one_stop() -> None:
    point = SITE.point(400, 0, 50, speed=10.0, action="hover", hold=30)
    track = flown([point])
    out, *_ = duration(track, Phase.LEG)
    assert out == pytest.approx(400 / 10 + 10 / 2.5, abs=1e-3)
    assert energy(track, Phase.LEG)[0] == pytest.approx(140 * 40 + 150 * 4, abs=1)
    assert duration(track, Phase.HOLD) == [30]
    assert energy(track, Phase.HOLD) == [150 * 30]


def test_a_leg_that_is_too_short_for_its_speed_is_flown_at_less() -> None:
    track = flown([SITE.point(10, 0, 50, speed=10.0, action="hover")])
    assert duration(track, Phase.LEG)[0] == pytest.approx(2 * math.sqrt(10 / 2.5), abs=1e-3)


def test_a_corner_of_90_degrees_costs_sin_45_of_a_stop() -> None:
    track = flown([SITE.point(200, 0, 50), SITE.point(200, 200, 50), SITE.point(0, 200, 50)])
    corner = math.sin(math.radians(45))
    assert duration(track, Phase.LEG)[1] == pytest.approx(200 / 8 + corner * 8 / 2.5, abs=1e-3)


@pytest.mark.parametrize(
    ("from_direction", "course", "airspeed"),
    [(0, 0, 14), (180, 0, 2), (90, 0, 10), (90, 90, 14), (270, 90, 2)],
)
def test_the_airspeed_of_a_multirotor_is_that_over_ground_against_the_wind(
    from_direction: float, course: float, airspeed: float
) -> None:
    wind = power.Wind(from_direction, 6.0)
    assert wind.airspeed(math.radians(course), 8.0) == pytest.approx(airspeed)


def test_the_wind_triangle_of_a_fixed_wing() -> None:
    wind = power.Wind(270, 5.0)
    assert wind.ground_speed(math.radians(90), 13.0) == pytest.approx(18.0)
    assert wind.ground_speed(math.radians(0), 13.0) == pytest.approx(12.0)
    assert wind.ground_speed(math.radians(270), 13.0) == pytest.approx(8.0)
    assert np.isnan(power.Wind(270, 14.0).ground_speed(0.0, 13.0))


@pytest.mark.parametrize(
    ("kind", "airspeed", "watts"),
    [
        (QUAD, 0, 150),
        (QUAD, 5, 145),
        (QUAD, 10, 140),
        (QUAD, 20, 140 * (1 + 0.5 * 7)),
        (WING, 18, 120),
        (WING, 36, 120 * (8 + 0.5) / 2),
    ],
)
def test_the_power_of_level_flight(kind: DroneKind, airspeed: float, watts: float) -> None:
    assert power.level(kind, airspeed) == pytest.approx(watts)


@pytest.mark.parametrize(
    ("temperature", "share"), [(-30, 0.6), (-15, 0.66), (0, 0.84), (17.5, 0.965), (40, 1.0)]
)
def test_a_cold_battery_gives_less(temperature: float, share: float) -> None:
    assert power.usable(QUAD, temperature) == pytest.approx(90 * share * 0.8 * JOULES)


def test_an_orbit_is_joined_at_its_nearest_point_and_left_where_its_turns_end() -> None:
    circle = SITE.point(0, 200, 50, action="orbit", radius=50.0, turns=1.25)
    track = flown([circle])
    (piece,) = np.flatnonzero(track.pieces.circle)
    first, last = track.first[piece], track.first[piece + 1]
    assert track.samples.place[first] == pytest.approx([0, 150], abs=0.01)
    # A quarter of a turn clockwise from the south is the west.
    assert track.samples.place[last] == pytest.approx([-50, 200], abs=0.01)
    assert track.timing.duration[piece] == pytest.approx(1.25 * 2 * math.pi * 50 / 8)
    away = np.hypot(*(track.samples.place[first : last + 1] - [0, 200]).T)
    assert away == pytest.approx(50, abs=0.01)


def test_a_multirotor_gains_its_speed_evenly() -> None:
    track = flown([SITE.point(400, 0, 50, speed=10.0, action="hover", hold=1)])
    leg = track.first[1]
    begin = track.samples.time[leg]
    east = track.samples.place[:, 0]
    for seconds, metres in ((1, 1.25), (2, 5), (4, 20), (10, 80), (40, 380), (42, 395), (44, 400)):
        assert np.interp(begin + seconds, track.samples.time, east) == pytest.approx(
            metres, abs=0.35
        )


@pytest.mark.parametrize("kind", [QUAD, WING], ids=["quad", "wing"])
def test_the_way_home_from_a_far_point_is_that_of_a_sortie_that_turns_there(
    kind: DroneKind,
) -> None:
    """A sortie that flies out and straight home at the airspeed of the way home costs the same."""
    wind = power.Wind(270, 4.0)
    airspeed = power.home_airspeed(kind, wind)
    back = float(wind.ground_speed(math.radians(270), airspeed))
    more: dict[str, Any] = {"action": "hover"} if kind.wing == "rotary" else {}
    track = flown([SITE.point(500, 0, 60, speed=airspeed - 4, **more)], kind, wind, height=60)
    out = track.samples.used[track.first[2]]
    speed = back if kind.wing == "rotary" else airspeed
    down = SITE.point(0, 0, 0, action="land", speed=speed)
    whole = SITE.sortie("S", (0, 0), 60, [], kind=kind)
    points = (track.sortie.waypoints[0], track.sortie.waypoints[1], down)
    again = fly(whole.model_copy(update={"waypoints": points}), kind, wind, PLANE, None)
    home = power.way_home(kind, wind, np.array([500.0]), np.radians([270.0]), np.array([60.0]))
    spent = again.samples.used[-1] - out
    if kind.wing == "fixed":  # turning round by 180° costs π·v/a seconds more
        spent -= float(power.level(kind, airspeed)) * math.pi * airspeed / 6.0
    assert home[0] == pytest.approx(spent, rel=1e-3)
