"""Drones move within a copter's limits, whatever they are told."""

from __future__ import annotations

from math import atan, cos, degrees, hypot, radians, sin
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sitl.flight.kinematics import (
    DRAG,
    GRAVITY,
    MAX_ACCELERATION,
    MAX_JERK,
    MAX_VERTICAL_ACCELERATION,
    MAX_YAW_ACCELERATION,
    MAX_YAW_RATE,
    Airframes,
    Columns,
    Guidance,
    step,
)

DT = 0.05
STILL = np.zeros(2)


def one(height: float = 50.0, yaw: float = 0.0) -> tuple[Airframes, Guidance]:
    frames = Airframes.at_rest(np.array([[0.0, 0.0, height]]), np.array([yaw]))
    guidance = Guidance.none(1)
    guidance.flying[:] = True
    guidance.cruise[:] = 12.0
    return frames, guidance


def fly(
    frames: Airframes,
    guidance: Guidance,
    seconds: float,
    wind: Columns = STILL,
    gust: Columns | None = None,
) -> None:
    still = np.zeros((len(frames.position), 2))
    for _ in range(round(seconds / DT)):
        step(frames, guidance, wind, still if gust is None else gust, DT)


orders = st.lists(
    st.tuples(
        st.floats(-3000, 3000),  # east of target
        st.floats(-3000, 3000),
        st.floats(-1, 150),  # height
        st.floats(0.5, 15),  # cruise
        st.booleans(),  # stop
        st.floats(-1, 1),  # gust
        st.integers(1, 120),  # steps until the next order
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(orders=orders, wind=st.tuples(st.floats(-8, 8), st.floats(-8, 8)))
def test_no_order_makes_it_exceed_its_limits(orders: Any, wind: Any) -> None:
    frames, guidance = one()
    wind = np.array(wind)
    fastest = 0.0
    for east, north, height, cruise, stop, push, steps in orders:
        guidance.target[0] = (east, north, height)
        guidance.cruise[0] = cruise
        guidance.passing[0] = 0.0 if stop else np.inf
        fastest = max(fastest, cruise)
        for _ in range(steps):
            before = frames.acceleration.copy(), frames.velocity.copy(), frames.rates.copy()
            step(frames, guidance, wind, np.array([[push, -push]]), DT)
            acceleration, velocity, rates = before
            landed = frames.position[0, 2] == 0.0
            assert hypot(*frames.acceleration[0, :2]) <= MAX_ACCELERATION + 1e-9
            assert abs(frames.acceleration[0, 2]) <= MAX_VERTICAL_ACCELERATION + 1e-9
            if not landed:  # the ground stops it at once
                jerk = (frames.acceleration - acceleration)[0, :2] / DT
                assert hypot(*jerk) <= MAX_JERK + 1e-6
                change = (frames.velocity - velocity)[0, :2] / DT
                assert hypot(*change) <= MAX_ACCELERATION + 1e-6
            assert hypot(*frames.velocity[0, :2]) <= fastest + 1.5
            assert -guidance.descent[0] - 0.4 <= frames.velocity[0, 2] <= guidance.climb[0] + 0.4
            assert frames.position[0, 2] >= 0.0
            assert abs(frames.rates[0, 2]) <= MAX_YAW_RATE + 1e-9
            assert abs(frames.rates[0, 2] - rates[0, 2]) <= MAX_YAW_ACCELERATION * DT + 1e-9
            assert 0 <= frames.attitude[0, 2] < 2 * np.pi
            airspeed = hypot(*(frames.velocity[0, :2] - wind))
            lift = GRAVITY + frames.acceleration[0, 2]
            tilt = atan((hypot(*frames.acceleration[0, :2]) + DRAG * airspeed) / lift)
            assert abs(frames.attitude[0, 0]) <= tilt + 1e-9
            assert abs(frames.attitude[0, 1]) <= tilt + 1e-9


@given(bearing=st.floats(0, 359), distance=st.floats(20, 800))
@settings(max_examples=12, deadline=None)
def test_it_comes_to_rest_where_it_is_told_to_and_does_not_overshoot(
    bearing: float, distance: float
) -> None:
    frames, guidance = one()
    goal = distance * sin(radians(bearing)), distance * cos(radians(bearing))
    guidance.target[0] = (*goal, 80.0)
    closest = distance
    for _ in range(round((distance / 5 + 40) / DT)):
        step(frames, guidance, STILL, np.zeros((1, 2)), DT)
        along = (frames.position[0, :2] @ np.array(goal)) / distance
        closest = min(closest, distance - along)
    assert hypot(*(frames.position[0, :2] - goal)) < 0.3
    assert abs(frames.position[0, 2] - 80.0) < 0.3
    assert hypot(*frames.velocity[0]) < 0.2
    assert closest > -2.0


def test_on_its_way_its_nose_points_along_its_course_and_down() -> None:
    frames, guidance = one(yaw=radians(200))
    guidance.target[0] = (5000.0, 5000.0, 50.0)
    fly(frames, guidance, 20)
    roll, pitch, yaw = np.degrees(frames.attitude[0])
    assert abs(yaw - 45) < 1
    assert abs(pitch + degrees(atan(DRAG * 12 / GRAVITY))) < 0.5
    assert abs(roll) < 0.5


def test_hovering_in_wind_it_leans_into_it() -> None:
    frames, guidance = one(yaw=0.0)
    guidance.target[0] = (0.0, 0.0, 50.0)
    fly(frames, guidance, 20, wind=np.array([6.0, 0.0]))  # wind blows eastwards: a west wind
    roll, pitch, _ = frames.attitude[0]
    assert abs(roll + atan(DRAG * 6 / GRAVITY)) < 0.01  # left wing down, to the west
    assert abs(pitch) < 0.01


def test_what_does_not_fly_does_not_move() -> None:
    frames, guidance = one(height=0.0)
    guidance.flying[:] = False
    guidance.target[0] = (100.0, 100.0, 100.0)
    fly(frames, guidance, 10, wind=np.array([8.0, 0.0]), gust=np.array([[1.0, 1.0]]))
    assert frames.position[0].tolist() == [0.0, 0.0, 0.0]
    assert frames.attitude[0].tolist() == [0.0, 0.0, 0.0]


def test_position_is_the_integral_of_velocity() -> None:
    frames, guidance = one()
    guidance.target[0] = (400.0, -300.0, 90.0)
    way = np.zeros(3)
    for _ in range(400):
        before = frames.velocity[0].copy()
        step(frames, guidance, STILL, np.zeros((1, 2)), DT)
        way += (before + frames.velocity[0]) / 2 * DT
    assert np.allclose(frames.position[0] - [0, 0, 50], way, atol=1e-9)


def test_the_number_of_drones_changes_nothing_for_any_of_them() -> None:
    alone, guidance = one()
    guidance.target[0] = (100.0, 200.0, 60.0)
    many = Airframes.at_rest(np.array([[5.0, 5.0, 5.0], [0.0, 0.0, 50.0]]), np.zeros(2))
    orders = Guidance.none(2)
    orders.flying[1], orders.cruise[1], orders.target[1] = True, 12.0, guidance.target[0]
    fly(alone, guidance, 12)
    fly(many, orders, 12)
    assert np.array_equal(alone.position[0], many.position[1])
    assert np.array_equal(alone.attitude[0], many.attitude[1])
