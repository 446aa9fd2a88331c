"""What ED-269 and ED-318 have in common: limits, restrictions, hours, authorities."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timezone, tzinfo
from typing import Any, Literal

from fleet.daylight import ELEVATIONS, SunEvent
from fleet.forms import Node
from fleet.moments import stamp
from fleet.schedules import EVERY_DAY, Hours, Period
from fleet.wording import sentence
from fleet.zones import HEIGHT_MOST, METRES_PER_FOOT, Limit, Reference

ZONES_MOST = 50_000
"""Zones of a document."""

PERIODS_MOST = 500
"""Periods of a zone, and rows of hours in a period."""

REFERENCE_DAY = date(2026, 1, 1)
"""Of the offset that hours without a first day are written with."""

UNITS = {"M": 1.0, "FT": METRES_PER_FOOT}
REFERENCES: dict[str, Reference] = {"AGL": "AGL", "AMSL": "AMSL", "WGS84": "WGS84"}
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_DAYS = {name: frozenset({index}) for index, name in enumerate(DAYS)} | {"ANY": EVERY_DAY}
_EVENTS: dict[str, SunEvent] = {event: event for event in ELEVATIONS}


def limit(height: Node | None, reference: Node | None, unit: float) -> Limit | None:
    """A limit in metres; None where the document gives no height, which is no limit."""
    if height is None:
        return None
    metres = height.number(-HEIGHT_MOST / unit, HEIGHT_MOST / unit) * unit
    return Limit(metres, reference.choice(REFERENCES) if reference is not None else "AGL")


def periods(listed: Node | None, zone: tzinfo | None) -> tuple[Period, ...]:
    """The periods of a list; none for one that says `permanent`, which is always in force."""
    if listed is None:
        return ()
    found = []
    for node in listed.items(PERIODS_MOST):
        permanent = node.find("permanent")
        if permanent is not None and permanent.text().upper() == "YES":
            return ()
        start, end, schedule = (
            node.find(name) for name in ("startDateTime", "endDateTime", "schedule")
        )
        first = None if start is None else start.instant(zone)
        last = None if end is None else end.instant(zone)
        if first is not None and last is not None and last < first:
            raise node.fault("ends before it begins")
        rows = [] if schedule is None else schedule.items(PERIODS_MOST)
        found.append(Period(first, last, tuple(_hours(row, zone) for row in rows)))
    return tuple(found)


def _hours(row: Node, zone: tzinfo | None) -> Hours:
    days: frozenset[int] = frozenset()
    for day in row.need("day").items(8):
        days |= day.choice(_DAYS)
    if not days:
        raise row.fault("names no day")
    return Hours(_clock(row, "start", zone), _clock(row, "end", zone), days)


def _clock(row: Node, which: Literal["start", "end"], zone: tzinfo | None) -> time | SunEvent:
    event = row.find(f"{which}Event")
    if event is not None:
        return event.choice(_EVENTS)
    clock = row.find(f"{which}Time")
    if clock is None:  # a day without hours is the whole day
        return time(tzinfo=zone or UTC)
    return clock.clock(zone)


def texts(node: Node | None) -> str:
    """A text, or the first of a list of texts in several languages, English before others."""
    if node is None:
        return ""
    if not isinstance(node.value, list | tuple):
        return _text(node)
    listed = list(node.items(100))
    english = [item for item in listed if _language(item).startswith("en")]
    return _text((english or listed)[0]) if listed else ""


def _text(node: Node) -> str:
    if isinstance(node.value, str):
        return node.text()
    inner = node.find("text")
    return "" if inner is None else inner.text()


def _language(node: Node) -> str:
    language = None if isinstance(node.value, str) else node.find("lang")
    return "" if language is None else language.text().lower()


def authority(listed: Node | None) -> str:
    """The authorities of a list, one after the other: name, e-mail, phone, site."""
    if listed is None:
        return ""
    found = []
    for node in listed.items(100):
        parts = (texts(node.find(name)) for name in ("name", "email", "phone", "siteURL"))
        found.append(", ".join(part for part in parts if part))
    return "; ".join(part for part in found if part)


def name_lost(identifier: str, most: int) -> str:
    """Of a form whose names are shorter than a zone's is."""
    return sentence(
        "zone.name",
        "zone {zone}: its name is cut to {most} characters",
        zone=identifier,
        most=most,
    )


def written_periods(
    periods: tuple[Period, ...], lost: Callable[[str, str], None]
) -> list[dict[str, Any]]:
    """The periods as ED-318 writes them.

    It knows no summer time: `lost` is told of hours that have it, their time zone and the day whose
    offset is taken.
    """
    found = []
    for period in periods:
        rows = [_written_hours(row, period, lost) for row in period.hours]
        whole: dict[str, Any] = {"schedule": rows} if rows else {}
        if period.start is not None:
            whole["startDateTime"] = stamp(period.start)
        if period.end is not None:
            whole["endDateTime"] = stamp(period.end)
        found.append(whole)
    return found


def _written_hours(row: Hours, period: Period, lost: Callable[[str, str], None]) -> dict[str, Any]:
    named = ["ANY"] if row.days == EVERY_DAY else [DAYS[day] for day in sorted(row.days)]
    written: dict[str, Any] = {"day": named}
    for which, clock in (("start", row.start), ("end", row.end)):
        if not isinstance(clock, time):
            written[f"{which}Event"] = clock
            continue
        day = period.start.date() if period.start else REFERENCE_DAY
        moment = datetime.combine(day, clock)
        if not isinstance(clock.tzinfo, timezone):
            lost(str(clock.tzinfo), day.isoformat())
        written[f"{which}Time"] = moment.timetz().replace(tzinfo=_fixed(moment)).isoformat()
    return written


def _fixed(moment: datetime) -> timezone:
    offset = moment.utcoffset()
    assert offset is not None, "hours carry a zone"
    return timezone(offset)
