"""Asks vehicles for the messages that are needed: ArduCopter sends none until asked.

Of each vehicle: SET_MESSAGE_INTERVAL for what streams, REQUEST_MESSAGE for what is told once. One
command waits for its COMMAND_ACK at a time, since an acknowledgement names the command but not the
message. What is not acknowledged is asked again with growing pauses, ASK_LIMIT times; what is
denied is not asked again. All is asked anew after a reboot, and a message that stays away while
the vehicle heartbeats is asked for again. Decides only: what is due is sent by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from telemetry.mavlink.codec import Command, Message
from telemetry.settings import MavlinkSettings

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
)
_ONCE = (Message.HOME_POSITION, Message.AUTOPILOT_VERSION)


@dataclass(frozen=True, slots=True)
class Request:
    """A command to send; `repetition` counts from 0."""

    system: int
    component: int
    command: Command
    parameters: tuple[float, ...]
    repetition: int


@dataclass(slots=True)
class _Wish:
    """One message wanted of one vehicle."""

    message: Message
    interval: float  # seconds; 0 for what is told once
    due: float  # when to ask; inf when there is no need
    asked: int = 0
    asked_time: float = -math.inf
    repeat_wait: float = REPEAT_WAIT
    heard_time: float = -math.inf
    heartbeats: int = 0  # since it was heard
    denied: bool = False

    def is_missing(self, now: float) -> bool:
        """Whether it stays away although it was asked for and could be."""
        if self.denied or self.due < math.inf:
            return False
        if not self.interval:
            return self.heard_time == -math.inf
        silence = now - max(self.heard_time, self.asked_time)
        return self.heartbeats > SILENT_HEARTBEATS and silence > SILENT_INTERVALS * self.interval


@dataclass(slots=True)
class _Vehicle:
    component: int
    heartbeat_time: float
    wishes: dict[int, _Wish] = field(default_factory=dict)
    outstanding: _Wish | None = None
    outstanding_until: float = -math.inf


class Requests:
    """What is asked of the vehicles of one network. Times are seconds of a steady clock."""

    def __init__(self, settings: MavlinkSettings) -> None:
        status_interval = 1 / settings.status_hz
        self._intervals = dict.fromkeys(_STREAMS, status_interval)
        self._intervals[Message.GLOBAL_POSITION_INT] = 1 / settings.position_hz
        self._intervals |= dict.fromkeys(_ONCE, 0.0)
        self._vehicles: dict[int, _Vehicle] = {}
        self._turn: list[int] = []

    def heard(self, system: int, component: int, messages: Iterable[int], now: float) -> None:
        """Note messages of the autopilot of a vehicle that has heartbeated."""
        vehicle = self._vehicles.get(system)
        if vehicle is None:
            vehicle = self._vehicles[system] = _Vehicle(component, now, self._wishes(now))
            self._turn.append(system)
        vehicle.component = component
        heard = set(messages)
        for message in heard:
            if message in vehicle.wishes:
                wish = vehicle.wishes[message]
                wish.heard_time, wish.heartbeats, wish.repeat_wait = now, 0, REPEAT_WAIT
                if not wish.interval:
                    wish.due = math.inf
        if Message.HEARTBEAT in heard:
            self._heartbeat(vehicle, now)

    def acknowledged(self, system: int, command: int, result: int) -> None:
        """Take a COMMAND_ACK."""
        vehicle = self._vehicles.get(system)
        if vehicle is None or vehicle.outstanding is None:
            return
        wish = vehicle.outstanding
        if command != _command(wish):
            return
        if result == _ACCEPTED:
            vehicle.outstanding = None
            if wish.interval:
                wish.due = math.inf
        elif result in {_TEMPORARILY_REJECTED, _FAILED}:
            vehicle.outstanding = None  # its repetition is due later
        elif result != _IN_PROGRESS:
            vehicle.outstanding = None
            wish.denied, wish.due = True, math.inf

    def rebooted(self, system: int, now: float) -> None:
        """Ask all anew: a vehicle forgets its rates when it reboots."""
        vehicle = self._vehicles.get(system)
        if vehicle is not None:
            vehicle.wishes, vehicle.outstanding = self._wishes(now), None

    def due(self, now: float) -> list[Request]:
        """What to send now, at most PER_CALL; each vehicle has its turn."""
        requests: list[Request] = []
        for system in list(self._turn):
            if len(requests) == PER_CALL:
                break
            request = self._ask(system, self._vehicles[system], now)
            if request is not None:
                requests.append(request)
                self._turn.remove(system)
                self._turn.append(system)
        return requests

    def _wishes(self, now: float) -> dict[int, _Wish]:
        return {
            message: _Wish(message, interval, now) for message, interval in self._intervals.items()
        }

    def _heartbeat(self, vehicle: _Vehicle, now: float) -> None:
        vehicle.heartbeat_time = now
        for wish in vehicle.wishes.values():
            wish.heartbeats += 1
            if wish.is_missing(now) and now >= wish.asked_time + wish.repeat_wait:
                wish.due, wish.asked = now, 0
                wish.repeat_wait = min(wish.repeat_wait * 2, REPEAT_WAIT_MAX)

    def _ask(self, system: int, vehicle: _Vehicle, now: float) -> Request | None:
        if now - vehicle.heartbeat_time > HEARTBEAT_WAIT:
            return None
        if vehicle.outstanding is not None and now < vehicle.outstanding_until:
            return None
        vehicle.outstanding = None
        wish = min(vehicle.wishes.values(), key=lambda wish: wish.due)
        if wish.due > now:
            return None
        repetition = wish.asked
        wait = ACK_WAIT * 2**repetition
        wish.asked += 1
        wish.asked_time = now
        wish.due = now + wait if wish.asked < ASK_LIMIT else math.inf
        vehicle.outstanding, vehicle.outstanding_until = wish, now + ACK_WAIT
        interval = (wish.interval * 1e6,) if wish.interval else ()
        parameters = (float(wish.message), *interval)
        return Request(system, vehicle.component, _command(wish), parameters, repetition)


def _command(wish: _Wish) -> Command:
    return Command.SET_MESSAGE_INTERVAL if wish.interval else Command.REQUEST_MESSAGE
