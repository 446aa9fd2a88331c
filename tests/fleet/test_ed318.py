"""ED-318 in and out. The layout follows the examples of github.com/UASGeoZones/ED-318."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.ed318 import read_ed318, write_ed318
from fleet.forms import FormError
from fleet.schedules import EVERY_DAY, Hours, Period
from fleet.zones import Circle, Limit, Zone, in_force
from tests.fleet.zones import SQUARE, zones

AIRPORT: dict[str, Any] = {
    "type": "FeatureCollection",
    "name": "Peshawar",
    "metadata": {"validFrom": "2025-01-01T00:00:00Z", "issued": "2024-12-01T00:00:00Z"},
    "features": [
        {
            "type": "Feature",
            "geometry": {
                "type": "GeometryCollection",
                "geometries": [
                    {
                        "type": "Point",
                        "coordinates": [71.5146, 33.9939],
                        "extent": {"subType": "Circle", "radius": 6000},
                        "layer": {
                            "upper": 500,
                            "upperReference": "AMSL",
                            "lower": 0,
                            "lowerReference": "AGL",
                            "uom": "ft",
                        },
                    },
                    {
                        "type": "Polygon",
                        "coordinates": [SQUARE],
                        "layer": {
                            "upper": 99999,
                            "upperReference": "WGS84",
                            "lower": 150,
                            "lowerReference": "AGL",
                            "uom": "m",
                        },
                    },
                ],
            },
            "properties": {
                "identifier": "OPPS01",
                "country": "PAK",
                "name": [
                    {"text": "پشاور", "lang": "ur-PK"},
                    {"text": "Bacha Khan airport", "lang": "en-GB"},
                ],
                "type": "REQ_AUTHORIZATION",
                "variant": "COMMON",
                "reason": ["AIR_TRAFFIC"],
                "restrictionConditions": "Ask the tower.",
                "limitedApplicability": [
                    {
                        "startDateTime": "2025-11-01T00:00:00Z",
                        "endDateTime": "2025-12-01T00:00:00+05:00",
                        "schedule": [
                            {
                                "day": ["ANY"],
                                "startTime": "06:00:00+05:00",
                                "endTime": "22:00:00+05:00",
                            },
                            {"day": ["FRI", "SUN"], "startEvent": "BMCT", "endTime": "24:00Z"},
                        ],
                    }
                ],
                "zoneAuthority": [
                    {
                        "name": [{"text": "PAA", "lang": "en-GB"}],
                        "phone": "+92 91 000",
                        "purpose": "AUTHORIZATION",
                    }
                ],
            },
        }
    ],
}


def feature(**properties: Any) -> dict[str, Any]:
    """AIRPORT's feature alone, with one geometry and other properties."""
    changed: dict[str, Any] = deepcopy(AIRPORT["features"][0])
    changed["geometry"] = changed["geometry"]["geometries"][1]
    changed["properties"] |= properties
    return changed


def test_each_layer_is_a_zone_of_the_same_identifier() -> None:
    circle, square = read_ed318(json.dumps(AIRPORT), source="AIP")
    assert (circle.identifier, circle.part) == ("OPPS01", 0)
    assert (square.identifier, square.part) == ("OPPS01", 1)
    assert circle.shape == Circle(33.9939, 71.5146, 6000)
    assert square.shape == shapely.Polygon(SQUARE)
    assert circle.lower == Limit(0, "AGL")
    assert circle.upper == Limit(500 * 0.3048, "AMSL")
    assert square.lower == Limit(150, "AGL")
    assert square.upper is None  # 99999 is how publishers write `unlimited`
    assert circle.name == "Bacha Khan airport"
    assert circle.restriction == "REQ_AUTHORIZATION"
    assert circle.conditions == "Ask the tower."
    assert circle.authority == "PAA, +92 91 000"
    assert circle.source == "AIP"
    (period,) = circle.periods
    assert period.end == datetime(2025, 11, 30, 19, tzinfo=UTC)
    zone = timezone(timedelta(hours=5))
    assert period.hours == (
        Hours(time(6, tzinfo=zone), time(22, tzinfo=zone)),
        Hours("BMCT", time(0, tzinfo=UTC), frozenset({4, 6})),
    )


def test_a_single_feature_and_one_with_its_properties_wrapped_are_read() -> None:
    wrapped = feature()
    wrapped["properties"] = {"UASZone": wrapped["properties"]}
    assert read_ed318(feature()) == read_ed318(wrapped)


def test_u_space_is_conditional_and_says_so() -> None:
    (zone,) = read_ed318(feature(type="USPACE"))
    assert zone.restriction == "CONDITIONAL"
    assert zone.conditions == "U-space airspace. Ask the tower."


def test_times_without_an_offset_need_a_zone() -> None:
    local = feature(limitedApplicability=[{"startDateTime": "2025-11-01T00:00:00"}])
    with pytest.raises(FormError, match=r"startDateTime.*without an offset"):
        read_ed318(local)
    (zone,) = read_ed318(local, zone=ZoneInfo("Asia/Karachi"))
    assert zone.periods[0].start == datetime(2025, 10, 31, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("geometry.layer.upper", "high", r"layer.upper is 'high' instead of a number"),
        ("geometry.layer.upper", 1e308, r"layer.upper is 1e\+308, expected"),
        ("geometry.layer.uom", "yd", r"layer.uom is 'yd', expected one of M, FT"),
        ("geometry.layer.lowerReference", "GND", "expected one of AGL, AMSL, WGS84"),
        ("geometry.coordinates", [SQUARE[:2]], "fewer than three"),
        ("geometry.coordinates", [[[34.0, 91.5], *SQUARE]], "longitude stands first"),
        ("geometry.coordinates", [[[float("nan"), 34.0], *SQUARE]], "finite numbers"),
        ("geometry.type", "LineString", "Polygon or MultiPolygon is expected"),
        ("geometry.type", "Point", "without a circle"),
        ("geometry", None, "has no 'geometry'"),
        ("properties.type", "MAYBE", "expected one of PROHIBITED"),
        ("properties.identifier", None, "properties has no 'identifier'"),
        ("properties.identifier", "", "needs an identifier"),
        ("properties.limitedApplicability", [{"schedule": [{"day": []}]}], "names no day"),
        ("properties.limitedApplicability", [{"schedule": [{"day": ["YUM"]}]}], "expected one of"),
        ("properties.limitedApplicability", [{"startDateTime": "soon"}], "instead of a time as"),
        (
            "properties.limitedApplicability",
            [{"startDateTime": "2025-02-01T00:00Z", "endDateTime": "2025-01-01T00:00Z"}],
            r"limitedApplicability\[0\] ends before it begins",
        ),
        ("properties", [], "is a list instead of an object"),
    ],
)
def test_a_fault_is_named_with_its_place(path: str, value: Any, said: str) -> None:
    changed = feature()
    *parents, last = path.split(".")
    inner = changed
    for name in parents:
        inner = inner[name]
    inner[last] = value
    with pytest.raises(FormError, match=said) as refused:
        read_ed318({"type": "FeatureCollection", "features": [feature(), changed]})
    assert str(refused.value).startswith("features[1]")
    assert "\n" not in str(refused.value)


def test_upper_below_lower_is_refused() -> None:
    changed = feature()
    changed["geometry"]["layer"] |= {"upper": 100, "upperReference": "AGL"}
    with pytest.raises(FormError, match="ends at 100 m, below 150 m"):
        read_ed318(changed)


def test_a_crossing_polygon_is_refused_and_one_across_the_antimeridian() -> None:
    changed = feature()
    changed["geometry"]["coordinates"] = [[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]]]
    with pytest.raises(FormError, match=r"geometry.coordinates is no valid polygon: Self-inter"):
        read_ed318(changed)
    changed["geometry"]["coordinates"] = [[[179.9, 0], [-179.9, 0], [-179.9, 1], [179.9, 1]]]
    with pytest.raises(FormError, match="cut it there"):
        read_ed318(changed)


def test_written_and_read_again_they_are_the_same() -> None:
    published = read_ed318(AIRPORT)
    written, lost = write_ed318(published)
    assert lost == []
    assert len(written["features"]) == 1  # the layers of one zone
    assert read_ed318(json.dumps(written)) == published


def test_what_it_cannot_carry_is_said() -> None:
    square = shapely.Polygon(SQUARE)
    karachi = Hours(time(8, tzinfo=ZoneInfo("Asia/Karachi")), time(9, tzinfo=UTC), EVERY_DAY)
    written, lost = write_ed318(
        [
            Zone("Governor House", square, upper=Limit(100), name="x" * 300, source="drawn"),
            Zone("Governor Hill", square, periods=(Period(hours=(karachi,)),)),
        ]
    )
    identifiers = [f["properties"]["identifier"] for f in written["features"]]
    assert identifiers == ["Governo", "Govern2"]
    for said in (
        "its identifier is written as Governo",
        "its identifier is written as Govern2",
        "its name is cut",
        "its source is not carried (drawn)",
        "`no lower limit` is written as 0 m AGL",
        "hours of Asia/Karachi",
    ):
        assert any(said in line for line in lost), said
    assert read_ed318(written)[1].periods[0].hours[0].start == time(
        8, tzinfo=timezone(timedelta(hours=5))
    )


@settings(max_examples=30)
@given(st.lists(zones(), max_size=3))
def test_what_is_not_said_to_be_lost_comes_back(listed: list[Zone]) -> None:
    written, lost = write_ed318(listed)
    again = read_ed318(json.dumps(written))
    assert len(again) == len(listed)
    assert len({zone.identifier for zone in again}) >= len({zone.identifier[:7] for zone in listed})
    week = (datetime(2025, 11, 17, tzinfo=UTC), datetime(2025, 11, 24, tzinfo=UTC))
    for zone, read in zip(listed, again, strict=True):
        assert read.shape == zone.shape
        assert read.upper == zone.upper
        assert read.lower == zone.lower or any("no lower limit" in line for line in lost)
        assert (read.restriction, read.conditions) == (zone.restriction, zone.conditions)
        assert in_force(read, *week) == in_force(zone, *week)
