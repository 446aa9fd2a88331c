"""Geofences as ED-318, the GeoJSON of airspace zones (EUROCAE ED-318, 2024)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

import orjson

from fleet.ed318 import read_ed318, write_ed318
from fleet.geofences.files.reports import Exported, Imported
from fleet.geofences.files.zones import from_zones, to_zones
from fleet.geofences.geofence import Geofence


def read(
    document: str | bytes | Mapping[str, Any], source: str = "", zone: tzinfo | None = None
) -> Imported:
    """The fences of a document; times without an offset are of `zone`. Raises FormError."""
    return from_zones(read_ed318(document, source, zone))


def write(fences: Iterable[Geofence], country: str = "PAK") -> Exported:
    """A FeatureCollection of the fences. `country` is an ISO 3166-1 alpha-3 code."""
    zones, lost = to_zones(fences)
    document, more = write_ed318(zones, country)
    return Exported(orjson.dumps(document), tuple(dict.fromkeys((*lost, *more))))
