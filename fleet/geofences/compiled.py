"""A set of geofences as columns, an index of their boxes, and prepared shapes.

Distances are measured on each fence's own plane: degrees, scaled to metres at the middle of the
fence (WGS84). Over a fence as wide as a province (2° of latitude) that is right to 2 %, which moves
margins by as much and edges not at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.earth import metres_per_degree
from fleet.geofences.activity import Activity
from fleet.geofences.geofence import Above, Geofence, Key, Level

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

_REFERENCES: dict[Above, int] = {"AMSL": 0, "AGL": 1, "HOME": 2}
AGL = _REFERENCES["AGL"]

DEEPEST_PART = 0.5
"""Of the radius of the largest circle in a fence: no margin is deeper, so that a narrow fence can
be entered by the least exact of fixes."""

_PRECISION = 0.02
"""Of a fence's size, to which that radius is found."""


class Edges(NamedTuple):
    """The sides of all fences, one after the other, in degrees."""

    starts: Floats
    """(E, 2) longitude and latitude."""
    ends: Floats
    firsts: Indices
    """(F + 1,) where each fence's begin."""


class Compiled:
    """Geofences (F of them) ready for judging; never changes."""

    def __init__(self, fences: Sequence[Geofence]) -> None:
        self.fences = tuple(fences)
        self.index: dict[Key, int] = {fence.key: i for i, fence in enumerate(self.fences)}
        self.activity = Activity(self.fences)
        outlines = [fence.outline for fence in self.fences]
        self.shapes = np.array(outlines, object)
        shapely.prepare(self.shapes)
        self.boundaries = shapely.boundary(self.shapes)
        shapely.prepare(self.boundaries)
        self._tree = shapely.STRtree(shapely.envelope(self.shapes))
        bounds = shapely.bounds(self.shapes).reshape(-1, 4)
        self.origin: Floats = (bounds[:, :2] + bounds[:, 2:]) / 2
        per_latitude, per_longitude = metres_per_degree(self.origin[:, 1])
        self.scale: Floats = np.column_stack([per_longitude, per_latitude])
        on_plane = [
            shapely.transform(shape, lambda xy, o=origin, s=scale: (xy - o) * s)
            for shape, origin, scale in zip(outlines, self.origin, self.scale, strict=True)
        ]
        self.rims = shapely.boundary(np.array(on_plane, object))
        """Boundaries in metres."""
        shapely.prepare(self.rims)
        self.edges = _edges(self.shapes)
        self.keep_in = self._flags([fence.kind == "keep-in" for fence in self.fences])
        self.privacy = self._flags([fence.kind == "privacy" for fence in self.fences])
        self.dwells = np.array([round(fence.dwell * 1e6) for fence in self.fences], np.int64)
        self._deepest = np.array([DEEPEST_PART * _inner_radius(shape) for shape in on_plane])
        self._hysteresis = self._floats([fence.hysteresis for fence in self.fences])
        self._factor = self._floats([fence.margin.factor for fence in self.fences])
        self._most = self._floats([fence.margin.most for fence in self.fences])
        self._unknown = self._floats([fence.margin.unknown for fence in self.fences])
        self.floor, self.floor_above = _levels([f.floor for f in self.fences], -math.inf)
        self.ceiling, self.ceiling_above = _levels([f.ceiling for f in self.fences], math.inf)
        thick = np.where(self.floor_above == self.ceiling_above, self.ceiling - self.floor, np.inf)
        self.slack = np.minimum(self._hysteresis, thick / 4)
        """Metres of hysteresis at floor and ceiling."""
        scopes = {fence.scope: None for fence in self.fences}
        self.scopes = tuple(scopes)
        numbers = {scope: number for number, scope in enumerate(self.scopes)}
        self.scope_of = np.array([numbers[fence.scope] for fence in self.fences], np.intp)

    def _flags(self, values: list[bool]) -> Bools:
        return np.array(values, np.bool_)

    def _floats(self, values: list[float]) -> Floats:
        return np.array(values, np.float64)

    def __len__(self) -> int:
        return len(self.fences)

    def near(self, geometries: NDArray[np.object_]) -> tuple[Indices, Indices]:
        """Pairs (geometry, fence) whose boxes touch; geometries in degrees."""
        found, fences = self._tree.query(geometries)
        return found, fences

    def containing(self, latitudes: Floats, longitudes: Floats) -> tuple[Indices, Indices]:
        """All pairs (position, fence) of positions that lie in a fence's outline; edges are out."""
        found, fences = self._tree.query(shapely.points(longitudes, latitudes))
        inside = self.contain(fences, longitudes[found], latitudes[found])
        return found[inside], fences[inside]

    def contain(self, fences: Indices, longitudes: Floats, latitudes: Floats) -> Bools:
        """Whether each fence contains the position of the same row (all of n)."""
        inside: Bools = shapely.contains_xy(self.shapes[fences], longitudes, latitudes)
        return inside

    def beyond(
        self, fences: Indices, longitudes: Floats, latitudes: Floats, distances: Floats
    ) -> Bools:
        """Whether each position is farther than a distance (metres) from its fence's edge."""
        found = distances <= 0
        asked = np.flatnonzero(~found)
        which = fences[asked]
        east = (longitudes[asked] - self.origin[which, 0]) * self.scale[which, 0]
        north = (latitudes[asked] - self.origin[which, 1]) * self.scale[which, 1]
        points = shapely.points(east, north)
        near: Bools = shapely.dwithin(self.rims[which], points, distances[asked])  # type: ignore[call-overload]  # the stubs know one distance only
        found[asked] = ~near
        return found

    def margins(self, fences: Indices, accuracies: Floats) -> Floats:
        """The margin, in metres, of fixes of these accuracies (NaN: not known)."""
        known = np.minimum(self._factor[fences] * accuracies, self._most[fences])
        return np.where(np.isnan(accuracies), self._unknown[fences], np.maximum(known, 0.0))

    def depths(self, fences: Indices, margins: Floats) -> tuple[Floats, Floats]:
        """How far from the edge is certain, in metres: inside and outside of it.

        Into a breach the margin counts, out of it the hysteresis too.
        """
        keep_in, slow = self.keep_in[fences], self._hysteresis[fences] + margins
        inside = np.minimum(np.where(keep_in, slow, margins), self._deepest[fences])
        return inside, np.where(keep_in, margins, slow)


def _inner_radius(shape: shapely.Polygon | shapely.MultiPolygon) -> float:
    """Of the largest circle in the smallest part of a shape."""
    parts = shapely.get_parts(shape)
    sizes = np.sqrt(shapely.area(parts))
    circles = [
        shapely.maximum_inscribed_circle(part, max(size * _PRECISION, 1e-3))
        for part, size in zip(parts, sizes.tolist(), strict=True)
    ]
    return float(shapely.length(circles).min())


def _edges(shapes: NDArray[np.object_]) -> Edges:
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    corners, corner_of = shapely.get_coordinates(rings, return_index=True)
    same = corner_of[1:] == corner_of[:-1]
    fence = part_of[ring_of[corner_of[1:][same]]]
    firsts = np.searchsorted(fence, np.arange(len(shapes) + 1))
    return Edges(corners[:-1][same], corners[1:][same], firsts)


def _levels(levels: Sequence[Level | None], none: float) -> tuple[Floats, NDArray[np.int64]]:
    """Heights, and the number of what they are above; -1 where there is no level."""
    heights = np.array([none if level is None else level.height for level in levels], np.float64)
    above = [-1 if level is None else _REFERENCES[level.above] for level in levels]
    return heights, np.array(above, np.int64)
