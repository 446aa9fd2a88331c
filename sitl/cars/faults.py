"""What can go wrong with the device of a simulated car or officer, at any time.

Set and cleared by number of the device and name of the fault, as those of drones are
(`sitl.faults.sensors`). Between two calls everything follows from simulated time and a generator of
each device, so two runs with the same calls at the same times are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

import numpy as np

from sitl.cars.car import Report
from sitl.noise import Stream, generator


class DeviceFault(StrEnum):
    """The faults, and the values that each takes."""

    CLOCK = "clock"  # seconds that its clock is ahead
    CLOCK_DRIFT = "clock_drift"  # rate: seconds that its clock gains each second
    DUPLICATES = "duplicates"  # probability that it sends a report twice
    NO_RADIO = "no_radio"
    GPS_JUMP = "gps_jump"  # east, north: metres that its position is off at once
    GPS_DRIFT = "gps_drift"  # east, north: m/s at which its position is pulled away (spoofing)


_VALUES: dict[DeviceFault, tuple[str, ...]] = {
    DeviceFault.CLOCK: ("seconds",),
    DeviceFault.CLOCK_DRIFT: ("rate",),
    DeviceFault.DUPLICATES: ("probability",),
    DeviceFault.NO_RADIO: (),
    DeviceFault.GPS_JUMP: ("east", "north"),
    DeviceFault.GPS_DRIFT: ("east", "north"),
}

CLOCK_MOST = 3_200_000_000.0
"""Seconds that a clock may be off: a hundred years."""

_RANGES = {
    "probability": (0.0, 1.0),
    "seconds": (-CLOCK_MOST, CLOCK_MOST),
    "rate": (-1.0, 1.0),
    "east": (-inf, inf),
    "north": (-inf, inf),
}
_RANDOM_PART = 1  # of a device's generators, the one of its faults


@dataclass
class Faulty:
    """The faults of one device now. A setting that is nought is no fault."""

    seconds: float = 0.0
    rate: float = 0.0
    gained: float = 0.0
    probability: float = 0.0
    radio: bool = True
    jump: tuple[float, float] = (0.0, 0.0)
    drift: tuple[float, float] = (0.0, 0.0)
    drifted: tuple[float, float] = (0.0, 0.0)

    @property
    def clock_us(self) -> int:
        """Microseconds that its clock is ahead."""
        return round((self.seconds + self.gained) * 1e6)

    @property
    def offset(self) -> tuple[float, float]:
        """Metres east and north that its position is off."""
        return self.jump[0] + self.drifted[0], self.jump[1] + self.drifted[1]


class DeviceFaults:
    """The faults of `count` devices, by number from 0; `stream` is that of their generators."""

    def __init__(self, seed: int, stream: Stream, count: int) -> None:
        self._seed = seed
        self._stream = stream
        self._count = count
        self._random: dict[int, np.random.Generator] = {}
        self.by_number: dict[int, Faulty] = {}
        """Only devices that have a fault."""

    def set(self, number: int, fault: str, **values: float) -> None:
        """Begin `fault` for device `number`, or change its values.

        A clock that stops drifting is right again, as it is when a phone finds its network.
        Raises ValueError for a device, a fault or a value that there is not.
        """
        kind = self._checked(number, fault)
        if set(values) != set(_VALUES[kind]):
            wanted = ", ".join(_VALUES[kind]) or "no values"
            given = ", ".join(values) or "none"
            raise ValueError(f"fault {kind} takes {wanted}, not {given}")
        for name, value in values.items():
            low, high = _RANGES[name]
            if not low <= value <= high or abs(value) == inf:
                raise ValueError(f"fault {kind}: {name} is {value}, not from {low:g} to {high:g}")
        faulty = self.by_number.setdefault(number, Faulty())
        match kind:
            case DeviceFault.CLOCK:
                faulty.seconds = values["seconds"]
            case DeviceFault.CLOCK_DRIFT:
                faulty.rate = values["rate"]
            case DeviceFault.DUPLICATES:
                faulty.probability = values["probability"]
            case DeviceFault.NO_RADIO:
                faulty.radio = False
            case DeviceFault.GPS_JUMP:
                faulty.jump = values["east"], values["north"]
            case DeviceFault.GPS_DRIFT:
                faulty.drift = values["east"], values["north"]

    def clear(self, number: int, fault: str | None = None) -> None:
        """End `fault` of device `number`, or all that it has. Raises ValueError as `set`."""
        kind = None if fault is None else self._checked(number, fault)
        faulty = self.by_number.get(number)
        if faulty is None:
            return
        match kind:
            case None:
                faulty = Faulty()
            case DeviceFault.CLOCK:
                faulty.seconds = 0.0
            case DeviceFault.CLOCK_DRIFT:
                faulty.rate = faulty.gained = 0.0
            case DeviceFault.DUPLICATES:
                faulty.probability = 0.0
            case DeviceFault.NO_RADIO:
                faulty.radio = True
            case DeviceFault.GPS_JUMP:
                faulty.jump = (0.0, 0.0)
            case DeviceFault.GPS_DRIFT:
                faulty.drift = faulty.drifted = (0.0, 0.0)
        if faulty == Faulty():
            del self.by_number[number]

    def step(self, dt: float) -> None:
        """Let `dt` seconds pass: what drifts drifts on."""
        for faulty in self.by_number.values():
            faulty.gained += faulty.rate * dt
            (east, north), (by_east, by_north) = faulty.drifted, faulty.drift
            faulty.drifted = east + by_east * dt, north + by_north * dt

    def said(self, number: int, report: Report) -> list[Report]:
        """What the device makes of a right report: the time of its own clock, and perhaps twice."""
        faulty = self.by_number.get(number)
        if faulty is None:
            return [report]
        said = replace(report, time_us=max(0, report.time_us + faulty.clock_us))
        return [said] * (2 if self._doubles(number, faulty.probability) else 1)

    def _doubles(self, number: int, probability: float) -> bool:
        if not probability:
            return False
        random = self._random.get(number)
        if random is None:
            random = generator(self._seed, self._stream, number, _RANDOM_PART)
            self._random[number] = random
        return bool(random.random() < probability)

    def _checked(self, number: int, fault: str) -> DeviceFault:
        if not 0 <= number < self._count:
            raise ValueError(f"no device has number {number}: there are {self._count}")
        try:
            return DeviceFault(fault)
        except ValueError:
            known = ", ".join(DeviceFault)
            raise ValueError(f"unknown fault {fault!r}: use one of {known}") from None
