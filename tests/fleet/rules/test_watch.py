"""The watch as a whole: groups, desks, restarts, settings and refusals."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from fleet.alerts import book as book_module
from fleet.alerts.alert import Priority
from fleet.alerts.book import Book
from fleet.alerts.events import event_as_json, event_from_json
from fleet.alerts.figures import Desks
from fleet.alerts.filters import Delay
from fleet.columns import Rows
from fleet.moments import as_datetime
from fleet.rules.registry import LANGUAGES, Found, network
from fleet.rules.rules import ROW_RULES, all_rules
from fleet.rules.settings import (
    DEFAULTS,
    Change,
    RuleSettings,
    RuleSettingsError,
    changed,
)
from fleet.rules.watch import PictureChangedError, Watch
from tests.fleet.rules.pictures import TIMES, Flight, car, drones, when
from tests.fleet.rules.test_happenings import FIRES, hear

URDU = re.compile("[\u0600-\u06ff]")


def silence(count: int, since: float, spread: float) -> Any:
    """Times of what `count` drones told last: one after another they fall silent."""
    ends = [when(since + number * spread / count) for number in range(count)]
    return lambda seconds: np.minimum(np.array(ends), when(seconds))


@pytest.mark.parametrize("name", sorted(all_rules()))
def test_every_rule_speaks_both_languages_in_plain_words(name: str) -> None:
    rule = all_rules()[name]
    fields = []
    for texts in (rule.texts.reason, rule.texts.action):
        assert set(texts) == set(LANGUAGES)
        assert all(len(text) > 10 for text in texts.values())
        assert URDU.search(texts["ur"])
        assert not URDU.search(texts["en"])
        named = {
            language: {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for language, text in texts.items()
        }
        assert named["en"] == named["ur"]  # both tell the same
        fields.append(named["en"])
    assert "name" in fields[0]
    assert fields[1] == set()
    assert rule.description.endswith((".", "`."))


def test_a_lost_mast_of_forty_vehicles_is_one_group_that_asks_once() -> None:
    rows = drones(40)
    flight = Flight(rows).go(5)
    last = silence(40, 5, 4.0)
    flight.go(40, {"heard_time": last, "position_time": last, "status_time": last})
    lost = [alert for alert in flight.book.alerts.values() if alert.rule == "link_lost"]
    (group,) = flight.book.shown()
    assert len(lost) == 40
    assert group.cause == "link/mavlink:north"
    assert {alert.group for alert in lost} == {group.key}
    assert len(group.assets) == len(flight.book.members(group.key)) == 40
    desks = Desks()
    desks.take(flight.events)
    assert desks.report(as_datetime(when(45)), flight.book.shown())[""].day == 1
    flight.book.acknowledge(group.key, "gul", as_datetime(when(46)))
    flight.go(30)
    assert flight.book.alerts == {}


def test_two_masts_are_two_groups_and_cars_another() -> None:
    rows = np.concatenate([drones(6), car()])
    for number in (3, 4, 5):
        rows["identity"][number] = f"mavlink:south/{number}".encode()
        rows["asset"][number] += 1
    rows["speed"][6] = 10.0
    flight = Flight(rows).go(5).go(120, dict.fromkeys(TIMES, when(5)))
    causes = {alert.cause: len(flight.book.members(alert.key)) for alert in flight.book.shown()}
    assert causes == {"link/mavlink:north": 3, "link/mavlink:south": 3, "link/osmand": 1}


@pytest.mark.parametrize(
    ("identity", "heard_through"),
    [
        ("mavlink:north/7", "mavlink:north"),
        ("owntracks:gul/phone", "owntracks"),
        ("teltonika:356307042441013", "teltonika"),
    ],
)
def test_what_an_asset_is_heard_through(identity: str, heard_through: str) -> None:
    assert network(identity) == heard_through


def test_a_restart_in_the_middle_raises_nothing_twice_and_clears_what_is_over() -> None:
    flight = Flight(drones(2)).go(20, {"height": 130.0, "system_status": 5})
    before = set(flight.of())
    assert len(before) == 4
    told = orjson.loads(orjson.dumps(flight.book.snapshot()))
    again = Flight(drones(2), book=Book.restored(told), seconds=flight.seconds)
    again.go(20, {"height": 130.0, "system_status": 5})
    assert again.of() == []
    again.go(40)
    assert set(again.of("return")) == before


def test_a_restart_takes_over_happenings_that_are_active() -> None:
    flight = Flight(drones()).go(5)
    hear(flight, 6, *FIRES["tampering"])
    again = Flight(drones(), book=flight.book, seconds=6).go(130, step=5.0)
    assert again.of("return") == ["tampering/mavlink:north/1"]


def test_a_rule_can_be_switched_off_and_changed() -> None:
    settings = RuleSettings(
        rules={
            "height": Change(enabled=False),
            "overspeed": Change(priority=Priority.HIGH, on=Delay(8), realert_after=20.0),
        },
        desks={"drone": "air"},
    )
    flight = Flight(drones(), settings).go(7, {"height": 200.0, "speed": 30.0})
    assert flight.events == []
    flight.go(5, {"height": 200.0, "speed": 30.0})
    (alert,) = flight.book.alerts.values()
    assert (alert.rule, alert.priority, alert.desk) == ("overspeed", Priority.HIGH, "air")
    flight.book.acknowledge(alert.key, "gul", as_datetime(when(12)))
    flight.go(30, {"speed": 30.0})
    assert flight.of("realert") == [alert.key]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"members": {"mavlink:north/1": "heavy"}}, "in the group 'heavy'"),
        ({"desks": {"heavy": "air"}}, "a desk for the group 'heavy'"),
    ],
)
def test_settings_that_name_no_group_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(RuleSettingsError, match=told):
        RuleSettings(**settings)


def test_settings_that_name_no_rule_are_refused() -> None:
    settings = RuleSettings(rules={"hieght": Change(enabled=False)})
    with pytest.raises(RuleSettingsError, match="no rule is called 'hieght'; there are altitude"):
        Watch(settings, Book())


def test_an_asset_of_a_kind_not_known_yet_has_the_thresholds_of_the_unknown() -> None:
    assert RuleSettings().group_of("camera:gate", 0) == "unknown"
    assert RuleSettings().group_of("camera:gate", 99) == "unknown"
    assert changed(DEFAULTS["car"], link={"late_after": 9.0}).link.late_after == 9.0


def test_a_picture_whose_assets_moved_is_refused() -> None:
    flight = Flight(drones(2)).go(3)
    with pytest.raises(PictureChangedError, match="not where they were"):
        flight.watch.look(flight.rows[::-1].copy(), when(4))
    with pytest.raises(PictureChangedError):
        flight.watch.look(flight.rows[:1], when(4))


def test_new_assets_may_come_at_any_time() -> None:
    flight = Flight(drones(1)).go(5, {"height": 130.0})
    flight.rows = drones(3)
    flight.go(5, {"height": 130.0})
    assert flight.of() == [f"height/mavlink:north/{number}" for number in (1, 2, 3)]


def test_a_full_book_is_counted_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_module, "ALERTS_MOST", 2)
    flight = Flight(drones(2)).go(10, {"height": 130.0})
    assert flight.of() == ["height/mavlink:north/1"]
    assert flight.watch.refused > 0
    monkeypatch.undo()
    flight.go(10, {"height": 130.0})
    assert flight.of() == ["height/mavlink:north/1", "height/mavlink:north/2"]


def test_the_same_flight_gives_the_same_events() -> None:
    one, other = (
        Flight(drones(2)).go(30, {"height": 130.0, "battery_percent": 20.0}) for _ in range(2)
    )
    assert one.events == other.events


def test_the_rows_of_a_flight_are_all_that_has_to_be_kept() -> None:
    flight = Flight(drones(3)).go(30, {"height": 130.0, "battery_percent": 20.0}).go(40)
    hear(flight, 71, *FIRES["panic"])
    rows = [event_from_json(orjson.loads(orjson.dumps(event_as_json(e)))) for e in flight.events]
    again = Book()
    again.replay(rows)
    assert again.alerts == flight.book.alerts
    assert len(again) > 3


def test_a_rule_that_fails_silences_no_other_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> tuple[Found, Rows]:
        raise ZeroDivisionError("of a rule")

    monkeypatch.setitem(ROW_RULES, "battery_low", replace(ROW_RULES["battery_low"], judge=fail))
    flight = Flight(drones()).go(5, {"battery_percent": 5.0})
    assert flight.rules() == {"battery_critical"}
    assert flight.watch.failing == {"battery_low": "ZeroDivisionError: of a rule"}
