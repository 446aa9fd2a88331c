"""A plan of a route: divided among drones, kept apart, and reckoned sortie by sortie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

import numpy as np
from pydantic import JsonValue

from fleet.wording import sentence
from missions.area import Area
from missions.errors import PlanningError
from missions.plan import Plan
from missions.route import Route
from missions.sorties.divide import GAIN_LEAST, PLACES, Crew, Division, Goal, Piece, divide, refine
from missions.sorties.fleet import Conditions, Drone, checked
from missions.sorties.flight import Flight, fly
from missions.sorties.prepare import Job, Survey, jobs
from missions.sorties.schedule import Course, Placed, Unit, schedule
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
        job, division = _divided(ways, goal, tell, latch)
        tell(0.6, "keeping the drones apart")
        timetable = _timetable(job, division, goal, latch)
        if timetable is not None:
            tell(1.0, "done")
            return _plan(timetable, survey, about, conditions, goal, complete=not latch.stopped)
    raise PlanningError(
        sentence(
            "planner.batteries",
            "the sorties come out above the batteries even with {margin:.0%} of them held "
            "back; fly lower or slower",
            margin=MARGINS[-1],
        )
    )


class _Latch:
    """Asks whether to stop, and remembers that it was told to."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self.stopped = False

    def __call__(self) -> bool:
        self.stopped = self.stopped or self._stop()
        return self.stopped


def _divided(ways: Sequence[Job], goal: Goal, tell: Progress, stop: Stop) -> tuple[Job, Division]:
    """The best way to fly the lanes, and its division. Raises PlanningError if there is none."""
    best: tuple[Job, Division] | None = None
    failed: PlanningError | None = None
    for number, job in enumerate(ways):
        tell(0.1 + 0.5 * number / len(ways), "dividing the lanes")
        try:
            division = divide(job.crews, goal, stop)
        except PlanningError as error:  # too far with fast transits, or in this direction
            failed = failed or error
            continue
        if best is None or division.value < best[1].value * (1 - GAIN_LEAST):
            best = job, division
        if stop():
            break
    if best is None:
        assert failed is not None, "there is at least one way"
        raise failed
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
        crew, access=crew.access.at(placed.course.height + offset), ready=crew.ready + placed.delay
    )


def _placed(job: Job, pieces: Sequence[Piece], before: dict[int, Placed]) -> dict[int, Placed]:
    """Every drone with pieces at its height and times; none at all where a battery does not hold.

    `before` are those of the round before, whose heights are kept where there is room.
    """
    used = list(dict.fromkeys(piece.drone for piece in pieces))
    units = []
    for index in used:
        own = [piece for piece in pieces if piece.drone == index]
        settled = before[index].course if index in before else None
        units.append(_unit(job, index, own, settled))
    found = schedule(units, job.lane_height, job.limits)
    return {} if found is None else dict(zip(used, found, strict=True))


def _unit(job: Job, index: int, own: Sequence[Piece], settled: Course | None) -> Unit:
    """A drone with its pieces, to be placed."""
    drone, crew, offset = job.fleet[index], job.crews[index], job.offsets[index]
    model, whole = crew.access.effort.model, job.lanes.length

    @cache
    def flights(course: Course) -> list[Flight] | None:
        access = (job.mirror[index] if course.backwards else crew.access).at(course.height + offset)
        flown = [
            fly(
                sortie(piece, drone, access, job.frame, job.camera, f"{drone.name} / {number}"),
                model,
                job.frame,
            )
            for number, piece in enumerate(_turned(own, whole) if course.backwards else own, 1)
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
    reversible = bool(job.mirror)
    return Unit(
        space(ways, parts), flights, heights, crew.ready, crew.turnround, reversible, settled
    )


def _turned(pieces: Sequence[Piece], length: float) -> list[Piece]:
    """The same pieces on the lanes flown the other way."""
    return [
        Piece(piece.drone, length - piece.end, length - piece.begin) for piece in reversed(pieces)
    ]


def _plan(
    table: _Timetable,
    survey: Survey,
    about: About,
    conditions: Conditions,
    goal: Goal,
    *,
    complete: bool,
) -> Plan:
    asked = replace(about, parameters=about.parameters | {"goal": goal})
    figures = {"makespan": table.end, "lanes": table.job.lanes.length}
    plan = as_plan(table.flights, table.job.fleet, asked, conditions, figures, complete=complete)
    return plan.model_copy(update={"imaging": survey.imaging})


def as_plan(
    flights: Sequence[Flight],
    drones: Sequence[Drone],
    about: About,
    conditions: Conditions,
    figures: dict[str, float],
    *,
    complete: bool = True,
) -> Plan:
    """The plan of some flights; `figures` are added to those that follow from the flights."""
    flown = {flight.sortie.kind for flight in flights}
    sums = {
        "energy": sum(float(flight.energy[-1]) for flight in flights),
        "length": sum(flight.figures().length for flight in flights),
        "sorties": float(len(flights)),
        "drones": float(len({flight.sortie.drone for flight in flights})),
    }
    nearest = smallest(flights, conditions.limits.separation_vertical)
    if nearest is not None:
        sums["separation"] = nearest.horizontal
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
        kinds={drone.kind.name: drone.kind for drone in drones if drone.kind.name in flown},
        sorties=tuple(
            flight.sortie.model_copy(update={"figures": flight.figures()}) for flight in flights
        ),
        parameters=about.parameters,
        figures={name: round(float(value), 3) for name, value in (figures | sums).items()},
        complete=complete,
    )
