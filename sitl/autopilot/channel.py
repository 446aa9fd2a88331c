"""One link of a vehicle: what came over it, what it streams there, and its frames' numbers.

Packing and parsing are pymavlink's, through its generated dialect alone (mavutil keeps globals and
reads the environment).
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.signing import Signing
from sitl.autopilot.streams import Streams

COMPONENT = 1  # MAV_COMP_ID_AUTOPILOT1

MAX_PENDING_BYTES = 4096
"""Bytes from the ground that wait for a drone's next step; what comes beyond is lost, as on a
link whose receiver is full."""


@dataclass
class WireStatistics:
    """What went over one link since it was made."""

    frames_sent: int = 0
    messages_understood: int = 0
    bytes_lost: int = 0


class Channel:
    """Channel `number` of the vehicle with MAVLink system id `system`.

    `known` are the messages that it can stream.
    """

    def __init__(self, number: int, system: int, signing: Signing, known: Container[int]) -> None:
        self.number = number
        self.is_open = True
        """Whether anybody can be at the other end; nothing is said on a closed one."""
        self.statistics = WireStatistics()
        self._signing = signing
        self._known = known
        self._pending = bytearray()
        self.reboot(system, 0)

    def reboot(self, system: int, heartbeat: int) -> None:
        """Forget what was asked for here; the first heartbeat is due at `heartbeat` (µs)."""
        self._in = mavlink.MAVLink(None)
        self._in.robust_parsing = True  # noise on the line is skipped, not raised
        self._out = mavlink.MAVLink(None, srcSystem=system, srcComponent=COMPONENT)
        self.streams = Streams(self._known, heartbeat)
        self._pending.clear()

    def rename(self, system: int) -> None:
        """Send as another system id from now on."""
        self._out.srcSystem = system

    def receive(self, data: bytes) -> None:
        """Take bytes of the link; they wait for `take_messages`."""
        room = MAX_PENDING_BYTES - len(self._pending)
        self.statistics.bytes_lost += max(0, len(data) - room)
        self._pending += data[:room]

    def lose_pending(self) -> None:
        """Nobody listens: the vehicle has no power."""
        self.statistics.bytes_lost += len(self._pending)
        self._pending.clear()

    def has_something(self, time: int) -> bool:
        """Whether there is anything to read or to stream at `time` (µs of the simulation)."""
        return bool(self._pending) or (self.is_open and self.streams.earliest <= time)

    def take_messages(self) -> Iterator[Any]:
        """The messages that came and that the vehicle may act on.

        Each is judged when it is taken, so that those behind a new key are judged by that key.
        """
        if not self._pending:
            return
        data = bytes(self._pending)
        self._pending.clear()
        for message in self._in.parse_buffer(data) or []:
            if message.get_msgId() >= 0 and self._signing.accepts(message, self.number):
                self.statistics.messages_understood += 1
                yield message

    def pack(self, message: Any) -> bytes:
        """The frame of a pymavlink message, numbered, and signed if the vehicle has a key."""
        self._signing.prepare(self._out, self.number)
        frame: bytes = message.pack(self._out)
        self._out.seq = (self._out.seq + 1) % 256
        self.statistics.frames_sent += 1
        return frame
