"""Zones, their plain GeoJSON, and telling one form from the other."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.ed269 import read_ed269
from fleet.ed318 import read_ed318
from fleet.forms import FormError
from fleet.geojson_zones import read_geojson_zones, write_geojson_zones
from fleet.schedules import Period
from fleet.zone_documents import read_zones
from fleet.zones import Circle, Limit, Zone, in_force
from tests.fleet.test_ed269 import DOCUMENT
from tests.fleet.test_ed318 import AIRPORT
from tests.fleet.zones import SQUARE, zones

POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}
JAIL = {
    "type": "Feature",
    "geometry": POLYGON,
    "properties": {
        "name": "Central jail",
        "type": "conditional",
        "lower": 0,
        "upper": 400,
        "upper_reference": "AMSL",
        "from": "2025-11-21T08:00:00+05:00",
        "to": "2025-11-21T18:00:00+05:00",
        "authority": "Superintendent",
        "colour": "red",
    },
}


def test_a_drawn_zone_is_read_with_its_properties() -> None:
    (zone,) = read_geojson_zones(json.dumps(JAIL), source="drawn")
    assert zone == Zone(
        identifier="Central jail",
        shape=shapely.Polygon(SQUARE),
        lower=Limit(0, "AGL"),
        upper=Limit(400, "AMSL"),
        restriction="CONDITIONAL",
        name="Central jail",
        periods=(
            Period(
                datetime(2025, 11, 21, 3, tzinfo=UTC),
                datetime(2025, 11, 21, 13, tzinfo=UTC),
            ),
        ),
        authority="Superintendent",
        source="drawn",
    )


def test_a_bare_polygon_is_a_prohibited_zone_at_all_heights_and_times() -> None:
    (zone,) = read_geojson_zones(POLYGON)
    assert (zone.identifier, zone.restriction) == ("zone 1", "PROHIBITED")
    assert (zone.lower, zone.upper, zone.periods) == (None, None, ())
    day = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC))
    assert in_force(zone, *day) == [day]


def test_a_point_with_a_radius_is_a_circle_and_without_one_refused() -> None:
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [71.5, 34.0]}}
    (zone,) = read_geojson_zones({**point, "id": 7, "properties": {"radius": 250}})
    assert (zone.identifier, zone.shape) == ("7", Circle(34.0, 71.5, 250))
    with pytest.raises(FormError, match="no 'radius'"):
        read_geojson_zones({**point, "properties": {}})


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", "not JSON"),
        ("[1]", "instead of an object"),
        ("[" * 100_000, "not JSON"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', "not JSON"),
        ({"type": "FeatureCollection", "features": 3}, "features is 3 instead of a list"),
        ({"type": "Topology"}, "has no 'coordinates'"),
        ({"type": "MultiPolygon", "coordinates": []}, "has no polygons"),
        ({"type": "Polygon", "coordinates": []}, "has no rings"),
        ({"type": "GeometryCollection", "geometries": [{"type": 1}]}, "instead of a text"),
        ({**JAIL, "properties": {"from": "2025-11-21"}}, "without an offset"),
        ({**JAIL, "properties": {"from": "0001-01-01T00:00:00+10:00"}}, "no time in UTC"),
        ({**JAIL, "properties": {"name": "x" * 3000}}, "3000 characters"),
        ({**JAIL, "properties": {"upper": True}}, "is true instead of a number"),
        ({**JAIL, "properties": {"upper": 10**400}}, "instead of a number"),
    ],
)
def test_what_is_no_document_of_zones_is_refused(document: Any, said: str) -> None:
    with pytest.raises(FormError, match=said) as refused:
        read_geojson_zones(document)
    assert "\n" not in str(refused.value)


def test_collections_within_each_other_are_bounded() -> None:
    inner: dict[str, Any] = POLYGON
    for _ in range(9):
        inner = {"type": "GeometryCollection", "geometries": [inner]}
    with pytest.raises(FormError, match="more than 8 collections"):
        read_geojson_zones(inner)


def test_a_zone_that_cannot_be_is_refused() -> None:
    square = shapely.Polygon(SQUARE)
    impossible: list[tuple[dict[str, Any], str]] = [
        ({"identifier": "", "shape": square}, "needs an identifier"),
        ({"identifier": "x", "shape": shapely.Polygon()}, "empty shape"),
        ({"identifier": "x", "shape": shapely.box(179, 0, 181, 1)}, "off the Earth"),
        (
            {"identifier": "x", "shape": shapely.Polygon([SQUARE[i] for i in (0, 2, 1, 3)])},
            "crosses itself",
        ),
        ({"identifier": "x", "shape": square, "restriction": "NO"}, "unknown restriction"),
    ]
    for zone, said in impossible:
        with pytest.raises(FormError, match=said):
            Zone(**zone)
    with pytest.raises(FormError, match="circle of nan m"):
        Circle(0, 0, float("nan"))
    with pytest.raises(FormError, match="out of bounds"):
        Limit(float("inf"))


def test_the_form_is_told_from_the_content() -> None:
    assert read_zones(json.dumps(AIRPORT)) == read_ed318(AIRPORT)
    assert read_zones(json.dumps(DOCUMENT)) == read_ed269(DOCUMENT)
    assert read_zones(json.dumps(JAIL)) == read_geojson_zones(JAIL)
    assert read_zones({"type": "FeatureCollection", "features": []}) == []


def test_a_schedule_that_geojson_cannot_carry_is_said_and_made_longer_not_shorter() -> None:
    zone, _ = read_ed318(AIRPORT)
    written, lost = write_geojson_zones([zone])
    (again,) = read_geojson_zones(json.dumps(written))
    assert lost == [
        "zone OPPS01: its schedule is not carried, only its first and last moment: it is in force longer than published"
    ]
    assert again.periods[0].hours == ()
    assert (again.periods[0].start, again.periods[0].end) == (
        zone.periods[0].start,
        zone.periods[0].end,
    )


@settings(max_examples=30)
@given(st.lists(zones(), max_size=3))
def test_plain_geojson_gives_back_what_it_does_not_say_is_lost(listed: list[Zone]) -> None:
    written, lost = write_geojson_zones(listed)
    again = read_geojson_zones(json.dumps(written))
    week = (datetime(2025, 11, 1, tzinfo=UTC), datetime(2025, 12, 20, tzinfo=UTC))
    for zone, read in zip(listed, again, strict=True):
        for name in ("identifier", "shape", "lower", "upper", "restriction", "name"):
            assert getattr(read, name) == getattr(zone, name)
        simple = not any(line.startswith(f"zone {zone.identifier}: its sched") for line in lost)
        before, after = in_force(zone, *week), in_force(read, *week)
        assert before == after if simple else lengthened(before, after)


def lengthened(before: list[Any], after: list[Any]) -> bool:
    return all(any(a <= start and end <= b for a, b in after) for start, end in before)
