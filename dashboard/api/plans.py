"""Plans that are kept: saved, found, renamed, copied, put away and had back, compared, exported."""

from __future__ import annotations

import base64
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from dashboard.api.etags import tagged
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.plan_jobs import done_of, job_of
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.api.writing import (
    By,
    IfMatch,
    Key,
    Utc,
    Who,
    created_id,
    refusals,
    seen,
)
from dashboard.planning.told import FileForm, PlanResult, Totals
from dashboard.planning.workers import WorkError
from missions.files.plan_json import PLAN_MOST
from telemetry.store import plans, revisions
from telemetry.store.plans import KeptPlan, NewVersion

CHANGES_MOST = 200

FILE_MOST = PLAN_MOST
"""Bytes of a plan's file."""

MEDIA_TYPES: dict[str, str] = {
    "json": "application/json",
    "plan": "application/json",
    "waypoints": "text/plain; charset=utf-8",
    "kml": "application/vnd.google-earth.kml+xml",
    "kmz": "application/vnd.google-earth.kmz",
    "geojson": "application/geo+json",
    "gpx": "application/gpx+xml",
}

PlanId = Annotated[UUID, Path(description="The plan's id.")]
PlanName = Annotated[str, Field(min_length=1, max_length=200)]
Version = Annotated[int | None, Query(ge=1, description="None: the newest.")]


class PlanTold(BaseModel):
    """A plan as a list shows it."""

    id: UUID
    revision: int = Field(description="Its ETag: grows with each change.")
    name: str
    kind: str = Field(description="As it was asked for, or the pattern of a file.")
    version: int
    passed: bool = Field(description="Whether the checker found nothing that must not fly.")
    errors: int
    warnings: int
    complete: bool
    totals: Totals
    bounds: tuple[float, float, float, float]
    drones: list[dict[str, str | None]] = Field(description="name, kind, asset")
    made_by: str
    made_time: Utc
    changed_time: Utc
    deleted_time: Utc | None


class PlanWhole(PlanTold):
    """A plan with what it was asked for and what was made."""

    request: dict[str, Any] | None = Field(description="As it was asked for; null: from a file.")
    result: PlanResult


class SaveBody(By):
    """Keep what a job has made."""

    job: str = Field(pattern=r"^[0-9a-f-]{36}$", description="A job that is done.")
    name: PlanName


class VersionBody(By):
    """Keep what a job has made as the next version of a plan."""

    job: str = Field(pattern=r"^[0-9a-f-]{36}$")


class RenameBody(By):
    """Call a plan otherwise."""

    name: PlanName


class CopyBody(By):
    """Copy a plan."""

    name: PlanName
    version: int | None = Field(None, ge=1)


class Difference(BaseModel):
    """One figure of two plans; null: does not apply."""

    figure: str
    one: float | None
    other: float | None
    difference: float | None = Field(description="`other` less `one`.")


class Comparison(BaseModel):
    """Two plans beside each other."""

    one: PlanTold
    other: PlanTold
    differences: list[Difference]


class Change(BaseModel):
    """Who changed what, and when."""

    time: Utc
    planned_time: Utc | None
    who: str
    what: str
    why: str
    detail: dict[str, Any]


class Carried(BaseModel):
    """What an exported file is, and what it does not carry."""

    name: str
    bytes: int
    lost: list[str]


def router(services: Services) -> APIRouter:
    """`/plans`."""
    routes = APIRouter(prefix="/plans", tags=["plans"])
    _add_making(routes, services)
    _add_looking(routes, services)
    _add_changing(routes, services)
    _add_files(routes, services)
    return routes


def _add_making(routes: APIRouter, services: Services) -> None:
    """Plans come to be kept."""
    ask = services.history.ask

    @routes.post("", status_code=201)
    async def save(body: SaveBody, response: Response, key: Key = None) -> PlanTold:
        """Keep the plan of a job under a name."""
        job = job_of(services, body.job)
        new = _version(done_of(services, body.job), job.request)
        return await _put(services, body.name, new, body.who, key, response)

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
        key: Key = None,
    ) -> PlanTold:
        """Keep a plan from its file (`.json`), which is the body; it is proved anew."""
        try:
            text = (await request.body()).decode()
        except UnicodeDecodeError:
            raise ProblemError(422, "body: a plan's file is UTF-8 text") from None
        try:
            given = {"data": text, "terrain": _terrain(services, wanted=terrain)}
            done = await services.jobs.quick("open", given)
        except WorkError as error:
            raise ProblemError(422, f"body: {error}") from None
        return await _put(
            services, name or done["name"] or "plan", _version(done, None), who, key, response
        )

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
        plan_id: PlanId, body: CopyBody, response: Response, key: Key = None
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
                    who=body.who,
                    now=services.now(),
                )
            )
        revised(response, kept.revision)
        response.headers["Location"] = f"/api/v1/plans/{kept.id}"
        return told(kept)


def _add_looking(routes: APIRouter, services: Services) -> None:
    """Lists, one plan, two beside each other."""
    ask = services.history.ask

    @routes.get("")
    async def list_plans(
        limit: Limit = 100,
        cursor: Cursor = None,
        name: Annotated[str, Query(max_length=200, description="A part of the name.")] = "",
        kind: Annotated[str | None, Query(max_length=40)] = None,
        deleted: Annotated[bool, Query(description="Those that were put away.")] = False,  # noqa: FBT002 - FastAPI's way
    ) -> Page[PlanTold]:
        """The plans that are kept, the last changed first."""
        place = place_of(cursor)
        found = await ask(
            lambda connection: plans.list_plans(
                connection, after=place, most=limit + 1, name=name, kind=kind, deleted=deleted
            )
        )
        last = found[limit - 1] if len(found) > limit else None
        return Page(
            items=[told(one) for one in found[:limit]],
            next=None if last is None else to_cursor(last.changed_time.isoformat(), str(last.id)),
        )

    @routes.get("/compare")
    async def compare(
        one: UUID, other: UUID, one_version: Version = None, other_version: Version = None
    ) -> Comparison:
        """The figures of two plans, or of two versions of one, beside each other."""
        with refusals():
            both = [
                told(await ask(partial(plans.one_plan, plan=key, version=version)))
                for key, version in ((one, one_version), (other, other_version))
            ]
        return Comparison(
            one=both[0], other=both[1], differences=_differences(both[0].totals, both[1].totals)
        )

    @routes.get("/{plan_id}", response_model=PlanWhole)
    async def one_plan(plan_id: PlanId, request: Request, version: Version = None) -> Response:
        """A plan with its map, sorties and findings. ETag is its revision."""
        with refusals():
            kept = await ask(lambda connection: plans.one_plan(connection, plan_id, version))
            result = await ask(
                lambda connection: plans.content(connection, plan_id, kept.version, "result")
            )
        listed = told(kept).model_dump_json()
        body = (
            b'{"result":'
            + result
            + b',"request":'
            + orjson.dumps(kept.request)
            + b","
            + listed[1:].encode()
        )
        return tagged(request, body, revision=kept.revision)

    @routes.get("/{plan_id}/changes")
    async def changes(plan_id: PlanId) -> list[Change]:
        """Who changed it and when, the last change first."""
        found = await ask(lambda connection: revisions.changes(connection, plan_id, CHANGES_MOST))
        return [Change.model_validate(one) for one in found]


def _add_changing(routes: APIRouter, services: Services) -> None:
    """Names, and put away."""
    ask = services.history.ask

    @routes.patch("/{plan_id}")
    async def rename(
        plan_id: PlanId, body: RenameBody, response: Response, match: IfMatch = None
    ) -> PlanTold:
        """Call it otherwise."""
        expected = seen(match)
        with refusals():
            kept = await ask(
                lambda connection: plans.rename_plan(
                    connection,
                    plan_id,
                    body.name,
                    expected=expected,
                    who=body.who,
                    now=services.now(),
                )
            )
        revised(response, kept.revision)
        return told(kept)

    @routes.delete("/{plan_id}")
    async def delete(
        plan_id: PlanId, who: Who, response: Response, match: IfMatch = None
    ) -> PlanTold:
        """Put it away; `restore` has it back. One that is scheduled stays."""
        expected = seen(match)
        with refusals():
            kept = await ask(
                lambda connection: plans.delete_plan(
                    connection, plan_id, expected=expected, who=who, now=services.now()
                )
            )
        revised(response, kept.revision)
        return told(kept)

    @routes.post("/{plan_id}/restore")
    async def restore(plan_id: PlanId, body: By, response: Response) -> PlanTold:
        """Have it back."""
        with refusals():
            kept = await ask(
                lambda connection: plans.restore_plan(
                    connection, plan_id, who=body.who, now=services.now()
                )
            )
        revised(response, kept.revision)
        return told(kept)


def _add_files(routes: APIRouter, services: Services) -> None:
    """Plans as files of others."""

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
        name, data, lost = await _exported(services, plan_id, version, form, firmware)
        return Carried(name=name, bytes=len(data), lost=lost)


async def _exported(
    services: Services, plan_id: UUID, version: int | None, form: str, firmware: str
) -> tuple[str, bytes, list[str]]:
    ask = services.history.ask
    with refusals():
        kept = await ask(partial(plans.one_plan, plan=plan_id, version=version))
        data = await ask(partial(plans.content, plan=plan_id, version=kept.version, what="plan"))
    given = {
        "plan": data.decode(),
        "name": kept.name,
        "form": form,
        "firmware": firmware,
        "terrain": _terrain(services, wanted=bool((kept.request or {}).get("terrain"))),
    }
    try:
        done = await services.jobs.quick("export", given)
    except WorkError as error:
        raise ProblemError(409, str(error), kind="not-written") from None
    return done["name"], base64.b64decode(done["data"]), done["lost"]


def _terrain(services: Services, *, wanted: bool) -> str | None:
    """Path of the height grid, if it is wanted. Raises ProblemError where there is none."""
    path = services.settings.terrain
    if wanted and path is None:
        raise ProblemError(
            409, "the server has no height grid; name one as dashboard.terrain", kind="no-terrain"
        )
    return str(path) if wanted else None


async def _put(
    services: Services, name: str, new: NewVersion, who: str, key: str | None, response: Response
) -> PlanTold:
    plan = created_id("plan", key)
    kept, _ = await services.history.ask(
        lambda connection: plans.put_plan(connection, plan, name, new, who=who, now=services.now())
    )
    revised(response, kept.revision)
    response.headers["Location"] = f"/api/v1/plans/{kept.id}"
    return told(kept)


def told(kept: KeptPlan) -> PlanTold:
    """A plan as a list shows it."""
    summary = kept.summary
    return PlanTold(
        id=kept.id,
        revision=kept.revision,
        name=kept.name,
        kind=kept.kind,
        version=kept.version,
        passed=kept.passed,
        errors=summary["errors"],
        warnings=summary["warnings"],
        complete=summary["complete"],
        totals=Totals.model_validate(summary["totals"]),
        bounds=summary["bounds"],
        drones=summary["drones"],
        made_by=kept.made_by,
        made_time=kept.made_time,
        changed_time=kept.changed_time,
        deleted_time=kept.deleted_time,
    )


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


def _differences(one: Totals, other: Totals) -> list[Difference]:
    both = [_figures(totals) for totals in (one, other)]
    return [
        Difference(
            figure=name,
            one=first,
            other=second,
            difference=None if first is None or second is None else round(second - first, 6),
        )
        for name in {**both[0], **both[1]}
        if (first := both[0].get(name)) != (second := both[1].get(name)) or name in _ALWAYS
    ]


_ALWAYS = frozenset({"sorties", "drones", "duration", "length", "energy"})


def _figures(totals: Totals) -> dict[str, float | None]:
    known: dict[str, float | None] = totals.model_dump(exclude={"more"})
    return totals.more | known


def place_of(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The place of a cursor of a list by time and id. Raises ProblemError (422)."""
    place = from_cursor(cursor, str, str)
    if place is None:
        return None
    try:
        return datetime.fromisoformat(place[0]), UUID(place[1])
    except ValueError:
        raise ProblemError(422, "query.cursor: this is no cursor of this list") from None


def revised(response: Response, revision: int) -> Response:
    """The answer with a revision as its ETag."""
    response.headers["ETag"] = f'"{revision}"'
    return response
