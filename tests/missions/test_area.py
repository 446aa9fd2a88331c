"""Areas: taken as drawn or refused with the place of the fault, never repaired."""

from __future__ import annotations

import re

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from missions.area import Area
from missions.errors import PlanningError
from missions.projection import LocalFrame
from tests.mutations import assert_one_line

GEOD = Geod(ellps="WGS84")
SQUARE = [(71.50, 34.00), (71.52, 34.00), (71.52, 34.02), (71.50, 34.02)]
HOLE = [(71.505, 34.005), (71.505, 34.010), (71.510, 34.010), (71.510, 34.005)]


def place_in(message: str) -> tuple[float, float]:
    """Longitude and latitude that a message names."""
    latitude, longitude = re.findall(r"(-?\d+\.\d{5}), (-?\d+\.\d{5})", message)[0]
    return float(longitude), float(latitude)


def test_a_square_with_a_hole_is_taken_as_drawn() -> None:
    area = Area.from_rings([*SQUARE, SQUARE[0]], [HOLE], name="Saddar")
    drawn = shapely.Polygon(SQUARE, [HOLE])
    assert area.name == "Saddar"
    assert area.polygon.area == pytest.approx(abs(GEOD.geometry_area_perimeter(drawn)[0]), rel=1e-6)
    assert area.polygon.exterior.is_ccw
    assert not area.polygon.interiors[0].is_ccw
    written = shapely.geometry.shape(area.geojson())
    assert written.normalize().equals_exact(drawn.normalize(), tolerance=1e-10)


def test_a_frame_of_ours_is_used_when_it_is_given() -> None:
    frame = LocalFrame(34.1, 71.6)
    assert Area.from_rings(SQUARE, frame=frame).frame is frame


def test_an_area_across_the_antimeridian_is_one_piece() -> None:
    area = Area.from_rings([(179.99, -17.0), (-179.99, -17.0), (-179.99, -16.98), (179.99, -16.98)])
    width, height = np.ptp(shapely.get_coordinates(area.polygon), axis=0)
    assert width == pytest.approx(2129, abs=2)
    assert height == pytest.approx(2213, abs=2)


@pytest.mark.parametrize("corners", [[], [(71.5, 34.0)], [(71.5, 34.0), (71.6, 34.0)] * 3])
def test_fewer_than_three_corners_are_no_area(corners: list[tuple[float, float]]) -> None:
    with pytest.raises(PlanningError, match="fewer than three"):
        Area.from_rings(corners)
    with pytest.raises(PlanningError, match="hole 1 of area 'x' has fewer than three"):
        Area.from_rings(SQUARE, [corners], name="x")


def test_a_bow_tie_is_refused_where_it_crosses_itself() -> None:
    with pytest.raises(PlanningError, match="area 'bow' crosses itself at") as refused:
        Area.from_rings([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]], name="bow")
    assert place_in(str(refused.value)) == pytest.approx((71.51, 34.01), abs=2e-5)


def test_a_ring_that_touches_itself_is_refused_there() -> None:
    pinched = [*SQUARE[:2], (71.51, 34.01), SQUARE[2], SQUARE[3], (71.51, 34.01)]
    with pytest.raises(PlanningError, match="itself at") as refused:
        Area.from_rings(pinched)
    assert place_in(str(refused.value)) == pytest.approx((71.51, 34.01), abs=2e-5)


def test_a_hole_outside_is_refused_with_a_place_of_it_that_is_outside() -> None:
    reaching = [(71.515, 34.005), (71.525, 34.005), (71.525, 34.010), (71.515, 34.010)]
    with pytest.raises(PlanningError, match="hole 2 of the area reaches outside it") as refused:
        Area.from_rings(SQUARE, [HOLE, reaching])
    outside = shapely.Point(place_in(str(refused.value)))
    assert shapely.Polygon(reaching).buffer(1e-5).contains(outside)
    assert not shapely.Polygon(SQUARE).contains(outside)


def test_a_hole_across_a_notch_is_outside_though_its_corners_are_not() -> None:
    notched = [*SQUARE[:2], (71.52, 34.009), (71.506, 34.01), (71.52, 34.011), *SQUARE[2:]]
    across = [(71.517, 34.005), (71.518, 34.005), (71.518, 34.015), (71.517, 34.015)]
    with pytest.raises(PlanningError, match="outside it") as refused:
        Area.from_rings(notched, [across])
    assert not shapely.Polygon(notched).contains(shapely.Point(place_in(str(refused.value))))


@pytest.mark.parametrize(
    ("holes", "said"),
    [
        ([HOLE, [(71.506, 34.006), (71.507, 34.006), (71.507, 34.007)]], "hole inside a hole"),
        ([HOLE, [(71.508, 34.008), (71.515, 34.008), (71.515, 34.009)]], "crosses itself"),
        ([HOLE, HOLE], "."),
        ([[HOLE[0], HOLE[2], HOLE[1], HOLE[3]]], "crosses itself"),
        ([SQUARE], "."),
        ([[(71.50, 34.01), (71.51, 34.02), (71.52, 34.01), (71.51, 34.00)]], "."),
    ],
    ids=["nested", "crossing", "doubled", "bow tie", "whole", "cutting it in four"],
)
def test_holes_that_make_no_area_are_refused(
    holes: list[list[tuple[float, float]]], said: str
) -> None:
    with pytest.raises(PlanningError, match=said) as refused:
        Area.from_rings(SQUARE, holes)
    assert "\n" not in str(refused.value)


def test_less_than_a_square_metre_is_no_area() -> None:
    with pytest.raises(PlanningError, match="is no area"):
        Area.from_rings([(71.5, 34.0), (71.500001, 34.0), (71.500001, 34.000001)])


def test_an_area_across_two_continents_is_refused() -> None:
    with pytest.raises(PlanningError, match="one plan reaches 200 km"):
        Area.from_rings([(71.5, 34.0), (2.3, 48.9), (2.4, 49.0)])


numbers = st.one_of(
    st.floats(),
    st.floats(71.5, 71.52),
    st.sampled_from([71.5, 71.51, 34.0, 34.01, 180.0, -180.0, 90.0, 1e308, float("nan")]),
)
rings = st.lists(st.tuples(numbers, st.one_of(numbers, st.floats(34.0, 34.02))), max_size=7)


@given(rings, st.lists(rings, max_size=3))
def test_whatever_is_drawn_is_an_area_or_refused_in_one_line(
    exterior: list[tuple[float, float]], holes: list[list[tuple[float, float]]]
) -> None:
    try:
        area = Area.from_rings(exterior, holes)
    except PlanningError as error:
        assert_one_line(error)
    else:
        assert area.polygon.is_valid
        assert area.polygon.area >= 1


grid = st.integers(0, 4).map(lambda n: n / 200)
near = st.lists(st.tuples(grid.map(lambda x: 71.5 + x), grid.map(lambda y: 34 + y)), max_size=6)


@given(near, st.lists(near, max_size=2))
def test_corners_on_edges_and_on_each_other_are_an_area_or_refused(
    exterior: list[tuple[float, float]], holes: list[list[tuple[float, float]]]
) -> None:
    try:
        area = Area.from_rings(exterior, holes)
    except PlanningError as error:
        assert_one_line(error)
    else:
        assert area.polygon.is_valid
        assert len(area.polygon.interiors) == len(holes)
