"""What the terrain hides: from a camera along a patrol, and from a radio on the ground."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.earth import EARTH_RADIUS

REFRACTION = 4 / 3
"""Effective earth radius for radio in a standard atmosphere (ITU-R P.452); light bends less."""

LIGHT_REFRACTION = 7 / 6

FRESNEL_CLEARANCE = 0.6
"""Share of the first Fresnel zone that is to be free (ITU-R P.530)."""

SPEED_OF_LIGHT = 299_792_458.0

STEP = 30.0
"""Metres between two looks at the ground: a cell of a 1″ height grid."""

Heights = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Ground above mean sea level at (N, 2) local points."""


@dataclass(frozen=True)
class Spot:
    """A place with its altitude above mean sea level."""

    place: NDArray[np.float64]
    altitude: float


def clearance(
    heights: Heights,
    spot: Spot,
    places: NDArray[np.float64],
    altitudes: NDArray[np.float64],
    *,
    refraction: float = LIGHT_REFRACTION,
    frequency: float | None = None,
) -> NDArray[np.float64]:
    """(N,) metres by which each line from `spot` to a place clears the ground; negative: hidden.

    The ground is raised by the earth's curvature under the chord, d₁·d₂ / 2kR, and for a radio of
    `frequency` (Hz) by FRESNEL_CLEARANCE of the first Fresnel zone's radius √(λ·d₁·d₂/d). Raises
    PlanningError where `heights` does.
    """
    distance = np.hypot(*(places - spot.place).T)
    count = max(2, math.ceil(float(distance.max(initial=0)) / STEP))
    shares = np.linspace(0, 1, count + 1)[1:-1]
    between = spot.place + shares[None, :, None] * (places - spot.place)[:, None]
    ground = heights(between.reshape(-1, 2)).reshape(len(places), len(shares))
    near, far = distance[:, None] * shares, distance[:, None] * (1 - shares)
    raised = ground + near * far / (2 * refraction * EARTH_RADIUS)
    if frequency is not None:
        with np.errstate(invalid="ignore"):
            zone = np.sqrt(SPEED_OF_LIGHT / frequency * near * far / distance[:, None])
        raised = raised + FRESNEL_CLEARANCE * np.nan_to_num(zone)
    line = spot.altitude + shares * (altitudes[:, None] - spot.altitude)
    least: NDArray[np.float64] = (line - raised).min(axis=1)
    return least


def stretches(along: NDArray[np.float64], hidden: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Where `hidden` is true without a break: from and to, in the measure of `along` (N,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hidden, [False]]).astype(np.int8)))
    return [
        (float(along[start]), float(along[end - 1]))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
