"""A plan proved, and what is told of it. Runs in a process of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import shapely

from dashboard.planning.shapes import Feature, features, frame_of
from dashboard.planning.told import (
    FINDINGS_MOST,
    FindingTold,
    PlanResult,
    Said,
    SortieTold,
    Totals,
    worded,
)
from missions.check import RULES, Report, check
from missions.energy import EnergyModel
from missions.plan import Plan
from missions.projection import LocalFrame
from missions.schedule.flights import PlannedFlight, planned_flights
from missions.sorties.flight import Flight, fly
from missions.terrain import HeightGrid

PROFILE_MOST = 400
"""Points of the profile of a sortie."""


class Shown(NamedTuple):
    """A plan and what is made of it once."""

    plan: Plan
    result: PlanResult
    summary: dict[str, Any]
    flights: list[PlannedFlight]


def shown(
    plan: Plan, terrain: HeightGrid | None, now: datetime, assets: Mapping[str, str]
) -> Shown:
    """Prove a plan and say what is to be shown of it. Raises PlanningError."""
    report = check(plan, heights=None if terrain is None else terrain.heights, now=now)
    flights = planned_flights(plan, dict(assets))
    frame = frame_of(plan)
    drawn = features(plan, frame)
    count = Counter(finding.severity for finding in report.findings)
    result = PlanResult(
        name=plan.name,
        pattern=plan.pattern,
        created=plan.created,
        start=plan.start,
        complete=plan.complete,
        passed=report.passed,
        errors=count["error"],
        warnings=count["warning"],
        findings=_findings(report),
        assumptions=list(map(str, report.assumptions)),
        assumed=[Said(**worded(one)) for one in report.assumptions],
        rules={one.rule: RULES[one.rule] for one in report.findings},
        totals=_totals(plan, flights, frame),
        sorties=_sorties(plan, flights, frame, terrain),
        bounds=_bounds(drawn),
        map={"type": "FeatureCollection", "features": drawn},
    )
    return Shown(plan, result, _summary(result), flights)


def _findings(report: Report) -> list[FindingTold]:
    return [
        FindingTold(**asdict(one) | worded(one.message)) for one in report.findings[:FINDINGS_MOST]
    ]


def _totals(plan: Plan, flights: list[PlannedFlight], frame: LocalFrame) -> Totals:
    begin = min((one.start for one in flights), default=0.0)
    end = max((one.start + one.duration for one in flights), default=0.0)
    figures = plan.figures
    area = None
    if plan.area is not None:
        shape = shapely.geometry.shape(plan.area)
        area = round(float(frame.project(shape).area), 1)
    return Totals(
        sorties=len(flights),
        drones=len({one.drone for one in flights}),
        duration=round(end - begin, 1),
        length=round(sum(one.length for one in flights), 1),
        energy=round(sum(one.energy for one in flights), 2),
        area=area,
        pod=figures.get("pod"),
        coverage_factor=figures.get("coverage_factor"),
        coverage_percent=figures.get("coverage_percent"),
        more=dict(figures),
    )


def _sorties(
    plan: Plan, flights: list[PlannedFlight], frame: LocalFrame, terrain: HeightGrid | None
) -> list[SortieTold]:
    models = {
        name: EnergyModel(kind, plan.wind, plan.temperature) for name, kind in plan.kinds.items()
    }
    told = []
    for number, (flight, sortie) in enumerate(zip(flights, plan.sorties, strict=True)):
        reckoned = fly(sortie, models[sortie.kind], frame)
        told.append(
            SortieTold(
                number=number,
                name=flight.sortie,
                drone=flight.drone,
                kind=flight.kind,
                asset=flight.asset,
                start=round(flight.start, 1),
                duration=round(flight.duration, 1),
                length=round(flight.length, 1),
                energy=round(flight.energy, 2),
                energy_usable=round(reckoned.usable, 2),
                battery_need=round(flight.need, 4),
                waypoints=len(sortie.waypoints),
                profile=_profile(reckoned, frame, terrain),
            )
        )
    return told


def _profile(
    flight: Flight, frame: LocalFrame, terrain: HeightGrid | None
) -> list[list[float | None]]:
    even = flight.even()
    last = len(even.times) - 1
    chosen = np.unique(np.linspace(0, last, min(last + 1, PROFILE_MOST)).astype(int))
    steps = np.linalg.norm(np.diff(even.places, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])[chosen]
    base = flight.sortie.home.altitude or 0.0
    heights = even.places[chosen, 2] - base
    ground: list[float | None] = [None] * len(chosen)
    if terrain is not None:
        below = terrain.heights(*frame.to_geographic(even.places[chosen, :2]))
        home = flight.sortie.home
        datum = home.altitude
        if datum is None:
            datum = float(terrain.heights([home.longitude], [home.latitude])[0])
        ground = np.round(below - datum, 1).tolist()
    columns = (even.times[chosen], along, heights, even.energy[chosen])
    told = (np.round(column, 1).tolist() for column in columns)
    return [list(point) for point in zip(*told, ground, strict=True)]


def _bounds(drawn: list[Feature]) -> tuple[float, float, float, float]:
    """Of what is flown and looked at; the zones that it keeps out of may be far larger."""
    own = [one for one in drawn if one["properties"]["role"] != "zone"]
    shapes = [shapely.geometry.shape(one["geometry"]) for one in own or drawn]
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def _summary(result: PlanResult) -> dict[str, Any]:
    """What a list shows."""
    drones = {
        one.drone: {"name": one.drone, "kind": one.kind, "asset": one.asset}
        for one in result.sorties
    }
    return {
        "pattern": result.pattern,
        "complete": result.complete,
        "errors": result.errors,
        "warnings": result.warnings,
        "totals": result.totals.model_dump(mode="json"),
        "bounds": result.bounds,
        "drones": list(drones.values()),
    }
