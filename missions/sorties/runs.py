"""How a fixed wing comes onto a lane: along it, by corners that it can round.

A corner of θ between two legs is rounded by an arc of the radius r if r·tan(θ/2) fits into half of
each of them. Legs of `REACH`·r between the corners let it turn by a little over 90° at each; two
corners bring it onto the lane from any side.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REACH = 2.2
"""Radii between two corners."""

SCALES = (1.0, 1.5, 2.5, 4.0)
"""Of both legs: the nearer home is to the lane, the farther it goes round."""

STRAIGHT_ON = np.radians(20)
"""A smaller corner may lie at the beginning of the lane itself."""


def run_in(home: Floats, place: Floats, heading: Floats, radius: float) -> Floats:
    """(N, 2) points from home to a place that is then passed on a heading (a unit vector)."""
    if _turn(place - home, heading) <= STRAIGHT_ON:
        return np.stack([home, place])
    across = np.array([-heading[1], heading[0]])
    best, least = np.stack([home, place]), -math.inf
    for scale in SCALES:
        before = place - scale * REACH * radius * heading
        beside = [before + side * scale * REACH * radius * across for side in (1.0, -1.0)]
        ways = [np.stack([home, before, place])]
        ways += [np.stack([home, corner, before, place]) for corner in beside]
        room = [_room(way, radius) for way in ways]
        fitting = [way for way, rest in zip(ways, room, strict=True) if rest >= 0]
        if fitting:
            return min(fitting, key=lambda way: float(np.hypot(*np.diff(way, axis=0).T).sum()))
        if max(room) > least:
            best, least = ways[int(np.argmax(room))], max(room)
    return best


def run_out(place: Floats, heading: Floats, home: Floats, radius: float) -> Floats:
    """(N, 2) points from a place that is passed on a heading to home: a run in, backwards."""
    return run_in(home, place, -heading, radius)[::-1]


def _turn(first: Floats, second: Floats) -> float:
    """The angle between two directions in radians; none from or to a direction of no length."""
    lengths = float(np.hypot(*first) * np.hypot(*second))
    if lengths == 0:
        return 0.0
    return float(np.arccos(np.clip(first @ second / lengths, -1, 1)))


def _room(way: Floats, radius: float) -> float:
    """What is left of half a leg beside the arc at a way's corners, where it is least."""
    steps = np.diff(way, axis=0)
    room = math.inf
    for before, after in pairwise(steps):
        half = min(math.hypot(*before), math.hypot(*after)) / 2
        room = min(room, half - radius * math.tan(_turn(before, after) / 2))
    return room
