"""The vehicle counts how long it ran and flew, and writes it into its parameters."""

from __future__ import annotations

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.squadron import Berth
from tests.recordings import vehicle_messages
from tests.sitl.flown import PLACE, Flown
from tests.sitl.wire import Station


def hours(flown: Flown) -> tuple[float, float]:
    read = flown.vehicle.parameters.__getitem__
    return read("STAT_RUNTIME"), read("STAT_FLTTIME")


def test_time_is_written_down_twice_a_minute_and_when_the_motors_stop() -> None:
    flown = Flown()
    ran, flew = hours(flown)
    flown.run(28.0)
    assert hours(flown) == (ran, flew)
    flown.run(2.0)
    assert hours(flown) == (ran + 30, flew)
    flown.take_off()
    flown.run(30.0)
    assert hours(flown)[0] in {ran + 60, ran + 61}
    flown.set_mode("LAND")
    flown.until(lambda: not flown.vehicle.armed)
    assert abs(hours(flown)[0] - ran - flown.now) <= 1.5
    in_the_air = hours(flown)[1] - flew
    assert 40 < in_the_air < flown.now - 30
    flown.run(60.0)
    assert hours(flown)[1] == flew + in_the_air


def test_a_reboot_goes_on_counting_and_loses_what_was_not_written_down() -> None:
    flown = Flown()
    ran, _ = hours(flown)
    flown.run(45.0)
    flown.vehicle.reboot(flown.now)
    flown.run(31.0)
    assert hours(flown)[0] == ran + 60


def test_the_hours_are_told_to_who_has_spoken_as_recorded() -> None:
    names = ("STAT_FLTTIME", "STAT_RUNTIME")
    recorded = [
        message.param_id
        for message in vehicle_messages("copter-mission")
        if message.get_type() == "PARAM_VALUE" and message.param_id in names
    ]
    assert recorded[:3] == [
        "STAT_RUNTIME",
        "STAT_FLTTIME",
        "STAT_RUNTIME",
    ]  # the first on the ground
    station = Station(airborne=0.0, boot_scale=0.01, berth=Berth(place=PLACE, alive=False))
    station.run(1.0)
    station.command(mavlink.MAV_CMD_DO_SET_MODE, 1, 4)
    station.run(30.0)
    station.command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1)
    station.command(mavlink.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, 20)
    station.run(31.0)
    told = [m for _, m in station.heard if m.get_type() == "PARAM_VALUE" and m.param_id in names]
    assert [m.param_id for m in told] == recorded[:3]
    assert {m.param_index for m in told} == {65535}


def test_switched_off_it_counts_nothing() -> None:
    flown = Flown()
    before = hours(flown)
    flown.vehicle.power_off()
    flown.run(40.0)
    assert hours(flown) == before


def test_one_that_begins_in_flight_has_flown_since_it_was_switched_on() -> None:
    station = Station(airborne=1.0)
    up = station.seconds - station.autopilot.booted_at
    station.run(31.0)
    read = station.autopilot.parameters.__getitem__
    assert abs(read("STAT_FLTTIME") - up - 30.0) < 1.5
    assert read("STAT_RUNTIME") >= read("STAT_FLTTIME")
