"""What happens at a moment: calls for help, tampering, crashes and what vehicles say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.alerts.alert import Priority
from fleet.alerts.states import State
from fleet.moments import as_datetime
from fleet.rules.registry import Happening
from fleet.rules.rules import HAPPENING_RULES
from tests.fleet.rules.pictures import Flight, drones, when
from tests.fleet.rules.test_row_rules import DRONE

FIRES: dict[str, tuple[str, dict[str, Any]]] = {
    "panic": ("panic", {"cause": "button"}),
    "tampering": ("alarm", {"alarm": "power_cut", "code": 2}),
    "duplicate_identity": ("duplicate_system_id", {"why": "two sequences", "peers": ["a", "b"]}),
    "crash": ("text", {"severity": 0, "text": "Crash: Disarming: AngErr=76>30, Accel=0.5<3.0"}),
    "fence_breach": ("text", {"severity": 5, "text": "Polygon fence breached"}),
    "camera_event": ("person_down", {"confidence": 0.9, "latitude": 34.01, "longitude": 71.57}),
    "citizen_report": ("citizen_report", {"text": "two men on a roof"}),
}
QUIET: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "panic": [("alarm", {"alarm": "power_low"}), ("enter", {})],
    "camera_event": [("crowd", {}), ("vehicle_match", {"plate": "AB-1234"})],
    "citizen_report": [("text", {"text": "citizen_report"})],
    "tampering": [("alarm", {"alarm": "overspeed"}), ("alarm", {}), ("alarm", {"alarm": 7})],
    "duplicate_identity": [("offline", {})],
    "crash": [
        ("text", {"text": "SIM Hit ground at 0.500853 m/s"}),
        ("text", {"text": "Crash check disabled"}),
        ("crowd", {"text": "Crash: seen by a camera"}),
    ],
    "fence_breach": [
        ("text", {"text": "Fence Indexed OK"}),
        ("text", {"text": "Fence breach cleared"}),
        ("text", {}),
        ("text", {"text": 5}),
    ],
}


def at(seconds: float) -> Any:
    return as_datetime(when(seconds))


def happening(seconds: float, kind: str, detail: dict[str, Any]) -> Happening:
    return Happening(int(drones()["asset"][0]), DRONE, at(seconds), kind, detail)


def hear(flight: Flight, seconds: float, kind: str, detail: dict[str, Any]) -> None:
    flight.events += flight.watch.hear([happening(seconds, kind, detail)], at(seconds))


def test_each_rule_has_its_case() -> None:
    assert set(FIRES) == set(QUIET) == set(HAPPENING_RULES)


@pytest.mark.parametrize("name", FIRES)
def test_it_fires_once_and_says_why(name: str) -> None:
    flight = Flight(drones()).go(5)
    for _ in range(3):  # the same, told three times
        hear(flight, 6, *FIRES[name])
    key = f"{name}/{DRONE}"
    if HAPPENING_RULES[name].each:
        key += "/20261122T040006.000000"
    assert flight.of() == [key]
    alert = flight.book.alert(key)
    assert alert.acts[0].why == "happened at 2026-11-22T04:00:06+00:00"
    assert "north 1" in alert.reason["en"]
    assert "north 1" in alert.reason["ur"]
    assert alert.priority == HAPPENING_RULES[name].priority


def test_what_a_camera_saw_is_said_in_both_languages() -> None:
    flight = Flight(drones()).go(5)
    hear(flight, 6, *FIRES["camera_event"])
    reason = flight.book.alert(f"camera_event/{DRONE}").reason
    assert reason["en"] == "north 1 sees somebody is down: 34.01000, 71.57000"
    assert reason["ur"] == "north 1 نے دیکھا: کوئی گرا پڑا ہے: 34.01000, 71.57000"


@pytest.mark.parametrize("name", QUIET)
def test_it_does_not_fire(name: str) -> None:
    flight = Flight(drones()).go(5)
    for number, (kind, detail) in enumerate(QUIET[name]):
        hear(flight, 6 + number, kind, detail)
    assert name not in flight.rules()


def test_a_call_for_help_stays_until_it_is_reset_and_asks_again() -> None:
    flight = Flight(drones()).go(5)
    key = f"panic/{DRONE}"
    hear(flight, 6, "panic", {})
    flight.book.acknowledge(key, "gul", at(8))
    flight.go(120)
    assert flight.book.alert(key).state == State.LATCHED
    hear(flight, 126, "panic", {})
    assert flight.book.alert(key).state == State.UNACKNOWLEDGED
    assert flight.book.alert(key).priority == Priority.HIGH


def test_what_is_told_again_after_it_was_dealt_with_is_not_raised_again() -> None:
    flight = Flight(drones()).go(5)
    hear(flight, 6, *FIRES["tampering"])
    flight.go(130, step=5.0)
    flight.book.acknowledge(f"tampering/{DRONE}", "gul", at(140))
    hear(flight, 6, *FIRES["tampering"])
    assert len(flight.of()) == 1


def test_a_button_that_is_pressed_many_times_is_one_alert() -> None:
    flight = Flight(drones()).go(5)
    for second in range(6, 66, 3):
        hear(flight, second, "panic", {})
        flight.go(3)
    asked = [event for event in flight.events if event.values.get("annunciates")]
    assert len(asked) == 1
    assert flight.book.alert(f"panic/{DRONE}").active


def test_each_report_of_a_citizen_is_an_alert_of_its_own() -> None:
    flight = Flight(drones()).go(5)
    for second, text in ((6, "smoke"), (7, "a fight"), (7, "a fight")):
        hear(flight, second, "citizen_report", {"text": text})
    asked = [event for event in flight.events if event.values.get("annunciates")]
    assert ["smoke" in event.values["reason"]["en"] for event in asked] == [True, False]


def test_tampering_is_over_when_it_does_not_happen_again() -> None:
    flight = Flight(drones()).go(5)
    hear(flight, 6, *FIRES["tampering"])
    flight.go(110)
    assert flight.of("return") == []
    flight.go(20)
    assert flight.of("return") == [f"tampering/{DRONE}"]


def test_a_fence_breach_is_over_when_the_vehicle_says_so_or_is_disarmed() -> None:
    flight = Flight(drones()).go(5)
    hear(flight, 6, *FIRES["fence_breach"])
    flight.go(600, step=30.0)
    assert flight.of("return") == []
    hear(flight, 606, "text", {"text": "Fence breach cleared"})
    assert len(flight.of("return")) == 1
    hear(flight, 607, "text", {"text": "Max Alt fence breached"})
    flight.go(5)
    flight.go(5, {"armed": 0})
    assert len(flight.of("return")) == 2


def test_happenings_are_taken_in_the_order_in_which_they_happened() -> None:
    flight = Flight(drones()).go(5)
    cleared = happening(9, "text", {"text": "Fence breach cleared"})
    breached = happening(7, "text", {"text": "Circle fence breached"})
    flight.events += flight.watch.hear([cleared, breached], at(10))
    assert len(flight.of()) == len(flight.of("return")) == 1


@given(
    st.text(max_size=30),
    st.dictionaries(
        st.sampled_from(["alarm", "text", "cause", "why", "severity"]),
        st.one_of(st.none(), st.integers(), st.text(max_size=60), st.booleans()),
    ),
    st.sampled_from(["panic", "alarm", "text", "duplicate_system_id", "tampering", ""]),
)
def test_whatever_is_told_no_rule_falls_over(other: str, detail: dict[str, Any], kind: str) -> None:
    flight = Flight(drones()).go(1)
    hear(flight, 2, kind or other, detail)
    for alert in flight.book.alerts.values():
        assert set(alert.reason) == set(alert.action) == {"en", "ur"}


def test_what_happened_hours_ago_is_raised_now_and_says_when_it_was() -> None:
    flight = Flight(drones()).go(5)
    flight.events += flight.watch.hear(
        [happening(-7200, "panic", {})], at(5)
    )  # a tracker that stored it
    alert = flight.book.alert(f"panic/{DRONE}")
    assert alert.raised_time == at(5)
    assert "2026-11-22T02:00:00+00:00" in alert.acts[0].why
