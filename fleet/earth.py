"""How long a degree is on the Earth."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_EQUATOR = 6_378_137.0
_ECCENTRICITY_2 = 6.694379990141e-3  # squared
_DEGREE = np.pi / 180


def metres_per_degree(latitude: ArrayLike) -> tuple[Floats, Floats]:
    """Metres in a degree of latitude and of longitude, from WGS 84's radii of curvature."""
    radians = np.radians(latitude)
    root = 1 - _ECCENTRICITY_2 * np.sin(radians) ** 2
    meridian = _EQUATOR * (1 - _ECCENTRICITY_2) / root**1.5
    transverse = _EQUATOR / np.sqrt(root) * np.cos(radians)
    # at the poles a degree of longitude has no length; a millimetre keeps divisions finite
    return meridian * _DEGREE, np.maximum(transverse * _DEGREE, 1e-3)
