"""The moving frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.search.drift import Drift, over_ground
from tests.missions.search.places import lengths


@given(
    st.lists(st.tuples(st.floats(-5e3, 5e3), st.floats(-5e3, 5e3)), min_size=2, max_size=20),
    st.floats(0, 360),
    st.floats(0, 9),
    st.floats(10, 30),
)
def test_at_the_speed_over_ground_every_corner_is_met_in_the_moving_frame(
    corners: list[tuple[float, float]], course: float, speed: float, vehicle_speed: float
) -> None:
    drift = Drift(course, speed, vehicle_speed)
    points = np.array(corners)
    ground = over_ground(points, drift)
    times = np.concatenate([[0], np.cumsum(lengths(ground))]) / vehicle_speed
    assert ground - times[:, None] * drift.vector == pytest.approx(points, abs=1e-5)


def test_without_a_drift_nothing_moves() -> None:
    points = np.array([[0.0, 0.0], [100.0, 50.0], [0.0, 80.0]])
    assert over_ground(points, Drift(90, 0, 12)) == pytest.approx(points)


@pytest.mark.parametrize(
    ("course", "speed", "vehicle", "says"),
    [
        (90, 5, 5, "cannot search a datum that drifts at 5 m/s"),
        (90, -1, 5, "is none"),
        (float("nan"), 1, 5, "is none"),
        (90, 1, float("inf"), "cannot search"),
    ],
)
def test_a_drift_that_cannot_be_followed_is_refused(
    course: float, speed: float, vehicle: float, says: str
) -> None:
    with pytest.raises(PlanningError, match=says):
        Drift(course, speed, vehicle)
