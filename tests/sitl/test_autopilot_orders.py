"""Orders and what becomes of them: modes, arming, take-off, guidance, termination."""

from __future__ import annotations

from math import degrees, hypot

import pytest

from sitl.autopilot.modes import Copter, Landed
from tests.sitl.flown import PLACE, Flown

ACCEPTED, DENIED, FAILED = 0, 2, 4


def test_before_it_is_ready_a_mode_is_accepted_and_does_not_stick() -> None:
    flown = Flown(boot_scale=1.0)
    flown.run(1.0)
    assert flown.set_mode("GUIDED") == ACCEPTED
    flown.run(5.0)
    assert flown.mode == "STABILIZE"
    assert flown.vehicle.arm(flown.now) == FAILED  # it does not know where it is
    assert flown.set_mode("GUIDED") == ACCEPTED
    assert flown.mode == "GUIDED"


def test_without_a_position_guided_is_not_armed_and_stabilize_is() -> None:
    flown = Flown(boot_scale=1.0)
    flown.run(30.0)
    flown.set_mode("GUIDED")
    assert flown.vehicle.arm(flown.now) == FAILED
    flown.step()
    assert flown.texts[-1] == "Arm: Need Position Estimate"
    flown.set_mode("STABILIZE")
    assert flown.vehicle.arm(flown.now) == ACCEPTED
    assert flown.set_mode("GUIDED") == FAILED
    flown.step()
    assert flown.texts[-1] == "Mode change to GUIDED failed: requires position"


@pytest.mark.parametrize("mode", ["AUTO", "RTL", "LAND"])
def test_modes_that_fly_by_themselves_cannot_be_armed(mode: str) -> None:
    flown = Flown()
    assert flown.set_mode(mode) == ACCEPTED
    assert flown.vehicle.arm(flown.now) == FAILED
    flown.step()
    assert flown.texts[-1] == "Arm: Mode not armable"
    assert flown.vehicle.arm(flown.now, force=True) == ACCEPTED


def test_auto_is_armed_where_its_options_allow_it() -> None:
    flown = Flown()
    flown.set("AUTO_OPTIONS", 3)
    flown.set_mode("AUTO")
    assert flown.vehicle.arm(flown.now) == ACCEPTED


def test_an_unknown_mode_fails_and_is_named() -> None:
    flown = Flown()
    assert flown.vehicle.set_mode(99, flown.now) == FAILED
    flown.step()
    assert flown.texts[-1] == "No such mode 99"


def test_armed_and_idle_it_disarms_itself_after_ten_seconds() -> None:
    flown = Flown()
    flown.set_mode("GUIDED")
    flown.vehicle.arm(flown.now)
    took = flown.until(lambda: not flown.vehicle.armed)
    assert 9.9 < took < 10.5


def test_take_off_wants_guided_armed_and_the_ground() -> None:
    flown = Flown()
    assert flown.vehicle.take_off(30.0, flown.now) == FAILED
    flown.set_mode("GUIDED")
    assert flown.vehicle.take_off(30.0, flown.now) == FAILED
    flown.vehicle.arm(flown.now)
    assert flown.vehicle.take_off(-1.0, flown.now) == FAILED
    assert flown.vehicle.take_off(30.0, flown.now) == ACCEPTED
    spun_up = flown.until(lambda: flown.vehicle.flying)
    assert 2.9 < spun_up < 3.2
    flown.until(lambda: flown.vehicle.landed is Landed.IN_AIR)
    assert flown.vehicle.take_off(50.0, flown.now) == FAILED
    flown.run(5.0)
    assert abs(flown.place[2] - 30.0) < 0.5
    assert flown.away(0, 0) < 1.0


def test_in_flight_disarming_and_rebooting_fail_and_arming_is_accepted() -> None:
    flown = Flown()
    flown.take_off()
    assert flown.vehicle.disarm(flown.now) == FAILED
    assert flown.vehicle.reboot(flown.now) == FAILED
    assert flown.vehicle.arm(flown.now) == ACCEPTED
    assert flown.vehicle.flying


def test_flight_termination_drops_it() -> None:
    flown = Flown()
    flown.take_off(60.0)
    assert flown.vehicle.terminate(flown.now) == ACCEPTED
    assert not flown.vehicle.armed
    took = flown.until(lambda: flown.place[2] == 0.0)
    assert 3.0 < took < 6.0  # 60 m of free fall take 3.5 s


def test_a_place_is_flown_to_and_only_in_guided() -> None:
    flown = Flown()
    flown.take_off()
    goal = (flown.home[0] + 80.0, flown.home[1] - 60.0, 40.0)
    flown.set_mode("LOITER")
    assert flown.vehicle.reposition(goal, flown.now, change_mode=False) == DENIED
    assert flown.vehicle.reposition(goal, flown.now, change_mode=True) == ACCEPTED
    assert flown.mode == "GUIDED"
    flown.run(30.0)
    assert flown.away(80.0, -60.0) < 1.0
    assert abs(flown.place[2] - 40.0) < 0.5


def test_a_velocity_is_flown_for_three_seconds_and_then_it_stops() -> None:
    flown = Flown()
    flown.take_off()
    assert flown.vehicle.guide_velocity((5.0, 0.0, 0.0), flown.now)
    flown.run(2.5)
    east, north, _ = flown.squadron.airframes.velocity[0]
    assert abs(east - 5.0) < 0.7
    assert abs(north) < 0.3
    flown.run(8.0)
    assert hypot(*flown.squadron.airframes.velocity[0]) < 0.3
    assert 8.0 < flown.place[0] < 30.0


def test_loiter_stops_without_turning_back() -> None:
    flown = Flown()
    flown.take_off()
    flown.vehicle.guide((flown.home[0] + 500.0, flown.home[1], 30.0))
    flown.run(12.0)
    flown.set_mode("LOITER")
    furthest = 0.0
    for _ in range(300):
        flown.step()
        furthest = max(furthest, flown.place[0])
    assert furthest - flown.place[0] < 2.0
    assert hypot(*flown.squadron.airframes.velocity[0]) < 0.3


def test_coming_home_it_climbs_first_waits_above_home_and_lands_slowly() -> None:
    flown = Flown()
    flown.take_off(10.0)
    flown.vehicle.guide((flown.home[0] + 60.0, flown.home[1] + 20.0, 8.0))
    flown.run(20.0)
    flown.set_mode("RTL")
    flown.run(2.0)
    assert flown.away(60.0, 20.0) < 3.0  # it climbs on the spot
    flown.until(lambda: flown.away(0, 0) < 1.0)
    assert abs(flown.place[2] - 15.0) < 1.5
    waited = flown.until(lambda: flown.vehicle.landed is Landed.LANDING)
    assert waited > 4.5
    flown.until(lambda: flown.place[2] < 8.0)
    slow = flown.until(lambda: flown.place[2] < 4.0)
    assert abs(slow - 8.0) < 1.0  # LAND_SPEED is half a metre a second
    flown.until(lambda: not flown.vehicle.armed)
    assert flown.away(0, 0) < 1.0
    assert flown.texts[-1] == "Disarming motors"


def test_near_home_it_does_not_climb_to_the_full_return_height() -> None:
    flown = Flown()
    flown.take_off(3.0)
    flown.set_mode("RTL")
    highest = 0.0
    while flown.vehicle.armed:
        flown.step()
        highest = max(highest, flown.place[2])
    assert highest < 5.0


def test_its_nose_turns_to_where_it_is_told() -> None:
    flown = Flown()
    flown.take_off()
    flown.vehicle.turn(120.0)
    flown.run(8.0)
    assert abs(degrees(flown.squadron.airframes.attitude[0, 2]) - 120.0) < 3.0


def test_home_is_where_it_was_armed() -> None:
    flown = Flown()
    assert flown.vehicle.home is not None
    assert abs(flown.vehicle.home.latitude - PLACE.latitude) < 1e-7
    assert flown.vehicle.set_home((flown.home[0] + 30.0, flown.home[1])) == ACCEPTED
    flown.take_off()
    assert abs(flown.vehicle.home.longitude - PLACE.longitude) < 1e-6  # arming set it again
    assert [m.get_type() for _, m in flown.heard].count("HOME_POSITION") >= 2


def test_a_reboot_on_the_ground_begins_again() -> None:
    flown = Flown()
    flown.set_mode("GUIDED")
    booted = flown.vehicle.booted_at
    assert flown.vehicle.reboot(flown.now) == ACCEPTED
    assert flown.vehicle.booted_at > booted
    assert flown.vehicle.mode == Copter.STABILIZE
    assert flown.vehicle.home is None


def test_a_watchdog_reset_in_flight_keeps_it_flying() -> None:
    flown = Flown()
    flown.take_off()
    booted = flown.vehicle.booted_at
    flown.squadron.reboot_in_flight(0, flown.time)
    flown.run(5.0)
    assert flown.vehicle.booted_at > booted
    assert flown.vehicle.armed
    assert abs(flown.place[2] - 30.0) < 1.0
    assert any(text.startswith("WDG") for text in flown.texts)
