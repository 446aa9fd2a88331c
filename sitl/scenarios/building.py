"""A world out of a scenario: who stands where and does what, and who sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from math import cos, radians
from typing import TypeVar

import numpy as np

from fleet.peshawar import to_metres
from sitl.autopilot.modes import KINDS
from sitl.autopilot.vehicle import Place
from sitl.cars.beats import CarSpec, Protocol, beat
from sitl.cars.motor_pool import PANIC_PROTOCOLS
from sitl.cars.zones import DeadZone
from sitl.errors import SimulationError
from sitl.intruders.airspace import FIRST_SYSTEM, Airspace
from sitl.intruders.flight import Flight
from sitl.intruders.sensors import Sensor, SensorKind
from sitl.scenarios.cast import Cast, cast_of
from sitl.scenarios.model import (
    MOST_CARS,
    MOST_DRONES,
    Cars,
    Drones,
    Event,
    FlightPart,
    Route,
    Scenario,
    Where,
    members,
    place,
)
from sitl.scenarios.references import ALL_CARS, car_names, chosen
from sitl.scenarios.timeline import Timeline, blow
from sitl.sectors import AtEnd, Patrol, ground_altitude
from sitl.settings import SimulationSettings
from sitl.squadron import Berth, begins_in_flight
from sitl.world import World

_RADAR_ERROR = 10.0  # metres
_METRES_A_DEGREE = 111_320.0

Group = TypeVar("Group", Drones, Cars)


@dataclass(frozen=True)
class Staged:
    """A scenario that is ready to run."""

    scenario: Scenario
    settings: SimulationSettings
    world: World
    cast: Cast
    timeline: Timeline


def stage(
    scenario: Scenario,
    *,
    drones: int | None = None,
    cars: int | None = None,
    seed: int | None = None,
    airborne: float | None = None,
    boot_scale: float | None = None,
    protocols: Sequence[Protocol] = tuple(Protocol),
) -> Staged:
    """The world of `scenario`, with so many drones and cars where it is said, else its own.

    Fewer than it has are the first ones; more are given to its largest group. A car of which it is
    not said what it speaks takes its turn with `protocols`. `airborne` is of all groups on patrol.
    Raises SimulationError: some of something that it has none of, a panic of a car whose protocol
    has no word for it, a drone with the system id of a sensor.
    """
    scenario = _otherwise(_with_room(scenario, drones, cars), airborne, boot_scale)
    berths = dict(enumerate(islice(_berths(scenario), drones)))
    specs = list(islice(_specs(scenario, protocols), cars))
    settings = SimulationSettings(
        drones=len(berths),
        cars=len(specs),
        seed=scenario.seed if seed is None else seed,
        boot_scale=scenario.boot_scale,
    )
    airspace = _airspace(scenario, settings.seed)
    if airspace.speaks_mavlink and len(berths) >= FIRST_SYSTEM:
        raise SimulationError(
            f"{len(berths)} drones: with sensors that speak MAVLink there may be"
            f" {FIRST_SYSTEM - 1}, for theirs are the system ids from {FIRST_SYSTEM} on"
        )
    world = World(
        settings,
        berths=berths,
        beats=specs,
        dead_zones=[DeadZone(*place(scenario, z.at), z.radius) for z in scenario.dead_zones],
        posts=scenario.posts,
        cameras=scenario.cameras,
        airspace=airspace,
    )
    blow(world, scenario.weather)
    cast = cast_of(scenario, len(berths), specs)
    timeline = Timeline(scenario, cast, world)
    world.scripts.append(timeline)
    return Staged(scenario, settings, world, cast, timeline)


def _otherwise(scenario: Scenario, airborne: float | None, boot_scale: float | None) -> Scenario:
    changed: dict[str, object] = {}
    if boot_scale is not None:
        changed["boot_scale"] = boot_scale
    if airborne is not None:
        changed["drones"] = [
            group.model_copy(update={"airborne": airborne}) for group in scenario.drones
        ]
    return scenario.model_copy(update=changed)


def _with_room(scenario: Scenario, drones: int | None, cars: int | None) -> Scenario:
    changed: dict[str, object] = {}
    if drones is not None:
        changed["drones"] = _grown(scenario.drones, drones, "drones", MOST_DRONES)
    if cars is not None:
        changed["cars"] = _grown(scenario.cars, cars, "cars", MOST_CARS)
    return scenario.model_copy(update=changed)


def _grown(groups: list[Group], wanted: int, what: str, most: int) -> list[Group]:
    """The groups with `wanted` members at least: the largest grows; with fewer all keep their names."""
    if not 0 <= wanted <= most:
        raise SimulationError(f"{wanted:,} {what}: there may be 0 to {most:,}")
    if wanted and not groups:
        raise SimulationError(f"this scenario has no {what}, so there are none to have {wanted} of")
    more = wanted - sum(group.count for group in groups)
    if more <= 0:
        return groups
    grown = list(groups)
    largest = max(range(len(groups)), key=lambda place: groups[place].count)
    grown[largest] = groups[largest].model_copy(update={"count": groups[largest].count + more})
    return grown


def _berths(scenario: Scenario) -> Iterator[Berth]:
    for group in scenario.drones:
        for number in range(group.count):
            yield _berth(scenario, group, number)


def _berth(scenario: Scenario, group: Drones, number: int) -> Berth:
    kind = KINDS[group.kind]
    route = group.does if isinstance(group.does, Route) else None
    at = group.at if route is None or group.at is not None else route.along[0]
    stands = None if at is None else _beside(place(scenario, at), number * group.spacing)
    starts = group.starts + number * group.apart
    if group.does == "wait":
        return Berth(kind, stands, alive=False)
    if route is not None and stands is not None:
        patrol = _patrol(scenario, group, route, stands)
        return Berth(kind, stands, patrol=patrol, airborne=False, starts=starts)
    airborne = begins_in_flight(number, group.airborne)
    return Berth(kind, stands, airborne=airborne)


def _beside(point: tuple[float, float], east: float) -> Place:
    latitude, longitude = point
    longitude += east / (_METRES_A_DEGREE * cos(radians(latitude)))
    metres, _ = to_metres(latitude, longitude)
    return Place(latitude, longitude, float(ground_altitude(metres)))


def _patrol(scenario: Scenario, group: Drones, route: Route, stands: Place) -> Patrol:
    return Patrol(
        name=group.name,
        home=_metres(scenario, stands[:2]),
        route=np.array([_metres(scenario, where) for where in route.along]),
        height=route.height,
        speed=route.speed,
        at_end=AtEnd(route.then),
    )


def _metres(scenario: Scenario, where: Where) -> tuple[float, float]:
    east, north = to_metres(*place(scenario, where))
    return float(east), float(north)


def _specs(scenario: Scenario, protocols: Sequence[Protocol]) -> Iterator[CarSpec]:
    panics = _with_a_button(scenario)
    unnamed = 0
    for group in scenario.cars:
        if group.name is None:
            for _ in range(group.count):
                own = _unnamed(group, unnamed)
                yield _with_a_panic(group, own) if ALL_CARS in panics else own
                unnamed += 1
            continue
        centre = (0.0, 0.0) if group.at is None else _metres(scenario, group.at)
        turns = cycle(protocols if group.protocol == "mixed" else [group.protocol])
        for call_sign, protocol in zip(members(group), turns, strict=False):
            spec = CarSpec(call_sign, protocol, centre, group.radius, group.kind)
            yield _with_a_panic(group, spec) if call_sign in panics else spec


def _with_a_panic(group: Cars, spec: CarSpec) -> CarSpec:
    """The same with a word for a panic. Raises SimulationError where another protocol is given."""
    if spec.protocol in PANIC_PROTOCOLS:
        return spec
    if group.protocol != "mixed":
        raise SimulationError(
            f"{spec.call_sign}: {spec.protocol} has no word for a panic; give it another one"
        )
    return replace(spec, protocol=Protocol.OSMAND)


def _unnamed(group: Cars, number: int) -> CarSpec:
    """One of the city's own cars, which are where their stations are."""
    own = beat(number)
    protocol = own.protocol if group.protocol == "mixed" else group.protocol
    return CarSpec(own.call_sign, protocol, own.centre, own.radius, group.kind)


def _with_a_button(scenario: Scenario) -> set[str]:
    """Whose panic buttons are pressed, ALL_CARS among them where it is everybody's."""
    names = car_names(scenario)
    names[ALL_CARS] = [ALL_CARS, *names[ALL_CARS]]
    presses: list[Event] = [event for event in scenario.events if event.panic]
    return {name for event in presses if event.who for name in chosen(event.who, names)}


def _airspace(scenario: Scenario, seed: int) -> Airspace:
    sensors = [
        Sensor(
            part.name,
            part.kind,
            *place(scenario, part.at),
            height=part.height,
            range=part.range,
            error=_RADAR_ERROR * (part.kind is SensorKind.RADAR)
            if part.error is None
            else part.error,
        )
        for part in scenario.sensors
    ]
    return Airspace(
        [_flight(scenario, part) for part in scenario.flights],
        sensors,
        aircraft=[_flight(scenario, part) for part in scenario.aircraft],
        seed=seed,
    )


def _flight(scenario: Scenario, part: FlightPart) -> Flight:
    operator = None if part.operator is None else _beside(place(scenario, part.operator), 0.0)
    return Flight(
        part.name,
        tuple(part.along),
        part.speed,
        begins=part.begins,
        ends=part.ends,
        loops=part.again,
        broadcasts=part.broadcasts,
        operator=operator,
        operator_id=part.operator_id,
    )
