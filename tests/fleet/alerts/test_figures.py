"""The figures of EEMUA 191 against a reckoning of all events at once."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.alerts import figures as figures_module
from fleet.alerts.alert import Priority
from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.alerts.figures import (
    DAY,
    HOUR,
    LISTED_MOST,
    TEN_MINUTES,
    Desks,
    Figures,
    report_as_json,
)
from fleet.alerts.states import What
from tests.fleet.alerts.samples import at, lost


def asks(time: datetime, alert: str = "wind/1", priority: int = 1, desk: str = "") -> AlertEvent:
    values = {"annunciates": True, "desk": desk, "priority": priority, "source": alert}
    return AlertEvent(1, alert, time, What.ACTIVATE, "system", "", values)


def counted(*seconds: float) -> Figures:
    figures = Figures()
    for second in seconds:
        figures.take(asks(at(second)))
    return figures


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 1.0, 20.0, 59.0, 130.0, 600.0, 2000.0, 9000.0]),
            st.sampled_from(["a/1", "b/1", "c/1"]),
            st.sampled_from(list(Priority)),
        ),
        max_size=60,
    ),
    st.sampled_from([0.0, 300.0, 600.0, 3600.0, 40_000.0, 86_400.0]),
)
def test_figures_kept_as_events_come_are_those_of_all_events_at_once(
    steps: list[tuple[float, str, Priority]], later: float
) -> None:
    figures, seconds = Figures(), 0.0
    taken: list[tuple[datetime, str, Priority]] = []
    for step, alert, priority in steps:
        seconds += step
        taken.append((at(seconds), alert, priority))
        figures.take(asks(*taken[-1]))
    now = at(seconds + later)
    report = figures.report(now)
    within = {span: [t for t in taken if now - t[0] < span] for span in (TEN_MINUTES, HOUR, DAY)}
    assert report.ten_minutes == len(within[TEN_MINUTES])
    assert report.hour == len(within[HOUR])
    assert report.day == len(within[DAY])
    peaks = [
        sum(timedelta() <= time - other < TEN_MINUTES for other, _, _ in taken[: number + 1])
        for number, (time, _, _) in enumerate(taken)
        if now - time < DAY
    ]
    assert report.peak_ten_minutes == max(peaks, default=0)
    counts = Counter(alert for _, alert, _ in within[DAY])
    assert {c.alert: c.count for c in report.commonest} == counts
    assert sum(c.share for c in report.commonest) == pytest.approx(1.0 if counts else 0.0)
    for priority in Priority:
        expected = sum(p == priority for _, _, p in within[DAY])
        assert report.shares[priority] * max(report.day, 1) == pytest.approx(expected)


def test_a_flood_begins_with_ten_in_ten_minutes_and_ends_below_five() -> None:
    figures = counted(*range(0, 270, 30))  # nine
    assert not figures.report(at(270)).in_flood
    figures.take(asks(at(270)))
    assert figures.report(at(270)).in_flood
    assert figures.report(at(749)).in_flood  # five are younger than ten minutes: 150, 180 … 270
    assert not figures.report(at(750)).in_flood
    share = figures.report(at(2700)).flood_share
    assert share == pytest.approx((750 - 270) / 2700)


def test_three_in_a_minute_are_chattering_for_an_hour() -> None:
    figures = counted(0, 20, 59)
    assert figures.report(at(60)).chattering == ("wind/1",)
    assert figures.report(at(3660)).chattering == ()
    assert counted(0, 20, 61).report(at(62)).chattering == ()


def test_the_ten_commonest_are_told_with_their_share() -> None:
    figures = Figures()
    for number in range(12):
        for _ in range(number + 1):
            figures.take(asks(at(number), f"a/{number:02}"))
    commonest = figures.report(at(20)).commonest
    assert [common.alert for common in commonest] == [f"a/{n:02}" for n in range(11, 1, -1)]
    assert commonest[0].share == pytest.approx(12 / 78)


def test_what_is_active_for_more_than_a_day_is_stale_unless_it_is_masked() -> None:
    book, desks = Book(), Desks()
    for key in ("wind/1", "wind/2", "wind/3"):
        desks.take(book.activate(key, lost(desk="air"), at(0)))
    desks.take(book.remove_from_service("wind/2", "gul", "sensor", at(5)))
    desks.take(book.clear("wind/3", at(10)))
    assert desks.report(at(86_400), book.shown())["air"].stale == ()
    report = desks.report(at(86_401), book.shown())["air"]
    assert report.stale == ("wind/1",)
    assert (report.active, report.waiting, report.masked) == (1, 2, 1)


def test_each_desk_has_its_own_figures_and_a_group_counts_once() -> None:
    book, desks = Book(), Desks()
    for number in range(40):
        key, cause = f"link_lost/mavlink:north/{number}", "link/mavlink:north"
        desks.take(book.activate(key, lost(cause=cause, desk="air"), at(number)))
    desks.take(book.activate("stopped/car", lost(desk="road"), at(50)))
    reports = desks.report(at(60), book.shown())
    assert {desk: report.day for desk, report in reports.items()} == {"air": 1, "road": 1}
    assert not reports["air"].in_flood
    assert reports["air"].commonest[0].alert == "group/link/mavlink:north"


def test_events_read_back_after_a_restart_give_the_same_figures() -> None:
    book, desks, again = Book(), Desks(), Desks()
    rows: list[AlertEvent] = []
    for second in range(0, 900, 45):
        rows += book.activate("wind/1", lost(), at(second))
        rows += book.clear("wind/1", at(second + 20))
    desks.take(rows)
    again.take(rows)
    assert desks.report(at(900), book.shown()) == again.report(at(900), book.shown())
    assert desks.report(at(900), book.shown())[""].day == 20


def test_more_than_is_kept_is_said_to_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_module, "KEPT_MOST", 5)
    report = counted(*range(8)).report(at(10))
    assert (report.day, report.truncated) == (5, True)
    assert not counted(0, 1).report(at(2)).truncated


def test_as_json_long_lists_are_cut_and_counted() -> None:
    figures = Figures()
    for number in range(30):
        for second in range(3):
            figures.take(asks(at(second), f"wind/{number}", priority=3))
    told = json.loads(json.dumps(report_as_json(figures.report(at(10)))))
    assert (len(told["chattering"]), told["chattering_count"]) == (LISTED_MOST, 30)
    assert (told["stale"], told["stale_count"]) == ([], 0)
    assert told["shares"] == {"low": 0.0, "medium": 0.0, "high": 1.0}
    assert told["commonest"][0] == {"alert": "wind/0", "count": 3, "share": 3 / 90}
