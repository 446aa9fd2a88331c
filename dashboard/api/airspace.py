"""Where and when contacts were: heat maps of the airspace."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dashboard.api.contacts import Class, classes_of
from dashboard.api.services import Services
from dashboard.api.spans import Since, Until, span
from telemetry.store import airspace_queries as queries

WEEK = timedelta(weeks=1)
MOST = timedelta(days=92)


class Cell(BaseModel):
    """A cell of the grid."""

    latitude: float = Field(description="Of its south-west corner.")
    longitude: float
    contacts: int


class Cells(BaseModel):
    """How many contacts were where."""

    since: datetime
    until: datetime
    cell: float = Field(description="Degrees from one side of a cell to the other.")
    items: list[Cell] = Field(description="The fullest first.")


class Hours(BaseModel):
    """How many contacts were there at which hours."""

    since: datetime
    until: datetime
    zone: str
    counts: list[list[int]] = Field(description="By weekday (0 Monday), by hour (0 to 23).")


def router(services: Services) -> APIRouter:
    """`/airspace`."""
    routes = APIRouter(prefix="/airspace", tags=["airspace"])

    @routes.get("/cells")
    async def cells(
        since: Since = None,
        until: Until = None,
        classes: Class = None,
        cell: Annotated[float, Query(ge=0.001, le=1)] = 0.005,
    ) -> Cells:
        """By place, of at most 92 days; the last week if nothing else is said."""
        start, end = span(since, until, services.now(), usual=WEEK, most=MOST)
        wanted = classes_of(classes)
        rows = await services.history.ask(
            lambda to: queries.by_cell(to, start, end, cell, classes=wanted)
        )
        items = [
            Cell(latitude=latitude, longitude=longitude, contacts=contacts)
            for latitude, longitude, contacts in rows.tolist()
        ]
        return Cells(since=start, until=end, cell=cell, items=items)

    @routes.get("/hours")
    async def hours(since: Since = None, until: Until = None, classes: Class = None) -> Hours:
        """By weekday and hour of the control room's time zone, of at most 92 days."""
        start, end = span(since, until, services.now(), usual=WEEK, most=MOST)
        wanted, zone = classes_of(classes), services.zone.key
        counts = await services.history.ask(
            lambda to: queries.by_hour(to, start, end, zone, classes=wanted)
        )
        return Hours(since=start, until=end, zone=zone, counts=counts.tolist())

    return routes
