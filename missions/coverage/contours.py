"""Rounds along the edges, each a spacing inside the last, made into one way.

Two neighbouring rounds become one where they run side by side: both are opened over the length of a
piece, and two short joints between the open ends lead over and back. As the pieces left out are as
long as the joints, that costs nothing. All rounds of an area form a tree in this way, and the tree
is walked around once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from missions.coverage.outline import Floats, lengths, polygons, rings
from missions.coverage.ways import InsideWays

SIMPLER = (0.02, 0.0005)
"""Of the spacing: how far a round may be from the true one, to have fewer corners. Rounds along the
very edge of the free area are drawn more exactly."""

JOINT_MOST = 2.5
"""Spacings: how long a joint between two rounds may be."""

CLOSE = 12
"""Pieces of other rounds that are looked at from each piece."""

MITRE = 3.0


def rounds(target: BaseGeometry, free: shapely.Polygon, spacing: float) -> list[Floats]:
    """The rings (N, 2) half a spacing inside the target, one and a half, and so on."""
    shapely.prepare(free)
    room = free.buffer(-2 * SIMPLER[-1] * spacing)
    found: list[Floats] = []
    depth = spacing / 2
    while True:
        inner = target.buffer(-depth, join_style="mitre", mitre_limit=MITRE)
        parts = polygons(inner.intersection(room))
        if not parts:
            return found
        for part in parts:
            for share in SIMPLER:
                simple = part.simplify(share * spacing)
                if free.contains_properly(simple):
                    found += rings(simple)
                    break
        depth += spacing


def spiral(loops: list[Floats], ways: InsideWays, spacing: float) -> Floats | None:
    """One way (N, 2) along all loops; None if they do not lie side by side everywhere."""
    if not loops:
        return None
    pieces = [_pieces(loop, spacing) for loop in loops]
    joints = _tree(pieces, ways, spacing)
    if len(joints) < len(loops) - 1:
        return None
    by_loop: list[dict[int, _Joint]] = [{} for _ in pieces]
    for joint in joints:
        by_loop[joint.loop][joint.piece] = joint
        by_loop[joint.other][joint.met] = joint.seen_from_other()
    way = _walk(pieces, by_loop)
    sizes = lengths(np.vstack([way, way[:1]]))
    # Opened where the piece left out is longest.
    return np.roll(way, -(int(sizes.argmax()) + 1), axis=0)


@dataclass(frozen=True)
class _Joint:
    """Piece `piece` of `loop` is open, and `met` of `other`; `same` if they run the same way."""

    loop: int
    piece: int
    other: int
    met: int
    same: bool

    def seen_from_other(self) -> _Joint:
        return _Joint(self.other, self.met, self.loop, self.piece, self.same)


@dataclass
class _Round:
    """A loop being walked: from which point, in which direction, and where it is by now."""

    loop: int
    first: int
    forward: bool
    steps: int = 0


def _pieces(loop: Floats, spacing: float) -> Floats:
    """The loop with points so near that a piece is at most a spacing long."""
    ends = np.roll(loop, -1, axis=0)
    counts = np.ceil(np.hypot(*(ends - loop).T) / (0.98 * spacing)).astype(int)
    parts = [
        start + (end - start) * (np.arange(count) / count)[:, None]
        for start, end, count in zip(loop, ends, np.maximum(counts, 1), strict=True)
    ]
    return np.concatenate(parts)


def _tree(pieces: list[Floats], ways: InsideWays, spacing: float) -> list[_Joint]:
    """The cheapest joints that make one way of all loops (Kruskal)."""
    starts = np.concatenate(pieces)
    ends = np.concatenate([np.roll(loop, -1, axis=0) for loop in pieces])
    loop = np.repeat(np.arange(len(pieces)), [len(points) for points in pieces])
    piece = np.concatenate([np.arange(len(points)) for points in pieces])
    middles = (starts + ends) / 2
    first, second = _neighbours(middles, loop, spacing)
    found: list[NDArray[np.float64]] = []
    for same in (False, True):
        a, b = starts[first], ends[first]
        c, d = (starts[second], ends[second]) if same else (ends[second], starts[second])
        cost = (
            np.hypot(*(a - c).T)
            + np.hypot(*(b - d).T)
            - np.hypot(*(a - b).T)
            - np.hypot(*(c - d).T)
        )
        inside = ways.sees(a, c) & ways.sees(b, d)
        found.append(np.where(inside, cost, np.inf))
    cost = np.concatenate(found)
    root = list(range(len(pieces)))

    def top(number: int) -> int:
        while root[number] != number:
            number = root[number]
        return number

    used: set[int] = set()
    joints: list[_Joint] = []
    for index in np.argsort(cost, kind="stable"):
        if len(joints) == len(pieces) - 1 or not math.isfinite(cost[index]):
            break
        one, two = int(first[index % len(first)]), int(second[index % len(first)])
        if one in used or two in used or top(loop[one]) == top(loop[two]):
            continue
        root[top(loop[one])] = top(loop[two])
        used |= {one, two}
        joints.append(
            _Joint(
                int(loop[one]),
                int(piece[one]),
                int(loop[two]),
                int(piece[two]),
                bool(index >= len(first)),
            )
        )
    return joints


def _neighbours(
    middles: Floats, loop: NDArray[np.int64], spacing: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of pieces of different loops that lie near each other."""
    count = min(CLOSE, len(middles))
    far, near = cKDTree(middles).query(
        middles, k=[*range(1, count + 1)], distance_upper_bound=JOINT_MOST * spacing
    )
    first = np.repeat(np.arange(len(middles)), count)
    second = np.reshape(near, -1)
    found = np.isfinite(np.reshape(far, -1))
    first, second = first[found], second[found]
    different = (first < second) & (loop[first] != loop[second])
    return first[different], second[different]


def _walk(pieces: list[Floats], joints: list[dict[int, _Joint]]) -> Floats:
    """The points along all loops, going over to another at each joint and back after it."""
    way: list[Floats] = []
    stack = [_Round(0, 0, forward=True)]
    while stack:
        here = stack[-1]
        points, count = pieces[here.loop], len(pieces[here.loop])
        sign = 1 if here.forward else -1
        at = (here.first + sign * here.steps) % count
        way.append(points[at])
        here.steps += 1
        # A round within another ends at the far end of the piece at which it was entered.
        over = joints[here.loop].get(at if here.forward else (at - 1) % count)
        if over is not None and here.steps < count + (len(stack) == 1):
            stack.append(_entered(over, here, len(pieces[over.other])))
            continue
        while stack and stack[-1].steps >= len(pieces[stack[-1].loop]):
            stack.pop()
    return np.array(way)


def _entered(joint: _Joint, here: _Round, count: int) -> _Round:
    """The other loop of a joint, from the point that the joint leads to, away from its piece."""
    # Walked forward, the near end of a piece is its start; the ends that meet are opposite ones
    # unless the pieces run the same way.
    at_start = here.forward == joint.same
    first = joint.met if at_start else (joint.met + 1) % count
    return _Round(joint.other, first, forward=not at_start)
