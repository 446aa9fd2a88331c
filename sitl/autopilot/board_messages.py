"""What a vehicle says of its board: power, memory, vibration, radio control, servos, terrain.

Where nothing is simulated the values are those of the recorded vehicle.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.modes import COPTER
from sitl.autopilot.snapshot import Snapshot

_STICKS = (1500, 1500, 1000, 1500, 1800, 1000, 1000, 1800)
_HOVER_PWM, _PWM_PER_AMPERE = 1400, 10
_VIBRATION = 0.003  # m/s²
_SCALE_HEIGHT = 8434.0  # metres: of the pressure of a standard atmosphere


def power_status(_now: Snapshot) -> Any:
    """POWER_STATUS."""
    return mavlink.MAVLink_power_status_message(5000, 0, 0)


def memory(_now: Snapshot) -> Any:
    """MEMINFO."""
    return mavlink.MAVLink_meminfo_message(0, 65535, 524288)


def vibration(now: Snapshot) -> Any:
    """VIBRATION."""
    level = [_VIBRATION * (1 + now.current / 10)] * 3
    return mavlink.MAVLink_vibration_message(now.boot_ms * 1000, *level, 0, 0, 0)


def rc_channels(now: Snapshot) -> Any:
    """RC_CHANNELS: a transmitter that nobody touches."""
    return mavlink.MAVLink_rc_channels_message(now.boot_ms, 8, *_STICKS, *([0] * 10), 255)


def servo_output(now: Snapshot) -> Any:
    """SERVO_OUTPUT_RAW: four motors of a copter; aileron, elevator, throttle, rudder of a plane."""
    thrust = 1000
    if now.vehicle.flying:
        thrust = min(1950, round(_HOVER_PWM + now.current * _PWM_PER_AMPERE))
    elif now.armed:
        thrust = 1100
    outputs = [thrust] * 4
    if now.vehicle.kind is not COPTER:
        roll, pitch, _ = now.attitude
        outputs = [round(1500 + roll * 300), round(1500 - pitch * 300), thrust, 1500]
    return mavlink.MAVLink_servo_output_raw_message(
        now.boot_ms * 1000 % 2**32, 0, *outputs, *([0] * 4)
    )


def pressure(now: Snapshot) -> Any:
    """SCALED_PRESSURE of a standard atmosphere, in hPa and 0.01 °C."""
    altitude = now.home_altitude + now.height
    return mavlink.MAVLink_scaled_pressure_message(
        now.boot_ms, 1013.25 * exp(-altitude / _SCALE_HEIGHT), 0.0, 3500
    )


def terrain(now: Snapshot) -> Any:
    """TERRAIN_REPORT: it has no terrain data, so the height of the ground is told as 0."""
    return mavlink.MAVLink_terrain_report_message(
        round(now.latitude * 1e7), round(now.longitude * 1e7), 0, 0.0, now.height, 0, 0
    )


BUILDERS: dict[int, Callable[[Snapshot], Any]] = {
    mavlink.MAVLINK_MSG_ID_POWER_STATUS: power_status,
    mavlink.MAVLINK_MSG_ID_MEMINFO: memory,
    mavlink.MAVLINK_MSG_ID_VIBRATION: vibration,
    mavlink.MAVLINK_MSG_ID_RC_CHANNELS: rc_channels,
    mavlink.MAVLINK_MSG_ID_SERVO_OUTPUT_RAW: servo_output,
    mavlink.MAVLINK_MSG_ID_SCALED_PRESSURE: pressure,
    mavlink.MAVLINK_MSG_ID_TERRAIN_REPORT: terrain,
}
