"""Parallel lanes for a vehicle that turns in arcs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from fleet.wording import sentence
from missions.coverage.effort import Effort
from missions.coverage.lanes import Cell, all_directions, best_lanes
from missions.coverage.order import best_tour
from missions.coverage.outline import Floats
from missions.coverage.room import Room
from missions.coverage.swath import Swath
from missions.coverage.turns import shortest_turns, turn_points
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Leg

COVERAGE = 0.995
"""Share of what can be seen from inside: without bends near the edges little more can be had."""

CLOSER = (1.0, 0.93, 0.86, 0.79, 0.72)
"""Shares of the spacing: lanes nearer to each other leave less between their slanted ends."""

TURN_COST = 1.5
"""Radii: what a turn is longer than the step from lane to lane; half of it for either lane."""

DIRECTIONS_TRIED = 4
"""Of each spacing."""

SAMPLES = 10.0
"""Across the swath."""


@dataclass(frozen=True)
class _Turned:
    """Lanes in order, and the turns between them."""

    legs: tuple[Leg, ...]
    length: float
    unseen: float


def fixed_wing_legs(
    room: Room,
    spacing: float,
    radius: float,
    frame: LocalFrame,
    *,
    turns_outside: bool,
    random: np.random.Generator,
    stop: Callable[[], bool],
    progress: Callable[[float], None],
) -> tuple[Leg, ...]:
    """Lanes inside the area from edge to edge, joined by the shortest turns of a radius (metres).

    Lanes nearer to each other than two radii are not flown one after the other where that is
    longer. Raises PlanningError if the turns leave the area and may not, or if from no direction
    COVERAGE of the area is seen.
    """
    swath = Swath(room.target, spacing, random, SAMPLES)
    cell = Cell.of(room.target, room.free)
    best: _Turned | None = None
    most = 1.0
    for number, closer in enumerate(CLOSER):
        effort = Effort(TURN_COST * radius)
        found = best_lanes(cell, all_directions(cell.seen), (None,), closer * spacing, effort)
        for lanes in found[:DIRECTIONS_TRIED]:
            turned = _turned(lanes.ends, radius, swath, stop)
            most = min(most, turned.unseen)
            enough = turned.unseen <= 1 - COVERAGE
            if enough and (best is None or turned.length < best.length):
                best = turned
            if best is not None and stop():
                break
        progress((number + 1) / len(CLOSER))
        if best is not None:
            break
    if best is None:
        raise PlanningError(
            sentence(
                "planner.wing.lanes",
                "lanes of a fixed wing see {most:.1f} % of the area at most, {wanted:g} % are "
                "wanted; narrow the spacing or take a multirotor",
                most=100 * (1 - most),
                wanted=100 * COVERAGE,
            )
        )
    if not turns_outside:
        _check_inside(best.legs, frame, room.free, radius)
    return best.legs


def _turned(lanes: Floats, radius: float, swath: Swath, stop: Callable[[], bool]) -> _Turned:
    """The lanes (N, 2, 2) in a good order."""
    ends = lanes.reshape(-1, 2)
    steps = lanes[:, 1] - lanes[:, 0]
    forward = np.arctan2(steps[:, 1], steps[:, 0])
    leaving = np.column_stack([forward + math.pi, forward]).ravel()
    costs, words, parts = shortest_turns(
        ends[:, None], leaving[:, None], ends[None], leaving[None] + math.pi, radius
    )
    entries = best_tour(costs, stop)
    legs: list[Leg] = []
    for number, entry in enumerate(entries):
        if number:
            left = entries[number - 1] ^ 1
            points = turn_points(
                ends[left], leaving[left], int(words[left, entry]), parts[left, entry], radius
            )
            # The turn ends where the lane begins, to the last bit.
            points[-1] = ends[entry]
            legs.append(Leg(points, "turn"))
        legs.append(Leg(np.stack([ends[entry], ends[entry ^ 1]]), "lane"))
    swath.shuffle()
    for leg in legs:
        if leg.purpose == "lane":
            swath.lay(leg.points)
    return _Turned(tuple(legs), sum(leg.length for leg in legs), swath.unseen)


def _check_inside(
    legs: tuple[Leg, ...], frame: LocalFrame, free: shapely.Polygon, radius: float
) -> None:
    turns = [leg for leg in legs if leg.purpose == "turn"]
    outside = [shapely.LineString(leg.points).difference(free).length for leg in turns]
    if not outside or max(outside) <= 1e-3:
        return
    worst = turns[int(np.argmax(outside))].points
    lon, lat = frame.to_geographic(worst[len(worst) // 2])
    raise PlanningError(
        sentence(
            "planner.wing.turns",
            "{turns} turns of a radius of {radius:.0f} m leave the area, one at "
            "{latitude:.5f}, {longitude:.5f}; allow turns outside, fly slower or take a "
            "multirotor",
            turns=sum(size > 0.001 for size in outside),
            radius=radius,
            latitude=lat[0],
            longitude=lon[0],
        )
    )
