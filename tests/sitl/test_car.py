"""Reports are well-formed in the words of both apps, and say what the car does."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given

from fleet.assets import owntracks_asset
from fleet.peshawar import to_metres
from sitl.cars.beats import beat
from sitl.cars.car import Report, osmand_query, owntracks_payload, owntracks_topic
from sitl.cars.motor_pool import STANDING_INTERVAL, MotorPool
from sitl.settings import SimulationSettings
from telemetry.trackers.owntracks_messages import read
from tests.sitl.cars.reports import REPORT, reports
from tests.sitl.wire import BEGIN

STEP = 200_000

Told = list[tuple[int, int, Report, Any]]


def test_owntracks_is_the_json_of_the_app() -> None:
    assert owntracks_topic("gulbahar-03") == "owntracks/patrol/gulbahar-03"
    message = json.loads(owntracks_payload("gulbahar-03", REPORT))
    assert message["_type"] == "location"
    assert message["tst"] == 1_795_290_000
    assert (message["lat"], message["lon"]) == (34.0123457, 71.5678901)
    assert message["vel"] == 36  # km/h
    assert "cog" not in message  # north is 0, and zero is left out
    assert (message["alt"], message["acc"], message["batt"]) == (333, 5, 81)
    assert message["tid"] == "03"


def test_osmand_is_the_query_of_the_app_with_the_speed_in_knots() -> None:
    fields = {
        name: values[0] for name, values in parse_qs(osmand_query("saddar-02", REPORT)).items()
    }
    assert fields["id"] == "saddar-02"
    assert fields["timestamp"] == "1795290000"
    assert float(fields["speed"]) == pytest.approx(19.438, abs=1e-3)
    assert float(fields["lat"]) == pytest.approx(34.0123457)
    assert fields["ignition"] == "true"
    assert "alarm" not in fields


def test_who_walks_has_no_ignition_and_a_panic_is_an_alarm() -> None:
    query = osmand_query("post-001", replace(REPORT, ignition=None, panic=True))
    fields = parse_qs(query)
    assert fields["alarm"] == ["sos"]
    assert "ignition" not in fields


@given(report=reports)
def test_the_collector_reads_from_owntracks_what_was_meant(report: Report) -> None:
    asset = owntracks_asset("patrol", "town-01")
    (told,) = read(asset, owntracks_payload("town-01", report), 1.9e9).reports
    assert told.time == report.time_us // 10**6 * 10**6
    assert told.latitude == pytest.approx(report.latitude, abs=1e-7)
    assert told.longitude == pytest.approx(report.longitude, abs=1e-7)
    assert told.accuracy == round(report.accuracy)
    assert math.isnan(told.speed) or abs(told.speed - report.speed) < 0.15
    assert math.isnan(told.speed) == (round(report.speed * 3.6) == 0)  # nought is left out


@given(report=reports)
def test_any_report_can_be_read_back_from_both(report: Report) -> None:
    message = json.loads(owntracks_payload("town-01", report))
    fields = {name: values[0] for name, values in parse_qs(osmand_query("town-01", report)).items()}
    assert message["tst"] == int(fields["timestamp"]) == report.time_us // 10**6
    assert abs(message.get("vel", 0) / 3.6 - report.speed) < 0.15
    assert abs(float(fields["speed"]) * 1852 / 3600 - report.speed) < 1e-3
    assert abs(float(fields["lat"]) - report.latitude) < 1e-7
    assert message["lon"] == float(fields["lon"])
    assert 0 <= message.get("cog", 0) < 360
    assert 0 <= float(fields["bearing"]) <= 360


@pytest.fixture(scope="module")
def told() -> Told:
    """Two minutes of twenty cars: their reports with the moment, and where they were then."""
    pool = MotorPool(SimulationSettings(drones=0, cars=20))
    rows = []
    for time in range(STEP, 120_000_000, STEP):
        for number, report in pool.step(time, BEGIN + time, STEP / 1e6):
            rows.append((time, number, report, pool.traffic.position[number].copy()))
    return rows


def test_reports_of_a_car_are_a_second_apart_at_least_and_ten_at_most(told: Told) -> None:
    for car in range(20):
        times = [time for time, number, *_ in told if number == car]
        gaps = [after - before for before, after in pairwise(times)]
        assert min(gaps) >= 1_000_000
        assert max(gaps) <= STANDING_INTERVAL
        seconds = [report.time_us // 10**6 for _, number, report, _ in told if number == car]
        assert len(set(seconds)) == len(seconds)  # else a store takes two of them for one


def test_cars_that_drive_report_every_one_to_two_seconds_and_standing_ones_every_ten(
    told: Told,
) -> None:
    for car in range(20):
        mine = [(time, report) for time, number, report, _ in told if number == car]
        for (before, first), (after, then) in pairwise(mine):
            if first.speed > 3 and then.speed > 3:
                assert after - before <= 2_000_000 + STEP
            if first.speed == then.speed == 0.0 and after - before > 2_500_000:
                assert after - before == STANDING_INTERVAL


def test_all_report_soon_after_the_start_and_not_all_at_once(told: Told) -> None:
    first: dict[int, int] = {}
    for time, number, *_ in told:
        first.setdefault(number, time)
    assert len(first) == 20
    assert max(first.values()) <= 1_200_000
    assert len(set(first.values())) > 3


def test_a_reported_fix_is_where_the_car_is_within_its_accuracy(told: Told) -> None:
    for _, _, report, place in told:
        east, north = to_metres(report.latitude, report.longitude)
        assert ((east - place[0]) ** 2 + (north - place[1]) ** 2) ** 0.5 < report.accuracy
        assert 0 <= report.course < 360
        assert 0 < report.battery_percent <= 100


def test_call_signs_are_safe_in_a_topic() -> None:
    for number in range(200):
        assert not set(beat(number).call_sign) & set("/+# $")
