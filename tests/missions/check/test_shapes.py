"""Shapes as the checker reads them: anywhere on Earth, and never one that it cannot trust."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from missions.check.border import left_of
from missions.check.geodesy import Plane
from missions.errors import PlanningError

GEOD = Geod(ellps="WGS84")


@settings(max_examples=40)
@given(
    latitude=st.floats(-75, 75),
    longitude=st.floats(-180, 180),
    bearing=st.floats(0, 360),
    distance=st.floats(1, 50_000),
)
def test_lengths_from_the_middle_are_true_to_what_the_module_says(
    latitude: float, longitude: float, bearing: float, distance: float
) -> None:
    plane = Plane(longitude, latitude)
    lon, lat, _ = GEOD.fwd(longitude, latitude, bearing, distance)
    (there,) = plane.metres(lon, lat)
    assert np.hypot(*there) == pytest.approx(distance, rel=1.1e-5)
    (lon_back,), (lat_back,) = plane.degrees(there)
    assert GEOD.inv(lon, lat, lon_back, lat_back)[2] < 1e-6


@pytest.mark.parametrize("longitude", [0.0, 179.99, -179.999, 71.5])
@pytest.mark.parametrize("latitude", [0.0, 34.0, 70.0, -70.0])
def test_the_area_of_a_polygon_is_its_geodesic_area(latitude: float, longitude: float) -> None:
    lons = np.array([0, 0.05, 0.05, 0]) + longitude
    lats = np.array([0, 0, 0.03, 0.03]) + latitude
    lons = (lons + 180) % 360 - 180
    ring = [[float(lon), float(lat)] for lon, lat in zip(lons, lats, strict=True)]
    shape = Plane.around(lons, lats).shape(
        {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, ("Polygon",)
    )
    area, around = GEOD.polygon_area_perimeter(lons, lats)
    assert shape.area == pytest.approx(abs(area), rel=1e-6)
    assert shape.length == pytest.approx(around, rel=1e-6)


def test_a_polygon_that_is_cut_at_the_antimeridian_is_one() -> None:
    west = [[179.9, 10.0], [180.0, 10.0], [180.0, 10.1], [179.9, 10.1], [179.9, 10.0]]
    east = [[-180.0, 10.0], [-179.9, 10.0], [-179.9, 10.1], [-180.0, 10.1], [-180.0, 10.0]]
    plane = Plane.around([180.0], [10.05])
    shape = plane.shape(
        {"type": "MultiPolygon", "coordinates": [[west], [east]]}, ("MultiPolygon",)
    )
    middle = plane.shape(
        {"type": "LineString", "coordinates": [[179.95, 10.05], [-179.95, 10.05]]}, ("LineString",)
    )
    assert shape.buffer(0.001).covers(middle)


@pytest.mark.parametrize(
    ("geojson", "said"),
    [
        ({}, "expected Polygon"),
        ({"type": "Point", "coordinates": [0, 0]}, "expected Polygon"),
        ({"type": "Polygon"}, "no coordinates"),
        ({"type": "Polygon", "coordinates": []}, "no coordinates"),
        ({"type": "Polygon", "coordinates": [[]]}, "no coordinates"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [0, 1]]]}, "not valid"),
        ({"type": "Polygon", "coordinates": [[[0, 0], ["a", 1], [1, 1]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1], [1, 1]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [0, 95], [1, 1]]]}, "no degrees"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [0, float("nan")], [1, 1]]]}, "no degrees"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [0, 10**400], [1, 1]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [0.1, 0], [0.2, 0]]]}, "not valid"),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [0.1, 0.1], [0.1, 0], [0, 0.1]]]},
            "Self-intersection at 0.05000, 0.05000",
        ),
        ({"type": "Polygon", "coordinates": [[[0, 0], [60, 0], [60, 50]]]}, "further than"),
        ({"type": "MultiPolygon", "coordinates": []}, "empty"),
        ({"type": "LineString", "coordinates": [[0, 0], [0, 0]]}, "not valid"),
    ],
    ids=lambda value: json.dumps(value, default=str)[:60],
)
def test_a_shape_that_cannot_be_trusted_is_refused(geojson: dict[str, Any], said: str) -> None:
    kinds = ("Polygon", "MultiPolygon", "LineString")
    with pytest.raises(PlanningError, match=said):
        Plane(0.0, 0.0).shape(geojson, kinds)


def test_a_plan_that_reaches_too_far_is_refused() -> None:
    with pytest.raises(PlanningError, match="km from its middle"):
        Plane.around([71.5, 77.0], [34.0, 34.0])


@given(
    st.lists(st.tuples(st.floats(20, 200), st.floats(-80, 80)), min_size=2, max_size=12),
    st.floats(0, 1),
    st.floats(0.5, 8),
    st.booleans(),
)
def test_a_point_beside_a_line_is_on_that_side_of_it(
    steps: list[tuple[float, float]], share: float, aside: float, left: bool
) -> None:
    """A line that always goes forward, and a point at a small distance from one of its edges."""
    corners = np.vstack([[0.0, 0.0], np.cumsum(np.array(steps), axis=0)])
    edge = min(int(share * (len(corners) - 1)), len(corners) - 2)
    along = corners[edge + 1] - corners[edge]
    normal = np.array([-along[1], along[0]]) / np.hypot(*along)
    middle = (corners[edge] + corners[edge + 1]) / 2
    point = middle + (aside if left else -aside) * normal
    (side,) = left_of(point[None], corners)
    assert (side > 0) == left
    assert abs(side) <= aside + 1e-9


def test_the_side_at_a_sharp_corner_is_that_of_the_whole_corner() -> None:
    line = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 10.0]])  # turns back to the left
    assert left_of(np.array([[120.0, 0.0]]), line)[0] == pytest.approx(-20.0)
    assert left_of(np.array([[50.0, 2.0]]), line)[0] == pytest.approx(2.0)
    assert left_of(np.array([[-30.0, -5.0]]), line)[0] < 0
