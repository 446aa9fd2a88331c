"""The API as one application, with its description as OpenAPI at `openapi.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter, FastAPI

from dashboard.api import (
    airspace,
    alerts,
    areas,
    assets,
    cameras,
    checklists,
    clips,
    contacts,
    events,
    figures,
    fleet,
    footprints,
    geofence_files,
    geofences,
    missions,
    past,
    past_alerts,
    past_contacts,
    past_fences,
    plan_jobs,
    planning,
    plans,
    plans_making,
    register,
    reports,
    schedule,
    sensors,
    sorties,
    timeline,
)
from dashboard.api.problems import Problem, add_problems
from dashboard.api.services import Services

PATH = "/api/v1"

ROUTERS: Sequence[Callable[[Services], APIRouter]] = (
    assets.router,
    alerts.router,
    figures.router,
    geofences.router,
    events.router,
    past.router,
    past_alerts.router,
    past_contacts.router,
    past_fences.router,
    timeline.router,
    clips.router,
    reports.router,
    checklists.router,
    planning.router,
    plan_jobs.router,
    plans.router,
    areas.router,
    schedule.router,
    sorties.router,
    register.router,
    fleet.router,
    footprints.router,
    cameras.router,
    missions.router,
    contacts.router,
    sensors.router,
    airspace.router,
)
"""One of each subject."""

BODIES: Mapping[str, int] = {
    geofence_files.FILES_PATH: geofence_files.FILE_MOST,
    "/areas": areas.BODY_MOST,
    "/plans/import": plans_making.FILE_MOST,
    "/plan-jobs": plan_jobs.FORM_MOST,
}
"""Bytes of a body at paths where more than the guard's `MAX_BODY` is allowed."""

_DESCRIPTION = """Positions, alerts, plans and history of a control room's drones and patrol cars.

Times are ISO 8601 with an offset, answers in UTC; positions in degrees (WGS 84), lengths in metres,
speeds in metres per second. Keys of assets are strings. Lists come by pages. What is refused is told
as problem details (RFC 9457)."""


def api_application(services: Services) -> FastAPI:
    """What is mounted at PATH."""
    api = FastAPI(
        title="Nigehban",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,  # its pages would load scripts from elsewhere
        redoc_url=None,
        servers=[{"url": PATH}],
        responses={
            422: {"model": Problem, "description": "The request is not understood."},
            503: {"model": Problem, "description": "Database or collector is away."},
        },
    )
    add_problems(api)
    for router in ROUTERS:
        api.include_router(router(services))
    return api
