"""Where the cameras of vehicles look: the latest word of each, of whichever of its components.

CAMERA_FOV_STATUS tells all of it. While that is not heard the gimbal's attitude does
(GIMBAL_DEVICE_ATTITUDE_STATUS, or MOUNT_ORIENTATION of older ones), and CAMERA_INFORMATION what the
lens takes in (https://mavlink.io/en/services/camera.html, gimbal_v2.html). Of several cameras of a
vehicle the one with the lowest component and device counts, as long as it tells anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows, blank
from fleet.views import VIEW
from telemetry.mavlink.codec import Decoded, Message
from telemetry.mavlink.roles import SYSTEMS

HANDOVER = np.timedelta64(3, "s")
"""Without a word for so long a better source, or a camera before others, is passed over."""

_YAW_LOCK, _VEHICLE_FRAME, _EARTH_FRAME = 16, 32, 64  # GIMBAL_DEVICE_FLAGS
_STRAIGHT = 1e-4  # of a unit vector: what looks so steeply has no bearing
_NEVER = np.datetime64("NaT", "us")
_NOBODY = 1 << 16  # above all components and devices

Floats = NDArray[np.float64]
Systems = NDArray[np.uint8]


class _Tellers:
    """Who tells of one kind of thing: of each system its first one that is heard."""

    def __init__(self) -> None:
        self._number = np.full(SYSTEMS, _NOBODY)
        self._heard = np.full(SYSTEMS, _NEVER)

    def are_heard(self, systems: Systems, times: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """Which systems have one that told anything lately."""
        heard: NDArray[np.bool_] = times - self._heard[systems] <= HANDOVER
        return heard

    def choose(
        self, systems: Systems, numbers: NDArray[np.int64], times: NDArray[np.datetime64]
    ) -> NDArray[np.bool_]:
        """Which of these count; they are noted."""
        lowest = np.full(SYSTEMS, _NOBODY)
        np.minimum.at(lowest, systems, numbers)
        held = np.where(self.are_heard(systems, times), self._number[systems], _NOBODY)
        chosen: NDArray[np.bool_] = numbers == np.minimum(held, lowest[systems])
        self._number[systems[chosen]] = numbers[chosen]
        self._heard[systems[chosen]] = times[chosen]
        return chosen


class Cameras:
    """The cameras of one network, by system id."""

    def __init__(self) -> None:
        self.version = 0
        """Grows with each change."""
        self._views = blank(VIEW, SYSTEMS)
        self._changed = np.zeros(SYSTEMS, np.int64)
        self._lens = np.full((SYSTEMS, 2), np.nan)
        self._cameras, self._gimbals = _Tellers(), _Tellers()

    def take(self, decoded: Decoded, are_vehicles: Callable[[Systems], NDArray[np.bool_]]) -> None:
        """Take the messages of one batch; `are_vehicles` tells which systems are."""
        if Message.CAMERA_INFORMATION in decoded.tables:
            table = decoded.tables[Message.CAMERA_INFORMATION]
            systems = decoded.frames["system"][table.frames]
            self._lens[systems] = lens(table.rows)
        for message, device, read in _READERS:
            if message not in decoded.tables:
                continue
            table = decoded.tables[message]
            known = are_vehicles(decoded.frames["system"][table.frames])
            heads, rows = decoded.frames[table.frames[known]], table.rows[known]
            numbers = heads["component"].astype(np.int64) << 8
            if device:
                numbers += rows[device]
            systems, times = heads["system"], heads["received_time"]
            if message is Message.CAMERA_FOV_STATUS:
                chosen = self._cameras.choose(systems, numbers, times)
            else:
                chosen = self._gimbals.choose(systems, numbers, times)
                chosen &= ~self._cameras.are_heard(systems, times)
            if chosen.any():
                self._look(systems[chosen], times[chosen], read(rows[chosen]))

    def changed_since(self, version: int) -> tuple[list[int], Rows]:
        """Systems whose camera has told something after `version`, and their VIEW rows."""
        systems = np.flatnonzero(self._changed > version)
        return systems.tolist(), self._views[systems]

    def _look(self, systems: Systems, times: NDArray[np.datetime64], views: Rows) -> None:
        """Take VIEW rows of these systems."""
        views["time"] = times
        for name, held in zip(("across", "upwards"), self._lens[systems].T, strict=True):
            views[name] = np.where(np.isnan(views[name]), held, views[name])
        self._views[systems] = views  # in frame order: the last of a system stays
        self.version += 1
        self._changed[systems] = self.version


def lens(rows: Rows) -> Floats:
    """(N, 2) angles of view across and upwards of CAMERA_INFORMATION: 2·atan(sensor/2f), or NaN."""
    sides = np.stack([rows["sensor_size_h"], rows["sensor_size_v"]], axis=-1)
    focal = rows["focal_length"][:, None]
    known = (sides > 0) & (focal > 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(known, np.degrees(2 * np.arctan(sides / focal / 2)), np.nan)


def angles(quaternions: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
    """Roll, pitch and yaw in degrees of (N, 4) quaternions w, x, y, z; NaN where one is none.

    MAVLink's: from the camera's forward, right and down to north, east and down. What looks straight
    up or down has no roll, and the yaw of the upper edge of its picture.
    """
    q = quaternions.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        length = np.sqrt((q**2).sum(axis=-1))
        q = np.where((np.abs(length - 1) < 0.1)[:, None], q / length[:, None], np.nan)
    w, x, y, z = q.T
    north, east, down = 1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)
    pitch = np.arcsin(np.clip(-down, -1, 1))
    yaw = np.arctan2(east, north)
    roll = np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    straight = np.hypot(north, east) < _STRAIGHT
    side = np.sign(pitch)
    edge = np.arctan2(side * (y * z - w * x), side * (x * z + w * y))
    yaw, roll = np.where(straight, edge, yaw), np.where(straight, 0.0, roll)
    return np.degrees(roll), np.degrees(pitch), np.degrees(yaw) % 360


def _fields_of_view(rows: Rows) -> Rows:
    """CAMERA_FOV_STATUS; its quaternion is to north, east, down."""
    views = blank(VIEW, len(rows))
    views["roll"], views["pitch"], views["yaw"] = angles(rows["q"])
    for name, told in (("across", rows["hfov"]), ("upwards", rows["vfov"])):
        views[name] = np.where((told > 0) & (told < 180), told, np.nan)
    latitude, longitude = rows["lat_camera"], rows["lon_camera"]
    placed = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)
    placed &= (latitude != 0) | (longitude != 0)
    views["latitude"] = np.where(placed, latitude, np.nan)
    views["longitude"] = np.where(placed, longitude, np.nan)
    views["altitude"] = np.where(placed, rows["alt_camera"], np.nan)
    imaged = np.abs(rows["lat_image"]) <= 90  # NaN: the middle of the picture is no ground
    views["ground"] = np.where(imaged, rows["alt_image"], np.nan)
    return views


def _gimbals(rows: Rows) -> Rows:
    """GIMBAL_DEVICE_ATTITUDE_STATUS; flags say what its yaw is from, or a locked one is to north."""
    views = blank(VIEW, len(rows))
    views["roll"], views["pitch"], views["yaw"] = angles(rows["q"])
    flags = rows["flags"]
    told = (flags & (_VEHICLE_FRAME | _EARTH_FRAME)) != 0
    views["from_nose"] = np.where(told, flags & _VEHICLE_FRAME, ~flags & _YAW_LOCK) != 0
    return views


def _mounts(rows: Rows) -> Rows:
    """MOUNT_ORIENTATION; its yaw is from the nose."""
    views = blank(VIEW, len(rows))
    views["from_nose"] = True
    with np.errstate(over="ignore"):
        for name in ("roll", "pitch", "yaw"):
            views[name] = rows[name]
    return views


_READERS: tuple[tuple[Message, str, Callable[[Rows], Rows]], ...] = (
    (Message.CAMERA_FOV_STATUS, "camera_device_id", _fields_of_view),
    (Message.GIMBAL_DEVICE_ATTITUDE_STATUS, "gimbal_device_id", _gimbals),
    (Message.MOUNT_ORIENTATION, "", _mounts),
)
"""Messages, the field that tells devices of a component apart, and their VIEW rows."""
