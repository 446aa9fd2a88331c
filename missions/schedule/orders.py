"""When a plan is flown: once, or again and again by a cron expression in a time zone.

Recurring times are those of Debian's cron (crontab(5), kept by `cronsim`): a time that the clock
skips in spring is flown right after the gap, one that it tells twice in autumn the first time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from missions.plan import Part

CRON_MOST = 100
"""Characters of a cron expression."""

SKIPPED_MOST = 400
"""Days of an order that are left out."""

OCCURRENCES_MOST = 2000
"""Times of one order that are told at once."""

_FIELDS = 5

# A cron that is begun within a change of the clocks cannot see the change; none is longer.
_CHANGE = timedelta(hours=3)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write it as Asia/Karachi") from None
    return name


def _cron(text: str) -> str:
    if len(text.split()) != _FIELDS:
        raise ValueError(
            f"{text!r} has not the five fields minute, hour, day of month, month, day of week: "
            "30 6 * * 1-5 is half past six from Monday to Friday"
        )
    try:
        next(CronSim(text, datetime(2026, 1, 1, tzinfo=UTC)), None)
    except CronSimError as error:
        raise ValueError(f"{text!r} is no cron expression: {str(error).lower()}") from None
    return text


FAR = datetime(2100, 1, 1, tzinfo=UTC)
"""No order is for later than this."""

Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=FAR)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]


class Once(Part):
    """Flown at one time."""

    kind: Literal["once"] = "once"
    time: Moment = Field(description="When the plan begins.")


class Recurring(Part):
    """Flown again and again."""

    kind: Literal["recurring"] = "recurring"
    cron: Annotated[str, Field(max_length=CRON_MOST), AfterValidator(_cron)] = Field(
        description="Minute, hour, day of month, month, day of week: `30 6 * * 1-5`."
    )
    zone: Zone = Field("Asia/Karachi", description="Time zone that the expression is in.")
    first: Moment = Field(description="Not before this time.")
    last: Moment | None = Field(None, description="Not at or after this time.")
    skipped: tuple[date, ...] = Field(
        (), max_length=SKIPPED_MOST, description="Days, in the zone, on which it is not flown."
    )

    @model_validator(mode="after")
    def _lasts(self) -> Recurring:
        if self.last is not None and self.last <= self.first:
            raise ValueError("`last` is not after `first`: are the two exchanged?")
        return self


When = Annotated[Once | Recurring, Field(discriminator="kind")]


def occurrences(
    when: Once | Recurring, begin: datetime, end: datetime, most: int = OCCURRENCES_MOST
) -> list[datetime]:
    """The first `most` times of an order within [begin, end), in UTC and in order."""
    if isinstance(when, Once):
        time = when.time.astimezone(UTC)
        return [time] if begin <= time < end else []
    begin = max(begin, when.first)
    end = end if when.last is None else min(end, when.last)
    if begin >= end:
        return []
    zone = ZoneInfo(when.zone)
    found: list[datetime] = []
    for local in CronSim(when.cron, (begin - _CHANGE).astimezone(zone)):
        time = local.astimezone(UTC)
        if time >= end or len(found) == most:
            break
        # Minutes that the clock tells twice are the same time once: see the module.
        if time >= begin and local.date() not in when.skipped and time not in found[-1:]:
            found.append(time)
    return found


def is_occurrence(when: Once | Recurring, time: datetime) -> bool:
    """Whether the order is flown at a time."""
    return time.microsecond == 0 and time in occurrences(when, time, time + timedelta(seconds=1))
