"""What may stand instead of one or two corners of a way, or between two of them.

A corner slides along the pieces that meet there, is cut off, dropped, moved a little, or drawn to a
gap nearby. The ends of a short piece move together, or become one. A lane moves to the side. Into a
short piece a corner is put that leads to a gap.

Every change moves corners by sums of a few directions, each with a fixed weight: so all changes of
a place are one small product of matrices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from missions.coverage.outline import Floats, Indices

Point = tuple[float, float]

SLIDES = (-0.3, -0.12, -0.04, 0.04, 0.12, 0.3)
PAIRED = (-0.25, -0.08, 0.0, 0.08, 0.25)
ASIDE = (-0.15, -0.05, 0.05, 0.15)
MOVES = (0.06, 0.2) * 4
"""Spacings, scaled down from sweep to sweep; the moves go to eight sides."""

CORNER_CUTS = (0.1, 0.25, 0.45)
"""Spacings."""

TO_MIDDLE = (0.15, 0.4, 0.8)
TO_GAP = (0.3, 0.6, 0.9)
INTO_GAP = (0.5, 0.75, 1.0)
"""Of the way there."""

_BEFORE, _AFTER, _FAR_BEFORE, _FAR_AFTER, _MIDDLE, _GAP, _EAST, _NORTH = range(8)
"""Directions at a corner: to the neighbours (scaled, and not), between them, to the gap."""

_ACROSS, _OUT, _BACK, _ALONG, _ASTRAY = range(5)
"""Directions at a piece: across it, on beyond its start and end, along it, to the gap."""

Row = tuple[dict[int, float], dict[int, float], int]
"""Weights for the first corner and for the last, and how many corners there are then."""


@dataclass(frozen=True)
class Place:
    """Corners of a way, none, one or two, from its `first`, and what is beside them.

    `before` and `after` are the neighbours, or where a long piece to them is held, or None at the
    ends of the way; `held` says which are held, `more` are the metres of long pieces beyond.
    `lane`: the two corners are the ends of a long piece.
    """

    first: int
    corners: tuple[Point, ...]
    before: Point | None
    after: Point | None
    held: tuple[bool, bool]
    more: tuple[float, float]
    lane: bool

    @property
    def chain(self) -> Floats:
        """(N, 2) the corners with what is before and after."""
        return self.part(np.array(self.corners).reshape(-1, 2))

    def part(self, corners: Floats) -> Floats:
        """(N, 2) other corners with what is before and after."""
        before = [] if self.before is None else [self.before]
        after = [] if self.after is None else [self.after]
        return np.array([*before, *corners, *after])

    def chains(self, moved: Floats, counts: Indices) -> Floats:
        """(T, 4, 2) what is before, first and last corner (T, 2, 2), what is after.

        Where there are fewer points than four, one is repeated.
        """
        found = np.empty((len(moved), 4, 2))
        found[:, 1:3] = moved
        ends = [end for end in (self.before, self.after) if end is not None]
        found[counts == 0, 1], found[counts == 0, 2] = ends[0], ends[-1]
        found[:, 0] = found[:, 1] if self.before is None else self.before
        found[:, 3] = found[:, 2] if self.after is None else self.after
        return found


def changes(
    place: Place, gap: Floats | None, spacing: float, scale: float, random: np.random.Generator
) -> tuple[Floats, Indices]:
    """Chains (T, 4, 2) to stand instead of a place's, and how many corners each has (T,).

    The first is the place as it is. `gap` (2,) is the middle of what is not seen nearby. Corners on
    long pieces stay on them.
    """
    ends = place.before is not None, place.after is not None
    kind = _Kind(len(place.corners), ends, place.held, gap is not None, place.lane)
    weights, counts = _matrix(kind)
    if kind.corners == 1:
        directions = _around_corner(place, gap, spacing, scale, random)
    elif kind.corners == 2:
        directions = _along_piece(place, gap, spacing * scale)
    else:
        directions = _into_piece(place, gap)
    corners = place.corners or (place.before or (0.0, 0.0),)
    moved = weights @ directions + np.array([corners[0], corners[-1]])
    return place.chains(moved, counts), counts


@dataclass(frozen=True)
class _Kind:
    """All that decides which changes there are."""

    corners: int
    ends: tuple[bool, bool]
    held: tuple[bool, bool]
    gap: bool
    lane: bool

    @property
    def free(self) -> bool:
        return self.held == (False, False)


def _around_corner(
    place: Place, gap: Floats | None, spacing: float, scale: float, random: np.random.Generator
) -> Floats:
    (x, y), size = place.corners[0], spacing * scale
    found = np.zeros((8, 2))
    middle = [0.0, 0.0]
    for end, near, far in (
        (place.before, _BEFORE, _FAR_BEFORE),
        (place.after, _AFTER, _FAR_AFTER),
    ):
        if end is not None:
            step = end[0] - x, end[1] - y
            length = max(math.hypot(*step), 1e-9)
            found[near] = step[0] / length * size, step[1] / length * size
            found[far] = step[0] / length * spacing, step[1] / length * spacing
            middle[0] += step[0] / 2
            middle[1] += step[1] / 2
    found[_MIDDLE] = middle
    if gap is not None:
        found[_GAP] = gap[0] - x, gap[1] - y
    angle = random.uniform(0, 2 * math.pi)
    cos, sin = size * math.cos(angle), size * math.sin(angle)
    found[_EAST], found[_NORTH] = (cos, sin), (-sin, cos)
    return found


def _along_piece(place: Place, gap: Floats | None, size: float) -> Floats:
    start, end = place.corners
    step = end[0] - start[0], end[1] - start[1]
    found = np.zeros((5, 2))
    length = max(math.hypot(*step), 1e-9)
    found[_ACROSS] = -step[1] / length * size, step[0] / length * size
    for corner, beside, row in ((start, place.before, _OUT), (end, place.after, _BACK)):
        if beside is None:
            ahead = step if row == _BACK else (-step[0], -step[1])
        else:
            ahead = corner[0] - beside[0], corner[1] - beside[1]
        length = max(math.hypot(*ahead), 1e-9)
        found[row] = ahead[0] / length * size, ahead[1] / length * size
    found[_ALONG] = step
    if gap is not None:
        found[_ASTRAY] = gap[0] - start[0], gap[1] - start[1]
    return found


def _into_piece(place: Place, gap: Floats | None) -> Floats:
    if gap is None or place.before is None or place.after is None:
        return np.zeros((2, 2))
    step = place.after[0] - place.before[0], place.after[1] - place.before[1]
    return np.array([step, (gap[0] - place.before[0], gap[1] - place.before[1])])


@cache
def _matrix(kind: _Kind) -> tuple[Floats, Indices]:
    """The weights (T, 2, D) of the changes at a kind of place, and the corners after each (T,)."""
    rows = (_in_piece, _at_corner, _at_piece)[kind.corners](kind)
    weights = np.zeros((len(rows), 2, (2, 8, 5)[kind.corners]))
    for number, (first, last, _) in enumerate(rows):
        for corner, chosen in enumerate((first, last)):
            for direction, weight in chosen.items():
                weights[number, corner, direction] = weight
    return weights, np.array([count for _, _, count in rows], np.int64)


def _at_corner(kind: _Kind) -> list[Row]:
    moves: list[dict[int, float]] = [{}]
    if kind.ends[0] and not kind.held[1]:
        moves += [{_BEFORE: slide} for slide in SLIDES]
    if kind.ends[1] and not kind.held[0]:
        moves += [{_AFTER: slide} for slide in SLIDES]
    if kind.free:
        for number, size in enumerate(MOVES):
            angle = number * 2 * math.pi / len(MOVES)
            moves.append({_EAST: size * math.cos(angle), _NORTH: size * math.sin(angle)})
        moves += [{_MIDDLE: share} for share in TO_MIDDLE if all(kind.ends)]
        moves += [{_GAP: share} for share in TO_GAP if kind.gap]
    rows: list[Row] = [(move, move, 1) for move in moves]
    if kind.free:
        rows.append(({}, {}, 0))
    if all(kind.ends):
        rows += [({_FAR_BEFORE: cut}, {_FAR_AFTER: cut}, 2) for cut in CORNER_CUTS]
    if kind.gap and not kind.held[1]:
        rows += [({}, {_GAP: share}, 2) for share in INTO_GAP]
    if kind.gap and not kind.held[0]:
        rows += [({_GAP: share}, {}, 2) for share in INTO_GAP]
    return rows


def _at_piece(kind: _Kind) -> list[Row]:
    rows: list[Row] = [({}, {}, 2)]
    if kind.free:
        for size in ASIDE:
            one = {_ACROSS: size}
            rows += [(one, one, 2), (one, {_ACROSS: -size}, 2), (one, {}, 2), ({}, one, 2)]
    if kind.lane:
        return rows
    pairs = [(out, back) for out in PAIRED for back in PAIRED if out or back]
    rows += [({_OUT: out}, {_BACK: back}, 2) for out, back in pairs]
    if kind.free:
        rows += [({}, {}, 0), ({_ALONG: 0.5}, {_ALONG: -0.5}, 1)]
        for share in (0.5, 1.0) if kind.gap else ():
            # From the middle towards the gap; the last corner is counted from the end.
            one = {_ALONG: 0.5 - share / 2, _ASTRAY: share}
            rows.append((one, one | {_ALONG: -0.5 - share / 2}, 1))
    return rows


def _in_piece(kind: _Kind) -> list[Row]:
    ways = [{0: (1 - share) / 2, 1: share} for share in INTO_GAP if kind.gap]
    return [({}, {}, 0), *((way, way, 1) for way in ways)]
