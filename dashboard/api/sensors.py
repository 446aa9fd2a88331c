"""The sensors that see the airspace: how they are, and what happened to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.services import Services
from dashboard.api.spans import From, To, span
from fleet.moments import as_datetime, from_milliseconds
from telemetry.store import sensor_queries as queries

DAY = timedelta(days=1)
MOST = 31 * DAY

Sensors = Annotated[list[str] | None, Query(max_length=100, description="All if none is named.")]


class SensorNow(BaseModel):
    """A sensor as it is now."""

    sensor: str
    name: str
    protocol: str
    state: str = Field(description="`ok`, `quiet`, `silent`, `lost` or `off`.")
    heard_time: datetime | None
    rate: float = Field(description="Messages a second.")
    messages: int
    detail: str


class SensorEventTold(BaseModel):
    """Something that happened to a sensor."""

    sensor: str
    time: datetime
    kind: str
    detail: dict[str, Any]


def router(services: Services) -> APIRouter:
    """`/sensors`."""
    routes = APIRouter(prefix="/sensors", tags=["airspace"])

    @routes.get("")
    async def sensors_now() -> list[SensorNow]:
        """All that were heard since the collector started."""
        return [
            SensorNow.model_validate(
                dict(told) | {"heard_time": from_milliseconds(told["heard_time"])}
            )
            for told in services.contacting.sensors
        ]

    @routes.get("/events")
    async def events(
        sensor: Sensors = None,
        start: From = None,
        end: To = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Page[SensorEventTold]:
        """What happened to them in a stretch of at most 31 days, in order of time."""
        between = span(start, end, services.now(), usual=DAY, most=MOST)
        place = from_cursor(cursor, datetime, str, str)
        after = None if place is None else queries.EventPlace(*place)
        found = await services.history.ask(
            lambda to: queries.sensor_events(
                to, *between, sensors=sensor or (), after=after, limit=limit
            )
        )
        items = [
            SensorEventTold(
                sensor=each.sensor,
                time=as_datetime(each.received_time),
                kind=each.kind,
                detail=dict(each.detail),
            )
            for each in found
        ]
        more = len(found) == limit
        return Page(
            items=items,
            next=to_cursor(*queries.place_of_event(found[-1])) if more else None,
        )

    return routes
