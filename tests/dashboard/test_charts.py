"""The chart of the panel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboard import charts
from dashboard.callbacks import parse_key, render_texts
from dashboard.history import Course
from dashboard.look import Look, parse_look
from dashboard.words import WORDS
from fleet.assets import Kind
from fleet.columns import POSITION, STATUS, blank
from telemetry.batch import StatusText
from tests.dashboard.pictures import NOON, seconds

LOOK = Look(ZoneInfo("Asia/Karachi"))
START = datetime(2026, 5, 4, 7, tzinfo=UTC)
STEP = timedelta(seconds=5)


def course(times: list[float]) -> Course:
    positions, statuses = blank(POSITION, len(times)), blank(STATUS, len(times))
    moments = NOON + np.array([seconds(time) for time in times], "m8[us]")
    positions["fix_time"] = statuses["status_time"] = moments
    positions["height"] = np.arange(len(times)) + 50
    positions["speed"] = 10
    statuses["battery_percent"] = 90
    return Course(START, START + timedelta(minutes=15), positions, statuses)


def test_a_drone_has_battery_and_height_a_car_its_speed() -> None:
    drone = charts.course(course([0, 5]), Kind.DRONE, LOOK, STEP)
    assert [(line["name"], line["y"]) for line in drone["data"]] == [
        ("Battery", [90, 90]),
        ("Height", [50, 51]),
    ]
    car = charts.course(course([0, 5]), Kind.CAR, LOOK, STEP)
    assert [(line["name"], line["y"]) for line in car["data"]] == [("Speed", [36, 36])]


def test_times_are_those_of_the_control_room() -> None:
    figure = charts.course(course([0, 5]), Kind.CAR, LOOK, STEP)
    assert figure["data"][0]["x"] == ["2026-05-04T12:00:00.000", "2026-05-04T12:00:05.000"]
    assert figure["layout"]["xaxis"]["range"] == ["2026-05-04T12:00:00", "2026-05-04T12:15:00"]


def test_a_pause_breaks_the_line() -> None:
    figure = charts.course(course([0, 5, 60, 65]), Kind.CAR, LOOK, STEP)
    assert figure["data"][0]["y"] == [36, 36, None, 36, 36]


def test_unknown_values_are_gaps_not_zeros() -> None:
    told = course([0, 5, 10])
    told.positions["speed"][1] = np.nan
    figure = charts.course(told, Kind.CAR, LOOK, STEP)
    assert figure["data"][0]["y"] == [36, None, 36]


def test_nothing_stored_gives_a_blank_chart() -> None:
    assert charts.is_blank(charts.course(course([]), Kind.DRONE, LOOK, STEP))
    assert charts.is_blank(charts.empty())
    assert not charts.is_blank(charts.course(course([0]), Kind.DRONE, LOOK, STEP))


@pytest.mark.parametrize("wrong", [None, "", "-5", "1e3", "٣", "9" * 40, 5, {}, "abc"])
def test_keys_that_name_nothing(wrong: object) -> None:
    assert parse_key(wrong) is None or str(parse_key(wrong)) == str(int(str(wrong)))


def test_status_texts_are_told_with_time_and_severity() -> None:
    text = StatusText(1, START, 2, "Crash: Disarming")
    rendered: Any = render_texts([text], LOOK)[0]
    line = rendered.to_plotly_json()["props"]
    assert line["className"] == "text critical"
    assert [part.children for part in line["children"]] == [
        "12:00:00",
        "critical",
        "Crash: Disarming",
    ]
    strange: Any = render_texts([StatusText(1, START, 99, "?")], LOOK)[0]
    assert strange.to_plotly_json()["props"]["className"] == "text info"


def test_a_chart_is_in_the_language_the_colours_and_the_zone_of_its_page() -> None:
    look = parse_look({"language": "ur", "theme": "light", "zone": "UTC"}, LOOK.zone)
    figure = charts.course(course([0, 5]), Kind.CAR, look, STEP)
    assert figure["data"][0]["name"] == WORDS["ur"]["speed"]
    assert figure["data"][0]["line"]["color"] == charts.THEMES["light"].speed
    assert figure["data"][0]["x"][0] == "2026-05-04T07:00:00.000"


@pytest.mark.parametrize(
    "told", [None, [], "ur", {"language": ["ur"], "theme": 1, "zone": "Mars/Olympus"}]
)
def test_a_look_that_says_nothing_of_use_is_the_usual_one(told: object) -> None:
    assert parse_look(told, LOOK.zone) == LOOK


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["en"].keys() == WORDS["ur"].keys()
