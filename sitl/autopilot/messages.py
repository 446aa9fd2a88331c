"""What a simulated ArduCopter says: each message of a snapshot, with the values a real one sends.

Constants that are no physics (sensor bits, EKF flags, capabilities) are those recorded from an
ArduCopter 4.7 SITL from boot to landing. Messages are pymavlink's, packed by pymavlink.
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, degrees, hypot, nan
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot import board_messages, flight_messages, payload_messages
from sitl.autopilot.modes import COPTER, PLANE, Copter, Landed, Plane
from sitl.autopilot.snapshot import Snapshot

TEXT_PIECE = 50
"""Bytes of a STATUSTEXT; longer texts go out in pieces with a common id."""

_MODE_GUIDED = 8  # MAV_MODE_FLAG_GUIDED_ENABLED, set where the autopilot holds position
_GUIDED = {  # modes that keep the flag disarmed (recorded)
    COPTER.label: frozenset({Copter.GUIDED, Copter.LAND}),
    PLANE.label: frozenset({Plane.GUIDED}),
}
_MODE_ARMED = 128
_MODE_BASE = 81  # custom mode, stabilize and manual input enabled

_PRESENT = 0x5371FC2F
_ENABLED_DISARMED, _ENABLED_ARMED = 0x52619C2F, 0x5361FC2F
_HEALTH_DISARMED, _HEALTH_ARMED = 0x57719C2F, 0x5771FC2F
_GPS = 0x20  # MAV_SYS_STATUS_SENSOR_GPS
_PREARM = 0x10000000  # MAV_SYS_STATUS_PREARM_CHECK
_FENCE = 0x100000  # MAV_SYS_STATUS_GEOFENCE
_BATTERY = 0x2000000  # MAV_SYS_STATUS_SENSOR_BATTERY

_EKF_UNINITIALISED, _EKF_CONSTANT_POSITION, _EKF_POSITION = 1024, 167, 831

_FTP = 32  # MAV_PROTOCOL_CAPABILITY_FTP, which this vehicle has not
_CAPABILITIES = 64495 & ~_FTP
_VERSION = 0x04070000  # 4.7.0-dev
_UNKNOWN_CELLS = [65535] * 9


def heartbeat(now: Snapshot) -> Any:
    """HEARTBEAT, with the base modes and states of facts/sitl; always of this very moment."""
    vehicle = now.vehicle
    guided = vehicle.armed or not vehicle.ready or vehicle.mode in _GUIDED[vehicle.kind.label]
    base_mode = _MODE_BASE | (_MODE_GUIDED if guided else 0)
    base_mode |= _MODE_ARMED if vehicle.armed else 0
    if not vehicle.ready:
        state = mavlink.MAV_STATE_BOOT
    elif vehicle.failing:
        state = mavlink.MAV_STATE_CRITICAL
    elif vehicle.armed and vehicle.landed is not Landed.ON_GROUND:
        state = mavlink.MAV_STATE_ACTIVE
    else:
        state = mavlink.MAV_STATE_STANDBY
    return mavlink.MAVLink_heartbeat_message(
        vehicle.kind.mav_type,
        mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA,
        base_mode,
        vehicle.mode,
        state,
        3,
    )


def system_time(now: Snapshot) -> Any:
    """SYSTEM_TIME; the date is known with the GPS fix."""
    return mavlink.MAVLink_system_time_message(now.unix_us if now.gps_fix else 0, now.boot_ms)


def global_position(now: Snapshot) -> Any:
    """GLOBAL_POSITION_INT; 0,0 before the fix."""
    if not now.gps_fix:
        return mavlink.MAVLink_global_position_int_message(now.boot_ms, 0, 0, 0, 0, 0, 0, 0, 0)
    east, north, up = now.velocity
    return mavlink.MAVLink_global_position_int_message(
        now.boot_ms,
        round(now.latitude * 1e7),
        round(now.longitude * 1e7),
        round((now.home_altitude + now.height) * 1e3),
        round(now.height * 1e3) if now.home_known else 0,
        round(north * 100),
        round(east * 100),
        round(-up * 100),
        _centidegrees(now.attitude[2]),
    )


def gps_raw(now: Snapshot) -> Any:
    """GPS_RAW_INT, with the receiver's own error."""
    if not now.gps_fix:
        unknown = 65535
        return mavlink.MAVLink_gps_raw_int_message(0, 0, 0, 0, 0, unknown, unknown, 0, 0, 0)
    east, north, _ = now.velocity
    return mavlink.MAVLink_gps_raw_int_message(
        now.boot_ms * 1000,
        mavlink.GPS_FIX_TYPE_3D_FIX,
        round(now.gps_latitude * 1e7),
        round(now.gps_longitude * 1e7),
        round(now.gps_altitude * 1e3),
        round(1000 / now.satellites),  # HDOP × 100: more satellites, better
        round(1600 / now.satellites),
        round(hypot(east, north) * 100),
        _centidegrees(atan2(east, north)),
        now.satellites,
        round(now.gps_altitude * 1e3),
        1200,
        1800,
        300,
    )


def attitude(now: Snapshot) -> Any:
    """ATTITUDE; yaw from −π to π."""
    roll, pitch, yaw = now.attitude
    yaw = yaw if yaw <= 3.141592653589793 else yaw - 2 * 3.141592653589793
    return mavlink.MAVLink_attitude_message(now.boot_ms, roll, pitch, yaw, *now.rates)


def vfr_hud(now: Snapshot) -> Any:
    """VFR_HUD."""
    east, north, up = now.velocity
    flying = now.landed is not Landed.ON_GROUND
    return mavlink.MAVLink_vfr_hud_message(
        now.airspeed if flying else 0.0,
        hypot(east, north),
        int(degrees(now.attitude[2])) % 360,
        min(100, round(now.current * 3)) if flying else 0,
        now.home_altitude + now.height if now.gps_fix else 0.0,
        up,
    )


def sys_status(now: Snapshot) -> Any:
    """SYS_STATUS."""
    health = _HEALTH_ARMED if now.armed else _HEALTH_DISARMED
    health &= ~((0 if now.armable else _PREARM) | (0 if now.gps_fix else _GPS))
    health &= ~(_BATTERY if now.low_battery else 0)
    health &= ~(_FENCE if now.vehicle.bounds.breach else 0)
    enabled = _ENABLED_ARMED if now.armed else _ENABLED_DISARMED
    return mavlink.MAVLink_sys_status_message(
        _PRESENT,
        enabled,
        health,
        250,
        round(now.voltage * 1e3),
        round(now.current * 100),
        now.percent,
        *([0] * 6),
    )


def battery_status(now: Snapshot) -> Any:
    """BATTERY_STATUS: the voltage of the whole pack in the first cell, as ArduPilot does."""
    charge_state = mavlink.MAV_BATTERY_CHARGE_STATE_OK
    if now.critical_battery:
        charge_state = mavlink.MAV_BATTERY_CHARGE_STATE_CRITICAL
    elif now.low_battery:
        charge_state = mavlink.MAV_BATTERY_CHARGE_STATE_LOW
    return mavlink.MAVLink_battery_status_message(
        0,
        mavlink.MAV_BATTERY_FUNCTION_ALL,
        mavlink.MAV_BATTERY_TYPE_LION,
        32767,
        [round(now.voltage * 1e3), *_UNKNOWN_CELLS],
        round(now.current * 100),
        round(now.used),
        round(now.energy / 100),
        now.percent,
        0,
        charge_state,
    )


def ekf_status(now: Snapshot) -> Any:
    """EKF_STATUS_REPORT: the flags of each stage of a real boot."""
    flags = _EKF_POSITION if now.position_known else _EKF_CONSTANT_POSITION
    flags = flags if now.tilt_known else _EKF_UNINITIALISED
    variances = (0.018, 0.009, 0.001, 0.007, 0.0) if now.position_known else (0.0,) * 5
    return mavlink.MAVLink_ekf_status_report_message(flags, *variances)


def home_position(now: Snapshot) -> Any:
    """HOME_POSITION."""
    return mavlink.MAVLink_home_position_message(
        round(now.home_latitude * 1e7),
        round(now.home_longitude * 1e7),
        round(now.home_altitude * 1e3),
        0.0,
        0.0,
        0.0,
        [nan] * 4,
        0.0,
        0.0,
        0.0,
        now.boot_ms * 1000,
    )


def gps_origin(now: Snapshot) -> Any:
    """GPS_GLOBAL_ORIGIN: where the filter began, which is where it was switched on."""
    place = now.vehicle.place
    return mavlink.MAVLink_gps_global_origin_message(
        round(place.latitude * 1e7),
        round(place.longitude * 1e7),
        round(place.altitude * 1e3),
        now.boot_ms * 1000,
    )


def extended_sys_state(now: Snapshot) -> Any:
    """EXTENDED_SYS_STATE."""
    hovers = now.vehicle.hovers
    state = mavlink.MAV_VTOL_STATE_MC if hovers else mavlink.MAV_VTOL_STATE_UNDEFINED
    return mavlink.MAVLink_extended_sys_state_message(state, int(now.landed))


def autopilot_version(_now: Snapshot) -> Any:
    """AUTOPILOT_VERSION; the custom version says that it is a simulated vehicle."""
    return mavlink.MAVLink_autopilot_version_message(
        _CAPABILITIES, _VERSION, 0, 0, 0, list(b"SIMULATE"), [0] * 8, [0] * 8, 0, 0, 0
    )


def status_texts(severity: int, text: str, identifier: int) -> list[Any]:
    """STATUSTEXT messages of one text, in pieces where it is longer than TEXT_PIECE bytes.

    `identifier` (1–65535) joins the pieces; a text of one piece goes out with 0, as MAVLink asks.
    """
    body = text.encode("ascii", "replace")
    pieces = [body[at : at + TEXT_PIECE] for at in range(0, len(body), TEXT_PIECE)] or [b""]
    joined = identifier if len(pieces) > 1 else 0
    if joined and len(pieces[-1]) == TEXT_PIECE:
        pieces.append(b"")  # a full piece says that another follows
    return [
        mavlink.MAVLink_statustext_message(severity, piece, joined, number)
        for number, piece in enumerate(pieces)
    ]


_WITH_HOME = frozenset(
    {mavlink.MAVLINK_MSG_ID_HOME_POSITION, mavlink.MAVLINK_MSG_ID_GPS_GLOBAL_ORIGIN}
)
_WITH_POSITION = frozenset({mavlink.MAVLINK_MSG_ID_LOCAL_POSITION_NED, mavlink.MAVLINK_MSG_ID_WIND})

Builder = Callable[[Snapshot], Any]

STREAMED: dict[int, Builder] = {
    mavlink.MAVLINK_MSG_ID_HEARTBEAT: heartbeat,
    mavlink.MAVLINK_MSG_ID_SYS_STATUS: sys_status,
    mavlink.MAVLINK_MSG_ID_SYSTEM_TIME: system_time,
    mavlink.MAVLINK_MSG_ID_GPS_RAW_INT: gps_raw,
    mavlink.MAVLINK_MSG_ID_ATTITUDE: attitude,
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: global_position,
    mavlink.MAVLINK_MSG_ID_VFR_HUD: vfr_hud,
    mavlink.MAVLINK_MSG_ID_BATTERY_STATUS: battery_status,
    mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT: ekf_status,
    mavlink.MAVLINK_MSG_ID_HOME_POSITION: home_position,
    mavlink.MAVLINK_MSG_ID_GPS_GLOBAL_ORIGIN: gps_origin,
    mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: extended_sys_state,
    **flight_messages.BUILDERS,
    **board_messages.BUILDERS,
    **payload_messages.BUILDERS,
}
"""Messages by id that can be asked for at an interval."""

REQUESTED: dict[int, Builder] = {
    **STREAMED,
    mavlink.MAVLINK_MSG_ID_AUTOPILOT_VERSION: autopilot_version,
}
"""Messages by id that can be asked for once."""


def is_known(number: int, now: Snapshot) -> bool:
    """Whether there is anything to say in message `number` yet."""
    if number == mavlink.MAVLINK_MSG_ID_HEARTBEAT:
        return True
    if number == mavlink.MAVLINK_MSG_ID_FENCE_STATUS:
        return now.vehicle.bounds.used
    if number in _WITH_HOME:
        return now.home_known
    return now.ready and (now.position_known or number not in _WITH_POSITION)


def _centidegrees(angle: float) -> int:
    return round(degrees(angle) * 100) % 36000
