"""DO commands: what a mission or a ground station may order besides the flight itself."""

from __future__ import annotations

from collections.abc import Callable

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.items import Item
from sitl.autopilot.orders import Orders
from sitl.autopilot.sight import Sight

_HERE = 1  # param1 of DO_SET_HOME


def do(vehicle: Orders, item: Item, sight: Sight) -> bool:
    """Do what `item` says; False if it is none of these, or its values are wrong."""
    doing = DO.get(item.command)
    return doing is not None and doing(vehicle, item, sight)


def _change_speed(vehicle: Orders, item: Item, _sight: Sight) -> bool:
    return vehicle.flying_as.set_speed(int(item.param1), item.param2)


def _trigger(vehicle: Orders, item: Item, _sight: Sight) -> bool:
    vehicle.payload.trigger_each(item.param1)
    if item.param3:
        vehicle.payload.shoot()
    return True


def _control_camera(vehicle: Orders, item: Item, _sight: Sight) -> bool:
    if item.x:  # param5: shoot
        vehicle.payload.shoot()
    return True


def _capture(vehicle: Orders, _item: Item, _sight: Sight) -> bool:
    vehicle.payload.shoot()
    return True


def _control_mount(vehicle: Orders, item: Item, _sight: Sight) -> bool:
    vehicle.payload.point(item.param1, item.param3)
    return True


def _point_gimbal(vehicle: Orders, item: Item, _sight: Sight) -> bool:
    vehicle.payload.point(item.param1, item.param2)
    return True


def _look_at(vehicle: Orders, item: Item, sight: Sight) -> bool:
    has_place = bool(item.x or item.y)
    vehicle.payload.region = vehicle.place_of(item, sight) if has_place else None
    return True


def _look_at_nothing(vehicle: Orders, _item: Item, _sight: Sight) -> bool:
    vehicle.payload.region = None
    return True


def _set_home(vehicle: Orders, item: Item, sight: Sight) -> bool:
    here = item.param1 == _HERE
    place = (sight.east, sight.north) if here else vehicle.place_of(item, sight)[:2]
    vehicle.set_home(place)
    return True


def _enable_fence(vehicle: Orders, item: Item, _sight: Sight) -> bool:
    return vehicle.parameters.set("FENCE_ENABLE", 1.0 if item.param1 else 0.0)


DO: dict[int, Callable[[Orders, Item, Sight], bool]] = {
    mavlink.MAV_CMD_DO_CHANGE_SPEED: _change_speed,
    mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST: _trigger,
    mavlink.MAV_CMD_DO_DIGICAM_CONTROL: _control_camera,
    mavlink.MAV_CMD_IMAGE_START_CAPTURE: _capture,
    mavlink.MAV_CMD_DO_MOUNT_CONTROL: _control_mount,
    mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW: _point_gimbal,
    mavlink.MAV_CMD_DO_SET_ROI: _look_at,
    mavlink.MAV_CMD_DO_SET_ROI_LOCATION: _look_at,
    mavlink.MAV_CMD_DO_SET_ROI_NONE: _look_at_nothing,
    mavlink.MAV_CMD_DO_SET_HOME: _set_home,
    mavlink.MAV_CMD_DO_FENCE_ENABLE: _enable_fence,
}
"""By MAV_CMD."""
