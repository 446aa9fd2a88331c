"""All simulated cars and officers together: where they go, and when their devices report what.

A car reports every one to two seconds while it drives and every ten while it stands, an officer's
phone every four to eight seconds on the way; each from a moment of its own, so that a fleet's
reports are spread over the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fleet.peshawar import roads, to_degrees
from sitl.cars.beats import CarKind, CarSpec, Protocol, beat
from sitl.cars.car import Report
from sitl.cars.driving import Traffic
from sitl.cars.faults import DeviceFaults
from sitl.cars.zones import DeadZone, in_zones
from sitl.noise import GaussMarkov, Stream, generator
from sitl.sectors import ground_altitude
from sitl.settings import SimulationSettings

STANDING_INTERVAL = 10_000_000
"""µs between two reports of one that stands."""

PANIC_PROTOCOLS = frozenset({Protocol.OSMAND, Protocol.TELTONIKA})
"""Protocols that have a word for a panic."""

_INTERVALS = {  # µs, shortest and longest on the way
    CarKind.CAR: (1_000_000, 2_000_000),
    CarKind.OFFICER: (4_000_000, 8_000_000),
}
_FIRST = 1_000_000  # µs within which all have reported once
_GPS_SIGMA = [1.5, 1.5]  # metres, east and north, of a receiver on the roof of a car
_GPS_TAU = [20.0, 20.0]
_POCKET = 4.0  # how much larger the error of a phone in a pocket between houses is
_ACCURACY = 4.0  # metres that a receiver on a roof says at best
_MOVING = 0.5  # m/s
_CHARGE_SECONDS = 40_000.0  # a phone in its cradle swings between full and low in this time


class MotorPool:
    """The cars and officers of a simulation, by number from 0.

    Without `beats` there are as many cars as the settings say. Each is the same whatever the
    others are. In `dead_zones` devices have no radio, and keep what they report.
    """

    def __init__(
        self,
        settings: SimulationSettings,
        beats: Sequence[CarSpec] | None = None,
        dead_zones: Sequence[DeadZone] = (),
    ) -> None:
        self.beats = [beat(n) for n in range(settings.cars)] if beats is None else list(beats)
        count = len(self.beats)
        plans = [generator(settings.seed, Stream.CAR_PLAN, n) for n in range(count)]
        self.traffic = Traffic(roads(), self.beats, plans)
        self.faults = DeviceFaults(settings.seed, Stream.CAR_PLAN, count)
        self.dead_zones = tuple(dead_zones)
        self.radio: NDArray[np.bool_] = np.ones(count, bool)
        """(N,) whether each device reaches its network, as of the last step."""
        self._noise = GaussMarkov(
            [generator(settings.seed, Stream.CAR_NOISE, n) for n in range(count)],
            _GPS_SIGMA,
            _GPS_TAU,
        )
        on_foot = np.array([b.kind is CarKind.OFFICER for b in self.beats], bool)
        self._on_foot = on_foot
        self._blur = np.where(on_foot, _POCKET, 1.0)
        self._intervals = np.array(
            [
                random.integers(low, high + 1)
                for random, (low, high) in zip(
                    plans, [_INTERVALS[b.kind] for b in self.beats], strict=True
                )
            ],
            np.int64,
        )
        self._next = np.array([random.integers(0, _FIRST) for random in plans], np.int64)
        self._next_moving = self._next.copy()
        self._phase = np.array([random.random() for random in plans])
        self._pressed: set[int] = set()

    def press(self, number: int) -> None:
        """Press the panic button of device `number`: it reports so in the next step.

        Raises ValueError for a device that there is not, or whose protocol knows no panic.
        """
        if not 0 <= number < len(self.beats):
            raise ValueError(f"no device has number {number}: there are {len(self.beats)}")
        spec = self.beats[number]
        if spec.protocol not in PANIC_PROTOCOLS:
            raise ValueError(f"{spec.call_sign}: {spec.protocol} has no word for a panic")
        self._pressed.add(number)

    def step(self, time: int, unix_us: int, dt: float) -> list[tuple[int, Report]]:
        """Go on by `dt` seconds, to `time` (µs of the simulation) and `unix_us` (µs UTC).

        Returns what is reported as (number of the device, report).
        """
        self.traffic.step(dt)
        self._noise.step(dt)
        self.faults.step(dt)
        self._find_networks()
        moving = self.traffic.speed > _MOVING
        is_due = (time >= self._next) | (moving & (time >= self._next_moving))
        if self._pressed:
            is_due[list(self._pressed)] = True
        due = np.flatnonzero(is_due)
        if not len(due):
            return []
        self._next_moving[due] = time + self._intervals[due]
        self._next[due] = time + STANDING_INTERVAL
        told = list(zip(due.tolist(), self._reports(due, time, unix_us), strict=True))
        if self._pressed or self.faults.by_number:
            told = self._as_devices_say(told)
        return told

    def _find_networks(self) -> None:
        if self.dead_zones:
            self.radio = ~in_zones(self.dead_zones, self.traffic.position)
        else:
            self.radio[:] = True
        for number, faulty in self.faults.by_number.items():
            self.radio[number] &= faulty.radio

    def _reports(self, due: NDArray[np.intp], time: int, unix_us: int) -> list[Report]:
        traffic = self.traffic
        noise = self._noise.value[due] * self._blur[due, None]
        position = traffic.position[due] + noise
        if self.faults.by_number:
            position += self._offsets()[due]
        latitude, longitude = to_degrees(position[:, 0], position[:, 1])
        accuracy = _ACCURACY * self._blur[due] + np.hypot(noise[:, 0], noise[:, 1])
        swing = (time / 1e6 / _CHARGE_SECONDS + self._phase[due]) % 1.0
        battery = np.rint(60 + 40 * np.abs(1 - 2 * swing)).astype(int)
        engines = [
            None if on_foot else not parked
            for on_foot, parked in zip(
                self._on_foot[due].tolist(), traffic.parked[due].tolist(), strict=True
            )
        ]
        columns = (
            latitude.tolist(),
            longitude.tolist(),
            ground_altitude(position[:, 0]).tolist(),
            traffic.speed[due].tolist(),
            traffic.course[due].tolist(),
            accuracy.tolist(),
            battery.tolist(),
            engines,
        )
        return [Report(unix_us, *row) for row in zip(*columns, strict=True)]

    def _offsets(self) -> NDArray[np.float64]:
        """(N, 2) metres east and north that positions are off by faults."""
        offsets = np.zeros((len(self.beats), 2))
        for number, faulty in self.faults.by_number.items():
            offsets[number] = faulty.offset
        return offsets

    def _as_devices_say(self, told: list[tuple[int, Report]]) -> list[tuple[int, Report]]:
        """The reports with the times of wrong clocks, doubles, and the panic buttons."""
        said = []
        for number, report in told:
            pressed = number in self._pressed
            right = replace(report, panic=True) if pressed else report
            said += [(number, each) for each in self.faults.said(number, right)]
        self._pressed.clear()
        return said
