"""The geofences of the past: the versions that counted then, and when each was in force."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.etags import tagged
from dashboard.api.paging import Cursor, Page, from_cursor, to_cursor
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.windows import From, OrTo, span_or_moment
from dashboard.fencing import feature
from fleet.forms import FormError
from telemetry.history.reading import Window
from telemetry.store import fence_queries

FENCES_MOST = 500
"""Of a page: their schedules are reckoned."""

Limit = Annotated[int, Query(ge=1, le=FENCES_MOST, description="Items of a page at most.")]


class InForce(BaseModel):
    """A time in which a version was in force."""

    start: datetime = Field(alias="from")
    to: datetime


class FenceProperties(BaseModel):
    """What is told of a version of a geofence; what does not apply is null."""

    id: str
    version: int
    name: str
    kind: str = Field(description="`keep-in`, `keep-out`, `alert-only` or `privacy`.")
    valid_from: datetime | None = Field(description="Null: it always was so, as far as is known.")
    valid_until: datetime | None
    changed_time: datetime = Field(description="When this version was last written.")
    who: str = Field(description="Who wrote it; empty for the command line.")
    in_force: list[InForce] = Field(description="Within the window that was asked for.")
    floor: dict[str, Any] | None
    ceiling: dict[str, Any] | None
    periods: list[Any] | None
    scope: dict[str, Any] | None
    note: str | None


class FenceThen(BaseModel):
    """A feature of GeoJSON: a version of a geofence with its outline."""

    type: str
    geometry: dict[str, Any]
    properties: FenceProperties


def router(services: Services) -> APIRouter:
    """`/history/geofences`."""
    routes = APIRouter(prefix="/history", tags=["history"])

    @routes.get("/geofences", response_model=Page[FenceThen])
    async def fences_then(
        request: Request,
        start: From,
        to: OrTo = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Response:
        """The versions of geofences that counted at some time of a window, as features of GeoJSON.

        At a moment each geofence is the version with `valid_from` ≤ it < `valid_until`.
        """
        asked = span_or_moment(start, to)
        place = from_cursor(cursor, UUID, int)
        more: dict[str, Any] = {} if place is None else {"after": place}
        try:
            rows = await services.history.ask(
                lambda to: fence_queries.within(to, asked.start, asked.end, limit=limit, **more)
            )
        except FormError as error:
            raise ProblemError(422, f"a geofence that is kept is none: {error}") from None
        items = await asyncio.to_thread(_features, rows, asked)
        following = to_cursor(*rows[-1].fence.key) if len(rows) == limit else None
        told = {"items": items, "next": following}
        return tagged(request, orjson.dumps(told, option=orjson.OPT_UTC_Z))

    return routes


def _features(rows: Sequence[fence_queries.Row], asked: Window) -> list[dict[str, Any]]:
    return [_feature(row, asked) for row in rows]


def _feature(row: fence_queries.Row, asked: Window) -> dict[str, Any]:
    fence = row.fence
    return feature(
        fence,
        valid_from=fence.valid_from and fence.valid_from.astimezone(UTC),
        valid_until=fence.valid_until and fence.valid_until.astimezone(UTC),
        changed_time=row.changed_time.astimezone(UTC),
        who=row.who,
        in_force=[
            {"from": begin, "to": end} for begin, end in fence.in_force(asked.start, asked.end)
        ],
    )
