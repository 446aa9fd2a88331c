"""Rings around a structure: nowhere nearer than asked, closed, one above the other."""

from __future__ import annotations

import math

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from missions.coverage.orbit import CHORD_MOST, EXACT, RINGS_MOST, orbit
from missions.errors import PlanningError
from missions.projection import LocalFrame
from tests.missions.coverage.drawing import holed_polygons
from tests.mutations import assert_one_line

FRAME = LocalFrame(34.0, 71.5)
TOWER = shapely.Point(0, 0)
HALL = shapely.Polygon([(0, 0), (90, 0), (90, 20), (25, 20), (25, 60), (0, 60)])


@given(structure=holed_polygons(5, 80), distance=st.floats(2, 150))
@settings(max_examples=30)
def test_no_metre_of_a_ring_is_nearer_than_the_stand_off_and_no_corner_much_farther(
    structure: shapely.Polygon, distance: float
) -> None:
    ((route, _),) = orbit(FRAME, structure, distance, [30.0])
    ring = shapely.LineString(route.points)
    assert ring.is_ring
    assert ring.distance(structure) >= distance - EXACT
    away = shapely.distance(structure, shapely.points(route.points))
    # GEOS fills dents of a hundredth of the distance, and the ring is widened by what it lacks.
    assert away.max() <= distance + 2 * CHORD_MOST + 0.01 * distance
    assert shapely.Polygon(ring).contains(structure)


def test_the_ring_around_a_point_is_a_circle_of_its_length() -> None:
    ((route, height),) = orbit(FRAME, TOWER, 40, [25])
    assert height == 25
    assert 2 * math.pi * 40 <= route.length <= 2 * math.pi * (40 + CHORD_MOST)


@pytest.mark.parametrize("clockwise", [True, False])
def test_flown_clockwise_the_structure_lies_to_the_right(clockwise: bool) -> None:
    ((route, _),) = orbit(FRAME, HALL, 15, [30], clockwise=clockwise)
    assert shapely.LinearRing(route.points).is_ccw is not clockwise


def test_rings_lie_above_one_another_from_the_lowest_up_and_begin_at_one_place() -> None:
    rings = orbit(FRAME, affinity.translate(HALL, 200, -100), 15, [60, 20, 40])
    assert [height for _, height in rings] == [20, 40, 60]
    starts = {tuple(route.points[0]) for route, _ in rings} | {
        tuple(route.points[-1]) for route, _ in rings
    }
    assert len(starts) == 1


@pytest.mark.parametrize(
    ("structure", "distance", "heights", "words"),
    [
        (TOWER, 0, [20], "stand-off of 0 m"),
        (TOWER, math.nan, [20], "stand-off of nan m"),
        (shapely.Polygon(), 20, [20], "empty"),
        (shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]), 20, [20], "crosses itself"),
        (TOWER, 20, [], "0 are given"),
        (TOWER, 20, [20, math.inf], "heights"),
        (TOWER, 20, [float(height) for height in range(RINGS_MOST + 1)], "1 to 100 heights"),
    ],
)
def test_what_cannot_be_orbited_is_refused_in_one_line(
    structure: shapely.Polygon, distance: float, heights: list[float], words: str
) -> None:
    with pytest.raises(PlanningError, match=words) as refused:
        orbit(FRAME, structure, distance, heights)
    assert_one_line(refused.value)
