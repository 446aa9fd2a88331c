"""Pages are told soon, and not too often."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.pace import CATCH_UP, Pace

PERIOD = 0.5


def ticks(changes: list[float]) -> list[float]:
    """When changes at these times are told."""
    pace, told = Pace(PERIOD, 0.0), list[float]()
    for change in sorted(changes):
        if told and change <= told[-1]:
            continue  # told with the one before it
        told.append(max(change, pace.opens))
        pace.tick(told[-1], waited=change < told[-1])
    return told


def test_what_comes_as_often_as_we_tick_is_told_at_once_soon_after_something_came_between() -> None:
    regular = [1 + PERIOD * n for n in range(60)]
    waits = {
        change: min(tick for tick in ticks([0.8, *regular, 3.25]) if tick >= change) - change
        for change in regular
    }
    assert waits[3.0] == 0
    assert waits[3.5] > 0.2
    assert max(waits[change] for change in regular if change > 15) < 1e-9


@given(st.lists(st.floats(0, 100), min_size=1, max_size=300))
def test_in_the_long_run_there_are_no_more_ticks_than_set(changes: list[float]) -> None:
    told = ticks(changes)
    for first in range(len(told)):
        for last in range(first + 1, len(told)):
            assert last - first <= (told[last] - told[first]) / (CATCH_UP * PERIOD) + 1 + 1e-6
