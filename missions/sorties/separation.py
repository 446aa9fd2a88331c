"""How near sorties come to each other, over all of the time that two are in the air together.

Flights are straight and even between their points (`flight.Flight`), so the relative motion of two
is too, between the points of both: the nearest approach on each such piece is exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from missions.plan import Limits
from missions.sorties.flight import Flight

Floats = NDArray[np.float64]

MARGIN_HORIZONTAL = 1.0
MARGIN_VERTICAL = 0.2
"""Metres that planned sorties keep beyond the limits: their points are joined by straight lines."""


@dataclass(frozen=True)
class Approach:
    """The nearest that two sorties come while they are not far enough apart in height."""

    first: str
    second: str
    time: float
    horizontal: float
    vertical: float


def smallest(flights: Sequence[Flight], vertical: float) -> Approach | None:
    """The nearest that any two come while their heights differ by less than `vertical` metres.

    None if their heights never do. Flights of one drone are not compared.
    """
    least: Approach | None = None
    for first, second in combinations(flights, 2):
        if first.sortie.drone != second.sortie.drone:
            found = approach(first, second, vertical)
            if found and (least is None or found.horizontal < least.horizontal):
                least = found
    return least


def separated(first: Flight, second: Flight, limits: Limits) -> bool:
    """Whether they are apart by the limits and a margin, one way or the other, at all times.

    That holds for drones that gather speed and lose it at each end of a leg, and for drones that
    fly each leg evenly: a real one is in between.
    """
    (low, high), (other_low, other_high) = first.box, second.box
    far = limits.separation_horizontal + MARGIN_HORIZONTAL
    if (low > other_high + far).any() or (other_low > high + far).any():
        return True
    for one, other in ((first, second), (first.even(), second.even())):
        found = approach(one, other, limits.separation_vertical + MARGIN_VERTICAL)
        if found and found.horizontal < limits.separation_horizontal + MARGIN_HORIZONTAL:
            return False
    return True


def approach(first: Flight, second: Flight, vertical: float) -> Approach | None:
    """As `smallest`, of two flights."""
    begin, end = max(first.start, second.start), min(first.end, second.end)
    if begin >= end:
        return None
    both = np.concatenate([first.times, second.times])
    times = np.unique(np.concatenate([[begin, end], both[(both > begin) & (both < end)]]))
    where = [
        np.column_stack([np.interp(times, flight.times, axis) for axis in flight.places.T])
        for flight in (first, second)
    ]
    apart = where[1] - where[0]
    start, step = apart[:-1], np.diff(apart, axis=0)
    enter, leave = _within(start[:, 2], step[:, 2], vertical)
    near = enter < leave
    if not near.any():
        return None
    start, step, enter, leave = start[near], step[near], enter[near], leave[near]
    square = (step[:, :2] ** 2).sum(axis=1)
    meet = -(start[:, :2] * step[:, :2]).sum(axis=1) / np.where(square > 0, square, 1.0)
    share = np.clip(meet, enter, leave)
    nearest = start + share[:, None] * step
    horizontal = np.hypot(nearest[:, 0], nearest[:, 1])
    index = int(horizontal.argmin())
    piece = int(np.flatnonzero(near)[index])
    return Approach(
        first.sortie.name,
        second.sortie.name,
        float(times[piece] + share[index] * (times[piece + 1] - times[piece])),
        float(horizontal[index]),
        float(abs(nearest[index, 2])),
    )


def _within(start: Floats, step: Floats, limit: float) -> tuple[Floats, Floats]:
    """The shares of each piece from which and up to which |start + share·step| < limit."""
    if limit <= 0:
        return np.full(len(start), math.inf), np.full(len(start), -math.inf)
    moving = np.abs(step) > 1e-12
    safe = np.where(moving, step, 1.0)
    one, two = (-limit - start) / safe, (limit - start) / safe
    level = np.abs(start) < limit
    enter = np.where(moving, np.minimum(one, two), np.where(level, 0.0, math.inf))
    leave = np.where(moving, np.maximum(one, two), np.where(level, 1.0, -math.inf))
    return np.maximum(enter, 0.0), np.minimum(leave, 1.0)
