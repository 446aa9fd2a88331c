"""Flights of a plan at the times of an order, and what of them is due next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from missions.schedule.flights import PlannedFlight, Way


@dataclass(frozen=True)
class Sortie:
    """One flight of one drone at its time."""

    order: str
    time: datetime
    """When its plan begins: with the order it names the run of the plan."""

    plan: str
    plan_version: int
    name: str
    """In the plan."""

    drone: str
    """Key of the asset that flies it; empty where none is assigned."""

    called: str
    """The drone, for people."""

    start: datetime
    duration: float
    need: float
    """Share of a full battery, reserve included."""

    turnround: float
    """Seconds on the ground after it, at the least."""

    charge: float
    """Seconds to charge an empty battery; 0: batteries are exchanged."""

    way: Way

    title: str = ""
    """What people call what it is flown for: the name of its order."""

    @property
    def end(self) -> datetime:
        """When it is down again."""
        return self.start + timedelta(seconds=self.duration)

    @property
    def ready(self) -> datetime:
        """When its drone may fly again."""
        return self.end + timedelta(seconds=max(self.turnround, self.charge * self.need))


@dataclass(frozen=True)
class Run:
    """A plan as an order has it flown."""

    order: str
    plan: str
    plan_version: int
    flights: Sequence[PlannedFlight]
    drones: Mapping[str, str]
    """Keys of assets by the names of drones in the plan, for those that it was not planned for."""

    charge: float = 0.0
    title: str = ""

    @property
    def duration(self) -> float:
        """Seconds from its beginning until the last drone is down."""
        return max((flight.start + flight.duration for flight in self.flights), default=0.0)

    def at(self, times: Iterable[datetime]) -> list[Sortie]:
        """Its sorties, when the plan begins at these times."""
        return [
            Sortie(
                order=self.order,
                time=time,
                plan=self.plan,
                plan_version=self.plan_version,
                name=flight.sortie,
                drone=self.drones.get(flight.drone) or flight.asset or "",
                called=flight.drone,
                start=time + timedelta(seconds=flight.start),
                duration=flight.duration,
                need=flight.need,
                turnround=flight.turnround,
                charge=self.charge,
                way=flight.way,
                title=self.title,
            )
            for time in times
            for flight in self.flights
        ]


def due_next(sorties: Iterable[Sortie], now: datetime, most: int) -> list[Sortie]:
    """The first `most` that begin at `now` or later, in the order of their beginnings."""
    later = [sortie for sortie in sorties if sortie.start >= now]
    return sorted(later, key=lambda sortie: (sortie.start, sortie.order, sortie.name))[:most]
