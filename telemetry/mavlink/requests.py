"""Asks vehicles for the messages that are needed: ArduCopter sends none until asked.

Of each vehicle: SET_MESSAGE_INTERVAL for what streams, REQUEST_MESSAGE for what is told once. One
command waits for its COMMAND_ACK at a time, since an acknowledgement names the command but not the
message. What is not acknowledged is asked again with growing pauses, ASK_LIMIT times; what is
denied is not asked again. All is asked anew after a reboot, and a message that stays away while
the vehicle heartbeats is asked for again. Decides only: what is due is sent by the caller.

What is known of all vehicles lies in tables, a row a system and a column a message, so that what
was heard of a fleet is noted at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.codec import Command, Message
from telemetry.mavlink.roles import SYSTEMS

ASK_LIMIT = 5
"""How often a message is asked for without an answer."""

ACK_WAIT = 1.0
"""Seconds that a command waits for its acknowledgement, doubled with each repetition."""

PER_CALL = 4
"""Commands that are due at a time over all vehicles, so that fifty vehicles that appear together
are not asked in one burst."""

HEARTBEAT_WAIT = 5.0
"""Seconds after its last heartbeat for which a vehicle is asked anything."""

SILENT_HEARTBEATS = 3
SILENT_INTERVALS = 4
"""A message is missing when more heartbeats came and more of its intervals passed than this."""

REPEAT_WAIT = 5.0
REPEAT_WAIT_MAX = 60.0
"""Seconds between two requests for a missing message; doubled each time until it comes."""

CAMERA_HZ = 2.0
"""How often a vehicle is asked at most where its camera looks: the page shows no more."""

_ACCEPTED = 0  # MAV_RESULT
_TEMPORARILY_REJECTED, _FAILED, _IN_PROGRESS = 1, 4, 5

_STREAMS = (
    Message.SYSTEM_TIME,  # first: it dates all else
    Message.GLOBAL_POSITION_INT,
    Message.GPS_RAW_INT,
    Message.SYS_STATUS,
    Message.ATTITUDE,
    Message.VFR_HUD,
    Message.EKF_STATUS_REPORT,
    Message.EXTENDED_SYS_STATE,
    Message.BATTERY_STATUS,
    Message.MISSION_CURRENT,
    Message.GIMBAL_DEVICE_ATTITUDE_STATUS,
    Message.CAMERA_FOV_STATUS,
)
_ONCE = (Message.HOME_POSITION, Message.AUTOPILOT_VERSION, Message.CAMERA_INFORMATION)
_WISHES = (*_STREAMS, *_ONCE)

_NOT_WISHED = -1
_COLUMN = np.full(max(_WISHES) + 2, _NOT_WISHED)
_COLUMN[list(_WISHES)] = np.arange(len(_WISHES))
"""The column of a message id; ids beyond the end are clipped to the last, which is not wished."""

_NOTHING = -1


@dataclass(frozen=True, slots=True)
class Request:
    """A command to send; `repetition` counts from 0."""

    system: int
    component: int
    command: Command
    parameters: tuple[float, ...]
    repetition: int


class Requests:
    """What is asked of the vehicles of one network. Times are seconds of a steady clock."""

    def __init__(self, position_hz: float, status_hz: float) -> None:
        self._intervals = np.array([1 / status_hz] * len(_STREAMS) + [0.0] * len(_ONCE))
        self._intervals[_COLUMN[Message.GLOBAL_POSITION_INT]] = 1 / position_hz
        self._intervals[_COLUMN[Message.CAMERA_FOV_STATUS]] = 1 / min(position_hz, CAMERA_HZ)
        wishes = (SYSTEMS, len(_WISHES))
        self._due = np.full(wishes, math.inf)  # when to ask; inf when there is no need
        self._asked = np.zeros(wishes, np.int64)  # how often, without an answer
        self._asked_time = np.full(wishes, -math.inf)
        self._repeat_wait = np.full(wishes, REPEAT_WAIT)
        self._heard_time = np.full(wishes, -math.inf)
        self._heartbeats = np.zeros(wishes, np.int64)  # since it was heard
        self._denied = np.zeros(wishes, np.bool_)

        self._component = np.zeros(SYSTEMS, np.uint8)
        self._heartbeat_time = np.full(SYSTEMS, -math.inf)
        self._outstanding = np.full(SYSTEMS, _NOTHING)  # the column that waits for its answer
        self._outstanding_until = np.full(SYSTEMS, -math.inf)
        self._turn = np.zeros(SYSTEMS, np.int64)  # the least is asked first; 0 for the unknown
        self._turns = 0

    def hear(
        self,
        systems: NDArray[np.uint8],
        components: NDArray[np.uint8],
        messages: NDArray[np.uint32],
        now: float,
    ) -> None:
        """Note messages of autopilots that have heartbeated, a row each, heard at `now`."""
        new = self._turn[systems] == 0
        if new.any():
            for system in np.unique(systems[new]).tolist():
                self._know(system, now)
        self._component[systems] = components
        columns = _COLUMN.take(messages, mode="clip")
        wished = columns != _NOT_WISHED
        wishes = systems[wished], columns[wished]
        self._heard_time[wishes] = now
        self._heartbeats[wishes] = 0
        self._repeat_wait[wishes] = REPEAT_WAIT
        once = wishes[1] >= len(_STREAMS)
        self._due[wishes[0][once], wishes[1][once]] = math.inf
        beating = systems[messages == Message.HEARTBEAT]
        if len(beating):
            self._heartbeat(np.unique(beating), now)

    def acknowledged(self, system: int, command: int, result: int) -> None:
        """Take a COMMAND_ACK."""
        column = int(self._outstanding[system])
        if column == _NOTHING or command != self._command(column):
            return
        if result == _ACCEPTED:
            self._outstanding[system] = _NOTHING
            if self._intervals[column]:
                self._due[system, column] = math.inf
        elif result in {_TEMPORARILY_REJECTED, _FAILED}:
            self._outstanding[system] = _NOTHING  # its repetition is due later
        elif result != _IN_PROGRESS:
            self._outstanding[system] = _NOTHING
            self._denied[system, column] = True
            self._due[system, column] = math.inf

    def rebooted(self, system: int, now: float) -> None:
        """Ask all anew: a vehicle forgets its rates when it reboots."""
        if self._turn[system]:
            self._wish(system, now)

    def due(self, now: float) -> list[Request]:
        """What to send now, at most PER_CALL; each vehicle has its turn."""
        ready = self._due.min(axis=1) <= now
        if not ready.any():
            return []
        ready &= now - self._heartbeat_time <= HEARTBEAT_WAIT
        ready &= (self._outstanding == _NOTHING) | (now >= self._outstanding_until)
        systems = np.flatnonzero(ready)
        order = np.argsort(self._turn[systems])
        return [self._ask(system, now) for system in systems[order[:PER_CALL]].tolist()]

    def _know(self, system: int, now: float) -> None:
        self._take_turn(system)
        self._heartbeat_time[system] = now
        self._wish(system, now)

    def _wish(self, system: int, now: float) -> None:
        """Want everything, as of a vehicle of which nothing was heard."""
        self._due[system] = now
        self._asked[system] = self._heartbeats[system] = 0
        self._asked_time[system] = self._heard_time[system] = -math.inf
        self._repeat_wait[system] = REPEAT_WAIT
        self._denied[system] = False
        self._outstanding[system] = _NOTHING

    def _heartbeat(self, systems: NDArray[np.uint8], now: float) -> None:
        """Note heartbeats; what stays away although it could come is due again."""
        self._heartbeat_time[systems] = now
        self._heartbeats[systems] += 1
        heard, asked = self._heard_time[systems], self._asked_time[systems]
        silent = now - np.maximum(heard, asked) > SILENT_INTERVALS * self._intervals
        silent &= self._heartbeats[systems] > SILENT_HEARTBEATS
        missing = np.where(self._intervals > 0, silent, heard == -math.inf)
        missing &= ~self._denied[systems] & (self._due[systems] == math.inf)
        missing &= now >= asked + self._repeat_wait[systems]
        if missing.any():
            rows, columns = np.nonzero(missing)
            wishes = systems[rows], columns
            self._due[wishes] = now
            self._asked[wishes] = 0
            self._repeat_wait[wishes] = np.minimum(self._repeat_wait[wishes] * 2, REPEAT_WAIT_MAX)

    def _ask(self, system: int, now: float) -> Request:
        column = int(self._due[system].argmin())
        repetition = int(self._asked[system, column])
        self._asked[system, column] = repetition + 1
        self._asked_time[system, column] = now
        again = now + ACK_WAIT * 2**repetition if repetition + 1 < ASK_LIMIT else math.inf
        self._due[system, column] = again
        self._outstanding[system] = column
        self._outstanding_until[system] = now + ACK_WAIT
        self._take_turn(system)
        interval = float(self._intervals[column])
        parameters = (float(_WISHES[column]), *((interval * 1e6,) if interval else ()))
        component = int(self._component[system])
        return Request(system, component, self._command(column), parameters, repetition)

    def _take_turn(self, system: int) -> None:
        self._turns += 1
        self._turn[system] = self._turns

    def _command(self, column: int) -> Command:
        streams = column < len(_STREAMS)
        return Command.SET_MESSAGE_INTERVAL if streams else Command.REQUEST_MESSAGE
