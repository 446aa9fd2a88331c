"""Zones in plain GeoJSON with simple properties, as an officer draws them in any map editor.

A feature is a Polygon or MultiPolygon, or a Point with a `radius` in metres. Properties, all
optional: `id` and `name`; `type`, one of the restrictions (PROHIBITED if it is not said); `lower`
and `upper` in metres, above `lower_reference` and `upper_reference` (AGL if it is not said);
`from` and `to` in ISO 8601; `conditions` and `authority`. Others are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any, get_args

import shapely

from fleet import geojson
from fleet.forms import FormError, Node, parse
from fleet.moments import stamp
from fleet.schedules import Period
from fleet.zone_parts import ZONES_MOST, limit
from fleet.zones import RADIUS_MOST, Circle, Restriction, Zone

_RESTRICTIONS: dict[str, Restriction] = {name: name for name in get_args(Restriction)} | {
    "REQ_AUTHORISATION": "REQ_AUTHORIZATION"
}


def read_geojson_zones(
    document: str | bytes | Mapping[str, Any], source: str = "", zone: tzinfo | None = None
) -> list[Zone]:
    """The zones of a FeatureCollection, a Feature, or a bare geometry.

    A feature without an `id` and a name is called by its number. `source` is kept with each zone;
    times without an offset are of `zone`. Raises FormError for the first thing in the document
    that is not as it should be: a zone is not left out.
    """
    root = parse(document)
    kind = root.need("type").text()
    if kind == "FeatureCollection":
        features = list(root.need("features").items(ZONES_MOST))
    else:
        features = [root if kind == "Feature" else Node({"geometry": root.value})]
    found: list[Zone] = []
    for number, feature in enumerate(features, 1):
        found += _zones(feature, number, source, zone)
    return found


def _zones(feature: Node, number: int, source: str, zone: tzinfo | None) -> list[Zone]:
    properties = feature.find("properties") or Node({}, feature.place)
    name = _text(properties, "name")
    identifier = (
        _text(feature, "id") or _text(properties, "id") or _text(properties, "identifier") or name
    )
    restriction = properties.find("type")
    start, end = properties.find("from"), properties.find("to")
    first = None if start is None else start.instant(zone)
    last = None if end is None else end.instant(zone)
    found = []
    for part, geometry in enumerate(geojson.members(feature.need("geometry"))):
        try:
            found.append(
                Zone(
                    identifier=identifier or f"zone {number}",
                    shape=_shape(geometry, properties),
                    lower=limit(properties.find("lower"), properties.find("lower_reference"), 1),
                    upper=limit(properties.find("upper"), properties.find("upper_reference"), 1),
                    restriction=(
                        restriction.choice(_RESTRICTIONS) if restriction else "PROHIBITED"
                    ),
                    name=name,
                    periods=(Period(first, last),) if first or last else (),
                    conditions=_text(properties, "conditions"),
                    authority=_text(properties, "authority"),
                    source=source,
                    part=part,
                )
            )
        except FormError as error:
            raise FormError(f"{feature.place or 'the zone'}: {error}") from None
    return found


def _text(node: Node, name: str) -> str:
    """A text; a number, as many editors give for an id, is one too."""
    found = node.find(name)
    if found is None:
        return ""
    return str(found.value) if isinstance(found.value, int | float) else found.text()


def _shape(geometry: Node, properties: Node) -> shapely.Polygon | shapely.MultiPolygon | Circle:
    if geometry.need("type").text() != "Point":
        return geojson.polygons(geometry)
    longitude, latitude = geojson.position(geometry.need("coordinates"))
    return Circle(latitude, longitude, properties.need("radius").number(0, RADIUS_MOST))


def write_geojson_zones(zones: Iterable[Zone]) -> tuple[dict[str, Any], list[str]]:
    """A FeatureCollection of the zones, and what it could not carry, one line each."""
    lost: list[str] = []
    features = []
    for zone in zones:
        label = f"zone {zone.identifier}"
        if len(zone.periods) > 1 or any(period.hours for period in zone.periods):
            lost.append(
                f"{label}: its schedule is not carried, only its first and last moment: it is in "
                "force longer than published"
            )
        if zone.source:
            lost.append(f"{label}: its source is not carried ({zone.source})")
        features.append(
            {"type": "Feature", "geometry": _geometry(zone), "properties": _properties(zone)}
        )
    return {"type": "FeatureCollection", "features": features}, lost


def _geometry(zone: Zone) -> dict[str, Any]:
    if isinstance(zone.shape, Circle):
        return {"type": "Point", "coordinates": [zone.shape.longitude, zone.shape.latitude]}
    return dict(shapely.geometry.mapping(shapely.orient_polygons(zone.shape)))


def _properties(zone: Zone) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": zone.identifier, "type": zone.restriction}
    for name in ("name", "conditions", "authority"):
        if text := getattr(zone, name):
            properties[name] = text
    if isinstance(zone.shape, Circle):
        properties["radius"] = zone.shape.radius
    for name, limit_ in (("lower", zone.lower), ("upper", zone.upper)):
        if limit_ is not None:
            properties |= {name: limit_.height, f"{name}_reference": limit_.reference}
    starts = [period.start for period in zone.periods]
    ends = [period.end for period in zone.periods]
    if starts and None not in starts:
        properties["from"] = stamp(min(start for start in starts if start))
    if ends and None not in ends:
        properties["to"] = stamp(max(end for end in ends if end))
    return properties
