"""The simulated world without a socket or a clock: a step of time in, frames and reports out.

The same settings and the same times give the same bytes, whoever listens and however late.
"""

from __future__ import annotations

from dataclasses import dataclass

from sitl.car import Report
from sitl.motor_pool import MotorPool
from sitl.settings import SimulationSettings
from sitl.squadron import Squadron

STEP = 50_000
"""µs of one step: what the highest useful message rate (20 Hz) takes."""

_CAR_STEPS = 4  # cars are slower: they move each fourth step


@dataclass(frozen=True, slots=True)
class Told:
    """What the fleet says in one step, by number of the vehicle."""

    frames: list[tuple[int, list[bytes]]]
    reports: list[tuple[int, Report]]


class World:
    """The simulated fleet, advanced by `step`."""

    def __init__(self, settings: SimulationSettings) -> None:
        self.squadron = Squadron(settings)
        self.motor_pool = MotorPool(settings)
        self.time = 0
        """µs since the start."""
        self._steps = 0

    def step(self, unix_us: int) -> Told:
        """Advance by STEP, to the moment `unix_us` (µs UTC) of the vehicles' own clocks."""
        self.time += STEP
        self._steps += 1
        frames = self.squadron.step(self.time, unix_us, STEP / 1e6)
        reports = []
        if self._steps % _CAR_STEPS == 0:
            reports = self.motor_pool.step(self.time, unix_us, _CAR_STEPS * STEP / 1e6)
        return Told(frames, reports)
