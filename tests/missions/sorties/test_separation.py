"""The nearest approach of two flights, against looking at every tenth of a second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.energy import EnergyModel
from missions.plan import Limits, Sortie
from missions.sorties.fleet import waypoint
from missions.sorties.flight import Flight, fly
from missions.sorties.separation import approach, separated, smallest
from tests.missions.sorties.making import FRAME, QUAD, home

PLACES = st.tuples(st.floats(-200, 200), st.floats(-200, 200), st.floats(30, 60))


def flight(name: str, points: list[tuple[float, float, float]], start: float = 0.0) -> Flight:
    (x, y, z), *rest = points
    here = np.array([x, y])
    sortie = Sortie(
        name=name,
        drone=name,
        kind=QUAD.name,
        home=home(x, y),
        start=start,
        waypoints=(
            waypoint(FRAME, here, z, 6, action="takeoff"),
            *(waypoint(FRAME, np.array([u, v]), w, 8) for u, v, w in rest),
            waypoint(FRAME, here, 0, 8, action="land"),
        ),
    )
    return fly(sortie, EnergyModel(QUAD), FRAME)


@settings(max_examples=40)
@given(
    st.lists(PLACES, min_size=2, max_size=4),
    st.lists(PLACES, min_size=2, max_size=4),
    st.floats(0, 60),
)
def test_nothing_is_nearer_than_the_nearest_approach(
    one: list[tuple[float, float, float]], other: list[tuple[float, float, float]], start: float
) -> None:
    first, second = flight("one", one), flight("other", other, start)
    found = approach(first, second, 10.0)
    begin, end = max(first.start, second.start), min(first.end, second.end)

    def apart(times: np.ndarray) -> np.ndarray:
        """Metres east, north and up from one to the other."""
        return np.column_stack(
            [
                np.interp(times, first.times, a) - np.interp(times, second.times, b)
                for a, b in zip(first.places.T, second.places.T, strict=True)
            ]
        )

    seen = apart(np.arange(begin, end, 0.1))
    level = np.hypot(seen[:, 0], seen[:, 1])[np.abs(seen[:, 2]) < 10]
    if found is None:
        assert not level.size
        return
    assert found.horizontal <= level.min(initial=np.inf) + 1e-6
    ((x, y, z),) = apart(np.array([found.time]))
    assert np.hypot(x, y) == pytest.approx(found.horizontal, abs=1e-6)
    assert abs(z) == pytest.approx(found.vertical, abs=1e-6)
    assert found.vertical <= 10 + 1e-9


def test_two_that_cross_meet_where_they_cross() -> None:
    east = flight("east", [(-100, 0, 50), (100, 0, 50)])
    north = flight("north", [(0, -100, 50), (0, 100, 50)])
    found = smallest([east, north], 10)
    assert found is not None
    assert found.horizontal == pytest.approx(0, abs=1e-6)
    assert {found.first, found.second} == {"east", "north"}
    leg = 200 / 8 + 8 / QUAD.acceleration  # they meet on the way out and on the way home
    meetings = [50 / 6 + leg / 2, 50 / 6 + 3 * leg / 2]
    assert min(abs(found.time - meeting) for meeting in meetings) < 0.1
    assert not separated(east, north, Limits())


def test_height_or_time_keeps_them_apart() -> None:
    east = flight("east", [(-100, 0, 50), (100, 0, 50)])
    assert separated(east, flight("above", [(0, -100, 65), (0, 100, 65)]), Limits())
    assert separated(east, flight("later", [(0, -100, 50), (0, 100, 50)], start=12), Limits())
    assert separated(east, flight("after", [(-100, 0, 50), (100, 0, 50)], start=500), Limits())
    assert smallest([east, flight("after", [(-100, 0, 50), (9, 0, 50)], start=500)], 10) is None


def test_sorties_of_one_drone_are_not_compared() -> None:
    one = flight("one", [(-100, 0, 50), (100, 0, 50)])
    assert smallest([one, one.delayed(1)], 10) is None
