"""The timetable of a plan: what each drone does when, as data and as a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from missions.figure_file import save
from missions.plan import Plan
from missions.sorties.flight import Flight, of_plan
from missions.sorties.lanes import WORK

TRANSIT, TASK, GROUND = "#9fb4c7", "#1f6f8b", "#e8e4da"
"""Colours of the way there and back, of the task, and of the turn-round on the ground."""

DOTS = 120
"""Per inch."""


@dataclass(frozen=True)
class Bar:
    """One sortie, in seconds of the plan.

    `on_task` … `off_task` is from the beginning of its first lane, or its arrival at its station,
    to the end of the last; both are `end` where it has none. `airborne` is when it has climbed.
    """

    drone: str
    sortie: str
    start: float
    airborne: float
    on_task: float
    off_task: float
    end: float


def timetable(plan: Plan) -> list[Bar]:
    """The bars of all sorties in the order of their drones (2 before 10) and starts."""
    bars = [_bar(flight) for flight in of_plan(plan)]
    return sorted(bars, key=lambda bar: (_natural(bar.drone), bar.start))


def _natural(name: str) -> list[tuple[str, int]]:
    return [(rest, int(number or 0)) for rest, number in re.findall(r"(\D*)(\d*)", name)]


def draw(plan: Plan, path: Path) -> None:
    """Draw the timetable to a .png, .svg or .pdf file. Raises PlanningError if it cannot be."""
    save(picture(plan), path)


def picture(plan: Plan) -> Figure:
    """The timetable as a figure, drones from top to bottom, minutes from left to right."""
    bars = timetable(plan)
    drones = list(dict.fromkeys(bar.drone for bar in bars))
    size = 10, 1.4 + 0.36 * max(len(drones), 1)
    figure = Figure(figsize=size, dpi=DOTS, layout="constrained")
    axes = figure.add_subplot()
    turnrounds = {sortie.drone: plan.kinds[sortie.kind].turnround for sortie in plan.sorties}
    for row, drone in enumerate(drones):
        own = [bar for bar in bars if bar.drone == drone]
        for bar in own:
            _span(axes, row, bar.start, bar.end, TRANSIT)
            _span(axes, row, bar.on_task, bar.off_task, TASK)
        for bar in own[:-1]:
            _span(axes, row, bar.end, bar.end + turnrounds[drone], GROUND)
    axes.set_yticks(range(len(drones)), drones)
    axes.invert_yaxis()
    axes.set_xlabel("minutes")
    axes.set_title(plan.name)
    axes.margins(x=0)
    axes.grid(axis="x", alpha=0.3)
    for colour, label in ((TASK, "on task"), (TRANSIT, "transit"), (GROUND, "turn-round")):
        axes.barh(0, 0, color=colour, label=label)
    figure.legend(loc="outside lower right", ncols=3, frameon=False)
    return figure


def _span(axes: Axes, row: int, begin: float, end: float, colour: str) -> None:
    if end > begin:
        axes.barh(row, (end - begin) / 60, left=begin / 60, height=0.6, color=colour)


def _bar(flight: Flight) -> Bar:
    sortie = flight.sortie
    work = [index for index, point in enumerate(sortie.waypoints) if point.purpose in WORK]
    on_task = off_task = flight.end
    if work:
        # A lane is begun where the waypoint before it is left; a station where it is reached.
        first = work[0] - (sortie.waypoints[work[0]].purpose != "station")
        on_task = flight.when(first, first)[first != work[0]]
        off_task = flight.when(work[-1], work[-1])[1]
    return Bar(
        sortie.drone,
        sortie.name,
        flight.start,
        flight.when(0, 0)[1],
        on_task,
        off_task,
        flight.end,
    )
