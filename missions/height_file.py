"""One file of heights: where its pixels lie, and what is in them, block by block."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from missions.errors import PlanningError

BLOCK = 512
"""Pixels along a side of what is read at a time."""

STRIP_MOST = 64 * 1024 * 1024
"""Bytes that a file may make us unpack to read one pixel."""

_ROUNDING = 1e-6
"""Of a pixel, by which a place on the edge may be reckoned to lie outside."""

_WORLD = (-180.0, -90.0, 180.0, 90.0)

HEIGHT_LEAST, HEIGHT_MOST = -600.0, 9000.0
"""Metres: what lies outside is no height on Earth but one of the numbers that are written for "not
known" (-32768, -9999, 3.4e38), whatever the file's header says."""

_METRES = {"": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0}
_FEET = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us survey foot": 1200 / 3937}
_UNITS = _METRES | _FEET
_OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_CACHEMAX": 64}


class HeightFile:
    """One file of heights, in pixels and blocks. Raises PlanningError as `HeightGrid.open` does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Named, because GDAL knows hundreds of formats, some of which fetch from elsewhere.
        driver = "SRTMHGT" if path.suffix.lower() == ".hgt" else "GTiff"
        with _reading(path), warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # _check says it
            self._file: Any = rasterio.open(path, driver=driver)
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._file.close()

    @property
    def pixel_degrees(self) -> float:
        """About the smaller side of a pixel, in degrees."""
        transform = self._file.transform
        side = min(math.hypot(transform.a, transform.d), math.hypot(transform.b, transform.e))
        return side if self._crs.is_geographic else side / 111_320.0

    def near(self, longitudes: NDArray[np.float64], latitudes: NDArray[np.float64]) -> bool:
        """Whether one of the places may lie in the file."""
        west, south, east, north = self._bounds
        beside = (longitudes < west) | (longitudes > east)
        return not bool((beside | (latitudes < south) | (latitudes > north)).all())

    def pixels(
        self, longitudes: NDArray[np.float64], latitudes: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Columns and rows of places, and which of them lie in the file."""
        x, y = longitudes, latitudes
        if self._transformer is not None:
            x, y = map(np.asarray, self._transformer.transform(x, y))
        to_pixels = ~self._file.transform
        with np.errstate(invalid="ignore"):  # a place that the file's system has no value for
            columns = to_pixels.a * x + to_pixels.b * y + to_pixels.c
            rows = to_pixels.d * x + to_pixels.e * y + to_pixels.f
            width, height = self._file.width, self._file.height
            inside = (columns >= -_ROUNDING) & (columns <= width + _ROUNDING)
            inside &= (rows >= -_ROUNDING) & (rows <= height + _ROUNDING)
        return (columns - 0.5).clip(0, width - 1), (rows - 0.5).clip(0, height - 1), inside

    def read(self, down: int, across: int) -> NDArray[np.float64]:
        """A block of heights with the row and column after it; NaN where there is none."""
        block = np.full((BLOCK + 1, BLOCK + 1), np.nan)
        rows = min(BLOCK + 1, self._file.height - down * BLOCK)
        columns = min(BLOCK + 1, self._file.width - across * BLOCK)
        window = Window(across * BLOCK, down * BLOCK, columns, rows)
        with _reading(self.path), np.errstate(all="ignore"):  # of values that are no heights
            values = self._file.read(1, window=window).astype(np.float64)
            known = self._file.read_masks(1, window=window) > 0
            metres = (values * self._file.scales[0] + self._file.offsets[0]) * self._unit
        known &= (metres >= HEIGHT_LEAST) & (metres <= HEIGHT_MOST)
        block[:rows, :columns] = np.where(known, metres, np.nan)
        return block

    def _check(self) -> None:
        file = self._file
        down, across = file.block_shapes[0]
        if down * across * np.dtype(file.dtypes[0]).itemsize > STRIP_MOST:
            raise PlanningError(f"{self.path} is stored in pieces of {across} × {down}; tile it")
        if np.dtype(file.dtypes[0]).kind not in "iuf":
            raise PlanningError(f"{self.path} holds {file.dtypes[0]} values, which are no heights")
        transform = file.transform
        sized = abs(transform.determinant) > 0 and all(map(math.isfinite, transform))
        if not sized or transform.is_identity:  # which stands for none
            raise PlanningError(f"{self.path} does not say where on Earth it lies")
        unit = (file.units[0] or "").strip().lower()
        if unit not in _UNITS:
            raise PlanningError(f"{self.path} holds heights in {unit!r}; metres or feet are read")
        self._unit = _UNITS[unit]
        self._crs = self._system()
        wgs84 = CRS.from_epsg(4326)
        self._transformer = (
            None
            if self._crs.equals(wgs84, ignore_axis_order=True)
            else Transformer.from_crs(wgs84, self._crs, always_xy=True)
        )
        self._bounds = self._degrees()

    def _degrees(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the file, some more rather than less."""
        west, south, east, north = self._file.bounds
        if self._transformer is not None:
            west, south, east, north = self._transformer.transform_bounds(
                west, south, east, north, direction="INVERSE"
            )
        if not (west < east and south < north and math.isfinite(east - west + north - south)):
            return _WORLD
        margin = 0.01 * (east - west + north - south)
        return west - margin, south - margin, east + margin, north + margin

    def _system(self) -> CRS:
        """The horizontal system of the file."""
        if self._file.crs is None:
            raise PlanningError(f"{self.path} has no system of coordinates; assign one to it")
        try:
            crs = CRS.from_wkt(self._file.crs.to_wkt())
        except CRSError as error:
            raise PlanningError(f"{self.path} has an unknown system: {str(error)[:80]}") from None
        if crs.is_geocentric or (len(crs.axis_info) > 2 and not crs.is_compound):
            raise PlanningError(
                f"{self.path} has heights above the ellipsoid; give heights above sea level"
            )
        if crs.is_compound:
            crs = crs.sub_crs_list[0]
        if not (crs.is_geographic or crs.is_projected):
            raise PlanningError(f"{self.path} has a system that is not of the Earth: {crs.name}")
        return crs


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """GDAL's settings, and its errors as one line of ours."""
    try:
        with rasterio.Env(**_OPTIONS):
            yield
    except (RasterioError, OSError) as error:
        said = " ".join(str(error.__cause__ or error).split())[:160]
        raise PlanningError(f"{path} is no height grid that can be read: {said}") from None
