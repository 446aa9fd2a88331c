"""The turns of some drones at one post: who is relieved by whom, and when there is room for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.plan import Limits, Station
from missions.sorties.flight import Flight
from missions.sorties.separation import separated
from missions.sorties.watch import Duty

STEP = 5.0
"""Seconds that a hand-over is brought forward, again and again, until it has room."""

STEPS_MOST = 120

STEP_BACK = 30.0
"""Seconds that a hand-over with room is brought forward to make room for a later one."""

RETURNS_MOST = 40
"""How often hand-overs that were settled are taken back to make room for a later one."""

TURNS_MOST = 500
"""Sorties at one post: more is not a plan but a standing order."""


@dataclass(frozen=True)
class Turn:
    """A drone at a station from `begin` to `end`, by its sortie's name."""

    station: str
    drone: str
    sortie: str
    begin: float
    end: float


class CrowdedError(PlanningError):
    """There are drones enough for a station, but no room for one of them."""

    def __init__(self, station: str, said: str) -> None:
        super().__init__(said)
        self.station = station


@dataclass(frozen=True)
class Step:
    """Who is there flies home on `flight` and `following` comes; None: nobody is, nobody does."""

    flight: Flight | None
    following: Arrival | None


class Post:
    """The turns at one station by some drones, one after the other."""

    def __init__(
        self,
        station: Station,
        duties: Sequence[Duty],
        others: Sequence[Flight],
        overlap: float,
        limits: Limits,
    ) -> None:
        self.station = station
        self.duties = duties
        self.overlap = overlap
        self.limits = limits
        self.others = others
        self.steps: list[Step] = []

    def cover(self) -> tuple[list[Turn], list[Flight]] | None:
        """Every turn from the station's start to its end; None if the drones are too few.

        Each hand-over is as late as it can be; where a later one then finds no room, those before
        it are brought forward. Raises CrowdedError where they are enough but have no room.
        """
        choices = [self._first()]
        stuck: float | None = None
        returned = 0
        while choices:
            step = next(choices[-1], None)
            if step is None:
                choices.pop()
                now = self.steps[-1].following if self.steps else None
                if stuck is None and now is not None:
                    stuck = min(now.until_most, self.station.end)
                    if not self._ready(stuck - self.overlap, now):
                        return None
                self.steps = self.steps[:-1]
                returned += 1
                if returned > RETURNS_MOST:
                    break
                continue
            self.steps.append(step)
            if step.following is None:
                return self._turns(), self._flights()
            if len(self.steps) > TURNS_MOST:
                raise PlanningError(
                    sentence(
                        "planner.post.sorties",
                        "station '{station}' would take more than {most} sorties; shorten its window",
                        station=self.station.name,
                        most=TURNS_MOST,
                    )
                )
            choices.append(self._next(step.following))
        raise self._crowded(self.station.start if stuck is None else stuck)

    def _first(self) -> Iterator[Step]:
        """Who is there first: the nearest that finds room, as late as may be."""
        soonest = min(duty.out for duty in self.duties)
        if soonest > self.station.start:
            raise PlanningError(
                sentence(
                    "planner.post.begin",
                    "station '{station}' is to be covered from {start:.0f} s but the flight there "
                    "takes {flight:.0f} s; begin later, or start nearer",
                    station=self.station.name,
                    start=self.station.start,
                    flight=soonest,
                )
            )
        for early in np.arange(STEPS_MOST) * STEP:
            for duty in self.duties:
                arrival = Arrival(duty, self.station.start - early, 0.0)
                if arrival.start >= 0 and self._room(self._outbound(arrival)):
                    yield Step(None, arrival)

    def _next(self, now: Arrival) -> Iterator[Step]:
        """How who is there is relieved, or stays to the end: the latest first."""
        last = self._last(now)
        if last is not None:
            yield Step(last, None)
        latest = min(now.until_most, self.station.end)
        tried = math.inf
        for early in np.arange(STEPS_MOST) * STEP:
            leaving = now.stay(latest - early, math.floor)
            if leaving < now.until_least + self.overlap:
                break
            if leaving > tried - STEP_BACK:
                continue
            arrival = leaving - self.overlap
            ready = self._ready(arrival, now)
            if not ready:
                break
            flight = self._flight(now, leaving)
            if not self._room(flight):
                continue
            wait = float(math.ceil(self.overlap + now.duty.clearing))
            arrivals = (Arrival(duty, arrival, wait) for duty in ready)
            free = (one for one in arrivals if self._room(self._outbound(one), flight))
            following = next(free, None)
            if following is not None:
                tried = leaving
                yield Step(flight, following)

    def _ready(self, arrival: float, now: Arrival) -> list[Duty]:
        """Who can arrive then to relieve one, the longest at home first."""
        rest = {duty.drone.name: duty.drone.kind.turnround for duty in self.duties}
        free = dict.fromkeys(rest, 0.0)
        for flight in self._flights():
            free[flight.sortie.drone] = flight.end + rest[flight.sortie.drone]
        found = [
            duty
            for duty in self.duties
            if duty is not now.duty and free[duty.drone.name] <= arrival - duty.out
        ]
        return sorted(found, key=lambda duty: free[duty.drone.name])

    def _last(self, now: Arrival) -> Flight | None:
        """The flight of who stays to the end, or longer until there is room; None if it cannot."""
        for late in np.arange(STEPS_MOST) * STEP:
            leaving = now.stay(self.station.end, math.ceil) + late
            if leaving > now.until_most:
                break
            flight = self._flight(now, leaving)
            if self._room(flight):
                return flight
        return None

    def _flights(self) -> list[Flight]:
        return [step.flight for step in self.steps if step.flight is not None]

    def _turns(self) -> list[Turn]:
        turns = []
        for before, after in pairwise(self.steps):
            assert before.following is not None
            assert after.flight is not None
            duty, sortie = before.following.duty, after.flight.sortie
            begin, end = duty.on_station(after.flight)
            turns.append(Turn(self.station.name, sortie.drone, sortie.name, begin, end))
        return turns

    def _flight(self, now: Arrival, leaving: float) -> Flight:
        drone = now.duty.drone
        number = 1 + sum(flight.sortie.drone == drone.name for flight in self._flights())
        hold = round(leaving - now.until_least)
        return now.duty.flight(now.start, now.wait, hold, f"{drone.name} / {number}")

    def _outbound(self, arrival: Arrival) -> Flight:
        return arrival.duty.outbound(arrival.duty.flight(arrival.start, arrival.wait, 0.0, ""))

    def _room(self, flight: Flight, *more: Flight) -> bool:
        """Whether it keeps apart from all other drones' flights."""
        return all(
            separated(flight, other, self.limits)
            for other in (*self.others, *self._flights(), *more)
            if other.sortie.drone != flight.sortie.drone
        )

    def _crowded(self, time: float) -> CrowdedError:
        return CrowdedError(
            self.station.name,
            f"near {time:.0f} s nobody can come to or leave station {self.station.name!r} and stay "
            f"{self.limits.separation_horizontal:g} m from the others; give homes farther apart",
        )


@dataclass(frozen=True)
class Arrival:
    """A drone that arrives at `time` and first waits on its layer for `wait` seconds."""

    duty: Duty
    time: float
    wait: float

    @property
    def start(self) -> float:
        return self.time - self.duty.out

    @property
    def until_least(self) -> float:
        """When it could leave at the earliest: it has waited and taken the place."""
        return self.time + self.wait + self.duty.changing

    def stay(self, until: float, rounded: Callable[[float], int]) -> float:
        """When it leaves if it stays to about then: holds are whole seconds in mission items."""
        return self.until_least + float(rounded(max(until - self.until_least, 0.0)))

    @property
    def until_most(self) -> float:
        """When its battery makes it leave."""
        return self.time + self.duty.longest
