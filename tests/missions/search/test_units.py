"""Several drones in one search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from missions.errors import PlanningError
from missions.route import Route
from missions.search.rectangle import CORNERS, Corner, Rectangle
from missions.search.sector import sector
from missions.search.sweep import parallel_sweep
from missions.search.units import side_by_side, stacked
from tests.missions.search.places import PESHAWAR, lanes

RECTANGLE = Rectangle((0, 0), 2400, 1000, 25)


def places(route: Route, distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where a drone is after so many metres of a route; NaN once it has ended."""
    points = route.points
    flown = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    east = np.interp(distances, flown, points[:, 0], right=np.nan)
    return np.column_stack([east, np.interp(distances, flown, points[:, 1], right=np.nan)])


def test_three_drones_fly_the_lanes_of_one_sweep_between_them() -> None:
    whole = lanes(parallel_sweep(PESHAWAR, RECTANGLE, 100))
    units = side_by_side(PESHAWAR, RECTANGLE, 100, 3)
    shared = [lane for unit in units for lane in lanes(unit.route)]
    assert [len(lanes(unit.route)) for unit in units] == [4, 3, 3]

    def sorted_ends(flown: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        ends = np.array([np.sort(lane, axis=0).ravel() for lane in flown])
        return ends[np.lexsort(ends.T)]

    assert sorted_ends(shared) == pytest.approx(sorted_ends(whole), abs=1e-6)


def test_creeping_drones_all_begin_at_the_likelier_end() -> None:
    units = side_by_side(PESHAWAR, RECTANGLE, 100, 3, creeping=True, corner="front-left")
    ahead = [unit.route.points[0] @ RECTANGLE.along for unit in units]
    assert ahead == pytest.approx([1200 - 50] * 3)


def test_neighbours_fly_at_different_heights() -> None:
    units = side_by_side(PESHAWAR, RECTANGLE, 100, 4, separation=15)
    assert [unit.height_offset for unit in units] == [0, 15, 0, 15]


@given(
    st.integers(2, 6),
    st.floats(60, 150),
    st.floats(0, 360),
    st.sampled_from(list(CORNERS)),
    st.booleans(),
)
def test_at_one_speed_no_two_drones_are_ever_nearer_than_the_spacing_of_their_lanes(
    count: int, spacing: float, orientation: float, corner: Corner, creeping: bool
) -> None:
    rectangle = Rectangle((0, 0), 2400, 1000, orientation)
    units = side_by_side(PESHAWAR, rectangle, spacing, count, creeping=creeping, corner=corner)
    least = 2400 / np.ceil(2400 / spacing) if creeping else 1000 / np.ceil(1000 / spacing)
    distances = np.arange(0, max(unit.route.length for unit in units), 7.0)
    flown = [places(unit.route, distances) for unit in units]
    for index, one in enumerate(flown):
        for other in flown[index + 1 :]:
            apart = np.hypot(*(one - other).T)
            assert np.nanmin(apart) >= least * (1 - 1e-9)


def test_drones_over_one_datum_fly_turned_patterns_one_above_the_other() -> None:
    units = stacked(lambda repeat: sector(PESHAWAR, 500, repeat=repeat), 3, separation=20)
    assert [unit.height_offset for unit in units] == [0, 20, 40]
    rims = [unit.route.points[1] for unit in units]
    assert [np.degrees(np.arctan2(*rim)) for rim in rims] == pytest.approx([0, 30, 60])


@pytest.mark.parametrize(
    ("units", "spacing", "separation", "says"),
    [
        (0, 100, 10, "1 to 50 drones, not 0"),
        (51, 100, 10, "1 to 50 drones"),
        (11, 100, 10, "are 10 lanes, too few for 11 drones"),
        (2, 0, 10, "the track spacing is 0 m"),
        (2, 100, 0, "the separation in height is 0"),
    ],
)
def test_what_cannot_be_shared_is_refused(
    units: int, spacing: float, separation: float, says: str
) -> None:
    with pytest.raises(PlanningError, match=says):
        side_by_side(PESHAWAR, RECTANGLE, spacing, units, separation=separation)
