"""Kept plans as files of others."""

from __future__ import annotations

import base64
from functools import partial
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from dashboard.api.plans_told import PlanId, Version
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.writing import refusals
from dashboard.planning.told import FileForm, Said
from dashboard.planning.workers import WorkError
from telemetry.store import plans

MEDIA_TYPES: dict[str, str] = {
    "json": "application/json",
    "plan": "application/json",
    "waypoints": "text/plain; charset=utf-8",
    "kml": "application/vnd.google-earth.kml+xml",
    "kmz": "application/vnd.google-earth.kmz",
    "geojson": "application/geo+json",
    "gpx": "application/gpx+xml",
}


class Carried(BaseModel):
    """What an exported file is, and what it does not carry."""

    name: str
    bytes: int
    lost: list[str]
    losses: list[Said] = Field(description="The same, with codes.")


def add_files(routes: APIRouter, services: Services) -> None:
    """GET /plans/{plan_id}/export and its report."""

    @routes.get("/{plan_id}/export", response_class=Response)
    async def export(
        plan_id: PlanId,
        form: FileForm,
        version: Version = None,
        firmware: Literal["ardupilot", "px4"] = "ardupilot",
    ) -> Response:
        """The plan as a file. What an autopilot flies is written only of a plan that is proved."""
        name, data, _ = await _exported(services, plan_id, version, form, firmware)
        kind = "application/zip" if name.endswith(".zip") else MEDIA_TYPES[form]
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(data, headers=headers, media_type=kind)

    @routes.get("/{plan_id}/export/report")
    async def export_report(
        plan_id: PlanId,
        form: FileForm,
        version: Version = None,
        firmware: Literal["ardupilot", "px4"] = "ardupilot",
    ) -> Carried:
        """What the file would be called, and what it would not carry."""
        name, data, losses = await _exported(services, plan_id, version, form, firmware)
        lost = [one.message for one in losses]
        return Carried(name=name, bytes=len(data), lost=lost, losses=losses)


async def _exported(
    services: Services, plan_id: UUID, version: int | None, form: str, firmware: str
) -> tuple[str, bytes, list[Said]]:
    ask = services.history.ask
    with refusals():
        kept = await ask(partial(plans.one_plan, plan=plan_id, version=version))
        data = await ask(partial(plans.content, plan=plan_id, version=kept.version, what="plan"))
    given = {
        "plan": data.decode(),
        "name": kept.name,
        "form": form,
        "firmware": firmware,
        "terrain": terrain_path(services, wanted=bool((kept.request or {}).get("terrain"))),
    }
    try:
        done = await services.jobs.quick("export", given)
    except WorkError as error:
        raise ProblemError(
            409, str(error), kind="not-written", code=error.code, values=error.values
        ) from None
    losses = [Said(**one) for one in done["lost"]]
    return done["name"], base64.b64decode(done["data"]), losses


def terrain_path(services: Services, *, wanted: bool) -> str | None:
    """Path of the height grid, if it is wanted. Raises ProblemError where there is none."""
    path = services.terrain
    if wanted and path is None:
        raise ProblemError(
            409, "the server has no height grid; name one as the setting terrain", kind="no-terrain"
        )
    return str(path) if wanted else None
