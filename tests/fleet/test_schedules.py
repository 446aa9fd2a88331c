"""When something applies: periods, days of the week, hours past midnight, summer time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.forms import FormError
from fleet.schedules import EVERY_DAY, Hours, Period, Span, in_force

KARACHI = timezone(timedelta(hours=5))
PESHAWAR = (34.0, 71.5)
MONDAY = datetime(2025, 11, 17, tzinfo=UTC)
WEEK = (MONDAY, MONDAY + timedelta(days=7))


def spans(*periods: Period, window: Span = WEEK) -> list[str]:
    """As `17 08:00-17 10:00`: day and time in UTC."""
    found = in_force(periods, *window, *PESHAWAR)
    return [f"{start:%d %H:%M}-{end:%d %H:%M}" for start, end in found]


def hours(start: str, end: str, *days: int, zone: timezone | ZoneInfo = UTC) -> Hours:
    first, last = (time.fromisoformat(clock).replace(tzinfo=zone) for clock in (start, end))
    return Hours(first, last, frozenset(days) or EVERY_DAY)


def test_a_period_without_limits_fills_the_window() -> None:
    assert in_force([Period()], *WEEK, *PESHAWAR) == [WEEK]


def test_no_period_is_never() -> None:
    assert in_force([], *WEEK, *PESHAWAR) == []


def test_a_period_is_cut_to_the_window() -> None:
    period = Period(MONDAY - timedelta(days=1), MONDAY + timedelta(hours=2))
    assert spans(period) == ["17 00:00-17 02:00"]
    assert spans(Period(WEEK[1], None)) == []
    assert spans(Period(None, WEEK[0])) == []


def test_hours_repeat_on_their_days() -> None:
    assert spans(Period(hours=(hours("08:00", "10:00", 0, 4),))) == [
        "17 08:00-17 10:00",
        "21 08:00-21 10:00",
    ]


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    period = Period(hours=(hours("22:00", "05:00", 6, 0),))
    assert spans(period) == ["17 00:00-17 05:00", "17 22:00-18 05:00", "23 22:00-24 00:00"]


def test_the_day_of_the_week_is_that_of_the_zone() -> None:
    early = Period(hours=(hours("02:00", "04:00", 0, zone=KARACHI),))  # Monday there, Sunday in UTC
    window = (MONDAY - timedelta(days=1), WEEK[1])
    assert spans(early, window=window) == ["16 21:00-16 23:00", "23 21:00-23 23:00"]


def test_hours_from_midnight_to_midnight_are_the_whole_day() -> None:
    assert spans(Period(hours=(hours("00:00", "00:00", 2),))) == ["19 00:00-20 00:00"]
    assert spans(Period(hours=(hours("00:00", "00:00"),))) == ["17 00:00-24 00:00"]


def test_summer_time_moves_the_hours() -> None:
    period = Period(hours=(hours("08:00", "09:00", zone=ZoneInfo("Europe/London")),))
    sunday = datetime(2025, 3, 29, tzinfo=UTC)  # clocks go forward on the 30th
    assert spans(period, window=(sunday, sunday + timedelta(days=2))) == [
        "29 08:00-29 09:00",
        "30 07:00-30 08:00",
    ]


def test_what_overlaps_or_touches_is_one_span() -> None:
    periods = [
        Period(hours=(hours("08:00", "10:00", 0), hours("10:00", "11:00", 0))),
        Period(MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=12)),
    ]
    assert spans(*periods) == ["17 08:00-17 12:00"]


def test_from_sunset_to_sunrise_is_the_night() -> None:
    night = Period(hours=(Hours("SS", "SR"),))
    found = in_force([night], MONDAY, MONDAY + timedelta(days=2), *PESHAWAR)
    assert len(found) == 3
    start, end = found[1]  # Peshawar, 17 November: sunset 17:05, sunrise 06:40 (UTC+5)
    assert abs(start - datetime(2025, 11, 17, 12, 5, tzinfo=UTC)) < timedelta(minutes=10)
    assert abs(end - datetime(2025, 11, 18, 1, 40, tzinfo=UTC)) < timedelta(minutes=10)


def test_where_the_sun_does_not_set_hours_after_sunset_are_taken_as_all_day() -> None:
    night = Period(hours=(Hours("SS", "SR"),))
    june = datetime(2025, 6, 20, tzinfo=UTC)
    window = (june, june + timedelta(days=1))
    assert in_force([night], *window, 69.65, 18.96) == [window]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (MONDAY.replace(tzinfo=None), WEEK[1]),
        (WEEK[1], WEEK[0]),
        (MONDAY, MONDAY + timedelta(days=4000)),
        (datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_windows_that_are_none_are_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="window"):
        in_force([Period()], start, end, *PESHAWAR)


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(FormError, match="no time zone"):
        Hours(time(8), time(9))
    with pytest.raises(FormError, match="no time zone"):
        Period(datetime(2025, 1, 1))  # noqa: DTZ001  # that is what is refused
    with pytest.raises(FormError, match="before it begins"):
        Period(WEEK[1], WEEK[0])
    with pytest.raises(FormError, match="days of the week"):
        hours("08:00", "09:00", 7)


def test_moments_at_the_ends_of_time_do_not_overflow() -> None:
    first = datetime.min.replace(tzinfo=timezone(timedelta(hours=12)))
    last = datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))
    assert in_force([Period(first, last)], *WEEK, *PESHAWAR) == [WEEK]


clocks = st.builds(
    lambda minutes, offset: time(
        minutes // 60, minutes % 60, tzinfo=timezone(timedelta(minutes=offset))
    ),
    st.integers(0, 1439),
    st.integers(-720, 720),
)
rows = st.builds(Hours, clocks, clocks, st.frozensets(st.integers(0, 6), min_size=1))
moments = st.datetimes(datetime(2025, 1, 1), datetime(2025, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone
periods = st.builds(
    lambda start, length, hours: Period(start, start + length, tuple(hours)),
    moments,
    st.timedeltas(timedelta(0), timedelta(days=10)),
    st.lists(rows, max_size=3),
)


@given(st.lists(periods, max_size=3), moments, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_the_spans_are_those_of_asking_at_each_moment(
    listed: list[Period], start: datetime, length: timedelta
) -> None:
    end = start + length
    found = in_force(listed, start, end, *PESHAWAR)
    assert all(start <= first < last <= end for first, last in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    for index in range(60):
        moment = start + length * index / 60
        inside = any(first <= moment < last for first, last in found)
        assert inside == (moment < end and any(applies(period, moment) for period in listed))


def applies(period: Period, moment: datetime) -> bool:
    """The plain meaning, row by row."""
    assert period.start is not None
    assert period.end is not None
    if not period.start <= moment < period.end:
        return False
    return not period.hours or any(open_at(row, moment) for row in period.hours)


def open_at(row: Hours, moment: datetime) -> bool:
    assert isinstance(row.start, time)
    assert isinstance(row.end, time)
    for back in range(4):
        day: date = moment.astimezone(row.start.tzinfo).date() - timedelta(days=back)
        if day.weekday() not in row.days:
            continue
        begin = datetime.combine(day, row.start)
        end = datetime.combine(day - timedelta(days=1), row.end)
        while end <= begin:
            end += timedelta(days=1)
        if begin <= moment < end:
            return True
    return False
