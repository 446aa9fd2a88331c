"""The shortest way around what must not be flown over."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from missions.detour import Detour
from missions.errors import PlanningError

WALL = shapely.box(-5, -100, 5, 100)
POND = shapely.Point(0, 0).buffer(50)


def test_a_free_way_is_straight() -> None:
    start, end = np.array([-50.0, 200.0]), np.array([50.0, 200.0])
    assert Detour([WALL])(start, end).tolist() == [start.tolist(), end.tolist()]
    assert Detour([])(start, end).tolist() == [start.tolist(), end.tolist()]


def test_around_a_wall_it_goes_by_the_nearer_end() -> None:
    way = Detour([WALL])(np.array([-50.0, 40.0]), np.array([50.0, 40.0]))
    length = np.hypot(*np.diff(way, axis=0).T).sum()
    # Twice from 45 m beside the wall up 60 m to its corner, and the wall's 10 m.
    assert length == pytest.approx(2 * np.hypot(45, 60) + 10, rel=0.02)
    assert way[1:-1, 1].min() >= 100


def test_around_a_pond_it_is_as_long_as_tangents_and_arc() -> None:
    way = Detour([POND])(np.array([-100.0, 0.0]), np.array([100.0, 0.0]))
    exact = 2 * np.sqrt(100**2 - 50**2) + 50 * (np.pi - 2 * np.arccos(0.5))
    assert np.hypot(*np.diff(way, axis=0).T).sum() == pytest.approx(exact, rel=0.03)


@given(
    st.lists(st.tuples(st.floats(-400, 400), st.floats(-400, 400), st.floats(5, 150)), max_size=6),
    st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
def test_no_way_touches_an_obstacle_and_none_is_shorter_than_straight(
    discs: list[tuple[float, float, float]], start: tuple[float, float], end: tuple[float, float]
) -> None:
    obstacles = [shapely.Point(x, y).buffer(radius) for x, y, radius in discs]
    closed = shapely.union_all(obstacles)
    if any(closed.buffer(0.2).contains(shapely.Point(place)) for place in (start, end)):
        return
    try:
        way = Detour(obstacles)(np.array(start), np.array(end))
    except PlanningError:
        # Only where the obstacles' outskirts close one of the two in.
        around = shapely.box(-1000, -1000, 1000, 1000).difference(closed.buffer(2.5))
        parts = [shape for shape in shapely.get_parts(around) if shape.area]
        together = any(
            part.buffer(0.1).contains(shapely.Point(start))
            and part.buffer(0.1).contains(shapely.Point(end))
            for part in parts
        )
        assert not together
        return
    if np.hypot(start[0] - end[0], start[1] - end[1]) > 1e-6:
        assert not shapely.LineString(way).intersects(closed)
    length = np.hypot(*np.diff(way, axis=0).T).sum()
    assert length >= np.hypot(start[0] - end[0], start[1] - end[1]) - 1e-9


def test_an_end_within_an_obstacle_is_refused() -> None:
    with pytest.raises(PlanningError, match="the end of a way lies within"):
        Detour([POND])(np.array([-100.0, 0.0]), np.array([10.0, 0.0]))


def test_no_way_out_of_a_ring_is_said() -> None:
    ring = shapely.Point(0, 0).buffer(100).difference(shapely.Point(0, 0).buffer(60))
    with pytest.raises(PlanningError, match="no way around"):
        Detour([ring])(np.array([0.0, 0.0]), np.array([300.0, 0.0]))
