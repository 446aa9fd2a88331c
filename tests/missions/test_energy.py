"""The energy model against its description, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import library
from missions.drones import DroneKind
from missions.energy import EnergyModel, derating
from missions.errors import PlanningError
from missions.motion import leg_time
from missions.wind import Wind, ground_speed
from tests.missions.sorties import reckoning

QUAD = library.find("DJI Matrice 30T")
WING = library.find("WingtraOne Gen II")
BELLY = library.find("senseFly eBee X")
KINDS = st.sampled_from(list(library.kinds().values()))
WINDS = st.builds(
    Wind, from_direction=st.floats(0, 359.9), speed=st.floats(0, 10, allow_subnormal=False)
)
AWAY = st.tuples(st.floats(-4000, 4000), st.floats(-4000, 4000)).filter(
    lambda place: math.hypot(*place) > 0.1
)


@pytest.mark.parametrize(
    ("temperature", "share"),
    [(25, 1.0), (40, 1.0), (10, 0.93), (5, 0.885), (0, 0.84), (-10, 0.72), (-20, 0.6), (-40, 0.6)],
)
def test_the_battery_gives_less_in_the_cold(temperature: float, share: float) -> None:
    assert derating(temperature) == pytest.approx(share)


def test_what_is_usable_is_the_derated_battery_above_the_reserve() -> None:
    assert EnergyModel(QUAD, temperature=0).usable == pytest.approx(263.2 * 0.84 * 0.8)


@given(KINDS)
def test_no_airspeed_takes_less_energy_per_metre_than_the_cruise_speed(kind: DroneKind) -> None:
    model = EnergyModel(kind)
    speeds = np.linspace(max(kind.speed_least, 1.0), kind.speed_most, 200)
    per_metre = model.power(speeds) / speeds
    assert (per_metre >= kind.cruise_power / kind.cruise_speed * (1 - 1e-9)).all()


@given(KINDS, st.floats(0.5, 1.4))
def test_power_is_that_of_the_description(kind: DroneKind, share: float) -> None:
    airspeed = share * kind.cruise_speed
    assert EnergyModel(kind).power(airspeed) == pytest.approx(reckoning.power(kind, airspeed))


@given(st.floats(0.1, 3000), st.floats(0.5, 20))
def test_a_leg_from_stop_to_stop_takes_the_time_of_the_books(distance: float, speed: float) -> None:
    spent = EnergyModel(QUAD).leg(distance, 0, 0, speed)
    assert spent.duration == pytest.approx(leg_time(distance, speed, QUAD.acceleration))


@given(KINDS, WINDS, AWAY)
def test_the_way_home_is_that_of_the_description(
    kind: DroneKind, wind: Wind, away: tuple[float, float]
) -> None:
    model = EnergyModel(kind, wind)
    x, y = away
    (seconds,), (energy,) = model.home([-x], [-y], [60.0])
    expected, joules = reckoning.way_home(kind, wind, x, y, 60)
    assert seconds == pytest.approx(expected)
    assert energy == pytest.approx(joules / 3600)
    bound = model.home([-x], [-y], [60.0], full_stops=True)
    assert bound.energy[0] >= energy - 1e-9


@given(KINDS, WINDS, AWAY, AWAY, st.floats(0, 1))
def test_the_bound_of_the_way_home_is_convex(
    kind: DroneKind, wind: Wind, one: tuple[float, float], other: tuple[float, float], t: float
) -> None:
    """So that between two points from which it gets home it always does."""
    model = EnergyModel(kind, wind)
    places = np.array([one, other, (1 - t) * np.array(one) + t * np.array(other)])
    dx, dy = -places.T
    first, second, middle = model.home(dx, dy, np.full(3, 50.0), full_stops=True).energy
    assert middle <= (1 - t) * first + t * second + 1e-6


@given(WINDS, st.floats(0, 359), st.floats(14, 22))
def test_a_fixed_wing_flies_the_wind_triangle(wind: Wind, course: float, airspeed: float) -> None:
    angle = math.radians(course)
    model = EnergyModel(WING, wind)
    spent = model.leg(1000 * math.sin(angle), 1000 * math.cos(angle), 0, airspeed)
    assert spent.duration == pytest.approx(1000 / ground_speed(wind, course, airspeed))
    expected = reckoning.power(WING, airspeed) * spent.duration / 3600
    assert spent.energy == pytest.approx(expected)


@given(KINDS, st.floats(1, 100))
def test_a_climb_lifts_the_weight_and_a_descent_gives_nothing_back(
    kind: DroneKind, height: float
) -> None:
    model = EnergyModel(kind)
    up, down = model.climb(height), model.climb(-height)
    lift = kind.mass * 9.80665 * height / kind.climb_efficiency
    upright = kind.hover_power or kind.cruise_power
    assert up.duration == pytest.approx(height / kind.climb_speed)
    assert up.energy * 3600 == pytest.approx(upright * up.duration + lift)
    assert down.duration == pytest.approx(height / kind.descent_speed)
    assert down.energy * 3600 == pytest.approx(upright * down.duration)


def test_the_last_ten_metres_of_a_landing_are_slow() -> None:
    (seconds,), (energy,) = EnergyModel(QUAD).landing([60.0])
    assert seconds == pytest.approx(50 / 5 + 10 / 0.5)
    assert energy == pytest.approx(439 * 30 / 3600)
    assert EnergyModel(BELLY).landing([60.0]).duration[0] == pytest.approx(60 / 3)


def test_a_slow_climb_makes_a_leg_longer() -> None:
    level, steep = EnergyModel(QUAD).leg(60, 0, 0, 10), EnergyModel(QUAD).leg(60, 0, 90, 10)
    assert steep.duration == pytest.approx(90 / QUAD.climb_speed)
    assert steep.duration > level.duration


def test_a_corner_costs_what_it_turns() -> None:
    """sin(θ/2) of a stop: nothing straight on, 0.707 at a right angle, all of it to and fro."""
    model = EnergyModel(QUAD)
    for turn, factor in ((0, 0.0), (90, math.sqrt(0.5)), (180, 1.0)):
        angle = math.radians(turn)
        dx, dy = np.array([300, 300 * math.cos(angle)]), np.array([0, 300 * math.sin(angle)])
        duration = model.legs(dx, dy, np.zeros(2), np.full(2, 10.0)).total().duration
        stops = 10 / QUAD.acceleration * (1 + factor)
        assert duration == pytest.approx(60 + stops)


def test_a_fixed_wing_loses_time_only_in_corners_that_do_not_fit() -> None:
    model = EnergyModel(WING)
    zeros = np.zeros(2)
    wide = model.legs([400, 0], [0, 400], zeros, [16, 16]).total().duration
    assert wide == pytest.approx(800 / 16)
    tight = model.legs([400, 0], [0, 60], zeros, [16, 16]).total().duration
    turn = math.pi / 2 * 16 / WING.lateral_acceleration
    assert tight == pytest.approx(460 / 16 + turn)


def test_an_orbit_in_wind_is_flown_at_the_mean_power() -> None:
    wind = Wind(from_direction=270, speed=6)
    spent = EnergyModel(QUAD, wind).orbit(100, 2, 8)
    assert spent.duration == pytest.approx(2 * 2 * math.pi * 100 / 8)
    courses = np.radians(np.arange(0, 360, 5))
    airspeeds = np.hypot(8 * np.sin(courses) - 6, 8 * np.cos(courses))
    mean = np.mean([reckoning.power(QUAD, airspeed) for airspeed in airspeeds])
    assert spent.energy * 3600 == pytest.approx(mean * spent.duration)
    plane = EnergyModel(WING, wind).orbit(100, 1, 16)
    assert plane.duration > 2 * math.pi * 100 / 16


@pytest.mark.parametrize(
    ("kind", "wind", "temperature", "said"),
    [
        (QUAD, Wind(speed=12.5), 25, "wind of 12.5 m/s is above the 12 m/s"),
        (QUAD, Wind(), -21, "-21 °C is outside the -20 … 50 °C"),
        (WING, Wind(), 41, "outside the -10 … 40 °C that WingtraOne"),
    ],
)
def test_weather_it_must_not_fly_in_is_refused(
    kind: DroneKind, wind: Wind, temperature: float, said: str
) -> None:
    with pytest.raises(PlanningError, match=said):
        EnergyModel(kind, wind, temperature)


def test_a_speed_that_the_wind_does_not_allow_is_refused() -> None:
    wind = Wind(from_direction=90, speed=10)
    model = EnergyModel(QUAD, wind)
    with pytest.raises(PlanningError, match=r"course 90° .* needs an airspeed of 25\.0 m/s"):
        model.leg(100, 0, 0, 15)
    assert model.speeds([100, -100], [0, 0], 15) == pytest.approx([13, 15])
    with pytest.raises(PlanningError, match=r"outside the 13 … 22 m/s"):
        EnergyModel(WING).speeds([1], [0], 10)
    slow = QUAD.model_copy(update={"speed_most": 8.0, "cruise_speed": 7.0})
    with pytest.raises(PlanningError, match="cannot fly course 90°"):
        EnergyModel(slow, wind).home([1000], [0], [0])
