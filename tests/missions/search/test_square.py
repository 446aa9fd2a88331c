"""The expanding square. Figures: IAMSAR vol. II and III, expanding square search (SS)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.search.drift import Drift
from missions.search.square import LEGS_MOST, expanding_square
from missions.wind import Wind
from tests.missions.search.places import PESHAWAR, check_joined, courses, lengths, turns


def test_it_begins_at_the_datum_into_the_wind_with_legs_of_one_one_two_two_three_three() -> None:
    route = expanding_square(
        PESHAWAR, 150, 6, datum=(40, -70), wind=Wind(from_direction=230, speed=6)
    )
    assert route.points[0] == pytest.approx([40, -70])
    assert courses(route.points)[0] == pytest.approx(230)
    assert lengths(route.points) == pytest.approx([150, 150, 300, 300, 450, 450])
    assert turns(route.points) == pytest.approx([90] * 5)


def test_a_heading_goes_before_the_wind() -> None:
    route = expanding_square(PESHAWAR, 100, 2, wind=Wind(from_direction=90), heading=180)
    assert courses(route.points) == pytest.approx([180, 270])


def test_a_repeated_search_is_turned_by_45_degrees() -> None:
    repeated = expanding_square(PESHAWAR, 100, 4, heading=350, repeat=1)
    assert courses(repeated.points)[0] == pytest.approx(35)


@given(
    st.floats(1, 5000),
    st.integers(1, 60),
    st.floats(0, 360, exclude_max=True),
    st.sampled_from(["starboard", "port"]),
)
def test_2m_legs_measure_s_m_m_plus_1_and_all_turns_go_the_same_way(
    spacing: float, pairs: int, heading: float, turn: str
) -> None:
    route = expanding_square(PESHAWAR, spacing, 2 * pairs, heading=heading, turn=turn)  # type: ignore[arg-type]  # hypothesis gives str
    check_joined(route)
    assert route.length == pytest.approx(spacing * pairs * (pairs + 1))
    assert turns(route.points) == pytest.approx(
        [90 if turn == "starboard" else -90] * len(turns(route.points))
    )
    assert np.allclose(route.points[0], 0)


@given(st.integers(5, 40), st.floats(10, 500))
def test_parallel_legs_are_one_track_spacing_apart(legs: int, spacing: float) -> None:
    points = expanding_square(PESHAWAR, spacing, legs, heading=0).points
    # Legs that go north lie west of one another, each a spacing further out.
    north = points[:-1][courses(points).round() % 360 == 0, 0]
    assert -np.diff(north) == pytest.approx([spacing] * (len(north) - 1))


def test_over_water_it_keeps_its_form_in_the_datums_frame() -> None:
    drift = Drift(course=60, speed=1.2, vehicle_speed=12)
    still = expanding_square(PESHAWAR, 100, 8).points
    ground = expanding_square(PESHAWAR, 100, 8, drift=drift).points
    times = np.concatenate([[0], np.cumsum(lengths(ground))]) / drift.vehicle_speed
    assert ground - times[:, None] * drift.vector == pytest.approx(still, abs=1e-6)


@pytest.mark.parametrize(
    ("spacing", "legs", "says"),
    [
        (0, 4, "the track spacing is 0 m"),
        (-5, 4, "the track spacing is -5 m"),
        (float("nan"), 4, "the track spacing is nan"),
        (100, 0, "1 to 400 legs, not 0"),
        (100, LEGS_MOST + 1, "1 to 400 legs"),
    ],
)
def test_what_is_no_square_is_refused_in_one_line(spacing: float, legs: int, says: str) -> None:
    with pytest.raises(PlanningError, match=says) as refusal:
        expanding_square(PESHAWAR, spacing, legs)
    assert "\n" not in str(refusal.value)
