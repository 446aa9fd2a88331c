"""Which fences an ArduPilot takes, and what it makes of their items."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.item_rules import (
    FRAMES,
    GLOBAL,
    MOST_EAST,
    MOST_NORTH,
    UNSUPPORTED,
    UNSUPPORTED_FRAME,
    RefusedItemError,
)
from sitl.autopilot.items import Item

VERTICES = frozenset(
    {
        mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION,
        mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION,
    }
)
CIRCLES = frozenset(
    {
        mavlink.MAV_CMD_NAV_FENCE_CIRCLE_INCLUSION,
        mavlink.MAV_CMD_NAV_FENCE_CIRCLE_EXCLUSION,
    }
)
RETURN_POINT = mavlink.MAV_CMD_NAV_FENCE_RETURN_POINT

FEWEST_VERTICES = 3
_NEARLY_WHOLE = 0.001  # metres by which a radius may be off a whole number and still become it


class WrongFenceError(Exception):
    """The items together are no fence; the message is what the vehicle says about it."""


def fence_item(item: Item) -> Item:
    """`item` of a fence as it is read back: no height, frame 0. Raises RefusedItemError."""
    if item.frame not in FRAMES:
        raise RefusedItemError(UNSUPPORTED_FRAME)
    if item.command in VERTICES:
        size = float(int(item.param1) & 0xFF) if isfinite(item.param1) else 0.0
    elif item.command in CIRCLES:
        size = _radius(item.param1)
    elif item.command == RETURN_POINT:
        size = 0.0
    else:
        raise RefusedItemError(UNSUPPORTED)
    return Item(item.command, GLOBAL, size, x=item.x, y=item.y, autocontinue=0)


def check_fence(items: Sequence[Item]) -> None:
    """Raises WrongFenceError unless `items` are a fence that is taken.

    Each vertex names the count of its polygon in param1. A polygon that crosses itself, doubled
    vertices or a fence without the vehicle in it are taken.
    """
    polygon: Item | None = None  # its first vertex
    left = 0  # vertices that it still needs
    return_points = 0
    for item in items:
        if left and polygon is not None:
            _check_same_polygon(item, polygon)
        elif item.command in VERTICES:
            polygon, left = item, int(item.param1)
            if left < FEWEST_VERTICES:
                raise WrongFenceError(f"Invalid vertex count ({left})")
        elif item.command in CIRCLES:
            if item.param1 <= 0:
                raise WrongFenceError("Non-positive circle radius")
        else:
            return_points += 1
            if return_points > 1:
                raise WrongFenceError("Multiple return points")
        left = max(left - 1, 0)
        if abs(item.x) > MOST_NORTH or abs(item.y) > MOST_EAST:
            raise WrongFenceError("Bad lat or lon")
    if left:
        raise WrongFenceError("Incorrect item count")


def _check_same_polygon(item: Item, first: Item) -> None:
    if item.command != first.command:
        wanted, got = first.command, item.command
        raise WrongFenceError(f"Received incorrect type (want={wanted} got={got})")
    if item.param1 != first.param1:
        wanted, got = int(first.param1), int(item.param1)
        raise WrongFenceError(f"Unexpected vertex count want={wanted} got={got}")


def fence_total(items: Sequence[Item]) -> int:
    """FENCE_TOTAL: two more than there are vertices and circles, 0 for fewer than three of them.

    It is no count of the items: two is what the protocol before this one needed.
    """
    count = sum(item.command != RETURN_POINT for item in items)
    return count + 2 if count >= FEWEST_VERTICES else 0


def _radius(metres: float) -> float:
    """A radius as it is kept: whole where it is nearly; 0, which is refused, where it is none."""
    if not isfinite(metres) or metres <= 0:
        return 0.0
    whole = float(int(metres))
    return whole if metres - whole < _NEARLY_WHOLE else metres
