"""What can go wrong with the sensors and the board of a simulated vehicle, at any time.

Set and cleared by number of the vehicle and name of the fault; between two calls everything
follows from simulated time alone, so two runs with the same calls at the same times are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from math import cos, hypot, radians, sin

import numpy as np
from numpy.typing import NDArray

Columns = NDArray[np.float64]

Motion = tuple[list[float], list[float], list[float], list[float], list[float]]
"""Position, velocity, attitude, rates and sensor noise of one vehicle."""


class SensorFault(StrEnum):
    """The faults, and the values that each takes."""

    GPS_JUMP = "gps_jump"  # east, north: metres that its position is off at once
    GPS_DRIFT = "gps_drift"  # east, north: m/s at which its position is pulled away (spoofing)
    GPS_LOSS = "gps_loss"  # no fix
    COMPASS = "compass"  # degrees
    BATTERY = "battery"  # volts that are missing at the terminals
    FROZEN = "frozen"  # it says the same position again and again
    CLOCK = "clock"  # seconds that its clock is ahead


VALUES: dict[SensorFault, tuple[str, ...]] = {
    SensorFault.GPS_JUMP: ("east", "north"),
    SensorFault.GPS_DRIFT: ("east", "north"),
    SensorFault.GPS_LOSS: (),
    SensorFault.COMPASS: ("degrees",),
    SensorFault.BATTERY: ("volts",),
    SensorFault.FROZEN: (),
    SensorFault.CLOCK: ("seconds",),
}
"""The names of the values of each."""


_FIELDS: dict[SensorFault, tuple[str, ...]] = {  # of Faulty: what clearing it sets back
    SensorFault.GPS_JUMP: ("jump",),
    SensorFault.GPS_DRIFT: ("drift", "drifted"),
    SensorFault.GPS_LOSS: ("gps_lost",),
    SensorFault.COMPASS: ("compass",),
    SensorFault.BATTERY: ("volts",),
    SensorFault.FROZEN: ("frozen", "held"),
    SensorFault.CLOCK: ("clock_us",),
}


@dataclass
class Faulty:
    """The faults of one vehicle now."""

    jump: tuple[float, float] = (0.0, 0.0)
    drift: tuple[float, float] = (0.0, 0.0)
    drifted: tuple[float, float] = (0.0, 0.0)
    gps_lost: bool = False
    compass: float = 0.0
    volts: float = 0.0
    frozen: bool = False
    clock_us: int = 0
    held: Motion | None = None  # the motion that a frozen vehicle tells

    @property
    def offset(self) -> tuple[float, float]:
        """Metres east and north that its position is off."""
        return self.jump[0] + self.drifted[0], self.jump[1] + self.drifted[1]


class SensorFaults:
    """The sensor faults of `count` vehicles."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.by_number: dict[int, Faulty] = {}
        """Only vehicles that have a fault."""

    def set(self, number: int, fault: str, **values: float) -> None:
        """Begin `fault` for vehicle `number`, or change its values.

        Raises ValueError for a vehicle, a fault or a value that there is not.
        """
        kind = self._checked(number, fault)
        if set(values) != set(VALUES[kind]):
            wanted = ", ".join(VALUES[kind]) or "no values"
            given = ", ".join(values) or "none"
            raise ValueError(f"fault {kind} takes {wanted}, not {given}")
        faulty = self.by_number.setdefault(number, Faulty())
        match kind:
            case SensorFault.GPS_JUMP:
                faulty.jump = values["east"], values["north"]
            case SensorFault.GPS_DRIFT:
                faulty.drift = values["east"], values["north"]
            case SensorFault.GPS_LOSS:
                faulty.gps_lost = True
            case SensorFault.COMPASS:
                faulty.compass = values["degrees"]
            case SensorFault.BATTERY:
                faulty.volts = values["volts"]
            case SensorFault.FROZEN:
                faulty.frozen = True
            case SensorFault.CLOCK:
                faulty.clock_us = round(values["seconds"] * 1e6)

    def clear(self, number: int, fault: str | None = None) -> None:
        """End `fault` of vehicle `number`, or all that it has. Raises ValueError as `set`."""
        kind = None if fault is None else self._checked(number, fault)
        faulty = self.by_number.get(number)
        if faulty is None:
            return
        fresh = Faulty()
        for name in _FIELDS[kind] if kind else [field.name for field in fields(Faulty)]:
            setattr(faulty, name, getattr(fresh, name))
        if faulty == fresh:
            del self.by_number[number]

    def step(self, dt: float) -> None:
        """Let `dt` seconds pass: what drifts drifts on."""
        for faulty in self.by_number.values():
            (east, north), (by_east, by_north) = faulty.drifted, faulty.drift
            faulty.drifted = east + by_east * dt, north + by_north * dt

    def misled(self, target: Columns, position: Columns) -> Columns:
        """Where the drones really go (N, 3) that aim at `target` by what their sensors say.

        A false position moves the target by as much; a false compass turns the way there.
        """
        if not self.by_number:
            return target
        moved = target.copy()
        for number, faulty in self.by_number.items():
            east, north = faulty.offset
            moved[number, :2] -= (east, north)
            if faulty.compass:
                way = moved[number, :2] - position[number, :2]
                # the filter learns most of it from its track
                angle = radians(faulty.compass) * min(1.0, hypot(*way) / 50.0) * 0.5
                turned = (
                    way[0] * cos(angle) + way[1] * sin(angle),
                    way[1] * cos(angle) - way[0] * sin(angle),
                )
                moved[number, :2] = position[number, :2] + turned
        return moved

    def _checked(self, number: int, fault: str) -> SensorFault:
        if not 0 <= number < self._count:
            raise ValueError(f"no drone has number {number}: there are {self._count}")
        try:
            return SensorFault(fault)
        except ValueError:
            known = ", ".join(SensorFault)
            raise ValueError(f"unknown fault {fault!r}: use one of {known}") from None
