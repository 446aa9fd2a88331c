"""A simulated drone on the wire: bytes from a ground station in, MAVLink 2 frames out.

It has no socket: what carries the bytes calls `receive` and `send`. Packing and parsing are
pymavlink's, through its generated dialect alone (mavutil keeps globals and reads the environment).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.commands import answer
from sitl.messages import STREAMED, home_position, status_texts
from sitl.snapshot import Snapshot
from sitl.streams import HEARTBEAT, Streams

COMPONENT = 1  # MAV_COMP_ID_AUTOPILOT1

MAX_PENDING_BYTES = 4096
"""Bytes from the ground that wait for a drone's next step; what comes beyond is lost, as on a
link whose receiver is full."""


@dataclass
class WireStatistics:
    """What went over the link of one drone since it was made."""

    frames_sent: int = 0
    messages_understood: int = 0
    bytes_lost: int = 0


class SimulatedDrone:
    """The link end of the drone with MAVLink system id `system` (1–250)."""

    def __init__(self, system: int) -> None:
        self.system = system
        self.statistics = WireStatistics()
        self._pending = bytearray()
        self._text_number = 0
        self.reboot(0)

    def reboot(self, time: int) -> None:
        """Forget what a ground station asked for; `time` in µs of the simulation."""
        self._link = mavlink.MAVLink(None, srcSystem=self.system, srcComponent=COMPONENT)
        self._link.robust_parsing = True  # noise on the line is skipped, not raised
        # Heartbeats of a fleet are not in step: each begins at a moment of its own.
        self._streams = Streams(STREAMED, time + self.system * 379_000 % 1_000_000)
        self._home_told = False
        self._pending.clear()

    def receive(self, data: bytes) -> None:
        """Take bytes of the link; they are answered at the next `send`."""
        room = MAX_PENDING_BYTES - len(self._pending)
        self.statistics.bytes_lost += max(0, len(data) - room)
        self._pending += data[:room]

    def lose_pending(self) -> None:
        """Nobody listens: the vehicle has no power."""
        self.statistics.bytes_lost += len(self._pending)
        self._pending.clear()

    def has_something(self, time: int) -> bool:
        """Whether `send` would have anything to do but texts; cheaper than a snapshot."""
        return bool(self._pending) or self._streams.earliest <= time

    def send(self, now: Snapshot, time: int, texts: list[tuple[int, str]]) -> list[bytes]:
        """The frames to send at this step: answers, what is due, and `texts` to say.

        `time` is µs of the simulation; `texts` are (MAV_SEVERITY, text).
        """
        messages = self._answers(now, time)
        messages += [
            STREAMED[number](now) for number in self._streams.due(time) if _sent(number, now)
        ]
        if now.home_known and not self._home_told:
            self._home_told = True
            messages.append(home_position(now))
        for severity, text in texts:
            self._text_number = self._text_number % 65535 + 1
            messages += status_texts(severity, text, self._text_number)
        return [self._packed(message) for message in messages]

    def _answers(self, now: Snapshot, time: int) -> list[Any]:
        if not self._pending:
            return []
        data = bytes(self._pending)
        self._pending.clear()
        answers = []
        for message in self._link.parse_buffer(data) or []:
            if message.get_msgId() < 0:  # BAD_DATA
                continue
            self.statistics.messages_understood += 1
            # 0 is everybody; messages without a target (heartbeats) are for everybody as well.
            if getattr(message, "target_system", 0) in {0, self.system}:
                answers += answer(message, self._streams, now, time)
        return answers

    def _packed(self, message: Any) -> bytes:
        frame: bytes = message.pack(self._link)
        self._link.seq = (self._link.seq + 1) % 256
        self.statistics.frames_sent += 1
        return frame


def _sent(number: int, now: Snapshot) -> bool:
    """What a booting vehicle has nothing to say about stays unsaid."""
    if number == mavlink.MAVLINK_MSG_ID_HOME_POSITION:
        return now.home_known
    return number == HEARTBEAT or now.ready
