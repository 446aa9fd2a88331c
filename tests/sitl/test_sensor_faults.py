"""Faults of sensors and boards: what a vehicle says then, and where it really goes."""

from __future__ import annotations

from math import hypot
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_metres
from tests.sitl.flown import Flown
from tests.sitl.wire import BEGIN, Station, by_type


def told_place(station: Station) -> tuple[float, float]:
    fix = by_type(station.run(0.2))["GLOBAL_POSITION_INT"][-1]
    east, north = to_metres(fix.lat / 1e7, fix.lon / 1e7)
    return float(east), float(north)


def off(station: Station) -> float:
    """Metres between where it says that it is and where it is."""
    east, north = told_place(station)
    true = station.squadron.airframes.position[0]
    return hypot(east - true[0], north - true[1])


def streaming(**more: Any) -> Station:
    station = Station(**more)
    for name in ("GLOBAL_POSITION_INT", "GPS_RAW_INT", "SYSTEM_TIME", "SYS_STATUS", "ATTITUDE"):
        assert station.ask(getattr(mavlink, f"MAVLINK_MSG_ID_{name}"), 10) == 0
    return station


def test_a_jump_is_told_at_once_and_gone_when_cleared() -> None:
    station = streaming()
    assert off(station) < 5
    station.squadron.faults.set(0, "gps_jump", east=300.0, north=-400.0)
    assert 490 < off(station) < 510
    station.squadron.faults.clear(0, "gps_jump")
    assert off(station) < 5


def test_a_drift_pulls_a_hovering_drone_away_while_it_says_that_it_stays() -> None:
    flown = Flown()
    flown.take_off()
    flown.squadron.faults.set(0, "gps_drift", east=1.0, north=0.0)
    flown.run(40.0)
    assert -42.0 < flown.place[0] < -34.0
    sight = flown.vehicle.sight
    assert hypot(sight.east - flown.home[0], sight.north - flown.home[1]) < 3.0


def test_without_a_fix_it_says_so() -> None:
    station = streaming()
    station.squadron.faults.set(0, "gps_loss")
    station.run(0.5)
    types = by_type(station.run(0.3))
    assert types["GPS_RAW_INT"][-1].fix_type == 0
    assert types["SYSTEM_TIME"][-1].time_unix_usec == 0


def test_frozen_telemetry_repeats_a_place_while_time_and_the_drone_go_on() -> None:
    station = streaming()
    station.squadron.faults.set(0, "frozen")
    told = by_type(station.run(10.0))["GLOBAL_POSITION_INT"]
    assert len({(m.lat, m.lon, m.relative_alt, m.vx) for m in told[2:]}) == 1
    assert told[-1].time_boot_ms - told[2].time_boot_ms > 9000
    assert off(station) > 30
    station.squadron.faults.clear(0, "frozen")
    assert off(station) < 5


def test_a_skewed_clock_is_told() -> None:
    station = streaming()
    station.squadron.faults.set(0, "clock", seconds=-90.0)
    newest = by_type(station.run(0.3))["SYSTEM_TIME"][-1]
    assert abs(newest.time_unix_usec - (BEGIN + station.time - 90_000_000)) < 200_000


def test_missing_volts_are_told_and_the_charge_is_not_touched() -> None:
    station = streaming()
    before = by_type(station.run(0.3))["SYS_STATUS"][-1]
    station.squadron.faults.set(0, "battery", volts=2.0)
    after = by_type(station.run(0.3))["SYS_STATUS"][-1]
    assert 1800 < before.voltage_battery - after.voltage_battery < 2200
    assert before.battery_remaining == after.battery_remaining


def test_a_compass_error_turns_the_heading_that_is_told() -> None:
    station = streaming()
    station.run(5.0)
    station.squadron.faults.set(0, "compass", degrees=30.0)
    yaw = by_type(station.run(0.2))["ATTITUDE"][-1].yaw
    true = station.squadron.airframes.attitude[0, 2]
    assert abs((yaw - true + 3.1416) % 6.2832 - 3.1416 - 0.5236) < 0.1


def test_a_watchdog_reset_forgets_the_streams_and_flies_on() -> None:
    station = streaming()
    station.squadron.reboot_in_flight(0, station.time)
    station.run(1.0)
    types = by_type(station.run(4.0))
    assert "GLOBAL_POSITION_INT" not in types
    assert types["HEARTBEAT"][-1].base_mode == 217


@pytest.mark.parametrize(
    ("number", "fault", "values", "message"),
    [
        (1, "gps_loss", {}, "no drone has number 1: there are 1"),
        (0, "gremlins", {}, "unknown fault 'gremlins': use one of gps_jump, "),
        (0, "compass", {}, "fault compass takes degrees, not none"),
        (0, "gps_loss", {"east": 1.0}, "fault gps_loss takes no values, not east"),
    ],
)
def test_a_wrong_fault_is_told(
    number: int, fault: str, values: dict[str, float], message: str
) -> None:
    faults = Station().squadron.faults
    with pytest.raises(ValueError, match=message):
        faults.set(number, fault, **values)
    assert not faults.by_number


def test_what_is_cleared_is_gone() -> None:
    faults = Station().squadron.faults
    faults.set(0, "gps_jump", east=1.0, north=2.0)
    faults.set(0, "frozen")
    faults.clear(0, "frozen")
    assert faults.by_number[0].offset == (1.0, 2.0)
    faults.clear(0)
    assert not faults.by_number
    faults.clear(0, "clock")
