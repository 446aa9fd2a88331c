"""A ground station's end of a simulated drone's link, with pymavlink's parser as the judge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.life import Life
from sitl.settings import SimulationSettings
from sitl.squadron import Berth, Squadron
from sitl.world import STEP

BEGIN = 1_800_000_000_000_000
"""µs UTC at which the simulations of the tests begin."""


class Station:
    """One drone, its time, and everything that it has said on one channel, parsed."""

    def __init__(
        self,
        *,
        airborne: float = 1.0,
        seed: int = 1,
        boot_scale: float = 0.1,
        channel: int = 0,
        berth: Berth | None = None,
    ) -> None:
        settings = SimulationSettings(
            drones=1, cars=0, seed=seed, airborne=airborne, boot_scale=boot_scale
        )
        self.squadron = Squadron(settings, berths={} if berth is None else {0: berth})
        self.drone = self.squadron.drones[0]
        self.autopilot = self.squadron.autopilots[0]
        self.time = 0
        self.channel = channel
        while len(self.drone.channels) <= channel:
            self.drone.add_channel()
        self.frames: list[bytes] = []  # of our channel
        self.heard_on: dict[int, list[tuple[float, Any]]] = defaultdict(list)
        self.heard = self.heard_on[channel]  # seconds, message
        self._parsers: dict[int, Any] = defaultdict(partial(mavlink.MAVLink, None))
        self._own = mavlink.MAVLink(None, srcSystem=255, srcComponent=190)

    @property
    def life(self) -> Life:
        return self.squadron.lives[0]

    @property
    def seconds(self) -> float:
        return self.time / 1e6

    def run(self, seconds: float) -> list[Any]:
        """Let time pass; the messages of that time."""
        return [message for _, message in self.run_timed(seconds)]

    def run_timed(self, seconds: float) -> list[tuple[float, Any]]:
        """Let time pass; (seconds, message) of that time."""
        begin = len(self.heard)
        for _ in range(round(seconds * 1e6 / STEP)):
            self.step()
        return self.heard[begin:]

    def step(self) -> None:
        self.time += STEP
        for _, frames in self.squadron.step(self.time, BEGIN + self.time, STEP / 1e6):
            for channel, frame in frames:
                assert frame[0] == 0xFD  # MAVLink 2
                messages = self._parsers[channel].parse_buffer(frame)
                assert messages is not None
                assert len(messages) == 1
                self.heard_on[channel].append((self.seconds, messages[0]))
                if channel == self.channel:
                    self.frames.append(frame)

    def until(self, condition: Callable[[], bool], limit: float = 4000) -> None:
        """Let time pass until `condition()`."""
        end = self.seconds + limit
        while not condition():
            assert self.seconds < end, f"still in mode {self.autopilot.mode} after {limit} s"
            self.step()

    def say(self, message: Any, channel: int | None = None) -> None:
        """Send a message, on our channel if no other is named."""
        to = self.channel if channel is None else channel
        self.drone.receive(message.pack(self._own), to)
        self._own.seq = (self._own.seq + 1) % 256

    def command(
        self, command: int, *parameters: float, system: int = 1, component: int = 1
    ) -> list[Any]:
        """Send a COMMAND_LONG; the messages of the next step."""
        seven = [*parameters, *[0.0] * (7 - len(parameters))]
        self.say(mavlink.MAVLink_command_long_message(system, component, command, 0, *seven))
        begin = len(self.heard)
        self.step()
        return [message for _, message in self.heard[begin:]]

    def ask(self, message: int, hertz: float) -> int:
        """SET_MESSAGE_INTERVAL; the result of its acknowledgement."""
        interval = 1e6 / hertz if hertz > 0 else -1
        replies = self.command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, message, interval)
        result: int = next(m.result for m in replies if m.get_type() == "COMMAND_ACK")
        return result


def by_type(messages: Iterable[Any]) -> dict[str, list[Any]]:
    """Messages by the name of their type."""
    types: dict[str, list[Any]] = defaultdict(list)
    for message in messages:
        types[message.get_type()].append(message)
    return types
