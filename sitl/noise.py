"""Reproducible disturbance: GPS error and gusts, each vehicle from a generator of its own.

Each vehicle draws from a generator seeded by (seed, what it is, its number), so its track does
not depend on how many others there are. Numbers are drawn in blocks, because one draw for each
vehicle and step would cost more than the whole of the physics.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

_BLOCK = 256


class Stream(IntEnum):
    """What a generator is for; part of its seed."""

    DRONE_PLAN = 1
    DRONE_NOISE = 2
    CAR_PLAN = 3
    CAR_NOISE = 4
    WEATHER = 5
    NETWORK = 6
    LINK_FAULTS = 7
    SENSOR = 8
    RADAR = 9
    NODE = 10


def generator(seed: int, stream: Stream, number: int = 0, *part: int) -> np.random.Generator:
    """The generator of vehicle `number`, or of a part of it, for one purpose."""
    return np.random.default_rng([seed, stream, number, *part])


class GaussMarkov:
    """First-order Gauss–Markov processes, K for each of N vehicles.

    x' = −x/τ + noise, with stationary standard deviation sigma: the usual model of slowly
    wandering sensor errors (Gelb, Applied Optimal Estimation, 1974, §3.6).
    """

    def __init__(
        self, generators: list[np.random.Generator], sigma: list[float], tau: list[float]
    ) -> None:
        self._generators = generators
        self._sigma = np.array(sigma)
        self._tau = np.array(tau)
        self._used = _BLOCK
        self._block = np.empty((len(generators), _BLOCK, len(sigma)))
        self.value: NDArray[np.float64] = self._draw() * self._sigma
        """(N, K) as of the last step."""

    def step(self, dt: float) -> NDArray[np.float64]:
        """Advance by `dt` seconds; returns the new value."""
        keep = np.exp(-dt / self._tau)
        kick = self._sigma * np.sqrt(1 - keep * keep)
        self.value = self.value * keep + self._draw() * kick
        return self.value

    def _draw(self) -> NDArray[np.float64]:
        if self._used == _BLOCK:
            for row, source in zip(self._block, self._generators, strict=True):
                row[:] = source.standard_normal(row.shape)
            self._used = 0
        self._used += 1
        drawn: NDArray[np.float64] = self._block[:, self._used - 1]
        return drawn
