"""Degrees and ways on the Earth, against geodesics of the ellipsoid."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from fleet.earth import distance, metres_per_degree

GEOD = Geod(ellps="WGS84")
latitudes, longitudes = st.floats(-89, 89), st.floats(-180, 180)


@given(latitudes)
def test_degrees_are_as_long_as_on_the_ellipsoid(latitude: float) -> None:
    half = 5e-4
    along = GEOD.inv(0, latitude - half, 0, latitude + half)[2] / (2 * half)
    across = GEOD.inv(-half, latitude, half, latitude)[2] / (2 * half)
    assert metres_per_degree(latitude) == pytest.approx((along, across), rel=1e-6)


def test_a_degree_of_longitude_at_a_pole_is_not_nothing() -> None:
    assert metres_per_degree(90)[1] == 1e-3


@given(latitudes, longitudes, latitudes, longitudes)
def test_a_way_along_the_sphere_is_the_same_back_and_nearly_the_ellipsoids(
    lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    there = distance(lat1, lon1, lat2, lon2)
    assert there == pytest.approx(distance(lat2, lon2, lat1, lon1), abs=1e-6)
    assert there == pytest.approx(GEOD.inv(lon1, lat1, lon2, lat2)[2], rel=6e-3, abs=1e-6)
    assert distance(lat1, lon1, lat1, lon1) == 0


def test_a_way_to_nowhere_is_unknown() -> None:
    assert math.isnan(distance(34, 71, math.nan, 71))
