"""What the air does to the frames of drones: loss, bursts of loss, delay, disorder, doubles, a cut.

Everything happens in simulated time and by generators of each drone, channel and direction, so two
runs with the same faults at the same times lose the same frames. A vehicle without faults costs
nothing.

Loss in bursts is the Gilbert–Elliott model: a line is good or bad, changes its state with a fixed
probability for each frame, and loses frames when it is bad (Gilbert, Bell System Technical Journal
39, 1960; Elliott, ibid. 42, 1963). A burst is 1 / `burst_end` frames long on average.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from sitl.autopilot.drone import Frame, SimulatedDrone
from sitl.noise import Stream, generator

MAX_HELD = 4096
"""Frames of one line that are under way at once; what comes beyond is lost."""


class Direction(IntEnum):
    """Which way the frames go."""

    DOWN = 0  # from the drone to the ground
    UP = 1


@dataclass(frozen=True, slots=True)
class LinkFault:
    """What a line does to frames; probabilities are for each frame, times in seconds.

    Raises ValueError for a probability outside 0 to 1, or a time below 0.
    """

    loss: float = 0.0
    burst_begin: float = 0.0
    burst_end: float = 1.0
    burst_loss: float = 1.0  # of the frames in a burst
    delay: float = 0.0
    jitter: float = 0.0  # at most so much more, and no frame overtakes another by it
    reorder: float = 0.0  # of frames that are held back, so that later ones overtake them
    hold: float = 0.2  # how long they are held
    duplicate: float = 0.0

    def __post_init__(self) -> None:
        chances = ("loss", "burst_begin", "burst_end", "burst_loss", "reorder", "duplicate")
        for name in chances:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"link fault: {name} is {getattr(self, name)}, not from 0 to 1")
        for name in ("delay", "jitter", "hold"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"link fault: {name} is {getattr(self, name)} s, not 0 or more")


@dataclass
class FaultStatistics:
    """What became of frames on lines with faults."""

    lost: int = 0
    doubled: int = 0
    overflowed: int = 0  # MAX_HELD


class _Line:
    """One direction of one channel of one drone. Times in µs of the simulation."""

    def __init__(self, random: np.random.Generator, statistics: FaultStatistics) -> None:
        self._random = random
        self._statistics = statistics
        self._bad = False
        self._newest = 0  # when the last frame that was not held back is due
        self._count = 0
        self._held: list[tuple[int, int, bytes]] = []

    def put(self, frame: bytes, fault: LinkFault | None, time: int) -> None:
        if fault is None:
            self._hold(frame, time, held_back=False)
            return
        if self._is_lost(fault):
            self._statistics.lost += 1
            return
        copies = 1
        if self._happens(fault.duplicate):
            self._statistics.doubled += 1
            copies = 2
        for _ in range(copies):
            late = fault.delay + (fault.jitter * self._random.random() if fault.jitter else 0.0)
            held_back = self._happens(fault.reorder)
            late += fault.hold if held_back else 0.0
            self._hold(frame, time + round(late * 1e6), held_back=held_back)

    def take(self, time: int) -> list[bytes]:
        """What has arrived."""
        arrived = []
        while self._held and self._held[0][0] <= time:
            arrived.append(heapq.heappop(self._held)[2])
        return arrived

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._random.random() < chance

    def _is_lost(self, fault: LinkFault) -> bool:
        self._bad = self._happens(fault.burst_begin if not self._bad else 1 - fault.burst_end)
        return (self._bad and self._happens(fault.burst_loss)) or self._happens(fault.loss)

    def _hold(self, frame: bytes, due: int, *, held_back: bool) -> None:
        if len(self._held) >= MAX_HELD:
            self._statistics.overflowed += 1
            return
        if not held_back:
            due = self._newest = max(due, self._newest)
        self._count += 1
        heapq.heappush(self._held, (due, self._count, frame))


class LinkFaults:
    """The faults on the links of `drones`, by number from 0; set and cleared at any time."""

    def __init__(self, seed: int, drones: Sequence[SimulatedDrone]) -> None:
        self.statistics = FaultStatistics()
        self._seed = seed
        self._drones = drones
        self._systems = [drone.system for drone in drones]
        self._faults: dict[tuple[int, Direction], LinkFault] = {}
        self._cut: set[int] = set()
        self._lines: dict[Direction, dict[tuple[int, int], _Line]] = {d: {} for d in Direction}

    def set(self, number: int, fault: LinkFault, direction: Direction | None = None) -> None:
        """Put `fault` on the links of a drone, in one direction or (None) both.

        It takes the place of the one before. What is under way arrives as it would have.
        """
        for way in Direction if direction is None else (direction,):
            self._faults[number, way] = fault

    def clear(self, number: int) -> None:
        """Undo `set`."""
        for direction in Direction:
            self._faults.pop((number, direction), None)

    def cut(self, number: int) -> None:
        """Let nothing pass, either way."""
        self._cut.add(number)

    def restore(self, number: int) -> None:
        """Undo `cut`."""
        self._cut.discard(number)

    def is_cut(self, number: int) -> bool:
        """Whether nothing passes."""
        return number in self._cut

    def claim(self, number: int, system: int) -> None:
        """Let a drone go by another MAVLink system id, as if it were set up wrongly."""
        self._drones[number].system = system

    def unclaim(self, number: int) -> None:
        """Undo `claim`."""
        self.claim(number, self._systems[number])

    def down(self, told: list[tuple[int, list[Frame]]], time: int) -> list[tuple[int, list[Frame]]]:
        """What arrives on the ground at `time` (µs of the simulation) when `told` is sent."""
        if not (self._faults or self._cut or self._lines[Direction.DOWN]):
            return told
        arrived = []
        for number, frames in told:
            straight = [
                (channel, frame)
                for channel, frame in frames
                if not self._is_taken(number, channel, frame, Direction.DOWN, time)
            ]
            if straight:
                arrived.append((number, straight))
        for (number, channel), line in self._lines[Direction.DOWN].items():
            if due := line.take(time):
                arrived.append((number, [(channel, frame) for frame in due]))
        return arrived

    def hear(self, number: int, data: bytes, channel: int, time: int) -> None:
        """Send bytes up to a drone; `time` in µs of the simulation."""
        if not self._is_taken(number, channel, data, Direction.UP, time):
            self._drones[number].receive(data, channel)

    def up(self, time: int) -> None:
        """Let drones receive what has arrived at `time`."""
        for (number, channel), line in self._lines[Direction.UP].items():
            for data in line.take(time):
                self._drones[number].receive(data, channel)

    def _is_taken(
        self, number: int, channel: int, frame: bytes, direction: Direction, time: int
    ) -> bool:
        """Whether a line has the frame now, or it is lost; otherwise it passes untouched."""
        if number in self._cut:
            self.statistics.lost += 1
            return True
        fault = self._faults.get((number, direction))
        lines = self._lines[direction]
        line = lines.get((number, channel))
        if line is None:
            if fault is None:
                return False
            random = generator(self._seed, Stream.LINK_FAULTS, number, channel, direction)
            line = lines[number, channel] = _Line(random, self.statistics)
        line.put(frame, fault, time)
        return True
