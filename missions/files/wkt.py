"""Areas, lines and points of well-known text (OGC 06-103r4), WGS84 degrees, longitude first."""

from __future__ import annotations

import re

import numpy as np
import shapely

from missions.errors import PlanningError
from missions.files.shapes import POSITIONS_MOST, Line, Point, Position, Shapes

DEPTH_MOST = 10
"""Brackets within each other: a multipolygon in a collection needs four. GEOS reads by recursion,
so thousands would exhaust its stack."""

WORDS = ("SRID", "POLYGON", "MULTI", "LINESTRING", "LINEARRING", "POINT", "GEOMETRYCOLLECTION")
"""What such a text begins with."""


def shapes(text: str) -> Shapes:
    """The shapes of one geometry. Raises PlanningError (without the file's name)."""
    if match := re.match(r"\s*SRID\s*=\s*(\d+)\s*;", text, re.IGNORECASE):
        if match[1] != "4326":
            raise PlanningError(f"is in the system EPSG:{match[1][:9]}; give WGS84 degrees (4326)")
        text = text[match.end() :]
    _refuse_deep(text)
    if text.count(",") > POSITIONS_MOST:
        raise PlanningError(f"has more than {POSITIONS_MOST} positions; simplify the drawing")
    try:
        with np.errstate(all="ignore"):  # of numbers that are looked at below
            geometry = shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        raise PlanningError(f"is no WKT: {str(error)[:120]}") from None
    found = Shapes()
    _add(geometry, found)
    return found


def _refuse_deep(text: str) -> None:
    depth = 0
    for bracket in re.finditer(r"[()]", text):
        depth += 1 if bracket[0] == "(" else -1
        if depth > DEPTH_MOST:
            raise PlanningError(f"has more than {DEPTH_MOST} brackets within each other")


def _add(geometry: shapely.Geometry, found: Shapes) -> None:
    match geometry:
        case shapely.Polygon():
            found.add_polygons("", [_rings(geometry)])
        case shapely.MultiPolygon():
            found.add_polygons("", [_rings(part) for part in geometry.geoms])
        case shapely.LineString():
            found.lines.append(Line("", _positions(geometry)))
        case shapely.Point():
            for longitude, latitude in _positions(geometry):
                altitude = geometry.z if geometry.has_z else None
                found.points.append(Point("", latitude, longitude, altitude))
        case _:
            for part in getattr(geometry, "geoms", ()):
                _add(part, found)


def _rings(polygon: shapely.Polygon) -> list[list[Position]]:
    return [_positions(ring) for ring in (polygon.exterior, *polygon.interiors)]


def _positions(geometry: shapely.Geometry) -> list[Position]:
    positions = [(x, y) for x, y in shapely.get_coordinates(geometry).tolist()]
    if not positions:
        raise PlanningError(f"has an empty geometry: {shapely.to_wkt(geometry)[:40]}")
    for longitude, latitude in positions:
        if not (abs(longitude) <= 180 and abs(latitude) <= 90):
            raise PlanningError(
                f"has longitude {longitude:g}, latitude {latitude:g}: longitude stands first, "
                "within ±180, latitude within ±90"
            )
    return positions
