"""The turns of some drones at one post: who is relieved by whom, and when there is room for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from missions.errors import PlanningError
from missions.plan import Limits, Station
from missions.sorties.flight import Flight
from missions.sorties.separation import separated
from missions.sorties.watch import Duty

STEP = 5.0
"""Seconds that a hand-over is brought forward, again and again, until it has room."""

STEPS_MOST = 120

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
    """There are drones enough, but no room for one of them."""


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
        self.flights: list[Flight] = []
        self.ready = dict.fromkeys((duty.drone.name for duty in duties), 0.0)

    def cover(self) -> tuple[list[Turn], list[Flight]] | None:
        """Every turn from the station's start to its end; None if the drones are too few.

        Raises CrowdedError where they are enough but have no room.
        """
        turns: list[Turn] = []
        now = self._first()
        while len(turns) < TURNS_MOST:
            flight, following = self._last(now), None
            if flight is None:
                found = self._relieved(now)
                if found is None:
                    return None
                flight, following = found
            drone = now.duty.drone
            begin, end = now.duty.on_station(flight)
            turns.append(Turn(self.station.name, drone.name, flight.sortie.name, begin, end))
            self.flights.append(flight)
            self.ready[drone.name] = flight.end + drone.kind.turnround
            if following is None:
                return turns, self.flights
            now = following
        raise PlanningError(
            f"station {self.station.name!r} would take more than {TURNS_MOST} sorties; shorten its "
            "window"
        )

    def _first(self) -> Arrival:
        """Who is there first: the nearest that finds room, as late as may be."""
        soonest = min(duty.out for duty in self.duties)
        if soonest > self.station.start:
            raise PlanningError(
                f"station {self.station.name!r} is to be covered from {self.station.start:.0f} s "
                f"but the flight there takes {soonest:.0f} s; begin later, or start nearer"
            )
        for early in np.arange(STEPS_MOST) * STEP:
            for duty in self.duties:
                arrival = Arrival(duty, self.station.start - early, 0.0)
                if arrival.start >= 0 and self._room(self._outbound(arrival)):
                    return arrival
        raise self._crowded(self.station.start)

    def _relieved(self, now: Arrival) -> tuple[Flight, Arrival] | None:
        """The flight of who is there, and who comes next; None if nobody is ready in time."""
        latest = min(now.until_most, self.station.end)
        for early in np.arange(STEPS_MOST) * STEP:
            leaving = now.stay(latest - early, math.floor)
            if leaving < now.until_least + self.overlap:
                break
            arrival = leaving - self.overlap
            ready = [
                duty
                for duty in self.duties
                if duty is not now.duty and self.ready[duty.drone.name] <= arrival - duty.out
            ]
            if not ready:
                return None
            flight = self._flight(now, leaving)
            if not self._room(flight):
                continue
            for duty in sorted(ready, key=lambda one: self.ready[one.drone.name]):
                wait = math.ceil(self.overlap + now.duty.clearing)
                following = Arrival(duty, arrival, float(wait))
                if self._room(self._outbound(following), flight):
                    return flight, following
        raise self._crowded(latest)

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

    def _flight(self, now: Arrival, leaving: float) -> Flight:
        drone = now.duty.drone
        number = 1 + sum(flight.sortie.drone == drone.name for flight in self.flights)
        hold = round(leaving - now.until_least)
        return now.duty.flight(now.start, now.wait, hold, f"{drone.name} / {number}")

    def _outbound(self, arrival: Arrival) -> Flight:
        return arrival.duty.outbound(arrival.duty.flight(arrival.start, arrival.wait, 0.0, ""))

    def _room(self, flight: Flight, *more: Flight) -> bool:
        """Whether it keeps apart from all other drones' flights."""
        return all(
            separated(flight, other, self.limits)
            for other in (*self.others, *self.flights, *more)
            if other.sortie.drone != flight.sortie.drone
        )

    def _crowded(self, time: float) -> CrowdedError:
        return CrowdedError(
            f"near {time:.0f} s nobody can come to or leave station {self.station.name!r} and stay "
            f"{self.limits.separation_horizontal:g} m from the others; give homes farther apart"
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
