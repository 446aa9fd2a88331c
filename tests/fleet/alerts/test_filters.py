"""Dead band and delays: what chatters at a threshold is one alert, what is unknown is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fleet.alerts.filters import Debounce, Delay, above, below

START = np.datetime64("2026-11-22T04:00:00", "us")


def when(seconds: float) -> np.datetime64:
    return START + np.timedelta64(round(seconds * 1e6), "us")


def run(
    debounce: Debounce, values: NDArray[np.float64], limit: float, band: float, step: float = 1.0
) -> tuple[list[int], list[int]]:
    """Steps at which one slot's alert is raised and returns, of a value that must not be above."""
    raised, returned = [], []
    for number, value in enumerate(values):
        fires, clears = above(np.array([value]), np.array([limit]), band)
        up, down = debounce.step(fires, clears, when(number * step))
        raised += [number] * len(up)
        returned += [number] * len(down)
    return raised, returned


def test_noise_at_the_threshold_is_one_alert_in_ten_minutes() -> None:
    noise = np.random.default_rng(1).normal(0, 1.0, 6000)
    bare, _ = run(Debounce(Delay(), Delay()), 22.0 + noise, 22.0, 0.0, 0.1)
    assert len(bare) > 1000  # without dead band and delays
    calm, _ = run(Debounce(Delay(3, 3), Delay(15)), 20.0 + noise, 22.0, 1.5, 0.1)
    assert len(calm) == 0  # a spike now and then, well below the limit
    kept, _ = run(Debounce(Delay(), Delay(15)), 22.0 + noise, 22.0, 1.5, 0.1)
    assert len(kept) == 1


def test_the_on_delay_wants_both_seconds_and_samples() -> None:
    values = np.array([9.0, 9, 9, 9, 9, 9])
    assert run(Debounce(Delay(3, 1), Delay()), values, 5, 0)[0] == [3]
    assert run(Debounce(Delay(0, 3), Delay()), values, 5, 0)[0] == [2]
    assert run(Debounce(Delay(4, 3), Delay()), values, 5, 0)[0] == [4]


def test_a_moment_below_the_limit_begins_the_on_delay_anew() -> None:
    values = np.array([9.0, 9, 1, 9, 9, 9, 9])
    assert run(Debounce(Delay(2), Delay()), values, 5, 0)[0] == [5]


def test_within_the_dead_band_nothing_changes() -> None:
    raised, returned = run(Debounce(Delay(), Delay()), np.array([9.0, 4.5, 4.1, 9, 3.9]), 5, 1)
    assert (raised, returned) == ([0], [4])


def test_the_off_delay_keeps_an_alert_that_comes_back() -> None:
    values = np.array([9.0, 1, 1, 9, 1, 1, 1, 1, 1])
    raised, returned = run(Debounce(Delay(), Delay(3)), values, 5, 0)
    assert (raised, returned) == ([0], [7])


def test_the_same_sample_seen_twice_counts_once() -> None:
    debounce, yes, no = Debounce(Delay(0, 2), Delay()), np.array([True]), np.array([False])
    sample = np.array([when(0)])
    for number in range(5):
        raised, _ = debounce.step(yes, no, when(number), sample)
        assert not len(raised)
    raised, _ = debounce.step(yes, no, when(9), np.array([when(8)]))
    assert raised.tolist() == [0]


def test_below_is_the_mirror_of_above() -> None:
    value, limit = np.array([1.0, 5, 5.5, 6, np.nan]), np.full(5, 5.0)
    fires, clears = below(value, limit, 1.0)
    assert fires.tolist() == [True, False, False, False, False]
    assert clears.tolist() == [False, False, False, True, False]


@given(
    st.lists(
        st.lists(st.sampled_from([0.0, 4.5, 9.0, np.nan]), min_size=3, max_size=3), max_size=40
    ),
    st.integers(0, 3),
    st.integers(1, 3),
)
def test_many_slots_at_once_are_as_each_by_itself(
    rows: list[list[float]], seconds: int, samples: int
) -> None:
    table = np.array(rows, np.float64).reshape(-1, 3)
    on, off = Delay(seconds, samples), Delay(2)
    together: list[set[tuple[int, int]]] = [set(), set()]
    debounce = Debounce(on, off)
    for number, values in enumerate(table):
        fires, clears = above(values, np.full(3, 5.0), 1.0)
        for found, slots in zip(together, debounce.step(fires, clears, when(number)), strict=True):
            found |= {(number, slot) for slot in slots.tolist()}
    for slot in range(3):
        alone = run(Debounce(on, off), table[:, slot], 5.0, 1.0)
        for found, numbers in zip(together, alone, strict=True):
            assert {number for number, at in found if at == slot} == set(numbers)


def test_what_is_unknown_neither_raises_nor_clears() -> None:
    raised, returned = run(Debounce(Delay(), Delay()), np.array([np.nan] * 9), 5, 0)
    assert (raised, returned) == ([], [])
    raised, returned = run(Debounce(Delay(), Delay()), np.array([9.0, np.nan, np.nan, 9]), 5, 0)
    assert (raised, returned) == ([0], [])


def test_a_delay_that_is_none_is_refused() -> None:
    for seconds, samples in ((-1.0, 1), (float("nan"), 1), (0.0, 0)):
        with pytest.raises(ValueError, match="a delay of"):
            Delay(seconds, samples)
