"""SET_POSITION_TARGET_*: where a vehicle in GUIDED is to fly, by place or by velocity.

There is no answer to these messages: what cannot be flown is dropped.
"""

from __future__ import annotations

from math import cos, hypot, isfinite, sin
from typing import Any

from sitl.autopilot.autopilot import Autopilot
from sitl.autopilot.items import Item

_NO_PLACE, _NO_VELOCITY = 0x7, 0x38  # bits of type_mask: all three axes are to be ignored
_BODY_FRAMES = frozenset({8, 9, 12})  # MAV_FRAME_BODY_NED, BODY_OFFSET_NED, BODY_FRD
_OFFSET_FRAMES = frozenset({7, 9})  # MAV_FRAME_LOCAL_OFFSET_NED, BODY_OFFSET_NED
_FASTEST = 50.0  # m/s


def global_target(vehicle: Autopilot, message: Any, now: float) -> None:
    """SET_POSITION_TARGET_GLOBAL_INT."""
    if not message.type_mask & _NO_PLACE:
        if not isfinite(message.alt):
            return
        frame = message.coordinate_frame
        item = Item(16, frame, x=message.lat_int, y=message.lon_int, z=message.alt)
        vehicle.guide(vehicle.place_of(item, vehicle.sight))
    elif not message.type_mask & _NO_VELOCITY:
        _velocity(vehicle, (message.vx, message.vy, message.vz), now, body=False)


def local_target(vehicle: Autopilot, message: Any, now: float) -> None:
    """SET_POSITION_TARGET_LOCAL_NED: metres from home, or from the vehicle in an offset frame."""
    frame = message.coordinate_frame
    if not message.type_mask & _NO_PLACE:
        north, east = message.x, message.y
        if not all(map(isfinite, (north, east, message.z))) or hypot(north, east) > 1e6:
            return
        if frame in _BODY_FRAMES:
            north, east = _turned(north, east, vehicle.sight.yaw)
        sight, home = vehicle.sight, vehicle.home_metres
        begin = (sight.east, sight.north, sight.height)
        if frame not in _OFFSET_FRAMES:
            begin = (*home, 0.0)
        vehicle.guide((begin[0] + east, begin[1] + north, begin[2] - message.z))
    elif not message.type_mask & _NO_VELOCITY:
        body = frame in _BODY_FRAMES
        _velocity(vehicle, (message.vx, message.vy, message.vz), now, body=body)


def _velocity(
    vehicle: Autopilot, velocity: tuple[float, float, float], now: float, *, body: bool
) -> None:
    north, east, down = velocity
    if not all(map(isfinite, velocity)) or max(map(abs, velocity)) > _FASTEST:
        return
    if body:
        north, east = _turned(north, east, vehicle.sight.yaw)
    vehicle.guide_velocity((east, north, -down), now)


def _turned(forward: float, right: float, yaw: float) -> tuple[float, float]:
    """North and east of what is forward and right of a nose at `yaw`."""
    return forward * cos(yaw) - right * sin(yaw), forward * sin(yaw) + right * cos(yaw)
