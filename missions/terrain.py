"""The height of the ground from GeoTIFF and HGT (SRTM) files: metres above mean sea level.

A grid is read in blocks as they are asked for, and keeps the last ones, so a country's file costs
no more memory than a village's. Between pixel centres the height is bilinear. A void is never
filled: who asks for a height there, or beside the grid, is refused with the place.

Heights must be above sea level, as those of SRTM and Copernicus are (EGM96 and EGM2008, some
decimetres apart); files of heights above the ellipsoid are refused where they say so.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.height_file import BLOCK, HeightFile
from missions.projection import LocalFrame

BLOCKS_KEPT = 64
"""Of 2 MB each."""

TILES_MOST = 500
"""Files of a folder, which all are held open."""

PROFILE_MOST = 1_000_000
"""Places of a profile."""

SAMPLES_MOST = 20_000_000
"""Places looked at to say whether a grid covers an area."""

_SUFFIXES = (".tif", ".tiff", ".hgt")
_GEOD = Geod(ellps="WGS84")


class Profile(NamedTuple):
    """The ground under a line: (N,) metres along it, longitude, latitude, metres AMSL."""

    distances: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    latitudes: NDArray[np.float64]
    heights: NDArray[np.float64]


class HeightGrid:
    """Height files that are asked as one. Where they overlap, the first that has the place counts.

    It holds the files open: `close` it, or use it in a `with`.
    """

    def __init__(self, tiles: list[HeightFile]) -> None:
        self._tiles = tiles
        self._blocks: OrderedDict[tuple[int, int, int], NDArray[np.float64]] = OrderedDict()

    @classmethod
    def open(cls, path: str | Path) -> HeightGrid:
        """The grid of a file, or of all .tif, .tiff and .hgt files of a folder.

        An HGT file must be named after its corner (N34E071.hgt), which it does not say otherwise.
        Raises PlanningError for what cannot be read, has no system of coordinates, or is not of
        heights above sea level.
        """
        place = Path(path)
        paths = [place]
        if place.is_dir():
            paths = sorted(p for p in place.iterdir() if p.suffix.lower() in _SUFFIXES)
            if not paths or len(paths) > TILES_MOST:
                raise PlanningError(f"{path} has {len(paths)} height files (.tif, .hgt) in it")
        tiles: list[HeightFile] = []
        try:
            tiles.extend(map(HeightFile, paths))
        except PlanningError:
            for tile in tiles:
                tile.close()
            raise
        return cls(tiles)

    def close(self) -> None:
        """Close the files."""
        for tile in self._tiles:
            tile.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def heights(self, longitudes: ArrayLike, latitudes: ArrayLike) -> NDArray[np.float64]:
        """(N,) metres above mean sea level at places in degrees.

        In the half pixel along the grid's edge, outside the outermost pixel centres, the height of
        the nearest point between these holds. Raises PlanningError with the place for a void (one
        of the pixels that the height would be reckoned from) and for a place beside the grid.
        """
        lons = np.atleast_1d(np.asarray(longitudes, float))
        lats = np.atleast_1d(np.asarray(latitudes, float))
        heights, void = self._found(lons, lats)
        unknown = np.flatnonzero(np.isnan(heights))
        if not len(unknown):
            return heights
        place = f"{lats[unknown[0]]:.5f}, {lons[unknown[0]]:.5f}"
        if void[unknown[0]]:
            raise PlanningError(
                sentence(
                    "planner.terrain.void",
                    "the height at {place} is not known: the grid has a void there",
                    place=place,
                )
            )
        raise PlanningError(
            sentence(
                "planner.terrain.reach",
                "the height grid does not reach {place}; give one that covers it",
                place=place,
            )
        )

    def on(self, frame: LocalFrame) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
        """`heights` at (N, 2) points of a plane."""
        return lambda points: self.heights(*frame.to_geographic(points))

    def known_heights(self, longitudes: ArrayLike, latitudes: ArrayLike) -> NDArray[np.float64]:
        """As `heights`, with NaN at a void and beside the grid.

        Raises PlanningError for a file that cannot be read there.
        """
        lons = np.atleast_1d(np.asarray(longitudes, float))
        return self._found(lons, np.atleast_1d(np.asarray(latitudes, float)))[0]

    def _found(
        self, lons: NDArray[np.float64], lats: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Heights, NaN where there is none, and where that is because of a void."""
        heights = np.full(lons.shape, np.nan)
        void = np.zeros(lons.shape, bool)
        wanted = np.arange(len(lons))
        for number, tile in enumerate(self._tiles):
            if not len(wanted):
                break
            if not tile.near(lons[wanted], lats[wanted]):
                continue
            columns, rows, inside = tile.pixels(lons[wanted], lats[wanted])
            found = wanted[inside]
            heights[found] = self._bilinear(number, columns[inside], rows[inside])
            void[found] |= np.isnan(heights[found])
            wanted = wanted[np.isnan(heights[wanted])]
        return heights, void

    def covers(self, polygon: shapely.Polygon | shapely.MultiPolygon) -> bool:
        """Whether `heights` answers everywhere in an area in degrees: no edge, no void.

        It is asked at every pixel, and twice as densely along the area's edge. Raises
        PlanningError for more than SAMPLES_MOST pixels.
        """
        west, south, east, north = polygon.bounds
        if math.isnan(west):
            return True
        pixel = min(tile.pixel_degrees for tile in self._tiles)
        edge = shapely.get_coordinates(shapely.segmentize(polygon, pixel / 2))
        rows = np.arange(south, north, 0.9 * pixel)
        columns = np.arange(west, east, 0.9 * pixel)
        if len(rows) * len(columns) + len(edge) > SAMPLES_MOST:
            raise PlanningError(f"an area of {len(columns)} × {len(rows)} pixels is too large")
        shapely.prepare(polygon)
        try:
            self.heights(edge[:, 0], edge[:, 1])
            for row in rows:
                within = columns[shapely.intersects_xy(polygon, columns, row)]
                self.heights(within, np.full(len(within), row))
        except PlanningError:
            return False
        return True

    def profile(self, points: ArrayLike, step: float) -> Profile:
        """The ground under a polyline of geodesics, (N, 2) longitude and latitude in degrees.

        Places are `step` metres apart at most; the corners are among them. Raises PlanningError as
        `heights` does, and for a step that is not above 0 or gives more than PROFILE_MOST places.
        """
        corners = np.asarray(points, float).reshape(-1, 2)
        if len(corners) < 2:
            raise PlanningError("a profile needs a line of two points at least")
        lons, lats = corners.T
        azimuths, _, lengths = _GEOD.inv(lons[:-1], lats[:-1], lons[1:], lats[1:])
        total = float(np.sum(lengths))
        if not (step > 0 and math.isfinite(total) and total / step <= PROFILE_MOST):
            raise PlanningError(f"a profile of {total:g} m cannot be taken in steps of {step:g} m")
        parts = [
            _along(lon, lat, azimuth, length, step)
            for lon, lat, azimuth, length in zip(
                lons[:-1], lats[:-1], azimuths, lengths, strict=True
            )
        ]
        begins = np.concatenate([[0.0], np.cumsum(lengths)])
        distances = np.concatenate(
            [begin + part[0] for begin, part in zip(begins[:-1], parts, strict=True)]
            + [begins[-1:]]
        )
        longitudes = np.concatenate([*(part[1] for part in parts), lons[-1:]])
        latitudes = np.concatenate([*(part[2] for part in parts), lats[-1:]])
        return Profile(distances, longitudes, latitudes, self.heights(longitudes, latitudes))

    def _bilinear(
        self, number: int, columns: NDArray[np.float64], rows: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(N,) heights at pixel coordinates of a tile, centres at whole numbers; NaN at voids."""
        heights = np.empty(len(columns))
        left, top = np.floor(columns).astype(np.int64), np.floor(rows).astype(np.int64)
        blocks = np.stack([top // BLOCK, left // BLOCK], axis=1)
        listed, which = np.unique(blocks, axis=0, return_inverse=True)
        for index, (down, across) in enumerate(listed.tolist()):
            here = np.flatnonzero(which.reshape(-1) == index)
            block = self._block(number, down, across)
            i, j = top[here] - down * BLOCK, left[here] - across * BLOCK
            v, u = rows[here] - top[here], columns[here] - left[here]
            heights[here] = 0.0
            for weight, k, m in (
                ((1 - v) * (1 - u), i, j),
                ((1 - v) * u, i, j + 1),
                (v * (1 - u), i + 1, j),
                (v * u, i + 1, j + 1),
            ):
                # A pixel without weight does not count, be it a void or beyond the edge.
                used = weight > 0
                heights[here[used]] += weight[used] * block[k[used], m[used]]
        return heights

    def _block(self, number: int, down: int, across: int) -> NDArray[np.float64]:
        key = (number, down, across)
        block = self._blocks.pop(key, None)
        if block is None:
            block = self._tiles[number].read(down, across)
        self._blocks[key] = block
        while len(self._blocks) > BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return block


def _along(
    longitude: float, latitude: float, azimuth: float, length: float, step: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Distances, longitudes and latitudes along a geodesic, its end left out."""
    count = max(math.ceil(length / step), 1)
    distances = np.linspace(0.0, length, count, endpoint=False)
    start = np.full(count, longitude), np.full(count, latitude), np.full(count, azimuth)
    longitudes, latitudes, _ = map(np.asarray, _GEOD.fwd(*start, distances))
    longitudes[0], latitudes[0] = longitude, latitude  # the corner itself
    return distances, longitudes, latitudes
