"""Orders to fly plans: previewed, given, changed, ended, had back."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Response

from dashboard.api.asking import IdempotencyKey, IfMatch, seen
from dashboard.api.etags import revised
from dashboard.api.paging import Cursor, Limit, Page, from_cursor, to_cursor
from dashboard.api.plans_told import CHANGES_MOST, Change
from dashboard.api.schedule_checks import conflicts, flyable, kept_form, previewed
from dashboard.api.schedule_told import (
    NewOrder,
    OrderTold,
    Preview,
    PreviewBody,
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
from dashboard.planning.ordering import past_of
from missions.schedule.orders import FAR, occurrences
from telemetry.store import orders, revisions
from telemetry.store.orders import KeptOrder, Past

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
        plan = await previewed(services, body)
        times = occurrences(body.when, now, FAR, PREVIEW_MOST + 1)
        found = await conflicts(services, body, plan, body.order or uuid4(), now)
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
            plan = await flyable(services, body, order, now, accept=body.accept_conflicts)
            with refusals():
                await ask(
                    partial(
                        orders.put_order,
                        order=order,
                        plan=body.plan,
                        plan_version=plan.version,
                        told=kept_form(services, body),
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
        plan = await flyable(services, body, order_id, now, accept=body.accept_conflicts)
        with refusals():
            await ask(
                partial(
                    orders.change_order,
                    order=order_id,
                    plan=body.plan,
                    plan_version=plan.version,
                    told=kept_form(services, body),
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
