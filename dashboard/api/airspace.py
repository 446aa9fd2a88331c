"""Where and when contacts were: heat maps of the airspace."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dashboard.api.contacts import Class, classes_of
from dashboard.api.services import Services
from dashboard.api.spans import From, To, span
from telemetry.store import contact_queries as queries

WEEK = timedelta(weeks=1)
MOST = timedelta(days=92)


class Cell(BaseModel):
    """A cell of the grid."""

    latitude: float = Field(description="Of its south-west corner.")
    longitude: float
    contacts: int


class Cells(BaseModel):
    """How many contacts were where."""

    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    cell: float = Field(description="Degrees from one side of a cell to the other.")
    items: list[Cell] = Field(description="The fullest first.")


class Hours(BaseModel):
    """How many contacts were there at which hours."""

    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    zone: str
    counts: list[list[int]] = Field(description="By weekday (0 Monday), by hour (0 to 23).")


def router(services: Services) -> APIRouter:
    """`/airspace`."""
    routes = APIRouter(prefix="/airspace", tags=["airspace"])

    @routes.get("/cells")
    async def cells(
        start: From = None,
        end: To = None,
        classes: Class = None,
        cell: Annotated[float, Query(ge=0.001, le=1)] = 0.005,
    ) -> Cells:
        """By place, of at most 92 days; the last week if nothing else is said."""
        between = span(start, end, services.now(), usual=WEEK, most=MOST)
        wanted = classes_of(classes)
        rows = await services.history.ask(
            lambda to: queries.by_cell(to, *between, cell, classes=wanted)
        )
        items = [
            Cell(latitude=latitude, longitude=longitude, contacts=contacts)
            for latitude, longitude, contacts in rows.tolist()
        ]
        return Cells(start=between[0], end=between[1], cell=cell, items=items)

    @routes.get("/hours")
    async def hours(start: From = None, end: To = None, classes: Class = None) -> Hours:
        """By weekday and hour of the control room's time zone, of at most 92 days."""
        between = span(start, end, services.now(), usual=WEEK, most=MOST)
        wanted, zone = classes_of(classes), services.zone.key
        counts = await services.history.ask(
            lambda to: queries.by_hour(to, *between, zone, classes=wanted)
        )
        return Hours(start=between[0], end=between[1], zone=zone, counts=counts.tolist())

    return routes
