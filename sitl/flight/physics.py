"""One step of all aircraft, copters and planes: where they are then, and what it cost them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from sitl.flight import battery, kinematics, planes
from sitl.flight.kinematics import Airframes, Columns, Guidance


class Misleading(Protocol):
    """What moves the targets of those whose sensors are wrong."""

    def misled(self, target: Columns, position: Columns) -> Columns:
        """Where they really go (N, 3) that aim at `target`."""


class Physics:
    """N aircraft; `fixed_wing` says of each whether it is a plane."""

    def __init__(self, fixed_wing: Sequence[bool]) -> None:
        wings = np.array(fixed_wing, bool).reshape(len(fixed_wing))
        self._planes = np.flatnonzero(wings)
        self._copters = np.flatnonzero(~wings)

    def step(
        self,
        frames: Airframes,
        guidance: Guidance,
        faults: Misleading,
        wind: Columns,
        gust: Columns,
        batteries: battery.Batteries,
        dt: float,
    ) -> Columns:
        """Move all by `dt` seconds and take what it costs; returns their airspeeds (N,).

        `wind` (2,) and `gust` (N, 2) are as in `kinematics.step`.
        """
        aimed = guidance.target
        guidance.target = faults.misled(aimed, frames.position)
        if not len(self._planes):
            kinematics.step(frames, guidance, wind, gust, dt)
        else:
            for members, move in ((self._copters, kinematics.step), (self._planes, planes.step)):
                if len(members):
                    some = frames.of(members)
                    move(some, guidance.of(members), wind, gust[members], dt)
                    frames.put(members, some)
        guidance.target = aimed
        air = frames.velocity[:, :2] - wind
        airspeed: Columns = np.hypot(air[:, 0], air[:, 1])
        climb = frames.velocity[:, 2]
        watts = battery.power(airspeed, climb, guidance.flying)
        if len(self._planes):
            winged = self._planes
            flying = guidance.flying[winged]
            watts[winged] = planes.power(airspeed[winged], climb[winged], flying)
        batteries.step(watts, dt)
        return airspeed
