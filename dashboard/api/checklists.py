"""Checklists that open with alerts of the airspace: their items, and who ticked which when.

A checklist is that of one raising of an alert, and stays when the alert is over: its last items are
done then.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import psycopg
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dashboard.api.asking import Who
from dashboard.api.problems import Problem, ProblemError
from dashboard.api.services import Services
from fleet.airspace.checklist import CHECKLIST, Phase, opens_checklist
from fleet.alerts.book import KEY_MOST
from telemetry.store.checklists import Tick, put_tick, ticks
from telemetry.words import Words

NOTE_MOST = 500
"""Characters of what is written to a tick."""

_ITEMS = tuple(item.id for item in CHECKLIST)

Raised = Annotated[
    AwareDatetime | None,
    Query(description="When the alert was raised; without it, when it was last."),
]


class ChecklistItem(BaseModel):
    """A thing to do."""

    id: str
    phase: Phase
    text: dict[Literal["en", "ur"], str]
    done: bool
    who: str = Field(description="Who ticked it last, or took the tick back.")
    time: datetime | None
    note: str


class Checklist(BaseModel):
    """What is to be done because of an alert."""

    alert: str
    raised_time: datetime
    items: list[ChecklistItem]


class TickOrdered(BaseModel):
    """A tick, or its taking back."""

    model_config = ConfigDict(extra="forbid")

    alert: Words = Field(min_length=1, max_length=KEY_MOST)
    raised_time: AwareDatetime | None = None
    item: str = Field(json_schema_extra={"enum": list(_ITEMS)})
    done: bool = True
    who: Who
    note: Words = Field("", max_length=NOTE_MOST)


_NONE: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such alert, or one without a checklist."}
}


def router(services: Services) -> APIRouter:
    """`/checklists`."""
    routes = APIRouter(prefix="/checklists", tags=["alerts"], responses=_NONE)

    @routes.get("")
    async def one_checklist(
        alert: Annotated[Words, Query(min_length=1, max_length=KEY_MOST)], raised: Raised = None
    ) -> Checklist:
        """The checklist of an alert."""

        async def ask(connection: psycopg.AsyncConnection) -> Checklist:
            since = await _raised(services, connection, alert, raised)
            return _told(alert, since, list(await ticks(connection, alert, since)))

        return await services.history.ask(ask)

    @routes.post("", status_code=201)
    async def tick(body: TickOrdered) -> Checklist:
        """Tick an item, or take its tick back; what is so already changes nothing."""
        if body.item not in _ITEMS:
            raise ProblemError(422, f"body.item: {body.item[:80]!r} is none of {', '.join(_ITEMS)}")

        async def ask(connection: psycopg.AsyncConnection) -> Checklist:
            since = await _raised(services, connection, body.alert, body.raised_time)
            known = list(await ticks(connection, body.alert, since))
            new = Tick(body.alert, since, body.item, body.done, body.who, services.now(), body.note)
            last = next((t for t in reversed(known) if t.item == body.item), None)
            if last is None or (last.done, last.note) != (new.done, new.note):
                await put_tick(connection, new)
                known.append(new)
            return _told(body.alert, since, known)

        return await services.history.ask(ask)

    return routes


_RAISED = """
SELECT event_time, coalesce("values"->>'first_up', '') FROM nigehban.alert_event
WHERE alert = %(alert)s AND what = 'activate'
    AND (%(raised)s::timestamptz IS NULL OR event_time = %(raised)s)
ORDER BY event_time DESC LIMIT 1
"""


async def _raised(
    services: Services, connection: psycopg.AsyncConnection, key: str, raised: datetime | None
) -> datetime:
    """When the alert was raised.

    Raises ProblemError (404) if it was not, or not then, or if it opens no checklist.
    """
    alert = services.alerting.alerts.get(key)
    if alert is not None and alert.raised_time is not None and raised in {None, alert.raised_time}:
        since, first_up = alert.raised_time, alert.first_up
    else:
        asked = {"alert": key, "raised": raised}
        found = await (await connection.execute(_RAISED, asked)).fetchone()
        if found is None:
            raise ProblemError(404, f"the alert {key[:200]!r} was not raised (then)")
        since, first_up = found
    if not opens_checklist(key, first_up):
        raise ProblemError(404, f"no checklist opens with {key[:200]!r}")
    return since.astimezone(UTC)


def _told(key: str, raised: datetime, known: list[Tick]) -> Checklist:
    newest = {each.item: each for each in known}
    items = []
    for item in CHECKLIST:
        last = newest.get(item.id)
        items.append(
            ChecklistItem(
                id=item.id,
                phase=item.phase,
                text={"en": item.text.english, "ur": item.text.urdu},
                done=last is not None and last.done,
                who="" if last is None else last.who,
                time=None if last is None else last.time,
                note="" if last is None else last.note,
            )
        )
    return Checklist(alert=key, raised_time=raised, items=items)
