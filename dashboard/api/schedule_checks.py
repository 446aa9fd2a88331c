"""Whether an order may be given: its plan is there and proved, its drones are in it, nothing speaks against it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from dashboard.api.plan_jobs import done_of
from dashboard.api.problems import ProblemError
from dashboard.api.schedule_told import ConflictTold, NewOrder, PreviewBody, conflicts_told
from dashboard.api.services import Services
from dashboard.planning import timetable
from dashboard.planning.assigning import states
from dashboard.planning.ordering import Flights, OrderForm, flights_from
from dashboard.planning.timetable import TooMuchError, clashes, runs
from missions.schedule.conflicts import DroneState
from missions.schedule.orders import FAR, occurrences
from telemetry.store import plans, revisions
from telemetry.store.orders import KeptOrder

AHEAD = timedelta(days=35)
"""For which the conflicts of an order are looked for."""


def kept_form(services: Services, body: OrderForm) -> dict[str, object]:
    """An order as it is kept."""
    form = body.model_dump(mode="json", include=set(OrderForm.model_fields))
    if "battery_charge" not in body.model_fields_set:
        form["battery_charge"] = services.settings.battery_charge
    return form


class Ordered(NamedTuple):
    """What an order is for: a version of a kept plan, or what a job has made."""

    plan: UUID
    version: int
    passed: bool
    flights: Flights | None = None
    """None: they are in the store."""


async def previewed(services: Services, body: PreviewBody) -> Ordered:
    """What a preview is of. Raises ProblemError (404, 409, 422)."""
    if body.plan is not None:
        return await _plan(services, body, body.plan, body.plan_version)
    done = done_of(services, str(body.job))
    _known_drones(body, done["summary"])
    flights = flights_from(done["flights"])
    return Ordered(UUID(str(body.job)), 0, bool(done["passed"]), flights)


async def _plan(services: Services, body: OrderForm, plan_id: UUID, version: int | None) -> Ordered:
    """The plan that an order is for. Raises ProblemError (409, 422)."""
    try:
        plan = await services.history.ask(partial(plans.one_plan, plan=plan_id, version=version))
    except revisions.MissingError as error:
        raise ProblemError(422, f"body.plan: {error}") from None
    _known_drones(body, plan.summary)
    if plan.deleted_time is not None:
        raise ProblemError(409, "the plan was deleted; have it back, or choose another")
    return Ordered(plan.id, plan.version, plan.passed)


def _known_drones(body: OrderForm, summary: Mapping[str, Any]) -> None:
    known = {one["name"] for one in summary["drones"]}
    for name in body.drones:
        if name not in known:
            raise ProblemError(
                422,
                f"body.drones: the plan has no drone {name!r}; it has {', '.join(sorted(known))}",
            )


async def flyable(
    services: Services, body: NewOrder, order: UUID, now: datetime, *, accept: bool
) -> Ordered:
    """The plan, if it may be flown so. Raises ProblemError (409, 422)."""
    plan = await _plan(services, body, body.plan, body.plan_version)
    if not plan.passed:
        raise ProblemError(
            409, "the plan must not fly: the checker found errors in it", kind="plan-not-proved"
        )
    if not occurrences(body.when, now, FAR, 1):
        raise ProblemError(422, "body.when: that is never flown: no time of it is still to come")
    if not accept and (found := await conflicts(services, body, plan, order, now)):
        told = [one.model_dump(mode="json") for one in found]
        raise ProblemError(409, found[0].message, kind="conflicts", conflicts=told)
    return plan


async def conflicts(
    services: Services, body: OrderForm, plan: Ordered, order: UUID, now: datetime
) -> list[ConflictTold]:
    """What speaks against an order in the time to come. Raises ProblemError (422)."""
    first = occurrences(body.when, now, FAR, 1)
    end = max(now, first[0] if first else now) + AHEAD
    form = kept_form(services, body)
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
