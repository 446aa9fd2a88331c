"""Orders to fly plans, as they are told and kept, and the runs of plans that come of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from dashboard.planning.forms import Form
from missions.schedule.flights import PlannedFlight
from missions.schedule.orders import Recurring, When, occurrences
from missions.schedule.sorties import Run, Sortie
from telemetry.store.orders import KeptOrder, KeptSortie

DRONES_MOST = 100

DUE_BEFORE = timedelta(minutes=15)
"""Before its time a run is due."""

PAST_MOST = 5000
"""Runs of an order that are kept as they were when it is changed."""

AssetKey = Annotated[str, StringConstraints(pattern=r"^\d{1,19}$")]
State = Literal["planned", "due", "overdue", "flown", "cancelled"]

Flights = Sequence[PlannedFlight]


class OrderForm(Form):
    """When a plan is flown, and by which drones."""

    name: str = Field(min_length=1, max_length=200, description="What the order is called.")
    when: When
    drones: dict[str, AssetKey] = Field(
        default_factory=dict,
        max_length=DRONES_MOST,
        description="Keys of assets by the names of drones in the plan, where it was planned for "
        "none or for others.",
    )
    battery_charge: float = Field(
        0.0,
        ge=0,
        le=86_400,
        description="Seconds to charge an empty battery; 0: batteries are exchanged. Of an order "
        "that does not say it, what the settings do (`dashboard.battery_charge`).",
    )
    note: str = Field("", max_length=1000)


@dataclass(frozen=True)
class Occurrence:
    """One run of a plan: its time and what became of it."""

    order: UUID
    form: OrderForm
    plan: UUID
    plan_version: int
    time: datetime
    kept: KeptSortie | None
    sorties: tuple[Sortie, ...]

    @property
    def end(self) -> datetime:
        """When the last drone is down."""
        return max((one.end for one in self.sorties), default=self.time)

    def state(self, now: datetime) -> State:
        """What is so of it now."""
        if self.kept is not None and self.kept.state != "planned":
            return self.kept.state
        if now >= self.end:
            return "overdue"
        return "due" if now >= self.time - DUE_BEFORE else "planned"

    @property
    def stands(self) -> bool:
        """Whether it is to be flown, and so in the way of others."""
        return self.kept is None or self.kept.state == "planned"


def occurrence_id(order: UUID | str, time: datetime) -> str:
    """What a run is called: its order and its time in seconds since 1970."""
    return f"{order}.{int(time.timestamp())}"


def run_of(order: UUID, form: OrderForm, plan: UUID, plan_version: int, flights: Flights) -> Run:
    """The plan as an order has it flown."""
    return Run(
        str(order), str(plan), plan_version, flights, form.drones, form.battery_charge, form.name
    )


def runs_of_order(
    kept: KeptOrder, flights: Flights, begin: datetime, end: datetime, most: int
) -> list[Occurrence]:
    """The first `most` runs within [begin, end) that the order tells as it is now."""
    form = OrderForm.model_validate(kept.order)
    run = run_of(kept.id, form, kept.plan, kept.plan_version, flights)
    return [
        Occurrence(kept.id, form, kept.plan, kept.plan_version, time, None, tuple(run.at([time])))
        for time in occurrences(form.when, max(begin, kept.since), end, most)
    ]


def run_kept(kept: KeptSortie, flights: Flights) -> Occurrence:
    """A run of which more is known."""
    form = OrderForm.model_validate(kept.form)
    run = run_of(kept.order, form, kept.plan, kept.plan_version, flights)
    return Occurrence(
        kept.order,
        form,
        kept.plan,
        kept.plan_version,
        kept.planned_time,
        kept,
        tuple(run.at([kept.planned_time])),
    )


def joined(told: Sequence[Occurrence], known: Sequence[Occurrence]) -> list[Occurrence]:
    """What orders tell, and what is known of it besides, by time."""
    besides = {(one.order, one.time) for one in known}
    every = [*known, *(one for one in told if (one.order, one.time) not in besides)]
    return sorted(every, key=lambda one: (one.time, str(one.order)))


def past_of(kept: KeptOrder, now: datetime) -> list[datetime]:
    """The times of an order until now that stay as they were, the last PAST_MOST of them."""
    form = OrderForm.model_validate(kept.order)
    times = occurrences(form.when, kept.since, now, 10 * PAST_MOST)
    return times[-PAST_MOST:]


def words(when: When) -> str:
    """When that is, in one line."""
    if isinstance(when, Recurring):
        until = "" if when.last is None else f" until {when.last.isoformat()}"
        return f"{when.cron} ({when.zone}) from {when.first.isoformat()}{until}"
    return when.time.isoformat()


def named(sorties: Sequence[Sortie], names: Mapping[str, str]) -> list[Sortie]:
    """Sorties whose drones are called as the fleet calls them."""
    return [replace(one, called=names.get(one.drone, one.called)) for one in sorties]


def flights_from(told: list[dict[str, Any]]) -> list[PlannedFlight]:
    """The flights of a kept plan."""
    return [PlannedFlight.model_validate(one) for one in told]
