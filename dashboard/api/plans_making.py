"""How plans come to be kept: from a job, from a file, as a version or a copy of another."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field
from starlette.requests import Request

from dashboard.api.asking import IdempotencyKey, IfMatch, seen
from dashboard.api.etags import revised
from dashboard.api.plan_jobs import done_of, job_of
from dashboard.api.plans_files import terrain_path
from dashboard.api.plans_told import PlanId, PlanName, PlanTold, told
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.writing import By, Who, asked_as, created_id, refusals
from dashboard.planning.workers import WorkError
from missions.files.plan_json import PLAN_MOST
from telemetry.store import plans
from telemetry.store.plans import NewVersion

FILE_MOST = PLAN_MOST
"""Bytes of a plan's file."""


class SaveBody(By):
    """Keep what a job has made."""

    job: str = Field(pattern=r"^[0-9a-f-]{36}$", description="A job that is done.")
    name: PlanName


class VersionBody(By):
    """Keep what a job has made as the next version of a plan."""

    job: str = Field(pattern=r"^[0-9a-f-]{36}$")


class CopyBody(By):
    """Copy a plan."""

    name: PlanName
    version: int | None = Field(None, ge=1)


def add_making(routes: APIRouter, services: Services) -> None:
    """POST /plans, /plans/import, /plans/{plan_id}/versions and /copy."""
    ask = services.history.ask

    @routes.post("", status_code=201)
    async def save(body: SaveBody, response: Response, key: IdempotencyKey = None) -> PlanTold:
        """Keep the plan of a job under a name."""
        job = job_of(services, body.job)
        new = _version(done_of(services, body.job), job.request)
        asked = asked_as("save", body)
        return await _put(services, body.name, new, body.who, key, asked, response)

    @routes.post("/import", status_code=201)
    async def import_plan(
        request: Request,
        response: Response,
        who: Who,
        name: Annotated[
            str | None, Query(min_length=1, max_length=200, description="None: the plan's own.")
        ] = None,
        terrain: Annotated[  # noqa: FBT002 - FastAPI's way
            bool, Query(description="Prove it over the ground of the server's height grid.")
        ] = False,
        key: IdempotencyKey = None,
    ) -> PlanTold:
        """Keep a plan from its file (`.json`), which is the body; it is proved anew."""
        try:
            data = await request.body()
            text = data.decode()
        except UnicodeDecodeError:
            raise ProblemError(422, "body: a plan's file is UTF-8 text") from None
        try:
            given = {"data": text, "terrain": terrain_path(services, wanted=terrain)}
            done = await services.jobs.quick("open", given)
        except WorkError as error:
            raise ProblemError(
                422, f"body: {error}", code=error.code, values=error.values
            ) from None
        called = name or done["name"] or "plan"
        asked = asked_as("import", hashlib.sha256(data).hexdigest(), who, name, terrain)
        return await _put(services, called, _version(done, None), who, key, asked, response)

    @routes.post("/{plan_id}/versions", status_code=201)
    async def add_version(
        plan_id: PlanId, body: VersionBody, response: Response, match: IfMatch = None
    ) -> PlanTold:
        """Keep what a job has made as the next version; orders stay with theirs."""
        expected = seen(match)
        new = _version(done_of(services, body.job), job_of(services, body.job).request)
        with refusals():
            kept = await ask(
                lambda connection: plans.add_version(
                    connection, plan_id, new, expected=expected, who=body.who, now=services.now()
                )
            )
        revised(response, kept.revision)
        return told(kept)

    @routes.post("/{plan_id}/copy", status_code=201)
    async def copy(
        plan_id: PlanId, body: CopyBody, response: Response, key: IdempotencyKey = None
    ) -> PlanTold:
        """A new plan like it."""
        with refusals():
            kept, _ = await ask(
                lambda connection: plans.copy_plan(
                    connection,
                    plan_id,
                    body.version,
                    created_id("plan", key),
                    body.name,
                    asked=asked_as("copy", str(plan_id), body),
                    who=body.who,
                    now=services.now(),
                )
            )
        revised(response, kept.revision)
        response.headers["Location"] = f"/api/v1/plans/{kept.id}"
        return told(kept)


async def _put(
    services: Services,
    name: str,
    new: NewVersion,
    who: str,
    key: str | None,
    asked: str,
    response: Response,
) -> PlanTold:
    plan = created_id("plan", key)
    with refusals():
        kept, _ = await services.history.ask(
            lambda connection: plans.put_plan(
                connection, plan, name, new, asked=asked, who=who, now=services.now()
            )
        )
    revised(response, kept.revision)
    response.headers["Location"] = f"/api/v1/plans/{kept.id}"
    return told(kept)


def _version(done: dict[str, Any], request: dict[str, Any] | None) -> NewVersion:
    return NewVersion(
        kind=done["kind"] if request is None else str(request["kind"]),
        request=request,
        plan=done["plan"].encode(),
        result=done["result"].encode(),
        summary=done["summary"],
        flights=done["flights"],
        passed=done["passed"],
    )
