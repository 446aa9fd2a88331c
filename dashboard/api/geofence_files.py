"""Geofences from files and into them, with what a form cannot carry."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.asking import Text, Who
from dashboard.api.etags import tagged
from dashboard.api.problems import Problem, ProblemError
from dashboard.api.services import Services
from dashboard.planning.told import Said, worded
from fleet.forms import FormError
from fleet.geofences.files.documents import SUFFIXES, Form, read_fences, write_fences
from fleet.geofences.files.reports import Exported, Imported
from fleet.geofences.geofence import Geofence, valid_at
from fleet.geofences.taking import taken
from telemetry.store import fence_queries
from telemetry.watching.kept import geofences as kept_fences
from telemetry.watching.kept import put_geofences

FILE_MOST = 8 << 20
"""Bytes of a file."""

FILES_PATH = "/geofences/file"

_MEDIA_TYPES: dict[Form, str] = {
    "geojson": "application/geo+json",
    "kml": "application/vnd.google-earth.kml+xml",
    "ed318": "application/geo+json",
    "ed269": "application/json",
    "qgc": "application/json",
}


class FencesTaken(BaseModel):
    """What became of a file."""

    taken: list[str] = Field(description="Ids of geofences that are new or have a new version.")
    known: int = Field(description="How many were there already, as they are.")
    lost: list[str] = Field(description="What of the file is not carried over, in sentences.")
    losses: list[Said] = Field(description="The same, with codes.")


class FormReport(BaseModel):
    """What a form cannot carry of the geofences that count now."""

    form: str
    fences: int
    lost: list[str]
    losses: list[Said] = Field(description="The same, with codes.")


AsForm = Annotated[Form, Query(description="Of the file.")]


def add_files(routes: APIRouter, services: Services) -> None:
    """`/geofences/file`."""

    async def written(form: Form) -> tuple[list[Geofence], Exported]:
        now = services.now()
        listed = await services.history.ask(lambda c: kept_fences(c, now))
        current = sorted(valid_at(listed, now), key=lambda fence: (fence.name, fence.id))
        try:
            return current, await asyncio.to_thread(write_fences, current, form)
        except FormError as error:
            raise ProblemError(422, f"query.form: {error}") from None

    @routes.get("/file", response_class=Response)
    async def export(request: Request, form: AsForm = "geojson") -> Response:
        """The geofences that count now as a file; `Nigehban-Lost` counts what it cannot carry."""
        _, exported = await written(form)
        answer = tagged(request, exported.data, _MEDIA_TYPES[form])
        answer.headers["Nigehban-Lost"] = str(len(exported.lost))
        answer.headers["Content-Disposition"] = f'inline; filename="geofences{SUFFIXES[form]}"'
        return answer

    @routes.get("/file/report")
    async def report(form: AsForm = "geojson") -> FormReport:
        """What a file of this form cannot carry."""
        current, exported = await written(form)
        return FormReport(form=form, fences=len(current), **_told(exported.lost))

    @routes.post(
        "/file",
        responses={413: {"model": Problem, "description": f"More than {FILE_MOST} bytes."}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string"}}},
            }
        },
    )
    async def take(
        request: Request,
        who: Annotated[Who, Query()],
        name: Text = "",
        form: Annotated[Form | None, Query(description="Else told by its content.")] = None,
    ) -> FencesTaken:
        """Take the geofences of a file, all or none; known ones get a new version.

        The body is the file; `name` is what it is called, for the geofences' notes.
        """
        data = await request.body()
        read = await asyncio.to_thread(_read, data, name, form, services)
        now = services.now()

        async def ask(connection: psycopg.AsyncConnection) -> Sequence[Geofence]:
            async with connection.transaction():
                await fence_queries.lock(connection)
                ids = [fence.id for fence in read.fences]
                known = await fence_queries.newest(connection, ids)
                try:
                    changes = [c for fence in read.fences for c in taken(fence, known, now)]
                except FormError as error:
                    raise ProblemError(422, f"body: {error}") from None
                await put_geofences(connection, changes, who)
                return changes

        changes = await services.history.ask(ask)
        new = dict.fromkeys(fence.id for fence in changes)
        return FencesTaken(taken=list(new), known=len(read.fences) - len(new), **_told(read.lost))


def _told(lost: Sequence[str]) -> dict[str, Any]:
    return {"lost": list(lost), "losses": [Said(**worded(line)) for line in lost]}


def _read(data: bytes, name: str, form: Form | None, services: Services) -> Imported:
    """Raises ProblemError (422)."""
    try:
        return read_fences(data, name, form, services.zone)
    except FormError as error:
        raise ProblemError(422, f"body: {error}") from None
