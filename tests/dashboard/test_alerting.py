"""The page's alerts: the same as the collector's book, whatever was missed on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import alerting as module
from dashboard.alerting import Alerting, as_told
from fleet.alerts.alert import Alert, Occurrence, Priority
from fleet.alerts.book import Book
from fleet.alerts.errors import AlertError
from fleet.alerts.events import AlertEvent
from fleet.alerts.figures import Desks
from telemetry.feed import pack_alerts, unpack_alerts

START = datetime(2026, 5, 4, 7, tzinfo=UTC)
CALL = Occurrence(Priority.HIGH, {"en": "help"}, {"en": "go"}, (2**62 + 1,), cause="mast/north")
SINGLE = Occurrence(Priority.LOW, {"en": "slow"}, {"en": "look"}, (1,))

Told = list[tuple[AlertEvent, Alert]]


def acted(acts: list[tuple[str, int]]) -> tuple[Book, Told]:
    """A book to which all this was done, and what the bus carried of it."""
    book, told = Book(), Told()
    for second, (act, number) in enumerate(acts):
        try:
            events = done(book, act, number, START + timedelta(seconds=second))
        except AlertError:
            continue
        told += [(event, book.alert(event.alert)) for event in events]
    return book, told


def done(book: Book, act: str, number: int, now: datetime) -> list[AlertEvent]:
    key = f"rule/{number}"
    if act == "raise":
        return book.activate(key, CALL if number % 2 else SINGLE, now)
    if act == "clear":
        return book.clear(key, now)
    if act == "shelve":
        return book.shelve(key, "Gul", "roadworks", now + timedelta(hours=1), now)
    if act == "acknowledge all":
        key = next((a.key for a in book.alerts.values() if a.is_group), key)
    return book.acknowledge(key, "Gul", now)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["raise", "raise", "clear", "acknowledge", "acknowledge all", "shelve"]),
        st.integers(1, 6),
    ),
    max_size=60,
)


def sent(told: Told) -> Told:
    """As it arrives over the bus."""
    return [each for payload in pack_alerts(told) for each in unpack_alerts(payload)]


def day(told: Told) -> list[AlertEvent]:
    return [event for event, _ in told if event.values.get("annunciates")]


def without_parts(alerts: dict[str, Alert]) -> dict[str, dict[str, object]]:
    return {key: as_told(alert) for key, alert in alerts.items()}


@given(ACTS, st.data())
def test_what_follows_the_bus_is_the_book(acts: list[tuple[str, int]], data: st.DataObject) -> None:
    book, told = acted(acts)
    begun = data.draw(st.integers(0, len(told)))
    early = data.draw(st.integers(0, begun))
    base = Book()
    base.replay(event for event, _ in told[:begun])
    alerting = Alerting()
    alerting.take(sent(told[early:begun]))  # heard before the database answered
    alerting.restore(base, day(told[:begun]))
    alerting.take(sent(told[max(0, begun - 3) :]))  # some of them twice
    assert alerting.complete
    assert dict(alerting.alerts) == dict(book.alerts)
    now = START + timedelta(minutes=5)
    desks = Desks()
    desks.take(event for event, _ in told)
    assert alerting.figures(now) == desks.report(now, book.shown())


@given(ACTS, st.data())
def test_a_gap_is_noticed_and_each_alert_is_as_it_was_told_last(
    acts: list[tuple[str, int]], data: st.DataObject
) -> None:
    book, told = acted([("raise", 0), ("raise", 2), ("clear", 2), ("raise", 4), *acts])
    lost = data.draw(st.integers(0, len(told) - 2))
    alerting = Alerting()
    alerting.restore(Book(), [])
    alerting.take(sent(told[:lost]))
    alerting.take(sent(told[lost + 1 :]))
    noticed = not alerting.complete
    assert noticed
    told_last = {event.alert: as_told(alert) for event, alert in told[lost + 1 :]}
    shown = without_parts(dict(alerting.alerts))
    assert {k: v for k, v in told_last.items() if v["state"] != "normal"} == {
        k: v for k, v in shown.items() if k in told_last
    }
    alerting.restore(book, day(told))
    assert alerting.complete
    assert dict(alerting.alerts) == dict(book.alerts)


@given(ACTS, st.lists(st.integers(0, 100), max_size=8))
def test_who_asks_what_changed_now_and_then_has_the_whole(
    acts: list[tuple[str, int]], looks: list[int]
) -> None:
    book, told = acted(acts)
    alerting = Alerting()
    alerting.restore(Book(), [])
    version, seen = 0, dict[str, Alert]()
    for at in range(len(told) + 1):
        if at in looks or at == len(told):
            changes = alerting.changed_since(version)
            seen = {} if changes.whole else seen
            seen |= {alert.key: alert for alert in changes.alerts}
            for key in changes.gone:
                seen.pop(key, None)
            version = changes.version
        alerting.take(told[at : at + 1])
    assert seen == dict(book.alerts)
    nothing = alerting.changed_since(version)
    assert not nothing.gone
    assert nothing.whole or not nothing.alerts


def test_who_asks_for_what_is_forgotten_gets_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GONE_MOST", 3)
    alerting, book = Alerting(), Book()
    alerting.restore(book, [])
    first = book.activate("rule/0", SINGLE, START)
    alerting.take((event, None) for event in first)
    version = alerting.version
    for number in range(1, 5):
        assert not alerting.changed_since(version).whole
        key = f"rule/{number}"
        events = book.activate(key, SINGLE, START)
        events += book.acknowledge(key, "Gul", START)
        events += book.clear(key, START)
        alerting.take((event, None) for event in events)
    changes = alerting.changed_since(version)
    assert changes.whole
    assert [alert.key for alert in changes.alerts] == ["rule/0"]


def test_numbers_that_another_collector_gives_again_are_noticed() -> None:
    lost, kept = Book(), Book()
    alerting = Alerting()
    alerting.restore(Book(), [])
    alerting.take((event, None) for event in lost.activate("rule/1", SINGLE, START))
    alerting.take((event, None) for event in lost.activate("rule/2", SINGLE, START))
    later = START + timedelta(seconds=9)
    events = kept.activate("rule/3", SINGLE, later)
    alerting.take([(event, kept.alert(event.alert)) for event in events])
    assert not alerting.complete
    alerting.restore(kept, events)
    assert list(alerting.alerts) == ["rule/3"]


def test_keys_of_assets_are_told_as_a_browser_can_read_them() -> None:
    book = Book()
    book.activate("rule/1", CALL, START)
    told = orjson.loads(orjson.dumps(as_told(book.alert("rule/1"))))
    assert told["assets"] == [str(2**62 + 1)]
    assert told["rule"] == "rule"


def test_each_alert_tells_whether_it_opens_the_checklist_a_group_by_what_came_first() -> None:
    book = Book()
    for rule in ("drone_in_zone", "drone_jump", "battery_low"):
        book.activate(f"{rule}/rid:1", SINGLE, START)
        book.activate(f"{rule}/rid:2", replace(SINGLE, cause=f"swarm/{rule}"), START)
    opens = {key: as_told(alert)["checklist"] for key, alert in book.alerts.items()}
    assert [key for key, does in opens.items() if does] == [
        "drone_in_zone/rid:1",
        "group/swarm/drone_in_zone/2",
        "drone_in_zone/rid:2",
    ]
