"""The messages with which a ground station commands: from the wire to an order, and what is said.

What a command changes in the vehicle is `command_orders`; what it makes it say is here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.autopilot import Autopilot
from sitl.autopilot.command_orders import CUSTOM_MODE, obey, order_of, whole
from sitl.autopilot.guided import global_target, local_target
from sitl.autopilot.items import Item
from sitl.autopilot.messages import REQUESTED, autopilot_version, heartbeat
from sitl.autopilot.results import Result
from sitl.autopilot.snapshot import Snapshot
from sitl.autopilot.stream_groups import GROUPS
from sitl.autopilot.streams import Streams
from sitl.autopilot.vehicle import Reply

_BANNERS = ("ArduCopter V4.7.0-dev (simulated)", "ArduPlane V4.7.0-dev (simulated)")
_INFO = 6


class Commands:
    """The handler of commands to `vehicle`.

    `streams` gives the streams of a channel by its number, `snapshot` the vehicle as it is now.
    """

    busy = False

    def __init__(
        self,
        vehicle: Autopilot,
        streams: Callable[[int], Streams],
        snapshot: Callable[[], Snapshot],
    ) -> None:
        self._vehicle = vehicle
        self._streams = streams
        self._snapshot = snapshot
        self._taken: dict[int, Callable[[Any, int, float], list[Any]]] = {
            mavlink.MAVLINK_MSG_ID_COMMAND_LONG: self._command,
            mavlink.MAVLINK_MSG_ID_COMMAND_INT: self._command,
            mavlink.MAVLINK_MSG_ID_HEARTBEAT: self._heartbeat,
            mavlink.MAVLINK_MSG_ID_SET_MODE: self._set_mode,
            mavlink.MAVLINK_MSG_ID_SET_POSITION_TARGET_GLOBAL_INT: self._guide,
            mavlink.MAVLINK_MSG_ID_SET_POSITION_TARGET_LOCAL_NED: self._guide,
            mavlink.MAVLINK_MSG_ID_MISSION_SET_CURRENT: self._set_current,
            mavlink.MAVLINK_MSG_ID_REQUEST_DATA_STREAM: self._request_data_stream,
            mavlink.MAVLINK_MSG_ID_TIMESYNC: self._timesync,
            mavlink.MAVLINK_MSG_ID_PING: self._ping,
        }

    def receive(self, message: Any, channel: int, now: float) -> list[Reply]:
        """Take one message; see `vehicle.Handler`."""
        taken = self._taken.get(message.get_msgId())
        if taken is None:
            return []
        return [(channel, reply) for reply in taken(message, channel, now)]

    def tick(self, now: float) -> list[Reply]:  # noqa: ARG002 – the seam's signature
        """Nothing is due by itself."""
        return []

    def reboot(self) -> None:
        """Nothing is under way."""

    def _heartbeat(self, message: Any, _channel: int, now: float) -> list[Any]:
        if message.type == mavlink.MAV_TYPE_GCS:
            self._vehicle.heard_ground(message.get_srcSystem(), now)
        return []

    def _set_mode(self, message: Any, _channel: int, now: float) -> list[Any]:
        if message.base_mode & CUSTOM_MODE:
            self._vehicle.taken_over = True
            self._vehicle.set_mode(message.custom_mode, now)
        return []

    def _guide(self, message: Any, _channel: int, now: float) -> list[Any]:
        if message.get_msgId() == mavlink.MAVLINK_MSG_ID_SET_POSITION_TARGET_GLOBAL_INT:
            global_target(self._vehicle, message, now)
        else:
            local_target(self._vehicle, message, now)
        return []

    def _set_current(self, message: Any, _channel: int, now: float) -> list[Any]:
        self._vehicle.set_current(message.seq, now)
        return [REQUESTED[mavlink.MAVLINK_MSG_ID_MISSION_CURRENT](self._snapshot())]

    def _timesync(self, message: Any, _channel: int, now: float) -> list[Any]:
        if message.tc1:
            return []  # the answer to a request, and this vehicle makes none
        since_boot = round((now - self._vehicle.booted_at) * 1e9)
        return [mavlink.MAVLink_timesync_message(since_boot, message.ts1)]

    def _ping(self, message: Any, _channel: int, _now: float) -> list[Any]:
        if message.target_system:
            return []  # an answer as well
        source = message.get_srcSystem(), message.get_srcComponent()
        return [mavlink.MAVLink_ping_message(message.time_usec, message.seq, *source)]

    def _request_data_stream(self, message: Any, channel: int, now: float) -> list[Any]:
        rate = message.req_message_rate
        interval = 1e6 / rate if message.start_stop and rate else -1
        asked = message.req_stream_id
        every = asked == mavlink.MAV_DATA_STREAM_ALL
        for group in GROUPS.values() if every else [GROUPS.get(asked, ())]:
            for identifier in group:
                self._streams(channel).set(identifier, interval, round(now * 1e6))
        return []

    def _command(self, message: Any, channel: int, now: float) -> list[Any]:
        told: list[Any] = []
        if message.command in _TELLING:
            result = self._tell(order_of(message), channel, now, told)
        else:
            result = obey(self._vehicle, message, now)
        acknowledgement = mavlink.MAVLink_command_ack_message(
            message.command, result, 0, 0, message.get_srcSystem(), message.get_srcComponent()
        )
        if self._vehicle.tell_mode:  # a changed mode is told at once
            self._vehicle.tell_mode = False
            told.append(heartbeat(self._snapshot()))
        return [acknowledgement, *told]

    def _tell(self, order: Item, channel: int, now: float, told: list[Any]) -> Result:
        """What asks it to say something; `told` takes it."""
        streams = self._streams(channel)
        identifier = whole(order.param1)
        match order.command:
            case mavlink.MAV_CMD_SET_MESSAGE_INTERVAL:
                known = streams.set(identifier, order.param2, round(now * 1e6))
                return Result.ACCEPTED if known else Result.DENIED
            case mavlink.MAV_CMD_GET_MESSAGE_INTERVAL:
                if not 0 <= identifier < 2**16:
                    return Result.FAILED
                interval = streams.interval(identifier)
                told.append(mavlink.MAVLink_message_interval_message(identifier, interval))
            case mavlink.MAV_CMD_REQUEST_AUTOPILOT_CAPABILITIES:
                told.append(autopilot_version(self._snapshot()))
            case mavlink.MAV_CMD_DO_SEND_BANNER:
                self._vehicle.say(_INFO, _BANNERS[self._vehicle.kind.mav_type == 1])
            case mavlink.MAV_CMD_GET_HOME_POSITION:
                if self._vehicle.home is None:
                    return Result.FAILED
                streams.request(mavlink.MAVLINK_MSG_ID_HOME_POSITION)
            case _:
                if identifier not in REQUESTED:
                    return Result.FAILED
                streams.request(identifier)
        return Result.ACCEPTED


_TELLING = frozenset(
    {
        mavlink.MAV_CMD_SET_MESSAGE_INTERVAL,
        mavlink.MAV_CMD_GET_MESSAGE_INTERVAL,
        mavlink.MAV_CMD_REQUEST_MESSAGE,
        mavlink.MAV_CMD_REQUEST_AUTOPILOT_CAPABILITIES,
        mavlink.MAV_CMD_DO_SEND_BANNER,
        mavlink.MAV_CMD_GET_HOME_POSITION,
    }
)
