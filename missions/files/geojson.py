"""GeoJSON (RFC 7946): areas, lines and points in; plans out, for maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import shapely

from fleet import geojson
from fleet.forms import Node, as_number
from fleet.wording import sentence
from missions.files.plan_shapes import polygons, runs
from missions.files.shapes import Line, Point, Shapes
from missions.plan import Plan, Waypoint

FEATURES_MOST = 100_000

TYPES = frozenset(
    {
        "FeatureCollection",
        "Feature",
        "GeometryCollection",
        "Polygon",
        "MultiPolygon",
        "LineString",
        "MultiLineString",
        "Point",
        "MultiPoint",
    }
)


def shapes(root: Node) -> Shapes:
    """The shapes of a document. Raises fleet.forms.FormError for what is no GeoJSON."""
    found = Shapes()
    kind = root.need("type").text()
    if kind == "FeatureCollection":
        for feature in root.need("features").items(FEATURES_MOST):
            _feature(feature, found)
    elif kind == "Feature":
        _feature(root, found)
    else:
        _geometry(root, "", found)
    return found


def _feature(feature: Node, found: Shapes) -> None:
    geometry = feature.find("geometry")
    if geometry is not None:  # null is allowed: a feature without a place
        _geometry(geometry, _name(feature), found)


def _name(feature: Node) -> str:
    """What a feature is called: by the properties that map editors use, else by its id."""
    properties = feature.find("properties")
    for node, names in ((properties, ("name", "Name", "NAME", "title")), (feature, ("id",))):
        for name in names:
            said = None if node is None else node.find(name)
            if said is not None and isinstance(said.value, str | int):
                return Node(str(said.value), said.place).text()
    return ""


def _geometry(geometry: Node, name: str, found: Shapes) -> None:
    for member in geojson.members(geometry):
        kind = member.need("type").text()
        coordinates = member.need("coordinates")
        if kind == "Polygon":
            found.add_polygons(name, [geojson.rings(coordinates)])
        elif kind == "MultiPolygon":
            found.add_polygons(name, [geojson.rings(item) for item in coordinates.items()])
        elif kind == "LineString":
            found.lines.append(Line(name, geojson.line(coordinates)))
        elif kind == "MultiLineString":
            found.lines += [Line(name, geojson.line(item)) for item in coordinates.items()]
        elif kind == "Point":
            found.points.append(_point(coordinates, name))
        elif kind == "MultiPoint":
            found.points += [_point(item, name) for item in coordinates.items()]
        else:
            raise member.fault(f"is a {kind!r}, which is no geometry of GeoJSON")


def _point(node: Node, name: str) -> Point:
    longitude, latitude = geojson.position(node)
    altitude = as_number(node.value[2]) if len(node.value) > 2 else None
    return Point(name, latitude, longitude, altitude)


def write(plan: Plan) -> tuple[bytes, list[str]]:
    """A plan as a FeatureCollection for maps, and what it does not carry, one line each.

    Features have a `role`: `area`, `zone`, `sortie` (the whole way, with its figures) and `leg`
    (stretches of one purpose). Heights are above home in metres, a list beside the coordinates:
    those of RFC 7946 would be above the ellipsoid.
    """
    features: list[dict[str, Any]] = []
    if plan.area is not None:
        parts = polygons(plan.area, f"the area of plan {plan.name!r}")
        features.append(_written(parts, {"role": "area", "name": plan.name}))
    for zone in plan.zones:
        properties = {
            "role": "zone",
            "name": zone.name,
            "lower": zone.lower,
            "lower_reference": zone.lower_reference,
            "upper": zone.upper,
            "upper_reference": zone.upper_reference,
        }
        features.append(_written(polygons(zone.polygon, f"zone {zone.name!r}"), properties))
    for sortie in plan.sorties:
        whole = {
            "role": "sortie",
            "name": sortie.name,
            "drone": sortie.drone,
            "kind": sortie.kind,
            "start": sortie.start,
        }
        if sortie.figures is not None:
            whole |= sortie.figures.model_dump()
        features.append(_way(sortie.waypoints, whole))
        for run in runs(sortie):
            properties = {"role": "leg", "sortie": sortie.name, "purpose": run.purpose}
            features.append(_way(run.waypoints, properties))
    document = {"type": "FeatureCollection", "features": features}
    lost = sentence(
        "file.geojson",
        "speeds, cameras, holds and turns at waypoints, times of zones, people, limits and the "
        "authority of the plan are not carried",
    )
    return orjson.dumps(document, option=orjson.OPT_INDENT_2), [lost]


def _way(waypoints: Sequence[Waypoint], properties: dict[str, Any]) -> dict[str, Any]:
    places = [[waypoint.longitude, waypoint.latitude] for waypoint in waypoints]
    geometry: dict[str, Any] = {"type": "LineString", "coordinates": places}
    if len(places) < 2:
        geometry = {"type": "MultiPoint", "coordinates": places}
    heights = [waypoint.height for waypoint in waypoints]
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": properties | {"heights": heights},
    }


def _written(parts: list[shapely.Polygon], properties: dict[str, Any]) -> dict[str, Any]:
    oriented = [shapely.orient_polygons(part) for part in parts]
    shape = oriented[0] if len(oriented) == 1 else shapely.MultiPolygon(oriented)
    return {
        "type": "Feature",
        "geometry": dict(shapely.geometry.mapping(shape)),
        "properties": properties,
    }
