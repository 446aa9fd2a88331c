"""Items of missions, fences and rally points, and the messages that a ground station sends of them."""

from __future__ import annotations

from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.items import Item

MISSION, FENCE, RALLY, ALL = 0, 1, 2, 255

WAYPOINT = mavlink.MAV_CMD_NAV_WAYPOINT
TAKEOFF = mavlink.MAV_CMD_NAV_TAKEOFF
VERTEX = mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION
HOLE = mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION
CIRCLE = mavlink.MAV_CMD_NAV_FENCE_CIRCLE_EXCLUSION
RETURN = mavlink.MAV_CMD_NAV_FENCE_RETURN_POINT
RALLY_POINT = mavlink.MAV_CMD_NAV_RALLY_POINT

X, Y = 340_151_000, 715_249_000
"""A place near home, in 1e-7 degrees."""


def waypoint(**changes: Any) -> Item:
    return Item(**({"command": WAYPOINT, "frame": 3, "x": X, "y": Y, "z": 40.0} | changes))


def polygon(count: int, command: int = VERTEX, **changes: Any) -> list[Item]:
    return [
        Item(**({"command": command, "frame": 0, "param1": count, "x": X + n, "y": Y} | changes))
        for n in range(count)
    ]


def circle(radius: float) -> Item:
    return Item(CIRCLE, 0, radius, x=X, y=Y)


def rally_point(**changes: Any) -> Item:
    return Item(**({"command": RALLY_POINT, "frame": 3, "x": X, "y": Y, "z": 60.0} | changes))


def count_of(count: int, kind: int = MISSION) -> Any:
    return mavlink.MAVLink_mission_count_message(1, 1, count, kind)


def item_of(number: int, item: Item, kind: int = MISSION, current: int = 0) -> Any:
    return mavlink.MAVLink_mission_item_int_message(
        1,
        1,
        number,
        item.frame,
        item.command,
        current,
        item.autocontinue,
        item.param1,
        item.param2,
        item.param3,
        item.param4,
        item.x,
        item.y,
        item.z,
        kind,
    )


def part_of(first: int, last: int, kind: int = MISSION) -> Any:
    return mavlink.MAVLink_mission_write_partial_list_message(1, 1, first, last, kind)


def list_request(kind: int = MISSION) -> Any:
    return mavlink.MAVLink_mission_request_list_message(1, 1, kind)


def request(number: int, kind: int = MISSION) -> Any:
    return mavlink.MAVLink_mission_request_int_message(1, 1, number, kind)


def clear_all(kind: int = MISSION) -> Any:
    return mavlink.MAVLink_mission_clear_all_message(1, 1, kind)
