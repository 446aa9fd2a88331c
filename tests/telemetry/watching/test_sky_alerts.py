"""Alerts of the airspace: each once, over when it is over, the same over a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fleet.airspace.checklist import CHECKLIST, OPENS_WITH, PHASES
from fleet.airspace.telling import RULES, SENSOR_LOST, SKY_RULES
from fleet.airspace.words import Words
from fleet.alerts.alert import Priority
from fleet.alerts.book import Book
from fleet.rules.settings import Change, RuleSettings
from telemetry.watching import sky_alerts
from telemetry.watching.sky_alerts import Matter, SkyAlerts, SkyNow

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
REASON = Words("unknown drone is inside Stadium", "نامعلوم ڈرون")
SUBJECT = "rid:1588E040445AC004418"


def inside(*subjects: str, zone: str = "Stadium") -> Matter:
    return Matter(SKY_RULES["drone_in_zone"], subjects or (SUBJECT,), REASON, zone)


def near(*subjects: str) -> Matter:
    return Matter(SKY_RULES["drone_near_zone"], subjects or (SUBJECT,), REASON, "Stadium")


class Desk:
    """A book and its alerts, stepped half a second after half a second."""

    def __init__(self, settings: RuleSettings | None = None) -> None:
        self.book = Book()
        self.settings = settings or RuleSettings()
        self.now = NOON
        self.alerts = SkyAlerts(self.book, self.settings)
        self.told: list[tuple[str, str]] = []

    def hold(self, seconds: float, *matters: Matter, well: tuple[str, ...] = ()) -> None:
        for _ in range(round(seconds * 2)):
            self.now += timedelta(seconds=0.5)
            events = self.alerts.take(SkyNow(matters, frozenset(well)), self.now)
            self.told += [(event.alert, event.what.value) for event in events]

    def restart(self) -> None:
        self.book = Book.restored(self.book.snapshot())
        self.alerts = SkyAlerts(self.book, self.settings)


KEY = f"drone_in_zone/{SUBJECT}/Stadium"


def test_a_drone_in_a_zone_is_told_once_however_long_and_ends_after_its_delay() -> None:
    desk = Desk()
    desk.hold(30, inside())
    assert desk.told == [(KEY, "activate")]
    desk.hold(9)
    assert desk.told == [(KEY, "activate")]
    desk.hold(2)
    assert desk.told == [(KEY, "activate"), (KEY, "return")]


def test_what_holds_for_a_moment_only_raises_nothing() -> None:
    desk = Desk()
    for _ in range(20):
        desk.hold(0.5, inside())
        desk.hold(0.5)
    assert desk.told == []


def test_a_drone_at_the_edge_is_one_alert_and_not_a_hundred() -> None:
    desk = Desk()
    for _ in range(100):
        desk.hold(3, inside())
        desk.hold(3, near())
    assert desk.told == [(KEY, "activate")]


def test_who_comes_in_is_near_no_more_and_that_needs_no_acknowledgement() -> None:
    desk = Desk()
    desk.hold(5, near())
    desk.hold(5, inside())
    before = f"drone_near_zone/{SUBJECT}/Stadium"
    assert desk.told == [
        (before, "activate"),
        (KEY, "activate"),
        (before, "return"),
        (before, "acknowledge"),
    ]
    assert list(desk.book.alerts) == [KEY]


def test_a_contact_that_says_who_it_is_later_keeps_its_alert() -> None:
    desk = Desk()
    desk.hold(5, inside("contact:abc"))
    desk.hold(5, inside(SUBJECT, "contact:abc"))
    desk.hold(5, inside(SUBJECT, "contact:9", "contact:abc"))
    assert desk.told == [("drone_in_zone/contact:abc/Stadium", "activate")]


def test_a_restart_raises_nothing_again_and_ends_nothing_before_sensors_are_heard() -> None:
    desk = Desk()
    desk.hold(5, inside())
    desk.restart()
    desk.hold(15)
    desk.hold(30, inside())
    assert desk.told == [(KEY, "activate")]
    desk.restart()
    desk.hold(sky_alerts.SETTLING.total_seconds() + 11)
    assert desk.told == [(KEY, "activate"), (KEY, "return")]


def test_a_lost_sensor_is_over_when_it_is_well_or_was_taken_away() -> None:
    lost = Matter(SENSOR_LOST, ("sbs:roof",), Words("lost", "ختم"))
    desk = Desk()
    desk.hold(2, lost)
    desk.restart()
    desk.hold(60)
    assert desk.told == [("sensor_lost/sbs:roof", "activate")]
    desk.hold(1, well=("sbs:roof",))
    desk.hold(1, lost)
    desk.restart()
    desk.hold(sky_alerts.UNHEARD.total_seconds() + 1)
    assert [what for _, what in desk.told] == ["activate", "return"] * 2


def test_settings_switch_a_rule_off_and_give_it_a_priority() -> None:
    changes = {
        "drone_in_zone": Change(enabled=False),
        "drone_near_zone": Change(priority=Priority.HIGH, realert_after=60),
    }
    desk = Desk(RuleSettings(rules=changes))
    desk.hold(10, inside(), near())
    ((key, _),) = desk.told
    alert = desk.book.alert(key)
    assert (alert.rule, alert.priority, alert.realert_after) == (
        "drone_near_zone",
        Priority.HIGH,
        60,
    )


def test_who_makes_up_drones_raises_no_more_alerts_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sky_alerts, "RAISED_MOST", 5)
    desk = Desk()
    desk.hold(3, *(inside(f"rid:{number}") for number in range(50)))
    assert len(desk.book.alerts) == 5
    assert desk.alerts.refused > 0


def test_the_drones_of_a_swarm_are_one_group() -> None:
    cause = "swarm/1"
    drones = [
        Matter(SKY_RULES["drone_in_zone"], (f"rid:{n}",), REASON, "Stadium", cause=cause)
        for n in range(4)
    ]
    swarm = Matter(SKY_RULES["swarm"], ("contact:1",), REASON, cause=cause)
    desk = Desk()
    desk.hold(5, *drones, swarm)
    (group,) = desk.book.shown()
    assert len(group.members) == 5


def test_each_item_of_the_checklist_is_there_once_in_both_languages_and_in_its_order() -> None:
    names = [item.id for item in CHECKLIST]
    assert len(set(names)) == len(names)
    order = [PHASES.index(item.phase) for item in CHECKLIST]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2}
    assert all(item.text.english.isascii() and not item.text.urdu.isascii() for item in CHECKLIST)
    assert OPENS_WITH < RULES
