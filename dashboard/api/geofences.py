"""Geofences: which there are and were.

A geofence's ETag is its newest version; who changes one says in If-Match which version was seen.
"""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.etags import revised, tagged
from dashboard.api.geofence_changes import add_changes
from dashboard.api.geofence_files import add_files
from dashboard.api.geofence_versions import FenceId, FenceTold, told_of
from dashboard.api.problems import Problem
from dashboard.api.services import Services
from fleet.geofences.geofence import valid_at
from fleet.geofences.stored import to_json
from telemetry.store import fence_queries
from telemetry.watching.kept import geofences as kept_fences


def router(services: Services) -> APIRouter:
    """`/geofences`."""
    routes = APIRouter(prefix="/geofences", tags=["geofences"])

    @routes.get("", response_model=list[dict[str, Any]])
    async def list_fences(request: Request) -> Response:
        """The geofences that count now, their hours aside, as they are stored."""
        now = services.now()
        listed = await services.history.ask(lambda c: kept_fences(c, now))
        current = sorted(valid_at(listed, now), key=lambda fence: (fence.name, fence.id))
        return tagged(request, orjson.dumps([to_json(fence) for fence in current]))

    add_files(routes, services)
    add_changes(routes, services)

    @routes.get("/{fence_id}", responses={404: {"model": Problem, "description": "There is none."}})
    async def one_fence(fence_id: FenceId, response: Response) -> FenceTold:
        """One geofence with all its versions."""
        rows = await services.history.ask(lambda c: fence_queries.versions(c, str(fence_id)))
        told = told_of(rows, services.now())
        revised(response, told.version)
        return told

    return routes
