"""Scenario files: what they may hold, and what is said about one that is wrong, with its line."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.scenarios.model import Route
from sitl.scenarios.reading import MAX_BYTES, ScenarioError, load, read, shipped
from sitl.scenarios.references import chosen, drone_names
from sitl.scenarios.units import metres, seconds, seconds_or_ever

GOOD = """\
title: A test
about: Two drones over the stadium.
duration: 2 min
start: 2026-11-22T18:00:00+05:00
places:
  stadium: [34.0232, 71.5715]
drones:
  - name: eye
    count: 2
    does:
      along: [stadium, [34.0, 71.5]]
      height: 80
cars:
  - {name: car, count: 3, protocol: osmand}
posts: 2
events:
  - {at: 30 s, who: eye-1, fault: gps_jump, values: {east: 30, north: 0}, for: 1 min}
  - {at: 40, who: [eye, car-2], cut: true}
expect:
  - {at: end, who: eye, airborne: true}
"""


def test_a_scenario_is_read_with_its_units_places_and_groups() -> None:
    scenario = read(GOOD, "good.yaml")
    assert scenario.duration == 120
    assert scenario.epoch == pytest.approx(1_795_352_400)
    assert isinstance(scenario.drones[0].does, Route)
    assert scenario.drones[0].does.along[1] == (34.0, 71.5)
    assert scenario.events[0].for_ == 60
    assert [event.what for event in scenario.events] == ["fault", "cut"]
    names = drone_names(scenario)
    assert chosen("eye", names) == ["eye-1", "eye-2"]
    assert chosen(["eye-2", "drones"], names) == ["eye-2", "eye-1"]


def test_those_that_come_with_the_package_can_all_be_read() -> None:
    assert shipped() == ["border", "crowd", "demo", "intruder", "scale", "search", "storm"]
    for name in shipped():
        assert load(name).title


WRONG = [
    ("height: 80", "hight: 80", 12, "drones[0].does.hight: no such key here; do you mean height?"),
    ("height: 80", "height: high", 12, "drones[0].does.height: input should be a valid number"),
    ("height: 80", "height: 5000", 12, "less than or equal to 500, not 5000"),
    (
        "[stadium, ",
        "[stadum, ",
        11,
        "drones[0].does.along[0]: no place 'stadum': there are stadium",
    ),
    ("duration: 2 min", "duration: 2 minutes", 3, "duration: it must be a time: 90, 90 s, 2 min"),
    ("duration: 2 min", "duration: -3", 3, "it must be a time"),
    ("title: A test\n", "", 1, "title: it is missing"),
    ("at: 40,", "at: 10 min,", 18, "events[1].at: the scenario ends at 120 s"),
    ("who: eye-1", "who: eye-3", 17, "nobody is called 'eye-3' whom fault can concern"),
    ("who: eye-1", "who: car-1", 17, "nobody is called 'car-1' whom fault can concern"),
    ("gps_jump", "gps_leap", 17, "events[0].fault: input should be 'gps_jump'"),
    (", north: 0}", "}", 17, "the fault gps_jump takes these values: east, north"),
    ("cut: true}", "cut: true, reboot: true}", 18, "this has cut, reboot"),
    ("cut: true}", "}", 18, "this has none"),
    ("cut: true}", "press: 1}", 18, "`press` takes no `who`"),
    ("who: [eye, car-2], cut: true", "press: 3", 18, "events[1].press: there are 2 posts"),
    ("airborne: true", "mode: CIRCLE", 20, "expect[0].mode: a copter has no such mode"),
    (", airborne: true", "", 20, "expect[0]: it expects nothing"),
    ("name: car, count: 3,", "name: eye-2,", 14, "cars[0].name: 'eye-2' is there already"),
    ("name: car, count: 3,", "name: drones,", 14, "cars[0].name: 'drones' is there already"),
    ("  stadium: [34.0232, 71.5715]", "  stadium: [134.0, 71.5]", 6, "[latitude, longitude]"),
    ("posts: 2", "posts: 2\nposts: 3", 16, "'posts' is here a second time"),
    ("posts: 2", "posts: &two 2\ncameras: *two", 16, "an alias (*two): write it out"),
    ("posts: 2", "posts: !!python/name:os.system 2", 15, "is not read here"),
    ("posts: 2", "posts: [2", 16, "expected ',' or ']'"),
    ("count: 2", "count: 6000", 9, "less than or equal to 5000"),
    ("+05:00", "", 4, "start: input should have timezone info"),
    ("cut: true", "cut: false", 18, "events[1].cut: input should be True"),
    ("east: 30", "east: .nan", 17, "events[0].values.east: input should be a finite number"),
    ("34.0, 71.5", ".nan, 71.5", 11, "input should be a finite number"),
    ("who: [eye, car-2], cut: true", "press: .inf", 18, "events[1].press: "),
    ("posts: 2", "cameras: 2\nflights: [{name: x, speed: 9, along: [[34, 71]]}]", 16, "flights[0]"),
    (
        "posts: 2",
        "flights: [{name: x, speed: 9, along: [[34, 271, 50]]}]",
        15,
        "flights[0].along[0]: it must be [latitude, longitude, metres above the ground]",
    ),
    (
        "cut: true}",
        "cut: true}\n  - {at: 1, who: drones, order: take-off}",
        19,
        "the order take-off needs a `height`",
    ),
]


@pytest.mark.parametrize(("good", "bad", "line", "told"), WRONG)
def test_what_is_wrong_is_told_in_one_line_with_its_place(
    good: str, bad: str, line: int, told: str
) -> None:
    assert good in GOOD
    with pytest.raises(ScenarioError) as raised:
        read(GOOD.replace(good, bad, 1), "wrong.yaml")
    said = str(raised.value)
    assert said.startswith(f"wrong.yaml:{line}: ")
    assert told in said
    assert "\n" not in said


@pytest.mark.parametrize("order", ["land", "take-off, height: 20"])
def test_an_order_that_planes_do_not_take_is_told(order: str) -> None:
    text = GOOD.replace("name: eye", "name: eye\n    kind: plane")
    event = f"{{at: 2, who: [eye-2], order: {order}}}\nexpect:"
    with pytest.raises(ScenarioError, match=r"good.yaml:20: events\[2\].order: eye is a plane"):
        read(text.replace("expect:", f"  - {event}"), "good.yaml")


@pytest.mark.parametrize("sees", ["Fire", "two words", "a" * 41, '""'])
def test_what_no_camera_can_say_is_told(sees: str) -> None:
    event = f"{{at: 2, camera: 1, sees: {sees}}}\nexpect:"
    with pytest.raises(ScenarioError, match=r"good.yaml:20: events\[2\].sees: "):
        read("cameras: 1\n" + GOOD.replace("expect:", f"  - {event}"), "good.yaml")


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_is_told(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"empty.yaml:1: it is empty"):
        read(text, "empty.yaml")


def test_a_scenario_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no scenario 'strom': there are border, crowd, demo"):
        load("strom")
    with pytest.raises(ScenarioError, match=r"none.yaml: No such file"):
        load(str(tmp_path / "none.yaml"))
    with pytest.raises(ScenarioError, match="Is a directory"):
        load(str(tmp_path))


def test_a_file_of_ones_own_is_read_and_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD)
    assert load(str(path)).title == "A test"
    path.write_bytes(GOOD.encode() + b"about: \xff")
    with pytest.raises(ScenarioError, match=r"mine.yaml:21: not UTF-8"):
        load(str(path))
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ScenarioError, match=r"mine.yaml: larger than 4,000,000 bytes"):
        load(str(path))


def test_deep_nesting_is_told_and_not_followed() -> None:
    with pytest.raises(ScenarioError, match=r"deep.yaml:1: "):
        read("a: " + "[" * 50 + "]" * 50, "deep.yaml")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        read(text, "any.yaml")
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("any.yaml:")


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 30))
def test_a_torn_file_is_read_or_refused_in_one_line(start: int, length: int) -> None:
    told = "torn.yaml:"
    try:
        read(GOOD[:start] + GOOD[start + length :], "torn.yaml")
    except ScenarioError as error:
        told = str(error)
    assert told.startswith("torn.yaml:")
    assert "\n" not in told


@pytest.mark.parametrize(
    ("text", "value"),
    [(90, 90.0), ("90", 90.0), ("90 s", 90.0), ("1.5 min", 90.0), ("2h", 7200.0), (0, 0.0)],
)
def test_times_are_read_in_units(text: object, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", [-1, "-1", "a", "3 km", "", None, True, math.inf, math.nan, "for"])
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="it must be a time"):
        seconds(text)


def test_distances_and_for_ever() -> None:
    assert metres("1.5 km") == 1500.0
    assert seconds_or_ever("for ever") == math.inf
