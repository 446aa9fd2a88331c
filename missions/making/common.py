"""What is asked of every mission, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import JsonValue
from shapely.geometry.base import BaseGeometry

from missions.detour import Detour
from missions.drones import Camera
from missions.errors import PlanningError
from missions.plan import NoFly, Plan
from missions.projection import LocalFrame
from missions.sorties.divide import Goal
from missions.sorties.fleet import Conditions, Drone
from missions.sorties.planning import About, Progress, Stop
from missions.terrain import HeightGrid

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Common:
    """The drones, the conditions, and how high they fly; heights in metres above home."""

    name: str
    created: datetime
    drones: Sequence[Drone]
    conditions: Conditions
    height: float
    start: datetime | None = None
    speed: float | None = None
    camera: Camera | None = None
    zones: tuple[NoFly, ...] = ()
    terrain: HeightGrid | None = None
    goal: Goal = "makespan"
    parameters: dict[str, JsonValue] = field(default_factory=dict)
    progress: Progress = lambda _share, _doing: None
    stop: Stop = lambda: False

    def about(self, pattern: str, **more: object) -> About:
        """What the plan says of itself."""
        return About(
            name=self.name,
            pattern=pattern,
            created=self.created,
            start=self.start,
            parameters=self.parameters,
            **more,  # type: ignore[arg-type]  # fields of About
        )

    def closed(self, frame: LocalFrame, height: float) -> list[BaseGeometry]:
        """The zones that close the air at a height above home, on the plane, whatever the time."""
        return [
            frame.project(shapely.geometry.shape(zone.polygon))
            for zone in self.zones
            if self._reaches(zone, height)
        ]

    def _reaches(self, zone: NoFly, height: float) -> bool:
        """Whether a zone is in the way at a height. Where altitudes are not known, it is."""
        homes = [drone.home.altitude for drone in self.drones if drone.home.altitude is not None]
        low = zone.lower if zone.lower_reference == "AGL" else None
        high = zone.upper if zone.upper_reference == "AGL" else None
        if homes and zone.lower_reference == "AMSL":
            low = zone.lower - max(homes)
        if homes and zone.upper_reference == "AMSL":
            high = zone.upper - min(homes)
        return (low is None or low <= height) and (high is None or high >= 0)

    def ways(self, frame: LocalFrame, *obstacles: BaseGeometry) -> Detour | None:
        """Transits around the zones and other obstacles; None where there are none."""
        everything = [*self.closed(frame, self.height), *obstacles]
        return Detour(everything) if everything else None

    def with_zones(self, plan: Plan) -> Plan:
        """The plan, with the zones that it was made around."""
        return plan.model_copy(update={"zones": self.zones})

    def homes_outside(
        self, frame: LocalFrame, closed: BaseGeometry, words: Callable[[str, float], str]
    ) -> None:
        """Raises PlanningError if a drone would take off within `closed`.

        `words` say so of a drone's name and how many metres inside its home lies.
        """
        for drone in self.drones:
            place = shapely.Point(drone.place(frame))
            if closed.contains(place):
                inside = place.distance(shapely.boundary(closed))
                raise PlanningError(words(drone.name, inside))
