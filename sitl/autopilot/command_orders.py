"""What becomes of a command that changes what the vehicle does: one order for each.

Results are MAV_RESULTs as an ArduPilot of the recordings gives them: UNSUPPORTED for what it does
not know, FAILED for what it cannot do now, DENIED for wrong values.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import isfinite
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_metres
from sitl.autopilot.autopilot import Autopilot
from sitl.autopilot.doing import DO, do
from sitl.autopilot.items import Item
from sitl.autopilot.orders import FORCE
from sitl.autopilot.results import Result

CUSTOM_MODE = 1
"""MAV_MODE_FLAG_CUSTOM_MODE_ENABLED: without it a mode is not set."""

_FORCES = frozenset({FORCE, 2989})  # the older number still forces
_CHANGE_MODE = 1  # MAV_DO_REPOSITION_FLAGS_CHANGE_MODE
_REBOOTS = frozenset({1, 3})  # param1 of PREFLIGHT_REBOOT_SHUTDOWN: the autopilot, its bootloader

_WITH_PLACE = frozenset(
    {
        mavlink.MAV_CMD_DO_SET_ROI,
        mavlink.MAV_CMD_DO_SET_ROI_LOCATION,
        mavlink.MAV_CMD_DO_SET_HOME,
    }
)
_ONLY_AS_INT = frozenset({mavlink.MAV_CMD_DO_REPOSITION})

Order = Callable[[Autopilot, Item, float], Result]


def obey(vehicle: Autopilot, message: Any, now: float) -> Result:
    """Do what a COMMAND_LONG or COMMAND_INT orders."""
    order = order_of(message)
    if order.command in _TAKING_OVER:
        vehicle.taken_over = True
    as_int = message.get_msgId() == mavlink.MAVLINK_MSG_ID_COMMAND_INT
    if order.command in _ONLY_AS_INT and not as_int:
        return Result.UNSUPPORTED
    if (obeying := _ORDERS.get(order.command)) is not None:
        return obeying(vehicle, order, now)
    if order.command in DO:
        return Result.ACCEPTED if do(vehicle, order, vehicle.sight) else Result.DENIED
    return Result.UNSUPPORTED


def order_of(message: Any) -> Item:
    """A command of either form as an item; COMMAND_LONG carries degrees where there is a place."""
    frame, x, y, z = 3, 0, 0, 0.0
    if message.get_msgId() == mavlink.MAVLINK_MSG_ID_COMMAND_INT:
        frame, x, y, z = message.frame, message.x, message.y, _finite(message.z)
    else:
        scale = 1e7 if message.command in _WITH_PLACE else 1.0
        x, y = _integer(message.param5 * scale), _integer(message.param6 * scale)
        z = _finite(message.param7)
    return Item(
        message.command,
        frame,
        _finite(message.param1),
        _finite(message.param2),
        _finite(message.param3),
        _finite(message.param4),
        x,
        y,
        z,
    )


def whole(number: float) -> int:
    """A number sent as a float; −1 if it is none."""
    return int(number) if 0 <= number < 2**24 and number == int(number) else -1


def _set_mode(vehicle: Autopilot, order: Item, now: float) -> Result:
    if not int(order.param1) & CUSTOM_MODE:
        return Result.DENIED
    return vehicle.set_mode(whole(order.param2), now)


def _arm_disarm(vehicle: Autopilot, order: Item, now: float) -> Result:
    force = whole(order.param2) in _FORCES
    if order.param1 == 1:
        return vehicle.arm(now, force=force)
    if order.param1 == 0:
        return vehicle.disarm(now, force=force)
    return Result.UNSUPPORTED


def _take_off(vehicle: Autopilot, order: Item, now: float) -> Result:
    return vehicle.take_off(order.z, now)


def _named_mode(name: str, vehicle: Autopilot, _order: Item, now: float) -> Result:
    if name not in vehicle.kind.modes.values():
        return Result.UNSUPPORTED
    return vehicle.set_mode(vehicle.kind.number(name), now)


def _start_mission(vehicle: Autopilot, _order: Item, now: float) -> Result:
    return vehicle.start_mission(now)


def _set_current(vehicle: Autopilot, order: Item, now: float) -> Result:
    return vehicle.set_current(whole(order.param1), now)


def _reposition(vehicle: Autopilot, order: Item, now: float) -> Result:
    if not _on_earth(order):
        return Result.DENIED
    place = vehicle.place_of(order, vehicle.sight)
    change = bool(whole(order.param2) & _CHANGE_MODE)
    result = vehicle.reposition(place, now, change_mode=change)
    if result == Result.ACCEPTED and order.param1 > 0:
        vehicle.flying_as.set_speed(1, order.param1)
    return result


def _pause(vehicle: Autopilot, order: Item, now: float) -> Result:
    return vehicle.pause(resume=order.param1 == 1, now=now)


def _turn(vehicle: Autopilot, order: Item, _now: float) -> Result:
    if not vehicle.hovers:
        return Result.FAILED
    sense = -1 if order.param3 < 0 and order.param4 else 1
    vehicle.turn(sense * order.param1, relative=bool(order.param4))
    return Result.ACCEPTED


def _terminate(vehicle: Autopilot, order: Item, now: float) -> Result:
    return vehicle.terminate(now) if order.param1 > 0.5 else Result.FAILED


def _reboot(vehicle: Autopilot, order: Item, now: float) -> Result:
    return vehicle.reboot(now) if order.param1 in _REBOOTS else Result.UNSUPPORTED


def _check_again(vehicle: Autopilot, _order: Item, _now: float) -> Result:
    return vehicle.check_again()


def _calibrate(vehicle: Autopilot, _order: Item, _now: float) -> Result:
    return Result.FAILED if vehicle.armed else Result.ACCEPTED


def _set_home(vehicle: Autopilot, order: Item, _now: float) -> Result:
    if order.param1 == 1:
        return vehicle.set_home((vehicle.sight.east, vehicle.sight.north))
    if not _on_earth(order) or not (order.x or order.y):
        return Result.FAILED
    east, north = to_metres(order.x / 1e7, order.y / 1e7)
    return vehicle.set_home((float(east), float(north)))


_ORDERS: dict[int, Order] = {
    mavlink.MAV_CMD_DO_SET_MODE: _set_mode,
    mavlink.MAV_CMD_COMPONENT_ARM_DISARM: _arm_disarm,
    mavlink.MAV_CMD_NAV_TAKEOFF: _take_off,
    mavlink.MAV_CMD_NAV_LAND: partial(_named_mode, "LAND"),
    mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH: partial(_named_mode, "RTL"),
    mavlink.MAV_CMD_NAV_LOITER_UNLIM: partial(_named_mode, "LOITER"),
    mavlink.MAV_CMD_MISSION_START: _start_mission,
    mavlink.MAV_CMD_DO_SET_MISSION_CURRENT: _set_current,
    mavlink.MAV_CMD_DO_REPOSITION: _reposition,
    mavlink.MAV_CMD_DO_PAUSE_CONTINUE: _pause,
    mavlink.MAV_CMD_CONDITION_YAW: _turn,
    mavlink.MAV_CMD_DO_FLIGHTTERMINATION: _terminate,
    mavlink.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN: _reboot,
    mavlink.MAV_CMD_RUN_PREARM_CHECKS: _check_again,
    mavlink.MAV_CMD_PREFLIGHT_CALIBRATION: _calibrate,
    mavlink.MAV_CMD_DO_SET_HOME: _set_home,
}

_TAKING_OVER = frozenset(
    {
        mavlink.MAV_CMD_DO_SET_MODE,
        mavlink.MAV_CMD_COMPONENT_ARM_DISARM,
        mavlink.MAV_CMD_NAV_TAKEOFF,
        mavlink.MAV_CMD_NAV_LAND,
        mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH,
        mavlink.MAV_CMD_NAV_LOITER_UNLIM,
        mavlink.MAV_CMD_MISSION_START,
        mavlink.MAV_CMD_DO_REPOSITION,
        mavlink.MAV_CMD_DO_PAUSE_CONTINUE,
        mavlink.MAV_CMD_DO_FLIGHTTERMINATION,
        mavlink.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN,
    }
)


def _integer(number: float) -> int:
    """A number as the 32 bits of COMMAND_INT hold it."""
    return round(max(-(2.0**31), min(2.0**31 - 1, _finite(number))))


def _on_earth(order: Item) -> bool:
    return abs(order.x) <= 900_000_000 and abs(order.y) <= 1_800_000_000


def _finite(number: float) -> float:
    """What is no number at all counts as not given."""
    return number if isfinite(number) else 0.0
