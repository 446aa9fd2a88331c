"""The past as it was known then: the picture of a moment, and tracks to play.

A track's points are columns, one number of each for a point, so that an hour of many assets is a
small answer that is read at once.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Any

import numpy as np
import orjson
import psycopg
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.assets import AssetNow, assets_now
from dashboard.api.etags import tagged
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.windows import Assets, Chosen, From, To, chosen, keys, moment, window
from fleet.assets import default_name
from fleet.columns import Rows
from fleet.moments import as_datetime, as_numpy
from fleet.picture import Picture
from telemetry.store import past
from telemetry.store.past import Known, Span

LATE_AFTER = 30.0
"""Seconds between a fix and its receipt from which on it counts as late, unless asked otherwise."""

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Seconds: of these is the step that is taken where none is asked for."""

POINTS_AIM = 20_000
"""Points of an answer whose step is not asked for."""

Late = Annotated[
    float,
    Query(
        alias="late_after",
        ge=1,
        le=86_400,
        description="Seconds after its fix from which on a position counts as come late.",
    ),
]
Step = Annotated[
    float | None,
    Query(ge=0.1, le=86_400, description="Seconds of a step; without it one that suits."),
]


class AssetThen(AssetNow):
    """An asset as it was known at a moment."""

    fix_time: datetime | None = Field(description="When it was there, by its own clock.")
    received_time: datetime | None = Field(description="When that was known here.")
    late: bool = Field(description="Whether it came late.")


class PictureThen(BaseModel):
    """All of which anything was known at a moment, of the week before it."""

    at: datetime
    late_after: float
    assets: list[AssetThen]


class TrackColumns(BaseModel):
    """The points of one asset by fix time; each column has one value a point."""

    key: str
    identity: str
    name: str
    kind: str
    fix: list[int] = Field(description="Fix times, in milliseconds since `from`.")
    received: list[int] = Field(description="Times of receipt, in milliseconds since `from`.")
    latitude: list[float]
    longitude: list[float]
    altitude: list[float | None]
    height: list[float | None]
    heading: list[float | None]
    speed: list[float | None]
    suspect: list[int] = Field(description="1: its speed cannot be, 2: its time, 4: its place.")
    late: list[int] = Field(description="1: it came late.")
    news: list[int] = Field(
        description="Points that became the asset's mark when they came, in that order: at a moment "
        "the mark is the last of them whose `received` is not after it."
    )


class Tracks(BaseModel):
    """What is needed to play a window."""

    start: datetime = Field(alias="from")
    to: datetime
    step: float
    late_after: float
    assets: list[TrackColumns]


_PICTURE = TypeAdapter(PictureThen)

_DIGITS = {
    "latitude": 7,
    "longitude": 7,
    "altitude": 1,
    "height": 1,
    "heading": 1,
    "speed": 2,
}


def router(services: Services) -> APIRouter:
    """`/history/picture` and `/history/tracks`."""
    routes = APIRouter(prefix="/history", tags=["history"])

    @routes.get("/picture", response_model=PictureThen)
    async def picture_then(
        request: Request,
        at: Annotated[AwareDatetime, Query(description="The moment, ISO 8601 with an offset.")],
        assets: Assets = None,
        late_after: Late = LATE_AFTER,
    ) -> Response:
        """Where each asset was and how it fared, as far as it was known at a moment."""
        when = moment(at)

        async def ask(connection: psycopg.AsyncConnection) -> tuple[Chosen, Known]:
            asked = await chosen(connection, assets)
            return asked, await past.known_at(connection, keys(asked), when)

        asked, known = await services.history.ask(ask)
        told = PictureThen(
            at=when,
            late_after=late_after,
            assets=_assets_then(services, asked, known, late_after),
        )
        return tagged(request, _PICTURE.dump_json(told))

    @routes.get("/tracks", response_model=Tracks)
    async def tracks(
        request: Request,
        start: From,
        to: To,
        assets: Assets = None,
        step: Step = None,
        late_after: Late = LATE_AFTER,
    ) -> Response:
        """The ways of assets in a window, with what came when.

        At most 120,000 steps of all assets, and 20,000 or so where no step is asked for. The first
        points of an asset may be from before the window: the one known at its beginning, and those
        that came late in it.
        """
        asked_window = window(start, to)

        async def ask(connection: psycopg.AsyncConnection) -> tuple[Chosen, Span, Rows]:
            asked = await chosen(connection, assets)
            if assets is None:  # fixed cameras go nowhere
                asked = [each for each in asked if each[0].key not in services.cameras]
            seconds = (asked_window.end - asked_window.start).total_seconds()
            every = timedelta(seconds=step or _suiting(seconds * len(asked)))
            span = Span(asked_window.start, asked_window.end, every, late_after)
            try:
                return asked, span, await past.tracks(connection, keys(asked), span)
            except ValueError as error:
                raise ProblemError(422, f"query.step: {error}") from None

        asked, span, rows = await services.history.ask(ask)
        return tagged(request, await asyncio.to_thread(_tracks_json, asked, span, rows))

    return routes


def _suiting(seconds: float) -> float:
    """The shortest of STEPS with which so many seconds of tracks have POINTS_AIM points at most."""
    return next((step for step in STEPS if seconds / step <= POINTS_AIM), STEPS[-1])


def _assets_then(
    services: Services, asked: Chosen, known: Known, late_after: float
) -> list[AssetThen]:
    picture = Picture()
    picture.add(asset for asset, _ in asked)
    picture.update_positions(known.positions)
    picture.update_statuses(known.statuses)
    rows = picture.rows
    shown = past.one_each(known.positions)
    late = past.is_late(shown, late_after)
    received = {
        int(row["asset"]): (row["received_time"], bool(was))
        for row, was in zip(shown, late, strict=True)
    }
    heard = ~np.isnat(rows["position_time"]) | ~np.isnat(rows["status_time"])
    then = []
    for now, row in zip(assets_now(services.situation, rows[heard]), rows[heard], strict=True):
        when, was_late = received.get(int(row["asset"]), (None, False))
        then.append(
            AssetThen(
                **now.model_dump(),
                fix_time=None if when is None else as_datetime(row["fix_time"]),
                received_time=None if when is None else as_datetime(when),
                late=was_late,
            )
        )
    return then


def _tracks_json(asked: Chosen, span: Span, rows: Rows) -> bytes:
    late = past.is_late(rows, span.late_after).astype(np.int8)
    start = as_numpy(span.start)
    times = {
        name: (rows[f"{name}_time"] - start) // np.timedelta64(1, "ms")
        for name in ("fix", "received")
    }
    columns: dict[str, Any] = {name: each.astype(np.int64) for name, each in times.items()}
    columns |= {
        name: np.round(rows[name].astype(np.float64), digits) for name, digits in _DIGITS.items()
    }
    columns |= {"suspect": rows["suspect"].astype(np.int16), "late": late}
    told = []
    for asset, name in asked:
        part = slice(
            int(np.searchsorted(rows["asset"], asset.key)),
            int(np.searchsorted(rows["asset"], asset.key, side="right")),
        )
        told.append(
            {
                "key": str(asset.key),
                "identity": asset.identity,
                "name": name or default_name(asset.identity),
                "kind": asset.kind.name.lower(),
                **{
                    column: np.ascontiguousarray(values[part]) for column, values in columns.items()
                },
                "news": past.news(rows[part]).astype(np.int64),
            }
        )
    answer = {
        "from": span.start,
        "to": span.end,
        "step": span.step.total_seconds(),
        "late_after": span.late_after,
        "assets": told,
    }
    return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z)
