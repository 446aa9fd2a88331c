"""Events: what assets told, and what other systems tell of panic buttons, cameras and citizens."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import psycopg
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from dashboard.api.asking import ANSWER_LIMIT, IdempotencyKey, needed
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.history import HistoryAwayError
from fleet.assets import Kind
from telemetry.outside import EVENT_ORDERS, Happened, OutsideAnswer, OutsideEvent
from telemetry.store import outside_queries
from telemetry.store.event_queries import newest_events
from telemetry.store.outside_queries import Known

_REFUSED = {"bad": 422, "other_body": 422, "not_kept": 503}


class EventTaken(BaseModel):
    """Where an event is."""

    asset: str = Field(description="Key of the asset that it belongs to.")
    kind: str
    time: datetime
    kept: Literal["database", "spool"] = Field(
        description="`spool`: on the collector's disk, until the database is back."
    )


class EventKept(BaseModel):
    """Something that happened to an asset."""

    time: datetime = Field(description="When it was so.")
    known_time: datetime = Field(description="When it was known here.")
    kind: str
    detail: dict[str, Any]


def router(services: Services) -> APIRouter:
    """`/events`."""
    routes = APIRouter(prefix="/events", tags=["events"])

    @routes.get("")
    async def list_events(
        asset: Annotated[str, Query(pattern=r"^\d{1,18}$", description="The asset's key.")],
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> Page[EventKept]:
        """What one asset told of, the newest first."""
        before = from_cursor(cursor, datetime, str)
        found = await services.history.ask(
            lambda connection: newest_events(connection, int(asset), before=before, limit=limit + 1)
        )
        told = [
            EventKept(time=e.time, known_time=e.received_time, kind=e.kind, detail=e.detail)
            for e in found[:limit]
        ]
        more = len(found) > limit
        next_ = to_cursor(told[-1].time, told[-1].kind) if more else None
        return Page(items=told, next=next_)

    @routes.post(
        "",
        status_code=201,
        response_model=EventTaken,
        responses={202: {"model": EventTaken, "description": "Kept, but not in the database yet."}},
    )
    async def post_event(body: Happened, idempotency_key: IdempotencyKey = None) -> JSONResponse:
        """Tell of something that happened. The header Idempotency-Key must be there.

        Answered 201 when the event and its alert are in the database.
        """
        key = needed(idempotency_key)
        identity, kind = await _asset(services, body)
        event = OutsideEvent(key=key, happened=body, identity=identity, asset_kind=kind)
        known = await _known(services, key)
        if not isinstance(known, Known):
            payload = event.model_dump_json().encode()
            told = await services.bus.request(EVENT_ORDERS, payload, timeout=ANSWER_LIMIT)
            answer = OutsideAnswer.model_validate_json(told)
            if answer.refused:
                kind_ = answer.refused.replace("_", "-")
                raise ProblemError(_REFUSED[answer.refused], answer.detail, kind=kind_)
            known = known or await _known(services, key)
        if not isinstance(known, Known):
            taken = EventTaken(
                asset=answer.asset, kind=body.kind, time=answer.time or body.time, kept="spool"
            )
            return JSONResponse(taken.model_dump(mode="json"), 202)
        if known.hash != event.hash:
            raise ProblemError(422, f"another event came with key {key!r}", kind="other-body")
        taken = EventTaken(
            asset=str(known.asset), kind=known.kind, time=known.time, kept="database"
        )
        return JSONResponse(taken.model_dump(mode="json"), 201)

    return routes


async def _known(services: Services, key: str) -> Known | Literal["", "away"]:
    """What the database has under a key: "" for nothing, "away" where it cannot be asked."""
    try:
        return await services.history.ask(lambda c: outside_queries.find(c, key)) or ""
    except HistoryAwayError:
        return "away"  # the collector knows those that wait for the database


async def _asset(services: Services, body: Happened) -> tuple[str, Kind]:
    """Identity and kind of the asset that an event belongs to. Raises ProblemError (422)."""
    if body.asset is None:
        return f"outside:{body.source}", Kind.UNKNOWN
    named = body.asset
    rows = services.situation.picture.rows
    key = int(named) if re.fullmatch(r"\d{1,18}", named, re.ASCII) else -1
    for row in rows[(rows["identity"] == named.encode()) | (rows["asset"] == key)][:1]:
        return bytes(row["identity"]).decode(errors="replace"), Kind(int(row["kind"]))

    async def ask(connection: psycopg.AsyncConnection) -> tuple[str, int] | None:
        return await outside_queries.asset(connection, named)

    found = await services.history.ask(ask)
    if found is None:
        raise ProblemError(422, f"body.asset: no asset has the key or identity {named!r}")
    return found[0], Kind(found[1])
