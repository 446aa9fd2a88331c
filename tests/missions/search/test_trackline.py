"""The track line search. Rules: IAMSAR vol. II and III, track line search (TSR, TSN)."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.search.trackline import track_line
from tests.missions.search.places import PESHAWAR, check_joined, lanes

STRAIGHT = [(0, 0), (0, 3000)]
BENT = [(0, 0), (800, 600), (2000, 500), (3000, 1500)]


def test_returning_goes_out_half_a_spacing_to_starboard_and_back_on_the_other_side() -> None:
    route = track_line(PESHAWAR, STRAIGHT, 200)
    out, back = lanes(route)
    assert out == pytest.approx(np.array([[100, 0], [100, 3000]]))
    assert back == pytest.approx(np.array([[-100, 3000], [-100, 0]]))
    assert route.length == pytest.approx(2 * 3000 + 200)


def test_the_first_side_may_be_port() -> None:
    assert track_line(PESHAWAR, STRAIGHT, 200, first="port").points[0] == pytest.approx([-100, 0])


def test_not_returning_is_one_way_along_the_track() -> None:
    route = track_line(PESHAWAR, BENT, 200, returning=False)
    assert route.points == pytest.approx(np.array(BENT, float))


def test_not_returning_three_times_is_the_track_and_once_on_each_side_ending_far() -> None:
    route = track_line(PESHAWAR, STRAIGHT, 200, returning=False, passes=3)
    along, back, out = lanes(route)
    assert along == pytest.approx(np.array(STRAIGHT, float))
    assert back == pytest.approx(np.array([[200, 3000], [200, 0]]))
    assert out == pytest.approx(np.array([[-200, 0], [-200, 3000]]))


@given(
    st.lists(st.floats(-60, 60), min_size=1, max_size=6),
    st.floats(20, 150),
    st.integers(1, 3),
    st.booleans(),
)
def test_passes_keep_their_distance_from_a_bending_track(
    bends: list[float], spacing: float, pairs: int, returning: bool
) -> None:
    courses = np.radians(np.cumsum(bends) / 2)
    legs = 1500 * np.column_stack([np.sin(courses), np.cos(courses)])
    track = np.concatenate([[[0, 0]], np.cumsum(legs, axis=0)])
    passes = 2 * pairs if returning else 2 * pairs + 1
    route = track_line(PESHAWAR, track, spacing, returning=returning, passes=passes)
    check_joined(route)
    flown = lanes(route)
    assert len(flown) == passes
    line = shapely.LineString(track)
    distances = [
        spacing * (index // 2 + 0.5 if returning else (index + 1) // 2) for index in range(passes)
    ]
    for lane, distance in zip(flown, distances, strict=True):
        middle = shapely.line_interpolate_point(
            shapely.LineString(lane), np.linspace(0.02, 0.98, 30), normalized=True
        )
        # GEOS smooths by a hundredth of the distance; outside, bends are cut off at twice it.
        assert (line.distance(middle) >= 0.99 * distance - 1e-3).all()
        assert (line.distance(middle) <= 2 * distance + 1e-3).all()
    assert (np.hypot(*(route.points[-1] - track[0])) < spacing * passes) == returning


@pytest.mark.parametrize(
    ("track", "says"),
    [
        ([(0, 0)], "fewer than two different points"),
        ([(5, 5), (5, 5)], "fewer than two different points"),
        ([(0, 0), (100, 100), (100, 0), (0, 100)], "crosses itself"),
        ([(0, 0), (500, 0), (500, 500), (0, 0)], "ends where it begins"),
        ([(0, 0), (float("nan"), 1)], "not on the plane"),
        ([], "no points"),
        ([(0, 0), (1000, 0), (1000, 30), (0, 30)], "bends too tightly"),
    ],
)
def test_a_track_that_cannot_be_searched_is_refused(
    track: list[tuple[float, float]], says: str
) -> None:
    with pytest.raises(PlanningError, match=says):
        track_line(PESHAWAR, track, 200)


@pytest.mark.parametrize(
    ("returning", "passes"), [(True, 1), (True, 3), (False, 2), (True, 0), (True, 22)]
)
def test_a_number_of_passes_that_ends_at_the_wrong_end_is_refused(
    returning: bool, passes: int
) -> None:
    with pytest.raises(PlanningError, match="number of passes"):
        track_line(PESHAWAR, STRAIGHT, 200, returning=returning, passes=passes)
