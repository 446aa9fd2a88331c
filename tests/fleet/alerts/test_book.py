"""What operators and rules do with a book, and what becomes of its alerts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleet.alerts import book as book_module
from fleet.alerts.alert import Priority
from fleet.alerts.book import SHELVE_MOST, Book
from fleet.alerts.errors import (
    BadOrderError,
    BrokenHistoryError,
    IllegalTransitionError,
    TooManyAlertsError,
)
from fleet.alerts.events import AlertEvent, event_from_json
from fleet.alerts.states import State, What
from tests.fleet.alerts.samples import START, at, lost

WIND = "wind/mavlink:north/1"


def asked(events: list[AlertEvent]) -> list[str]:
    """Alerts that asked for the operator's attention."""
    return [event.alert for event in events if event.values.get("annunciates")]


def test_an_alert_keeps_who_did_what_when_and_its_values() -> None:
    book = Book()
    book.activate(WIND, lost(value=6.0, assets=(3,)), at(0))
    book.update(WIND, 9.0, at(2))
    book.update(WIND, 7.0, at(20))
    book.acknowledge(WIND, "Inspector Gul", at(21), "seen")
    book.note(WIND, "Inspector Gul", "crew says gusts", at(22))
    alert = book.alert(WIND)
    assert (alert.trigger_value, alert.worst_value, alert.current_value) == (6.0, 9.0, 7.0)
    assert alert.state == State.ACKNOWLEDGED
    assert alert.assets == (3,)
    assert alert.reason["ur"] == "رابطہ منقطع"
    assert [(act.what, act.who, act.why) for act in alert.acts] == [
        ("activate", "system", ""),
        ("acknowledge", "Inspector Gul", "seen"),
        ("note", "Inspector Gul", "crew says gusts"),
    ]
    assert [act.time for act in alert.acts] == [at(0), at(21), at(22)]


def test_the_worst_of_a_falling_value_is_the_smallest_even_if_it_was_held_back() -> None:
    book = Book()
    book.activate(WIND, lost(value=20.0, falling=True), at(0))
    assert book.update(WIND, 12.0, at(0.2)) == []  # too soon for a row
    assert book.update(WIND, 15.0, at(0.4)) == []
    (event,) = book.tick(at(1.5))
    assert dict(event.values) == {"worst": 12.0, "value": 15.0, "state": "unacknowledged"}
    book.update(WIND, 11.0, at(1.6))
    (event,) = book.clear(WIND, at(1.7), 30.0)
    assert (event.values["worst"], event.values["value"]) == (11.0, 30.0)


def test_a_value_at_ten_hertz_makes_few_rows() -> None:
    book = Book()
    book.activate(WIND, lost(value=6.0), at(0))
    rows = sum(len(book.update(WIND, 6.0 + i / 1000, at(i / 10))) for i in range(600))
    assert rows <= 60
    quiet = sum(len(book.update(WIND, 5.0 + i % 2 / 10, at(60 + i / 10))) for i in range(600))
    assert quiet <= 7


def test_an_alert_that_becomes_normal_leaves_the_book() -> None:
    book = Book()
    book.activate(WIND, lost(), at(0))
    book.acknowledge(WIND, "gul", at(1))
    book.clear(WIND, at(2))
    assert len(book) == 0
    assert book.alert(WIND).state == State.NORMAL
    book.activate(WIND, lost(), at(3))
    assert book.alert(WIND).occurrences == 1


def test_what_came_back_before_it_was_acknowledged_counts_its_occurrences() -> None:
    book = Book()
    for second in range(0, 6, 2):
        book.activate(WIND, lost(), at(second))
        book.clear(WIND, at(second + 1))
    assert book.alert(WIND).occurrences == 3
    assert book.alert(WIND).state == State.RETURNED


def test_a_latching_alert_waits_for_its_reset() -> None:
    book = Book()
    book.activate(WIND, lost(latching=True), at(0))
    book.clear(WIND, at(1))
    with pytest.raises(IllegalTransitionError, match="cannot reset an alert that is latched_unack"):
        book.reset(WIND, "gul", at(2))
    book.acknowledge(WIND, "gul", at(2))
    assert book.alert(WIND).state == State.LATCHED
    book.reset(WIND, "gul", at(3))
    assert len(book) == 0


def test_a_latching_alert_that_came_and_went_on_the_shelf_is_not_forgotten() -> None:
    book = Book()
    book.shelve(WIND, "gul", "maintenance", at(600), at(0))
    assert asked(book.activate(WIND, lost(latching=True), at(10))) == []
    book.clear(WIND, at(20))
    book.tick(at(601))
    assert book.alert(WIND).state == State.LATCHED_UNACKNOWLEDGED


def test_a_shelf_ends_by_itself_and_asks_again_if_it_is_still_so() -> None:
    book = Book()
    book.activate(WIND, lost(), at(0))
    book.shelve(WIND, "gul", "known gusts", at(600), at(10))
    alert = book.alert(WIND)
    assert (alert.state, alert.masked_by, alert.masked_why) == (State.SHELVED, "gul", "known gusts")
    assert book.tick(at(599)) == []
    events = book.tick(at(600))
    assert [event.what for event in events] == [What.UNSHELVE]
    assert asked(events) == [WIND]
    assert book.alert(WIND).masked_by == ""


@pytest.mark.parametrize(
    ("who", "why", "until", "told"),
    [
        ("gul", "why", at(0), "give a time within 8:00:00 from now"),
        ("gul", "why", at(0) + SHELVE_MOST + timedelta(seconds=1), "give a time within"),
        ("  ", "why", at(60), "give a name"),
        ("gul", "", at(60), "give a reason"),
        ("gul", "x" * 2001, at(60), "give a reason of 1 to 2000"),
    ],
)
def test_a_shelf_without_owner_reason_or_bound_is_refused(
    who: str, why: str, until: object, told: str
) -> None:
    book = Book()
    book.activate(WIND, lost(), at(0))
    with pytest.raises(BadOrderError, match=told):
        book.shelve(WIND, who, why, until, at(0))  # type: ignore[arg-type]  # parametrised
    assert book.alert(WIND).state == State.UNACKNOWLEDGED


def test_an_acknowledged_alert_asks_again_after_a_while() -> None:
    book = Book()
    book.activate(WIND, lost(realert_after=300.0), at(0))
    book.acknowledge(WIND, "gul", at(10))
    assert book.tick(at(309)) == []
    assert asked(book.tick(at(310))) == [WIND]
    assert book.tick(at(1000)) == []  # it waits for somebody, not again and again


def test_what_is_suppressed_by_design_asks_for_nothing() -> None:
    book = Book()
    book.suppress(WIND, at(0), "drill")
    assert asked(book.activate(WIND, lost(), at(1))) == []
    assert book.alert(WIND).active
    assert asked(book.unsuppress(WIND, at(9))) == [WIND]


def test_what_is_out_of_service_asks_for_nothing() -> None:
    book = Book()
    book.remove_from_service(WIND, "gul", "sensor broken", at(0))
    assert asked(book.activate(WIND, lost(), at(1))) == []
    assert asked(book.restore_to_service(WIND, "gul", at(9))) == [WIND]


def mast(book: Book, count: int, seconds: float = 0.5, since: float = 0.0) -> list[AlertEvent]:
    """`count` vehicles lose the same mast, one after another."""
    return [
        event
        for number in range(count)
        for event in book.activate(
            f"link_lost/mavlink:north/{number + 1}",
            lost(cause="link/mavlink:north", assets=(number,)),
            at(since + number * seconds),
        )
    ]


def test_a_lost_mast_of_forty_vehicles_is_one_group_that_asks_once() -> None:
    book = Book()
    events = mast(book, 40)
    (group,) = [alert for alert in book.alerts.values() if alert.is_group]
    assert asked(events) == [group.key]
    assert book.shown() == [group]
    assert len(group.members) == len(book.members(group.key)) == 40
    assert group.first_up == "link_lost/mavlink:north/1"
    assert set(group.assets) == set(range(40))
    assert book.alert("link_lost/mavlink:north/40").first_up == group.first_up


def test_a_group_is_acknowledged_with_its_members_and_returns_with_the_last() -> None:
    book = Book()
    mast(book, 3)
    (group,) = book.shown()
    acknowledged = book.acknowledge(group.key, "gul", at(10))
    assert len(acknowledged) == 4
    assert {event.who for event in acknowledged} == {"gul"}
    for number in (1, 2):
        book.clear(f"link_lost/mavlink:north/{number}", at(20))
        assert book.alert(group.key).active
    events = book.clear("link_lost/mavlink:north/3", at(21))
    assert [event.alert for event in events] == ["link_lost/mavlink:north/3", group.key]
    assert len(book) == 0


def test_the_last_member_acknowledged_takes_its_group_along() -> None:
    book = Book()
    mast(book, 2)
    (group,) = book.shown()
    book.acknowledge("link_lost/mavlink:north/1", "gul", at(5))
    assert book.alert(group.key).state == State.UNACKNOWLEDGED
    book.acknowledge("link_lost/mavlink:north/2", "gul", at(6))
    assert book.alert(group.key).state == State.ACKNOWLEDGED


def test_who_joins_an_acknowledged_group_asks_only_with_a_higher_priority() -> None:
    book = Book()
    mast(book, 2)
    (group,) = book.shown()
    book.acknowledge(group.key, "gul", at(5))
    same = book.activate("link_lost/mavlink:north/8", lost(cause="link/mavlink:north"), at(6))
    assert asked(same) == []
    worse = lost(cause="link/mavlink:north", priority=Priority.HIGH)
    assert asked(book.activate("link_lost/mavlink:north/9", worse, at(7))) == [group.key]
    assert book.alert(group.key).priority == Priority.HIGH


def test_another_cause_or_a_later_time_is_another_group() -> None:
    book = Book()
    mast(book, 2)
    book.activate("link_lost/mavlink:south/1", lost(cause="link/mavlink:south"), at(3))
    mast_again = lost(cause="link/mavlink:north")
    book.activate("link_lost/mavlink:north/7", mast_again, at(0.5 + 61))
    groups = [alert for alert in book.alerts.values() if alert.is_group]
    assert [len(group.members) for group in groups] == [2, 1, 1]


def test_a_group_that_is_full_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_module, "MEMBERS_MOST", 3)
    book = Book()
    mast(book, 7)
    assert [len(group.members) for group in book.shown()] == [3, 3, 1]


def test_a_member_outlives_its_group_in_the_list() -> None:
    book = Book()
    mast(book, 1)
    (group,) = book.shown()
    book.acknowledge(group.key, "gul", at(1))
    late = "link_lost/mavlink:north/5"
    book.activate(late, lost(cause="link/mavlink:north"), at(2))
    book.clear("link_lost/mavlink:north/1", at(3))
    book.clear(late, at(4))
    assert [alert.key for alert in book.shown()] == [late]  # nobody has acknowledged it


def test_a_restart_in_the_middle_loses_nothing() -> None:
    """A book made anew from rows, or from a snapshot and the rows after it, goes on as the old."""
    whole, rows = Book(), []
    rows += mast(whole, 5)
    rows += whole.activate("panic/car", lost(latching=True, priority=Priority.HIGH), at(3))
    rows += whole.shelve(WIND, "gul", "known", at(500), at(4))
    snapshot = whole.snapshot()
    rows += whole.acknowledge("panic/car", "gul", at(5))
    by_rows, by_snapshot = Book(), Book.restored(snapshot)
    by_rows.replay(rows)
    by_snapshot.replay(rows)  # those that the snapshot has are passed over
    for book in (by_rows, by_snapshot):
        assert book.alerts == whole.alerts
        later = [
            *book.activate("link_lost/mavlink:north/9", lost(cause="link/mavlink:north"), at(6)),
            *book.tick(at(501)),
        ]
        reference = Book.restored(whole.snapshot())
        assert later == [
            *reference.activate(
                "link_lost/mavlink:north/9", lost(cause="link/mavlink:north"), at(6)
            ),
            *reference.tick(at(501)),
        ]


def test_rows_that_do_not_follow_are_refused() -> None:
    book, other = Book(), Book()
    rows = mast(book, 2)
    with pytest.raises(BrokenHistoryError, match="event 2 comes after event 0"):
        other.replay(rows[1:])
    bad = AlertEvent(1, WIND, START, What.ACTIVATE, "system")
    with pytest.raises(BrokenHistoryError, match=r"event 1 \(activate of wind"):
        other.replay([bad])
    with pytest.raises(BrokenHistoryError, match="no snapshot"):
        Book.restored({"last_id": "x", "alerts": []})
    with pytest.raises(BrokenHistoryError, match="no event of an alert"):
        event_from_json({"id": 1})


def test_a_full_book_refuses_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_module, "ALERTS_MOST", 3)
    book = Book()
    book.activate("wind/1", lost(), at(0))
    book.activate("wind/2", lost(), at(0))
    with pytest.raises(TooManyAlertsError, match="3 alerts are in the book"):
        book.activate("wind/3", lost(), at(0))
    book.clear("wind/1", at(1))


def test_orders_that_make_no_sense_are_refused() -> None:
    book = Book()
    with pytest.raises(IllegalTransitionError, match="cannot acknowledge an alert that is normal"):
        book.acknowledge(WIND, "gul", at(0))
    with pytest.raises(BadOrderError, match="it is normal"):
        book.note(WIND, "gul", "text", at(0))
    with pytest.raises(BadOrderError, match="has no time zone"):
        book.activate(WIND, lost(), at(0).replace(tzinfo=None))
    with pytest.raises(BadOrderError, match="raise its members"):
        book.activate("group/x/1", lost(), at(0))
    with pytest.raises(BadOrderError, match="201 characters"):
        book.activate("w" * 201, lost(), at(0))
    assert book.last_id == 0
