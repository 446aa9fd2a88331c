"""The filter and the plane it works on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from fleet.airspace.motion import Spread, ahead, by_position, by_velocity, moved, offsets

GEOD = Geod(ellps="WGS84")
metres = st.floats(-5000, 5000)


@given(st.floats(-80, 80), st.floats(-180, 180), metres, metres)
def test_offsets_are_those_of_the_ellipsoid_and_back(
    latitude: float, longitude: float, east: float, north: float
) -> None:
    there = moved(latitude, longitude, east, north)
    assert -180 <= there[1] <= 180
    back = offsets(latitude, longitude, *there)
    assert back[0] == pytest.approx(east, abs=1e-3)
    assert back[1] == pytest.approx(north, abs=1e-3)
    _, _, distance = GEOD.inv(longitude, latitude, float(there[1]), float(there[0]))
    assert distance == pytest.approx(np.hypot(east, north), rel=5e-3, abs=0.01)


variances = st.floats(0.01, 1e4)


@given(variances, variances, st.floats(-0.95, 0.95), st.floats(0, 30), variances, variances)
def test_the_filter_is_the_textbook_kalman_filter(
    position: float, velocity: float, correlation: float, seconds: float, r: float, rv: float
) -> None:
    q = 4.0
    both = correlation * np.sqrt(position * velocity)
    spread = Spread(*(np.array([value]) for value in (position, both, velocity)))
    matrix = np.array([[position, both], [both, velocity]])
    move = np.array([[1, seconds], [0, 1]])
    noise = q * np.array([[seconds**3 / 3, seconds**2 / 2], [seconds**2 / 2, seconds]])
    matrix = move @ matrix @ move.T + noise
    spread = ahead(spread, np.array([seconds]), q)
    for measure, update, variance in (
        (np.array([[1.0, 0.0]]), by_position, r),
        (np.array([[0.0, 1.0]]), by_velocity, rv),
    ):
        gains = matrix @ measure.T / (measure @ matrix @ measure.T + variance)
        matrix = matrix - gains @ measure @ matrix
        spread, gain, gain_velocity = update(spread, np.array([variance]))
        assert [gain[0], gain_velocity[0]] == pytest.approx(gains.ravel().tolist(), rel=1e-6)
        scale = np.abs(matrix).max()
        expected = [matrix[0, 0], matrix[0, 1], matrix[1, 1]]
        assert [part[0] for part in spread] == pytest.approx(expected, rel=1e-6, abs=1e-9 * scale)
