"""The legs of a way: which of its pieces see something, and which only lead over."""

from __future__ import annotations

import numpy as np

from missions.coverage.outline import Floats, lengths
from missions.coverage.swath import Swath
from missions.route import Leg, Purpose

ALONE_LEAST = 0.003
"""Spacings²: a piece that sees less than this alone, beside the lanes, sees nothing."""

TURN_MOST = 2.5
"""Spacings: a longer way that sees nothing new is a transit."""


def as_legs(way: Floats, swath: Swath) -> tuple[Leg, ...]:
    """Legs along a way (N, 2): the lanes alone see all that the way sees, but for crumbs.

    The pieces that see least are looked at first, and what is no lane does not count for the
    others any more, so two pieces side by side are never both left out.
    """
    swath.shuffle()
    swath.lay(way)
    sizes = lengths(way)
    least = ALONE_LEAST * swath.width**2
    lane = np.ones(len(sizes), bool)
    for piece in np.argsort(sizes, kind="stable"):
        if swath.seen_only_by(way[piece], way[piece + 1]) < least:
            lane[piece] = False
            swath.take_back(way[piece], way[piece + 1])
    if not lane.any():
        lane[sizes.argmax()] = True
    legs: list[Leg] = []
    first = 0
    for piece in range(len(sizes)):
        # A lane is one straight piece; what leads over is one leg from lane to lane.
        if lane[piece] or piece + 1 == len(sizes) or lane[piece + 1]:
            points = way[first : piece + 2]
            legs.append(Leg(points.copy(), _purpose(points, swath.width, lane=bool(lane[piece]))))
            first = piece + 1
    return tuple(legs)


def _purpose(points: Floats, spacing: float, *, lane: bool) -> Purpose:
    if lane:
        return "lane"
    return "turn" if lengths(points).sum() <= TURN_MOST * spacing else "transit"
