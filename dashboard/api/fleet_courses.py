"""How one asset of the fleet fared: its battery, its link, its flights."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dashboard.api.assets import AssetKey, row_of
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from fleet.columns import Rows
from fleet.moments import as_numpy
from fleet.reports.days import days
from telemetry.store import batteries, flights, queries
from telemetry.store.driven import DRIVES

WINDOWS = {6: 60, 24: 300, 168: 3600}
"""Hours that a course may be of, and seconds of its steps."""

WAY_STEPS = {6: 10, 24: 30, 168: 120}
"""By these hours: seconds between two places that a way is reckoned from."""


class Driven(BaseModel):
    """How much something on the ground was under way."""

    hours: float = Field(description="Faster than 1.5 m/s.")
    distance: float = Field(description="Metres.")


class Course(BaseModel):
    """How an asset fared, in steps."""

    start: datetime
    step: float = Field(description="Seconds of a step.")
    battery: list[float | None] = Field(description="Percent at the end of each step.")
    voltage: list[float | None]
    heard: list[int] = Field(description="Statuses (positions of what has none) in each step.")
    heard_of: Literal["statuses", "positions"]
    driven: Driven | None = Field(description="Null of what flies or stands, or is not stored.")


class FlightTold(BaseModel):
    """One flight; while it goes on, up to what was taken in."""

    start: datetime
    end: datetime
    battery_start: float | None
    battery_end: float | None


def add_courses(routes: APIRouter, services: Services) -> None:
    """`/fleet/<key>/course` and `/fleet/<key>/flights`."""
    situation, history = services.situation, services.history

    @routes.get("/{key}/course")
    async def course(
        key: AssetKey, hours: Annotated[int, Query(json_schema_extra={"enum": [*WINDOWS]})] = 6
    ) -> Course:
        """How battery and link of an asset fared in the last hours."""
        if hours not in WINDOWS:
            raise ProblemError(422, f"query.hours: {hours} is none of {[*WINDOWS]}")
        row = row_of(situation, key)[0]
        step = timedelta(seconds=WINDOWS[hours])
        points = int(timedelta(hours=hours) / step)
        seconds = step.total_seconds()
        last = datetime.fromtimestamp(
            services.now().timestamp() // seconds * seconds, services.now().tzinfo
        )
        start = last + step - points * step
        statuses = not np.isnat(row["status_time"])
        drives = int(row["kind"]) in DRIVES

        async def ask(connection: psycopg.AsyncConnection) -> tuple[Rows, list[int], Rows | None]:
            end = start + points * step
            way = timedelta(seconds=WAY_STEPS[hours])
            return (
                await queries.status_history(connection, int(key), start, end, step),
                await batteries.heard(connection, int(key), start, step, points, statuses=statuses),
                await queries.track(connection, int(key), start, end, way) if drives else None,
            )

        rows, heard, way = await history.ask(ask)
        micros = as_numpy(start)
        places = ((rows["status_time"] - micros) // np.timedelta64(step)).astype(int)
        return Course(
            start=start,
            step=seconds,
            battery=_placed(places, rows["battery_percent"], points),
            voltage=_placed(places, rows["battery_voltage"], points),
            heard=heard,
            heard_of="statuses" if statuses else "positions",
            driven=None if way is None else _driven(way),
        )

    @routes.get("/{key}/flights")
    async def list_flights(
        key: AssetKey, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[FlightTold]:
        """The flights of an asset, the newest first."""
        row_of(situation, key)
        place = from_cursor(cursor, datetime)
        before = place[0] if place else services.now() + timedelta(days=1)
        found = await history.ask(
            lambda connection: flights.flights(connection, int(key), before=before, limit=limit + 1)
        )
        items = [
            FlightTold(
                start=each.start_time,
                end=each.end_time,
                battery_start=each.battery_start,
                battery_end=each.battery_end,
            )
            for each in found[:limit]
        ]
        more = to_cursor(items[-1].start) if len(found) > limit else None
        return Page(items=items, next=more)


def _driven(way: Rows) -> Driven | None:
    told = days(way, ZoneInfo("UTC"))
    if not len(told):
        return None
    hours = float(told["moving_seconds"].sum()) / 3600
    return Driven(hours=round(hours, 3), distance=round(float(told["distance"].sum())))


def _placed(places: Any, values: Any, points: int) -> list[float | None]:
    """Values by their places, unknown in between."""
    told: list[float | None] = [None] * points
    for place, value in zip(places.tolist(), values.tolist(), strict=True):
        if 0 <= place < points and np.isfinite(value):
            told[place] = round(value, 2)
    return told
