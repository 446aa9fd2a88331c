"""Cutting the lanes of a route into sorties: who flies which part, in how many flights.

The lanes are cut at places of a grid, exactly best for that grid: what a sortie costs between any
two places is a matrix; the best chain of sorties of one drone is a shortest path in it; the parts
of the drones follow one another along the lanes, so the best division is another shortest path,
over (place, how many drones of each group are used). Then the cuts are moved: the same path on a
narrow, ever finer grid around each cut. Drones of one kind whose homes lie together are a group;
which of them takes which part is an assignment problem, and who of all takes which, at the end,
another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.energy import Costs
from missions.errors import PlanningError
from missions.sorties.access import Access
from missions.sorties.lanes import Lanes
from missions.sorties.paths import (
    TIE,
    best_parts,
    chained,
    cut_places,
    least_sum,
    products,
    trace,
)

Floats = NDArray[np.float64]
Goal = Literal["makespan", "energy"]
Stop = Callable[[], bool]

PLACES = 240
PLACES_FEW = 120
GROUPS_FEW = 4
"""Of the grid for the first division; the smaller one for more than a few groups of drones."""

WINDOW = 16
"""Places of the finer grid on either side of a cut."""

CUT_FINEST = 0.5
"""Metres: finer a cut is not placed."""

SLIVER = 10.0
SLIVER_WORTH = 0.02
"""Metres: a shorter piece is given to a neighbour, if the value grows by no more than this share."""

BOTTLENECK = 6
"""Power of the times whose sum is least where the greatest of them matters."""

GAIN_LEAST = 1e-3
"""Share of the value that another round on the same grid has to gain."""


@dataclass(frozen=True)
class Piece:
    """One sortie: which drone flies the lanes from `begin` to `end` (positions)."""

    drone: int
    begin: float
    end: float


@dataclass(frozen=True)
class Crew:
    """One drone in the division: its access to the lanes, and what its sorties must respect.

    `turnround` seconds between two sorties, `ready` when the first may start, `tail` how long
    before the others it has to be back. `group`: drones of one group are alike.
    """

    access: Access
    turnround: float
    group: int
    ready: float = 0.0
    tail: float = 0.0


@dataclass(frozen=True)
class Division:
    """Pieces in the order of the lanes, and what was minimised: seconds or watt-hours."""

    pieces: tuple[Piece, ...]
    value: float


def divide(crews: Sequence[Crew], goal: Goal, stop: Stop) -> Division:
    """The best division of all lanes. Raises PlanningError where no drone can do a part of them.

    `stop` ends it early with the best so far.
    """
    lanes = crews[0].access.effort.lanes
    many = len({crew.group for crew in crews}) > GROUPS_FEW
    places = _grid(lanes, PLACES_FEW if many else PLACES)
    step = lanes.length / (PLACES_FEW if many else PLACES)
    if goal == "energy":
        return refine(_by_energy(crews, places), crews, goal, step, stop)
    best = refine(_by_time(crews, places), crews, goal, step, stop)
    while len(crews) > 1 and np.isfinite(best.value) and not stop():
        other = refine(_exchanged(best.pieces, crews), crews, goal, step, stop)
        if other.value >= best.value * (1 - GAIN_LEAST):
            break
        best = other
    return best


def refine(
    pieces: Sequence[Piece], crews: Sequence[Crew], goal: Goal, step: float, stop: Stop
) -> Division:
    """The same drones in the same order with better cuts; `step` is that of the grid before."""
    best = _moved(pieces, crews, goal, 0.0)
    while step > CUT_FINEST and not stop():
        better = _moved(best.pieces, crews, goal, step)
        worth = better.value < best.value * (1 - GAIN_LEAST)
        if better.value < best.value:
            best = better
        if not worth:
            step /= 4
    return _without_slivers(best, crews, goal)


def _without_slivers(division: Division, crews: Sequence[Crew], goal: Goal) -> Division:
    """Leave no piece that is not worth a flight: a neighbour flies it too, if its battery allows."""
    for index, piece in enumerate(division.pieces):
        if piece.end - piece.begin < SLIVER and len(division.pieces) > 1:
            rest = list(division.pieces)
            del rest[index]
            beside = min(index, len(rest) - 1)
            neighbour = rest[beside]
            begin, end = min(piece.begin, neighbour.begin), max(piece.end, neighbour.end)
            rest[beside] = Piece(neighbour.drone, begin, end)
            without = _moved(rest, crews, goal, 0.0)
            if without.value <= division.value * (1 + SLIVER_WORTH):
                return _without_slivers(without, crews, goal)
    return division


def _grid(lanes: Lanes, count: int) -> Floats:
    """Places along the lanes, even, and as many of the joints as fit."""
    joints = lanes.joints
    some = joints[:: max(len(joints) // count, 1)]
    even = lanes.snapped(np.linspace(0, lanes.length, count))
    return np.unique(np.concatenate([even, some, joints[-1:]]))


def _by_time(crews: Sequence[Crew], places: Floats) -> list[Piece]:
    """The division with the least makespan on the grid."""
    groups = _groups(crews)
    costs = [_group_costs([crews[i] for i in group], places) for group in groups]
    _check_reach(crews, places, costs)
    chains = [
        chained(cost.duration, crews[group[0]].turnround)
        for cost, group in zip(costs, groups, strict=True)
    ]
    shared = best_parts([times for times, _ in chains], [len(group) for group in groups])
    if shared is None:
        raise PlanningError(
            sentence(
                "planner.share",
                "the lanes cannot be shared out in one piece for each of {drones} drones: some "
                "of them are within reach of too few; add drones, or homes nearer to them",
                drones=len(crews),
            )
        )
    found: list[Piece] = []
    for index, group in enumerate(groups):
        own = [cut_places(chains[index][1], a, b) for which, a, b in shared if which == index]
        found += _assigned([places[cuts] for cuts in own], group, crews)
    return sorted(found, key=lambda piece: piece.begin)


def _by_energy(crews: Sequence[Crew], places: Floats) -> list[Piece]:
    """The division with the least energy on the grid; each sortie by whom it costs least."""
    groups = _groups(crews)
    costs = [_group_costs([crews[i] for i in group], places) for group in groups]
    _check_reach(crews, places, costs)
    energies = np.stack([cost.energy for cost in costs])
    total, before = chained(energies.min(axis=0), 0.0)
    if not np.isfinite(total[0, -1]):
        raise PlanningError(
            sentence(
                "planner.cut",
                "the lanes cannot be cut into sorties within the batteries",
            )
        )
    cuts = cut_places(before, 0, len(places) - 1)
    free = np.array([crew.ready for crew in crews])
    found = []
    for a, b in pairwise(cuts):
        group = groups[int(energies[:, a, b].argmin())]
        drone = min(group, key=lambda one: (free[one], one))
        found.append(Piece(drone, float(places[a]), float(places[b])))
        spent = crews[drone].access.sorties(places[a : a + 1], places[b : b + 1])
        free[drone] += float(spent.duration[0, 0]) + crews[drone].turnround
    return found


def _groups(crews: Sequence[Crew]) -> list[list[int]]:
    names = sorted({crew.group for crew in crews})
    return [[i for i, crew in enumerate(crews) if crew.group == name] for name in names]


def _group_costs(members: Sequence[Crew], places: Floats) -> Costs:
    """What a sortie costs any of a group: the most of all of them."""
    all_costs = [crew.access.sorties(places, places) for crew in members]
    return Costs(
        np.maximum.reduce([cost.duration for cost in all_costs]),
        np.maximum.reduce([cost.energy for cost in all_costs]),
    )


def _check_reach(crews: Sequence[Crew], places: Floats, costs: Sequence[Costs]) -> None:
    """Raises PlanningError if there is a place that no group can fly to and come back from."""
    steps = np.arange(len(places) - 1)
    reached = np.any([np.isfinite(cost.energy[steps, steps + 1]) for cost in costs], axis=0)
    if reached.all():
        return
    step = int(np.flatnonzero(~reached)[0])
    access = crews[0].access
    (place,) = access.effort.lanes.places(*access.effort.lanes.begin(places[step : step + 1]))
    needs = [
        (crew.access.needed(places[step], places[step + 1]) / crew.access.usable, crew)
        for crew in crews
    ]
    share, nearest = min(needs, key=lambda need: need[0])
    raise PlanningError(
        sentence(
            "planner.reach",
            "no drone can reach the lanes {distance:.0f} m from its home and come back: "
            "{kind} would need {needed:.0f} of {usable:.0f} Wh that it may use; start "
            "nearer, or take a drone of longer range",
            distance=np.hypot(*place - nearest.access.home),
            kind=nearest.access.effort.model.kind.name,
            needed=share * nearest.access.usable,
            usable=nearest.access.usable,
        )
    )


def _assigned(parts: Sequence[Floats], group: Sequence[int], crews: Sequence[Crew]) -> list[Piece]:
    """Each part (its cuts) to one drone of the group, so that together they fly least."""
    if not parts:
        return []
    times = _part_times(parts, [crews[one] for one in group])
    return [
        Piece(group[member], float(a), float(b))
        for member, part in _matched(times)
        for a, b in pairwise(parts[part])
    ]


def _exchanged(pieces: Sequence[Piece], crews: Sequence[Crew]) -> list[Piece]:
    """The same parts, each to the drone that brings the latest of all home soonest, about."""
    shares = [list(run) for _, run in groupby(pieces, lambda piece: piece.drone)]
    parts = [np.array([share[0].begin, *(piece.end for piece in share)]) for share in shares]
    slots = np.array([crew.ready + crew.tail for crew in crews])
    times = _part_times(parts, crews) + slots[:, None]
    drones = {part: drone for drone, part in _matched((times / times.min()) ** BOTTLENECK)}
    return [
        Piece(drones[index], piece.begin, piece.end)
        for index, share in enumerate(shares)
        for piece in share
    ]


def _part_times(parts: Sequence[Floats], crews: Sequence[Crew]) -> Floats:
    """(crews, parts) seconds of each part, by its cuts, for each drone; infinite: it cannot."""
    times = np.empty((len(crews), len(parts)))
    for column, cuts in enumerate(parts):
        for row, crew in enumerate(crews):
            single = crew.access.sorties(cuts[:-1], cuts[1:]).duration
            times[row, column] = np.trace(single) + crew.turnround * (len(cuts) - 2)
    return times


def _matched(costs: Floats) -> list[tuple[int, int]]:
    """(row, column) of each column with a row of its own, for the least sum."""
    from scipy.optimize import linear_sum_assignment  # half a second that few commands need

    rows, columns = linear_sum_assignment(costs)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _moved(pieces: Sequence[Piece], crews: Sequence[Crew], goal: Goal, step: float) -> Division:
    """The best cuts within a window of `step` on both sides of those of `pieces`.

    A step of 0 leaves them and tells their value, infinite if they cannot be flown.
    """
    lanes = crews[0].access.effort.lanes
    windows = [np.array([pieces[0].begin])]
    for piece in pieces[:-1]:
        fine = piece.end + np.linspace(-2 * step, 2 * step, 2 * WINDOW + 1)
        near = lanes.joints[np.abs(lanes.joints - piece.end) <= 2 * step][: 2 * WINDOW]
        window = np.concatenate([lanes.snapped(fine), near]) if step else np.array([piece.end])
        windows.append(np.unique(window[(window > 0) & (window < lanes.length)]))
    windows.append(np.array([pieces[-1].end]))
    costs = [
        crews[piece.drone].access.sorties(windows[i], windows[i + 1])
        for i, piece in enumerate(pieces)
    ]
    if goal == "energy":
        chosen, value = least_sum([cost.energy for cost in costs])
    else:
        chosen, value = _least_most([cost.duration for cost in costs], pieces, crews)
    cuts = [float(windows[i][index]) for i, index in enumerate(chosen)]
    moved = tuple(Piece(piece.drone, cuts[i], cuts[i + 1]) for i, piece in enumerate(pieces))
    return Division(moved, value)


def _least_most(
    costs: Sequence[Floats], pieces: Sequence[Piece], crews: Sequence[Crew]
) -> tuple[list[int], float]:
    """The indices of the cuts with the least makespan, and that."""
    runs = [list(run) for _, run in groupby(range(len(pieces)), lambda i: pieces[i].drone)]
    most, total = np.zeros(1), np.zeros(1)
    choices = []
    for run in runs:
        crew = crews[pieces[run[0]].drone]
        times, backs = products([costs[i] for i in run], crew.turnround)
        ends = np.maximum(most[:, None], times + crew.ready + crew.tail)
        sums = total[:, None] + times
        begins = (ends + TIE * sums).argmin(axis=0)
        columns = np.arange(len(begins))
        most, total = ends[begins, columns], sums[begins, columns]
        choices.append((begins, backs))
    indices = [0]  # the last window has one place
    for begins, backs in reversed(choices):
        first = int(begins[indices[0]])
        indices = [*trace(backs, first, indices[0])[:-1], *indices]
    return indices, float(most[0])
