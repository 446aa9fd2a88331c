"""The time line: what happened in a window, in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.past import LATE_AFTER, Late
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.windows import Assets, From, To, chosen, keys, window
from telemetry.store import register
from telemetry.store.timeline import KINDS, Asked, Item, Place, timeline

Names = Mapping[int, str]
"""By key."""


_KIND = "|".join(KINDS)
_ALL = ",".join(KINDS)

Kinds = Annotated[
    str,
    Query(
        max_length=100,
        pattern=rf"^({_KIND})(,({_KIND}))*$",
        description="Of `alert`, `fence`, `event`, `text`, `gap`, with commas between.",
    ),
]
Severity = Annotated[
    int, Query(ge=0, le=7, description="Texts as important as this, MAV_SEVERITY; 4 is a warning.")
]
Gap = Annotated[
    float, Query(ge=10, le=86_400, description="Seconds without a position that are a gap.")
]


class Happened(BaseModel):
    """An item of the time line."""

    time: datetime = Field(description="When it was so.")
    kind: str = Field(description="`alert`, `fence`, `event`, `text` or `gap`.")
    id: str = Field(description="Tells it from others of its kind at its time.")
    what: str = Field(
        description="Of an alert what happened to it (`activate`, `acknowledge`, `return` …), of a "
        "fence `entered`, `left`, `dwelt`, of an event its kind, of a text its severity."
    )
    assets: list[str]
    names: list[str] = Field(description="What these assets are called today.")
    known_time: datetime = Field(description="When it was known here.")
    late: bool = Field(description="Whether that was late.")
    until: datetime | None = Field(description="The end of a gap; null while it lasts.")
    detail: dict[str, Any]


def router(services: Services) -> APIRouter:
    """`/history/timeline`."""
    routes = APIRouter(prefix="/history", tags=["history"])

    @routes.get("/timeline")
    async def happened(
        start: From,
        to: To,
        assets: Assets = None,
        kinds: Kinds = _ALL,
        severity: Severity = 4,
        gap: Gap = 300,
        late_after: Late = LATE_AFTER,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Page[Happened]:
        """Alerts, geofence events, events, texts and gaps in data, the first ones first.

        A gap stands where it begins. Alerts about no asset come only where no assets are named.
        """
        asked_window = window(start, to)
        after = _place(cursor)

        async def ask(connection: psycopg.AsyncConnection) -> tuple[list[Item], Names]:
            asked = Asked(
                asked_window.start,
                asked_window.end,
                keys(await chosen(connection, assets)),
                set(kinds.split(",")),
                limit + 1,
                severity,
                gap,
                all_alerts=assets is None,
                after=after,
            )
            try:
                found = await timeline(connection, asked)
            except ValueError as error:
                raise ProblemError(422, f"query.gap: {error}") from None
            return found, await _names(connection, found)

        items, names = await services.history.ask(ask)
        last = items[limit - 1].place if len(items) > limit else None
        return Page(
            items=[_told(item, names, late_after) for item in items[:limit]],
            next=None if last is None else to_cursor(*last),
        )

    return routes


async def _names(connection: psycopg.AsyncConnection, items: Sequence[Item]) -> Names:
    """What the assets of items are called; a camera is in no picture, but in the register."""
    named = {asset for item in items for asset in item.assets}
    entries = await register.some(connection, sorted(named))
    return {asset: entry.shown_name for asset, entry in entries.items()}


def _told(item: Item, names: Names, late_after: float) -> Happened:
    return Happened(
        time=item.time,
        kind=item.kind,
        id=item.id,
        what=item.what,
        assets=[str(asset) for asset in item.assets],
        names=[names.get(asset, str(asset)) for asset in item.assets],
        known_time=item.known_time,
        late=item.kind != "gap" and (item.known_time - item.time).total_seconds() > late_after,
        until=item.until,
        detail=dict(item.detail),
    )


def _place(cursor: str | None) -> Place | None:
    """Raises ProblemError (422)."""
    told = from_cursor(cursor, datetime, str, str)
    place = None if told is None else Place(*told)
    if place is not None and place.kind not in KINDS:
        raise ProblemError(422, "query.cursor: no cursor of this list")
    return place
