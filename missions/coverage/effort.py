"""What a way costs: its metres, and its stops, which are counted as metres too.

A piece flown from rest to rest takes d/v + v/a, or 2√(d/a) where the speed is not reached. Times v
that is d + e, or 2√(d·e), with e = v²/a: a stop is worth e metres of way. So one number says how
much corners matter, and the least time is the least effort.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from missions.drones import DroneKind
from missions.errors import PlanningError
from missions.motion import turn_radius

PLAIN_STOP = 0.02
"""Of the spacing: what a corner costs where only length counts, so that none is there in vain."""


@dataclass(frozen=True)
class Motion:
    """How the vehicle moves: metres per second, metres per second², metres.

    `radius` of its turns; 0: it stops and turns where it is (a multirotor).
    """

    speed: float
    acceleration: float
    radius: float = 0.0

    def __post_init__(self) -> None:
        for name in ("speed", "acceleration"):
            if not 0 < getattr(self, name) < np.inf:
                raise PlanningError(f"a {name} of {getattr(self, name):g} cannot be flown")
        if not 0 <= self.radius < np.inf:
            raise PlanningError(f"a turn radius of {self.radius:g} m cannot be flown")

    @classmethod
    def of(cls, kind: DroneKind, speed: float | None = None) -> Self:
        """That of a kind of drone at a speed (None: its cruise speed)."""
        speed = kind.cruise_speed if speed is None else speed
        radius = turn_radius(speed, kind.lateral_acceleration) if kind.wing == "fixed" else 0.0
        return cls(speed, kind.acceleration, radius)


@dataclass(frozen=True)
class Effort:
    """The effort of pieces of way; `stop` in metres is what an end of one costs."""

    stop: float

    @classmethod
    def of(cls, motion: Motion | None, spacing: float) -> Self:
        """For the least time with a motion, or for the shortest way without."""
        return cls(
            PLAIN_STOP * spacing if motion is None else motion.speed**2 / motion.acceleration
        )

    def __call__(self, lengths: ArrayLike) -> NDArray[np.float64]:
        """Of pieces of these lengths, from rest to rest, in metres."""
        d = np.asarray(lengths, float)
        return np.where(d >= self.stop, d + self.stop, 2 * np.sqrt(np.maximum(d, 0) * self.stop))
