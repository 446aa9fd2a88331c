"""Geofences made, changed and ended; each change makes a new version and keeps the old one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.responses import Response

from dashboard.api.asking import IdempotencyKey, IfMatch, Who, seen
from dashboard.api.etags import revised
from dashboard.api.geofence_versions import FenceId, FenceTold, told_of
from dashboard.api.problems import Problem, ProblemError
from dashboard.api.services import Services
from dashboard.api.writing import other_body
from fleet.forms import FormError
from fleet.geofences.geofence import Geofence, revise
from fleet.geofences.stored import from_json
from telemetry.store import fence_queries
from telemetry.watching.kept import put_geofences

_NAMES = UUID("6e696777-0000-4000-8000-67656f66656e")
"""Of ids that follow from the key of a request."""

Fence = dict[str, JsonValue]
"""As `fleet.geofences.stored` writes it: name, kind, shape, floor, ceiling, periods, scope …"""

_KNOWN: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is no such geofence."},
    409: {"model": Problem, "description": "It has ended."},
    412: {"model": Problem, "description": "Somebody else has changed it."},
    428: {"model": Problem, "description": "If-Match is missing."},
}

_GIVEN = ("id", "version", "form")
"""What is not for whoever writes a geofence to say."""


class FenceOrdered(BaseModel):
    """A geofence as it is to be."""

    model_config = ConfigDict(extra="forbid")

    who: Who
    fence: Fence = Field(description="name, kind, shape, floor, ceiling, periods, scope …")


class FenceEnded(BaseModel):
    """Who ends a geofence."""

    model_config = ConfigDict(extra="forbid")

    who: Who


def add_changes(routes: APIRouter, services: Services) -> None:
    """`POST` and `PUT` of `/geofences`."""

    async def change(
        fence_id: str, act: Callable[[list[Geofence]], Sequence[Geofence]], who: str
    ) -> FenceTold:
        """Write what `act` makes of the versions of a geofence, in one transaction."""

        async def ask(connection: psycopg.AsyncConnection) -> list[fence_queries.Row]:
            async with connection.transaction():
                await fence_queries.lock(connection)
                known = [row.fence for row in await fence_queries.versions(connection, fence_id)]
                await put_geofences(connection, act(known), who)
                return await fence_queries.versions(connection, fence_id)

        return told_of(await services.history.ask(ask), services.now())

    @routes.post("", status_code=201)
    async def create(
        body: FenceOrdered, response: Response, key: IdempotencyKey = None
    ) -> FenceTold:
        """Make a geofence, which counts from now on or from its `valid_from`."""
        known_as = uuid4() if key is None else uuid5(_NAMES, key)
        wanted = replace(_read(body.fence, services.now()), id=str(known_as))
        told = await change(wanted.id, lambda known: _made(known, wanted), body.who)
        revised(response, told.version)
        response.headers["Location"] = f"geofences/{told.id}"
        return told

    @routes.put("/{fence_id}", responses=_KNOWN)
    async def revise_fence(
        fence_id: FenceId, body: FenceOrdered, response: Response, if_match: IfMatch = None
    ) -> FenceTold:
        """Change a geofence: a new version counts from now on, the old one stays for history."""
        now = services.now()
        wanted = _read(body.fence, now)

        def act(known: list[Geofence]) -> Sequence[Geofence]:
            return _revised(_seen(known, fence_id, if_match), wanted, now)

        told = await change(str(fence_id), act, body.who)
        revised(response, told.version)
        return told

    @routes.post("/{fence_id}/end", responses=_KNOWN)
    async def end(fence_id: FenceId, body: FenceEnded, if_match: IfMatch = None) -> FenceTold:
        """End a geofence now; it stays for history."""
        now = services.now()

        def act(known: list[Geofence]) -> Sequence[Geofence]:
            return _ended(_seen(known, fence_id, if_match), now)

        return await change(str(fence_id), act, body.who)


def _read(fence: Fence, now: datetime) -> Geofence:
    """A geofence of a request, as its first version. Raises ProblemError (422)."""
    given = {name: value for name, value in fence.items() if name not in _GIVEN}
    try:
        read = from_json(given)
        return replace(read, valid_from=max(read.valid_from or now, now))
    except FormError as error:
        raise ProblemError(422, f"body.fence: {error}") from None


def _seen(known: list[Geofence], fence_id: UUID, if_match: str | None) -> Geofence:
    """The newest version, if it is the one that was seen. Raises ProblemError."""
    if not known:
        raise ProblemError(404, f"no geofence has the id {fence_id}")
    if seen(if_match) != known[0].version:
        told = f"version {known[0].version} is there already; look at it and say so in If-Match"
        raise ProblemError(412, told, kind="changed-meanwhile")
    return known[0]


def _made(known: list[Geofence], wanted: Geofence) -> Sequence[Geofence]:
    """What to write to make it, nothing if that was done before. Raises ProblemError (422)."""
    first = replace(known[-1], valid_from=wanted.valid_from) if known else wanted
    if replace(first, valid_until=wanted.valid_until) != wanted:
        raise other_body("geofence")
    return () if known else (wanted,)


def _revised(newest: Geofence, wanted: Geofence, now: datetime) -> Sequence[Geofence]:
    """What to write so that it is as wanted. Raises ProblemError (409, 422)."""
    if _is_over(newest, now):
        raise ProblemError(409, f"it has ended at {newest.valid_until}; make a new one")
    names = set(Geofence.__dataclass_fields__) - {"id", "version", "valid_from"}
    try:
        return revise(newest, now, **{name: getattr(wanted, name) for name in names})
    except FormError as error:
        raise ProblemError(422, f"body.fence: {error}") from None


def _ended(newest: Geofence, now: datetime) -> Sequence[Geofence]:
    """What to write to end it; nothing if it has ended."""
    if _is_over(newest, now):
        return ()
    begun = newest.valid_from is None or newest.valid_from <= now
    return (replace(newest, valid_until=now if begun else newest.valid_from),)


def _is_over(fence: Geofence, now: datetime) -> bool:
    return fence.valid_until is not None and fence.valid_until <= now
