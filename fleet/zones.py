"""A zone: a piece of airspace with a rule, as authorities publish them (ED-269, ED-318).

Readers and writers stand beside it: `ed318`, `ed269`, `geojson_zones`; `zone_documents` tells
one from the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import shapely

from fleet.forms import FormError
from fleet.schedules import Period, Span
from fleet.schedules import in_force as spans_in_force

Restriction = Literal["PROHIBITED", "REQ_AUTHORIZATION", "CONDITIONAL", "NO_RESTRICTION"]
"""What the rule is, in ED-318's words."""

Reference = Literal["AMSL", "AGL", "WGS84"]
"""What a limit is above: mean sea level (EGM96), the ground, the ellipsoid."""

RADIUS_MOST = 1_000_000.0
"""Metres."""

HEIGHT_MOST = 1_000_000.0
"""Metres, up and down."""

METRES_PER_FOOT = 0.3048


@dataclass(frozen=True)
class Circle:
    """A circle on the ellipsoid, exactly: `radius` in metres. Raises FormError if it is none."""

    latitude: float
    longitude: float
    radius: float

    def __post_init__(self) -> None:
        if not (abs(self.latitude) <= 90 and abs(self.longitude) <= 180):
            raise FormError(f"{self.latitude:g}, {self.longitude:g} is no centre of a circle")
        if not 0 < self.radius <= RADIUS_MOST:
            raise FormError(f"a circle of {self.radius:g} m: 0 to {RADIUS_MOST:g} m are expected")


@dataclass(frozen=True)
class Limit:
    """A lower or upper limit: metres above the reference. Raises FormError for no such height."""

    height: float
    reference: Reference = "AGL"

    def __post_init__(self) -> None:
        if not abs(self.height) <= HEIGHT_MOST:
            raise FormError(f"a limit of {self.height:g} m is out of bounds")
        if self.reference not in get_args(Reference):
            raise FormError(f"a limit above {self.reference!r}: AMSL, AGL or WGS84 is expected")


@dataclass(frozen=True)
class Zone:
    """One volume of airspace and its rule.

    A published zone of several volumes becomes several of these with the same `identifier`,
    counted by `part`. `shape` is in degrees, longitude first; across the antimeridian it is cut
    there. A limit of None is none. No `periods`: it is always in force. Raises FormError for a
    shape that is not valid, or an upper limit below the lower one.
    """

    identifier: str
    shape: shapely.Polygon | shapely.MultiPolygon | Circle
    lower: Limit | None = None
    upper: Limit | None = None
    restriction: Restriction = "PROHIBITED"
    name: str = ""
    periods: tuple[Period, ...] = ()
    conditions: str = ""
    """Under what conditions it may be entered, as published."""
    authority: str = ""
    """Who decides: name, and how to reach them."""
    source: str = ""
    """Where this zone was read."""
    part: int = 0

    def __post_init__(self) -> None:
        what = f"zone {self.identifier!r}"
        if not self.identifier:
            raise FormError("a zone needs an identifier")
        if self.restriction not in get_args(Restriction):
            raise FormError(f"{what} has an unknown restriction {self.restriction!r}")
        if not isinstance(self.shape, Circle):
            west, south, east, north = self.shape.bounds  # NaN of an empty one
            if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
                raise FormError(f"{what} has an empty shape, or one off the Earth's degrees")
            if not self.shape.is_valid:
                raise FormError(f"{what} crosses itself: {shapely.is_valid_reason(self.shape)}")
        if (
            self.lower is not None
            and self.upper is not None
            and self.lower.reference == self.upper.reference
            and self.upper.height < self.lower.height
        ):
            raise FormError(
                f"{what} ends at {self.upper.height:g} m, below {self.lower.height:g} m where it "
                "begins"
            )

    @property
    def place(self) -> tuple[float, float]:
        """Latitude and longitude of a point in it, where the sun is reckoned."""
        if isinstance(self.shape, Circle):
            return self.shape.latitude, self.shape.longitude
        point = self.shape.representative_point()
        return point.y, point.x


def in_force(zone: Zone, start: datetime, end: datetime) -> list[Span]:
    """When it is in force between two moments: spans in order, in UTC, that do not touch.

    Raises ValueError for moments without a time zone, in the wrong order or more than ten years
    apart.
    """
    return spans_in_force(zone.periods or (Period(),), start, end, *zone.place)
