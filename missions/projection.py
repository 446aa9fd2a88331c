"""A local plane in metres around a place: azimuthal equidistant on WGS84.

Distances from the origin are exact; across, a length at the distance r from the origin is too
long by r²/6R² at most, and never too short (Snyder, Map Projections, USGS 1395, chapter 25): 0.4 mm
per 1,000 m at 10 km, 1 cm at 50 km, 17 cm at 200 km, which is as far as a frame may reach
(`EXTENT_MOST`). R is 6,356 km, the least mean radius of curvature, at the equator. That holds at
any latitude, and across the antimeridian too, because longitudes are taken relative to the origin.

A straight line of the plane bows from the geodesic between its ends by 0.13 r³/R² at most: 3 mm
within 10 km of the origin, 0.4 m within 50 km, 26 m within 200 km.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Proj

from fleet.wording import sentence
from missions.errors import PlanningError

EXTENT_MOST = 200_000.0
"""Metres from the origin: further away is another mission."""

LATITUDE_MOST = 75.0
"""Degrees: nearer to the poles headings and longitudes change too fast along a leg."""

Geometry = TypeVar("Geometry", bound=shapely.Geometry)


class LocalFrame:
    """East and north in metres from an origin in degrees.

    Raises PlanningError for an origin that is none on Earth, or beyond LATITUDE_MOST.
    """

    def __init__(self, latitude: float, longitude: float) -> None:
        if not (abs(latitude) <= LATITUDE_MOST and abs(longitude) <= 180):
            raise PlanningError(
                f"{latitude:g}, {longitude:g} is not within ±{LATITUDE_MOST:g}° of latitude and "
                "±180° of longitude: are latitude and longitude exchanged?"
            )
        # PROJ takes an origin within 5.7e-9° of 0 for 0, which is half a millimetre.
        self.latitude = latitude = 0.0 if abs(latitude) < 1e-8 else float(latitude)
        self.longitude = longitude = 0.0 if abs(longitude) < 1e-8 else float(longitude)
        # The central meridian is ours, so that longitudes to both sides of the antimeridian are
        # a few degrees from it.
        self._projection = Proj(proj="aeqd", lat_0=latitude, lon_0=longitude, ellps="WGS84")

    @classmethod
    def around(cls, longitudes: ArrayLike, latitudes: ArrayLike) -> LocalFrame:
        """The frame whose origin is the middle of the points' bounds.

        Points on both sides of the antimeridian are taken the short way round. Raises
        PlanningError if one of them is further than EXTENT_MOST from that middle.
        """
        lons = np.atleast_1d(np.asarray(longitudes, float))
        lats = np.atleast_1d(np.asarray(latitudes, float))
        if not (lons.size and np.isfinite(lons).all() and np.isfinite(lats).all()):
            raise PlanningError("no coordinates, or some that are no numbers")
        if np.abs(lats).max() > 90 or np.abs(lons).max() > 180:
            raise PlanningError(
                f"coordinates reach latitude {lats[np.abs(lats).argmax()]:g} and longitude "
                f"{lons[np.abs(lons).argmax()]:g}: degrees are expected, longitude within ±180"
            )
        around = lons[0] + (lons - lons[0] + 180) % 360 - 180  # the short way from the first
        longitude = (around.min() + around.max()) / 2
        frame = cls((lats.min() + lats.max()) / 2, (longitude + 180) % 360 - 180)
        frame.to_local(lons, lats)
        return frame

    def to_local(self, longitudes: ArrayLike, latitudes: ArrayLike) -> NDArray[np.float64]:
        """(N, 2) east and north in metres.

        Raises PlanningError beyond EXTENT_MOST and for coordinates that are no numbers.
        """
        east, north = self._projection(
            np.atleast_1d(np.asarray(longitudes, float)),
            np.atleast_1d(np.asarray(latitudes, float)),
        )
        points = np.column_stack([east, north])
        reach = float(np.hypot(*points.T).max(initial=0))
        if not np.isfinite(reach):
            raise PlanningError("a point has no place on Earth: degrees are expected")
        if reach > EXTENT_MOST:
            raise PlanningError(
                sentence(
                    "planner.extent",
                    "a point is {distance:.0f} km from {latitude:.4f}, {longitude:.4f}: one plan "
                    "reaches {most:.0f} km at most; plan its parts one by one",
                    distance=reach / 1000,
                    latitude=self.latitude,
                    longitude=self.longitude,
                    most=EXTENT_MOST / 1000,
                )
            )
        return points

    def to_geographic(self, points: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitudes and latitudes in degrees of (N, 2) points in metres."""
        east, north = np.asarray(points, float).reshape(-1, 2).T
        lons, lats = self._projection(east, north, inverse=True)
        return np.clip(lons, -180, 180), np.asarray(lats)  # PROJ may give 180.00000000000006

    def project(self, geometry: Geometry) -> Geometry:
        """A geometry in degrees (longitude, latitude) on the local plane."""
        return shapely.transform(geometry, lambda xy: self.to_local(xy[:, 0], xy[:, 1]))

    def unproject(self, geometry: Geometry) -> Geometry:
        """A geometry of the local plane in degrees (longitude, latitude)."""
        return shapely.transform(geometry, lambda xy: np.column_stack(self.to_geographic(xy)))
