"""Limits above ground, from a height file to an event."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine

from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Level
from fleet.peshawar import CENTRE
from nigehban.ground import ground_of
from nigehban.settings import WrongSettingError
from tests.fleet.geofences.scenes import fence, fixes, told

PIXEL = 0.001


def hill(path: Path) -> Path:
    """Around the middle of Peshawar: 330 m to the west of it and 430 m to the east, a void north."""
    latitude, longitude = CENTRE
    heights = np.full((40, 40), 330.0, np.float32)
    heights[:, 20:] = 430.0
    heights[:10] = np.nan
    place = {"crs": "EPSG:4326", "transform": Affine(
        PIXEL, 0, longitude - 20 * PIXEL, 0, -PIXEL, latitude + 20 * PIXEL
    )}  # fmt: skip
    size = {"driver": "GTiff", "height": 40, "width": 40, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", **size, **place, nodata=np.nan) as file:
        file.write(heights, 1)
    return path


def test_the_same_altitude_is_too_high_over_the_plain_and_not_over_the_hill(tmp_path: Path) -> None:
    low = fence(kind="keep-in", ceiling=Level(120, "AGL"), shape=fence().outline.buffer(0.05))
    flight = fixes([(0, 1000, 0), (60, 800, 0), (200, -800, 0)], altitude=500.0)
    with_ground = Fences([low], ground=ground_of(hill(tmp_path / "hill.tif")))
    (event,) = told(with_ground, flight)
    assert (event.what, event.cause) == ("left", "gap")  # 170 m above the plain
    assert told(Fences([low]), flight) == []  # nobody knows how high the ground is


def test_where_nothing_is_known_the_height_is_not(tmp_path: Path) -> None:
    ground = ground_of(hill(tmp_path / "hill.tif"))
    latitude, longitude = CENTRE
    latitudes = np.array([latitude, latitude + 15 * PIXEL, latitude + 2.0])
    np.testing.assert_equal(
        ground(latitudes, np.full(3, longitude + 5 * PIXEL)), [430.0, np.nan, np.nan]
    )


def test_what_is_no_height_grid_is_refused_by_the_name_of_the_setting(tmp_path: Path) -> None:
    (tmp_path / "no.tif").write_text("no raster")
    with pytest.raises(WrongSettingError, match=r"^terrain: .*no\.tif is no height grid"):
        ground_of(tmp_path / "no.tif")
