"""How simulated cars drive and officers walk: all at once, by fixed steps, along the roads.

A car keeps to the speed of its road, slows down for bends and junctions as far ahead as braking
takes, sometimes waits at a junction and now and then parks. What happens between two nodes of the
road graph is columns; what happens at a node (where to next, how fast through the next bends) is
decided for the one car that passes it. An officer on foot is a slow car on the pavement.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from fleet.peshawar import RoadGraph, to_degrees, to_metres
from sitl.cars.beats import CarKind, CarSpec

Columns = NDArray[np.float64]

CLASS_SPEED = {
    "motorway": 70 / 3.6,
    "trunk": 60 / 3.6,
    "primary": 50 / 3.6,
    "secondary": 40 / 3.6,
    "street": 25 / 3.6,
}
"""m/s by class of road."""

WALK = 1.3
"""m/s of a hasty officer; they walk at 1.2 on average."""

ACCELERATION = 1.8  # m/s²
BRAKING = 2.2
SIDEWAYS = 2.5  # m/s² in a bend
LANE = 2.0  # metres left of the middle of the road; Pakistan drives on the left
PAVEMENT = 4.0

_CREEP = 0.6  # m/s: the last metre up to a stop line
_JUNCTION_RADIUS = 15.0  # metres, of a right-angled turn at a junction
_LOOK_AHEAD = 150.0  # metres that are planned beyond the stretch it is on; braking from 70 km/h
_STOP_CHANCE = 0.3  # a red light, a crossing
_STOP_SECONDS = (3.0, 25.0)
_PARK_CHANCE = 0.08
_PARK_SECONDS = (60.0, 300.0)
_TURN_SECONDS = (5.0, 20.0)  # at the end of a road
_PARKED_AT_START = 0.12
_CLASS_WEIGHT = {"motorway": 0.5, "trunk": 2.0, "primary": 2.0, "secondary": 1.5, "street": 1.0}
_HOMEWARD = 6.0  # how much likelier a turn is that leads back to the beat, outside of it


@dataclass
class _Way:
    """One stretch of road that a car will drive: from the node before it to `node`."""

    node: int
    edge: int
    end_speed: float  # fastest at its end, from the bend or the stop there
    wait: float  # seconds to stand at its end
    parking: bool


@dataclass
class _Driver:
    """One car's plan."""

    beat: CarSpec
    random: np.random.Generator
    haste: float  # part of the road's speed it drives, or of WALK
    ways: deque[_Way] = field(default_factory=deque)  # the first is the one it is on


class Traffic:
    """N cars. The columns are the state that reports are made from."""

    def __init__(
        self, graph: RoadGraph, beats: Sequence[CarSpec], generators: list[np.random.Generator]
    ) -> None:
        count = len(beats)
        self._graph = graph
        self._drivers = [
            _Driver(beat, random, float(random.uniform(0.85, 1.0)))
            for beat, random in zip(beats, generators, strict=True)
        ]
        east, north = to_metres(graph.nodes[:, 0], graph.nodes[:, 1])
        self._nodes: Columns = np.stack([east, north], axis=1)
        on_foot = [beat.kind is CarKind.OFFICER for beat in beats]
        self._side: Columns = np.where(on_foot, PAVEMENT, LANE)[:, None]
        self._origin = np.zeros((count, 2))  # of the stretch it is on
        self._direction = np.zeros((count, 2))
        self._length = np.ones(count)
        self._limit = np.zeros(count)
        self._end_speed = np.zeros(count)
        self.along = np.zeros(count)
        self.speed = np.zeros(count)
        self.wait = np.zeros(count)
        self.parked = np.zeros(count, bool)
        for number, driver in enumerate(self._drivers):
            self._put_on_road(number, driver)

    @property
    def position(self) -> Columns:
        """(N, 2) metres east and north of the city's centre."""
        left = np.stack([-self._direction[:, 1], self._direction[:, 0]], axis=1)
        place: Columns = self._origin + self._direction * self.along[:, None] + self._side * left
        return place

    @property
    def coordinates(self) -> tuple[Columns, Columns]:
        """Latitudes and longitudes, each (N,)."""
        position = self.position
        latitude, longitude = to_degrees(position[:, 0], position[:, 1])
        return latitude, longitude

    @property
    def course(self) -> Columns:
        """(N,) degrees clockwise from north."""
        bearing: Columns = np.degrees(np.arctan2(self._direction[:, 0], self._direction[:, 1]))
        return bearing % 360

    def step(self, dt: float) -> None:
        """Drive on by `dt` seconds."""
        standing = self.wait > 0
        self.wait = np.maximum(self.wait - dt, 0.0)
        self.parked &= self.wait > 0
        left = np.maximum(self._length - self.along, 0.0)
        braking = np.sqrt(self._end_speed**2 + 2 * BRAKING * left)
        wanted = np.minimum(self._limit, np.maximum(braking - BRAKING * dt / 2, _CREEP))
        change = np.clip(wanted - self.speed, -1.5 * BRAKING * dt, ACCELERATION * dt)
        self.speed = np.where(standing, 0.0, self.speed + change)
        self.along += self.speed * dt
        for number in np.flatnonzero(self.along >= self._length):
            self._pass_nodes(int(number))

    def _pass_nodes(self, number: int) -> None:
        driver = self._drivers[number]
        while self.along[number] >= self._length[number]:
            passed = driver.ways.popleft()
            beyond = self.along[number] - self._length[number]
            if passed.wait:
                self.wait[number] = passed.wait
                self.parked[number] = passed.parking
                self.speed[number] = 0.0
                beyond = 0.0
            self._enter(number, driver, passed.node, float(beyond))

    def _put_on_road(self, number: int, driver: _Driver) -> None:
        away = self._nodes - np.array(driver.beat.centre)
        distance = np.hypot(away[:, 0], away[:, 1])
        near = np.flatnonzero(distance < max(driver.beat.radius, distance.min() + 1.0))
        node = int(driver.random.choice(near))
        neighbours = self._graph.neighbours[node]
        first = neighbours[int(driver.random.integers(len(neighbours)))]
        driver.ways.append(self._way(driver, first.node, first.edge))
        self._enter(number, driver, node, 0.0)
        self.along[number] = self._length[number] * driver.random.uniform(0.0, 0.9)
        if driver.random.random() < _PARKED_AT_START:
            self.wait[number] = driver.random.uniform(*_PARK_SECONDS)
            self.parked[number] = True
        else:
            self.speed[number] = min(self._limit[number], driver.random.uniform(3.0, 12.0))

    def _enter(self, number: int, driver: _Driver, node: int, along: float) -> None:
        """Begin the first of the car's ways at `node`, planning on as far as it must look."""
        self._plan(driver, node)
        way = driver.ways[0]
        length = self._graph.lengths[way.edge]
        self._origin[number] = self._nodes[node]
        self._direction[number] = (self._nodes[way.node] - self._nodes[node]) / length
        self._length[number] = length
        self._limit[number] = self._speed_of(driver, way.edge)
        self._end_speed[number] = self._speed_into(driver)
        self.along[number] = along

    def _plan(self, driver: _Driver, node: int) -> None:
        ways = driver.ways
        ahead = sum(self._graph.lengths[way.edge] for way in list(ways)[1:])
        while ahead < _LOOK_AHEAD or len(ways) < 2:
            before = ways[-2].node if len(ways) > 1 else node
            chosen = self._choose(driver, before, ways[-1].node)
            ways.append(self._way(driver, *chosen))
            ahead += self._graph.lengths[chosen[1]]
            self._bend(driver, before, ways[-2], ways[-1])

    def _choose(self, driver: _Driver, before: int, node: int) -> tuple[int, int]:
        """Where to go on from `node`, come to from `before`: next node, edge."""
        options = [near for near in self._graph.neighbours[node] if near.node != before]
        if not options:  # the end of a road: turn round
            return self._graph.neighbours[node][0]
        on_foot = driver.beat.kind is CarKind.OFFICER
        if len(options) == 1 and not on_foot:
            return options[0]
        centre = np.array(driver.beat.centre)
        here = np.hypot(*(self._nodes[node] - centre))
        if on_foot and here > driver.beat.radius:
            # who walks need not go on to a junction to turn round
            return min(
                self._graph.neighbours[node],
                key=lambda near: float(np.hypot(*(self._nodes[near.node] - centre))),
            )
        weights = []
        for near in options:
            weight = _CLASS_WEIGHT[self._graph.classes[near.edge]]
            if here > driver.beat.radius and np.hypot(*(self._nodes[near.node] - centre)) < here:
                weight *= _HOMEWARD
            weights.append(weight)
        share = np.cumsum(weights)
        drawn = driver.random.random() * share[-1]
        return options[int(np.searchsorted(share, drawn, side="right"))]

    def _way(self, driver: _Driver, node: int, edge: int) -> _Way:
        """A stretch with what its end asks for by itself: a stop, parking, the end of the road."""
        degree = len(self._graph.neighbours[node])
        if degree == 1:
            return _Way(node, edge, 0.0, driver.random.uniform(*_TURN_SECONDS), parking=False)
        if degree > 2:
            chance = driver.random.random()
            if chance < _PARK_CHANCE:
                return _Way(node, edge, 0.0, driver.random.uniform(*_PARK_SECONDS), parking=True)
            if chance < _PARK_CHANCE + _STOP_CHANCE:
                return _Way(node, edge, 0.0, driver.random.uniform(*_STOP_SECONDS), parking=False)
        return _Way(node, edge, inf, 0.0, parking=False)

    def _bend(self, driver: _Driver, before: int, way: _Way, then: _Way) -> None:
        """Lower the end speed of `way` to what the turn into `then` allows."""
        if way.wait:
            return
        came = self._nodes[way.node] - self._nodes[before]
        goes = self._nodes[then.node] - self._nodes[way.node]
        came_length, goes_length = np.hypot(*came), np.hypot(*goes)
        turn = np.arccos(np.clip((came @ goes) / (came_length * goes_length), -1, 1))
        if len(self._graph.neighbours[way.node]) > 2:
            radius = _JUNCTION_RADIUS * (pi / 2) / max(turn, 1e-3)
        else:  # a vertex of a curve that the road really describes
            radius = min(came_length, goes_length) / max(turn, 1e-3)
        limit = min(self._speed_of(driver, way.edge), self._speed_of(driver, then.edge))
        way.end_speed = min(sqrt(SIDEWAYS * radius), limit)

    def _speed_into(self, driver: _Driver) -> float:
        """Fastest at the end of the first way from which all planned bends can be braked for."""
        speed = 0.0
        for way, after in zip(
            reversed(list(driver.ways)[:-1]), reversed(list(driver.ways)[1:]), strict=True
        ):
            reach = sqrt(speed**2 + 2 * BRAKING * self._graph.lengths[after.edge])
            speed = min(way.end_speed, reach)
        return speed

    def _speed_of(self, driver: _Driver, edge: int) -> float:
        if driver.beat.kind is CarKind.OFFICER:
            return WALK * driver.haste
        return CLASS_SPEED[self._graph.classes[edge]] * driver.haste
