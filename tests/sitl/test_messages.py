"""What a vehicle says: every message at every stage of its life, held against the recorded one."""

from __future__ import annotations

from math import cos, isclose, radians, sin
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from pymavlink.quaternion import Quaternion
from pymavlink.rotmat import Vector3

from sitl.autopilot.messages import REQUESTED, STREAMED
from sitl.autopilot.modes import COPTER, PLANE, Kind
from sitl.squadron import Berth
from tests.recordings import vehicle_messages
from tests.sitl.flown import PLACE
from tests.sitl.wire import Station, by_type

UNTIL_ASKED = {"HEARTBEAT", "STATUSTEXT", "HOME_POSITION", "GPS_GLOBAL_ORIGIN"}

# Fields whose value is none of physics, as recorded on the ground after the boot.
CONSTANT = {
    "POWER_STATUS": ("Vcc", "Vservo", "flags"),
    "MEMINFO": ("brkval", "freemem", "freemem32"),
    "RC_CHANNELS": ("chancount", "chan1_raw", "chan3_raw", "chan5_raw", "chan8_raw", "rssi"),
    "SERVO_OUTPUT_RAW": ("port", "servo1_raw", "servo4_raw", "servo5_raw"),
    "EXTENDED_SYS_STATE": ("vtol_state", "landed_state"),
    "MISSION_CURRENT": ("seq", "total", "mission_state", "mission_mode"),
    "NAV_CONTROLLER_OUTPUT": ("wp_dist", "aspd_error"),
    "VIBRATION": ("clipping_0", "clipping_1", "clipping_2"),
    "EKF_STATUS_REPORT": ("flags",),
    "SYS_STATUS": (
        "onboard_control_sensors_present",
        "onboard_control_sensors_enabled",
        "onboard_control_sensors_health",
    ),
    "AUTOPILOT_VERSION": ("flight_sw_version", "middleware_sw_version", "vendor_id"),
}


def standing(kind: Kind = COPTER, boot_scale: float = 0.01) -> Station:
    berth = Berth(kind=kind, place=PLACE, heading=0.0, alive=False)
    return Station(airborne=0.0, boot_scale=boot_scale, berth=berth)


def ask_for_all(station: Station) -> dict[str, list[Any]]:
    for number in STREAMED:
        assert station.ask(number, 10) == 0
    station.command(512, mavlink.MAVLINK_MSG_ID_AUTOPILOT_VERSION)
    return by_type(station.run(1.0))


@pytest.mark.parametrize("kind", [COPTER, PLANE])
def test_every_message_can_be_said_at_every_stage(kind: Kind) -> None:
    station = standing(kind, boot_scale=1.0)
    station.autopilot.parameters.set("FENCE_ENABLE", 1)
    booting = ask_for_all(station)
    assert set(booting) <= UNTIL_ASKED | {"COMMAND_ACK"}
    station = standing(kind)
    station.autopilot.parameters.set("FENCE_ENABLE", 1)
    station.run(1.0)
    said = ask_for_all(station)
    names = {mavlink.mavlink_map[number].msgname for number in REQUESTED}
    assert names - set(said) == {"AUTOPILOT_VERSION"}  # it came with its acknowledgement
    flying = Station(berth=Berth(kind=kind))
    flying.autopilot.parameters.set("FENCE_ENABLE", 1)
    flying.run(1.0)
    assert names - set(ask_for_all(flying)) == {"AUTOPILOT_VERSION"}


@pytest.mark.parametrize("name", CONSTANT)
def test_what_is_not_physics_is_as_recorded(name: str) -> None:
    recorded = [m for m in vehicle_messages("copter-mission") if m.get_type() == name]
    after_boot = recorded[0]._timestamp + (45 if name == "EKF_STATUS_REPORT" else 0)
    wanted = next(m for m in recorded if m._timestamp >= after_boot)
    if name == "SYS_STATUS":  # booted, before it was armed
        wanted = [m for m in recorded if m._timestamp < recorded[0]._timestamp + 39][-1]
    station = standing()
    station.run(1.0)
    number = getattr(mavlink, f"MAVLINK_MSG_ID_{name}")
    replies = by_type(station.command(512, number))
    (said,) = replies[name]
    for field in CONSTANT[name]:
        assert isclose(getattr(said, field), getattr(wanted, field)), field


def test_it_does_not_claim_a_file_transfer_that_it_has_not() -> None:
    station = standing()
    station.run(1.0)
    (version,) = by_type(station.command(512, 148))["AUTOPILOT_VERSION"]
    assert not version.capabilities & mavlink.MAV_PROTOCOL_CAPABILITY_FTP
    assert version.capabilities & mavlink.MAV_PROTOCOL_CAPABILITY_MISSION_INT
    assert version.capabilities & mavlink.MAV_PROTOCOL_CAPABILITY_MISSION_FENCE


def test_fence_status_is_silent_until_the_fence_was_switched_on() -> None:
    station = standing()
    station.run(1.0)
    station.ask(mavlink.MAVLINK_MSG_ID_FENCE_STATUS, 10)
    assert "FENCE_STATUS" not in by_type(station.run(1.0))
    station.autopilot.parameters.set("FENCE_ENABLE", 1)
    station.run(0.5)
    assert by_type(station.run(1.0))["FENCE_STATUS"][-1].breach_mitigation == 1


def test_its_remote_id_goes_out_once_a_second_when_it_is_switched_on() -> None:
    station = Station()
    assert "OPEN_DRONE_ID_LOCATION" not in by_type(station.run(3.0))
    assert station.autopilot.parameters.set("DID_ENABLE", 1)
    types = by_type(station.run(10.0))
    locations = types["OPEN_DRONE_ID_LOCATION"]
    assert len(locations) == 10
    assert len({(m.latitude, m.longitude) for m in locations}) == 10
    assert {m.status for m in locations} == {mavlink.MAV_ODID_STATUS_AIRBORNE}
    (serial,) = {bytes(m.uas_id).rstrip(b"\0") for m in types["OPEN_DRONE_ID_BASIC_ID"]}
    assert serial == b"NGBSIM000001"
    home = types["OPEN_DRONE_ID_SYSTEM"][0]
    assert abs(home.operator_latitude / 1e7 - station.autopilot.place.latitude) < 1e-6
    assert len(types["OPEN_DRONE_ID_OPERATOR_ID"]) == 10


@pytest.mark.parametrize(
    ("kind", "aircraft"),
    [
        (COPTER, mavlink.MAV_ODID_UA_TYPE_HELICOPTER_OR_MULTIROTOR),
        (PLANE, mavlink.MAV_ODID_UA_TYPE_AEROPLANE),
    ],
)
def test_its_remote_id_says_what_it_is_and_that_it_stands(kind: Kind, aircraft: int) -> None:
    station = standing(kind)
    assert station.autopilot.parameters.set("DID_ENABLE", 1)
    types = by_type(station.run(2.0))
    assert {m.ua_type for m in types["OPEN_DRONE_ID_BASIC_ID"]} == {aircraft}
    assert {m.status for m in types["OPEN_DRONE_ID_LOCATION"]} == {mavlink.MAV_ODID_STATUS_GROUND}


def test_the_ground_below_it_is_told_as_height_0() -> None:
    station = Station()
    station.run(1.0)
    (report,) = by_type(station.command(512, mavlink.MAVLINK_MSG_ID_TERRAIN_REPORT))[
        "TERRAIN_REPORT"
    ]
    assert report.terrain_height == 0.0
    assert (report.pending, report.loaded) == (0, 0)
    above_home = station.squadron.airframes.position[0, 2]
    assert isclose(report.current_height, above_home, abs_tol=3.0)


@pytest.mark.parametrize(("pitch", "yaw"), [(0, 0), (-90, 0), (-45, 30), (-30, -120)])
def test_the_gimbals_quaternion_is_where_it_was_pointed(pitch: float, yaw: float) -> None:
    station = Station()
    station.run(0.2)
    station.command(mavlink.MAV_CMD_DO_MOUNT_CONTROL, pitch, 0, yaw)
    number = mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS
    (told,) = by_type(station.command(512, number))["GIMBAL_DEVICE_ATTITUDE_STATUS"]
    ahead = Quaternion(told.q).transform(Vector3(1, 0, 0))
    north, east, down = (
        cos(radians(pitch)) * cos(radians(yaw)),
        cos(radians(pitch)) * sin(radians(yaw)),
        -sin(radians(pitch)),
    )
    assert (ahead.x, ahead.y, ahead.z) == pytest.approx((north, east, down), abs=1e-4)


def test_the_wind_is_told_by_where_it_comes_from() -> None:
    station = Station()
    station.squadron.wind[:] = (3.0, 0.0)  # blowing eastwards: a west wind
    station.run(0.2)
    (wind,) = by_type(station.command(512, mavlink.MAVLINK_MSG_ID_WIND))["WIND"]
    assert isclose(wind.direction, -90.0, abs_tol=1e-3)
    assert isclose(wind.speed, 3.0, rel_tol=1e-6)
