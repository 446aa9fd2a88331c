"""The life of a simulated drone, from power-on to the next battery, in simulated time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from math import hypot
from typing import Any

import numpy as np
import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_metres
from sitl.autopilot.life import Phase
from sitl.autopilot.modes import Copter
from sitl.sectors import HEIGHTS, patrol
from sitl.settings import SimulationSettings
from sitl.squadron import Squadron
from tests.sitl.wire import Station, by_type

STREAMS = {"GLOBAL_POSITION_INT": 33, "EXTENDED_SYS_STATE": 245, "EKF_STATUS_REPORT": 193}
STREAMS |= {"SYS_STATUS": 1, "SYSTEM_TIME": 2, "GPS_RAW_INT": 24, "BATTERY_STATUS": 147}


def ask_for_all(station: Station) -> None:
    for identifier in STREAMS.values():
        assert station.ask(identifier, 5) == 0


def flies_elsewhere(station: Station, leg: int) -> bool:
    return station.life.leg != leg


def changes(values: Iterable[Any]) -> list[Any]:
    """Values in their order, runs of the same one once."""
    return [value for value, _ in groupby(values)]


def test_it_boots_in_the_order_of_a_real_one() -> None:
    station = Station(airborne=0.0, boot_scale=1.0)
    station.until(lambda: station.life.phase is Phase.BOOTING)
    booted = station.seconds
    ask_for_all(station)
    messages = station.run_timed(60)
    types = by_type(message for _, message in messages)

    beats = [(m.base_mode, m.system_status) for m in types["HEARTBEAT"]]
    assert changes(beats)[:2] == [(89, 1), (81, 3)]

    def first(name: str, condition: Callable[[Any], bool]) -> float:
        return next(at - booted for at, m in messages if m.get_type() == name and condition(m))

    assert 2.3 < first("GLOBAL_POSITION_INT", lambda m: True) < 3.0
    assert 9.9 < first("GLOBAL_POSITION_INT", lambda m: (m.lat, m.lon) != (0, 0)) < 10.4
    assert 9.9 < first("GPS_RAW_INT", lambda m: m.fix_type == 3) < 10.4
    assert 9.9 < first("SYSTEM_TIME", lambda m: m.time_unix_usec > 0) < 10.4
    assert 19.9 < first("HOME_POSITION", lambda m: True) < 20.4
    prearm = mavlink.MAV_SYS_STATUS_PREARM_CHECK
    assert (
        23.5 < first("SYS_STATUS", lambda m: bool(m.onboard_control_sensors_health & prearm)) < 24.0
    )
    assert changes(m.flags for m in types["EKF_STATUS_REPORT"])[:3] == [1024, 167, 831]
    assert 41.9 < first("EKF_STATUS_REPORT", lambda m: m.flags == 831) < 42.3
    armed = first("HEARTBEAT", lambda m: bool(m.base_mode & 128))
    assert armed > 42
    texts = [m.text for m in types["STATUSTEXT"]]
    assert texts.index("ArduPilot Ready") < texts.index("EKF3 IMU0 is using GPS")
    assert texts.index("EKF3 IMU0 is using GPS") < texts.index("Arming motors")


def test_a_whole_life_take_off_patrol_return_land_and_again() -> None:
    station = Station(airborne=0.0)
    station.until(lambda: station.life.phase is Phase.BOOTING)
    ask_for_all(station)
    station.until(lambda: station.life.phase is Phase.FLIGHT, 120)
    heights = station.squadron.airframes.position
    assert abs(heights[0, 2] - station.life.patrol.height) < 2

    station.run(300)
    station.squadron.batteries.charge[0] = 0.251
    station.until(lambda: station.autopilot.mode == Copter.RTL, 60)
    station.until(lambda: station.life.phase is Phase.LANDED, 600)
    station.run(1.0)
    home = station.life.patrol.home
    assert hypot(heights[0, 0] - home[0], heights[0, 1] - home[1]) < 1.5
    assert heights[0, 2] == 0.0

    types = by_type(message for _, message in station.heard)
    beats = changes((m.base_mode, m.custom_mode, m.system_status) for m in types["HEARTBEAT"])
    life = [beat for beat in beats if beat != (89, 0, 1)]
    assert life[:7] == [
        (81, 0, 3),  # standing by in STABILIZE
        (217, 4, 3),  # armed in GUIDED, on the ground
        (217, 4, 4),  # taking off
        (217, 3, 4),  # AUTO
        (217, 6, 4),  # RTL: called home
        (217, 6, 5),  # battery failsafe
        (81, 6, 5),  # disarmed, the failsafe is still told
    ]
    assert changes(m.landed_state for m in types["EXTENDED_SYS_STATE"]) == [1, 3, 2, 4, 1]
    assert any(m.text.startswith("Battery 1 is low ") for m in types["STATUSTEXT"])
    assert {1, 2} <= {m.charge_state for m in types["BATTERY_STATUS"]}

    before = len(station.heard)
    station.until(lambda: station.life.phase is Phase.FLIGHT, 200)
    station.run(2.0)
    again = by_type(message for _, message in station.heard[before:])
    quiet = [m.get_type() for _, m in station.heard[before:] if m.get_type() in STREAMS]
    assert station.squadron.batteries.charge[0] > 0.95
    assert (217, 3, 4) in [
        (m.base_mode, m.custom_mode, m.system_status) for m in again["HEARTBEAT"]
    ]
    assert quiet
    rebooted = next(
        at for at, m in station.heard[before:] if getattr(m, "text", "") == "ArduPilot Ready"
    )
    assert not [m for at, m in station.heard[before:] if at > rebooted and m.get_type() in STREAMS]


def test_after_the_battery_is_changed_boot_time_begins_again() -> None:
    station = Station()
    station.ask(33, 5)
    last = by_type(station.run(5))["GLOBAL_POSITION_INT"][-1].time_boot_ms
    station.life.power_on_after(2.0, station.seconds)
    assert station.run(1.9) == []
    station.run(0.3)
    station.ask(33, 5)
    first = by_type(station.run(1))["GLOBAL_POSITION_INT"][0].time_boot_ms
    assert first < 1500 < last


def test_on_patrol_it_flies_its_route_round_and_round_at_its_height() -> None:
    station = Station()
    plan = station.life.patrol
    legs = []
    for _ in range(3):
        leg = station.life.leg
        legs.append(leg)
        station.until(partial(flies_elsewhere, station, leg), 400)
        east, north, up = station.squadron.airframes.position[0]
        reached = plan.route[leg]
        assert hypot(reached[0] - east, reached[1] - north) < 32
        assert abs(up - plan.height) < 1.5
        assert station.life.leg == (leg + 1) % len(plan.route)
    assert len(set(legs)) == 3


def test_most_are_in_flight_at_the_start_and_the_rest_follow_within_a_minute() -> None:
    squadron = Squadron(SimulationSettings(drones=24, airborne=0.7, seed=3))
    phases = [life.phase for life in squadron.lives.values()]
    assert phases.count(Phase.FLIGHT) == 17
    assert phases.count(Phase.OFF) == 7
    for step in range(1, 75 * 20):
        squadron.step(step * 50_000, step * 50_000, 0.05)
    assert all(vehicle.flying for vehicle in squadron.autopilots)


@pytest.mark.parametrize(("airborne", "count"), [(0.0, 0), (0.5, 12), (1.0, 24)])
def test_the_part_in_flight_is_the_one_that_was_asked_for(airborne: float, count: int) -> None:
    squadron = Squadron(SimulationSettings(drones=24, airborne=airborne))
    assert sum(vehicle.flying for vehicle in squadron.autopilots) == count


def test_batteries_do_not_run_low_together() -> None:
    squadron = Squadron(SimulationSettings(drones=24, airborne=1.0))
    charges = sorted(squadron.batteries.charge)
    assert charges[0] < 0.6
    assert charges[-1] > 0.8


def test_patrols_lie_over_the_city_and_not_over_the_runway() -> None:
    runway = [to_metres(34.0057, 71.5114), to_metres(33.9822, 71.5166)]
    for number in range(48):
        plan = patrol(number, np.random.default_rng(number))
        assert HEIGHTS[0] <= plan.height <= HEIGHTS[1]
        assert 8 <= plan.speed <= 14
        for east, north in [*plan.route, plan.home]:
            assert hypot(east, north) < 15_000
            for end in runway:
                assert hypot(east - end[0], north - end[1]) > 1_000
