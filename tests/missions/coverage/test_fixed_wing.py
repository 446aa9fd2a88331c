"""A vehicle that turns in arcs flies lanes that it can reach, not the next one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from missions.area import Area
from missions.coverage.cover import cover
from missions.coverage.effort import Motion
from missions.coverage.fixed_wing import COVERAGE
from missions.coverage.turns import shortest_turns
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Route
from tests.mutations import assert_one_line

FRAME = LocalFrame(34.0, 71.5)
FIELD = Area(FRAME, shapely.geometry.polygon.orient(shapely.box(0, 0, 1600, 900)), "field")
SPACING, RADIUS = 60.0, 90.0


@pytest.fixture(scope="module")
def flown() -> Route:
    return cover(FIELD, SPACING, motion=Motion(18, 2, RADIUS), turns_outside=True)


def test_lanes_lie_side_by_side_inside_and_see_the_area(flown: Route) -> None:
    lanes = [leg.points for leg in flown.legs if leg.purpose == "lane"]
    assert all(len(lane) == 2 for lane in lanes)
    lines = shapely.MultiLineString(lanes)
    assert lines.difference(FIELD.polygon.buffer(1e-6)).length == 0
    seen = lines.buffer(SPACING / 2, quad_segs=32).intersection(FIELD.polygon).area
    assert seen >= COVERAGE * FIELD.polygon.area
    courses = [math.atan2(*(lane[1] - lane[0])) % math.pi for lane in lanes]
    assert np.ptp(courses) == pytest.approx(0, abs=1e-6)


def test_alternate_lanes_are_flown_where_the_next_is_nearer_than_two_radii(flown: Route) -> None:
    lanes = [leg.points for leg in flown.legs if leg.purpose == "lane"]
    ahead = (lanes[0][1] - lanes[0][0]) / np.hypot(*(lanes[0][1] - lanes[0][0]))
    aside = np.array([lane[0] @ [-ahead[1], ahead[0]] for lane in lanes])
    steps = np.abs(np.diff(aside))
    assert np.median(steps) >= 2 * RADIUS - SPACING
    assert np.mean(steps < 1.5 * SPACING) < 0.25


def test_that_is_shorter_than_the_lanes_one_after_the_other(flown: Route) -> None:
    lanes = [leg.points for leg in flown.legs if leg.purpose == "lane"]
    ahead = (lanes[0][1] - lanes[0][0]) / np.hypot(*(lanes[0][1] - lanes[0][0]))
    # All of them from one end, in the order in which they lie; then every second turned round.
    same = [lane if (lane[1] - lane[0]) @ ahead > 0 else lane[::-1] for lane in lanes]
    same.sort(key=lambda lane: float(lane[0] @ [-ahead[1], ahead[0]]))
    inorder = np.array([lane[:: 1 - 2 * (number % 2)] for number, lane in enumerate(same)])
    course = np.arctan2(*(inorder[:, 1] - inorder[:, 0]).T[::-1])
    turns, _, _ = shortest_turns(inorder[:-1, 1], course[:-1], inorder[1:, 0], course[1:], RADIUS)
    ours = sum(leg.length for leg in flown.legs if leg.purpose == "turn")
    assert ours < turns.sum()


def test_no_turn_is_tighter_than_the_radius_and_each_goes_on_straight_from_its_lane(
    flown: Route,
) -> None:
    for before, turn, after in zip(flown.legs, flown.legs[1:], flown.legs[2:], strict=False):
        if turn.purpose != "turn":
            continue
        way = np.vstack([before.points[-2:-1], turn.points, after.points[1:2]])
        steps = np.diff(way, axis=0)
        lengths = np.hypot(*steps.T)
        bends = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
        # A chord of an arc bends by its length over the radius; half of that where it begins.
        assert (bends <= 1.05 * np.minimum(2 * RADIUS, lengths[1:]) / RADIUS + 1e-6)[:-1].all()
        assert bends[-1] <= 1.05 * lengths[-2] / RADIUS + 1e-6


def test_turns_that_leave_the_area_are_refused_with_the_place_of_one() -> None:
    with pytest.raises(
        PlanningError, match=r"turns of a radius of 90 m .* at 3\d\.\d+, 71\."
    ) as no:
        cover(FIELD, SPACING, motion=Motion(18, 2, RADIUS))
    assert_one_line(no.value)
