"""What a camera sees of flat ground, held against the picture itself: which points are in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fleet.footprints import (
    HEIGHT_LEAST,
    axes,
    centres,
    distinct,
    outlines,
    sectors,
    shifted,
)
from missions.camera import field_of_view, oblique_footprint
from missions.library import cameras

FEW = settings(max_examples=40)

angles_of_view = st.floats(5, 120)
heights = st.floats(2, 400)
headings = st.floats(0, 360)


def column(*values: float) -> list[Any]:
    return [np.array([value]) for value in values]


def polygon(height: float, pitch: float, yaw: float, across: float, up: float, **more: Any) -> Any:
    """The outline as shapely has it; None where nothing is seen."""
    found = outlines(*column(height, pitch, yaw, across, up), **more)
    if np.isnan(found).any():
        assert np.isnan(found).all()
        return None
    found = found.round(6)
    return shapely.Polygon(found[0][distinct(found)[0]])


@FEW
@example(321.0, -74.0, 4.0, 4.0, 120.0, 105.0)  # one long arc
@given(heights, st.floats(-90, 60), headings, st.floats(-60, 60), angles_of_view, angles_of_view)
def test_a_place_is_in_the_outline_if_it_is_in_the_picture_and_not_too_far(
    height: float, pitch: float, yaw: float, roll: float, across: float, up: float
) -> None:
    farthest = 500.0
    seen = polygon(height, pitch, yaw, across, up, farthest=farthest, roll=roll)
    points = np.random.default_rng(1).uniform(-1.2, 1.2, (400, 2)) * min(farthest, 3 * height)
    forward, right, upwards = (axis[0] for axis in axes(*column(pitch, yaw, roll)))
    rays = np.column_stack([points, np.full(len(points), -height)])
    depth = rays @ forward
    sides = np.tan(np.radians([across / 2, up / 2]))
    inside = (depth > 0) & (np.abs(rays @ right) <= depth * sides[0])
    inside &= (np.abs(rays @ upwards) <= depth * sides[1]) & (np.hypot(*points.T) <= farthest)
    if seen is None:
        assert not inside.any()
        return
    assert seen.is_valid
    assert seen.exterior.is_ccw
    # Where the outline is an arc it is drawn as chords, a fiftieth of the radius inside at most.
    sure = np.abs(shapely.distance(seen.exterior, shapely.points(points))) > farthest / 40
    assert (shapely.contains_xy(seen, points) == inside)[sure].all()


@FEW
@given(heights, st.floats(-90, 90), headings, angles_of_view, angles_of_view, st.floats(10, 2000))
def test_nothing_of_it_is_beyond_the_cut(
    height: float, pitch: float, yaw: float, across: float, up: float, farthest: float
) -> None:
    found = outlines(*column(height, pitch, yaw, across, up), farthest=farthest)
    assert not (np.hypot(*found[0].T) > farthest * (1 + 1e-9)).any()


@FEW
@given(heights, headings, angles_of_view, angles_of_view)
def test_straight_down_it_is_a_rectangle_around_the_place_below(
    height: float, yaw: float, across: float, up: float
) -> None:
    found = outlines(*column(height, -90, yaw, across, up), farthest=1e6)
    corners = found[0][distinct(found.round(6))[0]]
    assert len(corners) == 4
    assert corners.sum(axis=0) == pytest.approx(0, abs=1e-6)
    sides = np.hypot(*np.diff(corners, axis=0).T)
    half = 2 * height * np.tan(np.radians([across / 2, up / 2]))
    assert sorted(sides[:2]) == pytest.approx(sorted(half), rel=1e-6)


@FEW
@given(heights, st.floats(-89, -5), headings, angles_of_view, angles_of_view)
def test_it_contains_the_middle_of_the_picture(
    height: float, pitch: float, yaw: float, across: float, up: float
) -> None:
    middle = centres(*column(height, pitch, yaw))[0]
    farthest = float(np.hypot(*middle)) * 1.1 + 1
    seen = polygon(height, pitch, yaw, across, up, farthest=farthest)
    assert seen.buffer(1e-6).contains(shapely.Point(middle))


@FEW
@given(heights, st.floats(1.1, 3), st.floats(-90, -50), angles_of_view)
def test_uncut_it_grows_with_the_square_of_the_height(
    height: float, times: float, pitch: float, across: float
) -> None:
    one, other = (
        polygon(h, pitch, 30, across, 40, farthest=1e7).area for h in (height, height * times)
    )
    assert other == pytest.approx(one * times**2, rel=1e-3)


def test_where_it_is_not_cut_it_is_that_of_the_planner() -> None:
    camera = cameras()["DJI M3T wide"]
    expected = shapely.Polygon(oblique_footprint(camera, 80, -60, 25))
    seen = polygon(80, -60, 25, *field_of_view(camera), farthest=1e4)
    assert seen.symmetric_difference(expected).area == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    "wrong",
    [
        (float("nan"), -45, 0, 60, 40),
        (HEIGHT_LEAST / 2, -45, 0, 60, 40),
        (80, float("nan"), 0, 60, 40),
        (80, -45, float("nan"), 60, 40),
        (80, -45, 0, float("nan"), 40),
        (80, -45, 0, 60, 0),
        (80, float("inf"), 0, 60, 40),
        (80, 45, 0, 60, 40),  # all sky
    ],
)
def test_what_is_not_known_or_sees_no_ground_has_none(wrong: tuple[float, ...]) -> None:
    assert polygon(*wrong, farthest=500) is None


def test_a_camera_that_sees_all_around_below_has_a_circle() -> None:
    found = outlines(*column(100, -90, 0, 150, 150), farthest=50)
    assert np.hypot(*found[0].T) == pytest.approx(50)


def test_many_cameras_are_reckoned_at_once_as_each_by_itself() -> None:
    random = np.random.default_rng(3)
    columns = [random.uniform(*bounds, 50) for bounds in ((5, 300), (-90, 40), (0, 360))]
    views = [random.uniform(*bounds, 50) for bounds in ((10, 120), (10, 100))]
    together = outlines(*columns, *views, farthest=800)
    for number, one in enumerate(together):
        alone = outlines(*column(*(each[number] for each in (*columns, *views))), farthest=800)
        assert alone[0] == pytest.approx(one, nan_ok=True)


@FEW
@given(headings, st.floats(1, 180), st.floats(10, 500))
def test_a_fixed_camera_sees_a_sector(heading: float, across: float, reach: float) -> None:
    ring = sectors(*column(heading, across, reach))[0]
    sector = shapely.Polygon(ring)
    assert sector.exterior.is_ccw
    ahead = np.radians(heading)
    assert sector.buffer(1e-6).contains(
        shapely.Point(np.array([np.sin(ahead), np.cos(ahead)]) * reach * 0.9)
    )
    whole = np.pi * reach**2 * across / 360
    assert whole * 0.95 < sector.area <= whole * (1 + 1e-9)


def test_metres_become_degrees_as_on_the_ellipsoid() -> None:
    place = np.array([71.5249, 34.0151])
    there = shifted(place, np.array([[900.0, -1200.0]]))[0]
    _, _, distance = pyproj.Geod(ellps="WGS84").inv(*place, *there)
    assert distance == pytest.approx(1500, abs=0.3)
