"""When something applies: periods, and daily or weekly hours within them (ED-269, ED-318)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from fleet.daylight import SunEvent, sun_event
from fleet.forms import FormError

EVERY_DAY = frozenset(range(7))
"""Monday is 0."""

WINDOW_MOST = timedelta(days=3700)
"""The longest window that periods are reckoned for."""

YEARS = range(1900, 2200)
"""Of a window."""

Span = tuple[datetime, datetime]
"""From and to, in UTC."""


@dataclass(frozen=True)
class Hours:
    """Hours that repeat on days of the week, each from `start` to the next `end` after it.

    A `time` carries its zone, which also says what day it is; a sun event is one of the place. So
    22:00 to 05:00 goes past midnight and 00:00 to 00:00 is a whole day. Raises FormError for a
    time without a zone and for no days.
    """

    start: time | SunEvent
    end: time | SunEvent
    days: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        if not self.days or not self.days <= EVERY_DAY:
            raise FormError("hours need days of the week, 0 (Monday) to 6")
        for clock in (self.start, self.end):
            if isinstance(clock, time) and clock.tzinfo is None:
                raise FormError(f"the hour {clock} has no time zone")

    def on(self, day: date, latitude: float, longitude: float) -> Span:
        """The span that begins on a day. Where the sun does not rise or set, the whole day."""
        start = end = _moment(self.start, day, latitude, longitude)
        later = day - timedelta(days=1)  # the end's zone may be a day ahead of the start's
        while start is not None and end is not None and end <= start:
            end = _moment(self.end, later, latitude, longitude)
            later += timedelta(days=1)
        if start is None or end is None:  # who cannot tell must take it as in force
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            noon -= timedelta(hours=longitude / 15)
            start, end = noon - timedelta(hours=12), noon + timedelta(hours=12)
        return start, end


@dataclass(frozen=True)
class Period:
    """From a moment to another, None: without limit; within it always, or in `hours` only.

    Raises FormError for moments without a zone, or in the wrong order.
    """

    start: datetime | None = None
    end: datetime | None = None
    hours: tuple[Hours, ...] = ()

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment is not None and moment.tzinfo is None:
                raise FormError(f"the time {moment} has no time zone")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise FormError(f"a period ends at {self.end}, before it begins at {self.start}")

    def spans(self, window: Span, latitude: float, longitude: float) -> Iterator[Span]:
        """Spans of the window in which it applies, at a place."""
        first, last = window
        if self.start is not None and self.start > first:
            first = self.start if self.start >= last else self.start.astimezone(UTC)
        if self.end is not None and self.end < last:
            last = self.end if self.end <= first else self.end.astimezone(UTC)
        if first >= last:
            return
        if not self.hours:
            yield first, last
            return
        # A span may begin on the day before, and a zone's day up to a day beside UTC's.
        days = (last - first).days + 5
        for index in range(days):
            day = first.date() + timedelta(days=index - 2)
            for hours in self.hours:
                if day.weekday() in hours.days:
                    start, end = hours.on(day, latitude, longitude)
                    if max(start, first) < min(end, last):
                        yield max(start, first), min(end, last)


def in_force(
    periods: Iterable[Period], start: datetime, end: datetime, latitude: float, longitude: float
) -> list[Span]:
    """The spans from `start` to `end` in which one of the periods applies, in UTC.

    They are in order and do not touch. Raises ValueError for moments without a zone or in the
    wrong order, for more than WINDOW_MOST, and outside YEARS.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("a window needs moments with a time zone")
    if start.year not in YEARS or end.year not in YEARS:
        raise ValueError(f"a window from {start} to {end} is not within {YEARS[0]} to {YEARS[-1]}")
    if not timedelta(0) <= end - start <= WINDOW_MOST:
        raise ValueError(f"a window of {end - start}: at most {WINDOW_MOST.days} days, forwards")
    window = (start.astimezone(UTC), end.astimezone(UTC))
    spans = sorted(span for period in periods for span in period.spans(window, latitude, longitude))
    joined: list[Span] = []
    for first, last in spans:
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _moment(
    clock: time | SunEvent, day: date, latitude: float, longitude: float
) -> datetime | None:
    if isinstance(clock, time):
        return datetime.combine(day, clock).astimezone(UTC)
    return sun_event(clock, day, latitude, longitude)
