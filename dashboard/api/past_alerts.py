"""The alerts of the past: which stood at a moment, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.etags import tagged
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.windows import Assets, From, OrTo, span_or_moment
from fleet.alerts.states import State, What
from telemetry.store.past_alerts import Place, Stood, TooManyEventsError, stood


class AlertThen(BaseModel):
    """How an alert was after something had happened to it; what is unknown is null."""

    id: int = Field(description="Of what happened; its place in the order.")
    time: datetime = Field(description="When it happened: since then it is so.")
    what: What | None = Field(description="What happened.")
    who: str = Field(description="Who did it; `system` if nobody.")
    why: str
    key: str
    rule: str
    state: State = Field(description="`normal`: it is over.")
    state_time: datetime | None
    raised_time: datetime | None
    priority: int = Field(description="1 low, 2 medium, 3 high.")
    desk: str
    assets: list[str] = Field(description="Keys of the assets that it is or was about.")
    reason: dict[str, str] = Field(description="By language: en, ur.")
    occurrences: int
    group: str | None = Field(description="Key of the group that it came in.")
    masked_until: datetime | None
    latitude: float | None = Field(
        description="Of its first asset, or of its contact, when it was raised."
    )
    longitude: float | None


def router(services: Services) -> APIRouter:
    """`/history/alerts`."""
    routes = APIRouter(prefix="/history", tags=["history"])

    @routes.get("/alerts", response_model=Page[AlertThen])
    async def alerts_then(
        request: Request,
        start: From,
        to: OrTo = None,
        assets: Assets = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Response:
        """The alerts that stood at a moment, and how each was after all that happened until `to`.

        So at any moment each alert is as the last of its items that are not later has it. An alert
        to which nothing had happened for 31 days is not told, nor are values. With `assets` those
        about one of them; a page may have fewer items then.
        """
        asked = span_or_moment(start, to)
        place = from_cursor(cursor, datetime, int)
        after = None if place is None else Place(*place)
        try:
            found, last = await services.history.ask(
                lambda connection: stood(
                    connection,
                    asked.start if to else asked.end,
                    asked.end if to else None,
                    limit=limit,
                    after=after,
                )
            )
        except TooManyEventsError as error:
            raise ProblemError(422, f"query.limit: {error}") from None
        wanted = None if assets is None else set(map(int, assets.split(",")))
        items = [
            told_of(each) for each in found if wanted is None or not wanted.isdisjoint(each.assets)
        ]
        following = None if last is None else to_cursor(*last)
        page = Page[AlertThen](items=items, next=following)
        return tagged(request, page.model_dump_json().encode())

    return routes


def told_of(each: Stood) -> AlertThen:
    """It as the API tells it."""
    alert = each.alert
    act = alert.acts[-1] if alert.acts else None
    told: dict[str, Any] = {
        name: getattr(alert, name)
        for name in (
            "key", "rule", "state", "state_time", "raised_time", "priority", "desk", "occurrences",
            "group", "masked_until",
        )
    }  # fmt: skip
    return AlertThen(
        **told,
        id=each.place.id,
        time=each.place.time,
        what=None if act is None else What(act.what),
        who="" if act is None else act.who,
        why="" if act is None else act.why,
        assets=[str(asset) for asset in each.assets],
        reason=dict(alert.reason),
        latitude=each.latitude,
        longitude=each.longitude,
    )
