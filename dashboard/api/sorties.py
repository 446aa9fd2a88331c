"""The sorties of a schedule: of a window, due next, cancelled, flown."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from dashboard.api.problems import ProblemError
from dashboard.api.schedule_told import (
    CancelBody,
    DueNext,
    RunTold,
    Schedule,
    WhyBody,
    conflicts_told,
    flight_told,
    run_told,
)
from dashboard.api.services import Services
from dashboard.api.writing import By, refusals
from dashboard.live import airborne
from dashboard.planning import timetable
from dashboard.planning.assigning import states
from dashboard.planning.ordering import (
    Occurrence,
    OrderForm,
    flights_from,
    named,
    occurrence_id,
    run_kept,
    runs_of_order,
)
from dashboard.planning.timetable import Kept, TooMuchError, clashes, runs
from missions.schedule.batteries import percent_then
from missions.schedule.conflicts import DroneState
from missions.schedule.orders import is_occurrence
from missions.schedule.sorties import due_next
from telemetry.store import orders, plans
from telemetry.store.orders import State

WINDOW_MOST = timedelta(days=62)
"""Of a schedule that is asked for."""

NEXT_AHEAD = timedelta(days=14)
"""In which the next sorties are looked for."""

RunId = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f-]{36}\.\d{1,10}$",
        description="A run of a plan: its order and its time, as the schedule calls it.",
    ),
]


def router(services: Services) -> APIRouter:
    """`/schedule/runs`, `/schedule/next`."""
    routes = APIRouter(prefix="/schedule", tags=["schedule"])

    @routes.get("/runs")
    async def window(
        begin: Annotated[AwareDatetime, Query(description="From this time …")],
        end: Annotated[AwareDatetime, Query(description="… to this, at most 62 days.")],
    ) -> Schedule:
        """All runs of plans in a window, with their flights, and what cannot be."""
        if not begin < end <= begin + WINDOW_MOST:
            raise ProblemError(
                422, f"query.end: after `begin`, and at most {WINDOW_MOST.days} days later"
            )
        kept, fleet = await _read(services, begin, end), states(services.situation)
        return await asyncio.to_thread(_schedule, kept, fleet, begin, end, services.now())

    @routes.get("/next")
    async def due(count: Annotated[int, Query(ge=1, le=100)] = 10) -> list[DueNext]:
        """The flights that begin next, and their drones as they are now."""
        now = services.now()
        kept, fleet = await _read(services, now, now + NEXT_AHEAD), states(services.situation)
        return await asyncio.to_thread(_next, services, kept, fleet, now, count)

    @routes.get("/runs/{run_id}")
    async def one_run(run_id: RunId) -> RunTold:
        """One run of a plan."""
        return await _told(services, run_id)

    @routes.post("/runs/{run_id}/cancel")
    async def cancel(run_id: RunId, body: CancelBody) -> RunTold:
        """It is not flown this time."""
        return await _mark(services, run_id, "cancelled", body.who, body.why)

    @routes.post("/runs/{run_id}/flown")
    async def flown(run_id: RunId, body: WhyBody) -> RunTold:
        """It was flown."""
        return await _mark(services, run_id, "flown", body.who, body.why)

    @routes.post("/runs/{run_id}/restore")
    async def restore(run_id: RunId, body: By) -> RunTold:
        """It is to be flown after all."""
        return await _mark(services, run_id, "planned", body.who, "")

    return routes


async def _read(services: Services, begin: datetime, end: datetime) -> Kept:
    try:
        return await services.history.ask(partial(timetable.read, begin=begin, end=end))
    except TooMuchError as error:
        raise ProblemError(422, f"query.end: {error}") from None


def _runs(kept: Kept, begin: datetime, end: datetime) -> list[Occurrence]:
    try:
        return runs(kept, begin, end)
    except TooMuchError as error:
        raise ProblemError(422, f"query.end: {error}") from None


def _schedule(
    kept: Kept, fleet: Mapping[str, DroneState], begin: datetime, end: datetime, now: datetime
) -> Schedule:
    every = _runs(kept, begin, end)
    try:
        found = clashes(every, fleet)
    except TooMuchError as error:
        raise ProblemError(422, f"query.end: {error}") from None
    return Schedule(
        begin=begin,
        end=end,
        runs=[run_told(one, fleet, now) for one in every],
        conflicts=conflicts_told(found),
    )


def _next(
    services: Services, kept: Kept, fleet: Mapping[str, DroneState], now: datetime, count: int
) -> list[DueNext]:
    every = [one for one in _runs(kept, now, now + NEXT_AHEAD) if one.stands]
    names = {occurrence_id(one.order, one.time): one.form.name for one in every}
    coming = due_next([sortie for one in every for sortie in one.sorties], now, count)
    told = []
    for sortie in named(coming, {key: state.name for key, state in fleet.items()}):
        run = occurrence_id(sortie.order, sortie.time)
        battery, aloft = _battery(services, sortie.drone)
        then = None
        if battery is not None:
            then = percent_then(
                battery,
                sortie.start - now,
                aloft=aloft,
                turnround=sortie.turnround,
                charge=sortie.charge,
            )
        told.append(
            DueNext(
                run=run,
                order=UUID(sortie.order),
                name=names[run],
                flight=flight_told(sortie, fleet),
                seconds=round((sortie.start - now).total_seconds(), 1),
                battery_percent=battery,
                battery_then=None if then is None else round(then, 1),
                ready=None if then is None else then >= 100 * sortie.need,
            )
        )
    return told


def _battery(services: Services, drone: str) -> tuple[float | None, bool]:
    """Percent in a drone's battery, None where it is not known, and whether it is in the air."""
    picture = services.situation.picture
    if not drone or int(drone) not in picture:
        return None, False
    row = np.atleast_1d(picture.row(int(drone)))
    percent = float(row["battery_percent"][0])
    return None if np.isnan(percent) else percent, bool(airborne(row)[0] == 1)


async def _mark(services: Services, run_id: str, state: State, who: str, why: str) -> RunTold:
    order, time, _ = await _find(services, run_id)
    if state == "planned" and not await _told_by_order(services, order, time):
        raise ProblemError(409, "the order is not flown at this time any more", kind="not-as-it-is")
    with refusals():
        await services.history.ask(
            partial(
                orders.mark_sortie,
                order=order,
                planned=time,
                state=state,
                who=who,
                why=why,
                now=services.now(),
            )
        )
    return await _told(services, run_id)


async def _told_by_order(services: Services, order: UUID, time: datetime) -> bool:
    """Whether a run is of its order as that is now, or is past."""
    known = await services.history.ask(partial(orders.one_order, order=order))
    if time < known.since:
        return True
    when = OrderForm.model_validate(known.order).when
    return known.deleted_time is None and is_occurrence(when, time)


async def _told(services: Services, run_id: str) -> RunTold:
    *_, found = await _find(services, run_id)
    return run_told(found, states(services.situation), services.now())


async def _find(services: Services, run_id: str) -> tuple[UUID, datetime, Occurrence]:
    """A run by its id. Raises ProblemError (404) for what is none."""
    order_text, _, seconds = run_id.partition(".")
    missing = ProblemError(404, f"there is no run {run_id}: the order has none at this time")
    try:
        order, time = UUID(order_text), datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError):
        raise missing from None
    ask = services.history.ask
    kept = await ask(partial(orders.one_sortie, order=order, planned=time))
    with refusals():
        known = await ask(partial(orders.one_order, order=order))
    plan = known if kept is None else kept
    key = (plan.plan, plan.plan_version)
    flights = flights_from((await ask(partial(plans.flights, wanted=[key])))[key])
    if kept is not None:
        return order, time, run_kept(kept, flights)
    if time < known.since or not await _told_by_order(services, order, time):
        raise missing
    (found,) = runs_of_order(known, flights, time, time + timedelta(seconds=1), 1)
    return order, time, found
