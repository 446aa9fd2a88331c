"""What is said and told of the schedule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from dashboard.api.writing import Body, By, Name, Utc, Why
from dashboard.planning.ordering import Occurrence, OrderForm, State, occurrence_id, words
from fleet.wording import coded
from missions.schedule.conflicts import Conflict, DroneState
from missions.schedule.orders import FAR, occurrences
from missions.schedule.sorties import Sortie
from telemetry.store.orders import KeptOrder

PlanVersion = Annotated[int | None, Field(ge=1, description="None: the newest.")]


class PreviewBody(OrderForm):
    """An order that is not yet given."""

    plan: UUID | None = None
    plan_version: PlanVersion = None
    job: UUID | None = Field(None, description="What it has made stands for a plan.")
    order: UUID | None = Field(None, description="The order that it is to take the place of.")

    @model_validator(mode="after")
    def _of_one(self) -> PreviewBody:
        if (self.plan is None) == (self.job is None):
            raise ValueError("give a plan or a job, one of the two")
        return self


class NewOrder(OrderForm):
    """An order that is given."""

    plan: UUID
    plan_version: PlanVersion = None
    who: Name
    accept_conflicts: bool = Field(
        default=False, description="Keep it though it has conflicts that were seen."
    )


class WhyBody(By):
    """Say what became of a run, and why."""

    why: Why = ""


class CancelBody(Body):
    """Cancel a run, with the reason."""

    who: Name
    why: str = Field(min_length=1, max_length=500)


class OrderTold(OrderForm):
    """An order as it is."""

    id: UUID
    revision: int = Field(description="Its ETag.")
    plan: UUID
    plan_version: int
    words: str = Field(description="When, in one line.")
    next: Utc | None = Field(description="When it is flown next; null: never again.")
    changed_time: Utc
    deleted_time: Utc | None


class FlightTold(BaseModel):
    """One flight of one drone."""

    sortie: str = Field(description="Its name in the plan.")
    drone: str = Field(description="The drone's name in the plan.")
    asset: str | None = Field(description="Key of the drone that flies it.")
    asset_name: str | None
    start: Utc
    end: Utc
    ready: Utc = Field(description="When its drone may fly again.")
    battery_need: float = Field(description="Share of a full battery, its reserve included.")


class ConflictTold(BaseModel):
    """Something that cannot be."""

    kind: Literal[
        "same_drone", "battery_not_back", "same_airspace", "drone_unknown", "drone_out_of_service"
    ]
    message: str
    code: str = Field(description="Names the message, for words in other languages.")
    values: dict[str, str] = Field(description="What stands in its gaps; times are ISO 8601.")
    run: str = Field(description="Id of the run.")
    sortie: str
    start: Utc
    other_run: str | None
    other_sortie: str | None
    latitude: float | None
    longitude: float | None
    amount: float | None = Field(description="What there is, in `unit`.")
    limit: float | None = Field(description="What there must be at least.")
    unit: str


class RunTold(BaseModel):
    """One run of a plan."""

    id: str
    order: UUID
    name: str = Field(description="Of the order.")
    plan: UUID
    plan_version: int
    time: Utc
    end: Utc
    state: State = Field(
        description="`due` from a quarter of an hour before its time, `overdue` when its end has "
        "passed and nobody said what became of it."
    )
    who: str | None = Field(description="Who said so.")
    why: str
    flights: list[FlightTold]


class Schedule(BaseModel):
    """The schedule of a window."""

    begin: Utc
    end: Utc
    runs: list[RunTold]
    conflicts: list[ConflictTold]


class Preview(BaseModel):
    """What would come of an order."""

    times: list[Utc]
    more: bool = Field(description="There are more times than are told.")
    conflicts: list[ConflictTold] = Field(description="Of the coming five weeks.")
    passed: bool = Field(description="Whether the plan may fly at all.")


class DueNext(BaseModel):
    """A flight that is due next, and its drone as it is now."""

    run: str
    order: UUID
    name: str
    flight: FlightTold
    seconds: float = Field(description="Until it begins.")
    battery_percent: float | None = Field(description="Of its drone now.")
    battery_then: float | None = Field(
        description="Percent when it begins: charged until then, or exchanged."
    )
    ready: bool | None = Field(
        description="Whether that will do; null: not known which drone, or what it has."
    )


def order_told(kept: KeptOrder, now: datetime) -> OrderTold:
    """An order, and when it is flown next."""
    form = OrderForm.model_validate(kept.order)
    coming = [] if kept.deleted_time is not None else occurrences(form.when, now, FAR, 1)
    return OrderTold(
        **form.model_dump(),
        id=kept.id,
        revision=kept.revision,
        plan=kept.plan,
        plan_version=kept.plan_version,
        words=words(form.when),
        next=coming[0] if coming else None,
        changed_time=kept.changed_time,
        deleted_time=kept.deleted_time,
    )


def run_told(one: Occurrence, fleet: Mapping[str, DroneState], now: datetime) -> RunTold:
    """A run as it is now."""
    return RunTold(
        id=occurrence_id(one.order, one.time),
        order=one.order,
        name=one.form.name,
        plan=one.plan,
        plan_version=one.plan_version,
        time=one.time,
        end=one.end,
        state=one.state(now),
        who=None if one.stands or one.kept is None else one.kept.who,
        why="" if one.kept is None else one.kept.why,
        flights=[flight_told(sortie, fleet) for sortie in one.sorties],
    )


def flight_told(sortie: Sortie, fleet: Mapping[str, DroneState]) -> FlightTold:
    """A flight, with its drone as the fleet calls it."""
    state = fleet.get(sortie.drone)
    return FlightTold(
        sortie=sortie.name,
        drone=sortie.called,
        asset=sortie.drone or None,
        asset_name=None if state is None else state.name,
        start=sortie.start,
        end=sortie.end,
        ready=sortie.ready,
        battery_need=round(sortie.need, 4),
    )


def conflicts_told(found: Iterable[Conflict]) -> list[ConflictTold]:
    """Conflicts, each with the runs that it is of."""
    return [
        ConflictTold(
            kind=one.kind,
            message=str(one.message),
            code=coded(one.message)[0],
            values=coded(one.message)[1],
            run=occurrence_id(one.sortie.order, one.sortie.time),
            sortie=one.sortie.name,
            start=one.sortie.start,
            other_run=None if one.other is None else occurrence_id(one.other.order, one.other.time),
            other_sortie=None if one.other is None else one.other.name,
            latitude=one.latitude,
            longitude=one.longitude,
            amount=one.amount,
            limit=one.limit,
            unit=one.unit,
        )
        for one in found
    ]
