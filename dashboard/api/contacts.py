"""Contacts in the air that are not ours: those there are, those there were, and each with its track."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import numpy as np
import psycopg
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dashboard.api.contact_models import (
    ContactNow,
    ContactState,
    SensorSaw,
    now_of,
    state_of,
)
from dashboard.api.contact_stories import Key, add_stories, life, row_of
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.spans import From, To, span
from fleet.airspace.columns import ContactClass, Means
from fleet.moments import as_datetime
from telemetry.store import contact_queries, intrusion_queries
from telemetry.store.contact_queries import ContactPlace
from telemetry.store.pages import place_of

DAY = timedelta(days=1)
LIST_MOST = 92 * DAY
Class = Annotated[
    list[str] | None,
    Query(alias="class", description="`unknown`, `cooperative`, `not_cooperative` …"),
]


class ContactsNow(BaseModel):
    """What is there now."""

    time: datetime | None = Field(description="When the collector told of it; null: not yet.")
    items: list[ContactNow] = Field(description="The greatest threat first.")


class ContactWhole(BaseModel):
    """A contact with who saw it."""

    last: ContactState = Field(description="Its newest state that is kept.")
    now: ContactNow | None = Field(description="What it is now; null if it is gone.")
    last_time: datetime = Field(description="When it was measured last.")
    sensors: list[SensorSaw] = Field(description="Who was first to tell of it comes first.")


def router(services: Services) -> APIRouter:
    """`/contacts`."""
    routes = APIRouter(prefix="/contacts", tags=["airspace"])
    contacting, history = services.contacting, services.history

    def there_now() -> list[ContactNow]:
        found = [now_of(each) for each in contacting]
        return sorted(found, key=lambda each: (-each.threat.score, each.contact))

    @routes.get("")
    async def contacts_now() -> ContactsNow:
        """Those there are now."""
        heard = contacting.heard
        return ContactsNow(time=None if heard is None else as_datetime(heard), items=there_now())

    @routes.get("/history")
    async def contacts_then(
        start: From = None,
        end: To = None,
        classes: Class = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Page[ContactState]:
        """Those that were there in a stretch of at most 92 days, who came last comes first."""
        between = span(start, end, services.now(), usual=DAY, most=LIST_MOST)
        place = from_cursor(cursor, datetime, int)
        after = None if place is None else ContactPlace(*place)
        wanted = classes_of(classes)
        rows = await history.ask(
            lambda to: contact_queries.contacts(
                to, *between, classes=wanted, after=after, limit=limit
            )
        )
        more = len(rows) == limit
        return Page(
            items=[state_of(row) for row in rows],
            next=to_cursor(*place_of(ContactPlace, rows[-1])) if more else None,
        )

    @routes.get("/{key}")
    async def one_contact(key: Key) -> ContactWhole:
        """One contact, with the sensors that told of it in its last day."""

        async def ask(to: psycopg.AsyncConnection) -> tuple[np.void, list[intrusion_queries.Saw]]:
            row = await row_of(to, key)
            return row, await intrusion_queries.sensors_of(to, row, *life(row))

        row, saw = await history.ask(ask)
        return ContactWhole(
            last=state_of(row),
            now=next((each for each in there_now() if each.contact == key), None),
            last_time=as_datetime(row["time"]),
            sensors=[
                SensorSaw(
                    sensor=each.sensor,
                    means=Means(each.means).name.lower(),
                    count=each.told,
                    first_time=each.first_time,
                    last_time=each.last_time,
                )
                for each in saw
            ],
        )

    add_stories(routes, services)
    return routes


def classes_of(names: list[str] | None) -> list[ContactClass]:
    """Classes by their names. Raises ProblemError (422)."""
    known = {each.name.lower(): each for each in ContactClass}
    for name in names or ():
        if name not in known:
            raise ProblemError(422, f"query.class: {name[:40]!r} is none of {', '.join(known)}")
    return [known[name] for name in names or ()]
