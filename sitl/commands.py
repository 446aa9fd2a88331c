"""What a simulated drone understands: commands that ask it to tell something.

It flies its patrol by itself; whatever would change that is answered UNSUPPORTED, as any command
that a vehicle does not know. Answers and their order are those of a recorded ArduCopter.
"""

from __future__ import annotations

from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.messages import REQUESTED, autopilot_version
from sitl.snapshot import Snapshot
from sitl.streams import Streams

# Messages of each group of the old REQUEST_DATA_STREAM that this vehicle has.
_GROUPS = {
    mavlink.MAV_DATA_STREAM_RAW_SENSORS: (),
    mavlink.MAV_DATA_STREAM_EXTENDED_STATUS: (
        mavlink.MAVLINK_MSG_ID_SYS_STATUS,
        mavlink.MAVLINK_MSG_ID_GPS_RAW_INT,
    ),
    mavlink.MAV_DATA_STREAM_RC_CHANNELS: (),
    mavlink.MAV_DATA_STREAM_POSITION: (mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT,),
    mavlink.MAV_DATA_STREAM_EXTRA1: (mavlink.MAVLINK_MSG_ID_ATTITUDE,),
    mavlink.MAV_DATA_STREAM_EXTRA2: (mavlink.MAVLINK_MSG_ID_VFR_HUD,),
    mavlink.MAV_DATA_STREAM_EXTRA3: (
        mavlink.MAVLINK_MSG_ID_SYSTEM_TIME,
        mavlink.MAVLINK_MSG_ID_BATTERY_STATUS,
        mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT,
    ),
}


def answer(message: Any, streams: Streams, now: Snapshot, time: int) -> list[Any]:
    """The messages that answer one message of a ground station; `time` in µs of the simulation."""
    kind = message.get_msgId()
    if kind in {mavlink.MAVLINK_MSG_ID_COMMAND_LONG, mavlink.MAVLINK_MSG_ID_COMMAND_INT}:
        return _command(message, streams, now, time)
    if kind == mavlink.MAVLINK_MSG_ID_REQUEST_DATA_STREAM:
        _request_data_stream(message, streams, time)
    return []


def _command(message: Any, streams: Streams, now: Snapshot, time: int) -> list[Any]:
    result = mavlink.MAV_RESULT_ACCEPTED
    told: list[Any] = []
    match message.command:
        case mavlink.MAV_CMD_SET_MESSAGE_INTERVAL:
            if not streams.set(_whole(message.param1), message.param2, time):
                result = mavlink.MAV_RESULT_DENIED
        case mavlink.MAV_CMD_GET_MESSAGE_INTERVAL:
            identifier = _whole(message.param1)
            interval = streams.interval(identifier)
            if 0 <= identifier < 2**16:
                told.append(mavlink.MAVLink_message_interval_message(identifier, interval))
            else:
                result = mavlink.MAV_RESULT_FAILED
        case mavlink.MAV_CMD_REQUEST_MESSAGE:
            identifier = _whole(message.param1)
            if identifier not in REQUESTED:
                result = mavlink.MAV_RESULT_FAILED
            elif identifier != mavlink.MAVLINK_MSG_ID_HOME_POSITION or now.home_known:
                told.append(REQUESTED[identifier](now))
        case mavlink.MAV_CMD_REQUEST_AUTOPILOT_CAPABILITIES:
            told.append(autopilot_version(now))
        case _:
            result = mavlink.MAV_RESULT_UNSUPPORTED
    acknowledgement = mavlink.MAVLink_command_ack_message(
        message.command,
        result,
        0,
        0,
        message.get_srcSystem(),
        message.get_srcComponent(),
    )
    return [acknowledgement, *told]


def _request_data_stream(message: Any, streams: Streams, time: int) -> None:
    rate = message.req_message_rate
    interval = 1e6 / rate if message.start_stop and rate else -1
    asked = message.req_stream_id
    groups = _GROUPS.values() if asked == mavlink.MAV_DATA_STREAM_ALL else [_GROUPS.get(asked, ())]
    for group in groups:
        for identifier in group:
            streams.set(identifier, interval, time)


def _whole(number: float) -> int:
    """A message id sent as a float; −1 if it is none."""
    return int(number) if 0 <= number < 2**24 and number == int(number) else -1
