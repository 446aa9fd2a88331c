"""What a flown track has searched."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.search.achieved import Track, achieved_pod, coverage, flown, planned
from missions.search.detection import footprint_width, pod, sweep_width
from missions.search.grid import Grid
from missions.search.rectangle import Rectangle
from missions.search.sweep import parallel_sweep
from tests.missions.search.places import PESHAWAR

GRID = Grid.around(PESHAWAR, (0, 0), 1000, 50)


def line(points: list[tuple[float, float]], width: float) -> Track:
    return Track(PESHAWAR, np.array(points, float), np.full(len(points) - 1, width))


def flight(
    points: np.ndarray, widths: float | np.ndarray, times: np.ndarray | None = None
) -> Track:
    """A track flown through points in metres, a fix a second."""
    lons, lats = PESHAWAR.to_geographic(points)
    return flown(PESHAWAR, np.arange(len(points)) if times is None else times, lons, lats, widths)


def test_a_swath_along_a_row_of_cells_covers_its_share_of_each() -> None:
    # 40 m wide along the middle of a row of 50 m cells, over four of them.
    found = coverage(line([(0, 25), (200, 25)], 40), GRID)
    row, column = 20, 20
    assert found[row, column : column + 4] == pytest.approx([0.8] * 4)
    assert found.sum() == pytest.approx(4 * 0.8)


def test_a_swath_wider_than_a_cell_covers_the_cells_beside_the_track() -> None:
    found = coverage(line([(0, 25), (200, 25)], 150), GRID)
    assert found[19:22, 20:24] == pytest.approx(np.ones((3, 4)))
    assert found.sum() == pytest.approx(12)


def test_what_is_swept_twice_counts_twice() -> None:
    there_and_back = coverage(line([(0, 25), (200, 25), (0, 25)], 50), GRID)
    assert there_and_back[20, 20:24] == pytest.approx([2] * 4)


@given(
    st.lists(
        st.tuples(st.floats(-800, 800), st.floats(-800, 800)), min_size=2, max_size=8, unique=True
    ),
    st.floats(1, 200),
)
@settings(max_examples=40)
def test_the_coverage_of_all_cells_is_the_sweep_width_times_the_length_over_the_area(
    corners: list[tuple[float, float]], width: float
) -> None:
    track = line(corners, width)
    found = coverage(track, GRID)
    assert found.sum() * 50**2 == pytest.approx(width * track.searched_length, rel=1e-6)
    assert (found >= 0).all()


def test_a_planned_sweep_reaches_its_coverage_factor_on_the_rectangle() -> None:
    """C = W/S (IAMSAR): the cells inside a sweep have it on average, lanes or gaps apart."""
    route = parallel_sweep(PESHAWAR, Rectangle((0, 0), 1600, 1000, 0), 100)
    found = coverage(planned(route, 40), GRID)
    inside = found[6:34, 10:30]  # without the ends, where the lanes stop half a spacing short
    assert inside.mean() == pytest.approx(0.4, rel=1e-6)
    assert achieved_pod(planned(route, 40), GRID, "random") == pytest.approx(pod("random", found))


def test_turns_between_lanes_are_not_credited() -> None:
    route = parallel_sweep(PESHAWAR, Rectangle((0, 0), 1600, 1000, 0), 100)
    assert planned(route, 40).searched_length == pytest.approx(10 * 1500)


def test_a_track_flown_as_planned_covers_what_the_plan_covers() -> None:
    points = np.column_stack([np.arange(-500, 501, 10.0), np.full(101, 25.0)])
    found = coverage(flight(points, 40.0), GRID)
    assert found == pytest.approx(coverage(line([(-500, 25), (500, 25)], 40), GRID), abs=1e-6)


def test_the_swath_grows_with_the_height_of_each_fix() -> None:
    heights = np.array([30.0, 60.0, 60.0])
    widths = sweep_width(footprint_width(heights, 70), 0.5)
    track = flight(np.array([[0.0, 0], [100, 0], [200, 0]]), widths)
    assert track.widths == pytest.approx([31.5, 42.0], abs=0.1)


def test_where_the_camera_was_off_nothing_is_searched() -> None:
    points = np.array([[0.0, 25], [50, 25], [100, 25], [150, 25]])
    found = coverage(flight(points, np.array([40.0, 40, 0, 0])), GRID)
    assert found[20, 20:23] == pytest.approx([0.8, 0, 0], abs=1e-6)


def test_what_was_flown_while_fixes_were_missing_is_not_credited() -> None:
    points = np.array([[0.0, 25], [50, 25], [100, 25], [150, 25]])
    found = coverage(flight(points, 40.0, np.array([0.0, 5, 20, 25])), GRID)
    assert found[20, 20:23] == pytest.approx([0.8, 0, 0.8], abs=1e-6)


def test_the_tremble_of_a_hovering_drone_is_no_track() -> None:
    noise = np.random.default_rng(5).normal(0, 0.7, (600, 2))
    assert flight(noise, 60.0).searched_length < 30


def test_a_track_off_the_map_covers_nothing() -> None:
    assert not coverage(line([(5000, 0), (6000, 0)], 40), GRID).any()


@pytest.mark.parametrize(
    ("times", "widths", "says"),
    [
        ([0.0, 1, 1], 40.0, "fix 2 of the track is not later than the one before it"),
        ([0.0, 1, float("nan")], 40.0, "a value that is no number"),
        ([0.0, 1, 2], -1.0, "a negative sweep width"),
        ([0.0, 1, 2], [40.0, 40], "one sweep width, or one of each fix"),
        ([0.0, 1], 40.0, "a time, a longitude and a latitude of each fix"),
        ([0.0], 40.0, "has 2 to 100000 fixes, not 1"),
    ],
)
def test_what_is_no_track_is_refused(
    times: list[float], widths: float | list[float], says: str
) -> None:
    with pytest.raises(PlanningError, match=says):
        flown(PESHAWAR, times, [71.54, 71.541, 71.542], [34.0, 34.0, 34.0], widths)


def test_a_track_of_another_plane_is_refused() -> None:
    other = Track(LocalFrame(33, 71), np.array([[0.0, 0], [10, 0]]), np.array([40.0]))
    with pytest.raises(PlanningError, match="the track is on a plane around 33"):
        coverage(other, GRID)


def test_a_track_too_long_for_the_cells_is_refused() -> None:
    fine = Grid.around(PESHAWAR, (0, 0), 100, 1)
    back_and_forth = [(-100.0, 0.0), (100.0, 0.0)] * 600
    with pytest.raises(PlanningError, match="take larger cells"):
        coverage(line(back_and_forth, 100), fine)
