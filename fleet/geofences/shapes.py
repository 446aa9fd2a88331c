"""The shapes of a geofence, and each as the polygon in degrees that positions are judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer

from fleet.forms import FormError
from fleet.zones import Circle

CORNERS = 256
"""Of a circle's polygon. Its area is the circle's; no corner or side is farther from the circle
than 0.01 % of the radius: 10 cm of a kilometre."""

LATITUDE_MOST = 85.0
"""Degrees that a fence may reach to: nearer to a pole degrees are no plane any more."""

WIDTH_MOST = 100_000.0
"""Metres to each side of a corridor's line."""

POSITIONS_MOST = 20_000
"""Of a fence's outline or line."""

_GEOD = Geod(ellps="WGS84")
_STRETCH = 5_000.0
"""Metres of a corridor's line that are taken as straight on the plane and in degrees alike: they
part by 0.5 m at most at 60° of latitude."""


@dataclass(frozen=True)
class Corridor:
    """All within `half_width` metres of a line of (longitude, latitude). Raises FormError."""

    line: tuple[tuple[float, float], ...]
    half_width: float

    def __post_init__(self) -> None:
        if len(set(self.line)) < 2:
            raise FormError("a corridor needs a line of two different positions")
        if len(self.line) > POSITIONS_MOST:
            raise FormError(f"a corridor has more than {POSITIONS_MOST} positions")
        for longitude, latitude in self.line:
            if not (abs(longitude) <= 180 and abs(latitude) <= 90):
                raise FormError(f"{latitude:g}, {longitude:g} is no place for a corridor")
        if not 0 < self.half_width <= WIDTH_MOST:
            raise FormError(
                f"a corridor of {self.half_width:g} m to each side: 0 to {WIDTH_MOST:g} m are expected"
            )


Shape = shapely.Polygon | shapely.MultiPolygon | Circle | Corridor


def outline(shape: Shape) -> shapely.Polygon | shapely.MultiPolygon:
    """The shape in degrees, longitude first.

    Raises FormError for one that is empty, crosses itself, has too many corners, or reaches beyond
    LATITUDE_MOST; and for a circle or corridor that reaches across the antimeridian, where a
    polygon is to be cut in two.
    """
    found: shapely.Polygon | shapely.MultiPolygon
    if isinstance(shape, Circle):
        found = _circle(shape)
    elif isinstance(shape, Corridor):
        found = _corridor(shape)
    else:
        found = shape
    if shapely.get_num_coordinates(found) > POSITIONS_MOST:
        raise FormError(f"the shape has more than {POSITIONS_MOST} corners; give a simpler one")
    west, south, east, north = found.bounds  # NaN of an empty one
    if not (west >= -180 and east <= 180 and south >= -LATITUDE_MOST and north <= LATITUDE_MOST):
        raise FormError(
            f"the shape is empty, or reaches beyond ±{LATITUDE_MOST:g}° of latitude or across the "
            "antimeridian; cut it there"
        )
    if not found.is_valid:
        raise FormError(f"the shape crosses itself: {shapely.is_valid_reason(found)}")
    return found


def _circle(circle: Circle) -> shapely.Polygon:
    step = 2 * np.pi / CORNERS
    radius = circle.radius * np.sqrt(step / np.sin(step))  # the polygon has the circle's area
    azimuths = np.arange(CORNERS) * (360 / CORNERS)
    centre = np.full(CORNERS, circle.longitude), np.full(CORNERS, circle.latitude)
    longitudes, latitudes, _ = _GEOD.fwd(*centre, azimuths, np.full(CORNERS, radius))
    if np.ptp(longitudes) > 180 or abs(circle.latitude) > LATITUDE_MOST:
        raise FormError(
            f"a circle of {circle.radius:g} m around {circle.latitude:g}, {circle.longitude:g} "
            "reaches across the antimeridian or to a pole; draw it as a polygon that is cut there"
        )
    return shapely.Polygon(np.column_stack([longitudes, latitudes])[::-1])


def _corridor(corridor: Corridor) -> shapely.Polygon | shapely.MultiPolygon:
    """Widened on a transverse Mercator plane through its middle."""
    line = np.asarray(corridor.line)
    if np.abs(np.diff(line[:, 0])).max() > 180 or np.abs(line[:, 1]).max() > LATITUDE_MOST:
        raise FormError("the corridor crosses the antimeridian or a pole; make it of two")
    longitude, latitude = (line.min(axis=0) + line.max(axis=0)) / 2
    plane = CRS.from_dict(
        {"proj": "tmerc", "lon_0": longitude, "lat_0": latitude, "ellps": "WGS84"}
    )
    there = Transformer.from_crs("OGC:CRS84", plane, always_xy=True)
    fine = shapely.segmentize(shapely.LineString(line), _STRETCH / 111_320)
    if shapely.get_num_coordinates(fine) > POSITIONS_MOST:
        raise FormError("the corridor is too long; make it of several")
    on_plane = np.column_stack(there.transform(*shapely.get_coordinates(fine).T))
    if not np.isfinite(on_plane).all():
        raise FormError("the corridor is too long; make it of several")
    wide = shapely.LineString(on_plane).buffer(corridor.half_width, quad_segs=16)
    wide = shapely.segmentize(wide, _STRETCH)
    back = shapely.transform(
        wide,
        lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1], direction="INVERSE")),
    )
    assert isinstance(back, shapely.Polygon | shapely.MultiPolygon)
    return back
