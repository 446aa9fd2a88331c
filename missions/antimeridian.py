"""Polygons across the antimeridian: in one piece for us, cut there for GeoJSON (RFC 7946, 3.1.9).

In one piece, a corner's longitude jumps from 180 to -180 where the ring crosses; the local plane
does not mind. All in degrees, longitude first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

DECIMALS = 12
"""Of a degree that a moved longitude keeps; more would be the noise of moving it."""

_HERE = shapely.box(-180, -90, 180, 90)


def cut(polygon: shapely.Polygon) -> shapely.Polygon | shapely.MultiPolygon:
    """The polygon as GeoJSON wants it: cut where it crosses, else as it is.

    A side of more than 180° is taken the short way round. The sides of the cut lie at 180 and
    -180 exactly.
    """
    whole = _unwrapped(polygon)
    if whole.bounds[2] <= 180 and whole.bounds[0] >= -180:
        return whole
    parts: list[shapely.Polygon] = []
    for turn in (-360.0, 0.0, 360.0):  # of the first corner's longitude it may reach both ways
        moved = shapely.intersection(_moved(whole, turn), _HERE)
        parts += [p for p in shapely.get_parts(moved) if p.geom_type == "Polygon" and p.area]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def join(parts: Sequence[shapely.Polygon]) -> list[shapely.Polygon]:
    """Parts that meet at the antimeridian in one piece, the others as they are."""
    west = [part for part in parts if part.bounds[0] == -180]
    east = [part for part in parts if part.bounds[2] == 180]
    if not west or not east or not all(part.is_valid for part in [*west, *east]):
        return list(parts)
    apart = [part for part in parts if part not in west and part not in east]
    united = shapely.union_all([*east, *(_moved(part, 360.0) for part in west)])
    return apart + [_wrapped(part) for part in shapely.get_parts(united)]


def _unwrapped(polygon: shapely.Polygon) -> shapely.Polygon:
    """With longitudes that go on beyond ±180 instead of jumping, from the first corner's."""
    first = polygon.exterior.coords[0][0]

    def near(ring: shapely.LinearRing) -> NDArray[np.float64]:
        points = shapely.get_coordinates(ring)
        steps = np.diff(points[:, 0], prepend=first)
        points[:, 0] -= 360 * np.cumsum(np.round(steps / 360))
        return points

    return shapely.Polygon(near(polygon.exterior), [near(hole) for hole in polygon.interiors])


def _wrapped(polygon: shapely.Polygon) -> shapely.Polygon:
    def within(points: NDArray[np.float64]) -> NDArray[np.float64]:
        east = points[:, 0] > 180
        return np.round(points - np.column_stack([360.0 * east, np.zeros(len(points))]), DECIMALS)

    return shapely.transform(polygon, within)


def _moved(polygon: shapely.Polygon, turn: float) -> shapely.Polygon:
    return shapely.transform(
        polygon, lambda points: np.round(points + np.array([turn, 0.0]), DECIMALS)
    )
