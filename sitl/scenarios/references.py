"""Names and numbers in a scenario that must be found elsewhere in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sitl.autopilot.modes import KINDS
from sitl.faults.sensors import VALUES
from sitl.scenarios.model import (
    MOST_CARS,
    MOST_DRONES,
    Drones,
    Event,
    Expectation,
    Order,
    Route,
    Scenario,
    Where,
    Who,
    members,
)

Wrong = tuple[tuple[str | int, ...], str]
"""Where it stands, and what is wrong."""

ALL_DRONES, ALL_CARS = "drones", "cars"


def wrong_references(scenario: Scenario) -> Iterator[Wrong]:
    """What is wrong with `scenario` as a whole, one after another."""
    yield from _totals(scenario)
    yield from _doubled(scenario)
    yield from _unknown_places(scenario)
    drones, cars = drone_names(scenario), car_names(scenario)
    for number, event in enumerate(scenario.events):
        yield from _wrong_event(scenario, event, number, drones, cars)
    for number, expectation in enumerate(scenario.expect):
        yield from _wrong_expectation(scenario, expectation, number, drones, cars)


def drone_names(scenario: Scenario) -> dict[str, list[str]]:
    """Which drones each name means that may stand in `who`."""
    return _names(ALL_DRONES, [(group.name, members(group)) for group in scenario.drones])


def car_names(scenario: Scenario) -> dict[str, list[str]]:
    """Which cars and officers each name means that may stand in `who`.

    Those of a group without a name have call signs that the simulation gives them; only `cars`
    means them.
    """
    groups = [(group.name, members(group)) for group in scenario.cars if group.name is not None]
    return _names(ALL_CARS, groups)


def _names(everyone: str, groups: list[tuple[str, list[str]]]) -> dict[str, list[str]]:
    meant = {everyone: [member for _, group in groups for member in group]}
    for name, group in groups:
        meant[name] = group
        meant |= {member: [member] for member in group}
    return meant


def chosen(who: Who, names: dict[str, list[str]]) -> list[str]:
    """The vehicles that `who` means, each once; names that are not in `names` mean none."""
    asked = [who] if isinstance(who, str) else who
    return list(dict.fromkeys(member for name in asked for member in names.get(name, ())))


def _totals(scenario: Scenario) -> Iterator[Wrong]:
    for key, groups, most in (
        ("drones", scenario.drones, MOST_DRONES),
        ("cars", scenario.cars, MOST_CARS),
    ):
        total = sum(group.count for group in groups)
        if total > most:
            yield (key,), f"{total:,} in all: there may be {most:,}"


def _doubled(scenario: Scenario) -> Iterator[Wrong]:
    drones = [(("drones", n), members(group)) for n, group in enumerate(scenario.drones)]
    cars = [(("cars", n), members(g)) for n, g in enumerate(scenario.cars) if g.name is not None]
    seen: set[str] = {ALL_DRONES, ALL_CARS}
    for place, names in [*drones, *cars]:
        for name in names:
            if name in seen:
                yield (*place, "name"), f"{name!r} is there already"
        seen |= {*names}
    for key, named in (("sensors", scenario.sensors), ("flights", scenario.flights)):
        for name, count in Counter(part.name for part in named).items():
            if count > 1:
                yield (key,), f"{name!r} is there {count} times"


def _unknown_places(scenario: Scenario) -> Iterator[Wrong]:
    for path, where in _places(scenario):
        if isinstance(where, str) and where not in scenario.places:
            known = ", ".join(scenario.places) or "none"
            yield path, f"no place {where!r}: there are {known}"


_PLACED = (
    ("drones", "at"),
    ("cars", "at"),
    ("dead_zones", "at"),
    ("sensors", "at"),
    ("flights", "operator"),
    ("aircraft", "operator"),
    ("events", "to"),
)


def _places(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], Where | None]]:
    for key, attribute in _PLACED:
        for number, part in enumerate(getattr(scenario, key)):
            yield (key, number, attribute), getattr(part, attribute)
    for number, drones in enumerate(scenario.drones):
        along = drones.does.along if isinstance(drones.does, Route) else []
        for corner, where in enumerate(along):
            yield ("drones", number, "does", "along", corner), where
    for number, expectation in enumerate(scenario.expect):
        if expectation.near is not None:
            yield ("expect", number, "near", "of"), expectation.near.of


_OF_DRONES = frozenset({"fault", "link", "system_id", "reboot", "drain", "order"})
_OF_CARS = frozenset({"clock", "doubles", "panic"})
_NOT_OF_PLANES = frozenset({Order.TAKE_OFF, Order.LAND})


def _wrong_event(
    scenario: Scenario,
    event: Event,
    number: int,
    drones: dict[str, list[str]],
    cars: dict[str, list[str]],
) -> Iterator[Wrong]:
    place = ("events", number)
    if event.at > scenario.duration:
        yield (*place, "at"), f"the scenario ends at {scenario.duration:g} s"
    names = drones | cars
    if event.what in _OF_DRONES:
        names = drones
    elif event.what in _OF_CARS:
        names = cars
    if event.who is not None:
        yield from _unknown(event.who, names, (*place, "who"), event.what)
    if event.fault is not None and {*event.values} != {*VALUES[event.fault]}:
        wanted = ", ".join(VALUES[event.fault]) or "none"
        yield (*place, "values"), f"the fault {event.fault} takes these values: {wanted}"
    if event.fault is None and event.values:
        yield (*place, "values"), "values belong to a fault"
    yield from _wrong_order(scenario, event, place, drones)
    yield from _wrong_number(scenario, event, place)


def _wrong_order(
    scenario: Scenario,
    event: Event,
    place: tuple[str | int, ...],
    drones: dict[str, list[str]],
) -> Iterator[Wrong]:
    if event.order in _NOT_OF_PLANES and event.who is not None:
        for group in _groups(scenario, chosen(event.who, drones)):
            if group.kind == "plane":
                yield (
                    (*place, "order"),
                    f"{group.name} is a plane, for which there is no such order",
                )


def _wrong_number(
    scenario: Scenario, event: Event, place: tuple[str | int, ...]
) -> Iterator[Wrong]:
    if event.press is not None and event.press > scenario.posts:
        yield (*place, "press"), f"there are {scenario.posts} posts"
    if event.camera is not None and event.camera > scenario.cameras:
        yield (*place, "camera"), f"there are {scenario.cameras} cameras"


def _wrong_expectation(
    scenario: Scenario,
    expectation: Expectation,
    number: int,
    drones: dict[str, list[str]],
    cars: dict[str, list[str]],
) -> Iterator[Wrong]:
    place = ("expect", number)
    at = expectation.at
    if at == "end" and scenario.duration == float("inf"):
        yield (*place, "at"), "the scenario has no end: give it a duration, or say when"
    elif at != "end" and at > scenario.duration:
        yield (*place, "at"), f"the scenario ends at {scenario.duration:g} s"
    of_drones = ("mode", "armed", "airborne", "charge_above", "charge_below")
    names = drones | cars
    what = "it"
    if any(getattr(expectation, name) is not None for name in of_drones):
        names, what = drones, "it (of drones)"
    if expectation.waiting_below is not None:
        names, what = cars, "waiting_below"
    yield from _unknown(expectation.who, names, (*place, "who"), what)
    if expectation.mode is not None:
        for group in _groups(scenario, chosen(expectation.who, drones)):
            if expectation.mode not in KINDS[group.kind].modes.values():
                known = ", ".join(KINDS[group.kind].modes.values())
                yield (*place, "mode"), f"a {group.kind} has no such mode: it has {known}"


def _unknown(
    who: Who, names: dict[str, list[str]], place: tuple[str | int, ...], what: str
) -> Iterator[Wrong]:
    for name in [who] if isinstance(who, str) else who:
        if name not in names:
            yield place, f"nobody is called {name!r} whom {what} can concern"


def _groups(scenario: Scenario, names: list[str]) -> list[Drones]:
    wanted = {*names}
    return [group for group in scenario.drones if not wanted.isdisjoint(members(group))]
