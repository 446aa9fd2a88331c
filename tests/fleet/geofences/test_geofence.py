"""What a geofence is: its shapes, its hours, its versions, its JSON."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from fleet.assets import Asset, Kind
from fleet.forms import FormError
from fleet.geofences.geofence import (
    Level,
    Margin,
    Scope,
    check_versions,
    revise,
    valid_at,
)
from fleet.geofences.shapes import CORNERS, Corridor, outline
from fleet.geofences.stored import from_json, to_json
from fleet.schedules import Hours, Period
from fleet.zones import Circle
from tests.fleet.geofences.scenes import KARACHI, at, box, fence, town
from tests.mutations import assert_one_line, mutated

GEOD = Geod(ellps="WGS84")


@pytest.mark.parametrize("radius", [5.0, 400.0, 50_000.0])
def test_a_circle_is_one_on_the_ellipsoid_to_a_ten_thousandth(radius: float) -> None:
    corners = shapely.get_coordinates(outline(Circle(34.0, 71.5, radius)))
    assert len(corners) == CORNERS + 1
    middles = (corners[1:] + corners[:-1]) / 2
    for points in (corners, middles):
        count = len(points)
        _, _, far = GEOD.inv(np.full(count, 71.5), np.full(count, 34.0), *points.T)
        assert np.abs(far / radius - 1).max() < 1.01e-4


def test_a_corridor_holds_what_is_within_half_its_width_of_its_line() -> None:
    line = (71.2, 33.2), (71.5, 34.0), (71.5, 34.9)  # 190 km, straight in degrees (RFC 7946)
    area = outline(Corridor(line, 500.0))
    shapely.prepare(area)
    for (west, south), (east, north) in pairwise(line):
        for part in np.linspace(0.03, 0.97, 40):
            lon, lat = west + part * (east - west), south + part * (north - south)
            ahead = lon + 1e-4 * (east - west), lat + 1e-4 * (north - south)
            azimuth, _, _ = GEOD.inv(lon, lat, *ahead)
            for off, inside in ((499.0, True), (501.0, False)):
                for side in (90.0, -90.0):
                    x, y, _ = GEOD.fwd(lon, lat, azimuth + side, off)
                    assert bool(shapely.contains_xy(area, x, y)) is inside


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"name": " "}, "name"),
        ({"id": "7"}, "UUID"),
        ({"id": "0F3A8D52-7C0E-4D0B-9A55-6F1B6F3C2E11"}, "lower case"),
        ({"version": 0}, "version"),
        ({"kind": "moat"}, "kind"),
        ({"hysteresis": -1.0}, "hysteresis"),
        ({"dwell": float("nan")}, "dwell"),
        ({"floor": Level(120), "ceiling": Level(120)}, "not above"),
        ({"valid_from": datetime(2026, 1, 1)}, "time zone"),  # noqa: DTZ001  # that is what is wrong
        ({"valid_from": at(1), "valid_until": at(0)}, "before"),
        ({"shape": shapely.Polygon()}, "empty"),
        ({"shape": shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])}, "crosses itself"),
        ({"shape": Circle(0, 179.999, 5000)}, "antimeridian"),
        ({"shape": Circle(89.99, 0, 5000)}, "pole"),
        ({"shape": Corridor(((179.9, 0), (-179.9, 0)), 100)}, "antimeridian"),
        ({"shape": shapely.box(0, 80, 1, 88)}, "latitude"),
    ],
)
def test_what_does_not_fit_together_is_refused(given_: dict[str, Any], told: str) -> None:
    with pytest.raises(FormError, match=told) as caught:
        fence(given_.pop("shape", None), given_.pop("kind", "keep-out"), **given_)
    assert_one_line(caught.value)


def test_a_scope_is_for_whoever_one_of_its_names_means() -> None:
    car = Asset("osmand:42", Kind.CAR)
    scope = Scope(frozenset({"osmand:42"}), frozenset({"east"}), frozenset({Kind.DRONE}))
    assert scope.covers(car.key, Kind.CAR, frozenset())
    assert scope.covers(1, Kind.DRONE, frozenset())
    assert scope.covers(1, Kind.CAR, frozenset({"west", "east"}))
    assert not scope.covers(1, Kind.CAR, frozenset({"west"}))
    assert Scope().covers(1, Kind.CAR, frozenset())
    with pytest.raises(FormError, match="identity"):
        Scope(frozenset({""}))


def test_weekly_hours_are_those_of_peshawar_within_the_validity() -> None:
    friday = Period(
        hours=(Hours(time(12, tzinfo=KARACHI), time(15, tzinfo=KARACHI), frozenset({4})),)
    )
    mosque = fence(periods=(friday,), valid_until=datetime(2026, 3, 13, 8, tzinfo=UTC))
    spans = mosque.in_force(at(0), at(0) + timedelta(days=30))
    assert spans == [
        (datetime(2026, 3, 6, 7, tzinfo=UTC), datetime(2026, 3, 6, 10, tzinfo=UTC)),
        (datetime(2026, 3, 13, 7, tzinfo=UTC), datetime(2026, 3, 13, 8, tzinfo=UTC)),
    ]


def test_versions_tell_which_was_in_force_at_a_time() -> None:
    first = fence(valid_from=at(0))
    closed, second = revise(first, at(100), name="new jail", dwell=30.0)
    ended, third = revise(second, at(200), ceiling=Level(120))
    versions = [third, closed, ended]
    check_versions(versions)
    assert [valid_at(versions, at(t)) for t in (-1, 0, 99, 100, 200, 1e6)] == [
        [],
        [closed],
        [closed],
        [ended],
        [third],
        [third],
    ]
    assert (third.id, third.version, third.name, third.dwell) == (first.id, 3, "new jail", 30.0)
    assert closed.shape == first.shape
    with pytest.raises(FormError, match="has ended"):
        revise(closed, at(100))
    with pytest.raises(FormError, match="version"):
        revise(third, at(300), version=9)
    with pytest.raises(FormError, match="begins before"):
        check_versions([first, second])
    with pytest.raises(FormError, match="twice"):
        check_versions([first, closed])


def test_a_version_that_has_not_begun_is_replaced_whole() -> None:
    planned = fence(valid_from=at(1000))
    closed, new = revise(planned, at(0), name="other")
    assert new.valid_from == at(1000)
    assert not closed.in_force(at(0), at(5000))


@pytest.mark.parametrize("number", range(len(town())))
def test_a_fence_is_the_same_after_its_json(number: int) -> None:
    original = town()[number]
    again = from_json(to_json(original))
    assert again == original
    assert to_json(again) == to_json(original)
    for hours, same in zip(
        (h for p in original.periods for h in p.hours),
        (h for p in again.periods for h in p.hours),
        strict=True,
    ):
        assert isinstance(hours.start, time)
        assert isinstance(same.start, time)
        assert hours.start.tzinfo == same.start.tzinfo


def test_sun_events_and_two_zones_are_kept() -> None:
    hours = (
        Hours("SS", "SR", frozenset({0, 6})),
        Hours(time(22, tzinfo=KARACHI), time(3, 30, tzinfo=UTC)),
    )
    original = fence(periods=(Period(at(0), at(9e6), hours),))
    again = from_json(to_json(original))
    assert again == original
    assert again.in_force(at(0), at(9e5)) == original.in_force(at(0), at(9e5))


def test_the_defaults_need_not_be_said() -> None:
    square = shapely.geometry.mapping(box(0, 0, 10, 10))
    made = from_json({"name": "yard", "kind": "Keep-Out", "shape": square})
    assert (made.version, made.margin, made.scope) == (1, Margin(), Scope())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(mutated([to_json(each) for each in town()]), st.binary(max_size=100)))
def test_any_json_gives_a_fence_or_one_line(document: dict[str, Any] | bytes) -> None:
    try:
        made = from_json(document)
    except FormError as error:
        assert_one_line(error)
    else:
        assert from_json(to_json(made)) == made
