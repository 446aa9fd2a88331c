"""A way beside a border that never comes near it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from missions.border.line import beside, local_line, prolonged
from missions.errors import PlanningError
from missions.plan import BorderLine
from missions.projection import LocalFrame

FRAME = LocalFrame(34.1, 71.1)
RIVER = shapely.LineString([(0, 0), (800, 300), (1500, 200), (2400, 900), (4000, 700)])


@given(st.floats(10, 300), st.sampled_from(["left", "right"]))
def test_the_way_keeps_the_distance_everywhere_on_its_side(distance: float, side: str) -> None:
    way = beside(RIVER, side, distance)
    points = shapely.get_coordinates(way.segmentize(5.0))
    away = shapely.distance(shapely.points(points), RIVER)
    assert away.min() >= distance * 0.998  # the chords of an arc
    ends = shapely.get_coordinates(prolonged(RIVER))
    closed = shapely.Polygon([*ends, (ends[-1][0], 300_000), (ends[0][0], 300_000)])
    left = shapely.contains_xy(closed, *points.T)
    assert left.all() if side == "left" else not left.any()
    assert np.hypot(*(points[0] - (0, 0))) < np.hypot(*(points[-1] - (0, 0)))


def test_a_way_round_the_end_of_the_line_would_cross_its_prolongation() -> None:
    round_the_end = shapely.LineString([(4500, 500), (4500, 900)])
    assert not round_the_end.crosses(RIVER)
    assert round_the_end.crosses(prolonged(RIVER))


def test_a_line_too_winding_for_the_distance_is_refused() -> None:
    bay = [(-1000, 0), (0, 0), (0, -200), (-300, -200), (-300, -800)]
    mouth = [(400, -800), (400, -200), (100, -200), (100, 0), (1100, 0)]
    with pytest.raises(PlanningError, match="winds too tightly"):
        beside(shapely.LineString(bay + mouth), "left", 80)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"type": "Point", "coordinates": [71, 34]}, "no line of two points"),
        ({"type": "LineString", "coordinates": [[71.0, 34.0], [71.0, 34.0]]}, "no line"),
        (
            {
                "type": "LineString",
                "coordinates": [[71.0, 34.0], [71.1, 34.1], [71.1, 34.0], [71.0, 34.1]],
            },
            "crosses itself",
        ),
        ({"coordinates": []}, "cannot be read"),
    ],
)
def test_what_is_no_line_is_refused_in_one_line(line: dict[str, object], said: str) -> None:
    with pytest.raises(PlanningError, match=said):
        local_line(BorderLine(line=line, side="left", buffer=100), FRAME)
