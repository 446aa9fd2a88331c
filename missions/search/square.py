"""Expanding square search (SS)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Route
from missions.search.drift import Drift, Way, ground_route, unit
from missions.search.inputs import Turn, metres, point, side, turned
from missions.wind import CALM, Wind

LEGS_MOST = 400
"""Legs of one pattern: enough for a square of 200 track spacings."""

REPEAT_TURN = 45.0
"""Degrees by which a repeated expanding square is turned (IAMSAR vol. II, search patterns)."""


def expanding_square(
    frame: LocalFrame,
    spacing: float,
    legs: int,
    *,
    datum: ArrayLike = (0.0, 0.0),
    wind: Wind = CALM,
    heading: float | None = None,
    turn: Turn = "starboard",
    repeat: int = 0,
    drift: Drift | None = None,
) -> Route:
    """Legs of S, S, 2S, 2S, 3S, 3S … with a turn of 90° after each, from the datum outwards.

    For when the place is known within close limits. The commence search point is the datum (east,
    north in metres), the first leg goes into the `wind` unless `heading` says otherwise, and a
    repeated search is turned by 45° (IAMSAR vol. II and III, expanding square). 2m legs measure
    S·m·(m+1). Raises PlanningError for a spacing that is not above 0 and for legs not in
    1 … LEGS_MOST.
    """
    spacing = metres(spacing, "the track spacing")
    if not 1 <= legs <= LEGS_MOST:
        raise PlanningError(
            sentence(
                "planner.square.legs",
                "an expanding square has 1 to {most} legs, not {legs}",
                most=LEGS_MOST,
                legs=legs,
            )
        )
    course = turned(wind.from_direction if heading is None else heading, REPEAT_TURN, repeat)
    corner = point(datum)
    ways: list[Way] = []
    for leg in range(legs):
        end = corner + spacing * (leg // 2 + 1) * unit(course)
        ways.append((np.array([corner, end]), "lane"))
        corner, course = end, course + 90 * side(turn)
    return ground_route(frame, ways, drift)
