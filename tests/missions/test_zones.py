"""Published zones as what a plan keeps out of: never smaller, never shorter."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from fleet.schedules import Hours, Period
from fleet.zones import Circle, Limit, Zone
from missions.circles import circle_ring
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.zones import no_fly, no_fly_zones, read_zones

GEOD = Geod(ellps="WGS84")
SQUARE = shapely.box(71.50, 34.00, 71.52, 34.02)
START = datetime(2025, 11, 21, 8, tzinfo=UTC)
END = START + timedelta(hours=4)


def test_a_zone_is_kept_out_of_with_its_limits() -> None:
    zone = Zone(
        "OPPS01",
        SQUARE,
        Limit(50, "AGL"),
        Limit(900, "AMSL"),
        name="Airport",
        authority="PAA",
        source="aip.json",
    )
    found = no_fly(zone)
    assert found is not None
    assert (found.name, found.source, found.times) == ("OPPS01 Airport", "aip.json; PAA", None)
    assert (found.lower, found.lower_reference) == (50, "AGL")
    assert (found.upper, found.upper_reference) == (900, "AMSL")
    assert shapely.geometry.shape(found.polygon) == SQUARE


def test_limits_that_are_not_given_are_none() -> None:
    found = no_fly(Zone("x", SQUARE))
    assert found is not None
    assert found.lower <= -1e5
    assert found.upper >= 1e5


def test_what_restricts_nothing_is_left_out() -> None:
    zones = [Zone("a", SQUARE), Zone("b", SQUARE, restriction="NO_RESTRICTION")]
    assert [zone.name for zone in no_fly_zones(zones)] == ["a"]
    for restriction in ("REQ_AUTHORIZATION", "CONDITIONAL", "PROHIBITED"):
        assert no_fly(Zone("x", SQUARE, restriction=restriction)) is not None


def test_heights_above_the_ellipsoid_are_made_higher_and_lower_rather_than_not() -> None:
    zone = Zone("x", SQUARE, Limit(100, "WGS84"), Limit(500, "WGS84"))
    found = no_fly(zone)
    assert found is not None
    assert (found.lower, found.upper) == (14, 607)
    assert found.lower_reference == found.upper_reference == "AMSL"
    known = no_fly(zone, undulation=-34)  # Peshawar: mean sea level lies below the ellipsoid
    assert known is not None
    assert (known.lower, known.upper) == (134, 534)


def test_times_are_those_of_the_plans_window() -> None:
    nightly = Zone("x", SQUARE, periods=(Period(hours=(Hours("SS", "SR"),)),))
    assert no_fly(nightly, START, END) is None
    found = no_fly(nightly, START, START + timedelta(hours=8))
    assert found is not None
    assert found.times is not None
    ((first, last),) = found.times
    assert START < first < last == START + timedelta(hours=8)
    unscheduled = no_fly(nightly)
    assert unscheduled is not None
    assert unscheduled.times is None
    always = no_fly(Zone("x", SQUARE), START, END)
    assert always is not None
    assert always.times == ((START, END),)


def test_a_window_that_is_none_is_refused() -> None:
    with pytest.raises(PlanningError, match="zone 'x': a window"):
        no_fly(Zone("x", SQUARE), END, START)


@settings(max_examples=60)
@given(
    st.floats(-75, 75),
    st.floats(-180, 180),
    st.floats(1, 100_000),
    st.lists(st.floats(0, 360), min_size=20, max_size=20),
)
def test_a_circle_lies_within_the_polygon_however_its_sides_are_taken(
    latitude: float, longitude: float, radius: float, azimuths: list[float]
) -> None:
    found = no_fly(Zone("x", Circle(latitude, longitude, radius)))
    assert found is not None
    centre = np.full(20, longitude), np.full(20, latitude)
    rim = GEOD.fwd(centre[0], centre[1], azimuths, np.full(20, radius))
    drawn = shapely.geometry.shape(found.polygon)
    assert drawn.is_valid
    assert shapely.intersects_xy(drawn, rim[0], rim[1]).all()  # straight in degrees
    frame = LocalFrame(latitude, longitude)
    ring = circle_ring(latitude, longitude, radius, around=True)
    plane = shapely.Polygon(frame.to_local(*np.array(ring).T))
    assert shapely.contains_xy(plane, frame.to_local(rim[0], rim[1])).all()  # on the local plane
    assert plane.area < np.pi * radius**2 * 1.002


@given(st.floats(-75, 75), st.floats(-180, 180), st.floats(1, 100_000))
def test_a_polygon_within_a_circle_lies_within_it(
    latitude: float, longitude: float, radius: float
) -> None:
    lons, lats = np.array(circle_ring(latitude, longitude, radius, around=False)).T
    centre = np.full(len(lons), longitude), np.full(len(lons), latitude)
    assert GEOD.inv(centre[0], centre[1], lons, lats)[2].max() <= radius + 1e-7
    plane = LocalFrame(latitude, longitude).to_local(lons, lats)
    assert shapely.Polygon(plane).area > np.pi * radius**2 * 0.998


def test_a_circle_at_a_pole_is_refused() -> None:
    with pytest.raises(PlanningError, match="reaches latitude 86"):
        no_fly(Zone("x", Circle(85.9, 0, 50_000)))


def test_a_circle_across_the_antimeridian_is_cut() -> None:
    found = no_fly(Zone("x", Circle(-17, 180, 5000)))
    assert found is not None
    assert found.polygon["type"] == "MultiPolygon"


def test_zones_of_a_file_carry_its_name(tmp_path: Path) -> None:
    path = tmp_path / "jails.geojson"
    path.write_text(json.dumps(shapely.geometry.mapping(SQUARE)))
    (zone,) = read_zones(path)
    assert zone.source == "jails.geojson"
    path.write_text("[]")
    with pytest.raises(PlanningError, match=r"jails.geojson: the document is a list"):
        read_zones(path)
