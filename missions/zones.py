"""Published zones (`fleet.zones`) as what a plan must keep out of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import shapely

from fleet.forms import FormError
from fleet.zone_documents import read_zones as read_document
from fleet.zones import Circle, Limit, Zone, in_force
from missions import antimeridian
from missions.circles import circle_ring
from missions.errors import PlanningError
from missions.files.disk import read_bytes
from missions.plan import NoFly

FILE_MOST = 32 * 1024 * 1024
"""Bytes of a file of zones: a whole country's."""

GEOID_LEAST, GEOID_MOST = -107.0, 86.0
"""Metres of mean sea level (EGM96) above the ellipsoid, anywhere on Earth."""


class _Height(NamedTuple):
    metres: float
    reference: Literal["AMSL", "AGL"]


def read_zones(path: str | Path) -> list[Zone]:
    """The zones of a file: ED-318, ED-269 or plain GeoJSON.

    Raises PlanningError if it cannot be read or one zone of it is not as it should be.
    """
    try:
        return read_document(read_bytes(path, FILE_MOST), source=Path(path).name)
    except FormError as error:
        raise PlanningError(f"{path}: {error}") from None


def no_fly_zones(
    zones: Iterable[Zone],
    start: datetime | None = None,
    end: datetime | None = None,
    undulation: float | None = None,
) -> list[NoFly]:
    """The zones that a plan must keep out of; see `no_fly`."""
    found = (no_fly(zone, start, end, undulation) for zone in zones)
    return [zone for zone in found if zone is not None]


def no_fly(
    zone: Zone,
    start: datetime | None = None,
    end: datetime | None = None,
    undulation: float | None = None,
) -> NoFly | None:
    """A zone for the checker; None if it restricts nothing, or not between `start` and `end`.

    All but NO_RESTRICTION keeps a plan out: who has the permission for one leaves it out himself.
    Without `start` and `end` (a plan not yet scheduled) it is in force always. A circle becomes a
    polygon around it. Heights above the ellipsoid become heights above sea level with the
    `undulation` of the geoid at the place (metres, mean sea level above the ellipsoid); without
    it the zone is as high as it could be anywhere. Raises PlanningError for a circle near a pole,
    and for a window in the wrong order or longer than ten years.
    """
    if zone.restriction == "NO_RESTRICTION":
        return None
    times = None
    if start is not None and end is not None:
        try:
            times = tuple(in_force(zone, start, end))
        except ValueError as error:
            raise PlanningError(f"zone {zone.identifier!r}: {error}") from None
        if not times:
            return None
    low, high = (undulation, undulation) if undulation is not None else (GEOID_LEAST, GEOID_MOST)
    lower = _height(zone.lower, high)
    upper = _height(zone.upper, low)
    return NoFly(
        name=f"{zone.identifier} {zone.name}".strip()
        if zone.name != zone.identifier
        else zone.name,
        polygon=_polygon(zone),
        times=times,
        source="; ".join(part for part in (zone.source, zone.authority) if part),
        **({} if lower is None else {"lower": lower.metres, "lower_reference": lower.reference}),
        **({} if upper is None else {"upper": upper.metres, "upper_reference": upper.reference}),
    )


def _height(limit: Limit | None, undulation: float) -> _Height | None:
    if limit is None:
        return None
    if limit.reference == "WGS84":  # height above sea level = height above the ellipsoid - N
        return _Height(limit.height - undulation, "AMSL")
    return _Height(limit.height, limit.reference)


def _polygon(zone: Zone) -> dict[str, Any]:
    shape = zone.shape
    if isinstance(shape, Circle):
        ring = circle_ring(shape.latitude, shape.longitude, shape.radius, around=True)
        return dict(shapely.geometry.mapping(antimeridian.cut(shapely.Polygon(ring))))
    return dict(shapely.geometry.mapping(shape))
