"""Plans that are kept: found, looked at, compared, renamed, put away and had back."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from dashboard.api.asking import IfMatch, seen
from dashboard.api.etags import revised, tagged
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.plans_files import add_files
from dashboard.api.plans_making import add_making
from dashboard.api.plans_told import (
    CHANGES_MOST,
    Change,
    Comparison,
    PlanId,
    PlanName,
    PlanTold,
    PlanWhole,
    Version,
    differences,
    told,
)
from dashboard.api.services import Services
from dashboard.api.writing import By, Who, refusals
from telemetry.store import plans, revisions


class RenameBody(By):
    """Call a plan otherwise."""

    name: PlanName


def router(services: Services) -> APIRouter:
    """`/plans`."""
    routes = APIRouter(prefix="/plans", tags=["plans"])
    add_making(routes, services)
    _add_looking(routes, services)
    _add_changing(routes, services)
    add_files(routes, services)
    return routes


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
        place = from_cursor(cursor, datetime, UUID)
        found = await ask(
            lambda connection: plans.list_plans(
                connection, after=place, most=limit + 1, name=name, kind=kind, deleted=deleted
            )
        )
        last = found[limit - 1] if len(found) > limit else None
        return Page(
            items=[told(one) for one in found[:limit]],
            next=None if last is None else to_cursor(last.changed_time, last.id),
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
            one=both[0], other=both[1], differences=differences(both[0].totals, both[1].totals)
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
