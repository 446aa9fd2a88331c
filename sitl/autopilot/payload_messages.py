"""What camera and gimbal say."""

from __future__ import annotations

from collections.abc import Callable
from math import atan, atan2, cos, degrees, hypot, nan, radians, sin, tan
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_degrees, to_metres
from sitl.autopilot.snapshot import Snapshot

_LOCKED = mavlink.GIMBAL_DEVICE_FLAGS_ROLL_LOCK | mavlink.GIMBAL_DEVICE_FLAGS_PITCH_LOCK
_FOCAL_LENGTH = 24.0  # mm
_SENSOR = (36.0, 24.0)  # mm: what this focal length is told for
_FIELDS_OF_VIEW = [degrees(2 * atan(side / 2 / _FOCAL_LENGTH)) for side in _SENSOR]
_UNKNOWN = 2**31 - 1
_STEEPEST = -1.0  # degrees: what is nearer to the horizon meets the ground nowhere near
_VENDOR, _MODEL = b"Nigehban", b"simulated camera"


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
    """GIMBAL_DEVICE_ATTITUDE_STATUS; the quaternion is from the nose."""
    return mavlink.MAVLink_gimbal_device_attitude_status_message(
        0, 0, now.boot_ms, _LOCKED, _quaternion(*looks(now)), nan, nan, nan, 0
    )


def field_of_view(now: Snapshot) -> Any:
    """CAMERA_FOV_STATUS; the quaternion is from north, the ground as high as home."""
    pitch, yaw = looks(now)
    yaw += degrees(now.attitude[2])
    image = (_UNKNOWN,) * 3
    if pitch < _STEEPEST:
        away = max(now.height, 0.0) / tan(radians(-pitch))
        east, north = to_metres(now.latitude, now.longitude)
        latitude, longitude = to_degrees(
            float(east) + away * sin(radians(yaw)), float(north) + away * cos(radians(yaw))
        )
        image = (*_place(float(latitude), float(longitude)), round(now.home_altitude * 1e3))
    return mavlink.MAVLink_camera_fov_status_message(
        now.boot_ms,
        *_place(now.latitude, now.longitude),
        round((now.home_altitude + now.height) * 1e3),
        *image,
        _quaternion(pitch, yaw),
        *_FIELDS_OF_VIEW,
    )


def camera_information(now: Snapshot) -> Any:
    """CAMERA_INFORMATION."""
    return mavlink.MAVLink_camera_information_message(
        now.boot_ms,
        list(_VENDOR.ljust(32, b"\0")),
        list(_MODEL.ljust(32, b"\0")),
        0,
        _FOCAL_LENGTH,
        *_SENSOR,
        6000,
        4000,
        0,
        mavlink.CAMERA_CAP_FLAGS_CAPTURE_IMAGE,
        0,
        b"",
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


def _quaternion(pitch: float, yaw: float) -> list[float]:
    """Of yaw, then pitch, in degrees."""
    p, y = radians(pitch) / 2, radians(yaw) / 2
    return [cos(y) * cos(p), -sin(y) * sin(p), cos(y) * sin(p), sin(y) * cos(p)]


def _place(latitude: float, longitude: float) -> tuple[int, int]:
    return round(latitude * 1e7), round(longitude * 1e7)


BUILDERS: dict[int, Callable[[Snapshot], Any]] = {
    mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: gimbal_attitude,
    mavlink.MAVLINK_MSG_ID_MOUNT_STATUS: mount_status,
    mavlink.MAVLINK_MSG_ID_CAMERA_FOV_STATUS: field_of_view,
    mavlink.MAVLINK_MSG_ID_CAMERA_INFORMATION: camera_information,
}
