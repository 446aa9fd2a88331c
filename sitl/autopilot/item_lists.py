"""The three lists of items that a vehicle keeps: its mission, its fence and its rally points.

They differ in when an upload takes effect: a mission and rally points change item by item, a
fence is exchanged at its end or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.fence_rules import WrongFenceError, check_fence, fence_item
from sitl.autopilot.item_rules import (
    ACCEPTED,
    ERROR,
    GLOBAL,
    RefusedItemError,
    Row,
    check_jump,
    mission_item,
    rally_point,
)
from sitl.autopilot.items import Item, Store
from sitl.autopilot.vehicle import Vehicle

MOST_MISSION_ITEMS = 650
MOST_FENCE_ITEMS = 255
MOST_RALLY_POINTS = 90

_INVALID_SEQUENCE = mavlink.MAV_MISSION_INVALID_SEQUENCE
_INFO, _WARNING, _DEBUG = (
    mavlink.MAV_SEVERITY_INFO,
    mavlink.MAV_SEVERITY_WARNING,
    mavlink.MAV_SEVERITY_DEBUG,
)


class ItemList(Protocol):
    """One of them, as a transfer sees it."""

    name: str
    room: int  # the most items that it holds

    def __len__(self) -> int:
        """How many items a ground station is told of."""

    def begin(self, count: int) -> None:
        """A whole new list of `count` items is coming."""

    def begin_part(self) -> None:
        """Some of the items are coming anew."""

    def put(self, number: int, item: Item, last: int) -> None:
        """Take item `number` of an upload that ends with `last`. Raises RefusedItemError."""

    def complete(self) -> int:
        """All have come; the MAV_MISSION_RESULT to answer."""

    def abandon(self) -> None:
        """The rest does not come any more."""

    def read(self, number: int) -> Item:
        """Item `number` as a ground station reads it. Raises RefusedItemError."""

    def clear(self) -> int:
        """Hold nothing; the MAV_MISSION_RESULT to answer."""


class Mission:
    """The mission. Item 0 is home: it can be read even where there is no mission."""

    name = "Mission"
    room = MOST_MISSION_ITEMS

    def __init__(self, vehicle: Vehicle, store: Store, places: Mapping[int, Row]) -> None:
        self._vehicle = vehicle
        self._store = store
        self._places = places
        if not store.items:  # a fresh vehicle holds one item
            store.replace([Item(mavlink.MAV_CMD_NAV_WAYPOINT, GLOBAL)])

    def __len__(self) -> int:
        return len(self._store.items)

    def begin(self, count: int) -> None:
        """Cut off what is beyond `count`; the rest stays until it is overwritten."""
        if len(self) > count:
            self._store.replace(self._store.items[:count])

    def begin_part(self) -> None:
        """Nothing to prepare."""

    def put(self, number: int, item: Item, last: int) -> None:
        """Hold it at once."""
        kept = mission_item(item, self._places)
        check_jump(kept, len(self), last)
        _put(self._store, number, kept, self.room)

    def complete(self) -> int:
        """Say that it is received."""
        self._vehicle.say(_INFO, "Flight plan received")
        return ACCEPTED

    def abandon(self) -> None:
        """What has come stays."""

    def read(self, number: int) -> Item:
        """Home for 0, otherwise what is held."""
        if number == 0:
            return self._home()
        if number >= len(self):
            raise RefusedItemError(ERROR)
        return self._store.items[number]

    def clear(self) -> int:
        """Hold nothing, not even home. A mission that is being flown stays."""
        if self._vehicle.in_auto:
            return ERROR
        self._store.replace(())
        return ACCEPTED

    def _home(self) -> Item:
        x, y, z = 0, 0, 0.0
        home = self._vehicle.home
        if home is not None:
            x, y = round(home.latitude * 1e7), round(home.longitude * 1e7)
            z = round(home.altitude, 2)
        return Item(mavlink.MAV_CMD_NAV_WAYPOINT, GLOBAL, x=x, y=y, z=z)


class Fence:
    """The fence; the old one stays until a new one is complete and right."""

    name = "Fence"
    room = MOST_FENCE_ITEMS

    def __init__(self, vehicle: Vehicle, store: Store) -> None:
        self._vehicle = vehicle
        self._store = store
        self._coming: list[Item | None] = []

    def __len__(self) -> int:
        return len(self._store.items)

    def begin(self, count: int) -> None:
        """Make room for `count` items."""
        self._coming = [None] * count

    def begin_part(self) -> None:
        """Take the present items for those that do not come."""
        self._coming = list(self._store.items)

    def put(self, number: int, item: Item, last: int) -> None:
        """Put it aside until the fence is complete."""
        del last
        if number >= len(self._coming):
            raise RefusedItemError(_INVALID_SEQUENCE)
        self._coming[number] = fence_item(item)

    def complete(self) -> int:
        """Exchange the fence, unless the new one is wrong."""
        items = [item for item in self._coming if item is not None]
        self.abandon()
        return self._write(items)

    def abandon(self) -> None:
        """Forget what was put aside."""
        self._coming = []

    def read(self, number: int) -> Item:
        """What is held. One past the end is an error, further on a wrong number."""
        if number >= len(self):
            raise RefusedItemError(ERROR if number == len(self) else _INVALID_SEQUENCE)
        return self._store.items[number]

    def clear(self) -> int:
        """Hold nothing."""
        return self._write([])

    def _write(self, items: list[Item]) -> int:
        try:
            check_fence(items)
        except WrongFenceError as error:
            self._vehicle.say(_WARNING, str(error))
            self._vehicle.say(_WARNING, "Fence validation failed")
            return ERROR
        self._store.replace(items)
        self._vehicle.say(_DEBUG, "Fence Indexed OK")
        return ACCEPTED


class Rally:
    """The rally points."""

    name = "Rally"
    room = MOST_RALLY_POINTS

    def __init__(self, vehicle: Vehicle, store: Store) -> None:
        self._vehicle = vehicle
        self._store = store

    def __len__(self) -> int:
        return len(self._store.items)

    def begin(self, count: int) -> None:
        """Cut off what is beyond `count`."""
        if len(self) > count:
            self._store.replace(self._store.items[:count])

    def begin_part(self) -> None:
        """Nothing to prepare."""

    def put(self, number: int, item: Item, last: int) -> None:
        """Hold it at once."""
        del last
        _put(self._store, number, rally_point(item), self.room)

    def complete(self) -> int:
        """Say that they are received."""
        self._vehicle.say(_INFO, "Rally points received")
        return ACCEPTED

    def abandon(self) -> None:
        """What has come stays."""

    def read(self, number: int) -> Item:
        """What is held."""
        if number >= len(self):
            raise RefusedItemError(_INVALID_SEQUENCE)
        return self._store.items[number]

    def clear(self) -> int:
        """Hold nothing."""
        self._store.replace(())
        return ACCEPTED


def _put(store: Store, number: int, item: Item, room: int) -> None:
    # The list can have been cut or filled otherwise since the upload began.
    if number > len(store.items) or number >= room:
        raise RefusedItemError(ERROR)
    store.put(number, item)
