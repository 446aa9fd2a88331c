"""How long a degree is on the Earth, as an ellipsoid and as a sphere; ways along the sphere."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EARTH_RADIUS = 6_371_008.8
"""Metres, of the sphere: the mean radius (IUGG)."""

DEGREE = np.pi / 180 * EARTH_RADIUS
"""Metres of a degree of latitude on the sphere."""

_EQUATOR = 6_378_137.0
_ECCENTRICITY_2 = 6.694379990141e-3  # squared


def metres_per_degree(latitude: ArrayLike) -> tuple[Floats, Floats]:
    """Metres in a degree of latitude and of longitude, from WGS 84's radii of curvature."""
    radians = np.radians(latitude)
    root = 1 - _ECCENTRICITY_2 * np.sin(radians) ** 2
    meridian = _EQUATOR * (1 - _ECCENTRICITY_2) / root**1.5
    transverse = _EQUATOR / np.sqrt(root) * np.cos(radians)
    # at the poles a degree of longitude has no length; a millimetre keeps divisions finite
    return np.radians(meridian), np.maximum(np.radians(transverse), 1e-3)


def distance(
    latitude: ArrayLike, longitude: ArrayLike, to_latitude: ArrayLike, to_longitude: ArrayLike
) -> Floats:
    """Metres between places along the sphere (haversine formula); NaN where one is unknown."""
    begin, end = np.radians(latitude), np.radians(to_latitude)
    with np.errstate(invalid="ignore", over="ignore"):  # of what is no place
        turn = np.radians(np.subtract(to_longitude, longitude))
        half = np.sin((end - begin) / 2) ** 2 + np.cos(begin) * np.cos(end) * np.sin(turn / 2) ** 2
        metres: Floats = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(half, 1)))
    return metres
