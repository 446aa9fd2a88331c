"""What an autopilot does by itself: battery, ground station, position, fence."""

from __future__ import annotations

import pytest

from sitl.autopilot.failsafes import Level
from sitl.autopilot.items import Item
from tests.sitl.flown import RTL, TAKEOFF, WAYPOINT, Flown

FAILED = 4


def drop_battery(flown: Flown, volts: float) -> None:
    """Let the voltage at the terminals be about `volts`."""
    missing = float(flown.squadron.batteries.voltage[0]) - volts
    flown.squadron.faults.set(0, "battery", volts=missing)


def square(flown: Flown, half: float) -> list[Item]:
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    return [flown.item(5001, east, north, param1=4) for east, north in corners]


def test_a_low_voltage_brings_it_home_after_the_timer_a_critical_one_lands_it() -> None:
    flown = Flown()
    flown.take_off(40.0)
    flown.vehicle.guide((flown.home[0] + 300.0, flown.home[1], 40.0))
    flown.run(10.0)
    drop_battery(flown, 20.0)
    took = flown.until(lambda: flown.mode == "RTL")
    assert 9.8 < took < 10.6  # BATT_LOW_TIMER
    assert flown.vehicle.failing
    drop_battery(flown, 18.5)
    took = flown.until(lambda: flown.mode == "LAND")
    assert 9.8 < took < 10.6
    flown.until(lambda: not flown.vehicle.armed)
    assert flown.place[2] == 0.0
    flown.step()
    texts = [text for text in flown.texts if "Battery" in text]
    assert texts[0].startswith(("Battery 1 is low 19.9", "Battery 1 is low 20.0"))
    assert texts[1] == "Battery Failsafe"
    assert texts[2].startswith("Battery 1 is critical 18.")
    flown.set_mode("GUIDED")
    assert flown.vehicle.arm(flown.now) == FAILED
    flown.step()
    assert flown.texts[-2:] == [
        "Arm: Battery 1 below minimum arming voltage",
        "Arm: Battery failsafe",
    ]


def test_a_short_sag_is_not_a_low_battery() -> None:
    flown = Flown()
    flown.take_off()
    drop_battery(flown, 20.0)
    flown.run(8.0)
    flown.squadron.faults.clear(0, "battery")
    flown.run(15.0)
    assert flown.vehicle.battery.level is Level.OK
    assert flown.mode == "GUIDED"


def test_what_is_left_of_the_charge_counts_at_once() -> None:
    flown = Flown()
    flown.take_off()
    flown.squadron.batteries.charge[0] = 0.249  # BATT_LOW_MAH is a quarter
    assert flown.until(lambda: flown.mode == "RTL") < 0.5
    flown.squadron.batteries.charge[0] = 0.099
    assert flown.until(lambda: flown.mode == "LAND") < 0.5


def test_without_the_ground_station_it_comes_home_after_four_to_five_seconds() -> None:
    flown = Flown()
    flown.set("FS_GCS_ENABLE", 1)
    flown.take_off(40.0)
    for _ in range(5):
        flown.vehicle.heard_ground(255, flown.now)
        flown.run(1.0)
    flown.vehicle.heard_ground(254, flown.now)  # another's heartbeat does not count
    took = flown.until(lambda: flown.mode == "RTL") + 1.0
    assert 4.0 <= took <= 5.1
    flown.vehicle.heard_ground(255, flown.now)
    flown.run(1.0)
    assert flown.mode == "RTL"  # its coming back restores nothing
    assert [text for text in flown.texts if "GCS" in text] == [
        "GCS Failsafe",
        "GCS Failsafe Cleared",
    ]


def test_a_ground_station_that_never_spoke_is_not_missed() -> None:
    flown = Flown()
    flown.set("FS_GCS_ENABLE", 1)
    flown.take_off()
    flown.run(10.0)
    assert flown.mode == "GUIDED"


@pytest.mark.parametrize(("action", "mode"), [(0, "GUIDED"), (1, "RTL"), (5, "LAND")])
def test_what_it_does_without_the_ground_station_is_the_parameters(action: int, mode: str) -> None:
    flown = Flown()
    flown.set("FS_GCS_ENABLE", action)
    flown.take_off()
    flown.vehicle.heard_ground(255, flown.now)
    flown.run(6.0)
    assert flown.mode == mode


@pytest.mark.parametrize(("action", "mode"), [(0, "GUIDED"), (1, "LAND"), (2, "RTL")])
@pytest.mark.parametrize(("level", "charge"), [("LOW", 0.24), ("CRT", 0.09)])
def test_what_it_does_on_a_poor_battery_is_the_parameters(
    level: str, charge: float, action: int, mode: str
) -> None:
    flown = Flown()
    flown.set("BATT_FS_LOW_ACT", 0)
    flown.set(f"BATT_FS_{level}_ACT", action)
    flown.take_off()
    flown.squadron.batteries.charge[0] = charge
    flown.run(1.0)
    assert flown.mode == mode


def test_without_gps_a_mode_that_needs_no_position_is_kept() -> None:
    flown = Flown()
    flown.take_off()
    flown.set_mode("ALT_HOLD")
    flown.squadron.faults.set(0, "gps_loss")
    flown.run(12.0)
    assert not flown.knows_its_place()
    assert flown.mode == "ALT_HOLD"


def test_without_gps_it_cannot_come_home_and_lands_instead() -> None:
    flown = Flown()
    flown.set("FS_EKF_ACTION", 0)
    flown.take_off()
    flown.squadron.faults.set(0, "gps_loss")
    flown.run(10.0)
    assert flown.mode == "GUIDED"
    flown.squadron.batteries.charge[0] = 0.24  # the action of which is to come home
    flown.run(1.0)
    assert flown.mode == "LAND"


def test_without_gps_it_lands_after_eight_seconds() -> None:
    flown = Flown()
    flown.take_off()
    flown.squadron.faults.set(0, "gps_loss")
    took = flown.until(lambda: flown.mode == "LAND")
    assert 7.8 < took < 8.6
    assert not flown.knows_its_place()
    assert flown.set_mode("GUIDED") == FAILED
    flown.squadron.faults.clear(0, "gps_loss")
    flown.run(4.0)
    assert flown.knows_its_place()
    assert flown.mode == "LAND"


def test_low_and_on_the_ground_it_stops_its_motors() -> None:
    flown = Flown()
    flown.set_mode("GUIDED")
    flown.vehicle.arm(flown.now)
    flown.squadron.batteries.charge[0] = 0.2
    flown.run(0.5)
    assert not flown.vehicle.armed


def test_leaving_the_polygon_brings_it_home_and_a_mode_set_then_is_flown() -> None:
    flown = Flown()
    flown.vehicle.fence.replace(square(flown, 60.0))
    flown.set("FENCE_TYPE", 4)
    flown.set("FENCE_ENABLE", 1)
    flown.fly(
        flown.item(TAKEOFF, z=30.0),
        flown.item(WAYPOINT, east=200.0, north=1.0, z=30.0),
        flown.item(RTL),
    )
    flown.until(lambda: flown.mode == "RTL")
    assert 60.0 < flown.place[0] < 66.0
    assert flown.vehicle.bounds.breach
    assert flown.set_mode("AUTO") == 0
    flown.run(8.0)
    assert flown.mode == "AUTO"
    assert flown.place[0] > 70.0
    flown.set_mode("RTL")
    flown.until(lambda: not flown.vehicle.bounds.breach)
    assert flown.vehicle.bounds.count == 1
    fence = [text for text in flown.texts if "ence" in text]
    assert fence == ["Polygon fence breached", "Fence breach cleared"]


def test_flown_on_beyond_its_radius_it_comes_home_once_more() -> None:
    flown = Flown()
    flown.set("FENCE_TYPE", 2)
    flown.set("FENCE_RADIUS", 60.0)
    flown.set("FENCE_ENABLE", 1)
    flown.set("WPNAV_SPEED", 500)
    flown.fly(flown.item(TAKEOFF, z=30.0), flown.item(WAYPOINT, 400.0, 1.0, 30.0))
    flown.until(lambda: flown.mode == "RTL")
    first = flown.place[0]
    assert flown.set_mode("AUTO") == 0
    took = flown.until(lambda: flown.mode == "RTL")
    assert took > 10.0  # meanwhile whoever set the mode decides
    assert flown.place[0] > first + 20.0
    flown.step()
    assert flown.vehicle.bounds.count == 2
    assert flown.texts.count("Circle fence breached") == 2


def test_hovering_beyond_its_fence_it_is_not_called_home_again() -> None:
    flown = Flown()
    flown.set("FENCE_TYPE", 1)
    flown.set("FENCE_ALT_MAX", 35.0)
    flown.take_off()
    flown.vehicle.guide((*flown.home, 45.0))
    flown.set("FENCE_ENABLE", 1)
    flown.until(lambda: flown.mode == "RTL")
    flown.set_mode("LOITER")
    flown.run(30.0)
    assert flown.mode == "LOITER"
    assert flown.vehicle.bounds.count == 1


@pytest.mark.parametrize(
    ("action", "mode"), [(0, "GUIDED"), (1, "RTL"), (2, "LAND"), (3, "RTL"), (4, "BRAKE")]
)
def test_the_action_of_a_breach_is_the_parameters(action: int, mode: str) -> None:
    flown = Flown()
    flown.set("FENCE_TYPE", 1)
    flown.set("FENCE_ALT_MAX", 35.0)
    flown.set("FENCE_ACTION", action)
    flown.take_off()
    flown.vehicle.guide((*flown.home, 60.0))  # the fence is off
    flown.set("FENCE_ENABLE", 1)
    flown.until(lambda: bool(flown.vehicle.bounds.breach))
    flown.run(0.5)
    assert flown.mode == mode
    assert "Max Alt fence breached" in flown.texts


def test_radius_circles_and_exclusions_are_fences() -> None:
    flown = Flown()
    outside = flown.vehicle.outside
    home = flown.home
    flown.set("FENCE_TYPE", 2)
    assert not outside(home[0] + 149.0, home[1], 10.0)
    assert outside(home[0] + 151.0, home[1], 10.0)
    flown.set("FENCE_TYPE", 4)
    flown.vehicle.fence.replace(
        [
            flown.item(5003, east=1.0, param1=100.0),
            *(Item(5002, 0, param1=3, x=item.x, y=item.y) for item in square(flown, 20.0)[:3]),
            flown.item(5004, east=50.0, param1=10.0),
        ]
    )
    assert not outside(home[0] - 50.0, home[1], 10.0)
    assert outside(home[0] - 110.0, home[1], 10.0)
    assert outside(home[0] + 5.0, home[1] - 10.0, 10.0)
    assert outside(home[0] + 52.0, home[1], 10.0)
    flown.set("FENCE_TYPE", 8)
    assert outside(*home, -11.0)


def test_outside_an_enabled_fence_it_is_not_armed_without_a_polygon_it_is() -> None:
    flown = Flown()
    flown.set("FENCE_ENABLE", 1)
    flown.set_mode("GUIDED")
    assert flown.vehicle.arm(flown.now) == 0
    flown.vehicle.disarm(flown.now)
    away = [flown.item(5001, 500 + e, n, param1=3) for e, n in ((1, 1), (50, 1), (1, 50))]
    flown.vehicle.fence.replace(away)
    assert flown.vehicle.arm(flown.now) == FAILED
    flown.step()
    assert flown.texts[-1] == "Arm: Vehicle breaching Polygon fence"


def test_a_place_outside_the_fence_is_refused() -> None:
    flown = Flown()
    flown.vehicle.fence.replace(square(flown, 60.0))
    flown.set("FENCE_ENABLE", 1)
    flown.take_off()
    far = (flown.home[0] + 100.0, flown.home[1], 30.0)
    assert flown.vehicle.reposition(far, flown.now, change_mode=True) == FAILED
    assert not flown.vehicle.guide(far)
    assert not flown.vehicle.guide((*flown.home, 150.0))  # FENCE_ALT_MAX
    flown.run(5.0)
    assert flown.away(0, 0) < 1.0


def test_the_breach_is_remembered_after_the_fence_is_switched_off() -> None:
    flown = Flown()
    flown.set("FENCE_TYPE", 1)
    flown.set("FENCE_ALT_MAX", 20.0)
    flown.set("FENCE_ACTION", 0)
    flown.take_off()
    flown.set("FENCE_ENABLE", 1)
    flown.run(1.0)
    flown.set("FENCE_ENABLE", 0)
    flown.run(2.0)
    assert flown.vehicle.bounds.breach


def test_a_compass_that_is_off_is_told_and_not_armed_with() -> None:
    flown = Flown()
    flown.squadron.faults.set(0, "compass", degrees=60.0)
    flown.run(3.0)
    assert "PreArm: Compasses inconsistent" in flown.texts
    assert not flown.vehicle.healthy
    flown.set_mode("GUIDED")
    assert flown.vehicle.arm(flown.now) == FAILED
