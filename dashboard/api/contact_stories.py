"""What is known of one contact: where it was, what sensors told of it, what happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import numpy as np
import psycopg
from fastapi import APIRouter, Path, Query

from dashboard.api.contact_models import (
    DetectionTold,
    TrackPoint,
    detection_of,
    point_of,
)
from dashboard.api.intrusions import Intrusion, intrusion
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.spans import From, To, span
from fleet.airspace.columns import CONTACT
from fleet.columns import Rows, blank
from fleet.moments import as_datetime
from telemetry.store import contact_queries
from telemetry.store.pages import place_of
from telemetry.store.sensor_queries import DetectionPlace, detections_of

DAY = timedelta(days=1)
ONE_MOST = DAY
"""What sensors told of a contact is looked through row by row."""

POINTS_MOST = 2000
LEAD = timedelta(seconds=30)
"""Before a contact was first there and after it was there last: what sensors told that made it."""

Key = Annotated[str, Path(pattern=r"^\d{1,19}$", description="The contact's key.")]


def add_stories(routes: APIRouter, services: Services) -> None:
    """`/contacts/<key>/…`."""
    history = services.history

    @routes.get("/{key}/track")
    async def track(
        key: Key,
        start: From = None,
        end: To = None,
        points: Annotated[int, Query(ge=2, le=POINTS_MOST)] = 600,
    ) -> list[TrackPoint]:
        """Where it was, in so many points at most; its last day if nothing else is said."""

        async def ask(to: psycopg.AsyncConnection) -> Rows:
            first, last = _within(await row_of(to, key), start, end)
            step = max((last - first) / (points - 1), timedelta(milliseconds=100))
            return await contact_queries.contact_track(to, int(key), first, last, step)

        return [point_of(row) for row in await history.ask(ask)]

    @routes.get("/{key}/detections")
    async def detections(
        key: Key,
        start: From = None,
        end: To = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Page[DetectionTold]:
        """What sensors told that may be of it, in order of time."""
        place = from_cursor(cursor, datetime, str, str, datetime)
        after = None if place is None else DetectionPlace(*place)

        async def ask(to: psycopg.AsyncConnection) -> Rows:
            row = await row_of(to, key)
            return await detections_of(to, row, *_within(row, start, end), after=after, limit=limit)

        rows = await history.ask(ask)
        more = len(rows) == limit
        return Page(
            items=[detection_of(row) for row in rows],
            next=to_cursor(*place_of(DetectionPlace, rows[-1])) if more else None,
        )

    @routes.get("/{key}/timeline")
    async def timeline(key: Key) -> Intrusion:
        """What happened, in order: to it, to its alerts, and what was done; its last day."""

        async def ask(to: psycopg.AsyncConnection) -> Intrusion:
            row = await row_of(to, key)
            return await intrusion(to, row, *life(row))

        return await history.ask(ask)


async def row_of(connection: psycopg.AsyncConnection, key: str) -> np.void:
    """The newest CONTACT row. Raises ProblemError (404)."""
    known = int(key) < 2**63
    rows = await contact_queries.contact(connection, int(key)) if known else blank(CONTACT, 0)
    if not len(rows):
        raise ProblemError(404, f"no contact has the key {key}, or it is too new to be kept")
    row: np.void = rows[0]
    return row


def life(row: np.void) -> tuple[datetime, datetime]:
    """The last day of a contact (a row of CONTACT), with what made it."""
    end = as_datetime(row["time"]) + LEAD
    return max(as_datetime(row["first_time"]) - LEAD, end - ONE_MOST), end


def _within(
    row: np.void, start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    came, went = life(row)
    return span(start or (came if end is None else None), end, went, usual=DAY, most=ONE_MOST)
