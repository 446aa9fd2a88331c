"""What a vehicle makes of wind, climbs, its battery and its receiver: the physics as it is told."""

from __future__ import annotations

from math import hypot

import numpy as np

from fleet.peshawar import to_metres
from sitl.autopilot.modes import PLANE
from tests.sitl.flown import TAKEOFF, WAYPOINT, Flown

VFR_HUD, SYS_STATUS, GPS_RAW_INT = 74, 1, 24


def stream(flown: Flown, message: int) -> None:
    assert flown.squadron.drones[0].streams(0).set(message, 100_000, flown.time)


def test_hovering_in_wind_it_holds_its_place_and_tells_its_airspeed() -> None:
    flown = Flown()
    stream(flown, VFR_HUD)
    flown.take_off()
    flown.squadron.wind = np.array([6.0, -6.0])
    flown.run(20.0)
    assert flown.away(0, 0) < 1.5
    hud = [m for _, m in flown.heard if m.get_type() == "VFR_HUD"][-1]
    assert abs(hud.airspeed - hypot(6.0, 6.0)) < 0.5
    assert hud.groundspeed < 0.5


def test_a_plane_crosses_the_ground_faster_with_the_wind_than_against_it() -> None:
    flown = Flown(PLANE)
    flown.fly(
        flown.item(TAKEOFF, z=50.0),
        flown.item(WAYPOINT, 1.0, 1200.0, 50.0),
        flown.item(WAYPOINT, 1.0, 200.0, 50.0),
    )
    flown.until(lambda: 1 in flown.reached)
    flown.squadron.wind = np.array([0.0, 5.0])
    flown.run(15.0)
    with_it = float(flown.squadron.airframes.velocity[0, 1])
    flown.until(lambda: 2 in flown.reached)
    flown.run(25.0)
    against_it = float(flown.squadron.airframes.velocity[0, 1])
    assert abs(with_it - 20.0) < 1.0  # AIRSPEED_CRUISE and the wind
    assert abs(against_it + 10.0) < 1.0


def test_it_climbs_and_descends_as_fast_as_its_parameters_say_and_no_faster() -> None:
    flown = Flown()
    flown.set("WPNAV_SPEED_UP", 400)
    flown.set("WPNAV_SPEED_DN", 100)
    flown.take_off(20.0)
    for height, wanted in ((80.0, 4.0), (50.0, -1.0)):
        flown.vehicle.guide((*flown.home, height))
        flown.run(8.0)
        assert abs(flown.squadron.airframes.velocity[0, 2] - wanted) < 0.1
        flown.run(40.0)
        assert abs(flown.place[2] - height) < 0.3


def test_the_voltage_that_is_told_sags_under_load_and_comes_back_on_the_ground() -> None:
    flown = Flown()
    stream(flown, SYS_STATUS)
    flown.run(1.0)
    flown.take_off()
    flown.run(10.0)
    flown.set_mode("LAND")
    flown.until(lambda: not flown.vehicle.armed)
    flown.run(1.0)
    told = [m for _, m in flown.heard if m.get_type() == "SYS_STATUS"]
    before, after = told[0], told[-1]
    hovering = min(told, key=lambda m: m.voltage_battery)
    assert before.current_battery < 100 < 1000 < hovering.current_battery
    sag = (hovering.current_battery - before.current_battery) / 100 * 0.03  # inner resistance
    assert before.voltage_battery - hovering.voltage_battery >= sag * 1000 * 0.95
    assert hovering.voltage_battery < after.voltage_battery < before.voltage_battery
    assert before.battery_remaining >= after.battery_remaining


def test_the_receivers_error_wanders_slowly_about_the_true_place() -> None:
    flown = Flown()
    stream(flown, GPS_RAW_INT)
    flown.heard.clear()
    flown.run(600.0)
    fixes = [m for _, m in flown.heard if m.get_type() == "GPS_RAW_INT"]
    east, north = to_metres(
        np.array([m.lat for m in fixes]) / 1e7, np.array([m.lon for m in fixes]) / 1e7
    )
    errors = np.stack([east - flown.home[0], north - flown.home[1]])
    up = np.array([m.alt for m in fixes]) / 1e3
    assert np.all(np.abs(errors.mean(axis=1)) < 0.8)
    assert np.all((errors.std(axis=1) > 0.4) & (errors.std(axis=1) < 1.2))
    assert 0.7 < up.std() < 2.3
    assert np.abs(np.diff(errors)).max() < 0.4  # in a tenth of a second
