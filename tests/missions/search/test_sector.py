"""The sector search. Figures: IAMSAR vol. II and III, sector search (VS)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.search.drift import Drift
from missions.search.sector import sector
from tests.missions.search.places import PESHAWAR, check_joined, courses, lengths, turns


def test_nine_legs_of_r_with_turns_of_120_degrees_and_legs_3_6_and_9_over_datum() -> None:
    route = sector(PESHAWAR, 800, datum=(10, 20))
    assert len(route.legs) == 9
    assert lengths(route.points) == pytest.approx([800] * 9)
    assert route.length == pytest.approx(9 * 800)
    assert route.points[[0, 3, 6, 9]] == pytest.approx(np.array([[10, 20]] * 4))
    # Over the datum the way goes straight on.
    assert turns(route.points) == pytest.approx([120, 120, 0, 120, 120, 0, 120, 120], abs=1e-9)


def test_the_first_leg_goes_down_drift() -> None:
    drift = Drift(course=75, speed=0.6, vehicle_speed=15)
    assert courses(sector(PESHAWAR, 500, drift=drift).points)[0] == pytest.approx(75)
    assert courses(sector(PESHAWAR, 500, drift=drift, heading=200).points)[0] == pytest.approx(
        200, abs=5
    )  # over ground the drift shifts it a little
    assert courses(sector(PESHAWAR, 500).points)[0] == pytest.approx(0)


def test_a_drifting_datum_is_passed_over_where_it_then_is() -> None:
    drift = Drift(course=300, speed=0.8, vehicle_speed=14)
    points = sector(PESHAWAR, 600, drift=drift).points
    times = np.concatenate([[0], np.cumsum(lengths(points))]) / 14
    for index in (3, 6, 9):
        assert points[index] == pytest.approx(times[index] * drift.vector, abs=1e-6)


def test_a_repeated_search_is_turned_by_half_the_sector_angle() -> None:
    assert courses(sector(PESHAWAR, 500, repeat=1).points)[0] == pytest.approx(30)
    assert courses(sector(PESHAWAR, 500, sectors=10, repeat=1).points)[0] == pytest.approx(18)


@given(
    st.floats(10, 20_000),
    st.sampled_from([6, 10, 14, 18, 22, 26, 30]),
    st.floats(0, 360),
    st.sampled_from(["starboard", "port"]),
)
def test_every_spoke_is_flown_once_and_the_way_ends_over_the_datum(
    radius: float, sectors: int, heading: float, turn: str
) -> None:
    route = sector(PESHAWAR, radius, sectors=sectors, heading=heading, turn=turn)  # type: ignore[arg-type]  # hypothesis gives str
    check_joined(route)
    rim = route.points[np.hypot(*route.points.T) > radius / 2]
    assert np.hypot(*rim.T) == pytest.approx([radius] * sectors)
    bearings = np.sort((np.degrees(np.arctan2(*rim.T)) - heading + 1e-6) % 360)
    assert bearings == pytest.approx(np.arange(sectors) * 360 / sectors, abs=1e-4)
    assert route.points[-1] == pytest.approx([0, 0], abs=1e-6)
    outer = turns(route.points)[np.arange(1, len(route.points) - 1) % 3 > 0]
    expected = (90 + 180 / sectors) * (1 if turn == "starboard" else -1)
    assert outer == pytest.approx([expected] * len(outer), abs=1e-6)


@pytest.mark.parametrize(
    ("radius", "sectors", "says"),
    [
        (0, 6, "the radius is 0 m"),
        (-1, 6, "the radius is -1"),
        (500, 8, "8 sectors"),
        (500, 2, "2"),
    ],
)
def test_what_is_no_sector_search_is_refused(radius: float, sectors: int, says: str) -> None:
    with pytest.raises(PlanningError, match=says):
        sector(PESHAWAR, radius, sectors=sectors)
