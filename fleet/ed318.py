"""Zones in ED-318: GeoJSON with vertical layers, circles and schedules (EUROCAE ED-318, 2024).

Form after the schema in github.com/UASGeoZones/ED-318. A zone's geometries (layers) become zones
of the same identifier, counted by `part`; a `USPACE` zone is taken as CONDITIONAL. The validity
of the data set (`metadata.validFrom`, `validTo`) is the publisher's promise to renew it and is not
read as the zones' own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from itertools import groupby
from typing import Any

import shapely

from fleet import geojson
from fleet.forms import FormError, Node, parse
from fleet.wording import sentence
from fleet.zone_parts import (
    UNITS,
    ZONES_MOST,
    authority,
    limit,
    name_lost,
    periods,
    texts,
    written_periods,
)
from fleet.zones import RADIUS_MOST, Circle, Limit, Restriction, Zone

IDENTIFIER_MOST = 7
"""Characters of an identifier."""

NAME_MOST = 200
"""Characters of a name."""

UNLIMITED = 99_999.0
"""Metres that publishers write for `no upper limit`, and so do we; read as none."""

_RESTRICTIONS: dict[str, Restriction] = {
    "PROHIBITED": "PROHIBITED",
    "REQ_AUTHORIZATION": "REQ_AUTHORIZATION",
    "REQ_AUTHORISATION": "REQ_AUTHORIZATION",
    "CONDITIONAL": "CONDITIONAL",
    "NO_RESTRICTION": "NO_RESTRICTION",
    "USPACE": "CONDITIONAL",
}


def read_ed318(
    document: str | bytes | Mapping[str, Any], source: str = "", zone: tzinfo | None = None
) -> list[Zone]:
    """The zones of a FeatureCollection, or of one Feature.

    `source` is kept with each zone; times without an offset are of `zone`. Raises FormError for
    the first thing in the document that is not as it should be: a zone is not left out.
    """
    root = parse(document)
    kind = root.need("type").text()
    if kind == "Feature":
        return _zones(root, source, zone)
    if kind != "FeatureCollection":
        raise root.fault(f"is a {kind}, a FeatureCollection is expected")
    return [
        found
        for feature in root.need("features").items(ZONES_MOST)
        for found in _zones(feature, source, zone)
    ]


def _zones(feature: Node, source: str, zone: tzinfo | None) -> list[Zone]:
    properties = feature.need("properties")
    properties = properties.find("UASZone") or properties  # as some publish it
    kind = properties.need("type")
    conditions = texts(properties.find("restrictionConditions")) or texts(
        properties.find("message")
    )
    if kind.text().upper() == "USPACE":
        conditions = f"U-space airspace. {conditions}".strip()
    applicability = periods(properties.find("limitedApplicability"), zone)
    found = []
    for part, geometry in enumerate(geojson.members(feature.need("geometry"))):
        lower, upper = _limits(geometry.find("layer"))
        try:
            found.append(
                Zone(
                    identifier=properties.need("identifier").text(),
                    shape=_shape(geometry),
                    lower=lower,
                    upper=upper,
                    restriction=kind.choice(_RESTRICTIONS),
                    name=texts(properties.find("name")),
                    periods=applicability,
                    conditions=conditions,
                    authority=authority(properties.find("zoneAuthority")),
                    source=source,
                    part=part,
                )
            )
        except FormError as error:
            raise FormError(f"{feature.place or 'the zone'}: {error}") from None
    return found


def _shape(geometry: Node) -> shapely.Polygon | shapely.MultiPolygon | Circle:
    if geometry.need("type").text() != "Point":
        return geojson.polygons(geometry)
    extent = geometry.find("extent")
    if extent is None:
        raise geometry.fault("is a Point without a circle around it; `extent` is missing")
    extent.need("subType").choice({"CIRCLE": 1, "CIRCLES": 1})  # the plural is in the examples
    longitude, latitude = geojson.position(geometry.need("coordinates"))
    return Circle(latitude, longitude, extent.need("radius").number(0, RADIUS_MOST))


def _limits(layer: Node | None) -> tuple[Limit | None, Limit | None]:
    if layer is None:
        return None, None
    unit_named = layer.find("uom")
    unit = 1.0 if unit_named is None else unit_named.choice(UNITS)
    upper = limit(layer.find("upper"), layer.find("upperReference"), unit)
    lower = limit(layer.find("lower"), layer.find("lowerReference"), unit)
    return lower, None if upper is not None and upper.height >= UNLIMITED else upper


def write_ed318(zones: Iterable[Zone], country: str = "PAK") -> tuple[dict[str, Any], list[str]]:
    """A FeatureCollection of the zones, and what it could not carry, one line each.

    Zones of one identifier that stand together and differ in shape and limits only become the
    layers of one feature. `country` is an ISO 3166-1 alpha-3 code.
    """
    lost: list[str] = []
    features = []
    taken: set[str] = set()
    for _, together in groupby(zones, key=_same):
        parts = list(together)
        layers = [_geometry(part, lost) for part in parts]
        geometry = {"type": "GeometryCollection", "geometries": layers}
        features.append(
            {
                "type": "Feature",
                "geometry": layers[0] if len(layers) == 1 else geometry,
                "properties": _properties(parts[0], country, taken, lost),
            }
        )
    return {"type": "FeatureCollection", "features": features}, lost


def _same(zone: Zone) -> tuple[object, ...]:
    return (
        zone.identifier,
        zone.restriction,
        zone.name,
        zone.periods,
        zone.conditions,
        zone.authority,
    )


def _geometry(zone: Zone, lost: list[str]) -> dict[str, Any]:
    if isinstance(zone.shape, Circle):
        geometry: dict[str, Any] = {
            "type": "Point",
            "coordinates": [zone.shape.longitude, zone.shape.latitude],
            "extent": {"subType": "Circle", "radius": zone.shape.radius},
        }
    else:
        geometry = dict(shapely.geometry.mapping(shapely.orient_polygons(zone.shape)))
    if zone.lower is None and zone.upper is None:
        return geometry
    if zone.lower is None:
        lost.append(
            sentence(
                "zone.lower",
                "zone {zone}: `no lower limit` is written as 0 m AGL",
                zone=zone.identifier,
            )
        )
    lower, upper = zone.lower or Limit(0.0), zone.upper or Limit(UNLIMITED, "AMSL")
    geometry["layer"] = {
        "lower": lower.height,
        "lowerReference": lower.reference,
        "upper": upper.height,
        "upperReference": upper.reference,
        "uom": "m",
    }
    return geometry


def _properties(zone: Zone, country: str, taken: set[str], lost: list[str]) -> dict[str, Any]:
    identifier, count = zone.identifier[:IDENTIFIER_MOST], 1
    while identifier in taken:
        count += 1
        identifier = zone.identifier[: IDENTIFIER_MOST - len(str(count))] + str(count)
    taken.add(identifier)
    if identifier != zone.identifier:
        lost.append(
            sentence(
                "zone.identifier",
                "zone {zone}: its identifier is written as {identifier}",
                zone=zone.identifier,
                identifier=identifier,
            )
        )
    if len(zone.name) > NAME_MOST:
        lost.append(name_lost(zone.identifier, NAME_MOST))
    if zone.source:
        lost.append(
            sentence(
                "zone.source",
                "zone {zone}: its source is not carried ({source})",
                zone=zone.identifier,
                source=zone.source,
            )
        )
    properties: dict[str, Any] = {
        "identifier": identifier,
        "country": country,
        "type": zone.restriction,
        "variant": "COMMON",
        "zoneAuthority": [{"purpose": "INFORMATION"}],
    }
    if zone.name:
        properties["name"] = [{"text": zone.name[:NAME_MOST], "lang": "en-GB"}]
    if zone.conditions:
        properties["restrictionConditions"] = zone.conditions
    if zone.authority:
        properties["zoneAuthority"][0]["name"] = [{"text": zone.authority, "lang": "en-GB"}]
    if zone.periods:
        properties["limitedApplicability"] = written_periods(
            zone.periods, lambda hours, day: lost.append(_hours_lost(zone, hours, day))
        )
    return properties


def _hours_lost(zone: Zone, hours: str, day: str) -> str:
    return sentence(
        "zone.hours",
        "zone {zone}: hours of {hours} are written with its offset of {day}; summer time is not "
        "carried",
        zone=zone.identifier,
        hours=hours,
        day=day,
    )
