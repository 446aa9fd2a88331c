"""A simulated drone on the wire: bytes from ground stations in, MAVLink 2 frames out.

It has no socket: what carries the bytes calls `receive` and sends what `send` returns. It knows no
protocol either but that of signing keys: each message is shown to its handlers in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.channel import Channel
from sitl.autopilot.messages import REQUESTED, STREAMED, is_known, status_texts
from sitl.autopilot.signing import Signing
from sitl.autopilot.snapshot import Snapshot
from sitl.autopilot.streams import Streams
from sitl.autopilot.vehicle import Handler, Reply

Frame = tuple[int, bytes]
"""The number of the channel that it goes out on, and its bytes."""

_ERROR = 3  # MAV_SEVERITY


class SimulatedDrone:
    """The link end of the drone with MAVLink system id `system` (1–250).

    It begins with channel 0; `add_channel` gives it more. `handlers` are its protocols; `signing`
    holds its key, if it has one.
    """

    def __init__(
        self, system: int, handlers: Sequence[Handler] = (), signing: Signing | None = None
    ) -> None:
        self.handlers = tuple(handlers)
        self.signing = signing or Signing()
        self.channels: list[Channel] = []
        self.now: Snapshot | None = None
        """What it knows at the step under way, or knew at the last that it said anything in."""
        self._system = system
        self._text_number = 0
        self._begin(0)
        self.add_channel()

    @property
    def system(self) -> int:
        """Its MAVLink system id. Set, it is another vehicle to all who hear it."""
        return self._system

    @system.setter
    def system(self, system: int) -> None:
        self._system = system
        for channel in self.channels:
            channel.rename(system)

    def add_channel(self) -> Channel:
        """One more link, numbered on from 0."""
        channel = Channel(len(self.channels), self._system, self.signing, STREAMED)
        channel.reboot(self._system, self._heartbeat)
        self.channels.append(channel)
        return channel

    def streams(self, channel: int) -> Streams:
        """What is streamed on a channel."""
        return self.channels[channel].streams

    def reboot(self, time: int) -> None:
        """Forget what ground stations asked for; `time` in µs of the simulation."""
        self.signing.reboot()
        for handler in self.handlers:
            handler.reboot()
        self._begin(time)

    def receive(self, data: bytes, channel: int = 0) -> None:
        """Take bytes of a link; they are answered at the next `send`."""
        self.channels[channel].receive(data)

    def lose_pending(self) -> None:
        """Nobody listens: the vehicle has no power."""
        for channel in self.channels:
            channel.lose_pending()

    def has_something(self, time: int) -> bool:
        """Whether `send` would have anything to do but what it is given; cheaper than a snapshot.

        `time` in µs of the simulation.
        """
        for channel in self.channels:
            if channel.has_something(time):
                return True
        return any(handler.busy for handler in self.handlers)

    def send(
        self,
        now: Snapshot,
        time: int,
        texts: Sequence[tuple[int, str]] = (),
        events: Sequence[Any] = (),
    ) -> list[Frame]:
        """The frames to send at this step: answers, what is due, `texts` and `events`.

        `time` is µs of the simulation; `texts` are (MAV_SEVERITY, text) and `events` messages,
        both for all who listen.
        """
        self.now = now
        if now.gps_fix:
            self.signing.set_time(now.unix_us)
        own_texts: list[tuple[int, str]] = []
        frames = [
            (number, self.channels[number].pack(message))
            for number, message in self._answers(now, time / 1e6, own_texts)
            if self.channels[number].is_open
        ]
        said = [*self._pieces([*texts, *own_texts]), *events]
        for channel in self.channels:
            if channel.is_open:
                messages = [*_streamed(channel.streams, now, time), *said]
                frames += [(channel.number, channel.pack(message)) for message in messages]
        return frames

    def _begin(self, time: int) -> None:
        # Heartbeats of a fleet are not in step: each begins at a moment of its own.
        self._heartbeat = time + self._system * 379_000 % 1_000_000
        for channel in self.channels:
            channel.reboot(self._system, self._heartbeat)

    def _answers(
        self, now: Snapshot, seconds: float, texts: list[tuple[int, str]]
    ) -> Iterator[Reply]:
        for channel in self.channels:
            for message in channel.take_messages():
                # 0 is everybody; messages without a target (heartbeats) are for everybody as well.
                if getattr(message, "target_system", 0) not in {0, self._system}:
                    continue
                if message.get_msgId() == mavlink.MAVLINK_MSG_ID_SETUP_SIGNING:
                    texts += self._set_up_signing(message, armed=now.armed)
                for handler in self.handlers:
                    yield from handler.receive(message, channel.number, seconds)
        for handler in self.handlers:
            if handler.busy:
                yield from handler.tick(seconds)

    def _set_up_signing(self, message: Any, *, armed: bool) -> list[tuple[int, str]]:
        if armed:
            return [(_ERROR, "ERROR: Won't setup signing when armed")]
        self.signing.set_up(bytes(message.secret_key), message.initial_timestamp)
        return []

    def _pieces(self, texts: Sequence[tuple[int, str]]) -> list[Any]:
        messages = []
        for severity, text in texts:
            self._text_number = self._text_number % 65535 + 1
            messages += status_texts(severity, text, self._text_number)
        return messages


def _streamed(streams: Streams, now: Snapshot, time: int) -> Iterator[Any]:
    """What is due; what a booting vehicle has nothing to say about stays unsaid."""
    for number in streams.requested():
        if is_known(number, now):
            yield REQUESTED[number](now)
    for number in streams.due(time):
        if is_known(number, now):
            yield STREAMED[number](now)
