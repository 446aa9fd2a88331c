"""Tables and figures of reports."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import plotly.graph_objects as go
import pytest
import shapely

from dashboard.look import Look
from dashboard.report_charts import ASSETS_MOST, figure
from dashboard.report_tables import Table, as_csv, table, visit_table
from dashboard.report_words import WORDS
from dashboard.reporting import KINDS
from fleet.reports.overspeed import Held, overspeed
from fleet.reports.trips import TRIP, trips_and_stops
from fleet.reports.visits import Visit
from fleet.rules.duties import SpeedZone, SpeedZones
from telemetry.history.reading import Window
from tests.fleet.reports.ways import NOON, way
from tests.telemetry.store.samples import seconds

KARACHI = ZoneInfo("Asia/Karachi")
BAZAAR = SpeedZone("Bazaar", shapely.box(71, 33, 72, 35), 10)
DAY = Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))


def test_bars_stand_at_the_time_of_the_control_room() -> None:
    trips = trips_and_stops(way([(600, 10)])).trips
    told = figure(table("trips", trips, {7: "gulbahar-03"}), Look(KARACHI), DAY)
    (bars,) = told["data"]
    assert (bars["y"], bars["base"]) == (["gulbahar-03"], ["2026-11-20T12:00:00.000"])
    assert bars["x"] == [600_000]
    assert bars["text"] == ["10 min 00 s, 6.0 km"]


def test_words_are_of_the_language_and_times_of_the_zone_that_is_asked_for() -> None:
    trips = trips_and_stops(way([(600, 10)])).trips
    told = figure(table("trips", trips, {7: "car"}), Look(ZoneInfo("UTC"), language="ur"), DAY)
    (bars,) = told["data"]
    assert bars["base"] == ["2026-11-20T07:00:00.000"]
    assert bars["text"] == ["10 منٹ 00 سیکنڈ، 6.0 کلومیٹر"]
    assert told["layout"]["title"]["text"] == bars["name"] == "سفر"
    assert WORDS["en"].keys() == WORDS["ur"].keys()


def test_an_overspeed_is_told_with_the_limit_of_its_zone() -> None:
    fast = overspeed(
        way([(300, 12)]), 20.0, [Held(NOON, NOON + seconds(999), SpeedZones([BAZAAR]))]
    )
    told = figure(table("overspeed", fast, {7: "car"}), Look(KARACHI), DAY)
    (points,) = told["data"]
    assert points["text"] == ["limit 36 km/h of Bazaar"]
    (line,) = told["layout"]["shapes"]
    assert (line["line"]["dash"], line["label"]["text"]) == ("dot", "Bazaar")
    go.Figure(told)


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_without_rows_says_so(kind: str) -> None:
    told = figure(Table(kind, [], []), Look(KARACHI, "light"), DAY)
    assert told["layout"]["annotations"][0]["text"] == "Nothing of this in this time"
    go.Figure(told)  # it holds to Plotly's schema


def test_figures_hold_to_the_schema_of_plotly_and_to_so_many_assets() -> None:
    trips = np.repeat(trips_and_stops(way([(600, 10)])).trips, 200)
    trips["asset"] = np.arange(200)
    names = {number: f"car {number}" for number in range(200)}
    told = figure(table("trips", trips, names), Look(KARACHI), DAY)
    go.Figure(told)
    assert len(set(told["data"][0]["y"])) == ASSETS_MOST


def test_days_of_many_assets_are_fields_and_not_stripes() -> None:
    rows = [
        {"name": f"car {number}", "day": f"2026-11-{day}", "distance": 1000.0 * number}
        for number in range(9)
        for day in (19, 20)
    ]
    (field,) = figure(Table("days", [], rows), Look(KARACHI), DAY)["data"]
    assert (field["x"], field["z"][3]) == (["2026-11-19", "2026-11-20"], [3.0, 3.0])
    told = figure(Table("days", [], rows[:10]), Look(KARACHI), DAY)
    assert [bars["type"] for bars in told["data"]] == ["bar"] * 5
    go.Figure(told)


def test_a_visit_that_lasts_is_drawn_up_to_the_end_of_the_window() -> None:
    entered = datetime(2026, 11, 20, 18, tzinfo=UTC)
    lasts = Visit(7, "f", 1, "keep-out", entered, None)
    told = figure(visit_table([lasts], {7: "car"}, {("f", 1): "Bazaar"}), Look(KARACHI), DAY)
    (bars,) = told["data"]
    assert (bars["x"], bars["text"]) == ([6 * 3_600_000], ["lasts, Bazaar"])
    assert told["layout"]["xaxis"]["range"][1] == "2026-11-21T05:00:00.000"


def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    trips = trips_and_stops(way([(600, 10)])).trips
    assert trips.dtype == TRIP
    assert ",'=1+1," in as_csv(table("trips", trips, {7: "=1+1"}))
