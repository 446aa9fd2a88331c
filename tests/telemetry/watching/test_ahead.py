"""Breaches that are to come: told in time, once, and done with when the breach is there."""

from __future__ import annotations

import re

import pytest

from fleet.alerts.alert import Priority
from fleet.geofences.geofence import Geofence
from fleet.rules.ahead_watch import ENTERING, RULE
from fleet.rules.settings import DEFAULTS, Change, RuleSettings, changed
from fleet.zones import Circle
from tests.fleet.rules.pictures import drones
from tests.telemetry.watching.guarding import Guarded, Place, northward

METRE = 1 / 111_195.08
RING = Geofence("Ring", "keep-in", Circle(34.0, 71.5, 500.0), hysteresis=5.0)


def back_and_forth(speed: float, edge: float) -> Place:
    """To and fro, so that the breach ahead is within the limit at one moment and not at the next."""
    way = northward(speed)
    turn = edge / speed
    return lambda seconds: way(seconds if seconds < turn else 2 * turn - seconds)


def test_leaving_is_told_once_fifteen_seconds_before_and_the_breach_takes_over() -> None:
    flight = Guarded([RING]).fly(60, northward(10.0), heading=270.0)  # nose to the west
    told = flight.told(RULE.name)
    assert [what for _, what in told] == ["activate", "return", "acknowledge"]
    assert told[0][0] == pytest.approx(50 - 15 + 1, abs=1)  # a second of delay
    assert told[1][0] == pytest.approx(50, abs=1.5)
    (raised,) = (e for e in flight.events if e.alert.startswith(RULE.name) and e.what == "activate")
    assert raised.values["priority"] == Priority.MEDIUM
    assert re.fullmatch(r"\S.* will leave Ring in 1[45] s", raised.values["reason"]["en"])
    assert [what for _, what in flight.told("geofence")] == ["activate"]
    assert {alert.rule for alert in flight.book.shown()} == {"geofence"}


def test_a_drone_that_turns_in_time_is_told_of_once_and_it_is_over() -> None:
    flight = Guarded([RING]).fly(60, back_and_forth(10.0, 450.0))
    assert [what for _, what in flight.told(RULE.name)] == ["activate", "return"]
    assert flight.told("geofence") == []


def test_a_breach_about_as_far_away_as_the_limit_is_one_alert() -> None:
    early = changed(DEFAULTS["drone"], movement={"fence_ahead": 500.0})
    wide = Geofence("Wide", "keep-in", Circle(34.0, 71.5, 640.0))

    def jittering(seconds: float) -> tuple[float, float]:
        """North at 1.05 and 1.35 m/s in turn: some 600 and some 470 s to go, second by second."""
        return 34.0 + (1.2 * seconds + 0.15 * (int(seconds) % 2)) * METRE, 71.5

    flight = Guarded([wide], RuleSettings({"drone": early})).fly(100, jittering, step=1.0)
    assert [what for _, what in flight.told(RULE.name)] == ["activate"]


def test_entering_is_told_in_both_languages() -> None:
    jail = Geofence("Jail", "keep-out", Circle(34.01, 71.5, 200.0))
    flight = Guarded([jail]).fly(80, northward(10.0))
    (raised,) = (e for e in flight.events if e.alert.startswith(RULE.name) and e.what == "activate")
    assert "will enter Jail, where it may not be, in 1" in raised.values["reason"]["en"]
    assert "Jail میں داخل ہو جائے گا" in raised.values["reason"]["ur"]
    assert set(ENTERING.texts.reason) == set(RULE.texts.reason)


def test_a_guard_that_begins_anew_goes_on_with_what_was_raised() -> None:
    flight = Guarded([RING]).fly(40, northward(10.0))
    flight.begin()
    flight.fly(20, northward(10.0))
    assert [what for _, what in flight.told(RULE.name)] == ["activate", "return", "acknowledge"]


def test_what_is_only_noted_or_switched_off_or_of_cars_is_not_foretold() -> None:
    note = Geofence("Park", "alert-only", Circle(34.01, 71.5, 200.0))
    off = RuleSettings(rules={RULE.name: Change(enabled=False)})
    never = changed(DEFAULTS["drone"], movement={"fence_ahead": float("nan")})
    for fence, settings in (
        (note, RuleSettings()),
        (RING, off),
        (RING, RuleSettings({"drone": never})),
    ):
        flight = Guarded([fence], settings).fly(60, northward(10.0))
        assert flight.told(RULE.name) == []


def test_several_drones_towards_one_fence_are_one_group() -> None:
    flight = Guarded([RING], rows=drones(5)).fly(40, northward(10.0))
    (group,) = (a for a in flight.book.shown() if a.cause == f"fence/{RING.id}")
    assert len(group.members) == 5
