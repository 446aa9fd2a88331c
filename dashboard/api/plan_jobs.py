"""Plans that are being made: asked for, how far they are, what came of them."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from dashboard.api.asking import IdempotencyKey
from dashboard.api.etags import tagged
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.writing import Utc, created_id, other_body, refusals
from dashboard.planning.assigning import AssignmentError, named
from dashboard.planning.fences import closed
from dashboard.planning.forms import CrowdForm, PlanForm, Task
from dashboard.planning.jobs import Job, Jobs, JobsFullError
from dashboard.planning.told import PlanResult
from fleet.geofences.geofence import valid_at
from fleet.wording import coded
from missions import library
from missions.errors import PlanningError
from missions.plan import NoFly
from telemetry.store import plans
from telemetry.watching.kept import geofences

WAIT_MOST = 10.0
"""Seconds that an answer on a job is held back until it has ended."""

FORM_MOST = 2 * 1024 * 1024
"""Bytes of what is asked for: 40,000 corners."""

JobId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="The job's id.")]


class JobTold(BaseModel):
    """A plan that is being made, or was."""

    id: str
    kind: str
    name: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    share: float = Field(description="Of the work that is done, 0 … 1.")
    doing: str = Field(description="What is being done, in words.")
    error: str = Field(description="Why it failed, in one line.")
    error_code: str = Field(description="Names that line, for words in other languages.")
    error_values: dict[str, str] = Field(description="What stands in its gaps.")
    asked_time: Utc
    ended_time: Utc | None
    seconds: float = Field(description="Since it was asked for, until it ended.")
    passed: bool | None = Field(description="Whether what was made may fly; null: not yet known.")


def router(services: Services) -> APIRouter:
    """`/plan-jobs`."""
    routes = APIRouter(prefix="/plan-jobs", tags=["plans"])
    jobs = services.jobs

    @routes.post("", status_code=202)
    async def begin(form: PlanForm, response: Response, key: IdempotencyKey = None) -> JobTold:
        """Have a plan made. It is made whether anybody waits or not; `Location` tells how far."""
        job_id = str(created_id("job", key))
        asked = form.model_dump(mode="json", exclude_unset=True)
        job = _known(jobs, job_id, asked)
        if job is None:
            given = await _task(form, services)
            try:
                job = jobs.begin(
                    job_id,
                    given.name,
                    asked,
                    given.model_dump(mode="json", exclude_unset=True),
                )
            except JobsFullError as error:
                raise ProblemError(429, str(error), kind="too-many-jobs") from None
        response.headers["Location"] = f"/api/v1/plan-jobs/{job.id}"
        return _told(job, services.now())

    @routes.get("")
    async def list_jobs() -> list[JobTold]:
        """The jobs that are known, the last asked for first."""
        return [_told(job, services.now()) for job in jobs.every()]

    @routes.get("/{job_id}")
    async def progress(
        job_id: JobId,
        wait: Annotated[
            float, Query(ge=0, le=WAIT_MOST, description="Seconds to wait until it has ended.")
        ] = 0.0,
    ) -> JobTold:
        """How far a plan is."""
        job = job_of(services, job_id)
        if wait and job.ended is None:
            await jobs.wait(job, wait)
        return _told(job, services.now())

    @routes.get("/{job_id}/result", response_model=PlanResult)
    async def result(job_id: JobId, request: Request) -> Response:
        """What was made: map, sorties, figures, findings."""
        return tagged(request, done_of(services, job_id)["result"].encode())

    @routes.post("/{job_id}/enough", status_code=202)
    async def enough(job_id: JobId) -> JobTold:
        """End with the best so far, as soon as there is one."""
        job = job_of(services, job_id)
        job.enough.set()
        return _told(job, services.now())

    @routes.delete("/{job_id}", status_code=204)
    async def cancel(job_id: JobId) -> Response:
        """End a job and its process at once; what is done already is forgotten."""
        await jobs.cancel(job_of(services, job_id))
        return Response(status_code=204)

    return routes


def job_of(services: Services, job_id: str) -> Job:
    """Raises ProblemError (404)."""
    job = services.jobs.find(job_id)
    if job is None:
        raise ProblemError(404, f"there is no job {job_id}; it may have been forgotten")
    return job


def _known(jobs: Jobs, job_id: str, asked: dict[str, Any]) -> Job | None:
    """The job of a key, if it is there already. Raises ProblemError (422) for another request's."""
    job = jobs.find(job_id)
    if job is not None and job.request != asked:
        raise other_body("plan")
    return job


def done_of(services: Services, job_id: str) -> dict[str, Any]:
    """What a job has made. Raises ProblemError (404, 409)."""
    job = job_of(services, job_id)
    if job.done is None:
        why = job.error or f"the job is {job.state}"
        raise ProblemError(409, f"there is no plan: {why}", kind="no-plan")
    return job.done


async def _task(form: PlanForm, services: Services) -> Task:
    """All that the plan is made of. Raises ProblemError, HistoryAwayError."""
    settings = services.settings
    for number, one in enumerate(form.drones):
        try:
            library.find(one.kind, settings.drone_library)
        except PlanningError as error:
            raise ProblemError(422, f"body.drones.{number}.kind: {error}") from None
    if form.terrain and services.terrain is None:
        raise ProblemError(
            422, "body.terrain: the server has no height grid; name one as the setting terrain"
        )
    try:
        drones = named(form, services.situation)
    except AssignmentError as error:
        code, values = coded(error.args[0])
        raise ProblemError(422, f"{error.place}: {error}", code=code, values=values) from None
    return Task(
        form=form,
        name=form.name or form.kind,
        drones=drones,
        zones=await _fences(services) if form.geofences else [],
        created=services.now().replace(microsecond=0),
        terrain=str(services.terrain) if form.terrain else None,
        library=None if settings.drone_library is None else str(settings.drone_library),
        previous=await _previous(form, services),
    )


async def _fences(services: Services) -> list[NoFly]:
    now: datetime = services.now()
    return closed(valid_at(await services.history.ask(partial(geofences, since=now)), now))


async def _previous(form: PlanForm, services: Services) -> str | None:
    if not isinstance(form, CrowdForm) or form.previous is None:
        return None
    key = form.previous
    with refusals():
        data = await services.history.ask(
            lambda connection: plans.content(connection, key, None, "plan")
        )
    return data.decode()


def _told(job: Job, now: datetime) -> JobTold:
    return JobTold(
        id=job.id,
        kind=str(job.request["kind"]),
        name=job.name,
        state=job.state,
        share=round(job.share, 3),
        doing=job.doing,
        error=job.error,
        error_code=job.error_code,
        error_values=job.error_values,
        asked_time=job.asked,
        ended_time=job.ended,
        seconds=round(((job.ended or now) - job.asked).total_seconds(), 1),
        passed=None if job.done is None else bool(job.done["passed"]),
    )
