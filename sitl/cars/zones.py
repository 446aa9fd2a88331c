"""Places where no radio reaches: tunnels, underpasses, cellars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fleet.peshawar import to_metres


@dataclass(frozen=True)
class DeadZone:
    """A circle of `radius` metres, or with `path` all that is so near to the line through it.

    The line goes from the place to the points of `path`, (latitude, longitude) each.
    """

    latitude: float
    longitude: float
    radius: float
    path: tuple[tuple[float, float], ...] = ()


def in_zones(zones: Sequence[DeadZone], position: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of (N, 2) places, metres east and north of the city's centre, lie in a zone."""
    inside = np.zeros(len(position), bool)
    for zone in zones:
        points = [
            np.array(to_metres(*point)) for point in ((zone.latitude, zone.longitude), *zone.path)
        ]
        stretches = list(pairwise(points)) or [(points[0], points[0])]
        for start, end in stretches:
            inside |= _away(position, start, end) < zone.radius
    return inside


def _away(
    position: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Metres from each place to the nearest point of a stretch."""
    way = end - start
    square = float(way @ way)
    share = np.clip((position - start) @ way / square, 0.0, 1.0) if square else 0.0
    apart = position - start - np.multiply.outer(share, way)
    distance: NDArray[np.float64] = np.hypot(apart[:, 0], apart[:, 1])
    return distance
