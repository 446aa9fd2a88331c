"""Coordinates as GeoJSON writes them (RFC 7946): longitude first, WGS84 degrees."""

from __future__ import annotations

import shapely
from shapely.validation import explain_validity

from fleet.forms import FormError, Node, as_number

DEPTH_MOST = 8
"""Geometry collections within each other."""

Position = tuple[float, float]
"""Longitude and latitude in degrees."""


def position(node: Node) -> Position:
    """One position; height, if there is one, is left out. Raises FormError off the Earth."""
    value = node.value
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise node.fault("is no position: longitude and latitude are expected")
    longitude, latitude = as_number(value[0]), as_number(value[1])
    if longitude is None or latitude is None:
        raise node.fault("is no position: its members must be finite numbers")
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise node.fault(
            f"is longitude {longitude:g}, latitude {latitude:g}: longitude stands first, in "
            "degrees within ±180, latitude within ±90"
        )
    return longitude, latitude


def line(node: Node) -> list[Position]:
    """The positions of a LineString's or a ring's coordinates."""
    return [position(item) for item in node.items()]


def rings(node: Node) -> list[list[Position]]:
    """The rings of a Polygon's coordinates, the outer one first, each of three corners or more.

    A ring that is not closed is taken as closed.
    """
    found = []
    for item in node.items():
        ring = line(item)
        if len(set(ring)) < 3:
            raise item.fault("has fewer than three different corners")
        found.append(ring)
    if not found:
        raise node.fault("has no rings")
    return found


def polygon(node: Node) -> shapely.Polygon:
    """A valid polygon of a Polygon's coordinates.

    Raises FormError for one that crosses itself, and for one across the antimeridian in one
    piece, which RFC 7946 wants cut there.
    """
    found = rings(node)
    for ring in found:
        for (before, _), (after, _) in zip(ring, ring[1:] + ring[:1], strict=True):
            if abs(after - before) > 180:
                raise node.fault("crosses the antimeridian in one piece; cut it there")
    made = shapely.Polygon(found[0], found[1:])
    if not made.is_valid:
        raise node.fault(f"is no valid polygon: {explain_validity(made)}")
    return made


def polygons(geometry: Node) -> shapely.Polygon | shapely.MultiPolygon:
    """The area of a Polygon or MultiPolygon geometry. Raises FormError for any other."""
    kind = geometry.need("type").text()
    coordinates = geometry.need("coordinates")
    if kind == "Polygon":
        return polygon(coordinates)
    if kind != "MultiPolygon":
        raise geometry.fault(f"is a {kind}, a Polygon or MultiPolygon is expected")
    parts = [polygon(item) for item in coordinates.items()]
    if not parts:
        raise coordinates.fault("has no polygons")
    together = shapely.MultiPolygon(parts)
    # Parts that share an edge are no valid MultiPolygon, and yet an area.
    joined = together if together.is_valid else shapely.union_all(parts)
    assert isinstance(joined, shapely.Polygon | shapely.MultiPolygon)
    return joined


def members(geometry: Node, depth: int = 0) -> list[Node]:
    """The geometries of a collection, and of the collections in it; else the geometry itself."""
    if geometry.need("type").text() != "GeometryCollection":
        return [geometry]
    if depth >= DEPTH_MOST:
        raise FormError(f"{geometry.place}: more than {DEPTH_MOST} collections within each other")
    inner = geometry.need("geometries").items()
    return [member for item in inner for member in members(item, depth + 1)]
