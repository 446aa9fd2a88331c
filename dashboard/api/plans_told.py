"""What is told of kept plans: one in a list, all of one, two compared, who changed what."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, Field

from dashboard.api.writing import Utc
from dashboard.planning.told import PlanResult, Totals
from telemetry.store.plans import KeptPlan

CHANGES_MOST = 200

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


def differences(one: Totals, other: Totals) -> list[Difference]:
    """The figures of two plans that differ, and those that are always told."""
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
