"""Altitudes along a way over ground that is known: within the tolerance, and no steeper than may be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio import Affine

from missions.coverage.terrain_following import TerrainPath, follow_terrain
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.terrain import HeightGrid
from tests.mutations import assert_one_line

Floats = NDArray[np.float64]

WAY = [(0.0, 0.0), (900.0, 200.0), (1000.0, 900.0)]
CLEARANCE, TOLERANCE, STEP = 60.0, 5.0, 5.0

PIXEL, WEST, NORTH = 0.0005, 71.49, 34.01
FRAME = LocalFrame(34.0, 71.5)


def level(points: Floats) -> Floats:
    return np.full(len(points), 350.0)


def cliff(height: float) -> Callable[[Floats], Floats]:
    """Ground that is `height` metres higher from x = 500 m on."""
    return lambda points: np.where(points[:, 0] >= 500, 350.0 + height, 350.0)


def above_ground(path: TerrainPath, ground: Callable[[Floats], Floats]) -> Floats:
    """The height above the ground every metre of the path."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path.points, axis=0).T))])
    every = np.append(np.arange(0, along[-1]), along[-1])
    places = np.column_stack([np.interp(every, along, path.points[:, axis]) for axis in (0, 1)])
    return np.asarray(np.interp(every, along, path.altitudes) - ground(places))


def slopes(path: TerrainPath) -> Floats:
    return np.asarray(np.diff(path.altitudes) / np.hypot(*np.diff(path.points, axis=0).T))


def test_over_level_ground_only_the_corners_of_the_way_remain() -> None:
    path = follow_terrain(WAY, CLEARANCE, level)
    assert path.points.tolist() == [list(place) for place in WAY]
    assert path.corners.all()
    assert path.altitudes == pytest.approx(350 + CLEARANCE)
    assert (path.lowest, path.highest) == pytest.approx((CLEARANCE, CLEARANCE))


def test_up_an_even_slope_no_point_is_put_in() -> None:
    path = follow_terrain(WAY, CLEARANCE, lambda points: 300 + 0.1 * points[:, 0])
    assert len(path.points) == len(WAY)
    assert path.altitudes == pytest.approx([360.0, 450.0, 460.0])


HILLS = st.lists(
    st.tuples(st.floats(3, 25), st.floats(300, 900), st.floats(0, 6.28), st.floats(0, 6.28)),
    min_size=1,
    max_size=3,
)
"""Waves: metres of height, of length, direction and phase in radians."""


@given(hills=HILLS)
@settings(max_examples=40)
def test_over_hills_that_can_be_climbed_the_height_above_ground_keeps_within_the_tolerance(
    hills: list[tuple[float, float, float, float]],
) -> None:
    def ground(points: Floats) -> Floats:
        east, north = points.T
        waves = [
            size * np.sin(2 * np.pi * (east * np.cos(way) + north * np.sin(way)) / length + phase)
            for size, length, way, phase in hills
        ]
        return np.asarray(400 + np.sum(waves, axis=0))

    # The steepest of these hills rise 2π·25/300 each, three of them 57.5°.
    path = follow_terrain(
        WAY, CLEARANCE, ground, tolerance=TOLERANCE, climb_most=60, descent_most=60, step=STEP
    )
    heights = above_ground(path, ground)
    assert heights.min() >= CLEARANCE - TOLERANCE
    assert heights.max() <= CLEARANCE + TOLERANCE
    # What is told is that of the samples.
    assert path.lowest == pytest.approx(heights.min(), abs=0.5)
    assert path.highest == pytest.approx(heights.max(), abs=0.5)
    assert path.points[path.corners].tolist() == [list(place) for place in WAY]


@pytest.mark.parametrize(("height", "steepest"), [(80.0, 10.0), (-80.0, 15.0)])
def test_at_a_cliff_it_climbs_in_time_and_no_steeper_than_it_can(
    height: float, steepest: float
) -> None:
    limits = {"climb_most": 10.0, "descent_most": 15.0}
    way = [(0.0, 0.0), (1000.0, 0.0)]
    path = follow_terrain(way, CLEARANCE, cliff(height), tolerance=TOLERANCE, step=STEP, **limits)
    up, down = math.tan(math.radians(10)), math.tan(math.radians(15))
    assert slopes(path).max() <= up + 1e-9
    assert slopes(path).min() >= -down - 1e-9
    assert above_ground(path, cliff(height)).min() >= CLEARANCE - TOLERANCE
    # It is as high as the cliff makes it, and has come down to the height wanted at both ends.
    steep = math.tan(math.radians(steepest))
    assert np.abs(slopes(path)).max() == pytest.approx(steep, rel=0.1)
    assert path.altitudes[[0, -1]] == pytest.approx([350 + CLEARANCE, 350 + height + CLEARANCE])
    assert path.highest == pytest.approx(CLEARANCE + 80, abs=TOLERANCE)


@pytest.fixture
def holed_grid(tmp_path: Path) -> Path:
    """A GeoTIFF of a slope, 2 km each way, without heights in one pixel."""
    rows, columns = np.indices((40, 40))
    heights = (340 + 2 * rows + columns).astype("float32")
    heights[20, 22] = -32768
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "width": 40,
        "height": 40,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "nodata": -32768,
        "transform": Affine(PIXEL, 0, WEST, 0, -PIXEL, NORTH),
    }
    path = tmp_path / "slope.tif"
    with rasterio.open(path, "w", **profile) as file:
        file.write(heights, 1)
    return path


def local(longitude: float, latitude: float) -> tuple[float, float]:
    (place,) = FRAME.to_local([longitude], [latitude])
    return float(place[0]), float(place[1])


def test_a_void_of_the_grid_is_refused_with_its_place(holed_grid: Path) -> None:
    latitude, longitude = NORTH - 20.5 * PIXEL, WEST + 22.5 * PIXEL
    way = [local(71.495, latitude), local(71.505, latitude)]
    with HeightGrid.open(holed_grid) as grid:
        with pytest.raises(PlanningError, match="void") as refused:
            follow_terrain(
                way, CLEARANCE, lambda points: grid.heights(*FRAME.to_geographic(points))
            )
        assert_one_line(refused.value)
        found = re.search(r"(\d+\.\d+), (\d+\.\d+)", str(refused.value))
        assert found is not None
        assert float(found[1]) == pytest.approx(latitude, abs=PIXEL)
        assert float(found[2]) == pytest.approx(longitude, abs=PIXEL)


def test_beside_the_void_and_within_the_grid_the_slope_is_followed(holed_grid: Path) -> None:
    latitude = NORTH - 10.5 * PIXEL
    way = [local(71.495, latitude), local(71.505, latitude)]
    with HeightGrid.open(holed_grid) as grid:
        path = follow_terrain(
            way, CLEARANCE, lambda points: grid.heights(*FRAME.to_geographic(points))
        )
        # The slope is 1 m a pixel eastwards: 20 pixels from end to end.
        assert path.altitudes[-1] - path.altitudes[0] == pytest.approx(20, abs=0.1)
        beyond = [local(71.505, latitude), local(71.52, latitude)]
        with pytest.raises(PlanningError, match="does not reach"):
            follow_terrain(
                beyond, CLEARANCE, lambda points: grid.heights(*FRAME.to_geographic(points))
            )


@pytest.mark.parametrize(
    ("way", "given", "words"),
    [
        ([(0, 0)], {}, "two points"),
        ([(0, 0), (math.inf, 1)], {}, "two points"),
        (WAY, {"clearance": 0}, "clearance of 0 m"),
        (WAY, {"tolerance": -1}, "tolerance of -1 m"),
        (WAY, {"step": math.nan}, "step of nan m"),
        (WAY, {"step": 1e-4}, "longer step"),
        (WAY, {"climb_most": 90}, "climb of 90°"),
        (WAY, {"descent_most": 0}, "descent of 0°"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_one_line(
    way: list[tuple[float, float]], given: dict[str, float], words: str
) -> None:
    arguments = {"clearance": CLEARANCE} | given
    with pytest.raises(PlanningError, match=words) as refused:
        follow_terrain(way, ground=level, **arguments)
    assert_one_line(refused.value)
