"""Dividing a line among drones so that each point of it is seen again in time."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from fleet.wording import sentence
from missions.errors import PlanningError

SECTIONS_MOST = 200


def sections(length: float, speed: float, revisit: float, turn: float) -> int:
    """How many drones must be over the line at once.

    A drone that flies a section to and fro is back at its end after 2·l/v + 2·turn seconds, the
    longest that any point of the section waits; so l ≤ v·(revisit − 2·turn)/2. Raises
    PlanningError if the turns alone take longer, or more than SECTIONS_MOST are wanted.
    """
    if revisit <= 2 * turn:
        raise PlanningError(
            sentence(
                "planner.border.revisit",
                "a revisit time of {revisit:g} s is shorter than two turns ({turns:.0f} s); "
                "give more time",
                revisit=revisit,
                turns=2 * turn,
            )
        )
    count = max(1, math.ceil(2 * length / (speed * (revisit - 2 * turn)) - 1e-9))
    if count > SECTIONS_MOST:
        raise PlanningError(
            sentence(
                "planner.border.revisit.drones",
                "a revisit time of {revisit:g} s over {length:.1f} km takes {count} drones in "
                "the air at {speed:g} m/s; give more time or a shorter line",
                revisit=revisit,
                length=length / 1000,
                count=count,
                speed=speed,
            )
        )
    return count


def divide(way: shapely.LineString, count: int) -> list[NDArray[np.float64]]:
    """`count` pieces of the same length, each (N, 2) points."""
    ends = np.linspace(0, way.length, count + 1)
    return [shapely.get_coordinates(substring(way, start, end)) for start, end in pairwise(ends)]
