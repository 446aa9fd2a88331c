"""Polygons as arrays of edges, and the lines that cross them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Chords(NamedTuple):
    """What of horizontal lines lies inside: (N,) line, from x, to x, and how the ends are cut.

    `slants` (N, 2): |cos| of the angle between the line and the edge at either end; 0 is square.
    """

    line: Indices
    left: Floats
    right: Floats
    slants: Floats


def polygons(shape: BaseGeometry) -> list[shapely.Polygon]:
    """The polygons of a geometry of any kind, those without area left out."""
    parts = shapely.get_parts(shape)
    if any(isinstance(part, shapely.GeometryCollection) for part in parts):
        parts = shapely.get_parts(parts)
    return [part for part in parts if isinstance(part, shapely.Polygon) and part.area > 0]


def rings(shape: BaseGeometry) -> list[Floats]:
    """Corners (N, 2) of every ring, the first not repeated; the shape lies to the left of each."""
    found = []
    for polygon in polygons(shape):
        turned = shapely.geometry.polygon.orient(polygon)
        found += [
            shapely.get_coordinates(ring)[:-1] for ring in (turned.exterior, *turned.interiors)
        ]
    return found


def edges(shape: BaseGeometry) -> Floats:
    """(E, 4) x, y, x, y of every edge of every ring."""
    parts = [np.hstack([ring, np.roll(ring, -1, axis=0)]) for ring in rings(shape)]
    return np.concatenate(parts) if parts else np.zeros((0, 4))


def turned(points: Floats, angle: float) -> Floats:
    """Points (…, 2), or pairs of them (…, 4), in axes turned by an angle (radians)."""
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = points[..., 0::2], points[..., 1::2]
    result = np.empty_like(points)
    result[..., 0::2] = x * cos + y * sin
    result[..., 1::2] = y * cos - x * sin
    return result


def chords(outline: Floats, heights: Floats) -> Chords:
    """Where the lines y = heights lie inside an outline of edges (E, 4)."""
    above = heights[:, None]
    line, edge = np.nonzero((outline[:, 1] <= above) != (outline[:, 3] <= above))
    start, step = outline[edge, :2], outline[edge, 2:] - outline[edge, :2]
    x = start[:, 0] + (heights[line] - start[:, 1]) / step[:, 1] * step[:, 0]
    order = np.lexsort((x, line))
    line, x, step = line[order], x[order], step[order]
    slant = np.abs(step[:, 0]) / np.hypot(*step.T)
    return Chords(line[::2], x[::2], x[1::2], np.column_stack([slant[::2], slant[1::2]]))


def lengths(points: Floats) -> Floats:
    """(N − 1,) of the pieces of a polyline."""
    return np.asarray(np.hypot(*np.diff(points, axis=0).T))


def seen_from(way: Floats, reach: float) -> BaseGeometry:
    """All within a reach of a way (N ≥ 2, 2), less the 0.03 % that GEOS cuts off circles.

    It is drawn piece by piece: around a whole way that passes close by itself, GEOS may draw what
    crosses itself and cannot be cut with an area.
    """
    pieces = shapely.linestrings(np.stack([way[:-1], way[1:]], axis=1))
    return shapely.union_all(shapely.buffer(pieces, reach, quad_segs=32))
