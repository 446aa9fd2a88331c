"""Which transit height each drone takes and when each of its sorties starts.

Drones are placed one after the other. Each takes the first layer that keeps it apart from those
before it in space (`strata`), or else the one that lets it be back soonest, and starts as soon as
`separation` holds against all flights before it. Where one would have to wait it flies its part
the other way round, if that helps, or is placed before the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from missions.plan import Limits
from missions.sorties.flight import Flight
from missions.sorties.separation import separated
from missions.sorties.strata import Space, apart

DELAYS = (*range(0, 60, 3), *range(60, 300, 10), *range(300, 1800, 30))
"""Seconds that a start is put off to find room; after that it waits until all others are down."""


DELAY_SMALL = 5.0
"""Seconds that are not worth looking any further for."""

ORDERS_MOST = 5
"""How often the drones are placed anew, those that had to wait before the others."""


@dataclass(frozen=True)
class Course:
    """How a drone flies its part of the lanes: at which transit height, and which way round."""

    height: float
    backwards: bool = False


@dataclass(frozen=True)
class Unit:
    """A drone to be placed.

    `flights` gives its sorties for a course, each starting at 0, or None where the battery does
    not allow it. `heights` are in order of preference; `settled` is a course to keep where there
    is room.
    """

    space: Space
    flights: Callable[[Course], list[Flight] | None]
    heights: Sequence[float]
    ready: float
    turnround: float
    reversible: bool = True
    settled: Course | None = None


@dataclass(frozen=True)
class Placed:
    """A drone's course, its sorties at their times, and how long it was put off in all."""

    course: Course
    flights: tuple[Flight, ...]
    delay: float

    @property
    def end(self) -> float:
        return self.flights[-1].end


def schedule(units: Sequence[Unit], lane: float, limits: Limits) -> list[Placed] | None:
    """Place all units; `lane` is the height of the lanes.

    None where the battery of one allows no height.
    """
    order = list(range(len(units)))
    best: list[Placed] | None = None
    for _ in range(ORDERS_MOST):
        found = _in_order(units, order, lane, limits)
        if found is None:
            return best
        if best is None or max(one.end for one in found) < max(one.end for one in best):
            best = found
        late = [index for index in order if found[index].delay > DELAY_SMALL]
        if not late or order[: len(late)] == late:
            break
        order = late + [index for index in order if index not in late]
    return best


def _in_order(
    units: Sequence[Unit], order: Sequence[int], lane: float, limits: Limits
) -> list[Placed] | None:
    """Place the units one after the other."""
    placed: dict[int, Placed] = {}
    for index in order:
        unit = units[index]
        others = [flight for one in placed.values() for flight in one.flights]
        fitting = [
            height
            for height in unit.heights
            if all(
                apart(unit.space, height, units[other].space, done.course.height, lane, limits)
                for other, done in placed.items()
            )
        ]
        courses = [Course(height) for height in [*fitting, *unit.heights]]
        if unit.settled is not None and unit.settled.height in fitting:
            courses.insert(0, unit.settled)
        turned = [Course(one.height, not one.backwards) for one in courses if unit.reversible]
        found = _best(unit, [*courses, *turned], others, limits)
        if found is None:
            return None
        placed[index] = found
    return [placed[index] for index in range(len(units))]


def _best(
    unit: Unit, courses: Sequence[Course], others: Sequence[Flight], limits: Limits
) -> Placed | None:
    """The first course with hardly any delay, or else that back soonest; None: no battery for any."""
    best: Placed | None = None
    for course in dict.fromkeys(courses):
        own = unit.flights(course)
        if own is None:
            continue
        found = _placed(unit, course, own, others, limits, best.end if best else math.inf)
        best = found or best
        if found and found.delay <= DELAY_SMALL:
            break
    return best


def _placed(
    unit: Unit,
    course: Course,
    own: Sequence[Flight],
    others: Sequence[Flight],
    limits: Limits,
    before: float,
) -> Placed | None:
    """The sorties on a course, each as soon as it has room; None if not back `before` a time."""
    time, delay, flights = unit.ready, 0.0, []
    for flight in own:
        found = _first_free(flight, time, others, limits, before)
        if found is None:
            return None
        flights.append(found)
        delay += found.start - time
        time = found.end + unit.turnround
    return Placed(course, tuple(flights), delay)


def _first_free(
    flight: Flight, time: float, others: Sequence[Flight], limits: Limits, before: float
) -> Flight | None:
    """The flight at the first delay at which it keeps apart from all others.

    None if it would not be back `before` a time.
    """
    # Whoever was in the way is asked first the next time: it mostly still is.
    asked = list(others)
    for delay in DELAYS:
        moved = flight.delayed(time + delay)
        if moved.end >= before:
            return None
        for index, other in enumerate(asked):
            if not separated(moved, other, limits):
                asked.insert(0, asked.pop(index))
                break
        else:
            return moved
    last = flight.delayed(max(time, *(other.end for other in others)))
    return last if last.end < before else None
