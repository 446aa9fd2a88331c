"""What camera and gimbal say."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, degrees, hypot, nan, radians, sin
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.snapshot import Snapshot

_LOCKED = mavlink.GIMBAL_DEVICE_FLAGS_ROLL_LOCK | mavlink.GIMBAL_DEVICE_FLAGS_PITCH_LOCK
_FOCAL_LENGTH = 24.0  # mm


def looks(now: Snapshot) -> tuple[float, float]:
    """Pitch and yaw of the gimbal in degrees, yaw from the vehicle's nose."""
    payload, sight = now.vehicle.payload, now.vehicle.sight
    if payload.region is None:
        return payload.pitch, payload.yaw
    east, north, height = payload.region
    away = hypot(east - sight.east, north - sight.north)
    bearing = degrees(atan2(east - sight.east, north - sight.north) - now.attitude[2])
    return degrees(atan2(height - sight.height, max(away, 1e-3))), (bearing + 180) % 360 - 180


def gimbal_attitude(now: Snapshot) -> Any:
    """GIMBAL_DEVICE_ATTITUDE_STATUS; the quaternion is of yaw, then pitch, from the nose."""
    pitch, yaw = (radians(angle) / 2 for angle in looks(now))
    quaternion = [
        cos(yaw) * cos(pitch),
        -sin(yaw) * sin(pitch),
        cos(yaw) * sin(pitch),
        sin(yaw) * cos(pitch),
    ]
    return mavlink.MAVLink_gimbal_device_attitude_status_message(
        0, 0, now.boot_ms, _LOCKED, quaternion, nan, nan, nan, 0
    )


def mount_status(now: Snapshot) -> Any:
    """MOUNT_STATUS, in hundredths of a degree."""
    pitch, yaw = looks(now)
    return mavlink.MAVLink_mount_status_message(
        0, 0, round(pitch * 100), 0, round(yaw * 100), mavlink.MAV_MOUNT_MODE_MAVLINK_TARGETING
    )


def camera_feedback(now: Snapshot, shot: int) -> Any:
    """CAMERA_FEEDBACK of shot number `shot`, angles of the camera in degrees."""
    pitch, yaw = looks(now)
    heading = (degrees(now.attitude[2]) + yaw) % 360
    return mavlink.MAVLink_camera_feedback_message(
        now.unix_us,
        0,
        0,
        shot % 65536,
        round(now.latitude * 1e7),
        round(now.longitude * 1e7),
        now.home_altitude + now.height,
        now.height,
        0.0,
        pitch,
        heading,
        _FOCAL_LENGTH,
        mavlink.CAMERA_FEEDBACK_PHOTO,
        shot % 65536,
    )


BUILDERS: dict[int, Callable[[Snapshot], Any]] = {
    mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: gimbal_attitude,
    mavlink.MAVLINK_MSG_ID_MOUNT_STATUS: mount_status,
}
