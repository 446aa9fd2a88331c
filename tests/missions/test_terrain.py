"""Heights from GeoTIFF and HGT files that the tests write, against the slope they were made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer
from rasterio import Affine

from missions import height_file, terrain
from missions.errors import PlanningError
from missions.terrain import HeightGrid
from tests.mutations import assert_one_line

GEOD = Geod(ellps="WGS84")
PIXEL = 0.001
WEST, NORTH = 71.4, 34.1


def slope(longitude: Any, latitude: Any) -> Any:
    """Metres: a plane in degrees, which bilinear interpolation gives back exactly."""
    return 300 + 500 * (longitude - 71.4) + 900 * (latitude - 34.0)


def grid(width: int = 200, height: int = 200, west: float = WEST) -> np.ndarray:
    """The slope at pixel centres."""
    lons = west + (np.arange(width) + 0.5) * PIXEL
    lats = NORTH - (np.arange(height) + 0.5) * PIXEL
    return np.asarray(slope(lons[None, :], lats[:, None]))


def write(path: Path, values: np.ndarray, *, west: float = WEST, **options: Any) -> Path:
    unit = options.pop("unit", None)
    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "transform": Affine(PIXEL, 0, west, 0, -PIXEL, NORTH),
    } | options
    with rasterio.open(path, "w", **profile) as file:
        file.write(values.astype(profile["dtype"]), 1)
        if unit:
            file.units = [unit]
    return path


@pytest.fixture(scope="module")
def hill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("hill") / "hill.tif", grid())


@given(st.floats(71.4006, 71.5994), st.floats(33.9006, 34.0994))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_between_pixel_centres_the_height_is_bilinear(
    hill: Path, longitude: float, latitude: float
) -> None:
    with HeightGrid.open(hill) as heights:
        found = heights.heights([longitude], [latitude])
    assert found[0] == pytest.approx(slope(longitude, latitude), abs=1e-3)


def test_in_the_half_pixel_at_the_edge_the_nearest_centres_hold(hill: Path) -> None:
    with HeightGrid.open(hill) as heights:
        found = heights.heights([WEST, WEST + 0.2, WEST], [NORTH, NORTH - 0.2, 34.0])
    half = PIXEL / 2
    expected = [
        slope(WEST + half, NORTH - half),
        slope(WEST + 0.2 - half, NORTH - 0.2 + half),
        slope(WEST + half, 34.0),
    ]
    assert found == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [
        (71.399, 34.0),
        (71.601, 34.0),
        (71.5, 34.101),
        (71.5, 33.899),
        (-108.5, 34.0),
        (math.nan, 34.0),
    ],
)
def test_beside_the_grid_is_refused_with_the_place(
    hill: Path, longitude: float, latitude: float
) -> None:
    with HeightGrid.open(hill) as heights, pytest.raises(PlanningError, match="does not reach"):
        heights.heights([71.5, longitude], [34.0, latitude])


@pytest.mark.parametrize("void", [-9999.0, -32768.0, math.nan, 7777.0])
def test_a_void_is_refused_with_the_place_and_only_where_it_counts(
    tmp_path: Path, void: float
) -> None:
    values = grid()
    values[100, 50] = void
    options = {} if math.isnan(void) else {"nodata": void}
    path = write(tmp_path / "void.tif", values, **options)
    lon, lat = WEST + 50.5 * PIXEL, NORTH - 100.5 * PIXEL
    with HeightGrid.open(path) as heights:
        with pytest.raises(
            PlanningError, match=rf"{lat + 0.0004:.5f}, {lon:.5f} is not known.*void"
        ):
            heights.heights([lon + PIXEL, lon], [lat, lat + 0.0004])
        assert heights.heights([lon + PIXEL * 1.0001], [lat])[0] == pytest.approx(
            slope(lon + PIXEL, lat), abs=1e-2
        )


@pytest.mark.parametrize(
    ("void", "dtype"), [(-32768, "int16"), (-9999, "float32"), (3.4e38, "float32")]
)
def test_voids_that_the_header_does_not_tell_are_known(
    tmp_path: Path, void: float, dtype: str
) -> None:
    values = grid()
    values[100, 50] = void
    path = write(tmp_path / "void.tif", values, dtype=dtype)
    with HeightGrid.open(path) as heights, pytest.raises(PlanningError, match="void"):
        heights.heights([WEST + 50.4 * PIXEL], [NORTH - 100.4 * PIXEL])


def test_it_covers_what_it_has_heights_for_everywhere(tmp_path: Path, hill: Path) -> None:
    area = shapely.box(71.45, 33.95, 71.55, 34.05)
    with HeightGrid.open(hill) as heights:
        assert heights.covers(area)
        assert heights.covers(shapely.Polygon())
        assert heights.covers(shapely.box(WEST, 33.9, 71.6, NORTH))
        assert not heights.covers(shapely.box(71.45, 33.95, 71.601, 34.05))
        with pytest.raises(PlanningError, match="too large"):
            heights.covers(shapely.box(60, 20, 80, 40))
    values = grid()
    values[100, 100] = -9999
    path = write(tmp_path / "void.tif", values, nodata=-9999)
    with HeightGrid.open(path) as heights:
        assert not heights.covers(area)
        hole = shapely.box(71.49, 33.99, 71.51, 34.01)
        assert heights.covers(shapely.Polygon(area.exterior, [hole.exterior]))


def test_a_sliver_across_a_void_is_not_covered(tmp_path: Path) -> None:
    values = grid()
    values[100, 100] = -9999
    path = write(tmp_path / "void.tif", values, nodata=-9999)
    lat = NORTH - 100.3 * PIXEL
    with HeightGrid.open(path) as heights:
        assert not heights.covers(shapely.box(71.45, lat, 71.55, lat + PIXEL / 100))


@pytest.mark.parametrize("side", [1201, 3601])
def test_srtm_tiles_are_read_by_their_names_and_meet_without_a_gap(
    tmp_path: Path, side: int
) -> None:
    names = ["N34E071.hgt", "N34E072.hgt"] if side == 1201 else ["N34E071.hgt"]
    for index, name in enumerate(names):
        east, north = np.linspace(0, 1, side)[None, :], np.linspace(1, 0, side)[:, None]
        heights = np.round(slope(71 + index + east, 34 + north))
        (tmp_path / name).write_bytes(heights.astype(">i2").tobytes())
    lons = np.array([71.0, 71.5, 71.99997, 72.0] + ([72.00003, 73.0] if side == 1201 else []))
    lats = np.linspace(34.0, 35.0, len(lons))
    with HeightGrid.open(tmp_path if side == 1201 else tmp_path / names[0]) as tiles:
        assert tiles.heights(lons, lats) == pytest.approx(slope(lons, lats), abs=1)
        with pytest.raises(PlanningError, match="does not reach"):
            tiles.heights([71.5], [33.999])


def test_tiles_side_by_side_are_one_grid(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", grid(100))
    write(tmp_path / "b.tif", grid(100, west=WEST + 0.1), west=WEST + 0.1)
    (tmp_path / "readme.txt").write_text("not a height")
    lons = np.linspace(WEST, WEST + 0.2, 500)
    with HeightGrid.open(tmp_path) as heights:
        found = heights.heights(lons, np.full(500, 34.0))
        assert heights.covers(shapely.box(WEST + 0.05, 33.95, WEST + 0.15, 34.05))
    assert found == pytest.approx(slope(lons, 34.0), abs=500 * PIXEL / 2 + 0.01)


def test_a_void_of_one_tile_is_taken_from_another(tmp_path: Path) -> None:
    empty = grid()
    empty[90:110, 90:110] = -9999
    write(tmp_path / "a.tif", empty, nodata=-9999)
    write(tmp_path / "b.tif", grid())
    with HeightGrid.open(tmp_path) as heights:
        assert heights.heights(71.5, 34.0)[0] == pytest.approx(slope(71.5, 34.0), abs=1e-3)


def test_a_projected_file_is_asked_in_degrees(tmp_path: Path) -> None:
    to_utm = Transformer.from_crs(4326, 32642, always_xy=True)
    east, north = to_utm.transform(71.5, 34.0)
    transform = Affine(30, 0, east - 3000, 0, -30, north + 3000)
    columns, rows = np.meshgrid(np.arange(200) + 0.5, np.arange(200) + 0.5)
    places = east - 3000 + 30 * columns, north + 3000 - 30 * rows
    lons, lats = to_utm.transform(*places, direction="INVERSE")
    path = write(tmp_path / "utm.tif", slope(lons, lats), crs="EPSG:32642", transform=transform)
    asked = np.linspace(71.48, 71.52, 50), np.linspace(33.98, 34.02, 50)
    with HeightGrid.open(path) as heights:
        assert heights.heights(*asked) == pytest.approx(slope(*asked), abs=0.01)
        assert heights.covers(shapely.box(71.48, 33.98, 71.52, 34.02))
        assert not heights.covers(shapely.box(71.40, 33.98, 71.52, 34.02))
        with pytest.raises(PlanningError, match=r"does not reach -10.00000, -10.00000"):
            heights.heights(-10, -10)


def test_a_profile_follows_the_line_in_steps(hill: Path) -> None:
    line = [(71.45, 33.95), (71.50, 34.05), (71.55, 34.05)]
    length = sum(GEOD.inv(*a, *b)[2] for a, b in pairwise(line))
    with HeightGrid.open(hill) as heights:
        profile = heights.profile(line, 30)
        assert profile.distances[0] == 0
        assert profile.distances[-1] == pytest.approx(length)
        steps = np.diff(profile.distances)
        assert (steps > 0).all()
        assert steps.max() <= 30 + 1e-6
        places = set(zip(profile.longitudes, profile.latitudes, strict=True))
        assert {(71.45, 33.95), (71.55, 34.05)} <= places
        assert profile.heights == pytest.approx(
            slope(profile.longitudes, profile.latitudes), abs=1e-3
        )
        walked = GEOD.inv(
            profile.longitudes[:-1], profile.latitudes[:-1], profile.longitudes[1:], profile.latitudes[1:]
        )[2]  # fmt: skip
        assert walked == pytest.approx(steps, abs=1e-5)


@pytest.mark.parametrize("step", [0, -1, math.nan, 1e-9])
def test_a_profile_without_a_proper_step_is_refused(hill: Path, step: float) -> None:
    with HeightGrid.open(hill) as heights:
        with pytest.raises(PlanningError, match="cannot be taken in steps"):
            heights.profile([(71.45, 34.0), (71.5, 34.0)], step)
        with pytest.raises(PlanningError, match="two points"):
            heights.profile([(71.45, 34.0)], 10)


def test_large_files_are_read_in_blocks_and_few_are_kept(
    hill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terrain, "BLOCK", 16)
    monkeypatch.setattr(height_file, "BLOCK", 16)
    monkeypatch.setattr(terrain, "BLOCKS_KEPT", 3)
    random = np.random.default_rng(7)
    lons, lats = random.uniform(71.401, 71.599, 2000), random.uniform(33.901, 34.099, 2000)
    with HeightGrid.open(hill) as heights:
        assert heights.heights(lons, lats) == pytest.approx(slope(lons, lats), abs=1e-3)
        assert len(heights._blocks) == 3
        assert all(block.shape == (17, 17) for block in heights._blocks.values())


def test_feet_are_made_metres(tmp_path: Path) -> None:
    path = write(tmp_path / "feet.tif", grid() / 0.3048, unit="ft")
    with HeightGrid.open(path) as heights:
        assert heights.heights(71.5, 34.0)[0] == pytest.approx(slope(71.5, 34.0), abs=1e-3)


def rewrite(change: Callable[[Path], object]) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        path = folder / "x.tif"
        change(path)
        return path

    return made


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (rewrite(lambda p: None), "No such file"),
        (rewrite(lambda p: p.write_text("heights")), "no height grid that can be read"),
        (rewrite(lambda p: p.write_bytes(b"II*\x00" + b"\xff" * 100)), "no height grid"),
        (rewrite(lambda p: write(p, grid(), crs=None)), "no system of coordinates"),
        (rewrite(lambda p: write(p, grid(), unit="fathom")), "heights in 'fathom'"),
        (rewrite(lambda p: write(p, grid(), dtype="complex64")), "complex64 values"),
        (rewrite(lambda p: write(p, grid(), crs="EPSG:4979")), "above the ellipsoid"),
        (rewrite(lambda p: write(p, grid(), crs=CRS(4978).to_wkt())), "above the ellipsoid"),
        (
            rewrite(lambda p: write(p, grid(), crs=None, transform=Affine.identity())),
            "where on Earth",
        ),
        (lambda folder: folder, "has 0 height files"),
    ],
    ids=range(10),
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:The given matrix")
def test_what_is_no_height_grid_is_refused(
    make: Callable[[Path], Path], said: str, tmp_path: Path
) -> None:
    with pytest.raises(PlanningError, match=said) as refused:
        HeightGrid.open(make(tmp_path))
    assert_one_line(refused.value)


def test_a_file_in_pieces_too_large_to_unpack_is_refused(
    hill: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(height_file, "STRIP_MOST", 1000)
    with pytest.raises(PlanningError, match="stored in pieces of 200 × "):
        HeightGrid.open(hill)


def test_an_hgt_file_of_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "peshawar.hgt").write_bytes(np.zeros((1201, 1201), ">i2").tobytes())
    with pytest.raises(PlanningError, match="no height grid"):
        HeightGrid.open(tmp_path / "peshawar.hgt")


def test_a_file_cut_short_is_refused_when_the_missing_part_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "hill.tif", grid(), blockysize=1)
    path.write_bytes(path.read_bytes()[: -200 * 4 * 50])
    with HeightGrid.open(path) as heights, pytest.raises(PlanningError, match="no height grid"):
        heights.heights(71.5, 33.901)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_spoiled_header_is_refused_or_read(
    tmp_path: Path, hill: Path, data: st.DataObject
) -> None:
    whole = bytearray(hill.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, 400) | st.integers(len(whole) - 400, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    path = tmp_path / "spoiled.tif"
    path.write_bytes(whole)
    try:
        with HeightGrid.open(path) as heights:
            heights.heights([71.5, 71.41], [34.0, 34.09])
    except PlanningError as error:
        assert_one_line(error)
