"""Circles on the Earth as polygons, on the safe side of the circle."""

from __future__ import annotations

import math

import numpy as np
from pyproj import Geod

from fleet.earth import EARTH_RADIUS
from missions.errors import PlanningError

CORNERS = 96
"""Of a circle: one around it is 0.05 % wider at the corners."""

LATITUDE_MOST = 85.0
"""Degrees that a circle may reach to: nearer to a pole its sides are no lines any more."""

_GEOD = Geod(ellps="WGS84")
_METRES_PER_DEGREE = 110_574.0


def circle_ring(
    latitude: float, longitude: float, radius: float, *, around: bool
) -> list[tuple[float, float]]:
    """Longitude and latitude of CORNERS corners, whose polygon is around the circle or within it.

    That holds whether its sides are taken as straight in degrees, on a local plane or as
    geodesics: side by side these lie L²·tan φ/8R apart at most, which is added. Across the
    antimeridian longitudes jump. Raises PlanningError beyond LATITUDE_MOST.
    """
    reach = abs(latitude) + radius / _METRES_PER_DEGREE
    if reach > LATITUDE_MOST:
        raise PlanningError(
            f"a circle of {radius:g} m around {latitude:.4f}, {longitude:.4f} reaches latitude "
            f"{reach:.1f}°; ±{LATITUDE_MOST:g}° is the limit"
        )
    side = 2 * math.pi * radius / CORNERS
    bow = side**2 * (math.tan(math.radians(reach)) + radius / EARTH_RADIUS) / (8 * EARTH_RADIUS)
    wide = radius / math.cos(math.pi / CORNERS) + 2 * bow if around else radius - 2 * bow
    azimuths = np.arange(CORNERS) * (360 / CORNERS)
    lons, lats, _ = _GEOD.fwd(
        np.full(CORNERS, longitude), np.full(CORNERS, latitude), azimuths, np.full(CORNERS, wide)
    )
    return list(zip(lons.tolist(), lats.tolist(), strict=True))[::-1]
