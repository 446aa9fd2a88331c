"""Pairs and pairings, against all of them tried."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.airspace import association
from fleet.airspace.association import Pairs, assign, near, places


@st.composite
def candidates(draw: st.DrawFn) -> tuple[Pairs, np.ndarray]:
    possible = list(product(range(5), range(5)))
    chosen = draw(st.lists(st.sampled_from(possible), unique=True, max_size=10))
    gains = draw(st.lists(st.floats(0.01, 30), min_size=len(chosen), max_size=len(chosen)))
    columns = np.array(chosen, np.intp).reshape(-1, 2)
    return Pairs(columns[:, 0], columns[:, 1]), np.array(gains)


def best(pairs: list[tuple[int, int]], gains: list[float]) -> float:
    """The largest sum of gains, by trying all."""
    if not pairs:
        return 0.0
    (track, detection), rest = pairs[0], pairs[1:]
    left = [
        (pair, gain)
        for pair, gain in zip(rest, gains[1:], strict=True)
        if pair[0] != track and pair[1] != detection
    ]
    taken = gains[0] + best([pair for pair, _ in left], [gain for _, gain in left])
    return max(taken, best(rest, gains[1:]))


@given(candidates())
@settings(max_examples=150)
def test_no_pairing_is_better_and_nothing_is_paired_twice(case: tuple[Pairs, np.ndarray]) -> None:
    pairs, gains = case
    taken = assign(pairs, gains)
    assert len(set(pairs.tracks[taken].tolist())) == len(taken)
    assert len(set(pairs.detections[taken].tolist())) == len(taken)
    every = list(zip(pairs.tracks.tolist(), pairs.detections.tolist(), strict=True))
    assert gains[taken].sum() == pytest.approx(best(every, gains.tolist()))


def test_near_pairs_are_those_within_each_tracks_own_reach() -> None:
    random = np.random.default_rng(1)
    tracks = places(random.uniform(34, 34.02, 40), random.uniform(71, 71.02, 40))
    seen = places(random.uniform(34, 34.02, 60), random.uniform(71, 71.02, 60))
    reach = random.uniform(50, 600, 40)
    away = np.linalg.norm(tracks[:, np.newaxis] - seen, axis=2)
    expected = {tuple(pair) for pair in np.argwhere(away <= reach[:, np.newaxis]).tolist()}
    found = near(tracks, seen, reach)
    assert set(zip(found.tracks.tolist(), found.detections.tolist(), strict=True)) == expected


def test_a_flood_of_pairs_is_cut_to_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(association, "PAIRS_MOST", 30)
    latitudes = np.linspace(34, 34.0001, 100)
    tracks, seen = places(latitudes[:10], np.full(10, 71.0)), places(latitudes, np.full(100, 71.0))
    found = near(tracks, seen, np.full(10, 1e4))
    assert len(found.tracks) == 30
    same = set(zip(found.tracks.tolist(), found.detections.tolist(), strict=True))
    assert {(number, number) for number in range(10)} <= same
