"""Transit heights that keep drones apart wherever they are, whatever their timing.

The transits of two drones at less than the vertical separation of each other must not come nearer
than the horizontal separation in plan; the same for a transit and the lanes of another drone, and
for a transit and the places where another goes up and down between its lanes and its transits.
The parts of the lanes themselves lie side by side at one height and are kept apart by time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from missions.plan import Limits

Floats = NDArray[np.float64]

SPARE = 0.5
"""Metres between layers beyond the vertical separation."""


@dataclass(frozen=True)
class Space:
    """Where a drone flies, in plan: its transits, its lanes, and where it changes between them."""

    transits: shapely.MultiLineString
    lanes: shapely.MultiLineString
    ends: shapely.MultiPoint


def space(ways: Sequence[Floats], parts: Sequence[Floats]) -> Space:
    """Of the ways (N, 2) of a drone's transits and the parts (N, 2) of the lanes that it flies."""
    return Space(
        shapely.MultiLineString([way for way in ways if _length(way) > 0]),
        shapely.MultiLineString(list(parts)),
        shapely.MultiPoint([part[end] for part in parts for end in (0, -1)]),
    )


def layers(lowest: float, highest: float, limits: Limits) -> list[float]:
    """Heights for transits, those next to the lanes' (`lowest` … `highest`) first."""
    step = limits.separation_vertical + SPARE
    count = int(max(limits.height_most, 1) // step) + 1
    above = [highest + step * n for n in range(1, count)]
    below = [lowest - step * n for n in range(1, count)]
    found = [height for height in above if height <= limits.height_most]
    if highest - lowest < SPARE:  # over hills, lower is nearer to the ground than we know
        found += [height for height in below if height >= limits.clearance_least]
    return [highest, *sorted(found, key=lambda height: abs(height - highest))]


def apart(
    first: Space,
    first_height: float,
    second: Space,
    second_height: float,
    lane: float,
    limits: Limits,
) -> bool:
    """Whether two drones with these transit heights keep apart; `lane` is the lanes' height."""
    near = limits.separation_vertical

    def clear(one: shapely.MultiLineString, other: BaseGeometry) -> bool:
        if one.is_empty or other.is_empty:
            return True
        return bool(shapely.distance(one, other) >= limits.separation_horizontal)

    if abs(first_height - second_height) < near and not clear(first.transits, second.transits):
        return False
    for own, height, its, its_height in (
        (first, first_height, second, second_height),
        (second, second_height, first, first_height),
    ):
        if abs(height - lane) < near and not clear(own.transits, its.lanes):
            return False
        low, high = min(its_height, lane), max(its_height, lane)
        if low - near < height < high + near and not clear(own.transits, its.ends):
            return False
    return True


def _length(way: Floats) -> float:
    return float(np.hypot(*np.diff(way, axis=0).T).sum())
