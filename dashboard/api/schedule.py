"""Orders to fly plans: previewed, given, changed, ended, had back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
from fastapi import APIRouter, Path, Response

from dashboard.api.asking import IdempotencyKey, IfMatch, seen
from dashboard.api.etags import revised
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.plan_jobs import done_of
from dashboard.api.plans_told import CHANGES_MOST, Change
from dashboard.api.problems import ProblemError
from dashboard.api.schedule_told import (
    ConflictTold,
    NewOrder,
    OrderTold,
    Preview,
    PreviewBody,
    conflicts_told,
    order_told,
)
from dashboard.api.services import Services
from dashboard.api.writing import (
    By,
    Who,
    asked_as,
    created_id,
    refusals,
)
from dashboard.planning import timetable
from dashboard.planning.assigning import states
from dashboard.planning.ordering import Flights, OrderForm, flights_from, past_of
from dashboard.planning.timetable import TooMuchError, clashes, runs
from missions.schedule.conflicts import DroneState
from missions.schedule.orders import FAR, occurrences
from telemetry.store import orders, plans, revisions
from telemetry.store.orders import KeptOrder, Past

AHEAD = timedelta(days=35)
"""For which the conflicts of an order are looked for."""

PREVIEW_MOST = 50
"""Times that a preview tells."""

OrderId = Annotated[UUID, Path(description="The order's id.")]


def router(services: Services) -> APIRouter:
    """`/schedule/orders`, `/schedule/preview`."""
    routes = APIRouter(prefix="/schedule", tags=["schedule"])
    _add_giving(routes, services)
    _add_looking(routes, services)
    _add_changing(routes, services)
    return routes


def _add_giving(routes: APIRouter, services: Services) -> None:
    ask = services.history.ask

    @routes.post("/preview")
    async def preview(body: PreviewBody) -> Preview:
        """When an order would be flown, and what speaks against it. Nothing is kept.

        It is of a `plan`, or of what a `job` has made that is not kept yet.
        """
        now = services.now()
        plan = await _previewed(services, body)
        times = occurrences(body.when, now, FAR, PREVIEW_MOST + 1)
        found = await _conflicts(services, body, plan, body.order or uuid4(), now)
        return Preview(
            times=times[:PREVIEW_MOST],
            more=len(times) > PREVIEW_MOST,
            conflicts=found,
            passed=plan.passed,
        )

    @routes.post("/orders", status_code=201)
    async def give(body: NewOrder, response: Response, key: IdempotencyKey = None) -> OrderTold:
        """Have a plan flown, once or again and again.

        One with conflicts is refused with them (409, `conflicts`) unless they are accepted.
        """
        order, now = created_id("order", key), services.now()
        asked = asked_as("order", body)
        if await _is_there(services, order):
            with refusals():
                await ask(partial(revisions.same_request, row=order, asked=asked, what="order"))
        else:
            plan = await _flyable(services, body, order, now, accept=body.accept_conflicts)
            with refusals():
                await ask(
                    partial(
                        orders.put_order,
                        order=order,
                        plan=body.plan,
                        plan_version=plan.version,
                        told=_kept_form(services, body),
                        asked=asked,
                        who=body.who,
                        now=now,
                    )
                )
        response.headers["Location"] = f"/api/v1/schedule/orders/{order}"
        return await _answer(services, order, response)


def _add_looking(routes: APIRouter, services: Services) -> None:
    ask = services.history.ask

    @routes.get("/orders")
    async def list_orders(
        limit: Limit = 100, cursor: Cursor = None, plan: UUID | None = None
    ) -> Page[OrderTold]:
        """The orders that stand, the last changed first."""
        place, now = from_cursor(cursor, datetime, UUID), services.now()
        found = await ask(
            lambda connection: orders.list_orders(
                connection, after=place, most=limit + 1, plan=plan
            )
        )
        last = found[limit - 1] if len(found) > limit else None
        return Page(
            items=[order_told(one, now) for one in found[:limit]],
            next=None if last is None else to_cursor(last.changed_time, last.id),
        )

    @routes.get("/orders/{order_id}")
    async def one_order(order_id: OrderId, response: Response) -> OrderTold:
        """An order. ETag is its revision."""
        return await _answer(services, order_id, response)

    @routes.get("/orders/{order_id}/changes")
    async def changes(order_id: OrderId) -> list[Change]:
        """Who changed it, or its sorties, and when; the last change first."""
        found = await ask(lambda connection: revisions.changes(connection, order_id, CHANGES_MOST))
        return [Change.model_validate(one) for one in found]


def _add_changing(routes: APIRouter, services: Services) -> None:
    ask = services.history.ask

    @routes.put("/orders/{order_id}")
    async def change(
        order_id: OrderId, body: NewOrder, response: Response, match: IfMatch = None
    ) -> OrderTold:
        """Have it otherwise from now on; what is past stays as it was."""
        expected, now = seen(match), services.now()
        known = await _order(services, order_id)
        plan = await _flyable(services, body, order_id, now, accept=body.accept_conflicts)
        with refusals():
            await ask(
                partial(
                    orders.change_order,
                    order=order_id,
                    plan=body.plan,
                    plan_version=plan.version,
                    told=_kept_form(services, body),
                    past=await _past(known, now),
                    expected=expected,
                    who=body.who,
                    now=now,
                )
            )
        return await _answer(services, order_id, response)

    @routes.delete("/orders/{order_id}")
    async def end(
        order_id: OrderId, who: Who, response: Response, match: IfMatch = None
    ) -> OrderTold:
        """End it: nothing of it is flown from now on. `restore` has it back."""
        expected, now = seen(match), services.now()
        known = await _order(services, order_id)
        with refusals():
            await ask(
                partial(
                    orders.delete_order,
                    order=order_id,
                    past=await _past(known, now),
                    expected=expected,
                    who=who,
                    now=now,
                )
            )
        return await _answer(services, order_id, response)

    @routes.post("/orders/{order_id}/restore")
    async def restore(order_id: OrderId, body: By, response: Response) -> OrderTold:
        """Have it back, from now on."""
        with refusals():
            await ask(
                partial(orders.restore_order, order=order_id, who=body.who, now=services.now())
            )
        return await _answer(services, order_id, response)


async def _order(services: Services, order: UUID) -> KeptOrder:
    with refusals():
        return await services.history.ask(partial(orders.one_order, order=order))


async def _past(known: KeptOrder, now: datetime) -> Past:
    return Past(await asyncio.to_thread(past_of, known, now), now)


async def _is_there(services: Services, order: UUID) -> bool:
    try:
        await services.history.ask(partial(orders.one_order, order=order))
    except revisions.MissingError:
        return False
    return True


async def _answer(services: Services, order: UUID, response: Response) -> OrderTold:
    kept = await _order(services, order)
    revised(response, kept.revision)
    return order_told(kept, services.now())


def _kept_form(services: Services, body: OrderForm) -> dict[str, object]:
    form = body.model_dump(mode="json", include=set(OrderForm.model_fields))
    if "battery_charge" not in body.model_fields_set:
        form["battery_charge"] = services.settings.battery_charge
    return form


class _Ordered(NamedTuple):
    """What an order is for: a version of a kept plan, or what a job has made."""

    plan: UUID
    version: int
    passed: bool
    flights: Flights | None = None
    """None: they are in the store."""


async def _previewed(services: Services, body: PreviewBody) -> _Ordered:
    """Raises ProblemError (404, 409, 422)."""
    if body.plan is not None:
        return await _plan(services, body, body.plan, body.plan_version)
    done = done_of(services, str(body.job))
    _known_drones(body, done["summary"])
    flights = flights_from(done["flights"])
    return _Ordered(UUID(str(body.job)), 0, bool(done["passed"]), flights)


async def _plan(
    services: Services, body: OrderForm, plan_id: UUID, version: int | None
) -> _Ordered:
    """The plan that an order is for. Raises ProblemError (409, 422)."""
    try:
        plan = await services.history.ask(partial(plans.one_plan, plan=plan_id, version=version))
    except revisions.MissingError as error:
        raise ProblemError(422, f"body.plan: {error}") from None
    _known_drones(body, plan.summary)
    if plan.deleted_time is not None:
        raise ProblemError(409, "the plan was deleted; have it back, or choose another")
    return _Ordered(plan.id, plan.version, plan.passed)


def _known_drones(body: OrderForm, summary: Mapping[str, Any]) -> None:
    known = {one["name"] for one in summary["drones"]}
    for name in body.drones:
        if name not in known:
            raise ProblemError(
                422,
                f"body.drones: the plan has no drone {name!r}; it has {', '.join(sorted(known))}",
            )


async def _flyable(
    services: Services, body: NewOrder, order: UUID, now: datetime, *, accept: bool
) -> _Ordered:
    """The plan, if it may be flown so. Raises ProblemError (409, 422)."""
    plan = await _plan(services, body, body.plan, body.plan_version)
    if not plan.passed:
        raise ProblemError(
            409, "the plan must not fly: the checker found errors in it", kind="plan-not-proved"
        )
    if not occurrences(body.when, now, FAR, 1):
        raise ProblemError(422, "body.when: that is never flown: no time of it is still to come")
    if not accept and (found := await _conflicts(services, body, plan, order, now)):
        told = [one.model_dump(mode="json") for one in found]
        raise ProblemError(409, found[0].message, kind="conflicts", conflicts=told)
    return plan


async def _conflicts(
    services: Services, body: OrderForm, plan: _Ordered, order: UUID, now: datetime
) -> list[ConflictTold]:
    """What speaks against an order in the time to come. Raises ProblemError (422)."""
    first = occurrences(body.when, now, FAR, 1)
    end = max(now, first[0] if first else now) + AHEAD
    form = _kept_form(services, body)
    key = plan.plan, plan.version
    wanted = KeptOrder(order, 0, *key, form, now, now, None)
    besides = [key] if plan.flights is None else []

    async def ask(connection: psycopg.AsyncConnection) -> timetable.Kept:
        return await timetable.read(connection, now, end, besides)

    try:
        kept = await services.history.ask(ask)
        if plan.flights is not None:
            kept = replace(kept, flights={**kept.flights, key: plan.flights})
        fleet = states(services.situation)
        told = await asyncio.to_thread(_clashes, kept, wanted, fleet, now, end)
    except TooMuchError as error:
        raise ProblemError(422, f"body.when: {error}") from None
    return told


def _clashes(
    kept: timetable.Kept,
    wanted: KeptOrder,
    fleet: dict[str, DroneState],
    begin: datetime,
    end: datetime,
) -> list[ConflictTold]:
    others = [one for one in kept.orders if one.id != wanted.id]
    every = runs(timetable.Kept([*others, wanted], kept.sorties, kept.flights), begin, end)
    return conflicts_told(clashes(every, fleet, concerning=wanted.id))
