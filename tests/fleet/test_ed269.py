"""ED-269 in. The layout is that of the data sets which authorities publish."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, time
from typing import Any

import pytest
import shapely

from fleet.ed269 import read_ed269
from fleet.forms import FormError
from fleet.schedules import EVERY_DAY, Hours
from fleet.zones import Circle, Limit, in_force
from tests.fleet.zones import SQUARE

DOCUMENT: dict[str, Any] = {
    "title": "UAS zones",
    "features": [
        {
            "identifier": "GOV1",
            "country": "PAK",
            "name": "Governor House",
            "type": "COMMON",
            "restriction": "REQ_AUTHORISATION",
            "restrictionConditions": ["Ask.", "Wait."],
            "reason": ["SENSITIVE"],
            "applicability": [
                {
                    "permanent": "NO",
                    "startDateTime": "2025-11-01T00:00:00.00Z",
                    "endDateTime": "2025-12-01T00:00:00.00Z",
                    "schedule": [
                        {"day": ["MON"], "startTime": "22:00:00.00Z", "endTime": "02:00Z"},
                        {"day": ["ANY"], "startTime": "08:00:00.00Z", "endTime": "09:00:00.00Z"},
                    ],
                }
            ],
            "zoneAuthority": [
                {"name": "Home Department", "email": "home@example.org", "purpose": "AUTHORIZATION"}
            ],
            "geometry": [
                {
                    "uomDimensions": "FT",
                    "lowerLimit": 0,
                    "lowerVerticalReference": "AGL",
                    "upperLimit": 1000,
                    "upperVerticalReference": "AMSL",
                    "horizontalProjection": {
                        "type": "Circle",
                        "center": [71.5, 34.0],
                        "radius": 1000,
                    },
                },
                {
                    "uomDimensions": "M",
                    "lowerVerticalReference": "AGL",
                    "upperLimit": 120,
                    "upperVerticalReference": "AGL",
                    "horizontalProjection": {"type": "Polygon", "coordinates": [SQUARE]},
                },
            ],
        },
        {
            "identifier": "FREE",
            "restriction": "NO_RESTRICTION",
            "applicability": [{"permanent": "YES"}],
            "geometry": [{"horizontalProjection": {"type": "Polygon", "coordinates": [SQUARE]}}],
        },
    ],
}


def test_each_volume_is_a_zone() -> None:
    circle, square, free = read_ed269(json.dumps(DOCUMENT).encode(), source="caa.json")
    assert circle.shape == Circle(34.0, 71.5, 1000 * 0.3048)
    assert circle.upper == Limit(304.8, "AMSL")
    assert square.shape == shapely.Polygon(SQUARE)
    assert (square.lower, square.upper) == (None, Limit(120, "AGL"))
    assert circle.restriction == "REQ_AUTHORIZATION"
    assert circle.conditions == "Ask."
    assert circle.authority == "Home Department, home@example.org"
    assert [zone.part for zone in (circle, square, free)] == [0, 1, 0]
    assert circle.periods[0].hours[0] == Hours(
        time(22, tzinfo=UTC), time(2, tzinfo=UTC), frozenset({0})
    )
    assert circle.periods[0].hours[1].days == EVERY_DAY
    assert (free.periods, free.lower, free.upper) == ((), None, None)


def test_monday_night_reaches_into_tuesday() -> None:
    zone, *_ = read_ed269(DOCUMENT)
    tuesday = datetime(2025, 11, 18, tzinfo=UTC)
    found = in_force(zone, tuesday, tuesday.replace(hour=23))
    assert [(start.hour, end.hour) for start, end in found] == [(0, 2), (8, 9)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"restriction": "REQ"}, "expected one of PROHIBITED, REQ_AUTHORISATION"),
        ({"restriction": None}, "has no 'restriction'"),
        ({"geometry": []}, "has no volumes"),
        ({"geometry": {}}, "instead of a list"),
        ({"geometry": [{}]}, "has no 'horizontalProjection'"),
        ({"identifier": 7}, "instead of a text"),
        ({"applicability": [{"schedule": [{"day": ["MON"], "startTime": "8"}]}]}, "startTime"),
    ],
)
def test_a_fault_is_named_with_its_place(change: dict[str, Any], said: str) -> None:
    changed = deepcopy(DOCUMENT)
    changed["features"][1] |= change
    with pytest.raises(FormError, match=said) as refused:
        read_ed269(changed)
    assert str(refused.value).startswith("features[1]")


def test_a_circle_without_a_radius_is_refused() -> None:
    changed = deepcopy(DOCUMENT)
    changed["features"][0]["geometry"][0]["horizontalProjection"]["radius"] = 0
    with pytest.raises(FormError, match=r"features\[0\].*circle of 0 m"):
        read_ed269(changed)
