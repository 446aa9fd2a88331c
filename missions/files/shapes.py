"""What a drawing holds, whatever its file format: outlines, lines and points, in degrees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import shapely

from missions import antimeridian

POSITIONS_MOST = 500_000
"""Positions of a line or a ring."""

Position = tuple[float, float]
"""Longitude and latitude in degrees."""


@dataclass(frozen=True)
class Outline:
    """A polygon as it was drawn: not yet looked at whether it is one."""

    name: str
    exterior: list[Position]
    holes: list[list[Position]] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """A polyline: a track, a road, a border."""

    name: str
    positions: list[Position]


@dataclass(frozen=True)
class Point:
    """A place with a name; `altitude` as in the file, None if it says none."""

    name: str
    latitude: float
    longitude: float
    altitude: float | None = None


@dataclass
class Shapes:
    """All of a drawing, in the order of the file."""

    outlines: list[Outline] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)

    def add_polygons(self, name: str, polygons: Iterable[list[list[Position]]]) -> None:
        """The polygons of one geometry, each as its rings; those cut at ±180° are joined."""
        listed = [rings for rings in polygons if rings]
        if _meet_at_antimeridian(listed):
            parts = [shapely.Polygon(rings[0], rings[1:]) for rings in listed]
            listed = [_rings(part) for part in antimeridian.join(parts)]
        self.outlines += [Outline(name, rings[0], rings[1:]) for rings in listed]


def _meet_at_antimeridian(polygons: list[list[list[Position]]]) -> bool:
    longitudes = {longitude for rings in polygons for longitude, _ in rings[0]}
    long_enough = all(len(ring) >= 3 for rings in polygons for ring in rings)
    return len(polygons) > 1 and longitudes >= {-180.0, 180.0} and long_enough


def _rings(polygon: shapely.Polygon) -> list[list[Position]]:
    return [
        [(x, y) for x, y in shapely.get_coordinates(ring).tolist()]
        for ring in (polygon.exterior, *polygon.interiors)
    ]
