"""Geofences in GeoJSON with all that they have: nothing is lost in our own features.

A polygon is itself, a circle a Point with `radius`, a corridor a LineString with `half_width`; the
other properties are those of `geofences.stored`. Features without `form` are zones as an officer
draws them in any map editor (`fleet.geojson_zones`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

import orjson

from fleet.forms import Node, parse
from fleet.geofences.files.reports import Exported, Imported
from fleet.geofences.files.zones import from_zones
from fleet.geofences.geofence import Geofence
from fleet.geofences.stored import from_json, to_json
from fleet.geojson_zones import read_geojson_zones
from fleet.zone_parts import ZONES_MOST


def read(
    document: str | bytes | Mapping[str, Any], source: str = "", zone: tzinfo | None = None
) -> Imported:
    """The fences of a FeatureCollection, a Feature or a bare geometry. Raises FormError."""
    root = parse(document)
    kind = root.need("type").text()
    if kind == "FeatureCollection":
        features = list(root.need("features").items(ZONES_MOST))
    else:
        features = [root]
    ours, drawn = [], []
    for feature in features:
        properties = feature.find("properties")
        if properties is not None and properties.find("form") is not None:
            ours.append(_fence(feature, properties))
        else:
            drawn.append(feature.value)
    if not ours:
        return from_zones(read_geojson_zones(root.value, source, zone))
    others = {"type": "FeatureCollection", "features": drawn}
    found = from_zones(read_geojson_zones(others, source, zone))
    return Imported((*ours, *found.fences), found.lost)


def _fence(feature: Node, properties: Node) -> Geofence:
    geometry = feature.need("geometry")
    kind, place = geometry.need("type").text(), geometry.need("coordinates").value
    shape: Any = geometry.value
    if kind == "Point":
        shape = {"type": "Circle", "centre": place, "radius": properties.need("radius").value}
    elif kind == "LineString":
        width = properties.need("half_width").value
        shape = {"type": "Corridor", "line": place, "half_width": width}
    return from_json(Node(dict(properties.value) | {"shape": shape}, feature.place))


def write(fences: Iterable[Geofence]) -> Exported:
    """A FeatureCollection that holds all of the fences."""
    features = []
    for fence in fences:
        properties = to_json(fence)
        shape = properties.pop("shape")
        if shape["type"] == "Circle":
            geometry = {"type": "Point", "coordinates": shape["centre"]}
            properties["radius"] = shape["radius"]
        elif shape["type"] == "Corridor":
            geometry = {"type": "LineString", "coordinates": shape["line"]}
            properties["half_width"] = shape["half_width"]
        else:
            geometry = shape
        features.append(
            {"type": "Feature", "id": fence.id, "geometry": geometry, "properties": properties}
        )
    return Exported(orjson.dumps({"type": "FeatureCollection", "features": features}))
