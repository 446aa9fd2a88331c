"""Stretches of time that are asked for: no longer than what is asked of them can be answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from dashboard.api.problems import ProblemError

Since = Annotated[AwareDatetime | None, Query(description="The first moment.")]
Until = Annotated[AwareDatetime | None, Query(description="The moment to stop before; now.")]

EARLIEST, LATEST = 2000, 2100
"""Years between which the store keeps times."""


def span(
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    *,
    usual: timedelta,
    most: timedelta,
) -> tuple[datetime, datetime]:
    """From `since` to before `until`: the `usual` time until now if neither is told.

    Raises ProblemError (422) if it ends before it begins or is longer than `most`.
    """
    for name, time in (("since", since), ("until", until)):
        if time is not None and not EARLIEST < time.year < LATEST:
            raise ProblemError(422, f"query.{name}: {time} is not between 2001 and 2099")
    end = until or now
    start = since or end - usual
    if start >= end:
        raise ProblemError(422, f"query.since: {start} is not before {end}")
    if end - start > most:
        raise ProblemError(422, f"query.since: {end - start} is longer than {most}")
    return start, end
