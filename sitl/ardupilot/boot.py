"""How far a vehicle has booted, as its own messages tell.

The stages and what each is known by are those of a real SITL: PREARM turns healthy before there
is a position, so the filter's flags are asked as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from telemetry.mavlink.modes import mode_name

_WATCHED = (
    mavlink.MAVLINK_MSG_ID_SYS_STATUS,
    mavlink.MAVLINK_MSG_ID_GPS_RAW_INT,
    mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT,
)
_INTERVAL = 500_000  # µs


class Stage(IntEnum):
    """How far the boot has come."""

    STARTED = 0
    HEARTBEAT = 1
    GPS = 2
    POSITION = 3
    READY = 4


@dataclass
class Boot:
    """What vehicle `system` has told about itself."""

    system: int
    heard: bool = False
    mode: str = ""
    armed: bool = False
    fix: int = 0  # GPS_FIX_TYPE
    satellites: int = 0
    filter_flags: int = 0
    may_arm: bool = False
    text: str = ""
    """Its last STATUSTEXT."""

    @property
    def stage(self) -> Stage:
        """How far it has booted."""
        if not self.heard:
            return Stage.STARTED
        if self.fix < mavlink.GPS_FIX_TYPE_3D_FIX:
            return Stage.HEARTBEAT
        absolute = self.filter_flags & mavlink.EKF_POS_HORIZ_ABS
        if not absolute or self.filter_flags & mavlink.EKF_CONST_POS_MODE:
            return Stage.GPS
        return Stage.READY if self.may_arm else Stage.POSITION

    def take(self, message: Any) -> None:
        """Take one message; those of others are not looked at."""
        if message.get_srcSystem() != self.system:
            return
        match message.get_msgId():
            case mavlink.MAVLINK_MSG_ID_HEARTBEAT:
                if message.autopilot != mavlink.MAV_AUTOPILOT_INVALID:
                    self.heard = True
                    self.mode = mode_name(
                        message.autopilot, message.type, message.base_mode, message.custom_mode
                    )
                    self.armed = bool(message.base_mode & mavlink.MAV_MODE_FLAG_SAFETY_ARMED)
            case mavlink.MAVLINK_MSG_ID_GPS_RAW_INT:
                self.fix, self.satellites = message.fix_type, message.satellites_visible
            case mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT:
                self.filter_flags = message.flags
            case mavlink.MAVLINK_MSG_ID_SYS_STATUS:
                health = message.onboard_control_sensors_health
                self.may_arm = bool(health & mavlink.MAV_SYS_STATUS_PREARM_CHECK)
            case mavlink.MAVLINK_MSG_ID_STATUSTEXT:
                self.text = message.text


def questions(system: int) -> list[Any]:
    """What asks the vehicle for the messages that `Boot` watches; a copter sends none unasked."""
    return [
        mavlink.MAVLink_command_long_message(
            system,
            mavlink.MAV_COMP_ID_AUTOPILOT1,
            mavlink.MAV_CMD_SET_MESSAGE_INTERVAL,
            0,
            number,
            _INTERVAL,
            *([0] * 5),
        )
        for number in _WATCHED
    ]
