"""Cut for others, in one piece for us."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from missions import antimeridian

WITH_HOLE = shapely.Polygon(
    [(179.9, 0), (-179.9, 0), (-179.9, 0.2), (179.9, 0.2)],
    [[(179.95, 0.05), (179.95, 0.15), (-179.95, 0.15), (-179.95, 0.05)]],
)


def test_a_polygon_across_is_cut_at_180_with_its_hole() -> None:
    cut = antimeridian.cut(WITH_HOLE)
    assert len(shapely.get_parts(cut)) == 2
    assert cut.is_valid
    assert cut.area == pytest.approx(0.2 * 0.2 - 0.1 * 0.1)
    assert cut.bounds == pytest.approx((-180, 0, 180, 0.2))
    assert {x for x, _ in shapely.get_coordinates(cut)} == {
        -180,
        -179.95,
        -179.9,
        179.9,
        179.95,
        180,
    }


def test_what_was_cut_is_joined_in_one_piece() -> None:
    (joined,) = antimeridian.join(list(shapely.get_parts(antimeridian.cut(WITH_HOLE))))
    assert len(joined.interiors) == 1
    corners = {tuple(corner) for corner in shapely.get_coordinates(joined).tolist()}
    assert corners >= {tuple(corner) for corner in shapely.get_coordinates(WITH_HOLE).tolist()}


def test_parts_elsewhere_are_left_as_they_are() -> None:
    parts = [shapely.box(10, 0, 11, 1), shapely.box(179, 0, 180, 1)]
    assert antimeridian.join(parts) == parts
    assert antimeridian.cut(parts[1]) == parts[1]


@given(
    st.floats(-179.9, 180),
    st.floats(0.01, 5),
    st.integers(-80, 75),
    st.sampled_from([1, -1]),
    st.integers(0, 3),
)
def test_cut_and_joined_again_it_is_the_same(
    west: float, width: float, south: int, turn: int, first: int
) -> None:
    east = west + width - (360 if west + width > 180 else 0)
    corners = [(west, south), (east, south), (east, south + 1), (west, south + 1)]
    corners = (corners[first:] + corners[:first])[::turn]
    cut = antimeridian.cut(shapely.Polygon(corners))
    assert cut.is_valid
    assert cut.area == pytest.approx(width, abs=1e-9)
    assert all(abs(x) <= 180 for x, _ in shapely.get_coordinates(cut))
    (joined,) = antimeridian.join(list(shapely.get_parts(cut)))
    assert antimeridian.cut(joined).area == pytest.approx(width, abs=1e-9)
