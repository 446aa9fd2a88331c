"""A world out of a scenario: who stands where and does what, and who sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
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
from sitl.intruders.airspace import Airspace
from sitl.intruders.flight import Flight
from sitl.intruders.sensors import Sensor, SensorKind
from sitl.scenarios.cast import Cast, cast_of
from sitl.scenarios.model import (
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
from sitl.scenarios.references import car_names, chosen
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


def stage(
    scenario: Scenario,
    *,
    drones: int | None = None,
    cars: int | None = None,
    seed: int | None = None,
    protocols: Sequence[Protocol] = tuple(Protocol),
) -> Staged:
    """The world of `scenario`, with so many drones and cars where it is said, else its own.

    Fewer than it has are the first ones; more are given to its last group. A car of which it is
    not said what it speaks takes its turn with `protocols`. Raises SimulationError: some of
    something that it has none of, a panic of a car whose protocol has no word for it.
    """
    scenario = _resized(scenario, drones, cars)
    berths = dict(enumerate(_berths(scenario)))
    specs = list(_specs(scenario, protocols))
    settings = SimulationSettings(
        drones=len(berths),
        cars=len(specs),
        seed=scenario.seed if seed is None else seed,
        boot_scale=scenario.boot_scale,
    )
    world = World(
        settings,
        berths=berths,
        beats=specs,
        dead_zones=[DeadZone(*place(scenario, z.at), z.radius) for z in scenario.dead_zones],
        posts=scenario.posts,
        cameras=scenario.cameras,
        airspace=_airspace(scenario, settings.seed),
    )
    blow(world, scenario.weather)
    cast = cast_of(scenario, len(berths), specs)
    world.scripts.append(Timeline(scenario, cast, world))
    return Staged(scenario, settings, world, cast)


def _resized(scenario: Scenario, drones: int | None, cars: int | None) -> Scenario:
    changed: dict[str, object] = {}
    if drones is not None:
        changed["drones"] = _cut(scenario.drones, drones, "drones")
    if cars is not None:
        changed["cars"] = _cut(scenario.cars, cars, "cars")
    return scenario.model_copy(update=changed)


def _cut(groups: list[Group], wanted: int, what: str) -> list[Group]:
    if wanted and not groups:
        raise SimulationError(f"this scenario has no {what}, so there are none to have {wanted} of")
    kept: list[Group] = []
    left = wanted
    for group in groups:
        last = group is groups[-1]
        count = left if last else min(group.count, left)
        if count:
            kept.append(group.model_copy(update={"count": count}))
        left -= count
    return kept


def _berths(scenario: Scenario) -> Iterator[Berth]:
    for group in scenario.drones:
        for number in range(group.count):
            yield _berth(scenario, group, number)


def _berth(scenario: Scenario, group: Drones, number: int) -> Berth:
    kind = KINDS[group.kind]
    stands = (
        None if group.at is None else _beside(place(scenario, group.at), number * group.spacing)
    )
    starts = group.starts + number * group.apart
    if group.does == "wait":
        return Berth(kind, stands, alive=False)
    if isinstance(group.does, Route):
        patrol = _patrol(scenario, group, group.does, stands)
        return Berth(kind, stands, patrol=patrol, airborne=False, starts=starts)
    airborne = begins_in_flight(number, group.airborne)
    return Berth(kind, stands, airborne=airborne)


def _beside(point: tuple[float, float], east: float) -> Place:
    latitude, longitude = point
    longitude += east / (_METRES_A_DEGREE * cos(radians(latitude)))
    metres, _ = to_metres(latitude, longitude)
    return Place(latitude, longitude, float(ground_altitude(metres)))


def _patrol(scenario: Scenario, group: Drones, route: Route, stands: Place | None) -> Patrol:
    corners = [_metres(scenario, where) for where in route.along]
    home = corners[0] if stands is None else _metres(scenario, stands[:2])
    return Patrol(
        name=group.name,
        home=home,
        route=np.array(corners),
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
                yield _unnamed(group, unnamed)
                unnamed += 1
            continue
        centre = (0.0, 0.0) if group.at is None else _metres(scenario, group.at)
        turns = cycle(protocols if group.protocol == "mixed" else [group.protocol])
        for call_sign, protocol in zip(members(group), turns, strict=False):
            spoken = _with_a_panic(group, call_sign, protocol) if call_sign in panics else protocol
            yield CarSpec(call_sign, spoken, centre, group.radius, group.kind)


def _with_a_panic(group: Cars, call_sign: str, protocol: Protocol) -> Protocol:
    """A protocol that has a word for a panic. Raises SimulationError where another is asked for."""
    if protocol in PANIC_PROTOCOLS:
        return protocol
    if group.protocol != "mixed":
        raise SimulationError(
            f"{call_sign}: {protocol} has no word for a panic; give it another one"
        )
    return Protocol.OSMAND


def _unnamed(group: Cars, number: int) -> CarSpec:
    """One of the city's own cars, which are where their stations are."""
    own = beat(number)
    protocol = own.protocol if group.protocol == "mixed" else group.protocol
    return CarSpec(own.call_sign, protocol, own.centre, own.radius, group.kind)


def _with_a_button(scenario: Scenario) -> set[str]:
    names = car_names(scenario)
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
