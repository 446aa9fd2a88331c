"""The shortest paths of the division, against trying everything."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.sorties import paths

PLACES = 6


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    """Costs from each place to each later one; some cannot be done."""
    values = st.one_of(st.integers(1, 50).map(float), st.just(np.inf))
    matrix = np.full((PLACES, PLACES), np.inf)
    for a, b in itertools.combinations(range(PLACES), 2):
        matrix[a, b] = draw(values)
    return matrix


def chain(single: np.ndarray, turnround: float, a: int, b: int) -> float:
    """The best of all ways to cut [a, b]."""
    best = np.inf
    for count in range(b - a):
        for inner in itertools.combinations(range(a + 1, b), count):
            cuts = [a, *inner, b]
            cost = sum(single[i, j] for i, j in itertools.pairwise(cuts)) + count * turnround
            best = min(best, cost)
    return best


@settings(max_examples=50)
@given(matrices(), st.integers(0, 30))
def test_the_best_chain_of_sorties_is_found_for_every_part(
    single: np.ndarray, turnround: int
) -> None:
    total, before = paths.chained(single, turnround)
    for a, b in itertools.combinations(range(PLACES), 2):
        assert total[a, b] == chain(single, turnround, a, b)
        if np.isfinite(total[a, b]):
            cuts = paths.cut_places(before, a, b)
            cost = sum(single[i, j] for i, j in itertools.pairwise(cuts))
            assert cost + (len(cuts) - 2) * turnround == total[a, b]


@settings(max_examples=50)
@given(matrices(), matrices(), st.integers(1, 2), st.integers(0, 2))
def test_the_least_makespan_of_all_mixtures_is_found(
    one: np.ndarray, other: np.ndarray, ones: int, others: int
) -> None:
    drones = [0] * ones + [1] * others
    best = np.inf
    for count in range(1, len(drones) + 1):
        for order in set(itertools.permutations(drones, count)):
            for inner in itertools.combinations(range(1, PLACES - 1), count - 1):
                cuts = [0, *inner, PLACES - 1]
                times = [
                    (one, other)[group][a, b]
                    for group, (a, b) in zip(order, itertools.pairwise(cuts), strict=True)
                ]
                best = min(best, max(times))
    found = paths.best_parts([one, other], [ones, others])
    if found is None:
        assert best == np.inf
        return
    assert [begin for _, begin, _ in found[1:]] == [end for _, _, end in found[:-1]]
    assert (found[0][1], found[-1][2]) == (0, PLACES - 1)
    most = max((one, other)[group][a, b] for group, a, b in found)
    # Of makespans that are nearly the same the one with less flying is taken.
    total = sum((one, other)[group][a, b] for group, a, b in found)
    assert most <= best + paths.TIE * (3 * 50 + total)


def test_the_path_of_the_least_sum_is_followed_back() -> None:
    first = np.array([[1.0, 5.0, 2.0]])
    second = np.array([[9.0, 9.0], [1.0, 9.0], [3.0, 1.0]])
    third = np.array([[1.0], [4.0]])
    indices, value = paths.least_sum([first, second, third])
    assert value == pytest.approx(2 + 3 + 1)
    assert indices == [0, 2, 0, 0]
