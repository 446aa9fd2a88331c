"""All of an area is seen, and no metre is flown outside it or in a hole."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.polygon import orient

from missions.area import Area
from missions.coverage.cover import cover
from missions.coverage.effort import Motion
from missions.coverage.outline import seen_from
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Route
from tests.benchmarks._areas import areas
from tests.missions.coverage.drawing import holed_polygons

FRAME = LocalFrame(34.0, 71.5)
SQUARE = shapely.box(0, 0, 400, 300)


def area(polygon: shapely.Polygon) -> Area:
    return Area(FRAME, orient(polygon), "test")


def covered(polygon: shapely.Polygon, route: Route, spacing: float) -> float:
    """The share of what can be seen from inside that lies within half a spacing of the way.

    A corner narrower than the swath's circle is reached by standing in it, so all of the polygon
    can be seen from inside; the circle of GEOS is cut short by 0.03 %.
    """
    return float(seen_from(route.points, spacing / 2).intersection(polygon).area / polygon.area)


def check(polygon: shapely.Polygon, spacing: float, route: Route) -> None:
    way = shapely.LineString(route.points)
    assert way.difference(polygon.buffer(1e-6)).length == 0
    for hole in polygon.interiors:
        assert way.intersection(shapely.Polygon(hole).buffer(-1e-6)).length == 0
    assert covered(polygon, route, spacing) >= 0.995
    for before, after in zip(route.legs, route.legs[1:], strict=False):
        assert np.allclose(before.points[-1], after.points[0], atol=1e-9)


@given(polygon=holed_polygons(), share=st.floats(0.1, 0.4))
@settings(max_examples=6)
def test_any_polygon_with_holes_is_seen_from_inside(polygon: shapely.Polygon, share: float) -> None:
    spacing = share * math.sqrt(polygon.area) / 2
    check(polygon, spacing, cover(area(polygon), spacing))


@pytest.mark.parametrize("drawn", areas(6, 7)[2:], ids=lambda drawn: drawn.name)
def test_areas_of_every_sort_are_seen_in_little_more_than_their_lanes(drawn: object) -> None:
    polygon, spacing = drawn.polygon, drawn.spacing  # type: ignore[attr-defined]
    wide = max(spacing, math.sqrt(polygon.area) / 15)
    route = cover(area(polygon), wide)
    check(polygon, wide, route)
    assert route.length < 1.5 * polygon.area / wide


def test_a_rectangle_takes_its_lanes_and_the_ways_between() -> None:
    route = cover(area(SQUARE), 50)
    # 6 lanes of 400 − 50 m and 5 ways of 50 m, were it flown to and fro.
    assert route.length <= 1.1 * (6 * 350 + 5 * 50)  # and its corners
    check(SQUARE, 50, route)


def test_the_same_seed_gives_the_same_way() -> None:
    first, second = (cover(area(SQUARE), 60, seed=3) for _ in range(2))
    assert first.points.tolist() == second.points.tolist()


def test_a_margin_is_kept_to_edges_and_holes() -> None:
    holed = shapely.Polygon(SQUARE.exterior, [shapely.box(150, 100, 250, 180).exterior])
    route = cover(area(holed), 40, margin=10)
    assert shapely.LineString(route.points).distance(holed.boundary) >= 10 - 1e-6


def test_told_to_stop_it_gives_a_whole_way_all_the_same() -> None:
    told: list[float] = []
    route = cover(area(SQUARE), 30, stop=lambda: True, progress=told.append)
    way = shapely.LineString(route.points)
    assert way.difference(SQUARE.buffer(1e-6)).length == 0
    assert covered(SQUARE, route, 30) > 0.9


def test_a_fixed_wing_turns_no_tighter_than_it_can_and_not_outside_unless_it_may() -> None:
    motion = Motion(speed=16, acceleration=2, radius=45)
    with pytest.raises(PlanningError, match="turns"):
        cover(area(SQUARE), 40, motion=motion)
    route = cover(area(SQUARE), 40, motion=motion, turns_outside=True)
    assert covered(SQUARE, route, 40) >= 0.99
    for leg in route.legs:
        if leg.purpose == "turn" and len(leg.points) > 2:
            steps = np.diff(leg.points, axis=0)
            courses = np.unwrap(np.arctan2(steps[:, 0], steps[:, 1]))
            lengths = np.hypot(*steps.T)
            bends = np.abs(np.diff(courses)) / ((lengths[:-1] + lengths[1:]) / 2)
            assert bends.max() <= 1 / 45 * 1.1


@pytest.mark.parametrize("spacing", [0.0, -5.0, math.nan, math.inf, 0.01])
def test_a_spacing_that_cannot_be_is_refused_in_one_line(spacing: float) -> None:
    with pytest.raises(PlanningError) as refused:
        cover(area(SQUARE), spacing)
    assert "\n" not in str(refused.value)


def test_a_margin_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(PlanningError, match=r"margin|small|nothing"):
        cover(area(SQUARE), 40, margin=160)
