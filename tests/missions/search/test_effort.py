"""The best division of effort (Koopman 1946; Stone, Theory of Optimal Search, 1975)."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.search.effort import divide, success

cells = st.integers(1, 12).flatmap(
    lambda count: st.tuples(
        st.lists(st.floats(1e-6, 1), min_size=count, max_size=count),
        st.lists(st.floats(100, 1e6), min_size=count, max_size=count),
        st.lists(st.floats(0, 1), min_size=count, max_size=count),
    )
)


def test_two_cells_by_hand() -> None:
    """Equal areas A, W = 50: the likelier gets (A/2W)·ln(p₁/p₂) more than half, if that is there."""
    area, width = 1e6, 50.0
    lead = area / width * math.log(0.6 / 0.2)
    got = divide([0.6, 0.2], area, 40_000, width)
    assert got == pytest.approx([(40_000 + lead) / 2, (40_000 - lead) / 2])
    # With less than the lead, all goes to the likelier one.
    assert divide([0.6, 0.2], area, lead * 0.9, width) == pytest.approx([lead * 0.9, 0], abs=1e-6)


def test_of_two_equally_likely_cells_the_smaller_is_searched_first() -> None:
    first, second = divide([0.5, 0.5], [1e5, 4e5], 500, 50)
    assert first == pytest.approx(500)
    assert second == 0


@given(cells, st.floats(1, 1e6), st.floats(1, 500))
def test_it_spends_all_and_no_random_division_finds_more(
    given_cells: tuple[list[float], list[float], list[float]], effort: float, width: float
) -> None:
    likely, areas, shares = given_cells
    probabilities = np.array(likely) / sum(likely)
    best = divide(probabilities, areas, effort, width)
    assert best.sum() == pytest.approx(effort)
    assert (best >= 0).all()
    other = np.array(shares) + 1e-9
    other *= effort / other.sum()
    ours = success(probabilities, areas, best, width)
    assert ours >= success(probabilities, areas, other, width) - 1e-12
    assert 0 <= ours <= 1 + 1e-12


@given(cells, st.floats(1, 1e6), st.floats(1, 500))
def test_where_effort_goes_the_next_metre_is_worth_the_same_everywhere(
    given_cells: tuple[list[float], list[float], list[float]], effort: float, width: float
) -> None:
    likely, areas, _ = given_cells
    best = divide(likely, areas, effort, width)
    rate = width / np.array(areas)
    log_worth = np.log(np.array(likely) * rate) - rate * best
    searched = best > effort * 1e-9
    assert np.ptp(log_worth[searched]) < 1e-6
    assert (log_worth[~searched] <= log_worth[searched].max() + 1e-6).all()


def test_a_cell_that_is_impossible_gets_nothing() -> None:
    assert divide([0, 1, 0], 1e4, 1000, 50) == pytest.approx([0, 1000, 0])


@pytest.mark.parametrize(
    ("probabilities", "areas", "effort", "width", "says"),
    [
        ([0, 0], 100, 10, 10, "one above 0"),
        ([-1, 1], 100, 10, 10, "one above 0"),
        ([1, 1], [100, 0], 10, 10, "an area that is not above 0"),
        ([1, 1], 100, 0, 10, "the effort is 0"),
        ([1, 1], 100, 10, 0, "the sweep width is 0"),
    ],
)
def test_what_cannot_be_divided_is_refused(
    probabilities: list[float], areas: float, effort: float, width: float, says: str
) -> None:
    with pytest.raises(PlanningError, match=says):
        divide(probabilities, areas, effort, width)
