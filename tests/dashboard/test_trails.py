"""The trails that a viewer is given when it arrives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.trails import POINTS, STEP, WINDOW, Trails
from tests.dashboard.pictures import NOON, seconds


def walk(trails: Trails, slot: int, times: list[float]) -> None:
    for time in times:
        trails.add(
            np.array([slot]),
            np.array([NOON + seconds(time)]),
            np.array([71.5 + time * 1e-5]),
            np.array([34.0]),
        )


def test_a_trail_has_a_point_every_few_seconds_the_oldest_first() -> None:
    trails = Trails()
    walk(trails, 3, [0.25 * n for n in range(200)])  # 50 s at 4 Hz
    points = trails.points(NOON + seconds(50))
    assert points["slot"].tolist() == [3] * 10
    assert points["age"].tolist() == [50_000 - 5_000 * n for n in range(10)]
    assert np.allclose(points["longitude"] / 1e7, 71.5 + np.arange(0, 50, STEP) * 1e-5, atol=1e-7)


def test_what_is_older_than_the_window_is_not_shown() -> None:
    trails = Trails()
    walk(trails, 0, [STEP * n for n in range(3 * POINTS)])
    points = trails.points(NOON + seconds(STEP * (3 * POINTS - 1)))
    assert points["age"].max() <= WINDOW * 1000
    assert len(points) == WINDOW / STEP + 1


def test_late_positions_do_not_bend_a_trail() -> None:
    trails = Trails()
    walk(trails, 0, [0, 5, 10, 3, 1, 7, 15])
    points = trails.points(NOON + seconds(15))
    assert points["age"].tolist() == [15_000, 10_000, 5_000, 0]


def test_assets_without_a_place_leave_no_point() -> None:
    trails = Trails()
    times = np.array([NOON, np.datetime64("NaT", "us"), NOON])
    trails.add(np.arange(3), times, np.array([np.nan, 71.5, 71.5]), np.array([34.0, 34.0, 91.0]))
    assert len(trails.points(NOON)) == 0


@given(
    st.lists(st.tuples(st.integers(0, 200), st.floats(0, 1000), st.floats(-180, 180)), max_size=60)
)
def test_points_lie_by_slot_and_time_whatever_comes(moves: list[tuple[int, float, float]]) -> None:
    trails = Trails()
    for slot, time, longitude in moves:
        trails.add(
            np.array([slot]),
            np.array([NOON + seconds(time)]),
            np.array([longitude]),
            np.array([34.0]),
        )
    points = trails.points(NOON + seconds(1000))
    order = np.lexsort((-points["age"].astype(np.int64), points["slot"]))
    assert (order == np.arange(len(points))).all()
    assert set(points["slot"].tolist()) <= {slot for slot, _, _ in moves}
