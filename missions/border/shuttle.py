"""A section of a line flown to and fro for a time, by drones that take turns.

Each drone flies whole rounds, as many as its battery allows, and its relief begins its first
round when the one before has ended its last: each point of the section is passed again in time,
whoever flies. Sections side by side, and drones that change on one section, fly on heights apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.energy import EnergyModel
from missions.errors import PlanningError
from missions.plan import Limits, Sortie, Waypoint
from missions.projection import LocalFrame
from missions.sorties.fleet import Drone, waypoint
from missions.sorties.flight import Flight, fly
from missions.sorties.lanes import Ways
from missions.sorties.separation import separated

Floats = NDArray[np.float64]

ROUNDS_MOST = 500

EARLIER = 5.0
"""Seconds that a sortie is brought forward, again and again, until it has room among the others."""

EARLIER_MOST = 60


@dataclass(frozen=True)
class Section:
    """A piece of the way, (N, 2) points, to be flown from `begin` to `end` seconds."""

    name: str
    points: Floats
    height: float
    begin: float
    end: float


@dataclass(frozen=True)
class Camera:
    """Where the camera looks on patrol; `yaw` in degrees, None: ahead."""

    gimbal_pitch: float
    yaw: float | None = None


@dataclass(frozen=True)
class Shuttle:
    """One drone on one section."""

    drone: Drone
    section: Section
    model: EnergyModel
    frame: LocalFrame
    speed: float
    camera: Camera
    ways: Ways | None

    def flight(self, rounds: int, arrival: float, layer: float, name: str) -> Flight:
        """The sortie with so many rounds, the first of which begins at `arrival` seconds.

        `layer` is added to the section's height.
        """
        flown = fly(self._sortie(rounds, layer, name), self.model, self.frame)
        return flown.delayed(arrival - flown.when(self._arrived, self._arrived)[0])

    @property
    def _arrived(self) -> int:
        return len(self._way(out=True)) - 1

    def patrolled(self, flight: Flight) -> tuple[float, float]:
        """From when until when a flight is on the section."""
        last = len(flight.sortie.waypoints) - len(self._way(out=False)) - 1
        return flight.when(self._arrived, self._arrived)[0], flight.when(0, last)[1]

    def rounds_most(self, layer: float) -> int:
        """Whole rounds that the battery allows; 0 if not one."""
        low, high = 0, ROUNDS_MOST + 1
        while high - low > 1:
            middle = (low + high) // 2
            flight = self.flight(middle, 0.0, layer, "")
            low, high = (middle, high) if flight.worst <= flight.usable else (low, middle)
        return low

    def _way(self, *, out: bool) -> Floats:
        home, place = self.drone.place(self.frame), self.section.points[0]
        pair = (home, place) if out else (place, home)
        return np.stack(pair) if self.ways is None else np.asarray(self.ways(*pair), float)

    def _sortie(self, rounds: int, layer: float, name: str) -> Sortie:
        height = self.section.height + layer
        there, points = self._way(out=True), self.section.points
        back = self._way(out=False)
        kind = self.drone.kind
        look = {"gimbal_pitch": self.camera.gimbal_pitch, "yaw": self.camera.yaw}
        found: list[Waypoint] = [
            waypoint(self.frame, there[0], height, kind.climb_speed, "transit", action="takeoff")
        ]
        found += self._legs(there, height, "transit")
        once = [*points[1:], *points[-2::-1]]
        speeds = self._speeds(np.concatenate([points[:1], once]))
        for _ in range(rounds):
            found += [
                waypoint(self.frame, place, height, speed, "patrol", **look)
                for place, speed in zip(once, speeds, strict=True)
            ]
        found += self._legs(back, height, "return")
        found.append(
            waypoint(self.frame, back[-1], 0.0, kind.descent_speed, "return", action="land")
        )
        return Sortie(
            name=name,
            drone=self.drone.name,
            kind=kind.name,
            home=self.drone.home,
            waypoints=tuple(found),
        )

    def _legs(self, way: Floats, height: float, purpose: str) -> list[Waypoint]:
        dx, dy = np.diff(way, axis=0).T
        speeds = self.model.transit_speeds(dx, dy)
        return [
            waypoint(self.frame, place, height, speed, purpose)  # type: ignore[arg-type]  # a Purpose
            for place, speed in zip(way[1:], speeds, strict=True)
        ]

    def _speeds(self, points: Floats) -> list[float]:
        dx, dy = np.diff(points, axis=0).T
        return [float(speed) for speed in self.model.speeds(dx, dy, self.speed)]


def cover(
    section: Section,
    shuttles: Sequence[Shuttle],
    others: Sequence[Flight],
    limits: Limits,
) -> list[Flight]:
    """The sorties that keep a section patrolled from its begin to its end, in order.

    `shuttles` are the drones that are free for it, the nearest first; as few as it takes are
    used. Raises PlanningError, with the figures, if they do not suffice.
    """
    able = [(shuttle, shuttle.rounds_most(_layer(1, limits))) for shuttle in shuttles]
    able = [(shuttle, rounds) for shuttle, rounds in able if rounds]
    if not able:
        raise PlanningError(
            sentence(
                "planner.border.round",
                "{section}: no drone that is left can fly one round of {length:.1f} km and come"
                " home; start nearer, take drones of longer range, or a shorter revisit time, "
                "which makes the sections shorter",
                section=section.name,
                length=_length(section.points) / 1000,
            )
        )
    last: PlanningError | None = None
    for count in range(1, len(able) + 1):
        try:
            return _turns(section, able[:count], others, limits)
        except PlanningError as error:
            last = error
    assert last is not None
    raise last


def _turns(
    section: Section,
    able: Sequence[tuple[Shuttle, int]],
    others: Sequence[Flight],
    limits: Limits,
) -> list[Flight]:
    flights: list[Flight] = []
    ready = {shuttle.drone.name: 0.0 for shuttle, _ in able}
    numbers = dict.fromkeys(ready, 0)
    due = section.begin
    while due < section.end:
        layer = _layer(len(flights) % 2, limits)
        best: tuple[Flight, Shuttle] | None = None
        for shuttle, most in able:
            name = f"{shuttle.drone.name} / {numbers[shuttle.drone.name] + 1}"
            begin, end = shuttle.patrolled(shuttle.flight(1, 0.0, layer, name))
            rounds = min(most, max(1, math.ceil((section.end - due) / (end - begin))))
            flight = _with_room(
                shuttle, rounds, due, layer, name, ready, [*others, *flights], limits
            )
            if flight is not None:
                best = flight, shuttle
                break
        if best is None:
            raise PlanningError(
                sentence(
                    "planner.border.relief",
                    "{section}: with {drones} drones nobody is ready at {due:.0f} s to go on; give "
                    "more drones, or homes farther apart",
                    section=section.name,
                    drones=len(able),
                    due=due,
                )
            )
        flight, shuttle = best
        flights.append(flight)
        numbers[shuttle.drone.name] += 1
        ready[shuttle.drone.name] = flight.end + shuttle.drone.kind.turnround
        due = shuttle.patrolled(flight)[1]
    return flights


def _with_room(
    shuttle: Shuttle,
    rounds: int,
    due: float,
    layer: float,
    name: str,
    ready: dict[str, float],
    others: Sequence[Flight],
    limits: Limits,
) -> Flight | None:
    """The flight that begins its rounds at `due` or a little before; None if there is no room."""
    for step in range(EARLIER_MOST):
        flight = shuttle.flight(rounds, due - step * EARLIER, layer, name)
        if flight.start < ready[shuttle.drone.name]:
            return None
        if all(
            separated(flight, other, limits)
            for other in others
            if other.sortie.drone != flight.sortie.drone
        ):
            return flight
    return None


def _layer(turn: int, limits: Limits) -> float:
    """Drones that follow each other fly on two heights in turn."""
    return turn * (limits.separation_vertical + 0.5)


def _length(points: Floats) -> float:
    return 2 * float(np.hypot(*np.diff(points, axis=0).T).sum())
