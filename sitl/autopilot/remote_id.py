"""The vehicle's own Remote ID: the OPEN_DRONE_ID_* messages of a transponder on board."""

from __future__ import annotations

from math import atan2, degrees, hypot
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.modes import COPTER, Landed
from sitl.autopilot.snapshot import Snapshot
from telemetry.remote_id.messages import EPOCH

_ANYBODY = [0] * 20
_UNKNOWN = -1000.0  # metres: of an altitude or a height
OPERATOR = "PAK-PESHAWAR-POLICE"
"""The operator id of all vehicles."""


def serial(system: int) -> str:
    """The serial number of the vehicle with MAVLink id `system`."""
    return f"NGBSIM{system:06d}"


def messages(now: Snapshot, system: int) -> list[Any]:
    """BASIC_ID, LOCATION, SYSTEM and OPERATOR_ID of the vehicle with MAVLink id `system`."""
    copter = now.vehicle.kind is COPTER
    basic = mavlink.MAVLink_open_drone_id_basic_id_message(
        0,
        0,
        _ANYBODY,
        mavlink.MAV_ODID_ID_TYPE_SERIAL_NUMBER,
        mavlink.MAV_ODID_UA_TYPE_HELICOPTER_OR_MULTIROTOR
        if copter
        else mavlink.MAV_ODID_UA_TYPE_AEROPLANE,
        _padded(serial(system)),
    )
    operator = mavlink.MAVLink_open_drone_id_operator_id_message(
        0, 0, _ANYBODY, 0, OPERATOR.encode()
    )
    return [basic, _location(now), _system(now), operator]


def _location(now: Snapshot) -> Any:
    east, north, up = now.velocity
    airborne = now.landed is not Landed.ON_GROUND
    seconds = now.unix_us / 1e6 % 3600
    return mavlink.MAVLink_open_drone_id_location_message(
        0,
        0,
        _ANYBODY,
        mavlink.MAV_ODID_STATUS_AIRBORNE if airborne else mavlink.MAV_ODID_STATUS_GROUND,
        round(degrees(atan2(east, north)) * 100) % 36000,
        min(round(hypot(east, north) * 100), 25425),
        max(-6200, min(6200, round(up * 100))),
        round(now.gps_latitude * 1e7) if now.gps_fix else 0,
        round(now.gps_longitude * 1e7) if now.gps_fix else 0,
        _UNKNOWN,
        now.gps_altitude if now.gps_fix else _UNKNOWN,
        mavlink.MAV_ODID_HEIGHT_REF_OVER_TAKEOFF,
        now.height,
        mavlink.MAV_ODID_HOR_ACC_3_METER,
        mavlink.MAV_ODID_VER_ACC_10_METER,
        mavlink.MAV_ODID_VER_ACC_10_METER,
        mavlink.MAV_ODID_SPEED_ACC_1_METERS_PER_SECOND,
        seconds,
        mavlink.MAV_ODID_TIME_ACC_0_1_SECOND,
    )


def _system(now: Snapshot) -> Any:
    return mavlink.MAVLink_open_drone_id_system_message(
        0,
        0,
        _ANYBODY,
        mavlink.MAV_ODID_OPERATOR_LOCATION_TYPE_TAKEOFF,
        mavlink.MAV_ODID_CLASSIFICATION_TYPE_UNDECLARED,
        round(now.home_latitude * 1e7),
        round(now.home_longitude * 1e7),
        1,
        0,
        _UNKNOWN,
        _UNKNOWN,
        0,
        0,
        now.home_altitude,
        max(0, round(now.unix_us / 1e6 - EPOCH)),
    )


def _padded(text: str) -> list[int]:
    """The 20 bytes of an id."""
    return list(text.encode("ascii").ljust(20, b"\0"))
