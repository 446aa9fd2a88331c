"""The contacts of the past, as columns to play: where each was, what it was taken for, how it threatened."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import numpy as np
import orjson
import psycopg
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.contact_models import Reason
from dashboard.api.etags import tagged
from dashboard.api.paging import Cursor, Page, from_cursor, to_cursor
from dashboard.api.past import STEPS, Step
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.windows import From, OrTo, span_or_moment
from dashboard.watched import Watched
from fleet.airspace.told_threats import reasons_of
from fleet.columns import Rows
from fleet.geofences.geofence import Geofence
from fleet.moments import as_datetime, as_numpy
from telemetry.airspace.protecting import protecting
from telemetry.airspace.shown import contact_as_json
from telemetry.airspace.threats_then import threats_then
from telemetry.history.beside import ContactPart, by_contact
from telemetry.history.reading import Window
from telemetry.store import contact_queries, past_contacts
from telemetry.store.contact_queries import ContactPlace
from telemetry.store.pages import place_of

CONTACTS_MOST = 500
"""Of a page."""

POINTS_AIM = 60_000
"""Points of all contacts of a window whose step is not asked for."""

Limit = Annotated[int, Query(ge=1, le=CONTACTS_MOST, description="Contacts of a page at most.")]


class Called(BaseModel):
    """What a contact was taken for, from one of its points on."""

    point: int
    kind: str = Field(alias="class", description="`unknown`, `cooperative`, `not_cooperative` …")
    state: str = Field(description="`confirmed`, `coasting` or `ended`.")
    identity: str
    call_sign: str
    means: list[str]
    doubts: list[str]


class ReasonThen(Reason):
    """A reason of a threat, in words, and the figure in them."""

    code: str = Field(description="`inside`, `near`, `breach` …")
    points: int = Field(description="Of the score.")
    value: float | None = Field(description="Metres, seconds or m/s.")


class ThreatThen(BaseModel):
    """What the watch told of a contact's threat, from `time` on."""

    time: int = Field(description="In milliseconds since `from`.")
    score: int = Field(description="0 to 100.")
    level: int
    zone: str | None = Field(description="The name of the zone that it threatened most.")
    reasons: list[ReasonThen] = Field(description="The weightiest first.")


class ContactThen(BaseModel):
    """A contact in the window; each column has one value a point, in order of time."""

    contact: str = Field(description="Its key.")
    first_time: datetime
    gone_time: datetime | None = Field(description="When it had ended; null: not known.")
    time: list[int] = Field(description="When it was there, in milliseconds since `from`.")
    heard: list[int] = Field(description="When that was known here.")
    latitude: list[float]
    longitude: list[float]
    altitude: list[float | None]
    height: list[float | None]
    speed: list[float | None]
    course: list[float | None]
    radius: list[float | None] = Field(description="One sigma of its place.")
    operator_latitude: list[float | None]
    operator_longitude: list[float | None]
    level: list[int] = Field(description="Its threat: 0 none, 1 low, 2 medium, 3 high.")
    reckoned: list[int] = Field(
        description="Points whose `level` is reckoned anew: what was told of it then is not kept."
    )
    threats: list[ThreatThen] = Field(description="What the watch told of its threat.")
    called: list[Called]


class ContactsThen(Page[ContactThen]):
    """What is needed to play the airspace of a window; those that came last come first."""

    start: datetime = Field(alias="from")
    to: datetime
    step: float = Field(description="To be asked for with the pages that follow.")


@dataclass(frozen=True, slots=True)
class _Found:
    """Of a page."""

    step: timedelta
    rows: Rows
    told: Rows
    gone: Mapping[int, datetime]
    zones: Sequence[Geofence]
    next: ContactPlace | None


def router(services: Services) -> APIRouter:
    """`/history/contacts`."""
    routes = APIRouter(prefix="/history", tags=["history"])

    @routes.get("/contacts", response_model=ContactsThen)
    async def contacts_then(
        request: Request,
        start: From,
        to: OrTo = None,
        step: Step = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Response:
        """What flew in a window without being ours: each step's last state, and what was known at first.

        At a moment a contact is at the last of its points whose `heard` is not after it, unless it was
        `gone_time` before, and what it threatened is the last of its `threats` by then: as the watch
        told it. Where that is not kept (`reckoned`) its level is reckoned from what is, with the
        geofences of then and the settings of today. A page has some 5,000 points at most.
        """
        asked = span_or_moment(start, to)
        place = from_cursor(cursor, datetime, int)
        after = None if place is None else ContactPlace(*place)

        async def ask(connection: psycopg.AsyncConnection) -> _Found:
            return await find(connection, asked, step, limit, after, services.watched)

        found = await services.history.ask(ask)
        told = await asyncio.to_thread(_json, found, asked, services.watched.near)
        return tagged(request, told)

    return routes


async def find(
    connection: psycopg.AsyncConnection,
    asked: Window,
    step: float | None,
    limit: int,
    after: ContactPlace | None,
    watched: Watched,
) -> _Found:
    """A page of contacts. Raises ProblemError (422), psycopg.Error."""
    start, end = asked.start, asked.end
    seconds = step or await _suiting(connection, asked)
    listed = await contact_queries.contacts(
        connection, start - past_contacts.KNOWN_FOR, end, after=after, limit=limit
    )
    some = _first(listed, asked, seconds)
    if len(some) == 0 < len(listed):
        most = past_contacts.seconds_in(listed[0], start, end)
        least = math.ceil(most / past_contacts.POINTS_MOST)
        raise ProblemError(422, f"query.step: too short for a contact: take steps of {least} s")
    more = len(some) < len(listed) or len(listed) == limit
    last = place_of(ContactPlace, some[-1]) if more and len(some) else None
    gone = await past_contacts.gone_times(connection, some["contact"].tolist())
    over = [contact for contact, time in gone.items() if time < start]
    some = some[~np.isin(some["contact"], over)]
    every = timedelta(seconds=seconds)
    rows = await past_contacts.states_then(connection, some, start, end, every)
    told = await past_contacts.threats_then(connection, some, start, end, every)
    zones = await protecting(connection, start, end, watched.zones)
    return _Found(every, rows, told, gone, zones, last)


async def _suiting(connection: psycopg.AsyncConnection, asked: Window) -> float:
    """The shortest of STEPS with which all, and each of them, have not too many points."""
    lived = await past_contacts.lived(connection, asked.start, asked.end)
    return next(
        (
            step
            for step in STEPS
            if lived.seconds / step <= POINTS_AIM
            and lived.longest / step < past_contacts.POINTS_MOST
        ),
        STEPS[-1],
    )


def _first(listed: Rows, asked: Window, step: float) -> Rows:
    """Of contacts the first ones that one answer holds."""
    points = [past_contacts.seconds_in(row, asked.start, asked.end) / step + 2 for row in listed]
    some: Rows = listed[np.cumsum(points) <= past_contacts.POINTS_MOST + 2]
    return some


def _json(found: _Found, asked: Window, near: float) -> bytes:
    threats = threats_then(found.rows, found.told, found.zones, near, asked.start, asked.end)
    parts = by_contact(found.rows, found.told, threats)
    told = {
        "from": asked.start,
        "to": asked.end,
        "step": found.step.total_seconds(),
        "items": [_contact(part, found.gone, asked) for part in parts],
        "next": None if found.next is None else to_cursor(*found.next),
    }
    return orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z)


_DIGITS = {
    "latitude": 7, "longitude": 7, "altitude": 1, "height": 1, "radius": 1,
    "operator_latitude": 7, "operator_longitude": 7,
}  # fmt: skip


def _contact(part: ContactPart, gone: Mapping[int, datetime], asked: Window) -> dict[str, Any]:
    rows = part.rows
    ended = gone.get(int(part.key))
    east, north = rows["east"].astype(np.float64), rows["north"].astype(np.float64)
    speed = np.hypot(east, north)
    course = np.where(speed > 0, np.degrees(np.arctan2(east, north)) % 360, np.nan)
    columns = {
        name: np.round(rows[name].astype(np.float64), digits) for name, digits in _DIGITS.items()
    }
    return {
        "contact": part.key,
        "first_time": as_datetime(rows["first_time"].min()),
        "gone_time": None if ended is None else ended.astimezone(UTC),
        "time": _milliseconds(rows["time"], asked.start),
        "heard": _milliseconds(np.fmax(rows["time"], rows["heard_time"]), asked.start),
        **columns,
        "speed": np.round(speed, 1),
        "course": np.round(course, 1),
        "level": part.levels.astype(np.int16),
        "reckoned": np.flatnonzero(part.reckoned),
        "threats": _threats(part.told, asked.start),
        "called": _called(rows),
    }


def _threats(told: Rows, start: datetime) -> list[dict[str, Any]]:
    return [
        {
            "time": time,
            "score": int(row["score"]),
            "level": int(row["level"]),
            "zone": bytes(row["zone"]).decode() or None,
            "reasons": [
                {"en": words.english, "ur": words.urdu, **reason._asdict()}
                for reason, words in reasons_of(row)
            ],
        }
        for row, time in zip(told, _milliseconds(told["time"], start).tolist(), strict=True)
    ]


_NAMED = ("class", "state", "identity", "call_sign", "means", "doubts")


def _called(rows: Rows) -> list[dict[str, Any]]:
    """From which point on it was taken for what."""
    other = np.zeros(len(rows), np.bool_)
    other[0] = True
    for name in _NAMED:
        other[1:] |= rows[name][1:] != rows[name][:-1]
    found = []
    for point in np.flatnonzero(other).tolist():
        told = contact_as_json(rows[point])
        found.append({"point": point, **{name: told[name] for name in _NAMED}})
    return found


def _milliseconds(times: np.ndarray[Any, Any], start: datetime) -> np.ndarray[Any, Any]:
    since = times - as_numpy(start)
    return (since // np.timedelta64(1, "ms")).astype(np.int64)
