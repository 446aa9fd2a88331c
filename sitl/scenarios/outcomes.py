"""What a scenario expects, held against what is so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import hypot

from fleet.peshawar import to_metres
from sitl.scenarios.cast import Cast
from sitl.scenarios.model import Expectation, Near, Scenario, place
from sitl.world import World


class Outcomes:
    """The expectations of `scenario`, judged when their time has come.

    `waiting` says how many reports the device of a car has not been able to hand over.
    """

    def __init__(
        self, scenario: Scenario, cast: Cast, world: World, waiting: Callable[[int], int]
    ) -> None:
        self._scenario, self._cast, self._world, self._waiting = scenario, cast, world, waiting
        due = [(scenario.duration if e.at == "end" else e.at, e) for e in scenario.expect]
        self._due = sorted(due, key=lambda pair: pair[0])
        self.held = 0
        """How many were so."""
        self.failed: list[str] = []
        """What was not so, one line each."""
        self.missed = 0
        """How many expectations were not so."""

    @property
    def left(self) -> int:
        """How many have not been judged: their time has not come."""
        return len(self._due)

    def step(self, time: int) -> None:
        """Judge what is due at `time` (µs of the simulation)."""
        while self._due and self._due[0][0] <= time / 1e6:
            at, expectation = self._due.pop(0)
            wrong = [f"after {at:g} s {line}" for line in self._judge(expectation)]
            self.failed += wrong
            self.held += not wrong
            self.missed += bool(wrong)

    def _judge(self, expectation: Expectation) -> Iterator[str]:
        cast = self._cast
        for number in cast.drones_of(expectation.who):
            for told in self._of_drone(expectation, number):
                yield f"{cast.drones_called[number]} {told}"
        for number in cast.cars_of(expectation.who):
            for told in self._of_car(expectation, number):
                yield f"{cast.cars_called[number]} {told}"

    def _of_drone(self, wanted: Expectation, number: int) -> Iterator[str]:
        squadron = self._world.squadron
        vehicle = squadron.autopilots[number]
        mode = vehicle.kind.modes.get(vehicle.mode, str(vehicle.mode))
        if wanted.mode is not None and mode != wanted.mode:
            yield f"is in {mode}, not {wanted.mode}"
        if wanted.armed is not None and vehicle.armed is not wanted.armed:
            yield f"is {'armed' if vehicle.armed else 'disarmed'}"
        east, north, height = squadron.airframes.position[number].tolist()
        airborne = height > _ON_GROUND
        if wanted.airborne is not None and airborne is not wanted.airborne:
            yield f"is {f'{height:.0f} m up' if airborne else 'on the ground'}"
        if wanted.near is not None:
            yield from self._far(wanted.near, east, north)
        charge = float(squadron.batteries.charge[number])
        low, high = wanted.charge_above, wanted.charge_below
        if (low is not None and charge <= low) or (high is not None and charge >= high):
            yield f"has {charge:.0%} of its charge"

    def _of_car(self, wanted: Expectation, number: int) -> Iterator[str]:
        if wanted.near is not None:
            east, north = self._world.motor_pool.traffic.position[number].tolist()
            yield from self._far(wanted.near, east, north)
        if wanted.waiting_below is not None:
            waiting = self._waiting(number)
            if waiting >= wanted.waiting_below:
                yield f"has {waiting} reports that nobody has taken"

    def _far(self, near: Near, east: float, north: float) -> Iterator[str]:
        wanted = to_metres(*place(self._scenario, near.of))
        away = hypot(float(wanted[0]) - east, float(wanted[1]) - north)
        if away > near.within:
            yield f"is {away:,.0f} m away from {near.of}, not within {near.within:g} m"


_ON_GROUND = 0.5  # metres
