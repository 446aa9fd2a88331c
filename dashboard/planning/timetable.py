"""The schedule of a window: all runs of plans in it, and which of them cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from dashboard.planning.ordering import (
    Flights,
    Occurrence,
    flights_from,
    joined,
    named,
    run_kept,
    runs_of_order,
)
from missions.errors import PlanningError
from missions.schedule.conflicts import Conflict, DroneState, conflicts
from missions.schedule.sorties import Sortie
from telemetry.store import orders, plans
from telemetry.store.orders import KeptOrder, KeptSortie

ORDERS_MOST = 1000
"""Live orders."""

RUNS_MOST = 3000
"""Runs of a window."""

LONGEST = timedelta(days=1)
"""Of a run: those that began so long before a window may reach into it."""

PlanKey = tuple[UUID, int]


class TooMuchError(Exception):
    """More than is told at once; the message says what to do."""


@dataclass(frozen=True)
class Kept:
    """What the store has of a window, as it is."""

    orders: Sequence[KeptOrder]
    sorties: Sequence[KeptSortie]
    flights: Mapping[PlanKey, Flights]


async def read(
    connection: psycopg.AsyncConnection,
    begin: datetime,
    end: datetime,
    besides: Iterable[PlanKey] = (),
) -> Kept:
    """What is wanted for the schedule of a window. Raises TooMuchError, psycopg.Error."""
    live = await orders.list_orders(connection, after=None, most=ORDERS_MOST + 1)
    if len(live) > ORDERS_MOST:
        raise TooMuchError(f"there are more than {ORDERS_MOST} orders; end those that are over")
    known = await orders.sorties(connection, begin - LONGEST, end, RUNS_MOST + 1)
    if len(known) > RUNS_MOST:
        raise TooMuchError(_shorter())
    wanted = [(one.plan, one.plan_version) for one in live]
    wanted += [(one.plan, one.plan_version) for one in known]
    told = await plans.flights(connection, [*wanted, *besides])
    return Kept(live, known, {key: flights_from(flights) for key, flights in told.items()})


def runs(kept: Kept, begin: datetime, end: datetime) -> list[Occurrence]:
    """All runs that are in the air, or would be, within [begin, end). Raises TooMuchError."""
    told: list[Occurrence] = []
    for order in kept.orders:
        flights = kept.flights[order.plan, order.plan_version]
        told += runs_of_order(order, flights, begin - LONGEST, end, RUNS_MOST + 1)
        if len(told) > RUNS_MOST:
            raise TooMuchError(_shorter())
    known = [run_kept(one, kept.flights[one.plan, one.plan_version]) for one in kept.sorties]
    every = joined(told, known)
    return [one for one in every if one.end > begin or one.time >= begin]


def clashes(
    occurrences: Iterable[Occurrence],
    fleet: Mapping[str, DroneState],
    *,
    concerning: UUID | None = None,
) -> list[Conflict]:
    """What cannot be of the runs that stand, or of those of one order. Raises TooMuchError."""
    names = {key: state.name for key, state in fleet.items()}
    flown: list[Sortie] = []
    for one in occurrences:
        if one.stands:
            flown += named(one.sorties, names)
    order = None if concerning is None else str(concerning)
    try:
        return conflicts(
            flown, fleet, concerning=lambda sortie: order is None or sortie.order == order
        )
    except PlanningError as error:
        raise TooMuchError(str(error)) from None


def _shorter() -> str:
    return f"more than {RUNS_MOST} runs of plans in this time; choose a shorter one"
