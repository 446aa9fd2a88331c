"""Real flights raise exactly the alerts that happened in them, once, and at the right time.

The fence that an ArduPilot vehicle carries tells of its breach three ways: FENCE_STATUS, a change of
mode (RTL) and two STATUSTEXTs, `Polygon fence breached` and `Fence breach cleared`. The rows have
no FENCE_STATUS, and a mode has other causes: the texts it is. `pymavlink` says when these came.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from fleet.alerts.alert import Priority
from fleet.alerts.book import Book
from fleet.alerts.states import State
from fleet.moments import as_datetime
from fleet.picture import Picture
from fleet.rules.settings import RuleSettings
from fleet.rules.watch import Watch
from tests.fleet.rules.replaying import STEP, Replay, read, replay
from tests.recordings import vehicle_messages

DRONE = "mavlink:default/1"
LATE = STEP.astype("m8[ms]").astype(int) / 1000
"""Seconds by which a look comes after what it sees."""


@cache
def flown(name: str) -> Replay:
    return replay(name)


def first(name: str, wanted: Any) -> float:
    """When a message came, by pymavlink, in seconds since 1970."""
    return next(float(m._timestamp) for m in vehicle_messages(name) if wanted(m))


def text(beginning: str) -> Any:
    return lambda m: m.get_type() == "STATUSTEXT" and m.text.startswith(beginning)


def times(name: str, what: str = "activate") -> dict[str, float]:
    """When each alert was raised, or returned, in seconds since 1970; each only once."""
    found = [
        (event.alert.partition("/")[0], event.time.timestamp())
        for event in flown(name).events
        if event.what == what and not event.alert.startswith("group/")
    ]
    assert len(found) == len(dict(found)), "an alert came twice"
    return dict(found)


def test_the_fence_breach_is_one_alert_from_its_breach_to_its_end() -> None:
    name = "copter-fence-breach"
    raised, returned = times(name), times(name, "return")
    assert set(raised) == set(returned) == {"fence_breach"}
    breached = first(name, lambda m: m.get_type() == "FENCE_STATUS" and m.breach_status)
    assert breached <= raised["fence_breach"] <= breached + 2 * LATE
    cleared = first(name, text("Fence breach cleared"))
    assert cleared <= returned["fence_breach"] <= cleared + LATE
    (alert,) = flown(name).book.shown()
    assert alert.state == State.RETURNED
    assert alert.priority == Priority.HIGH
    assert alert.reason["en"] == "drone 1: Polygon fence breached"


def test_the_low_battery_raises_voltage_failsafe_and_critical_voltage_in_one_group() -> None:
    name = "copter-lowbatt"
    raised = times(name)
    assert list(raised) == ["battery_voltage_low", "failsafe", "battery_voltage_critical"]
    for rule, volts, delay in (
        ("battery_voltage_low", 10.5, 3.0),
        ("battery_voltage_critical", 9.9, 2.0),
    ):
        below = first(
            name,
            lambda m, v=volts: m.get_type() == "SYS_STATUS" and 0 < m.voltage_battery < v * 1000,
        )
        # a status row comes with each heartbeat, once a second
        assert below + delay <= raised[rule] <= below + delay + 1.1 + LATE
    critical = first(name, lambda m: m.get_type() == "HEARTBEAT" and m.system_status == 5)
    assert critical <= raised["failsafe"] <= critical + LATE
    assert raised["battery_voltage_low"] < critical, "it warns before the autopilot acts"
    (group,) = flown(name).book.shown()
    assert group.first_up == f"battery_voltage_low/{DRONE}"
    assert group.priority == Priority.HIGH
    low = flown(name).book.alert(f"battery_voltage_low/{DRONE}")
    assert low.trigger_value == pytest.approx(10.3 / 3, abs=0.01)
    assert low.worst_value == pytest.approx(9.5 / 3, abs=0.01)
    assert low.reason["en"] == "drone 1: battery at 10.3 V, 3.43 V a cell, below 3.50 V"


def test_the_low_battery_asks_for_attention_once_until_it_is_acknowledged() -> None:
    asked = [e for e in flown("copter-lowbatt").events if e.values.get("annunciates")]
    assert [event.alert.partition("/")[0] for event in asked] == ["group"]


@pytest.mark.parametrize("name", ["three-copters", "copter-mission", "copter-signed"])
def test_flights_in_which_nothing_went_wrong_raise_nothing(name: str) -> None:
    assert not any(
        m.get_type() == "FENCE_STATUS" and m.breach_status for m in vehicle_messages(name)
    )
    assert flown(name).events == []


def test_a_flight_that_is_cut_off_in_the_air_is_late_and_lost() -> None:
    """The end of the recording, seen from half a minute later."""
    batch = read("copter-mission")
    positions, statuses = batch.positions, batch.statuses
    cut = statuses["received_time"].min() + 100_000_000
    picture, book = Picture(), Book()
    picture.add(batch.assets)
    picture.update_positions(positions[positions["received_time"] <= cut])
    picture.update_statuses(statuses[statuses["received_time"] <= cut])
    watch = Watch(RuleSettings(), book)
    events = [e for second in range(30) for e in watch.look(picture.rows, cut + second * 1_000_000)]
    told = [(e.alert.partition("/")[0], (e.time - as_datetime(cut)).seconds) for e in events
            if e.what == "activate" and not e.alert.startswith("group/")]  # fmt: skip
    assert told == [("link_late", 4), ("link_lost", 5)]
