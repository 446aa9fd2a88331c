"""Which items of a mission and of a rally list an ArduPilot takes, and what it makes of them.

It keeps a command in fifteen bytes: what does not fit is lost, and reading back gives another item
than was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, isinf, isnan
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot import packing
from sitl.autopilot.items import Item
from sitl.autopilot.packing import Keep

ACCEPTED: int = mavlink.MAV_MISSION_ACCEPTED
ERROR: int = mavlink.MAV_MISSION_ERROR
UNSUPPORTED_FRAME = mavlink.MAV_MISSION_UNSUPPORTED_FRAME
UNSUPPORTED = mavlink.MAV_MISSION_UNSUPPORTED
_INVALID_PARAMETER_1 = mavlink.MAV_MISSION_INVALID_PARAM1
INVALID_X = mavlink.MAV_MISSION_INVALID_PARAM5_X
INVALID_Y = mavlink.MAV_MISSION_INVALID_PARAM6_Y
INVALID_Z = mavlink.MAV_MISSION_INVALID_PARAM7

GLOBAL = mavlink.MAV_FRAME_GLOBAL
RELATIVE = mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT
TERRAIN = mavlink.MAV_FRAME_GLOBAL_TERRAIN_ALT

FRAMES = {
    GLOBAL: GLOBAL,
    mavlink.MAV_FRAME_GLOBAL_INT: GLOBAL,
    RELATIVE: RELATIVE,
    mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT: RELATIVE,
    TERRAIN: TERRAIN,
    mavlink.MAV_FRAME_GLOBAL_TERRAIN_ALT_INT: TERRAIN,
}
"""MAV_FRAME as sent to MAV_FRAME as it is read back."""

MOST_NORTH = 900_000_000
MOST_EAST = 1_800_000_000  # 1e-7 degrees
_HIGHEST = 83_000.0  # metres
_LARGEST_SHORT = 32_767.0

Row = tuple[Keep, Keep, Keep, Keep]


class RefusedItemError(Exception):
    """The item is not taken; `result` is the MAV_MISSION_RESULT that says why."""

    def __init__(self, result: int) -> None:
        super().__init__(f"MAV_MISSION_RESULT {result}")
        self.result: int = result


def _row(p1: Keep | None = None, *more: Keep | None) -> Row:
    first, second, third, fourth = (
        keep or packing.dropped for keep in (p1, *more, *(None,) * (3 - len(more)))
    )
    return first, second, third, fourth


_PLACES: dict[int, Row] = {
    mavlink.MAV_CMD_NAV_WAYPOINT: _row(packing.word),
    mavlink.MAV_CMD_NAV_LOITER_UNLIM: _row(None, None, packing.radius),
    mavlink.MAV_CMD_NAV_LOITER_TURNS: _row(packing.byte, None, packing.turns_radius, packing.flag),
    mavlink.MAV_CMD_NAV_LOITER_TIME: _row(packing.word, None, packing.turn, packing.flag),
    mavlink.MAV_CMD_NAV_LAND: _row(packing.word, None, None, packing.turn),
    mavlink.MAV_CMD_NAV_TAKEOFF: _row(packing.word),
    mavlink.MAV_CMD_NAV_CONTINUE_AND_CHANGE_ALT: _row(packing.word),
    mavlink.MAV_CMD_NAV_LOITER_TO_ALT: _row(None, packing.radius, None, packing.flag),
    mavlink.MAV_CMD_NAV_SPLINE_WAYPOINT: _row(packing.word),
    mavlink.MAV_CMD_NAV_GUIDED_ENABLE: _row(packing.word),
    mavlink.MAV_CMD_NAV_PAYLOAD_PLACE: _row(packing.real),
    mavlink.MAV_CMD_DO_SET_HOME: _row(packing.word),
    mavlink.MAV_CMD_DO_LAND_START: _row(),
    mavlink.MAV_CMD_DO_GO_AROUND: _row(),
    mavlink.MAV_CMD_DO_SET_ROI: _row(packing.word),
    mavlink.MAV_CMD_DO_SET_ROI_LOCATION: _row(packing.word),
}
"""The commands that are kept with a place, and what is kept of param1 to param4."""

_OTHERS: dict[int, Row] = {
    mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH: _row(),
    mavlink.MAV_CMD_NAV_DELAY: _row(packing.real, packing.short, packing.short, packing.short),
    mavlink.MAV_CMD_CONDITION_DELAY: _row(packing.real),
    mavlink.MAV_CMD_CONDITION_DISTANCE: _row(packing.real),
    mavlink.MAV_CMD_CONDITION_YAW: _row(packing.real, packing.real, packing.small, packing.byte),
    mavlink.MAV_CMD_DO_SET_MODE: _row(packing.word),
    mavlink.MAV_CMD_DO_JUMP: _row(packing.word, packing.short),
    mavlink.MAV_CMD_DO_CHANGE_SPEED: _row(packing.byte, packing.real, packing.real),
    mavlink.MAV_CMD_DO_SET_RELAY: _row(packing.byte, packing.byte),
    mavlink.MAV_CMD_DO_REPEAT_RELAY: _row(packing.byte, packing.short, packing.real),
    mavlink.MAV_CMD_DO_SET_SERVO: _row(packing.byte, packing.word),
    mavlink.MAV_CMD_DO_REPEAT_SERVO: _row(packing.byte, packing.word, packing.short, packing.real),
    mavlink.MAV_CMD_DO_SET_ROI_NONE: _row(),
    mavlink.MAV_CMD_DO_DIGICAM_CONTROL: _row(
        packing.byte, packing.byte, packing.small, packing.byte
    ),
    mavlink.MAV_CMD_DO_MOUNT_CONTROL: _row(packing.real, packing.real, packing.real),
    mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST: _row(packing.real, None, packing.flag),
    mavlink.MAV_CMD_DO_FENCE_ENABLE: _row(packing.word),
    mavlink.MAV_CMD_DO_PARACHUTE: _row(packing.word),
    mavlink.MAV_CMD_DO_GRIPPER: _row(packing.byte, packing.byte),
    mavlink.MAV_CMD_DO_GUIDED_LIMITS: _row(packing.word, packing.real, packing.real, packing.real),
    mavlink.MAV_CMD_DO_AUTOTUNE_ENABLE: _row(packing.word),
    mavlink.MAV_CMD_SET_CAMERA_ZOOM: _row(packing.byte, packing.real),
    mavlink.MAV_CMD_IMAGE_START_CAPTURE: _row(
        packing.byte, packing.real, packing.word, packing.word
    ),
    mavlink.MAV_CMD_IMAGE_STOP_CAPTURE: _row(packing.byte),
    mavlink.MAV_CMD_VIDEO_START_CAPTURE: _row(packing.byte),
    mavlink.MAV_CMD_VIDEO_STOP_CAPTURE: _row(packing.byte),
    mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW: _row(
        packing.small, packing.short, packing.small, packing.short
    ),
}
"""The commands that are kept without a place: reading back gives frame 0 and zeros."""

COPTER_PLACES: Mapping[int, Row] = _PLACES
PLANE_PLACES: Mapping[int, Row] = _PLACES | {
    mavlink.MAV_CMD_NAV_WAYPOINT: _row(None, packing.pass_by, packing.pass_by),
}
"""Of a waypoint a copter keeps the delay, a plane the acceptance radius and the pass-by distance."""

_YAW_OPEN = frozenset(
    {mavlink.MAV_CMD_NAV_WAYPOINT, mavlink.MAV_CMD_NAV_LAND, mavlink.MAV_CMD_NAV_TAKEOFF}
)
"""Where a NaN in param4 means that the heading is the vehicle's own choice."""


def mission_item(item: Item, places: Mapping[int, Row]) -> Item:
    """`item` of a mission as it is read back. Raises RefusedItemError."""
    _check_parameters(item)
    row = places.get(item.command)
    if row is None:
        other = _OTHERS.get(item.command)
        if other is None:
            raise RefusedItemError(UNSUPPORTED)
        x, z = (item.x & 0xFFFF, packing.byte(item.z)) if _is_gimbal(item) else (0, 0.0)
        return _kept(item, other, GLOBAL, x, 0, z)
    check_place(item.x, item.y)
    if not isfinite(item.z) or abs(item.z) >= _HIGHEST:
        raise RefusedItemError(INVALID_Z)
    # 2 is MAV_FRAME_MISSION, which stands for a height above the sea here.
    frame = FRAMES.get(GLOBAL if item.frame == mavlink.MAV_FRAME_MISSION else item.frame)
    if frame is None:
        raise RefusedItemError(UNSUPPORTED_FRAME)
    return _kept(item, row, frame, item.x, item.y, packing.height(item.z))


def rally_point(item: Item) -> Item:
    """`item` of a rally list as it is read back: whole metres of height. Raises RefusedItemError."""
    if item.command != mavlink.MAV_CMD_NAV_RALLY_POINT:
        raise RefusedItemError(UNSUPPORTED)
    frame = FRAMES.get(item.frame)
    if frame is None:
        raise RefusedItemError(UNSUPPORTED_FRAME)
    check_place(item.x, item.y)
    if not isfinite(item.z) or not -_LARGEST_SHORT - 1 <= item.z <= _LARGEST_SHORT:
        raise RefusedItemError(INVALID_Z)
    return Item(item.command, frame, x=item.x, y=item.y, z=float(int(item.z)), autocontinue=0)


def check_place(x: int, y: int) -> None:
    """Raises RefusedItemError unless `x` and `y` (1e-7 degrees) are a latitude and a longitude."""
    if abs(x) > MOST_NORTH:
        raise RefusedItemError(INVALID_X)
    if abs(y) > MOST_EAST:
        raise RefusedItemError(INVALID_Y)


def check_jump(item: Item, count: int, last: int) -> None:
    """Raises RefusedItemError where `item` jumps to home, or beyond the `count` items and the `last` one."""
    if item.command == mavlink.MAV_CMD_DO_JUMP:
        target = int(item.param1)
        if target == 0 or target >= max(count, last + 1):
            raise RefusedItemError(ERROR)


def _is_gimbal(item: Item) -> bool:
    """Whether `x` of this command without a place is its flags, and `z` the gimbal's number."""
    return item.command == mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW and isfinite(item.z)


def _check_parameters(item: Item) -> None:
    values = (item.param1, item.param2, item.param3, item.param4)
    for number, value in enumerate(values):
        open_yaw = number == 3 and item.command in _YAW_OPEN
        if isinf(value) or (isnan(value) and not open_yaw):
            raise RefusedItemError(_INVALID_PARAMETER_1 + number)


def _kept(item: Item, row: Row, frame: int, x: int, y: int, z: float) -> Item:
    yaw = 0.0 if isnan(item.param4) else item.param4
    return Item(
        item.command,
        frame,
        row[0](item.param1),
        row[1](item.param2),
        row[2](item.param3),
        row[3](yaw),
        x,
        y,
        z,
    )


def from_message(message: Any) -> Item:
    """The item in a MISSION_ITEM or a MISSION_ITEM_INT. Raises RefusedItemError.

    A MISSION_ITEM has degrees in 32 bits, worth about a metre; they are multiplied in 32 bits.
    """
    x, y = message.x, message.y
    if message.get_msgId() == mavlink.MAVLINK_MSG_ID_MISSION_ITEM:
        x, y = _whole(x, 90.0, INVALID_X), _whole(y, 180.0, INVALID_Y)
    return Item(
        message.command,
        message.frame,
        message.param1,
        message.param2,
        message.param3,
        message.param4,
        x,
        y,
        message.z,
        message.autocontinue,
    )


def _whole(degrees: float, limit: float, otherwise: int) -> int:
    if not abs(degrees) <= limit:
        raise RefusedItemError(otherwise)
    return packing.ten_millionths(degrees)
