"""The events of a scenario, each at its time of the simulation, and the end of what lasts."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from functools import partial
from math import cos, radians, sin

import numpy as np

from fleet.peshawar import to_metres
from sitl.autopilot.autopilot import Autopilot
from sitl.autopilot.results import Result
from sitl.cars.faults import DeviceFault, DeviceFaults
from sitl.faults.links import LinkFault
from sitl.scenarios.cast import Cast
from sitl.scenarios.model import Event, Order, Scenario, Weather, place
from sitl.world import World

Action = Callable[[], object]

Key = tuple[str, int, str, str | None]
"""Drone or car, its number, and the kind of what happens to it: one of a kind lasts at a time."""


class Timeline:
    """What is to happen to `world`, and what has not happened yet."""

    def __init__(self, scenario: Scenario, cast: Cast, world: World) -> None:
        self._scenario, self._cast, self._world = scenario, cast, world
        self.refused: list[str] = []
        """Orders that a vehicle has refused, one line each."""
        self._due: list[tuple[float, int, Action]] = []
        self._count = 0
        self._lasting: dict[Key, Event] = {}
        for event in scenario.events:
            self._add(event.at, self._begin(event))

    def step(self, time: int) -> None:
        """Let happen what is due at `time` (µs of the simulation)."""
        while self._due and self._due[0][0] <= time / 1e6:
            heapq.heappop(self._due)[2]()

    def _add(self, at: float, action: Action) -> None:
        self._count += 1  # what is due at the same time happens in the order of the file
        heapq.heappush(self._due, (at, self._count, action))

    def _begin(self, event: Event) -> Action:
        def begin() -> None:
            for key, start, end in self._actions(event):
                start()
                self._lasting[key] = event
                if event.for_ is not None:
                    self._add(event.at + event.for_, partial(self._end, key, event, end))

        return begin

    def _end(self, key: Key, event: Event, end: Action) -> None:
        """End it, unless another has taken its place."""
        if self._lasting[key] is event:
            end()

    def _actions(self, event: Event) -> Iterator[tuple[Key, Action, Action]]:
        """What begins `event` for each of those whom it concerns, and what ends it."""
        kind = event.what, event.fault
        if event.who is None:
            yield ("", 0, *kind), self._general(event), _nothing
            return
        for whose, numbers, of in (
            ("drone", self._cast.drones_of(event.who), self._drone),
            ("car", self._cast.cars_of(event.who), self._car),
        ):
            for number in numbers:
                actions = of(event, number)
                if actions is not None:
                    yield (whose, number, *kind), *actions

    def _general(self, event: Event) -> Action:
        world = self._world
        if event.weather is not None:
            return lambda: blow(world, event.weather)
        if event.press is not None:
            return lambda: world.posts.press(_index(event.press))
        return lambda: world.cameras.see(_index(event.camera), str(event.sees))

    def _drone(self, event: Event, number: int) -> tuple[Action, Action] | None:
        squadron = self._world.squadron
        match event.what:
            case "reboot":
                return lambda: squadron.reboot_in_flight(number, self._world.time), _nothing
            case "drain":
                return lambda: squadron.batteries.drain(number, event.drain or 0.0), _nothing
            case "order":
                return lambda: self._order(event, squadron.autopilots[number]), _nothing
            case "fault":
                fault, sensors = str(event.fault), squadron.faults
                return (
                    lambda: sensors.set(number, fault, **event.values),
                    lambda: sensors.clear(number, fault),
                )
        return self._link(event, number)

    def _link(self, event: Event, number: int) -> tuple[Action, Action] | None:
        links = self._world.link_faults
        if event.link is not None:
            fault = LinkFault(**event.link.model_dump())
            return lambda: links.set(number, fault), lambda: links.set(number, LinkFault())
        if event.system_id is not None:
            system = event.system_id
            return lambda: links.claim(number, system), lambda: links.unclaim(number)
        if event.cut:
            return lambda: links.cut(number), lambda: links.restore(number)
        return None

    def _car(self, event: Event, number: int) -> tuple[Action, Action] | None:
        pool = self._world.motor_pool
        match event.what:
            case "cut":
                return _of_device(pool.faults, number, DeviceFault.NO_RADIO)
            case "clock":
                return _of_device(
                    pool.faults, number, DeviceFault.CLOCK, seconds=event.clock or 0.0
                )
            case "doubles":
                part = event.doubles or 0.0
                return _of_device(pool.faults, number, DeviceFault.DUPLICATES, probability=part)
            case "panic":
                return lambda: pool.press(number), _nothing
        return None

    def _order(self, event: Event, vehicle: Autopilot) -> None:
        """What a ground station would send; the crew keeps away afterwards."""
        now = self._world.time / 1e6
        vehicle.taken_over = True
        assert event.order is not None
        results = [vehicle.set_mode(vehicle.kind.number(_MODES[event.order]), now)]
        match event.order:
            case Order.TAKE_OFF:
                results += [vehicle.arm(now), vehicle.take_off(event.height or 0.0, now)]
            case Order.GO:
                assert event.to is not None
                east, north = map(float, to_metres(*place(self._scenario, event.to)))
                results.append(vehicle.reposition((east, north, event.height or 0.0), now))
            case Order.MISSION:
                results.append(vehicle.start_mission(now))
        if any(result != Result.ACCEPTED for result in results):
            self.refused.append(
                f"after {event.at:g} s the order {event.order.value} to {event.who}"
                f" (system {vehicle.parameters['MAV_SYSID']:g})"
            )


_MODES = {
    Order.TAKE_OFF: "GUIDED",
    Order.GO: "GUIDED",
    Order.LOITER: "LOITER",
    Order.HOME: "RTL",
    Order.LAND: "LAND",
    Order.MISSION: "AUTO",
}


def blow(world: World, weather: Weather | None) -> None:
    """Let the wind blow as `weather` says."""
    if weather is not None:
        bearing = radians(weather.from_)
        world.squadron.wind = -weather.wind * np.array([sin(bearing), cos(bearing)])


def _nothing() -> None:
    pass


def _of_device(
    faults: DeviceFaults, number: int, fault: DeviceFault, **values: float
) -> tuple[Action, Action]:
    return (
        lambda: faults.set(number, fault, **values),
        lambda: faults.clear(number, fault),
    )


def _index(number: int | None) -> int:
    """People count from 1."""
    return (number or 1) - 1
