"""A plan of a route: divided among drones, kept apart, and reckoned sortie by sortie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from pydantic import JsonValue

from missions.area import Area
from missions.errors import PlanningError
from missions.plan import Plan
from missions.route import Route
from missions.sorties.divide import PLACES, Crew, Division, Goal, Piece, divide, refine
from missions.sorties.fleet import Conditions, Drone, checked
from missions.sorties.flight import Flight, fly
from missions.sorties.prepare import Job, Survey, jobs
from missions.sorties.schedule import Placed, Unit, schedule
from missions.sorties.separation import smallest
from missions.sorties.strata import space
from missions.sorties.waypoints import sortie

Progress = Callable[[float, str], None]
"""Told the share that is done, 0 … 1, and what is being done."""

Stop = Callable[[], bool]
"""Whether to end with the best so far."""

ROUNDS = 3
"""How often the cuts are moved to what the timetable brought, and the timetable made anew."""

MARGINS = (0.0, 0.005, 0.01, 0.02, 0.04)
"""Shares of the batteries that are held back in turn, should a sortie come out above what the
division reckoned for it."""


@dataclass(frozen=True)
class About:
    """What a plan says of itself. `parameters` are as asked; `area` is what the lanes cover."""

    name: str
    pattern: str
    created: datetime
    start: datetime | None = None
    area: Area | None = None
    inside_area: bool = False
    parameters: dict[str, JsonValue] = field(default_factory=dict)


def plan_route(
    routes: Route | list[Route],
    drones: Sequence[Drone],
    survey: Survey,
    about: About,
    conditions: Conditions | None = None,
    goal: Goal = "makespan",
    progress: Progress | None = None,
    stop: Stop = lambda: False,
) -> Plan:
    """Divide the routes' lanes among the drones: a plan with all sorties.

    `goal` is the least time until all are back, batteries changed in between, or the least energy.
    When `stop` says so, the best plan so far is given, `complete` False. Raises PlanningError where
    the drones cannot do it.
    """
    fleet, conditions = checked(drones), conditions or Conditions()
    latch = _Latch(stop)
    tell = progress or (lambda _share, _doing: None)
    for margin in MARGINS:
        tell(0.0, "measuring the lanes")
        ways = jobs(routes, fleet, survey, conditions, goal, margin)
        tell(0.1, "dividing the lanes")
        job, division = _divided(ways, goal, latch)
        tell(0.6, "keeping the drones apart")
        timetable = _timetable(job, division, goal, latch)
        if timetable is not None:
            tell(1.0, "done")
            return _plan(timetable, survey, about, conditions, goal, complete=not latch.stopped)
    raise PlanningError(
        "the sorties come out above the batteries even with "
        f"{MARGINS[-1]:.0%} of them held back; fly lower or slower"
    )


class _Latch:
    """Asks whether to stop, and remembers that it was told to."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self.stopped = False

    def __call__(self) -> bool:
        self.stopped = self.stopped or self._stop()
        return self.stopped


def _divided(ways: Sequence[Job], goal: Goal, stop: Stop) -> tuple[Job, Division]:
    """The best way to fly the lanes, and its division."""
    best = ways[0], divide(ways[0].crews, goal, stop)
    for job in ways[1:]:
        if stop():
            break
        division = divide(job.crews, goal, stop)
        if division.value < best[1].value * (1 - 1e-3):
            best = job, division
    return best


@dataclass(frozen=True)
class _Timetable:
    """The drones that fly, by their index, at their heights and times."""

    job: Job
    placed: dict[int, Placed]

    @property
    def end(self) -> float:
        return max(flight.end for one in self.placed.values() for flight in one.flights)

    @property
    def flights(self) -> list[Flight]:
        """In the order of their starts."""
        every = [flight for one in self.placed.values() for flight in one.flights]
        return sorted(every, key=lambda flight: (flight.start, flight.sortie.name))


def _timetable(job: Job, division: Division, goal: Goal, stop: Stop) -> _Timetable | None:
    """The timetable of a division; None where a battery does not hold as the division reckoned.

    Heights and delays change what sorties cost: the cuts are moved to them and the drones placed
    anew, while that brings them home sooner.
    """
    best: _Timetable | None = None
    job = job.staggered({piece.drone for piece in division.pieces})
    pieces, placed = division.pieces, dict[int, Placed]()
    if len({crew.ready + crew.tail for crew in job.crews}) > 1:
        pieces = refine(pieces, job.crews, goal, job.lanes.length / PLACES, stop).pieces
    for _ in range(ROUNDS):
        placed = _placed(job, pieces, placed)
        if not placed:
            break
        table = _Timetable(job, placed)
        if best is None or table.end < best.end:
            best = table
        if stop():
            break
        crews = [
            _settled(crew, placed[index], job.offsets[index]) if index in placed else crew
            for index, crew in enumerate(job.crews)
        ]
        pieces = refine(pieces, crews, goal, job.lanes.length / PLACES, stop).pieces
    return best


def _settled(crew: Crew, placed: Placed, offset: float) -> Crew:
    """The crew at the height and with the delay that it got."""
    return replace(
        crew, access=crew.access.at(placed.height + offset), ready=crew.ready + placed.delay
    )


def _placed(job: Job, pieces: Sequence[Piece], before: dict[int, Placed]) -> dict[int, Placed]:
    """Every drone with pieces at its height and times; none at all where a battery does not hold.

    `before` are those of the round before, whose heights are kept where there is room.
    """
    used = list(dict.fromkeys(piece.drone for piece in pieces))
    units = []
    for index in used:
        own = [piece for piece in pieces if piece.drone == index]
        settled = before[index].height if index in before else None
        units.append(_unit(job, index, own, settled))
    found = schedule(units, job.lane_height, job.limits)
    return {} if found is None else dict(zip(used, found, strict=True))


def _unit(job: Job, index: int, own: Sequence[Piece], settled: float | None) -> Unit:
    """A drone with its pieces, to be placed."""
    drone, crew, offset = job.fleet[index], job.crews[index], job.offsets[index]
    model = crew.access.effort.model

    def flights(height: float) -> list[Flight] | None:
        access = crew.access.at(height + offset)
        flown = [
            fly(
                sortie(piece, drone, access, job.frame, job.camera, f"{drone.name} / {number}"),
                model,
                job.frame,
            )
            for number, piece in enumerate(own, 1)
        ]
        return flown if all(one.worst <= one.usable for one in flown) else None

    parts = [job.lanes.part(piece.begin, piece.end).points for piece in own]
    ways = [
        crew.access.way(place, (after - before) / np.hypot(*(after - before)), out=out)
        for part in parts
        for place, before, after, out in (
            (part[0], part[0], part[1], True),
            (part[-1], part[-2], part[-1], False),
        )
    ]
    heights = job.heights if drone.kind.wing == "rotary" else job.heights[:1]
    return Unit(space(ways, parts), flights, heights, crew.ready, crew.turnround, settled)


def _plan(
    table: _Timetable,
    survey: Survey,
    about: About,
    conditions: Conditions,
    goal: Goal,
    *,
    complete: bool,
) -> Plan:
    job, flights = table.job, table.flights
    sorties = tuple(
        flight.sortie.model_copy(update={"figures": flight.figures()}) for flight in flights
    )
    figures = {
        "makespan": table.end,
        "energy": sum(float(flight.energy[-1]) for flight in flights),
        "length": sum(flight.figures().length for flight in flights),
        "lanes": job.lanes.length,
        "sorties": float(len(flights)),
        "drones": float(len(table.placed)),
    }
    nearest = smallest(flights, conditions.limits.separation_vertical)
    if nearest is not None:
        figures["separation"] = nearest.horizontal
    return Plan(
        name=about.name,
        pattern=about.pattern,
        created=about.created,
        start=about.start,
        area=about.area.geojson() if about.area else None,
        inside_area=about.inside_area,
        wind=conditions.wind,
        temperature=conditions.temperature,
        limits=conditions.limits,
        imaging=survey.imaging,
        kinds={job.fleet[index].kind.name: job.fleet[index].kind for index in sorted(table.placed)},
        sorties=sorties,
        parameters=about.parameters | {"goal": goal},
        figures={name: round(float(value), 3) for name, value in figures.items()},
        complete=complete,
    )
