"""What an asset ran since its last service, and what is due by the limits that there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from dashboard.settings import ServiceLimits
from fleet.assets import Kind
from telemetry.store import register
from telemetry.store.driven import Driven
from telemetry.store.flights import Totals

SERVICED = frozenset({Kind.DRONE, Kind.CAR})
"""What it has to be shown as."""

_NO_LIMITS = ServiceLimits()


class Run(BaseModel):
    """How much of something between two services."""

    since: float | None = Field(description="Since the last one; null if that is not known.")
    every: float | None = Field(description="The limit; null where there is none.")
    left: float | None = Field(description="Until the limit; below 0 it is overdue.")


class Maintenance(BaseModel):
    """What ran since the last service, or since it was first heard if it has had none."""

    serviced: datetime | None
    hours: Run = Field(description="Of flight; of a car those under way, faster than 1.5 m/s.")
    distance: Run | None = Field(description="Metres under way; null of what flies.")
    days: Run = Field(description="Days since the last one.")
    used: float | None = Field(
        description="The greatest part of its limits: from 1 on a service is due."
    )


def maintenance_of(
    entry: register.Entry,
    flown: Totals | None,
    driven: Driven | None,
    limits: Mapping[str, ServiceLimits],
    now: datetime,
) -> Maintenance | None:
    """None for what is neither drone nor car.

    `limits` are by group, else by kind; the entry's own hours stand before both.
    """
    if entry.shown_as not in SERVICED:
        return None
    of_kind = limits.get(Kind(entry.shown_as).name.lower(), _NO_LIMITS)
    limit = limits.get(entry.group_name or "", of_kind)
    flies = entry.kind == Kind.DRONE
    if flies:
        hours, metres = flown.hours_since if flown else 0.0, 0.0
    else:
        hours, metres = (driven.hours, driven.distance) if driven else (0.0, 0.0)
    hours += entry.uncounted_hours or 0
    metres += entry.uncounted_distance or 0
    serviced = entry.maintained_time
    days = None if serviced is None else (now - serviced).total_seconds() / 86400
    of_hours = _run(hours, entry.maintenance_hours or limit.hours, 3)
    of_distance = None if flies else _run(metres, limit.metres, 0)
    of_days = _run(days, limit.days, 2)
    used = [
        run.since / run.every
        for run in (of_hours, of_distance, of_days)
        if run is not None and run.since is not None and run.every is not None
    ]
    return Maintenance(
        serviced=serviced,
        hours=of_hours,
        distance=of_distance,
        days=of_days,
        used=round(max(used), 4) if used else None,
    )


def _run(since: float | None, every: float | None, digits: int) -> Run:
    left = None if since is None or every is None else round(every - since, digits)
    return Run(since=None if since is None else round(since, digits), every=every, left=left)
