"""All simulated cars together: how they drive, what their phones make of it, and when they report.

A car reports every one to two seconds while it drives and every ten while it stands, each from a
moment of its own, so that a fleet's reports are spread over the second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.peshawar import roads, to_degrees
from sitl.beats import beat
from sitl.car import Report
from sitl.driving import Traffic
from sitl.noise import GaussMarkov, Stream, generator
from sitl.sectors import ground_altitude
from sitl.settings import SimulationSettings

STANDING_INTERVAL = 10_000_000
"""µs between two reports of a car that stands."""

_MOVING_INTERVALS = (1_000_000, 2_000_000)  # µs, shortest and longest of a car
_GPS_SIGMA = [1.5, 1.5]  # metres, east and north
_GPS_TAU = [20.0, 20.0]
_MOVING = 0.5  # m/s
_CHARGE_SECONDS = 40_000.0  # a phone in its cradle swings between full and low in this time


class MotorPool:
    """The cars of a simulation, by number from 0."""

    def __init__(self, settings: SimulationSettings) -> None:
        count = settings.cars
        plans = [generator(settings.seed, Stream.CAR_PLAN, n) for n in range(count)]
        self.beats = [beat(n) for n in range(count)]
        self.traffic = Traffic(roads(), self.beats, plans)
        self._noise = GaussMarkov(
            [generator(settings.seed, Stream.CAR_NOISE, n) for n in range(count)],
            _GPS_SIGMA,
            _GPS_TAU,
        )
        low, high = _MOVING_INTERVALS
        self._intervals = np.array([random.integers(low, high + 1) for random in plans], np.int64)
        self._next = np.array([random.integers(0, low) for random in plans], np.int64)
        self._next_moving = self._next.copy()
        self._phase = np.array([random.random() for random in plans])

    def step(self, time: int, unix_us: int, dt: float) -> list[tuple[int, Report]]:
        """Drive on by `dt` seconds, to `time` (µs of the simulation) and `unix_us` (µs UTC).

        Returns what is reported as (number of the car, report).
        """
        self.traffic.step(dt)
        self._noise.step(dt)
        moving = self.traffic.speed > _MOVING
        due = np.flatnonzero((time >= self._next) | (moving & (time >= self._next_moving)))
        if not len(due):
            return []
        self._next_moving[due] = time + self._intervals[due]
        self._next[due] = time + STANDING_INTERVAL
        return list(zip(due.tolist(), self._reports(due, time, unix_us), strict=True))

    def _reports(self, due: NDArray[np.intp], time: int, unix_us: int) -> list[Report]:
        traffic, noise = self.traffic, self._noise.value[due]
        position = traffic.position[due] + noise
        latitude, longitude = to_degrees(position[:, 0], position[:, 1])
        accuracy = 4.0 + np.hypot(noise[:, 0], noise[:, 1])
        swing = (time / 1e6 / _CHARGE_SECONDS + self._phase[due]) % 1.0
        battery = np.rint(60 + 40 * np.abs(1 - 2 * swing)).astype(int)
        columns = (
            latitude.tolist(),
            longitude.tolist(),
            ground_altitude(position[:, 0]).tolist(),
            traffic.speed[due].tolist(),
            traffic.course[due].tolist(),
            accuracy.tolist(),
            battery.tolist(),
            (~traffic.parked[due]).tolist(),
        )
        return [Report(unix_us, *row) for row in zip(*columns, strict=True)]
