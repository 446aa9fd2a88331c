"""Missions that other ground stations give to vehicles, or read from them, as they are overheard.

A list goes over as MISSION_COUNT, one MISSION_ITEM_INT for each that is asked for, and MISSION_ACK
(https://mavlink.io/en/services/mission.html). One that a vehicle sends is what it carries; one that is
sent to a vehicle is so when the vehicle has acknowledged it. A list of which an item was not heard is
never taken for whole: then it is known only that the vehicle carries another one than before. Fences
and rally points, which go over alike, are passed over.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from pymavlink.dialects.v20 import ardupilotmega as dialect

from fleet.columns import Rows, blank
from fleet.views import PROGRESS
from telemetry.batch import Place
from telemetry.mavlink.codec import Decoded, Message
from telemetry.mavlink.roles import SYSTEMS

ITEMS_MOST = 2_000
"""Items of a list; ArduPilot has room for 724 on most boards, PX4 for 2,000."""

TRANSFERS_MOST = 64
"""Lists that are on their way at a time in a network; the oldest is given up for a new one."""

_MISSION = 0  # MAV_MISSION_TYPE_MISSION
_ACCEPTED = 0  # MAV_MISSION_ACCEPTED
_ARDUPILOT, _NO_AUTOPILOT = 3, 8
_NAV_LAST = 95  # MAV_CMD_NAV_LAST: what is beyond it is no place to fly to
_GLOBAL_FRAMES = frozenset({0, 3, 5, 6, 10, 11})  # MAV_FRAME_GLOBAL…
_PLACES = frozenset(
    command
    for command, entry in dialect.enums["MAV_CMD"].items()
    if command < _NAV_LAST and getattr(entry, "has_location", False)
)
_HEARD = (
    Message.MISSION_COUNT,
    Message.MISSION_CLEAR_ALL,
    Message.MISSION_ITEM,
    Message.MISSION_ITEM_INT,
    Message.MISSION_WRITE_PARTIAL_LIST,
    Message.MISSION_ACK,
)


Told = tuple[int, datetime, int, tuple[Place, ...] | None]
"""System, when it was known, how many items its list has, and the places; None: not known."""

_Known = tuple[int, int, tuple[Place, ...] | None]
"""The same without its time."""

Systems = NDArray[np.uint8]
_Key = tuple[int, int, bool]
"""Vehicle, ground station, and whether the list goes to the vehicle."""


@dataclass
class _Transfer:
    """A list on its way."""

    count: int
    items: dict[int, Place | None] = field(default_factory=dict)
    """What was heard by number; None for what is no place."""

    @property
    def is_whole(self) -> bool:
        return len(self.items) == self.count


class Missions:
    """What the vehicles of one network carry, by system id."""

    def __init__(self) -> None:
        self.version = 0
        """Grows with each change of `changed_since`."""
        self._transfers: OrderedDict[_Key, _Transfer] = OrderedDict()
        self._held: dict[int, tuple[int, tuple[Place, ...] | None]] = {}
        self._has_home = np.zeros(SYSTEMS, np.bool_)  # ArduPilot: item 0 is its home
        self._progress = blank(PROGRESS, SYSTEMS)
        self._changed = np.zeros(SYSTEMS, np.int64)

    def take(
        self, decoded: Decoded, are_vehicles: Callable[[Systems], NDArray[np.bool_]]
    ) -> list[Told]:
        """Take the messages of one batch; what vehicles are known to carry now, if that is new."""
        tables = decoded.tables
        if Message.MISSION_CURRENT in tables:
            self._take_progress(decoded, are_vehicles)
        if Message.HEARTBEAT in tables:
            self._learn(decoded)
        heard = [message for message in _HEARD if message in tables]
        if not heard:
            return []
        every = np.arange(SYSTEMS).astype(np.uint8)
        vehicles = frozenset(np.flatnonzero(are_vehicles(every)).tolist())
        pieces = sorted(
            (int(frame), message, number)
            for message in heard
            for number, frame in enumerate(tables[message].frames.tolist())
        )
        told: list[Told] = []
        for frame, message, number in pieces:
            head, row = decoded.frames[frame], tables[message].rows[number]
            found = self._hear(int(head["system"]), message, row, vehicles)
            if found is not None and self._held.get(found[0]) != found[1:]:
                self._held[found[0]] = found[1:]
                received: datetime = head["received_time"].item()
                told.append((found[0], received.replace(tzinfo=UTC), *found[1:]))
        return told

    def changed_since(self, version: int) -> tuple[list[int], Rows]:
        """Systems that told after `version` where in their mission they are; PROGRESS rows."""
        systems = np.flatnonzero(self._changed > version)
        return systems.tolist(), self._progress[systems]

    def _take_progress(
        self, decoded: Decoded, are_vehicles: Callable[[Systems], NDArray[np.bool_]]
    ) -> None:
        table = decoded.tables[Message.MISSION_CURRENT]
        known = are_vehicles(decoded.frames["system"][table.frames])
        if not known.any():
            return
        heads, rows = decoded.frames[table.frames[known]], table.rows[known]
        systems = heads["system"]
        self._progress["time"][systems] = heads["received_time"]
        self._progress["item"][systems] = rows["seq"]
        self._progress["total"][systems] = rows["total"]
        self.version += 1
        self._changed[systems] = self.version

    def _learn(self, decoded: Decoded) -> None:
        """Which vehicles have their home as item 0."""
        table = decoded.tables[Message.HEARTBEAT]
        autopilots = table.rows["autopilot"]
        has_one = autopilots != _NO_AUTOPILOT
        systems = decoded.frames["system"][table.frames[has_one]]
        self._has_home[systems] = autopilots[has_one] == _ARDUPILOT

    def _hear(
        self, sender: int, message: Message, row: np.void, vehicles: frozenset[int]
    ) -> _Known | None:
        """What a vehicle is known to carry by one message: system, count and places."""
        target = int(row["target_system"])
        told_by_vehicle = sender in vehicles
        vehicle, station = (sender, target) if told_by_vehicle else (target, sender)
        if vehicle not in vehicles or int(row["mission_type"]) != _MISSION:
            return None
        upload, download = (vehicle, station, True), (vehicle, station, False)
        if message is Message.MISSION_ACK:
            if not told_by_vehicle:
                return None
            return self._acknowledged(upload, accepted=int(row["type"]) == _ACCEPTED)
        if message is Message.MISSION_WRITE_PARTIAL_LIST:
            return None if told_by_vehicle else (vehicle, 0, None)
        key = download if told_by_vehicle else upload
        if message is Message.MISSION_CLEAR_ALL:
            if not told_by_vehicle:
                self._begin(upload, 0)
        elif message is Message.MISSION_COUNT:
            self._begin(key, int(row["count"]))
        else:
            self._put(key, row, degrees=1.0 if message is Message.MISSION_ITEM else 1e7)
        transfer = self._transfers.get(download)
        if told_by_vehicle and transfer is not None and transfer.is_whole:
            return self._whole(download)
        return None

    def _begin(self, key: _Key, count: int) -> None:
        self._transfers.pop(key, None)
        if count > ITEMS_MOST:
            return
        self._transfers[key] = _Transfer(count)
        if len(self._transfers) > TRANSFERS_MOST:
            self._transfers.popitem(last=False)

    def _put(self, key: _Key, row: np.void, *, degrees: float) -> None:
        transfer, number = self._transfers.get(key), int(row["seq"])
        if transfer is not None and number < transfer.count:
            transfer.items[number] = _place(row, degrees)

    def _acknowledged(self, key: _Key, *, accepted: bool) -> _Known | None:
        """A vehicle has taken the list that was sent to it, or has not."""
        transfer = self._transfers.get(key)
        if transfer is None:
            return None
        if not accepted:
            del self._transfers[key]
            return None
        if transfer.is_whole:
            return self._whole(key)
        del self._transfers[key]
        return key[0], transfer.count, None

    def _whole(self, key: _Key) -> _Known:
        transfer = self._transfers.pop(key)
        first = int(self._has_home[key[0]])
        items = (transfer.items[number] for number in range(first, transfer.count))
        return key[0], transfer.count, tuple(item for item in items if item is not None)


def _place(row: np.void, degrees: float) -> Place | None:
    """Where an item leads to; None if that is nowhere."""
    command, frame = int(row["command"]), int(row["frame"])
    latitude, longitude = float(row["x"]) / degrees, float(row["y"]) / degrees
    height = float(row["z"])
    known = command in _PLACES and frame in _GLOBAL_FRAMES and (latitude or longitude)
    if not known or not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    height = round(height, 2) if math.isfinite(height) else 0.0
    return (int(row["seq"]), command, frame, round(latitude, 7), round(longitude, 7), height)
