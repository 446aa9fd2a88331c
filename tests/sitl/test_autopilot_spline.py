"""Spline waypoints: a copter flies through them on a curve, a plane passes them over."""

from __future__ import annotations

from math import atan2, dist, hypot, pi
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.items import Item
from sitl.autopilot.modes import PLANE
from sitl.autopilot.spline import Spline
from tests.sitl.flown import TAKEOFF, WAYPOINT, Flown

CURVE = mavlink.MAV_CMD_NAV_SPLINE_WAYPOINT


def track(flown: Flown, until: int) -> Any:
    """Places (N, 3) until item number `until` was reached."""
    places = []
    while until not in flown.reached:
        flown.step()
        places.append(flown.place)
        assert len(places) < 6000
    return np.array(places)


def test_a_spline_goes_through_its_points_without_a_stop_or_a_corner() -> None:
    flown = Flown()
    flown.take_off(30.0)
    corners = [(100.0, 1.0), (100.0, 100.0), (1.0, 100.0)]
    flown.load(
        flown.item(WAYPOINT, 30.0, 1.0, 30.0),
        *(flown.item(CURVE, *corner, 30.0) for corner in corners),
        flown.item(WAYPOINT, 1.0, 1.0, 30.0),
    )
    flown.set_mode("AUTO")
    flown.until(lambda: 1 in flown.reached)
    places = track(flown, 4)
    for corner in corners:
        assert min(dist(place[:2], corner) for place in places) < 3.0
    steps = np.diff(places[:, :2], axis=0)
    speeds = np.hypot(*steps.T) / 0.05
    assert speeds[20:].min() > 3.0
    courses = np.unwrap(np.arctan2(steps[:, 0], steps[:, 1]))
    assert np.abs(np.diff(courses)).max() < 0.05  # radians in a step: a radius of 10 m at 10 m/s
    assert [text for text in flown.texts if text.startswith("Mission")][-1] == "Mission: 5 WP"
    assert "Mission: 2 SplineWP" in flown.texts


def test_the_last_spline_ends_at_rest_and_one_with_a_delay_waits() -> None:
    flown = Flown()
    flown.take_off(30.0)
    flown.load(
        flown.item(CURVE, 60.0, 1.0, 40.0, param1=4.0),
        flown.item(CURVE, 60.0, 60.0, 30.0),
    )
    flown.set_mode("AUTO")
    flown.until(lambda: flown.away(60.0, 1.0) < 2.0)
    assert abs(flown.place[2] - 40.0) < 3.0
    assert flown.until(lambda: 1 in flown.reached) > 3.5
    flown.until(lambda: flown.vehicle.run.complete)
    flown.run(5.0)
    assert flown.away(60.0, 60.0) < 2.5
    assert hypot(*flown.squadron.airframes.velocity[0]) < 0.3


def test_the_way_to_go_is_that_to_the_end_of_the_curve() -> None:
    flown = Flown()
    flown.take_off(30.0)
    flown.load(
        flown.item(CURVE, 10.0, 1.0, 30.0),
        Item(mavlink.MAV_CMD_CONDITION_DISTANCE, 0, param1=40.0),
        Item(mavlink.MAV_CMD_IMAGE_START_CAPTURE, 0),
        flown.item(CURVE, 150.0, 60.0, 30.0),
    )
    assert flown.squadron.drones[0].streams(0).set(62, 50_000, flown.time)
    flown.set_mode("AUTO")
    flown.until(lambda: flown.vehicle.payload.shots == 1)
    away = flown.away(150.0, 60.0)
    assert 38.0 < away <= 40.5
    flown.step()
    told = [m for _, m in flown.heard if m.get_type() == "NAV_CONTROLLER_OUTPUT"][-1]
    assert abs(told.wp_dist - away) < 2.0


def test_a_plane_passes_a_spline_over() -> None:
    flown = Flown(PLANE)
    flown.fly(
        flown.item(TAKEOFF, z=50.0),
        flown.item(CURVE, -900.0, 1.0, 60.0),
        flown.item(WAYPOINT, 300.0, 400.0, 60.0),
    )
    flown.until(lambda: 3 in flown.reached)
    assert flown.reached == [1, 3]


place = st.tuples(st.floats(-500, 500), st.floats(-500, 500), st.floats(5, 100))
way = st.tuples(st.floats(-900, 900), st.floats(-900, 900), st.floats(-50, 50))


@given(begin=place, end=place, enter=way, leave=way | st.just((0.0, 0.0, 0.0)))
@settings(max_examples=100, deadline=None)
def test_any_curve_ends_at_its_place_within_reach_and_slow_enough(
    begin: Any, end: Any, enter: Any, leave: Any
) -> None:
    spline = Spline(begin, end, enter, leave, cruise=10.0, climb=2.0, turning=2.0)
    assert dist(spline.points[-1], end) < 1e-6
    chord = dist(begin, end)
    assert all(dist(point, end) <= 2 * chord + 1e-6 for point in spline.points)
    assert all(0.0 <= speed <= 10.0 for speed in spline.speeds)
    assert any(leave) or spline.speeds[-1] == 0.0


def test_a_half_circle_is_flown_as_slowly_as_it_asks() -> None:
    # the Hermite curve whose tangents are 4 radii long at the ends of a half circle of 20 m
    spline = Spline(
        (0, 0, 30), (40, 0, 30), (0, 80, 0), (0, -80, 0), cruise=15.0, climb=2.5, turning=2.0
    )
    top = max(spline.points, key=lambda point: point[1])
    assert abs(top[0] - 20.0) < 2.0
    assert abs(top[1] - 20.0) < 1e-6
    slowest = min(spline.speeds)
    assert 4.0 < slowest < (2.0 * 20.0) ** 0.5
    turned = atan2(
        *(b - a for a, b in zip(spline.points[-2][:2], spline.points[-1][:2], strict=True))
    )
    assert abs(abs(turned) - pi) < 0.1
