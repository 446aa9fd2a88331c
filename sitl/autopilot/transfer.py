"""The transfer of missions, fences and rally points, as an ArduPilot does it.

The behaviour is that of recorded transfers of a real one, against which tests hold it. What
surprises a ground station: the vehicle asks with MISSION_REQUEST and wants MISSION_ITEM_INT; item
0 of a mission is home, whatever was sent; a mission changes item by item as it comes in, only a
fence is taken as a whole; a cancel from the ground is not heard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.fence_rules import fence_total
from sitl.autopilot.item_lists import Fence, ItemList, Mission, Rally
from sitl.autopilot.item_rules import (
    COPTER_PLACES,
    RefusedItemError,
    Row,
    from_message,
    mission_item,
)
from sitl.autopilot.items import Item, Store
from sitl.autopilot.vehicle import Reply, Vehicle

ASKED_AGAIN_AFTER = 1.0
"""Seconds without an answer after which an item is asked for again."""

GIVEN_UP_AFTER = 8.0
"""Seconds without a wanted item after which an upload ends."""

_WARNING = mavlink.MAV_SEVERITY_WARNING
_GO_THERE, _CHANGE_HEIGHT = 2, 3  # MISSION_ITEM.current: an order, none of a mission's items


@dataclass(slots=True)
class _Upload:
    """A list on its way up."""

    system: int
    component: int
    channel: int
    wanted: int  # the number of the item that comes next
    last: int
    heard: float  # when the last wanted item came
    asked: float


class Transfers:
    """The handler of all MISSION_* messages but MISSION_SET_CURRENT.

    `places` says what is kept of commands with a place (item_rules): a copter's unless told.
    `guide` sends the vehicle to an item's place, where it is flown by places, and says whether it
    goes: some ground stations still order that with an item whose `current` is 2.
    """

    def __init__(
        self,
        vehicle: Vehicle,
        mission: Store,
        fence: Store,
        rally: Store,
        *,
        places: Mapping[int, Row] = COPTER_PLACES,
        guide: Callable[[Item], bool] | None = None,
    ) -> None:
        self._vehicle = vehicle
        self._places = places
        self._guide = guide
        self._lists: dict[int, ItemList] = {
            mission.mission_type: Mission(vehicle, mission, places),
            fence.mission_type: Fence(vehicle, fence),
            rally.mission_type: Rally(vehicle, rally),
        }
        _keep_count(vehicle, mission, "MIS_TOTAL", len)
        _keep_count(vehicle, fence, "FENCE_TOTAL", fence_total)
        _keep_count(vehicle, rally, "RALLY_TOTAL", len)
        self._uploads: dict[int, _Upload] = {}
        self._takers: dict[str, Callable[[ItemList, Any, int, float], list[Reply]]] = {
            "MISSION_COUNT": self._count,
            "MISSION_ITEM": self._item,
            "MISSION_ITEM_INT": self._item,
            "MISSION_REQUEST_LIST": self._request_list,
            "MISSION_REQUEST": self._request,
            "MISSION_REQUEST_INT": self._request,
            "MISSION_WRITE_PARTIAL_LIST": self._write_partial,
            "MISSION_CLEAR_ALL": self._clear,
        }

    @property
    def busy(self) -> bool:
        """Whether an upload is under way."""
        return bool(self._uploads)

    def receive(self, message: Any, channel: int, now: float) -> list[Reply]:
        """Take one message; see `vehicle.Handler`."""
        take = self._takers.get(message.get_type())
        if take is None:
            return []
        items = self._lists.get(message.mission_type)
        if items is None:
            return [_ack(message, channel, mavlink.MAV_MISSION_UNSUPPORTED)]
        return take(items, message, channel, now)

    def tick(self, now: float) -> list[Reply]:
        """Ask again for what did not come, and give up what did not come for long."""
        replies = []
        for kind, upload in list(self._uploads.items()):
            if now - upload.heard > GIVEN_UP_AFTER:
                del self._uploads[kind]
                items = self._lists[kind]
                items.abandon()
                self._vehicle.say(_WARNING, f"{items.name} upload timeout")
                cancelled = mavlink.MAV_MISSION_OPERATION_CANCELLED
                ack = mavlink.MAVLink_mission_ack_message(
                    upload.system, upload.component, cancelled, kind
                )
                replies.append((upload.channel, ack))
            elif now - upload.asked > ASKED_AGAIN_AFTER:
                replies.append(_ask(upload, kind, now))
        return replies

    def reboot(self) -> None:
        """Forget the uploads; what has come in of a mission stays."""
        for kind in self._uploads:
            self._lists[kind].abandon()
        self._uploads.clear()

    def _count(self, items: ItemList, message: Any, channel: int, now: float) -> list[Reply]:
        if self._of_another(message):
            return [_ack(message, channel, mavlink.MAV_MISSION_DENIED)]
        if message.count > items.room:
            self._end(message.mission_type)
            self._vehicle.say(_WARNING, f"Only {items.room} items are supported")
            return [_ack(message, channel, mavlink.MAV_MISSION_NO_SPACE)]
        items.begin(message.count)
        if message.count == 0:
            self._uploads.pop(message.mission_type, None)
            return [_ack(message, channel, items.complete())]
        return self._begin(message, channel, now, 0, message.count - 1)

    def _write_partial(
        self, items: ItemList, message: Any, channel: int, now: float
    ) -> list[Reply]:
        if self._of_another(message):
            return [_ack(message, channel, mavlink.MAV_MISSION_DENIED)]
        first, last, count = message.start_index, message.end_index, len(items)
        if not 0 <= first <= last <= count:
            self._vehicle.say(_WARNING, "Flight plan update rejected")
            return [_ack(message, channel, mavlink.MAV_MISSION_ERROR)]
        items.begin_part()
        return self._begin(message, channel, now, first, last)

    def _begin(self, message: Any, channel: int, now: float, first: int, last: int) -> list[Reply]:
        system, component = message.get_srcSystem(), message.get_srcComponent()
        upload = _Upload(system, component, channel, first, last, now, now)
        self._uploads[message.mission_type] = upload
        return [_ask(upload, message.mission_type, now)]

    def _item(self, items: ItemList, message: Any, channel: int, now: float) -> list[Reply]:
        kind = message.mission_type
        order = message.current in {_GO_THERE, _CHANGE_HEIGHT}
        if order and kind == mavlink.MAV_MISSION_TYPE_MISSION:
            return [_ack(message, channel, self._ordered(message))]
        upload = self._uploads.get(kind)
        if upload is None:
            return [_ack(message, channel, mavlink.MAV_MISSION_ERROR)]
        # From here on all answers go out where the upload comes in.
        unexpected = self._unexpected(upload, message)
        if unexpected:
            return [_ack(message, upload.channel, unexpected)]
        try:
            items.put(message.seq, from_message(message), upload.last)
        except RefusedItemError as error:
            self._end(kind)
            return [_ack(message, upload.channel, error.result)]
        upload.heard = now
        upload.wanted += 1
        if upload.wanted > upload.last:
            del self._uploads[kind]
            return [_ack(message, upload.channel, items.complete())]
        return [_ask(upload, kind, now)]

    def _ordered(self, message: Any) -> int:
        try:
            item = mission_item(from_message(message), self._places)
        except RefusedItemError as error:
            return error.result
        if message.current == _CHANGE_HEIGHT:
            item = replace(item, x=0, y=0)  # here
        goes = self._guide is not None and self._guide(item)
        return int(mavlink.MAV_MISSION_ACCEPTED if goes else mavlink.MAV_MISSION_ERROR)

    def _unexpected(self, upload: _Upload, message: Any) -> int:
        if message.seq != upload.wanted:
            return int(mavlink.MAV_MISSION_INVALID_SEQUENCE)
        return int(mavlink.MAV_MISSION_DENIED) if self._of_another(message) else 0

    def _request_list(self, items: ItemList, message: Any, channel: int, now: float) -> list[Reply]:
        del now
        if message.mission_type in self._uploads:
            return [_ack(message, channel, mavlink.MAV_MISSION_DENIED)]
        return [_told_count(items, message, channel)]

    def _request(self, items: ItemList, message: Any, channel: int, now: float) -> list[Reply]:
        del now
        if message.mission_type in self._uploads:
            return [_ack(message, channel, mavlink.MAV_MISSION_DENIED)]
        try:
            item = items.read(message.seq)
        except RefusedItemError as error:
            replies = [_ack(message, channel, error.result)]
            if isinstance(items, Mission):
                # it teaches the ground station how many there are
                replies.insert(0, _told_count(items, message, channel))
            return replies
        whole = message.get_type() == "MISSION_REQUEST_INT"
        form = (
            mavlink.MAVLink_mission_item_int_message
            if whole
            else mavlink.MAVLink_mission_item_message
        )
        x, y = (item.x, item.y) if whole else (item.x * 1e-7, item.y * 1e-7)
        told = form(
            message.get_srcSystem(),
            message.get_srcComponent(),
            message.seq,
            item.frame,
            item.command,
            0,  # current
            item.autocontinue,
            item.param1,
            item.param2,
            item.param3,
            item.param4,
            x,
            y,
            item.z,
            message.mission_type,
        )
        return [(channel, told)]

    def _clear(self, items: ItemList, message: Any, channel: int, now: float) -> list[Reply]:
        del now
        under_way = message.mission_type in self._uploads
        result = mavlink.MAV_MISSION_ERROR if under_way else items.clear()
        return [_ack(message, channel, result)]

    def _of_another(self, message: Any) -> bool:
        """Whether somebody else than the sender of `message` is uploading this list."""
        upload = self._uploads.get(message.mission_type)
        sender = (message.get_srcSystem(), message.get_srcComponent())
        return upload is not None and (upload.system, upload.component) != sender

    def _end(self, kind: int) -> None:
        if self._uploads.pop(kind, None) is not None:
            self._lists[kind].abandon()


def _keep_count(
    vehicle: Vehicle, store: Store, name: str, total: Callable[[tuple[Item, ...]], int]
) -> None:
    """Keep the total of a list's items among the parameters, whoever changes them."""

    def count() -> None:
        vehicle.parameters.keep(name, total(store.items))

    store.watch(count)
    count()


def _ask(upload: _Upload, kind: int, now: float) -> Reply:
    upload.asked = now
    request = mavlink.MAVLink_mission_request_message(
        upload.system, upload.component, upload.wanted, kind
    )
    return upload.channel, request


def _ack(message: Any, channel: int, result: int) -> Reply:
    ack = mavlink.MAVLink_mission_ack_message(
        message.get_srcSystem(), message.get_srcComponent(), result, message.mission_type
    )
    return channel, ack


def _told_count(items: ItemList, message: Any, channel: int) -> Reply:
    count = mavlink.MAVLink_mission_count_message(
        message.get_srcSystem(), message.get_srcComponent(), len(items), message.mission_type
    )
    return channel, count
