"""What is planned for assets on patrol, and where speed is limited: geometry, made ready once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.earth import DEGREE

Values = NDArray[np.float64]
_Shape = shapely.LineString | shapely.Polygon | shapely.MultiPolygon


@dataclass(frozen=True)
class Duty:
    """What an asset is to do; shapes are in degrees, longitude first."""

    line: shapely.LineString | None = None
    """The planned route."""

    area: shapely.Polygon | shapely.MultiPolygon | None = None
    """Where its shift is."""


class Duties:
    """The duties of the assets on patrol, by identity; those of no duty are on none."""

    def __init__(self, duties: Mapping[str, Duty] | None = None) -> None:
        duties = duties or {}
        once = {id(duty): duty for duty in duties.values()}  # many have the same one
        numbers = {key: number for number, key in enumerate(once)}
        self._index = {identity: numbers[id(duty)] for identity, duty in duties.items()}
        lines = [duty.line for duty in once.values()]
        areas = [duty.area for duty in once.values()]
        self._lines, self._line_origins = _planes(lines)
        self._areas, self._area_origins = _planes(areas)

    def on_patrol(self, identities: NDArray[np.bytes_]) -> NDArray[np.bool_]:
        """Which of these assets have a duty."""
        return self._numbers(identities) >= 0

    def from_line(self, identities: NDArray[np.bytes_], lat: Values, lon: Values) -> Values:
        """Metres from each asset's route; NaN without one, or without a position."""
        return self._distances(identities, self._lines, self._line_origins, lat, lon)

    def from_area(self, identities: NDArray[np.bytes_], lat: Values, lon: Values) -> Values:
        """Metres from each asset's area, negative inside; NaN without one, or without a position."""
        outside = self._distances(identities, self._areas, self._area_origins, lat, lon)
        within = np.flatnonzero(outside == 0)
        if len(within):
            edges = shapely.boundary(self._areas)
            inside = self._distances(
                identities[within], edges, self._area_origins, lat[within], lon[within]
            )
            outside[within] = -inside
        return outside

    def _numbers(self, identities: NDArray[np.bytes_]) -> NDArray[np.intp]:
        if not self._index:
            return np.full(len(identities), -1)
        told = (self._index.get(name.decode(), -1) for name in identities.tolist())
        return np.fromiter(told, np.intp, len(identities))

    def _distances(
        self,
        identities: NDArray[np.bytes_],
        shapes: NDArray[np.object_],
        origins: Values,
        lat: Values,
        lon: Values,
    ) -> Values:
        numbers = self._numbers(identities)
        found = np.full(len(numbers), np.nan)
        rows = np.flatnonzero((numbers >= 0) & np.isfinite(lat) & np.isfinite(lon))
        if len(rows):
            of = numbers[rows]
            east, north = _on_plane(origins[of], lat[rows], lon[rows])
            found[rows] = shapely.distance(shapely.points(east, north), shapes[of])
        return found


@dataclass(frozen=True)
class SpeedZone:
    """Where nobody of ours drives or flies faster than `most_speed` (m/s).

    It is for assets of its `kinds` (`fleet.assets.Kind`), for all without any.
    """

    name: str
    shape: shapely.Polygon | shapely.MultiPolygon
    most_speed: float
    kinds: frozenset[int] = frozenset()


class SpeedZones:
    """Any number of speed zones, asked for all assets at once."""

    def __init__(self, zones: Iterable[SpeedZone] = ()) -> None:
        self.zones = tuple(zones)
        self._tree = shapely.STRtree([zone.shape for zone in self.zones])
        self._speeds = np.array([zone.most_speed for zone in self.zones], np.float64)

    def limits(
        self, lat: Values, lon: Values, kinds: NDArray[np.int8]
    ) -> tuple[Values, NDArray[np.intp]]:
        """The lowest limit for assets of some kinds, each at its place, and the number of its zone.

        NaN and -1 where there is none.
        """
        limits = np.full(len(lat), np.nan)
        numbers = np.full(len(lat), -1, np.intp)
        known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
        if not self.zones or not len(known):
            return limits, numbers
        points = shapely.points(lon[known], lat[known])
        at, inside = self._tree.query(points, predicate="intersects")
        meant = self._meant(inside, kinds[known[at]])
        at, inside = at[meant], inside[meant]
        slowest_last = np.argsort(-self._speeds[inside], kind="stable")
        at, inside = known[at[slowest_last]], inside[slowest_last]
        limits[at] = self._speeds[inside]
        numbers[at] = inside
        return limits, numbers

    def _meant(self, zones: NDArray[np.intp], kinds: NDArray[np.int8]) -> NDArray[np.bool_]:
        """Whether each of `zones` is for the kind of its row."""
        told = zip(zones.tolist(), kinds.tolist(), strict=True)
        found = [not self.zones[z].kinds or kind in self.zones[z].kinds for z, kind in told]
        return np.array(found, np.bool_)


def _planes(shapes: Sequence[_Shape | None]) -> tuple[NDArray[np.object_], Values]:
    """Shapes in metres about an origin of their own (latitude, longitude), None where is none."""
    origins = np.full((len(shapes), 2), np.nan)
    planes = np.full(len(shapes), None, np.object_)
    for number, shape in enumerate(shapes):
        if shape is not None:
            west, south, east, north = shape.bounds
            origins[number] = (south + north) / 2, (west + east) / 2
            planes[number] = shapely.transform(shape, _Plane(origins[number]))
    return planes, origins


@dataclass(frozen=True)
class _Plane:
    """Degrees, longitude first, to metres about an origin."""

    origin: Values

    def __call__(self, degrees: Values) -> Values:
        return np.stack(_on_plane(self.origin[np.newaxis], degrees[:, 1], degrees[:, 0]), axis=1)


def _on_plane(origins: Values, lat: Values, lon: Values) -> tuple[Values, Values]:
    """Metres east and north; the scale is that of the origin, so that straight lines stay so."""
    across = (lon - origins[:, 1] + 180) % 360 - 180
    scale = np.cos(np.radians(origins[:, 0])) * DEGREE
    return across * scale, (lat - origins[:, 0]) * DEGREE
