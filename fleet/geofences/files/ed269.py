"""Geofences as ED-269 JSON, the form before ED-318 (EUROCAE ED-269, 2020)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

import orjson
import shapely

from fleet.ed269 import read_ed269
from fleet.ed318 import UNLIMITED
from fleet.geofences.files.reports import Exported, Imported
from fleet.geofences.files.zones import from_zones, to_zones
from fleet.geofences.geofence import Geofence
from fleet.wording import sentence
from fleet.zone_parts import written_periods
from fleet.zones import Circle, Limit, Zone

IDENTIFIER_MOST = 7
"""Characters of an identifier."""

NAME_MOST = 200
"""Characters of a name."""


def read(
    document: str | bytes | Mapping[str, Any], source: str = "", zone: tzinfo | None = None
) -> Imported:
    """The fences of a document; times without an offset are of `zone`. Raises FormError."""
    return from_zones(read_ed269(document, source, zone))


def write(fences: Iterable[Geofence], country: str = "PAK") -> Exported:
    """A document of the fences. `country` is an ISO 3166-1 alpha-3 code."""
    zones, told = to_zones(fences)
    lost = list(told)
    taken: set[str] = set()
    features = [_feature(zone, country, taken, lost) for zone in zones]
    return Exported(orjson.dumps({"features": features}), tuple(dict.fromkeys(lost)))


def _feature(zone: Zone, country: str, taken: set[str], lost: list[str]) -> dict[str, Any]:
    identifier, count = zone.identifier[:IDENTIFIER_MOST], 1
    while identifier in taken:
        count += 1
        identifier = zone.identifier[: IDENTIFIER_MOST - len(str(count))] + str(count)
    taken.add(identifier)
    if identifier != zone.identifier:
        lost.append(
            sentence(
                "fence.identifier",
                "geofence {name!r}: its identifier is written as {identifier}",
                name=zone.name,
                identifier=identifier,
            )
        )
    written: dict[str, Any] = {
        "identifier": identifier,
        "country": country,
        "name": zone.name[:NAME_MOST],
        "type": "COMMON",
        "restriction": zone.restriction,
        "reason": [],
        "applicability": written_periods(
            zone.periods, lambda hours, day: lost.append(_hours_lost(zone, hours, day))
        ),
        "zoneAuthority": [{"purpose": "INFORMATION"}],
        "geometry": _volumes(zone, lost),
    }
    if zone.conditions:
        written["restrictionConditions"] = zone.conditions
    for period in written["applicability"]:
        period["permanent"] = "NO"
    if not zone.periods:
        written["applicability"] = [{"permanent": "YES"}]
    return written


def _hours_lost(zone: Zone, hours: str, day: str) -> str:
    return sentence(
        "fence.hours",
        "geofence {name!r}: hours of {hours} are written with its offset of {day}; summer time is "
        "not carried",
        name=zone.name,
        hours=hours,
        day=day,
    )


def _volumes(zone: Zone, lost: list[str]) -> list[dict[str, Any]]:
    """One volume for each polygon: a volume has no more."""
    if zone.lower is None:
        lost.append(
            sentence(
                "fence.lower",
                "geofence {name!r}: `no lower limit` is written as 0 m AGL",
                name=zone.name,
            )
        )
    lower, upper = zone.lower or Limit(0.0), zone.upper or Limit(UNLIMITED, "AMSL")
    limits = {
        "uomDimensions": "M",
        "lowerLimit": lower.height,
        "lowerVerticalReference": lower.reference,
        "upperLimit": upper.height,
        "upperVerticalReference": upper.reference,
    }
    if isinstance(zone.shape, Circle):
        centre = [zone.shape.longitude, zone.shape.latitude]
        projection = {"type": "Circle", "center": centre, "radius": zone.shape.radius}
        return [limits | {"horizontalProjection": projection}]
    parts = shapely.get_parts(zone.shape).tolist()
    return [limits | {"horizontalProjection": shapely.geometry.mapping(part)} for part in parts]
