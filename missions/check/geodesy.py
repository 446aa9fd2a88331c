"""The checker's own plane around a plan: transverse Mercator on WGS84, scale 1 at its middle.

A length x metres east or west of the middle is too long by x²/2R² (Snyder, Map Projections, USGS
1395, chapter 8): 1.2 mm per 1,000 m at 10 km, 3 cm at 50 km, 50 cm at 200 km. Angles are true.
Legs and the edges of shapes are geodesics: what is long is cut into chords of `CHORD` metres.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod, Transformer
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from missions.errors import PlanningError

GEOD = Geod(ellps="WGS84")

CHORD = 500.0
"""Metres; at 200 km from the middle a geodesic leaves such a chord by 0.2 mm."""

EXTENT_MOST = 200_000.0
"""Metres from the middle: further away is another plan."""

SHAPE_EXTENT_MOST = 3_000_000.0
"""Metres from the middle that a zone may reach; the projection is good to 3,900 km (PROJ)."""

LONGITUDE_MOST = 360.0
"""Degrees: some write on beyond the antimeridian."""

CORNERS_MOST = 200_000
"""Of one shape, after its edges are cut into chords."""

Floats = NDArray[np.float64]
Shape = TypeVar("Shape", bound=BaseGeometry)


class Plane:
    """East and north in metres from a middle in degrees."""

    def __init__(self, longitude: float, latitude: float) -> None:
        self._transformer = Transformer.from_crs(
            "EPSG:4326",
            f"+proj=tmerc +lat_0={latitude!r} +lon_0={longitude!r} +k=1 +ellps=WGS84 +units=m",
            always_xy=True,
        )

    @classmethod
    def around(cls, longitudes: ArrayLike, latitudes: ArrayLike) -> Plane:
        """The plane in the middle of these places, across the antimeridian too.

        Raises PlanningError if one is further than EXTENT_MOST from that middle.
        """
        lons, lats = np.radians(np.asarray(longitudes, float)), np.radians(latitudes)
        middle = np.column_stack([np.cos(lats) * np.cos(lons), np.cos(lats) * np.sin(lons)])
        x, y = middle.mean(axis=0)
        z = np.sin(lats).mean()
        longitude = float(np.degrees(np.arctan2(y, x)))
        latitude = float(np.degrees(np.arctan2(z, np.hypot(x, y))))
        reach = GEOD.inv(
            np.full(lons.shape, longitude),
            np.full(lons.shape, latitude),
            np.degrees(lons),
            np.degrees(lats),
        )[2]
        if not (furthest := float(np.max(reach))) <= EXTENT_MOST:
            raise PlanningError(
                f"the plan reaches {furthest / 1000:.0f} km from its middle, "
                f"{EXTENT_MOST / 1000:.0f} km is the most; divide it"
            )
        return cls(longitude, latitude)

    def metres(self, longitudes: ArrayLike, latitudes: ArrayLike) -> Floats:
        """(N, 2) east and north of N places."""
        east, north = self._transformer.transform(
            np.atleast_1d(np.asarray(longitudes, float)),
            np.atleast_1d(np.asarray(latitudes, float)),
        )
        return np.column_stack([east, north])

    def degrees(self, points: ArrayLike) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of (N, 2) points."""
        east, north = np.asarray(points, float).reshape(-1, 2).T
        lons, lats = self._transformer.transform(east, north, direction="INVERSE")
        return np.asarray(lons), np.asarray(lats)

    def shape(self, geojson: Mapping[str, Any], kinds: tuple[str, ...]) -> BaseGeometry:
        """A GeoJSON Polygon, MultiPolygon or LineString in metres, its edges geodesics.

        Raises PlanningError if it is not one of `kinds`, cannot be read, is not valid or reaches
        further than SHAPE_EXTENT_MOST.
        """
        kind, coordinates = geojson.get("type"), geojson.get("coordinates")
        if kind not in kinds:
            raise PlanningError(f"is a {kind!r}, expected {' or '.join(kinds)}")
        try:
            return self._read(kind, coordinates)
        except PlanningError:
            raise
        except (TypeError, ValueError, OverflowError, shapely.GEOSException) as error:
            raise PlanningError(f"cannot be read: {error}") from error

    def _read(self, kind: str, coordinates: Any) -> BaseGeometry:
        if kind == "LineString":
            return self._valid(shapely.LineString(self._line(coordinates, closed=False)))
        if kind == "Polygon":
            return self._polygon(coordinates)
        # The parts of one that is cut at the antimeridian (RFC 7946, 3.1.9) touch along the cut.
        return self._valid(shapely.union_all([self._polygon(rings) for rings in coordinates]))

    def _valid(self, shape: Shape) -> Shape:
        if not shape.is_valid:
            raise PlanningError(f"is not valid: {self._fault(shape)}")
        if shape.length == 0:
            raise PlanningError("is empty")
        return shape

    def _fault(self, shape: BaseGeometry) -> str:
        """What GEOS says, and where in degrees: `Self-intersection at 34.01000, 71.53000`."""
        said, _, place = explain_validity(shape).partition("[")
        if not place:
            return said
        (lon,), (lat,) = self.degrees([float(number) for number in place.rstrip("]").split()[:2]])
        return f"{said} at {lat:.5f}, {lon:.5f}"

    def _polygon(self, rings: Any) -> shapely.Polygon:
        if not isinstance(rings, list | tuple) or not rings:
            raise PlanningError("has no coordinates")
        lines = [self._line(ring, closed=True) for ring in rings]
        return self._valid(shapely.Polygon(lines[0], lines[1:]))

    def _line(self, coordinates: Any, *, closed: bool) -> Floats:
        corners = np.asarray([corner[:2] for corner in coordinates], float)
        if corners.ndim != 2 or corners.shape[0] < 2 or corners.shape[1] != 2:
            raise PlanningError("has no coordinates")
        if not (np.abs(corners) <= (LONGITUDE_MOST, 90)).all():
            raise PlanningError("has coordinates that are no degrees")
        if closed and (corners[0] != corners[-1]).any():
            corners = np.vstack([corners, corners[:1]])
        lons, lats = corners.T
        azimuth, _, length = GEOD.inv(lons[:-1], lats[:-1], lons[1:], lats[1:])
        pieces = np.maximum(np.ceil(length / CHORD), 1).astype(int)
        if pieces.sum() > CORNERS_MOST:
            raise PlanningError(f"is {length.sum() / 1000:.0f} km around; take a smaller part")
        edge = np.repeat(np.arange(len(pieces)), pieces)
        number = np.arange(len(edge)) - (np.cumsum(pieces) - pieces)[edge]
        along = length[edge] * number / pieces[edge]
        lon, lat, _ = GEOD.fwd(lons[edge], lats[edge], azimuth[edge], along)
        points = self.metres(np.append(lon, lons[-1]), np.append(lat, lats[-1]))
        if closed:
            points[-1] = points[0]
        if not np.hypot(*points.T).max() <= SHAPE_EXTENT_MOST:
            raise PlanningError(
                f"reaches further than {SHAPE_EXTENT_MOST / 1000:.0f} km from the plan; "
                "take the part that matters"
            )
        return points
