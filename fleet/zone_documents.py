"""Zones from a JSON document whose form is told from what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from fleet.ed269 import read_ed269
from fleet.ed318 import read_ed318
from fleet.forms import Node, parse
from fleet.geojson_zones import read_geojson_zones
from fleet.zones import Zone


def read_zones(
    document: str | bytes | Mapping[str, Any], source: str = "", zone: tzinfo | None = None
) -> list[Zone]:
    """The zones of an ED-318, ED-269 or plain GeoJSON document.

    ED-269 has no `type` of GeoJSON and lists volumes as a feature's `geometry`; ED-318 features
    have the `country` and `variant` that it requires. Raises FormError as the readers do.
    """
    root = parse(document)
    features = root.find("features")
    sample = root
    if features is not None:
        sample = next(features.items(), None) or Node({})
    geometry, properties = sample.find("geometry"), sample.find("properties")
    if geometry is not None and isinstance(geometry.value, list | tuple):
        return read_ed269(root.value, source, zone)
    if properties is not None:
        properties = properties.find("UASZone") or properties
        if properties.find("country") is not None and properties.find("variant") is not None:
            return read_ed318(root.value, source, zone)
    return read_geojson_zones(root.value, source, zone)
