"""The ground's side of real flights, sent again at the recorded times: the same story follows.

What is compared is the order of modes and states, of texts and of items, and the results of
commands. Texts of what is not simulated (a second EKF core in flight, the simulator of the
recording itself) are left out on both sides.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby, pairwise
from re import sub
from typing import Any

import pytest

from sitl.autopilot.vehicle import Place
from sitl.squadron import Berth
from tests.recordings import GROUND_STATION, messages
from tests.sitl.wire import Station

PLACE = Place(34.0150998, 71.5249, 331.1)
NOT_SIMULATED = ("RCInput", "RC7", "SIM ", "EKF3 IMU1 MAG0 in-flight", "EKF3 IMU0 MAG0 in-flight")
DECIDED_BY_SIMULATOR = "SIM_BATT_VOLTAGE"


def story(heard: list[Any]) -> dict[str, list[Any]]:
    """What happened, as lists of what changed."""

    def of(name: str) -> list[Any]:
        return [m for m in heard if m.get_type() == name]

    beats = [(m.base_mode, m.custom_mode, m.system_status) for m in of("HEARTBEAT")]
    return {
        "beats": [beat for beat, _ in groupby(beats)],
        "landed": [state for state, _ in groupby(m.landed_state for m in of("EXTENDED_SYS_STATE"))],
        "texts": [
            (m.severity, m.text) for m in of("STATUSTEXT") if not m.text.startswith(NOT_SIMULATED)
        ],
        "acknowledged": [(m.command, m.result) for m in of("COMMAND_ACK")],
        "reached": [m.seq for m in of("MISSION_ITEM_REACHED")],
        "current": [
            state
            for state, _ in groupby(
                (m.seq, m.total, m.mission_state, m.mission_mode) for m in of("MISSION_CURRENT")
            )
        ],
        "breaches": [
            state
            for state, _ in groupby(
                (m.breach_status, m.breach_count, m.breach_type) for m in of("FENCE_STATUS")
            )
        ],
    }


@cache
def replayed(name: str, *, seconds: float, volts: float = 0.0) -> Station:
    """The simulated drone's answers to the ground side of a recording."""
    station = Station(boot_scale=1.0, airborne=0.0, berth=Berth(place=PLACE, alive=False))
    read = station.autopilot.parameters
    for parameter, value in (("BATT_LOW_TIMER", 5), ("RTL_ALT", 1500)):
        assert read.set(parameter, value)
    log = messages(name)
    first = log[0]._timestamp
    for message in log:
        at = message._timestamp - first
        if message.get_srcSystem() != GROUND_STATION or message.get_type() == "BAD_DATA":
            continue
        while station.seconds < at:
            station.step()
        if getattr(message, "param_id", "") == DECIDED_BY_SIMULATOR:
            missing = station.squadron.batteries.voltage[0] - message.param_value * volts
            station.squadron.faults.set(0, "battery", volts=max(missing, 0.0))
        else:
            station.drone.receive(bytes(message.get_msgbuf()))
    station.run(max(seconds - station.seconds, 0.1))
    return station


def both(name: str, *, seconds: float, volts: float = 0.0) -> tuple[dict[str, Any], dict[str, Any]]:
    recorded = [m for m in messages(name) if m.get_srcSystem() == 1]
    station = (
        replayed(name, seconds=seconds, volts=volts) if volts else replayed(name, seconds=seconds)
    )
    return story(recorded), story([message for _, message in station.heard])


@pytest.mark.parametrize("name", ["copter-mission", "copter-fence-breach"])
def test_a_flight_tells_the_recorded_story(name: str) -> None:
    recorded, simulated = both(name, seconds=260)
    for part in recorded:
        assert simulated[part] == recorded[part], part


def test_a_failing_battery_tells_the_recorded_story() -> None:
    # the recorded battery has three cells, the simulated one six
    recorded, simulated = both("copter-lowbatt", seconds=153, volts=1.95)
    assert simulated["beats"] == recorded["beats"]
    assert simulated["landed"] == recorded["landed"]
    assert simulated["acknowledged"] == recorded["acknowledged"]

    def unmeasured(texts: list[Any]) -> list[Any]:
        return [(severity, sub(r"[0-9.]+V used [0-9]+ mAh", "", text)) for severity, text in texts]

    assert unmeasured(simulated["texts"]) == unmeasured(recorded["texts"])


def test_the_legs_of_a_mission_take_about_as_long_as_recorded() -> None:
    log = messages("copter-mission")
    recorded = [m._timestamp for m in log if m.get_type() == "MISSION_ITEM_REACHED"]
    heard = replayed("copter-mission", seconds=260).heard
    simulated = [at for at, m in heard if m.get_type() == "MISSION_ITEM_REACHED"]
    for real, ours in zip(pairwise(recorded), pairwise(simulated), strict=True):
        assert abs((ours[1] - ours[0]) / (real[1] - real[0]) - 1) < 0.2
