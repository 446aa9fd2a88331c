"""Duties and speed zones: from the settings, through geofences and hours, to alerts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from pydantic import ValidationError

from fleet.columns import Rows
from fleet.geofences.compiled import Compiled
from fleet.geofences.geofence import Geofence
from fleet.geofences.shapes import Corridor
from telemetry.watching.roster import Roster
from telemetry.watching.settings import RulesSettings
from tests.fleet.rules.pictures import METRE, car, drones
from tests.telemetry.watching.guarding import Guarded

BEAT = Geofence("Beat 4", "alert-only", shapely.box(71.49, 33.99, 71.51, 34.01))
ROAD = Geofence("Ring road", "alert-only", Corridor(((71.5, 33.9), (71.5, 34.1)), 50.0))
FENCES = Compiled([BEAT, ROAD])
CAR = "osmand:gulbahar-03"
NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Karachi"))
"""A Monday."""


def roster(**told: Any) -> Roster:
    settings = RulesSettings.model_validate(told)
    return Roster(settings.tree, settings.duties, settings.speed_zones)


def on_patrol(roster: Roster, rows: Rows, now: datetime, fences: Compiled = FENCES) -> list[bool]:
    duties, _ = roster.at(rows, fences, now)
    found: list[bool] = duties.on_patrol(rows["identity"]).tolist()
    return found


NIGHT = {"start": "22:00", "end": "06:00", "days": ["mon"]}


@pytest.mark.parametrize(
    ("hours", "on"), [(9.9, False), (10.1, True), (17.9, True), (18.1, False), (34.1, False)]
)
def test_a_night_shift_is_from_evening_to_morning_in_its_own_zone(hours: float, on: bool) -> None:
    made = roster(
        duties={"night": {"assets": ["osmand:gul*"], "area": "Beat 4", "shifts": [NIGHT]}}
    )
    assert on_patrol(made, car(), NOON + timedelta(hours=hours)) == [on]


def test_shifts_follow_one_another_as_time_passes() -> None:
    day = {"start": "06:00", "end": "22:00"}
    shifts = {
        "night": {"groups": ["car"], "route": "Ring road", "shifts": [NIGHT]},
        "day": {"groups": ["car"], "area": "Beat 4", "shifts": [day]},
    }
    made, rows = roster(duties=shifts), car()
    rows["latitude"], rows["longitude"] = 34.0, 71.5
    place = rows["identity"], rows["latitude"], rows["longitude"]
    by_day, _ = made.at(rows, FENCES, NOON)
    by_night, _ = made.at(rows, FENCES, NOON + timedelta(hours=12))
    assert np.isfinite(by_day.from_area(*place))
    assert np.isnan(by_day.from_line(*place))
    assert by_night.from_line(*place) == pytest.approx(0, abs=0.1)
    assert np.isnan(by_night.from_area(*place))


def test_only_those_that_are_named_or_in_the_group_have_a_duty_also_when_they_come_later() -> None:
    made = roster(duties={"patrol": {"assets": ["mavlink:north/2"], "groups": ["car"]}})
    rows = drones(3)
    assert on_patrol(made, rows[:1], NOON) == [False]
    assert on_patrol(made, rows, NOON) == [False, True, False]
    assert on_patrol(made, np.concatenate([rows, car()]), NOON) == [False, True, False, True]


def test_what_is_named_and_not_there_is_told_and_comes_into_force_when_it_is() -> None:
    made = roster(
        duties={"patrol": {"assets": [CAR], "area": "Beat 4", "route": "Beat 4"}},
        speed_zones={"school": {"fence": "School", "most_speed": 8}},
    )
    rows = car()
    made.at(rows, Compiled([]), NOON)
    assert made.missing == {"Beat 4", "School"}
    duties, zones = made.at(rows, FENCES, NOON)
    assert made.missing == {"Beat 4", "School"}  # a polygon is no route
    assert np.isfinite(duties.from_area(rows["identity"], rows["latitude"], rows["longitude"]))
    assert zones.zones == ()


def test_a_speed_zone_has_the_hours_of_its_geofence_and_is_for_its_kinds() -> None:
    ends = NOON + timedelta(hours=1)
    bazaar = Geofence("Bazaar", "alert-only", BEAT.shape, valid_until=ends)
    made = roster(speed_zones={"bazaar": {"fence": "Bazaar", "most_speed": 8, "kinds": ["car"]}})
    here, there = np.array([34.0, 34.0]), np.array([71.5, 71.5])
    fences, rows = Compiled([bazaar]), np.concatenate([car(), drones()])
    _, zones = made.at(rows, fences, NOON)
    limits, _ = zones.limits(here, there, rows["kind"])
    np.testing.assert_equal(limits, [8.0, np.nan])
    _, later = made.at(rows, fences, ends)
    assert later.zones == ()


def test_through_a_guard_they_raise_their_alerts() -> None:
    told = {
        "duties": {"patrol": {"assets": [CAR], "area": "Beat 4", "route": "Ring road"}},
        "speed_zones": {"bazaar": {"fence": "Beat 4", "most_speed": 8}},
    }
    flight = Guarded([BEAT, ROAD], roster=roster(**told), rows=car())
    flight.fly(20, lambda s: (34.0, 71.5 + 12 * s * METRE), step=1.0, speed=12.0)
    assert [what for _, what in flight.told("zone_overspeed")] == ["activate"]
    flight.fly(120, lambda s: (34.0, 71.5 + 12 * s * METRE), step=1.0, speed=12.0)
    assert [what for _, what in flight.told("off_route")] == ["activate"]
    assert [what for _, what in flight.told("outside_area")] == ["activate"]
    assert [what for _, what in flight.told("zone_overspeed")] == ["activate", "return"]
    place = flight.rows["latitude"][0], flight.rows["longitude"][0]
    flight.fly(960, lambda _: place, step=10.0, speed=0.0)
    assert [what for _, what in flight.told("stopped")] == ["activate"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"duties": {"x": {"area": "Beat 4"}}}, "assets or groups"),
        ({"duties": {"x": {"groups": ["horses"]}}}, "for the group 'horses'"),
        (
            {"duties": {"x": {"groups": ["car"], "shifts": [{**NIGHT, "zone": "Asia/Nowhere"}]}}},
            "no time zone is called 'Asia/Nowhere'",
        ),
        (
            {"duties": {"x": {"groups": ["car"], "shifts": [{**NIGHT, "start": "22:00+05:00"}]}}},
            "without an offset",
        ),
        ({"speed_zones": {"x": {"fence": "Beat 4", "most_speed": 0}}}, "greater than 0"),
        ({"speed_zones": {"x": {"fence": "B", "most_speed": 9, "kinds": ["ship"]}}}, "'drone'"),
    ],
)
def test_what_makes_no_sense_is_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        RulesSettings.model_validate(told)
