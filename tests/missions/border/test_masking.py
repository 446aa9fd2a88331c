"""What the terrain hides."""

from __future__ import annotations

import numpy as np
import pytest

from missions.border.masking import Spot, clearance, stretches

MAST = Spot(np.zeros(2), 10.0)


def flat(points: np.ndarray) -> np.ndarray:
    return np.zeros(len(points))


def ridge(points: np.ndarray) -> np.ndarray:
    return np.where(np.abs(points[:, 0] - 1000) < 60, 100.0, 0.0)


def test_a_ridge_hides_a_low_drone_and_not_a_high_one() -> None:
    places = np.array([[500, 0], [2000, 0], [2000, 0]], float)
    clear = clearance(ridge, MAST, places, np.array([50.0, 50.0, 300.0]))
    assert (clear > 0).tolist() == [True, False, True]
    # The sight to (2000, 50 m) is at 30.6 m over the far side of the ridge's nearer foot.
    assert clear[1] == pytest.approx(10 + 40 * 0.47 - 100, abs=1.5)


def test_over_flat_ground_the_earth_bulges_in_between() -> None:
    # d₁·d₂ / 2kR with k = 7/6: 0.168 m per (km of half the way)² … 6.7 m at 20 km
    (clear,) = clearance(flat, Spot(np.zeros(2), 50.0), np.array([[20_000.0, 0]]), np.array([50.0]))
    assert clear == pytest.approx(50 - 10_000**2 / (2 * 7 / 6 * 6_371_000), abs=0.05)


def test_a_radio_wants_six_tenths_of_its_first_fresnel_zone() -> None:
    # r₁ = √(λ·d/4) in the middle: 2.4 GHz over 2 km gives 7.9 m
    places, altitudes = np.array([[2000.0, 0]]), np.array([10.0])
    light = clearance(flat, MAST, places, altitudes, refraction=4 / 3)
    radio = clearance(flat, MAST, places, altitudes, refraction=4 / 3, frequency=2.4e9)
    assert light - radio == pytest.approx(0.6 * 7.9, abs=0.05)


def test_stretches_are_told_from_where_to_where() -> None:
    along = np.linspace(0.0, 70.0, 8)
    hidden = np.array([1, 1, 0, 0, 1, 0, 1, 1], bool)
    assert stretches(along, hidden) == [(0, 10), (40, 40), (60, 70)]
    assert stretches(along, np.zeros(8, bool)) == []
