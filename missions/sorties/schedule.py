"""Which transit height each drone takes and when each of its sorties starts.

Drones are placed one after the other. Each takes the first layer that keeps it apart from those
before it in space (`strata`), or else the one that lets it be back soonest, and starts as soon as
`separation` holds against all flights before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from missions.plan import Limits
from missions.sorties.flight import Flight
from missions.sorties.separation import separated
from missions.sorties.strata import Space, apart

DELAYS = (*range(0, 60, 3), *range(60, 300, 10), *range(300, 1800, 30))
"""Seconds that a start is put off to find room; after that it waits until all others are down."""


@dataclass(frozen=True)
class Unit:
    """A drone to be placed.

    `flights` gives its sorties for a transit height, each starting at 0, or None where the battery
    does not allow that height. `heights` are in order of preference; `settled` is one to keep
    where there is room.
    """

    space: Space
    flights: Callable[[float], list[Flight] | None]
    heights: Sequence[float]
    ready: float
    turnround: float
    settled: float | None = None


@dataclass(frozen=True)
class Placed:
    """A drone's transit height, its sorties at their times, and how long it was put off in all."""

    height: float
    flights: tuple[Flight, ...]
    delay: float


def schedule(units: Sequence[Unit], lane: float, limits: Limits) -> list[Placed] | None:
    """Place all units; `lane` is the height of the lanes.

    None where the battery of one allows no height.
    """
    placed: list[Placed] = []
    for index, unit in enumerate(units):
        others = [flight for one in placed for flight in one.flights]
        before = list(zip(units[:index], placed, strict=True))
        fitting = [
            height
            for height in unit.heights
            if all(
                apart(unit.space, height, one.space, done.height, lane, limits)
                for one, done in before
            )
        ]
        if unit.settled in fitting:
            fitting.insert(0, unit.settled)
        found = _best(unit, [*fitting, *unit.heights], others, limits)
        if found is None:
            return None
        placed.append(found)
    return placed


def _best(
    unit: Unit, heights: Sequence[float], others: Sequence[Flight], limits: Limits
) -> Placed | None:
    """The first height without any delay, or else the one with the least; None: no battery."""
    best: Placed | None = None
    for height in dict.fromkeys(heights):
        own = unit.flights(height)
        if own is None:
            continue
        found = _placed(unit, height, own, others, limits)
        if best is None or found.delay < best.delay:
            best = found
        if not found.delay:
            break
    return best


def _placed(
    unit: Unit,
    height: float,
    own: Sequence[Flight],
    others: Sequence[Flight],
    limits: Limits,
) -> Placed:
    time, delay, flights = unit.ready, 0.0, []
    for flight in own:
        flight_at, waited = _first_free(flight, time, others, limits)
        flights.append(flight_at)
        delay += waited
        time = flight_at.end + unit.turnround
    return Placed(height, tuple(flights), delay)


def _first_free(
    flight: Flight, time: float, others: Sequence[Flight], limits: Limits
) -> tuple[Flight, float]:
    for delay in DELAYS:
        moved = flight.delayed(time + delay)
        if all(separated(moved, other, limits) for other in others):
            return moved, float(delay)
    last = max(other.end for other in others)
    return flight.delayed(max(last, time)), max(last - time, 0.0)
