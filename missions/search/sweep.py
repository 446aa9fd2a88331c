"""Parallel sweep (PS) and creeping line (CS) searches."""

from __future__ import annotations

import math

import numpy as np

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Route
from missions.search.drift import Drift, Way, ground_route
from missions.search.inputs import metres
from missions.search.rectangle import CORNERS, Corner, Rectangle

LANES_MOST = 1000

ROUNDING = 1e-9
"""Of a lane: a width of three spacings is three lanes, whatever the last bit says."""


def lane_count(width: float, spacing: float) -> int:
    """How many lanes sweep a width: n = ⌈width / S⌉ (IAMSAR vol. II, parallel sweep).

    Raises PlanningError for a spacing that is not above 0 or wider than the width, and for more
    lanes than LANES_MOST.
    """
    lanes = width / metres(spacing, "the track spacing")
    if lanes < 1 - ROUNDING:
        raise PlanningError(
            sentence(
                "planner.sweep.spacing",
                "a track spacing of {spacing:g} m is wider than the {width:g} m to be swept; "
                "take a smaller spacing or a track line",
                spacing=spacing,
                width=width,
            )
        )
    if lanes > LANES_MOST * (1 + ROUNDING):
        raise PlanningError(
            sentence(
                "planner.sweep.lanes",
                "{width:g} m at a track spacing of {spacing:g} m are more than {most} lanes; "
                "take a larger spacing or divide the area",
                width=width,
                spacing=spacing,
                most=LANES_MOST,
            )
        )
    return max(math.ceil(lanes - ROUNDING), 1)


def parallel_sweep(
    frame: LocalFrame,
    rectangle: Rectangle,
    spacing: float,
    *,
    corner: Corner = "rear-left",
    drift: Drift | None = None,
) -> Route:
    """Lanes along the long side of a rectangle, from one side to the other.

    For a large area that is equally likely everywhere. The commence search point is S/2 inside
    both sides of the corner; n = ⌈width / S⌉ lanes, and where n·S exceeds the width the spacing
    shrinks to width / n (IAMSAR vol. II and III, parallel sweep). IAMSAR's search areas are
    rectangles: around an area of another form (`Rectangle.around`) the lanes are not clipped, and
    may leave it; who must stay inside plans coverage. Raises PlanningError as `lane_count` does.
    """
    lanes = lane_count(rectangle.width, spacing)
    return ground_route(frame, _lanes(rectangle, corner, lanes, creeping=False), drift)


def creeping_line(
    frame: LocalFrame,
    rectangle: Rectangle,
    spacing: float,
    *,
    corner: Corner = "rear-left",
    drift: Drift | None = None,
) -> Route:
    """Lanes along the short side of a rectangle, creeping along its major axis.

    For when one end is likelier: commence at a corner of that end. The rest is as in
    `parallel_sweep`, with n = ⌈length / S⌉ (IAMSAR vol. II and III, creeping line).
    """
    lanes = lane_count(rectangle.length, spacing)
    return ground_route(frame, _lanes(rectangle, corner, lanes, creeping=True), drift)


def _lanes(rectangle: Rectangle, corner: Corner, lanes: int, *, creeping: bool) -> list[Way]:
    start = rectangle.corner(corner)
    forward, right = CORNERS[corner]
    # Both point from the corner into the rectangle.
    sides = [(-forward * rectangle.along, rectangle.length)]
    sides.append((-right * rectangle.across, rectangle.width))
    (lane, lane_side), (step, step_side) = reversed(sides) if creeping else sides
    spacing = step_side / lanes
    if lane_side <= spacing * (1 + ROUNDING):
        raise PlanningError(
            sentence(
                "planner.sweep.length",
                "lanes in a rectangle of {length:g} by {width:g} m would have no length at a "
                "track spacing of {spacing:g} m; take a smaller one",
                length=rectangle.length,
                width=rectangle.width,
                spacing=spacing,
            )
        )
    near, far = spacing / 2 * lane, (lane_side - spacing / 2) * lane
    ways: list[Way] = []
    for index in range(lanes):
        base = start + (index + 0.5) * spacing * step
        ends = np.array([base + near, base + far] if index % 2 == 0 else [base + far, base + near])
        if ways:
            ways.append((np.array([ways[-1][0][-1], ends[0]]), "turn"))
        ways.append((ends, "lane"))
    return ways
