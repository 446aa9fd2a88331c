"""Stretches of time that may be left out: no longer than what is asked of them can be answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from dashboard.api.problems import ProblemError
from dashboard.api.windows import moment

From = Annotated[AwareDatetime | None, Query(alias="from", description="The first moment.")]
To = Annotated[
    AwareDatetime | None, Query(alias="to", description="The moment to stop before; now.")
]


def span(
    start: datetime | None,
    end: datetime | None,
    now: datetime,
    *,
    usual: timedelta,
    most: timedelta,
) -> tuple[datetime, datetime]:
    """From `start` to before `end`, in UTC: the `usual` time until now if neither is told.

    Raises ProblemError (422) if it ends before it begins, is longer than `most`, or is not between
    2000 and 2100.
    """
    end = now if end is None else moment(end, "to")
    start = end - usual if start is None else moment(start, "from")
    if start >= end:
        raise ProblemError(422, f"query.from: {start} is not before {end}")
    if end - start > most:
        raise ProblemError(422, f"query.from: {end - start} is longer than {most}")
    return start, end
