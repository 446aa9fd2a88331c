"""Reports of the past as tables and as charts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
import psycopg
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from dashboard import report_charts
from dashboard.api.clips import attachment
from dashboard.api.etags import tagged
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.windows import Assets, From, To, chosen, window
from dashboard.look import Look
from dashboard.report_tables import UNITS, Table, as_csv
from dashboard.report_words import Language
from dashboard.reporting import ABOUT, Question, ReportKind, report
from fleet.forms import FormError
from fleet.reports.trips import Driving
from telemetry.history.reading import Window
from telemetry.store.columnar import TooManyRowsError

REPORT_LIMIT = 60.0
"""Seconds for all that a report asks of the store."""

DAYS_MOST = 92
"""Days of one report."""

FENCES_MOST = 100
"""Geofences that a report names."""

_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

_DRIVING = Driving()


class Column(BaseModel):
    """A column of a report."""

    name: str
    unit: str = Field(description="`UTC` for times, `m`, `m/s`, `s`, `%`, `°`, or none.")


class Report(BaseModel):
    """A table; each row has all of the columns, null where something is not known."""

    kind: ReportKind
    start: datetime = Field(alias="from")
    to: datetime
    columns: list[Column]
    rows: list[dict[str, Any]]


class Asked:
    """What all reports are asked."""

    def __init__(
        self,
        kind: ReportKind,
        start: From,
        to: To,
        assets: Assets = None,
        still_speed: Annotated[
            float, Query(ge=0, le=50, description="What is no faster stands still; m/s.")
        ] = _DRIVING.still_speed,
        stop_after: Annotated[
            float, Query(ge=10, le=86_400, description="Seconds of standing that are a stop.")
        ] = _DRIVING.stop_after,
        limit: Annotated[
            float, Query(gt=0, le=200, description="The speed limit of overspeed; m/s.")
        ] = 27.8,
        *,
        zones: Annotated[
            bool, Query(description="Whether the speed zones of the settings count in overspeed.")
        ] = True,
        fences: Annotated[
            str | None,
            Query(
                max_length=37 * FENCES_MOST,
                pattern=rf"^{_UUID}(,{_UUID})*$",
                description="Ids of geofences for visits, with commas between; without it all.",
            ),
        ] = None,
        made_of: Annotated[
            Literal["events", "positions"],
            Query(description="Visits as they were told then, or as all positions have it."),
        ] = "events",
    ) -> None:
        self.kind = kind
        self.window = window(start, to)
        if (self.window.end - self.window.start).days > DAYS_MOST:
            raise ProblemError(422, f"query.to: a report is of {DAYS_MOST} days at most")
        self.assets = assets
        self.driving = Driving(still_speed=still_speed, stop_after=stop_after)
        self.limit = limit
        self.zones = zones
        self.fences = [] if fences is None else fences.split(",")
        self.computed = made_of == "positions"


def router(services: Services) -> APIRouter:
    """`/reports/{kind}`."""
    routes = APIRouter(prefix="/reports", tags=["reports"])

    async def make(asked: Asked) -> Table:
        async def question(connection: psycopg.AsyncConnection) -> Question:
            found = await chosen(connection, asked.assets)
            if asked.assets is None:
                found = [each for each in found if each[0].kind in ABOUT[asked.kind]]
            return Question(
                asked.kind,
                [asset for asset, _ in found],
                {asset.key: name for asset, name in found},
                asked.window.start,
                asked.window.end,
                services.zone,
                asked.driving,
                asked.limit,
                asked.fences,
                services.watched.speed_zones if asked.zones else {},
                asked.computed,
            )

        try:
            async with services.history.held(REPORT_LIMIT) as connection:
                return await report(connection, await question(connection))
        except TooManyRowsError as error:
            raise ProblemError(422, str(error)) from None
        except FormError as error:
            raise ProblemError(422, f"the geofences contradict each other: {error}") from None

    @routes.get("/{kind}", response_model=Report)
    async def one_report(
        request: Request,
        asked: Annotated[Asked, Depends()],
        format_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
    ) -> Response:
        """Trips, stops, overspeed, flights, visits of geofences, or days.

        Of what began before the window, only what lies in it.
        """
        made = await make(asked)
        if format_ == "csv":
            headers = attachment(_file_name(asked.kind, asked.window))
            return Response(as_csv(made), 200, headers, "text/csv; charset=utf-8")
        told = {
            "kind": made.kind,
            "from": asked.window.start,
            "to": asked.window.end,
            "columns": [{"name": name, "unit": UNITS.get(name, "")} for name in made.columns],
            "rows": made.rows,
        }
        return tagged(request, orjson.dumps(told, option=orjson.OPT_UTC_Z))

    @routes.get("/{kind}/figure")
    async def one_figure(
        request: Request,
        asked: Annotated[Asked, Depends()],
        theme: Literal["dark", "light"] = "dark",
        language: Language = "en",
        time_zone: Annotated[
            str | None,
            Query(max_length=64, description="Of its times; without it the control room's."),
        ] = None,
    ) -> Response:
        """The same as a figure for Plotly: `data` and `layout`. Days are those of the control room."""
        look = Look(_zone(time_zone) or services.zone, theme, language)
        figure = report_charts.figure(await make(asked), look, asked.window)
        return tagged(request, orjson.dumps(figure))

    return routes


def _zone(name: str | None) -> ZoneInfo | None:
    """Raises ProblemError (422)."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        detail = f"query.time_zone: {name!r} is no time zone; one is Asia/Karachi"
        raise ProblemError(422, detail) from None


def _file_name(kind: str, of: Window) -> str:
    times = "-".join(f"{moment:%Y%m%dT%H%M%SZ}" for moment in (of.start, of.end))
    return f"nigehban-{kind}-{times}.csv"
