"""Tables and figures of reports."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.report_charts import ASSETS_MOST, figure
from dashboard.report_tables import Table, as_csv, table, visit_table
from dashboard.reporting import KINDS
from fleet.reports.trips import TRIP, trips_and_stops
from fleet.reports.visits import Visit
from telemetry.history.reading import Window
from tests.fleet.reports.ways import way

KARACHI = ZoneInfo("Asia/Karachi")
DAY = Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))


def test_bars_stand_at_the_time_of_the_control_room() -> None:
    trips = trips_and_stops(way([(600, 10)])).trips
    told = figure(table("trips", trips, {7: "gulbahar-03"}), "dark", KARACHI, DAY)
    (bars,) = told["data"]
    assert (bars["y"], bars["base"]) == (["gulbahar-03"], ["2026-11-20T12:00:00.000"])
    assert bars["x"] == [600_000]
    assert bars["text"] == ["10 min 00 s, 6.0 km"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_without_rows_says_so(kind: str) -> None:
    told = figure(Table(kind, [], []), "light", KARACHI, DAY)
    assert told["layout"]["annotations"][0]["text"] == "Nothing of this in this time"
    go.Figure(told)  # it holds to Plotly's schema


def test_figures_hold_to_the_schema_of_plotly_and_to_so_many_assets() -> None:
    trips = np.repeat(trips_and_stops(way([(600, 10)])).trips, 200)
    trips["asset"] = np.arange(200)
    names = {number: f"car {number}" for number in range(200)}
    told = figure(table("trips", trips, names), "dark", KARACHI, DAY)
    go.Figure(told)
    assert len(set(told["data"][0]["y"])) == ASSETS_MOST


def test_a_visit_that_lasts_is_drawn_up_to_the_end_of_the_window() -> None:
    entered = datetime(2026, 11, 20, 18, tzinfo=UTC)
    lasts = Visit(7, "f", 1, "keep-out", entered, None)
    told = figure(visit_table([lasts], {7: "car"}, {("f", 1): "Bazaar"}), "dark", KARACHI, DAY)
    (bars,) = told["data"]
    assert (bars["x"], bars["text"]) == ([6 * 3_600_000], ["lasts, Bazaar"])
    assert told["layout"]["xaxis"]["range"][1] == "2026-11-21T05:00:00.000"


def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    trips = trips_and_stops(way([(600, 10)])).trips
    assert trips.dtype == TRIP
    assert ",'=1+1," in as_csv(table("trips", trips, {7: "=1+1"}))
