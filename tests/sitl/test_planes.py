"""Planes keep their airspeed, turn by banking, circle, are carried by the wind, and land."""

from __future__ import annotations

from math import atan, degrees, hypot
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.modes import PLANE, Landed
from sitl.flight.kinematics import GRAVITY, Airframes, Columns, Guidance
from sitl.flight.planes import MAX_BANK, MAX_BANK_RATE, MIN_AIRSPEED, power, step
from tests.sitl.flown import LAND, TAKEOFF, WAYPOINT, Flown

DT = 0.05
CALM = np.zeros(2)


def one(speed: float = 15.0, height: float = 80.0) -> tuple[Airframes, Guidance]:
    """A plane flying north."""
    frames = Airframes.at_rest(np.array([[0.0, 0.0, height]]), np.array([0.0]))
    frames.velocity[0, 1] = speed
    guidance = Guidance.none(1)
    guidance.flying[:] = True
    guidance.cruise[:] = speed
    guidance.climb[:], guidance.descent[:] = 5.0, 5.0
    guidance.target[0] = (0.0, 5000.0, height)
    return frames, guidance


def fly(frames: Airframes, guidance: Guidance, seconds: float, wind: Columns = CALM) -> Columns:
    """Positions (steps, 3)."""
    track = []
    for _ in range(round(seconds / DT)):
        step(frames, guidance, wind, np.zeros((1, 2)), DT)
        track.append(frames.position[0].copy())
    return np.array(track)


orders = st.lists(
    st.tuples(
        st.floats(-2000, 2000),
        st.floats(-2000, 2000),
        st.floats(20, 200),
        st.floats(10, 22),
        st.sampled_from([0.0, 60.0, -80.0]),
        st.integers(1, 150),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(orders=orders, wind=st.tuples(st.floats(-6, 6), st.floats(-6, 6)))
def test_no_order_makes_it_stall_or_bank_too_far(orders: Any, wind: Any) -> None:
    frames, guidance = one()
    air = np.array(wind)
    frames.velocity[0, :2] += air
    for east, north, height, cruise, circle, steps in orders:
        guidance.target[0] = (east, north, height)
        guidance.cruise[0], guidance.circle[0] = cruise, circle
        for _ in range(steps):
            bank = float(frames.attitude[0, 0])
            step(frames, guidance, air, np.zeros((1, 2)), DT)
            airspeed = hypot(*(frames.velocity[0, :2] - air))
            assert MIN_AIRSPEED * 0.85 < airspeed < 23.5
            assert abs(frames.attitude[0, 0]) <= MAX_BANK + 1e-9
            assert abs(frames.attitude[0, 0] - bank) <= MAX_BANK_RATE * DT + 1e-9
            assert abs(frames.velocity[0, 2]) <= 5.0 + 1e-9
            assert frames.position[0, 2] > 0.0


def test_it_circles_at_its_radius_either_way_round() -> None:
    for radius in (80.0, -80.0):
        frames, guidance = one()
        guidance.target[0] = (200.0, 200.0, 80.0)
        guidance.circle[0] = radius
        track = fly(frames, guidance, 120)[1200:]
        away = np.hypot(track[:, 0] - 200, track[:, 1] - 200)
        assert np.all(np.abs(away - 80.0) < 12.0)
        turn = degrees(np.unwrap(np.arctan2(track[:, 0] - 200, track[:, 1] - 200))[-1]) - degrees(
            np.arctan2(track[0, 0] - 200, track[0, 1] - 200)
        )
        assert (turn > 300) == (radius > 0)
        wanted = atan(15.0**2 / (GRAVITY * 80.0))  # the bank of a level circle
        assert abs(abs(frames.attitude[0, 0]) - wanted) < 0.08


def test_a_circle_is_kept_in_wind() -> None:
    frames, guidance = one()
    wind = np.array([5.0, 0.0])
    guidance.target[0] = (100.0, 100.0, 80.0)
    guidance.circle[0] = 100.0
    track = fly(frames, guidance, 200, wind)[2000:]
    away = np.hypot(track[:, 0] - 100, track[:, 1] - 100)
    assert 75 < away.min() < away.max() < 125


def test_wind_adds_to_its_airspeed_and_it_crabs() -> None:
    frames, guidance = one()
    fly(frames, guidance, 60, np.array([0.0, -5.0]))
    assert abs(frames.velocity[0, 1] - 10.0) < 0.3
    fly(frames, guidance, 60, np.array([5.0, 0.0]))
    course = degrees(np.arctan2(frames.velocity[0, 0], frames.velocity[0, 1]))
    nose = (degrees(frames.attitude[0, 2]) + 180) % 360 - 180
    assert nose - course < -15  # into the wind
    assert abs(hypot(*(frames.velocity[0, :2] - [5.0, 0.0])) - 15.0) < 0.5


def test_a_metre_costs_more_flown_slowly_or_fast_than_in_between() -> None:
    still, flying = np.zeros(3), np.ones(3, bool)
    speeds = np.array([10.0, 14.0, 22.0])
    slow, best, fast = power(speeds, still, flying) / speeds
    assert best < slow
    assert best < fast
    level = power(np.array([14.0]), np.zeros(1), np.ones(1, bool))[0]
    assert level < 150  # a copter of this weight hovers on more than twice that
    up = power(np.array([14.0]), np.array([3.0]), np.ones(1, bool))[0]
    assert up > level + 100


def test_without_its_motor_it_comes_down() -> None:
    frames, guidance = one()
    guidance.flying[:] = False
    fly(frames, guidance, 20)
    assert frames.position[0, 2] == 0.0
    assert not frames.velocity[0].any()


def test_a_plane_flies_a_mission_from_take_off_to_landing() -> None:
    flown = Flown(PLANE)
    flown.fly(
        flown.item(TAKEOFF, z=50.0),
        flown.item(WAYPOINT, 300.0, 400.0, 60.0),
        flown.item(mavlink.MAV_CMD_NAV_LOITER_TURNS, 300.0, -300.0, 60.0, param1=1, param3=80),
        flown.item(WAYPOINT, 1.0, -600.0, 40.0),
        flown.item(LAND, 1.0, -10.0),
    )
    slowest = 99.0
    while flown.vehicle.armed:
        flown.step()
        if flown.place[2] > 5.0:
            slowest = min(slowest, hypot(*flown.squadron.airframes.velocity[0, :2]))
        assert flown.now < 400
    assert slowest > 9.0
    assert flown.reached == [1, 2, 3, 4, 5]
    assert flown.away(1.0, -10.0) < 150.0
    beats = [m for _, m in flown.heard if m.get_type() == "HEARTBEAT"]
    assert beats[-1].type == mavlink.MAV_TYPE_FIXED_WING
    assert beats[-1].custom_mode == 10


def test_a_plane_loiters_down_to_a_height_before_it_lands() -> None:
    flown = Flown(PLANE)
    flown.fly(
        flown.item(TAKEOFF, z=80.0),
        flown.item(mavlink.MAV_CMD_NAV_LOITER_TO_ALT, 1.0, 500.0, 40.0, param2=80.0),
        flown.item(LAND, 1.0, -10.0),
    )
    flown.until(lambda: 1 in flown.reached)
    assert flown.place[2] > 70.0
    flown.until(lambda: 2 in flown.reached)
    assert abs(flown.place[2] - 40.0) < 4.0
    assert flown.away(1.0, 500.0) < 130.0
    flown.until(lambda: not flown.vehicle.armed)
    assert "Mission: 2 LoitAltitude" in flown.texts


def test_coming_home_a_plane_circles_there_and_does_not_land() -> None:
    flown = Flown(PLANE)
    flown.fly(flown.item(TAKEOFF, z=50.0), flown.item(WAYPOINT, 300.0, 400.0, 60.0))
    flown.run(40.0)
    flown.set_mode("RTL")
    flown.run(90.0)
    assert 35.0 < flown.away(0, 0) < 90.0
    assert abs(flown.place[2] - 100.0) < 3.0  # RTL_ALTITUDE
    assert flown.vehicle.armed


def test_guided_takes_a_plane_to_a_place_and_around_it() -> None:
    flown = Flown(PLANE)
    flown.fly(flown.item(TAKEOFF, z=50.0), flown.item(WAYPOINT, 300.0, 400.0, 60.0))
    flown.run(30.0)
    goal = (flown.home[0] - 200.0, flown.home[1] + 200.0, 70.0)
    assert flown.vehicle.reposition(goal, flown.now, change_mode=True) == 0
    flown.run(90.0)
    assert 35.0 < flown.away(-200.0, 200.0) < 90.0


def test_armed_in_takeoff_it_leaves_the_ground_and_circles_ahead() -> None:
    flown = Flown(PLANE)
    flown.set("TKOFF_ALT", 40.0)
    flown.set("TKOFF_DIST", 300.0)
    assert flown.set_mode("TAKEOFF") == 0
    assert not flown.vehicle.flying
    assert flown.vehicle.arm(flown.now) == 0
    flown.until(lambda: flown.vehicle.landed is Landed.TAKEOFF, 5)
    flown.until(lambda: flown.vehicle.landed is Landed.IN_AIR)
    assert abs(flown.place[2] - 40.0) < 5.0
    flown.run(90.0)
    assert 35.0 < flown.away(0.0, 300.0) < 90.0  # it stood with its nose to the north
    assert abs(flown.place[2] - 40.0) < 3.0
    assert flown.mode == "TAKEOFF"
    assert "Takeoff to 40m for 300.0m heading 0.0 deg" in flown.texts


def test_takeoff_set_on_an_armed_plane_begins_it() -> None:
    flown = Flown(PLANE)
    assert flown.vehicle.arm(flown.now) == 0
    assert flown.set_mode("TAKEOFF") == 0
    flown.until(lambda: flown.vehicle.flying, 5)


def test_takeoff_in_flight_circles_here_no_lower_than_its_height() -> None:
    flown = Flown(PLANE)
    flown.fly(flown.item(TAKEOFF, z=30.0), flown.item(WAYPOINT, 300.0, 400.0, 30.0))
    flown.until(lambda: 1 in flown.reached)
    flown.set_mode("TAKEOFF")
    here = flown.place
    flown.run(60.0)
    assert 35.0 < flown.away(*here[:2]) < 90.0
    assert abs(flown.place[2] - 50.0) < 3.0  # TKOFF_ALT
    assert "Climbing to TKOFF alt then loitering" in flown.texts
    flown.set("TKOFF_ALT", 20.0)
    flown.set_mode("LOITER")
    flown.set_mode("TAKEOFF")
    flown.run(20.0)
    assert abs(flown.place[2] - 50.0) < 3.0
    assert "Above TKOFF alt - loitering" in flown.texts


def test_a_plane_armed_in_auto_takes_off_without_being_told_to_start() -> None:
    flown = Flown(PLANE)
    flown.load(flown.item(TAKEOFF, z=50.0), flown.item(WAYPOINT, 300.0, 400.0, 60.0))
    flown.set_mode("AUTO")
    assert flown.vehicle.arm(flown.now) == 0
    flown.until(lambda: 1 in flown.reached)


def test_without_a_take_off_in_its_mission_a_plane_stays_on_the_ground() -> None:
    flown = Flown(PLANE)
    flown.load(flown.item(WAYPOINT, 300.0, 400.0, 60.0))
    flown.set_mode("AUTO")
    assert flown.vehicle.arm(flown.now) == 0
    flown.run(6.0)
    assert not flown.vehicle.flying


def test_without_its_ground_station_a_plane_comes_home() -> None:
    flown = Flown(PLANE)
    flown.set("FS_GCS_ENABL", 1)
    flown.fly(flown.item(TAKEOFF, z=50.0), flown.item(WAYPOINT, 300.0, 400.0, 60.0))
    flown.run(20.0)
    flown.vehicle.heard_ground(255, flown.now)
    took = flown.until(lambda: flown.mode == "RTL")
    assert 4.0 <= took <= 5.1  # FS_LONG_TIMEOUT


def test_a_plane_that_leaves_its_fence_comes_home() -> None:
    flown = Flown(PLANE)
    flown.set("FENCE_TYPE", 2)
    flown.set("FENCE_RADIUS", 400.0)
    flown.set("FENCE_ENABLE", 1)
    flown.fly(flown.item(TAKEOFF, z=50.0), flown.item(WAYPOINT, 1.0, 900.0, 60.0))
    flown.until(lambda: flown.mode == "RTL")
    assert 400.0 < flown.away(0, 0) < 410.0
    flown.until(lambda: not flown.vehicle.bounds.breach)
    assert flown.texts[-1] == "Fence breach cleared"
