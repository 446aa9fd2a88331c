"""Lanes along a line: how many, how far from it, and what they see."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from missions.coverage.corridor import COVERAGE, LANES_MOST, corridor
from missions.coverage.outline import seen_from
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Route
from tests.mutations import assert_one_line

FRAME = LocalFrame(34.0, 71.5)
ROAD = [(0, 0), (800, 100), (1500, 0), (2300, 400)]


def band(line: ArrayLike, width: float) -> shapely.Polygon:
    return shapely.LineString(np.asarray(line)).buffer(
        width / 2, cap_style="flat", join_style="mitre"
    )


def seen(route: Route, spacing: float, *, lanes_only: bool = True) -> BaseGeometry:
    parts = [leg.points for leg in route.legs if leg.purpose == "lane" or not lanes_only]
    return shapely.union_all([seen_from(part, spacing / 2) for part in parts])


@pytest.mark.parametrize(
    ("width", "spacing", "lanes"),
    [(30, 40, 1), (40, 40, 1), (41, 40, 2), (120, 40, 3), (90, 25, 4)],
)
def test_a_corridor_takes_as_many_lanes_as_fit_to_and_fro(
    width: float, spacing: float, lanes: int
) -> None:
    route = corridor(FRAME, ROAD, width, spacing)
    flown = [leg.points for leg in route.legs if leg.purpose == "lane"]
    assert len(flown) == lanes
    assert [leg.purpose for leg in route.legs] == (["lane", "turn"] * lanes)[:-1]
    for number, lane in enumerate(flown):
        onward = lane[-1, 0] > lane[0, 0]
        assert onward == (number % 2 == 0)
    for before, after in zip(route.legs, route.legs[1:], strict=False):
        assert before.points[-1].tolist() == after.points[0].tolist()


def test_a_single_lane_is_the_line_itself() -> None:
    (leg,) = corridor(FRAME, ROAD, 30, 40).legs
    assert leg.points.tolist() == [list(map(float, place)) for place in ROAD]


@given(
    bends=st.lists(st.floats(-30, 30), min_size=1, max_size=5),
    pieces=st.floats(300, 700),
    width=st.floats(20, 150),
    share=st.floats(0.2, 1.5),
)
@settings(max_examples=30)
def test_along_a_gently_bent_line_every_lane_keeps_within_half_the_width_and_they_see_all_of_it(
    bends: list[float], pieces: float, width: float, share: float
) -> None:
    courses = np.radians(np.cumsum([0.0, *bends]))
    steps = pieces * np.column_stack([np.cos(courses), np.sin(courses)])
    line = np.vstack([[0.0, 0.0], np.cumsum(steps, axis=0)])
    spacing = share * width
    route = corridor(FRAME, line, width, spacing)
    whole = band(line, width)
    for leg in route.legs:
        away = shapely.distance(shapely.LineString(line), shapely.points(leg.points))
        # A lane's corner lies farther out than its pieces, as the corridor's own edge does.
        assert away.max() <= width / 2 / math.cos(math.radians(15)) + 1e-6
        assert whole.buffer(1e-6).covers(shapely.LineString(leg.points))
    assert seen(route, spacing).intersection(whole).area >= COVERAGE * whole.area


def test_a_line_bent_too_sharply_for_parallel_lanes_is_seen_all_the_same() -> None:
    hairpin = [(0, 0), (600, 0), (620, 60), (0, 130)]
    route = corridor(FRAME, hairpin, 120, 30)
    whole = band(hairpin, 120)
    assert whole.buffer(1e-6).covers(shapely.LineString(route.points))
    assert seen(route, 30, lanes_only=False).intersection(whole).area >= COVERAGE * whole.area


def test_told_its_progress_to_the_end() -> None:
    told: list[float] = []
    corridor(FRAME, ROAD, 80, 40, progress=told.append)
    assert told[-1] == 1.0


@pytest.mark.parametrize(
    ("line", "width", "spacing", "words"),
    [
        ([(0, 0)], 50, 20, "no length"),
        ([(0, 0), (0.2, 0.1)], 50, 20, "no length"),
        ([(0, 0), (math.nan, 5)], 50, 20, "no length"),
        (ROAD, 0, 20, "width of 0 m"),
        (ROAD, 50, math.inf, "spacing of inf m"),
        (ROAD, 50, -1, "spacing of -1 m"),
        (ROAD, LANES_MOST * 10 + 1, 10, f"more than {LANES_MOST}"),
    ],
)
def test_what_is_no_corridor_is_refused_in_one_line(
    line: list[tuple[float, float]], width: float, spacing: float, words: str
) -> None:
    with pytest.raises(PlanningError, match=words) as refused:
        corridor(FRAME, line, width, spacing)
    assert_one_line(refused.value)
