"""The local plane against geodesics: its documented bounds, anywhere up to 75° of latitude."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from missions.errors import PlanningError
from missions.projection import EXTENT_MOST, LATITUDE_MOST, LocalFrame

GEOD = Geod(ellps="WGS84")
RADIUS = 6_356_000.0

latitudes = st.floats(-LATITUDE_MOST, LATITUDE_MOST) | st.sampled_from([0.0, 1e-9, 5.8e-9, 75.0])
longitudes = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, 180.0, 179.9999, 1e-9]))
origins = st.builds(LocalFrame, latitudes, longitudes)
azimuths = st.floats(0, 360)
reaches = st.floats(1, EXTENT_MOST * 0.9999)


def place(frame: LocalFrame, azimuth: float, distance: float) -> tuple[float, float]:
    longitude, latitude, _ = GEOD.fwd(frame.longitude, frame.latitude, azimuth, distance)
    return float(longitude), float(latitude)


def local(frame: LocalFrame, *places: tuple[float, float]) -> np.ndarray:
    return frame.to_local(*np.array(places).T)


@given(origins, azimuths, reaches)
def test_distance_and_direction_from_the_origin_are_exact(
    frame: LocalFrame, azimuth: float, distance: float
) -> None:
    ((east, north),) = local(frame, place(frame, azimuth, distance))
    assert math.hypot(east, north) == pytest.approx(distance, abs=1e-6)
    direction = math.radians(azimuth)
    assert east == pytest.approx(distance * math.sin(direction), abs=1e-5)
    assert north == pytest.approx(distance * math.cos(direction), abs=1e-5)


@given(origins, azimuths, reaches)
def test_there_and_back_is_the_same_place(
    frame: LocalFrame, azimuth: float, distance: float
) -> None:
    start = place(frame, azimuth, distance)
    lons, lats = frame.to_geographic(local(frame, start))
    assert -180 <= lons[0] <= 180
    assert GEOD.inv(*start, lons[0], lats[0])[2] < 1e-5


@given(origins, azimuths, azimuths, st.floats(1, EXTENT_MOST * 0.9999), st.floats(0.01, 1))
def test_lengths_are_never_too_short_and_too_long_by_the_documented_bound_at_most(
    frame: LocalFrame, one: float, other: float, reach: float, share: float
) -> None:
    a, b = place(frame, one, reach), place(frame, other, reach * share)
    length = GEOD.inv(*a, *b)[2]
    plane = float(np.hypot(*np.diff(local(frame, a, b), axis=0)[0]))
    assert -1e-6 <= plane - length <= length * reach**2 / (6 * RADIUS**2) + 1e-6


@given(origins, azimuths, azimuths, reaches)
def test_a_straight_line_bows_from_the_geodesic_by_the_documented_bound_at_most(
    frame: LocalFrame, one: float, other: float, reach: float
) -> None:
    a, b = place(frame, one, reach), place(frame, other, reach)
    azimuth, _, length = GEOD.inv(*a, *b)
    on_geodesic = [GEOD.fwd(*a, azimuth, length * share)[:2] for share in (0.25, 0.5, 0.75)]
    straight = shapely.LineString(local(frame, a, b))
    bow = max(straight.distance(shapely.Point(p)) for p in local(frame, *on_geodesic))
    assert bow <= 0.13 * reach**3 / RADIUS**2 + 1e-6


def test_the_figures_of_its_documentation() -> None:
    for reach, per_kilometre, bow in ((10e3, 0.0004, 0.003), (50e3, 0.01, 0.4), (200e3, 0.17, 26)):
        assert 1000 * reach**2 / (6 * RADIUS**2) == pytest.approx(per_kilometre, rel=0.05)
        assert 0.13 * reach**3 / RADIUS**2 == pytest.approx(bow, rel=0.1)


@given(latitudes, st.floats(-0.9, 0.9), st.floats(0.001, 0.9))
def test_a_frame_around_places_on_both_sides_of_the_antimeridian_lies_between_them(
    latitude: float, offset: float, half: float
) -> None:
    lons = np.array([180 + offset - half, 180 + offset + half])
    wrapped = (lons + 180) % 360 - 180
    frame = LocalFrame.around(wrapped, [latitude, latitude])
    west, east = frame.to_local(wrapped, [latitude, latitude])
    assert west[0] < 0 < east[0]
    assert west[0] == pytest.approx(-east[0], abs=1e-3)


def test_one_place_is_enough_for_a_frame() -> None:
    assert LocalFrame.around(71.5, 34.0).to_local(71.5, 34.0).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(
    ("lons", "lats", "said"),
    [
        ([], [], "no coordinates"),
        ([71.0, math.nan], [34.0, 34.0], "no coordinates"),
        ([71.0, math.inf], [34.0, 34.0], "no coordinates"),
        ([34.0, 34.1], [71.0, 99.0], "latitude 99"),
        ([71.0, 181.0], [34.0, 34.0], "longitude 181"),
        ([71.0, 10.0], [34.0, 50.0], "km from"),  # two continents
        ([71.0, 71.1], [76.0, 76.1], "75"),
    ],
)
def test_places_that_no_plan_can_hold_are_refused(
    lons: list[float], lats: list[float], said: str
) -> None:
    with pytest.raises(PlanningError, match=said):
        LocalFrame.around(lons, lats)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(75.1, 0), (0, 180.1), (math.nan, 0), (0, math.nan), (71.5, 340)]
)
def test_an_origin_that_is_none_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(PlanningError, match="exchanged"):
        LocalFrame(latitude, longitude)


@pytest.mark.parametrize("point", [(math.nan, 34.0), (71.0, math.nan), (math.inf, 0.0), (0, 95)])
def test_a_point_without_a_place_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(PlanningError, match="no place on Earth"):
        LocalFrame(34.0, 71.0).to_local(*point)


def test_a_point_beyond_the_extent_is_refused_and_one_within_is_not() -> None:
    frame = LocalFrame(34.0, 71.0)
    frame.to_local(*place(frame, 45, EXTENT_MOST - 1))
    with pytest.raises(PlanningError, match="200 km"):
        frame.to_local(*place(frame, 45, EXTENT_MOST + 1))


def test_geometries_are_projected_with_their_holes() -> None:
    frame = LocalFrame(34.0, 71.5)
    outer, hole = shapely.box(71.4, 33.9, 71.6, 34.1), shapely.box(71.45, 33.95, 71.5, 34.0)
    drawn = shapely.orient_polygons(shapely.Polygon(outer.exterior, [hole.exterior]))
    plane = frame.project(drawn)
    assert len(plane.interiors) == len(drawn.interiors) == 1
    assert plane.area == pytest.approx(abs(GEOD.geometry_area_perimeter(drawn)[0]), rel=1e-3)
    assert shapely.hausdorff_distance(frame.unproject(plane), drawn) < 1e-11


def test_a_frame_can_be_sent_to_another_process() -> None:
    frame = LocalFrame(34.0, 71.5)
    copied = pickle.loads(pickle.dumps(frame))
    assert (copied.to_local(71.6, 34.1) == frame.to_local(71.6, 34.1)).all()
