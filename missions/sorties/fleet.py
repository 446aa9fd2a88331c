"""The drones that are at hand, and the conditions in which they fly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.drones import DroneKind
from missions.energy import EnergyModel
from missions.errors import PlanningError
from missions.plan import Home, Limits, Waypoint
from missions.projection import LocalFrame
from missions.route import Purpose
from missions.wind import CALM, Wind

DRONES_MOST = 100


@dataclass(frozen=True)
class Drone:
    """One drone: its name in the plan, its kind, where it takes off and lands."""

    name: str
    kind: DroneKind
    home: Home

    def place(self, frame: LocalFrame) -> NDArray[np.float64]:
        """(2,) its home on the plane."""
        place: NDArray[np.float64] = frame.to_local(self.home.longitude, self.home.latitude)[0]
        return place

    @property
    def altitude(self) -> float:
        """Of its home above mean sea level; 0 where that is not known."""
        return self.home.altitude or 0.0


@dataclass(frozen=True)
class Conditions:
    """Wind, temperature, and what is asked of every sortie."""

    wind: Wind = CALM
    temperature: float = 25.0
    limits: Limits = field(default_factory=Limits)


def fleet(
    kinds: DroneKind | Sequence[DroneKind], homes: Home | Sequence[Home], count: int
) -> list[Drone]:
    """`count` drones, numbered, of the kinds and over the homes in turn.

    Raises PlanningError for no drones and no homes.
    """
    several = [kinds] if isinstance(kinds, DroneKind) else list(kinds)
    places = [homes] if isinstance(homes, Home) else list(homes)
    if not places:
        raise PlanningError(
            sentence(
                "planner.home",
                "no home is given: say where the drones take off",
            )
        )
    return checked(
        Drone(f"{kind.name} {number + 1}", kind, places[number % len(places)])
        for number, kind in zip(range(max(count, 0)), cycle(several), strict=False)
    )


def checked(drones: Iterable[Drone]) -> list[Drone]:
    """The drones as a list. Raises PlanningError for none, too many, or a name that is twice."""
    found = list(drones)
    if not found:
        raise PlanningError(
            sentence(
                "planner.drones",
                "no drones: give one at least",
            )
        )
    if len(found) > DRONES_MOST:
        raise PlanningError(
            sentence(
                "planner.drones.most",
                "{drones} drones; {most} are planned for at most",
                drones=len(found),
                most=DRONES_MOST,
            )
        )
    names = [drone.name for drone in found]
    for name in names:
        if names.count(name) > 1:
            raise PlanningError(
                sentence(
                    "planner.drones.name",
                    "two drones are called '{name}'; give each its own name",
                    name=name,
                )
            )
    kinds: dict[str, DroneKind] = {}
    for drone in found:
        if kinds.setdefault(drone.kind.name, drone.kind) != drone.kind:
            raise PlanningError(
                sentence(
                    "planner.drones.kind",
                    "two kinds with different figures are called '{kind}'; rename one",
                    kind=drone.kind.name,
                )
            )
    return found


def models(drones: Sequence[Drone], conditions: Conditions) -> dict[str, EnergyModel]:
    """The energy model of each kind, by its name. Raises PlanningError where one must not fly."""
    kinds = {drone.kind.name: drone.kind for drone in drones}
    return {
        name: EnergyModel(kind, conditions.wind, conditions.temperature)
        for name, kind in kinds.items()
    }


def waypoint(
    frame: LocalFrame,
    place: NDArray[np.float64],
    height: float,
    speed: float,
    purpose: Purpose = "transit",
    **more: object,
) -> Waypoint:
    """A waypoint at a place on the plane; `more` are its other fields."""
    (longitude,), (latitude,) = frame.to_geographic(place)
    fields = {
        "latitude": float(latitude),
        "longitude": float(longitude),
        "height": float(height),
        "speed": float(speed),
        "purpose": purpose,
    }
    return Waypoint.model_validate(fields | more)
