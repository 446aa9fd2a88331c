"""Parallel sweep and creeping line. Figures: IAMSAR vol. II and III (PS, CS)."""

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.search.drift import Drift
from missions.search.rectangle import CORNERS, Corner, Rectangle
from missions.search.sweep import creeping_line, lane_count, parallel_sweep
from tests.missions.search.places import PESHAWAR, area, check_joined, courses, lanes, lengths

RECTANGLE = Rectangle((100, -50), 2000, 900, 0)

rectangles = st.builds(
    lambda width, ratio, orientation: Rectangle((30, -40), width * ratio, width, orientation),
    st.floats(200, 5000),
    st.floats(1.01, 8),
    st.floats(0, 360),
)


def test_a_sweep_commences_half_a_spacing_inside_both_sides_of_its_corner() -> None:
    route = parallel_sweep(PESHAWAR, RECTANGLE, 150, corner="front-right")
    # The front is north: the corner is at east 100 + 450, north -50 + 1000.
    assert route.points[0] == pytest.approx([550 - 75, 950 - 75])
    assert courses(route.points)[:2] == pytest.approx([180, 270])


def test_lanes_along_the_long_side_are_as_many_as_the_width_needs_and_the_spacing_shrinks() -> None:
    # 900 m at 200 m: 5 lanes of 180 m.
    route = parallel_sweep(PESHAWAR, RECTANGLE, 200)
    flown = lanes(route)
    assert len(flown) == 5
    assert [lane[0, 0] for lane in flown] == pytest.approx(-350 + 90 + 180 * np.arange(5))
    assert [lengths(lane)[0] for lane in flown] == pytest.approx([2000 - 180] * 5)
    assert route.length == pytest.approx(5 * (2000 - 180) + 4 * 180)


def test_a_creeping_line_has_its_lanes_along_the_short_side() -> None:
    route = creeping_line(PESHAWAR, RECTANGLE, 300, corner="rear-left")
    # 2,000 m at 300 m: 7 lanes of 285.7 m, from the south end.
    spacing = 2000 / 7
    flown = lanes(route)
    assert len(flown) == 7
    assert flown[0][0] == pytest.approx([-350 + spacing / 2, -1050 + spacing / 2])
    assert [lane[0, 1] for lane in flown] == pytest.approx(-1050 + spacing * (np.arange(7) + 0.5))
    assert courses(flown[0]) == pytest.approx([90])


def test_a_width_of_whole_spacings_is_that_many_lanes_whatever_the_last_bit() -> None:
    assert lane_count(3 * 0.1, 0.1) == 3  # 0.30000000000000004
    assert lane_count(900, 300) == 3
    assert lane_count(901, 300) == 4


@given(rectangles, st.floats(0.05, 1), st.sampled_from(list(CORNERS)), st.booleans())
def test_lanes_are_evenly_spaced_alternate_and_stay_half_a_spacing_inside(
    rectangle: Rectangle, share: float, corner: Corner, creeping: bool
) -> None:
    asked = rectangle.width * share * 0.9
    draw = creeping_line if creeping else parallel_sweep
    route = draw(PESHAWAR, rectangle, asked, corner=corner)
    check_joined(route)
    side = rectangle.length if creeping else rectangle.width
    count = math.ceil(side / asked - 1e-9)
    flown = lanes(route)
    assert len(flown) == count
    spacing = side / count
    assert spacing <= asked * (1 + 1e-9)
    inner = rectangle.polygon().buffer(-spacing / 2 + 1e-6, join_style="mitre")
    assert inner.covers(shapely.LineString(route.points))
    assert math.dist(route.points[0], rectangle.corner(corner)) == pytest.approx(
        spacing / math.sqrt(2)
    )
    for one, other in pairwise(flown):
        assert lengths(np.array([one[1], other[0]]))[0] == pytest.approx(spacing)
        assert abs((courses(one)[0] - courses(other)[0]) % 360) == pytest.approx(180)


def test_over_water_the_lanes_lie_still_on_the_drifting_rectangle() -> None:
    drift = Drift(course=200, speed=2, vehicle_speed=15)
    still = parallel_sweep(PESHAWAR, RECTANGLE, 200).points
    ground = parallel_sweep(PESHAWAR, RECTANGLE, 200, drift=drift).points
    times = np.concatenate([[0], np.cumsum(lengths(ground))]) / 15
    assert ground - times[:, None] * drift.vector == pytest.approx(still, abs=1e-6)


def test_around_an_area_lies_its_smallest_rectangle_at_any_orientation() -> None:
    turned = shapely.affinity.rotate(shapely.box(-600, -200, 600, 200), -30, origin=(0, 0))
    around = Rectangle.around(area(shapely.get_coordinates(turned)[:-1]))
    assert (around.length, around.width) == pytest.approx((1200, 400), abs=1e-3)
    assert around.orientation == pytest.approx(120, abs=1e-3)
    assert around.centre == pytest.approx((0, 0), abs=1e-3)
    triangle = area([(0, 0), (900, 100), (200, 700)])
    assert Rectangle.around(triangle).polygon().buffer(1e-3).covers(triangle.polygon)


def test_the_nearest_corner_is_where_a_drone_from_there_commences() -> None:
    assert RECTANGLE.nearest_corner((5000, 5000)) == "front-right"
    assert RECTANGLE.nearest_corner((-5000, -100)) == "rear-left"


@pytest.mark.parametrize(
    ("spacing", "says"),
    [
        (0, "the track spacing is 0 m"),
        (-20, "the track spacing is -20 m"),
        (float("inf"), "the track spacing is inf"),
        (901, "a track spacing of 901 m is wider than the 900 m"),
        (0.5, "more than 1000 lanes"),
    ],
)
def test_a_spacing_that_makes_no_sweep_is_refused(spacing: float, says: str) -> None:
    with pytest.raises(PlanningError, match=says):
        parallel_sweep(PESHAWAR, RECTANGLE, spacing)


def test_a_rectangle_as_small_as_one_lane_is_refused() -> None:
    with pytest.raises(PlanningError, match="would have no length"):
        parallel_sweep(PESHAWAR, Rectangle((0, 0), 100, 100, 0), 100)


@pytest.mark.parametrize(("length", "width"), [(100, 200), (0, 0), (100, -1), (float("nan"), 1)])
def test_what_is_no_rectangle_is_refused(length: float, width: float) -> None:
    with pytest.raises(PlanningError, match="is none"):
        Rectangle((0, 0), length, width, 0)


def test_an_unknown_corner_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PlanningError, match="'north' is no corner; take one of rear-left"):
        parallel_sweep(PESHAWAR, RECTANGLE, 100, corner="north")  # type: ignore[arg-type]  # on purpose
