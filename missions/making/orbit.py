"""A structure seen from all sides: rings around it, one above the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.area import Area
from missions.coverage.orbit import orbit
from missions.energy import EnergyModel
from missions.errors import PlanningError
from missions.making.common import Common
from missions.making.merging import merged
from missions.plan import NoFly, Plan, Sortie, Waypoint
from missions.projection import LocalFrame
from missions.sorties.fleet import Drone, checked, models, waypoint
from missions.sorties.flight import Flight, fly
from missions.sorties.lanes import Ways

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Orbit:
    """Rings around a structure, `distance` metres off, from `lowest` up to the plan's height."""

    area: Area
    distance: float
    lowest: float
    rings: int


@dataclass(frozen=True)
class _Ring:
    points: Floats
    """(N, 2), the last as the first."""

    height: float


def orbit_plan(asked: Orbit, common: Common) -> Plan:
    """As many rings a flight as the battery allows, divided among the drones. Raises PlanningError."""
    if asked.rings < 1 or asked.lowest <= 0 or common.height < asked.lowest:
        raise PlanningError(
            sentence(
                "planner.orbit.rings",
                "{rings} rings from {lowest:g} to {height:g} m: give one or more, the lowest "
                "above the ground and not above --height",
                rings=asked.rings,
                lowest=asked.lowest,
                height=common.height,
            )
        )
    fleet = checked(common.drones)
    frame = asked.area.frame
    common.homes_outside(
        frame,
        asked.area.polygon,
        lambda drone, inside: sentence(
            "planner.home.structure",
            "the home of {drone} lies {inside:.0f} m within the structure; move it out",
            drone=drone,
            inside=inside,
        ),
    )
    heights = np.linspace(asked.lowest, common.height, asked.rings)
    rings = orbit(frame, asked.area.polygon, asked.distance, heights.tolist())
    every = [_Ring(route.points, height) for route, height in rings]
    energy = models(fleet, common.conditions)
    ways = common.ways(frame, asked.area.polygon)
    parts = [part for part in np.array_split(np.arange(len(every)), len(fleet)) if len(part)]
    plans = [
        _plan(
            _flights(
                drone,
                [every[index] for index in part],
                energy[drone.kind.name],
                frame,
                common,
                ways,
            ),
            drone,
            common,
        )
        for drone, part in zip(fleet, parts, strict=False)
    ]
    structure = NoFly(name="structure", polygon=asked.area.geojson())
    return merged(plans).model_copy(update={"zones": (*common.zones, structure)})


def _flights(
    drone: Drone,
    wanted: list[_Ring],
    model: EnergyModel,
    frame: LocalFrame,
    common: Common,
    ways: Ways | None,
) -> list[Flight]:
    """The drone's flights one after the other, each with as many of the rings as it can."""
    if drone.kind.wing == "fixed":
        raise PlanningError(
            sentence(
                "planner.orbit.kind",
                "{kind} cannot fly rings so close; take a rotary wing",
                kind=drone.kind.name,
            )
        )
    flights: list[Flight] = []
    start = 0.0
    left = list(wanted)
    while left:
        for count in range(len(left), 0, -1):
            name = f"{drone.name} / {len(flights) + 1}"
            flight = fly(
                _sortie(drone, left[:count], model, frame, common, ways, name), model, frame
            )
            if flight.worst <= flight.usable:
                break
        else:
            raise PlanningError(
                sentence(
                    "planner.orbit.reach",
                    "{drone} cannot fly one ring and come home with its reserve; start nearer",
                    drone=drone.name,
                )
            )
        flights.append(flight.delayed(start))
        start = flights[-1].end + drone.kind.turnround
        left = left[count:]
    return flights


def _sortie(
    drone: Drone,
    part: list[_Ring],
    model: EnergyModel,
    frame: LocalFrame,
    common: Common,
    ways: Ways | None,
    name: str,
) -> Sortie:
    home, kind = drone.place(frame), drone.kind
    centre = part[0].points[:-1].mean(axis=0)
    begin = part[0].points[0]
    out = np.stack([home, begin]) if ways is None else ways(home, begin)
    first, last = part[0].height, part[-1].height
    found = [waypoint(frame, home, first, kind.climb_speed, "transit", action="takeoff")]
    found += _legs(out, first, model, frame, "transit")
    speed = common.speed or min(kind.cruise_speed, 5.0)
    for one in part:
        if one.height != found[-1].height:
            found.append(waypoint(frame, begin, one.height, kind.climb_speed, "transit"))
        for place in one.points[1:]:
            look = math.degrees(math.atan2(*(centre - place))) % 360
            found.append(
                waypoint(frame, place, one.height, speed, "lane", yaw=look, gimbal_pitch=0.0)
            )
    found += _legs(out[::-1], last, model, frame, "return")
    found.append(waypoint(frame, home, 0.0, kind.descent_speed, "return", action="land"))
    return Sortie(
        name=name, drone=drone.name, kind=kind.name, home=drone.home, waypoints=tuple(found)
    )


def _legs(
    way: Floats, height: float, model: EnergyModel, frame: LocalFrame, purpose: str
) -> list[Waypoint]:
    dx, dy = np.diff(way, axis=0).T
    return [
        waypoint(frame, place, height, speed, purpose)  # type: ignore[arg-type]  # a Purpose
        for place, speed in zip(way[1:], model.transit_speeds(dx, dy), strict=True)
    ]


def _plan(flights: list[Flight], drone: Drone, common: Common) -> Plan:
    about = common.about("orbit")
    return Plan(
        name=about.name,
        pattern=about.pattern,
        created=about.created,
        start=about.start,
        wind=common.conditions.wind,
        temperature=common.conditions.temperature,
        limits=common.conditions.limits,
        kinds={drone.kind.name: drone.kind},
        sorties=tuple(
            flight.sortie.model_copy(update={"figures": flight.figures()}) for flight in flights
        ),
        parameters=about.parameters,
        figures={
            "energy": sum(float(flight.energy[-1]) for flight in flights),
            "length": sum(flight.figures().length for flight in flights),
        },
    )
