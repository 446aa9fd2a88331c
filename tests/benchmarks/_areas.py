"""Areas as they are: convex and concave, with up to 15 holes, narrow necks, 0.05 to 5 km²."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

KINDS = ("convex", "concave", "neck", "L", "concave", "strip", "U", "concave", "neck")
HOLES = (0, 0, 1, 3, 6, 15)
SMALLEST, LARGEST = 0.05e6, 5e6


@dataclass(frozen=True)
class Drawn:
    """An area in metres around 0, 0, and the spacing of its lanes."""

    name: str
    polygon: shapely.Polygon
    spacing: float


def areas(count: int, seed: int) -> list[Drawn]:
    """The same for the same seed."""
    chance = np.random.default_rng(seed)
    found: list[Drawn] = []
    while len(found) < count:
        kind = KINDS[len(found) % len(KINDS)]
        size = math.exp(chance.uniform(math.log(SMALLEST), math.log(LARGEST)))
        shape = _turned(_outline(kind, chance), chance)
        if not isinstance(shape, shapely.Polygon):
            continue
        scale = math.sqrt(size / shape.area)
        shape = affinity.scale(shape, scale, scale, origin=(0, 0))
        holed = _holed(shape, int(chance.choice(HOLES)), chance)
        middle = holed.centroid
        holed = orient(affinity.translate(holed, -middle.x, -middle.y))
        lanes = round(math.sqrt(size) / chance.uniform(6, 40) / 5) * 5
        name = f"{len(found)}-{kind}-{len(holed.interiors)} holes"
        found.append(Drawn(name, holed, float(np.clip(lanes, 20, 80))))
    return found


def _outline(kind: str, chance: np.random.Generator) -> shapely.Polygon:
    if kind == "convex":
        points = chance.normal(size=(12, 2)) * [1, chance.uniform(0.4, 1)]
        return _polygon(shapely.convex_hull(shapely.MultiPoint(points)))
    if kind == "concave":
        return _blob(int(chance.integers(8, 20)), 0.45, chance)
    if kind == "neck":
        first = _blob(9, 0.25, chance)
        second = affinity.scale(_blob(8, 0.25, chance), 0.8, 0.8)
        second = affinity.translate(second, 2.6 + chance.uniform(0, 0.6), chance.uniform(-0.5, 0.5))
        middle = (1.3, chance.uniform(-0.6, 0.6))
        ends = (first.centroid.coords[0], second.centroid.coords[0])
        neck = shapely.LineString([ends[0], middle, ends[1]]).buffer(
            chance.uniform(0.08, 0.2), cap_style="flat", join_style="mitre"
        )
        return _polygon(shapely.union_all([first, second, neck]))
    if kind == "L":
        a, b = chance.uniform(0.3, 0.7, 2)
        return shapely.Polygon([(0, 0), (2, 0), (2, a), (b, a), (b, 1.5), (0, 1.5)])
    if kind == "U":
        w = chance.uniform(0.25, 0.5)
        return shapely.Polygon(
            [(0, 0), (2, 0), (2, 1.6), (2 - w, 1.6), (2 - w, w), (w, w), (w, 1.2), (0, 1.2)]
        )
    x, y = np.linspace(0, 4, 9), np.cumsum(chance.uniform(-0.4, 0.4, 9))
    strip = shapely.LineString(np.column_stack([x, y])).buffer(
        chance.uniform(0.15, 0.35), cap_style="flat", join_style="mitre", mitre_limit=2
    )
    return _polygon(strip)


def _turned(shape: shapely.Polygon, chance: np.random.Generator) -> BaseGeometry:
    """Turned anyhow; what crosses itself falls into parts."""
    return shapely.buffer(affinity.rotate(shape, chance.uniform(0, 360)), 0)


def _polygon(shape: BaseGeometry) -> shapely.Polygon:
    """Its largest part, without holes."""
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    return shapely.Polygon(largest.exterior)


def _blob(corners: int, rough: float, chance: np.random.Generator) -> shapely.Polygon:
    angles = (np.arange(corners) + chance.uniform(-0.35, 0.35, corners)) * 2 * np.pi / corners
    radii = 1 + rough * chance.uniform(-1, 1, corners)
    return shapely.Polygon(np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]))


def _holed(shape: shapely.Polygon, count: int, chance: np.random.Generator) -> shapely.Polygon:
    size = math.sqrt(shape.area)
    inside = shape.buffer(-0.01 * size)
    holes: list[shapely.Polygon] = []
    for _ in range(2000):
        if len(holes) == count:
            break
        west, south, east, north = shape.bounds
        place: NDArray[np.float64] = chance.uniform((west, south), (east, north))
        radius = size * chance.uniform(0.015, 0.06)
        hole = affinity.scale(
            _blob(int(chance.integers(3, 8)), 0.3, chance),
            radius,
            radius * chance.uniform(0.5, 1.5),
        )
        hole = affinity.translate(hole, *place)
        if inside.contains(hole) and all(hole.distance(other) > 0.02 * size for other in holes):
            holes.append(hole)
    return shapely.Polygon(shape.exterior, [hole.exterior for hole in holes])
