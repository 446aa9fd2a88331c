"""Coming home: to which place, how high, and what the height fence makes of it."""

from __future__ import annotations

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.items import Item
from sitl.autopilot.modes import PLANE
from tests.sitl.flown import RTL, TAKEOFF, WAYPOINT, Flown

RALLY = mavlink.MAV_CMD_NAV_RALLY_POINT


def away_at(east: float, north: float = 1.0, height: float = 20.0) -> Flown:
    """A copter in GUIDED so far from home."""
    flown = Flown()
    flown.take_off(height)
    assert flown.vehicle.guide((flown.home[0] + east, flown.home[1] + north, height))
    flown.until(lambda: flown.away(east, north) < 1.0)
    return flown


def lands_at(flown: Flown) -> tuple[float, float]:
    flown.set_mode("RTL")
    flown.until(lambda: not flown.vehicle.armed)
    return flown.place[:2]


def test_it_comes_back_to_the_nearest_rally_point_and_lands_there() -> None:
    flown = away_at(100.0)
    flown.vehicle.rally.replace(
        [flown.item(RALLY, 70.0, 60.0, 10.0), flown.item(RALLY, 80.0, 20.0, 10.0)]
    )
    east, north = lands_at(flown)
    assert abs(east - 80.0) < 1.0
    assert abs(north - 20.0) < 1.0


def test_home_is_a_rally_point_where_it_is_included() -> None:
    flown = away_at(40.0)
    flown.vehicle.rally.replace([flown.item(RALLY, 100.0, 1.0, 10.0)])
    flown.set_mode("RTL")
    flown.until(lambda: flown.away(0, 0) < 2.0)
    flown.set("RALLY_INCL_HOME", 0)
    flown.set_mode("LOITER")
    flown.set_mode("RTL")
    flown.until(lambda: flown.away(100.0, 1.0) < 2.0)


def test_a_rally_point_beyond_the_limit_is_not_flown_to() -> None:
    flown = away_at(100.0)
    flown.vehicle.rally.replace([flown.item(RALLY, 140.0, 1.0, 10.0)])
    flown.set("RALLY_LIMIT_KM", 0.03)
    flown.set_mode("RTL")
    flown.run(5.0)
    assert flown.vehicle.aim.east == pytest.approx(flown.home[0])
    flown.set("RALLY_LIMIT_KM", 0.0)  # no limit
    flown.set_mode("LOITER")
    flown.set_mode("RTL")
    flown.until(lambda: flown.away(140.0, 1.0) < 2.0)


def test_a_rally_point_outside_the_fence_is_not_flown_to() -> None:
    flown = away_at(100.0)
    flown.vehicle.rally.replace([flown.item(RALLY, 120.0, 1.0, 10.0)])
    flown.set("FENCE_RADIUS", 110.0)
    flown.set("FENCE_ENABLE", 1)
    flown.set_mode("RTL")
    flown.until(lambda: flown.away(0, 0) < 2.0)


def test_the_return_of_a_mission_goes_to_a_rally_point_too() -> None:
    flown = Flown()
    flown.vehicle.rally.replace([flown.item(RALLY, 90.0, 1.0, 10.0)])
    flown.fly(flown.item(TAKEOFF, z=20.0), flown.item(WAYPOINT, 100.0, 1.0, 20.0), flown.item(RTL))
    flown.until(lambda: not flown.vehicle.armed)
    assert flown.away(90.0, 1.0) < 1.0


def test_the_height_of_a_rally_point_is_that_of_the_way_there() -> None:
    flown = away_at(100.0)
    below_sea = flown.vehicle.place.altitude
    flown.vehicle.rally.replace(
        [
            Item(
                RALLY,
                0,
                x=flown.item(RALLY, 60.0, 1.0).x,
                y=flown.item(RALLY, 60.0, 1.0).y,
                z=below_sea + 35.0,
            )
        ]
    )
    flown.set_mode("RTL")
    flown.until(lambda: flown.away(60.0, 1.0) < 1.0)
    assert abs(flown.place[2] - 35.0) < 1.5


def test_on_its_way_home_it_keeps_the_margin_under_the_height_fence() -> None:
    flown = away_at(100.0)
    flown.set("RTL_ALT", 6000)
    flown.set("FENCE_ALT_MAX", 40.0)
    flown.set("FENCE_MARGIN", 5.0)
    flown.set("FENCE_ENABLE", 1)
    flown.set_mode("RTL")
    highest = 0.0
    while flown.away(0, 0) > 1.0:
        flown.step()
        highest = max(highest, flown.place[2])
    assert 34.0 < highest < 35.5
    assert not flown.vehicle.bounds.count


def test_it_does_not_descend_to_keep_the_margin() -> None:
    flown = away_at(100.0, height=38.0)
    flown.set("FENCE_ALT_MAX", 40.0)
    flown.set("FENCE_MARGIN", 5.0)
    flown.set("FENCE_ENABLE", 1)
    flown.set_mode("RTL")
    flown.until(lambda: flown.away(0, 0) < 2.0)
    assert abs(flown.place[2] - 38.0) < 1.0


def test_a_plane_circles_over_its_rally_point_at_that_points_height() -> None:
    flown = Flown(PLANE)
    flown.vehicle.rally.replace([flown.item(RALLY, 200.0, 500.0, 70.0)])
    flown.fly(flown.item(TAKEOFF, z=50.0), flown.item(WAYPOINT, 300.0, 400.0, 60.0))
    flown.run(30.0)
    flown.set_mode("RTL")
    flown.run(70.0)
    assert 35.0 < flown.away(200.0, 500.0) < 90.0
    assert abs(flown.place[2] - 70.0) < 3.0
