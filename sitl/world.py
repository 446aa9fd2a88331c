"""The simulated world without a socket or a clock: a step of time in, frames and reports out.

The same settings and the same times give the same bytes, whoever listens and however late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sitl.autopilot.drone import Frame
from sitl.cars.beats import CarSpec
from sitl.cars.cameras import Cameras, Sighting
from sitl.cars.car import Report
from sitl.cars.faults import DeviceFaults
from sitl.cars.motor_pool import MotorPool
from sitl.cars.posts import Post, Posts
from sitl.cars.zones import DeadZone
from sitl.faults.links import LinkFaults
from sitl.intruders.airspace import Airspace
from sitl.intruders.airspace import Told as Sensed
from sitl.settings import SimulationSettings
from sitl.squadron import Berth, Squadron

STEP = 50_000
"""µs of one step: what the highest useful message rate (20 Hz) takes."""

_CAR_STEPS = 4  # cars are slower: they move each fourth step


@dataclass(frozen=True, slots=True)
class Told:
    """What arrives of what the fleet says, in one step, by number of the vehicle.

    Devices that report are cars and officers, then posts.
    """

    frames: list[tuple[int, list[Frame]]]
    reports: list[tuple[int, Report]]
    sightings: list[tuple[int, Sighting]]
    sensed: Sensed
    """What the sensors of the airspace say."""


class Script(Protocol):
    """What lets things happen to a world at their time."""

    def step(self, time: int) -> None:
        """Let happen what is due at `time` (µs of the simulation)."""


class World:
    """The simulated fleet, advanced by `step`.

    `berths` are those of `Squadron`, `beats` and `dead_zones` those of `MotorPool`; beside them
    there are as many panic posts and cameras as are asked for, and the flights and sensors of
    `airspace`, which see our own drones too.
    """

    def __init__(
        self,
        settings: SimulationSettings,
        *,
        berths: Mapping[int, Berth] = MappingProxyType({}),
        beats: Sequence[CarSpec] | None = None,
        dead_zones: Sequence[DeadZone] = (),
        posts: int = 0,
        cameras: int = 0,
        airspace: Airspace | None = None,
    ) -> None:
        self.squadron = Squadron(settings, berths=berths)
        self.link_faults = LinkFaults(settings.seed, self.squadron.drones)
        self.motor_pool = MotorPool(settings, beats, dead_zones)
        self.posts = Posts(settings.seed, posts)
        self.cameras = Cameras(settings.seed, cameras)
        self.airspace = airspace or Airspace([], [])
        self.scripts: list[Script] = []
        """Asked at the beginning of each step."""
        self.time = 0
        """µs since the start."""
        self._steps = 0

    @property
    def reporters(self) -> list[CarSpec | Post]:
        """Who has a device that reports, by number."""
        return [*self.motor_pool.beats, *self.posts.posts]

    @property
    def radio(self) -> NDArray[np.bool_]:
        """Whether each of `reporters` reaches its network, as of the last step."""
        return np.concatenate([self.motor_pool.radio, self.posts.radio])

    def device_faults(self, number: int) -> tuple[DeviceFaults, int]:
        """The faults of one of `reporters`, and its number there."""
        cars = len(self.motor_pool.beats)
        if number < cars:
            return self.motor_pool.faults, number
        return self.posts.faults, number - cars

    def hear(self, number: int, data: bytes, channel: int = 0) -> None:
        """Bytes from a ground station to drone `number`; it acts on them in a step to come."""
        self.link_faults.hear(number, data, channel, self.time)

    def step(self, unix_us: int) -> Told:
        """Advance by STEP, to the moment `unix_us` (µs UTC) of the vehicles' own clocks."""
        self.time += STEP
        self._steps += 1
        for script in self.scripts:
            script.step(self.time)
        self.link_faults.up(self.time)
        frames = self.squadron.step(self.time, unix_us, STEP / 1e6)
        frames = self.link_faults.down(frames, self.time)
        sensed = self.airspace.step(self.time, unix_us, self.squadron.broadcasting)
        if self._steps % _CAR_STEPS:
            return Told(frames, [], [], sensed)
        elapsed = _CAR_STEPS * STEP / 1e6
        reports = self.motor_pool.step(self.time, unix_us, elapsed)
        cars = len(self.motor_pool.beats)
        calls = self.posts.step(self.time, unix_us, elapsed)
        reports += [(cars + number, report) for number, report in calls]
        return Told(frames, reports, self.cameras.step(self.time, unix_us), sensed)
