"""When orders are flown: once and by cron, through changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from missions.schedule.orders import Once, Recurring, is_occurrence, occurrences

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def recurring(cron: str, zone: str = "Asia/Karachi", **more: object) -> Recurring:
    return Recurring.model_validate({"cron": cron, "zone": zone, "first": JANUARY, **more})


@pytest.mark.parametrize(
    ("cron", "zone", "begin", "end", "told"),
    [
        # Peshawar is five hours ahead of UTC, all the year.
        ("30 6 * * *", "Asia/Karachi", "2026-03-28T00:00", "2026-03-30T00:00",
         ["2026-03-28T01:30", "2026-03-29T01:30"]),
        # 2026-11-21 is a Saturday.
        ("0 9 * * 1-5", "Asia/Karachi", "2026-11-20T00:00", "2026-11-24T00:00",
         ["2026-11-20T04:00", "2026-11-23T04:00"]),
        # In London the clock goes from 01:00 to 02:00 on 29 March: flown right after the gap …
        ("30 1 * * *", "Europe/London", "2026-03-28T00:00", "2026-03-31T00:00",
         ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]),
        # … and tells 01:30 twice on 25 October: flown the first time.
        ("30 1 * * *", "Europe/London", "2026-10-24T12:00", "2026-10-26T12:00",
         ["2026-10-25T00:30", "2026-10-26T01:30"]),
        # Each hour is each hour, whatever the clock says.
        ("0 * * * *", "Europe/London", "2026-10-24T23:00", "2026-10-25T03:00",
         ["2026-10-24T23:00", "2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00"]),
        # The window has its beginning and not its end.
        ("0 0 1 * *", "UTC", "2026-02-01T00:00", "2026-03-01T00:00", ["2026-02-01T00:00"]),
    ],
)  # fmt: skip
def test_a_recurring_order_is_flown_by_the_clock_of_its_zone(
    cron: str, zone: str, begin: str, end: str, told: list[str]
) -> None:
    assert occurrences(recurring(cron, zone), utc(begin), utc(end)) == [utc(t) for t in told]


def test_an_order_is_flown_within_its_validity_and_not_on_days_left_out() -> None:
    order = recurring(
        "0 2 * * *",
        first=utc("2026-05-01T00:00"),
        last=utc("2026-05-05T21:00"),  # the time itself, 02:00 of the 6th in Peshawar, is out
        skipped=[date(2026, 5, 3)],
    )
    found = occurrences(order, JANUARY, utc("2027-01-01T00:00"))
    assert [time.astimezone(ZoneInfo("Asia/Karachi")).day for time in found] == [2, 4, 5]


def test_once_is_once() -> None:
    order = Once(time=datetime.fromisoformat("2026-11-23T16:00+05:00"))
    assert occurrences(order, JANUARY, utc("2027-01-01T00:00")) == [utc("2026-11-23T11:00")]
    assert occurrences(order, utc("2026-11-23T11:01"), utc("2027-01-01T00:00")) == []


def test_what_is_told_is_bounded() -> None:
    every_minute = recurring("* * * * *")
    assert len(occurrences(every_minute, JANUARY, JANUARY + timedelta(days=365), 50)) == 50


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"cron": "0 6 * *"}, "five fields"),
        ({"cron": "0 25 * * *"}, "bad hour"),
        ({"cron": "0 6 30 2 *"}, "bad day-of-month"),
        ({"cron": "0 6 * * *", "zone": "Asia/Peshawar"}, "no time zone"),
        ({"cron": "0 6 * * *", "zone": "../../etc/passwd"}, "no time zone"),
        ({"cron": "0 6 * * *", "last": "2025-01-01T00:00Z"}, "not after"),
        ({"cron": "0 6 * * *", "first": "2026-01-01T00:00"}, "timezone"),
    ],
)
def test_what_is_no_order_is_refused_with_the_reason(values: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Recurring.model_validate({"first": "2026-01-01T00:00Z", **values})


_FIELD = st.sampled_from(["*", "0", "15", "30", "1", "2", "*/2", "0,30"])
_ZONES = st.sampled_from(["UTC", "Asia/Karachi", "Europe/London", "America/New_York"])


@given(
    minute=_FIELD,
    hour=st.sampled_from(["*", "0", "1", "2", "1-3", "*/6", "23"]),
    zone=_ZONES,
    day=st.sampled_from(["2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2026-06-01"]),
    minutes=st.lists(st.integers(0, 48 * 60), min_size=3, max_size=3),
)
def test_a_time_falls_into_one_of_two_windows_side_by_side(
    minute: str, hour: str, zone: str, day: str, minutes: list[int]
) -> None:
    order = recurring(f"{minute} {hour} * * *", zone)
    start = utc(f"{day}T00:00") - timedelta(hours=12)
    begin, middle, end = (start + timedelta(minutes=m) for m in sorted(minutes))
    halves = occurrences(order, begin, middle, 5000) + occurrences(order, middle, end, 5000)
    assert halves == occurrences(order, begin, end, 5000)
    assert halves == sorted(set(halves))
    assert all(is_occurrence(order, time) for time in halves[:20])


@given(
    st.lists(st.text("0123456789*,-/#LWMONJA", max_size=7), min_size=4, max_size=6).map(" ".join)
)
def test_any_text_is_refused_or_is_an_order(text: str) -> None:
    try:
        order = recurring(text)
    except ValidationError:
        return
    found = occurrences(order, JANUARY, JANUARY + timedelta(days=40), 20)
    assert found == sorted(set(found))
