"""What of a plan its schedule has to know: who flies when, for how long, where, on how much."""

from __future__ import annotations

import numpy as np
import shapely
from pydantic import Field

from missions.drones import DroneKind
from missions.errors import PlanningError
from missions.plan import Part, Plan, Sortie
from missions.projection import LocalFrame
from missions.sorties.flight import of_plan

TOLERANCE = 2.0
"""Metres by which the way that is kept may be beside the one that is flown."""


class Way(Part):
    """The air that a flight takes: along a line, between two heights above its home."""

    line: tuple[tuple[float, float], ...] = Field(description="Longitudes and latitudes.")
    beside: float = Field(0.0, ge=0, description="Metres beside the line: circles and tolerance.")
    lowest: float = Field(description="Above home, but for the climb and the descent there.")
    highest: float
    altitude: float | None = Field(None, description="Of home above sea level, if it is known.")


class PlannedFlight(Part):
    """One flight of one drone of a plan, its times in seconds of the plan."""

    sortie: str
    drone: str = Field(description="Its name in the plan.")
    kind: str
    asset: str | None = Field(None, description="Key of the asset that it was planned for.")
    start: float
    duration: float
    length: float
    energy: float = Field(description="Watt-hours.")
    need: float = Field(description="Share of a full battery that it takes, its reserve included.")
    turnround: float = Field(description="Seconds on the ground before the drone flies again.")
    way: Way


def planned_flights(plan: Plan, assets: dict[str, str]) -> list[PlannedFlight]:
    """The flights of a plan in its order; `assets` are keys of assets by drones' names.

    Raises PlanningError for a plan whose sorties cannot be flown.
    """
    found = []
    for sortie, figures in zip(plan.sorties, _figures(plan), strict=True):
        kind = plan.kinds[sortie.kind]
        found.append(
            PlannedFlight(
                sortie=sortie.name,
                drone=sortie.drone,
                kind=sortie.kind,
                asset=assets.get(sortie.drone),
                start=sortie.start,
                duration=figures.duration,
                length=figures.length,
                energy=figures.energy,
                need=min(_need(kind, figures.energy), 1.0),
                turnround=kind.turnround,
                way=_way(sortie),
            )
        )
    return found


def _figures(plan: Plan) -> list[_Figures]:
    """Those of the plan's sorties; reckoned where a plan of others does not tell them."""
    told = [sortie.figures for sortie in plan.sorties]
    if all(figures is not None for figures in told):
        return [_Figures.model_validate(f, from_attributes=True) for f in told]
    return [
        _Figures.model_validate(flight.figures(), from_attributes=True) for flight in of_plan(plan)
    ]


class _Figures(Part):
    duration: float
    length: float
    energy: float


def _need(kind: DroneKind, energy: float) -> float:
    return energy / kind.battery + kind.reserve


def _way(sortie: Sortie) -> Way:
    # A border order of others may have no flight between take-off and landing.
    aloft = [point.height for point in sortie.waypoints if point.action != "land"]
    places = [(sortie.home.longitude, sortie.home.latitude)]
    places += [(point.longitude, point.latitude) for point in sortie.waypoints]
    circles = max((abs(point.radius) for point in sortie.waypoints), default=0.0)
    return Way(
        line=_simple(places),
        beside=circles + TOLERANCE,
        lowest=min(aloft, default=0.0),
        highest=max(aloft, default=0.0),
        altitude=sortie.home.altitude,
    )


def _simple(places: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    try:
        frame = LocalFrame.around(*np.array(places, float).T)
    except PlanningError:  # near a pole: kept as it is
        return tuple(places)
    simple = shapely.LineString(frame.to_local(*np.array(places, float).T)).simplify(TOLERANCE)
    longitudes, latitudes = frame.to_geographic(shapely.get_coordinates(simple))
    return tuple(
        zip(np.round(longitudes, 6).tolist(), np.round(latitudes, 6).tolist(), strict=True)
    )
