"""Zones in ED-269's JSON (EUROCAE ED-269, 2020), the older form: no GeoJSON, other spellings.

Positions are longitude, latitude, as in the data sets that authorities publish.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

import shapely

from fleet import geojson
from fleet.ed318 import UNLIMITED
from fleet.forms import FormError, Node, parse
from fleet.zone_parts import UNITS, ZONES_MOST, authority, limit, periods, texts
from fleet.zones import RADIUS_MOST, Circle, Restriction, Zone

VOLUMES_MOST = 1000
"""Volumes of a zone."""

_RESTRICTIONS: dict[str, Restriction] = {
    "PROHIBITED": "PROHIBITED",
    "REQ_AUTHORISATION": "REQ_AUTHORIZATION",
    "REQ_AUTHORIZATION": "REQ_AUTHORIZATION",
    "CONDITIONAL": "CONDITIONAL",
    "NO_RESTRICTION": "NO_RESTRICTION",
}


def read_ed269(
    document: str | bytes | Mapping[str, Any], source: str = "", zone: tzinfo | None = None
) -> list[Zone]:
    """The zones of a document: one of ours for each volume of one of its.

    `source` is kept with each zone; times without an offset are of `zone`. Raises FormError for
    the first thing in the document that is not as it should be: a zone is not left out.
    """
    features = parse(document).need("features").items(ZONES_MOST)
    return [found for feature in features for found in _zones(feature, source, zone)]


def _zones(feature: Node, source: str, zone: tzinfo | None) -> list[Zone]:
    applicability = periods(feature.find("applicability"), zone)
    conditions = texts(feature.find("restrictionConditions")) or texts(feature.find("message"))
    found = []
    for part, volume in enumerate(feature.need("geometry").items(VOLUMES_MOST)):
        unit_named = volume.find("uomDimensions")
        unit = 1.0 if unit_named is None else unit_named.choice(UNITS)
        lower = limit(volume.find("lowerLimit"), volume.find("lowerVerticalReference"), unit)
        upper = limit(volume.find("upperLimit"), volume.find("upperVerticalReference"), unit)
        try:
            found.append(
                Zone(
                    identifier=feature.need("identifier").text(),
                    shape=_shape(volume.need("horizontalProjection"), unit),
                    lower=lower,
                    upper=None if upper is not None and upper.height >= UNLIMITED else upper,
                    restriction=feature.need("restriction").choice(_RESTRICTIONS),
                    name=texts(feature.find("name")),
                    periods=applicability,
                    conditions=conditions,
                    authority=authority(feature.find("zoneAuthority")),
                    source=source,
                    part=part,
                )
            )
        except FormError as error:
            raise FormError(f"{feature.place}: {error}") from None
    if not found:
        raise feature.need("geometry").fault("has no volumes")
    return found


def _shape(projection: Node, unit: float) -> shapely.Polygon | Circle:
    """The radius of a circle is in the unit of the volume."""
    if projection.need("type").choice({"CIRCLE": True, "POLYGON": False}):
        longitude, latitude = geojson.position(projection.need("center"))
        radius = projection.need("radius").number(0, RADIUS_MOST / unit) * unit
        return Circle(latitude, longitude, radius)
    return geojson.polygon(projection.need("coordinates"))
