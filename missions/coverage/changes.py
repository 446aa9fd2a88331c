"""What may stand instead of one or two corners of a way, or between two of them.

A corner slides along the pieces that meet there, is cut off, dropped, moved a little, or drawn to a
gap nearby. The ends of a short piece move together, or become one. A lane moves to the side. Into a
short piece a corner is put that leads to a gap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from missions.coverage.outline import Floats

SLIDES = np.array([-0.3, -0.12, -0.04, 0.04, 0.12, 0.3])
PAIRED = np.array([0.0, -0.25, -0.08, 0.08, 0.25])
ASIDE = np.array([-0.15, -0.05, 0.05, 0.15])
CORNER_CUTS = np.array([0.1, 0.25, 0.45])
MOVED = np.array([0.06, 0.2] * 4)
"""Spacings. All but the cuts are scaled down from sweep to sweep."""

TO_MIDDLE = np.array([[0.15], [0.4], [0.8]])
TO_GAP = np.array([[0.3], [0.6], [0.9]])
INTO_GAP = np.array([[0.5], [0.75], [1.0]])
"""Of the way there."""


@dataclass(frozen=True)
class Place:
    """Corners `first` … `last` − 1 of a way, none if they are equal, and what is beside them.

    `before` and `after` are the neighbours, or where a long piece to them is held, or None at the
    ends of the way; `held` says which are held, `more` are the metres of long pieces beyond.
    `lane`: the two corners are the ends of a long piece.
    """

    first: int
    last: int
    corners: Floats
    before: Floats | None
    after: Floats | None
    held: tuple[bool, bool]
    more: tuple[float, float]
    lane: bool

    @property
    def chain(self) -> Floats:
        """(N, 2) the corners with what is before and after."""
        return np.asarray(self.chains(self.corners[None])[0])

    def chains(self, corners: Floats) -> Floats:
        """(T, N, 2) other corners (T, M, 2) with what is before and after."""
        shape = len(corners), 1, 2
        parts = [] if self.before is None else [np.broadcast_to(self.before, shape)]
        parts.append(corners)
        if self.after is not None:
            parts.append(np.broadcast_to(self.after, shape))
        return np.concatenate(parts, axis=1)


def changes(
    place: Place, gap: Floats | None, spacing: float, scale: float, random: np.random.Generator
) -> list[Floats]:
    """Corners (T, M, 2) to stand instead of a place's, arrays with different M.

    `gap` (2,) is the middle of what is not seen nearby. Corners on long pieces stay on them.
    """
    if len(place.corners) == 1:
        found = _of_corner(place, gap, spacing, scale, random)
    elif len(place.corners) == 2:
        found = _of_piece(place, gap, spacing, scale)
    else:
        found = _into_piece(place, gap)
    if place.held == (False, False):
        # The corners may be dropped, too.
        return [*found, np.zeros((1, 0, 2))] if len(place.corners) else found
    return [kept for corners in found if len(kept := _on_long_pieces(corners, place))]


def _of_corner(
    place: Place, gap: Floats | None, spacing: float, scale: float, random: np.random.Generator
) -> list[Floats]:
    corner, size = place.corners[0], scale * spacing
    both = [end for end in (place.before, place.after) if end is not None]
    steps = [end - corner for end in both]
    away = [step / max(math.hypot(*step), 1e-9) for step in steps]
    moved = [corner + size * SLIDES[:, None] * heading for heading in away]
    if place.held == (False, False):
        angles = random.uniform(0, 2 * math.pi) + np.arange(len(MOVED)) * (2 * math.pi / len(MOVED))
        around = np.column_stack([np.cos(angles), np.sin(angles)])
        moved.append(corner + size * MOVED[:, None] * around)
        if len(both) == 2:
            moved.append(corner + TO_MIDDLE * ((both[0] + both[1]) / 2 - corner))
        if gap is not None:
            moved.append(corner + TO_GAP * (gap - corner))
    pairs = []
    if len(both) == 2:
        room = 0.5 * min(math.hypot(*step) for step in steps)
        cuts = CORNER_CUTS[CORNER_CUTS * spacing < room][:, None] * spacing
        pairs.append(np.stack([corner + cuts * heading for heading in away], axis=1))
    if gap is not None:
        drawn = corner + INTO_GAP * (gap - corner)
        stays = np.broadcast_to(corner, drawn.shape)
        pairs += [np.stack([stays, drawn], axis=1), np.stack([drawn, stays], axis=1)]
    found = [np.concatenate(moved)[:, None]]
    return [*found, np.concatenate(pairs)] if pairs else found


def _of_piece(place: Place, gap: Floats | None, spacing: float, scale: float) -> list[Floats]:
    (start, end), size = place.corners, scale * spacing
    step = end - start
    length = max(math.hypot(*step), 1e-9)
    across = np.array([-step[1], step[0]]) / length
    one = np.concatenate([ASIDE, ASIDE, ASIDE, 0 * ASIDE])[:, None] * size
    two = np.concatenate([ASIDE, -ASIDE, 0 * ASIDE, ASIDE])[:, None] * size
    aside = np.stack([start + one * across, end + two * across], axis=1)
    if place.lane:
        return [aside]
    out = start - place.before if place.before is not None else -step
    back = end - place.after if place.after is not None else step
    out, back = out / max(math.hypot(*out), 1e-9), back / max(math.hypot(*back), 1e-9)
    one, two = (part.reshape(-1, 1)[1:] * size for part in np.meshgrid(PAIRED, PAIRED))
    pairs = np.stack([start + one * out, end + two * back], axis=1)
    middle = (start + end) / 2
    single = [middle] if gap is None else [middle, gap, (gap + middle) / 2]
    return [np.concatenate([aside, pairs]), np.array(single)[:, None]]


def _into_piece(place: Place, gap: Floats | None) -> list[Floats]:
    if gap is None or place.before is None or place.after is None:
        return []
    middle = (place.before + place.after) / 2
    return [(middle + INTO_GAP * (gap - middle))[:, None]]


def _on_long_pieces(corners: Floats, place: Place) -> Floats:
    """Those changes whose first and last corners stay on the long pieces next to them."""
    if not corners.shape[1]:
        return corners[:0]
    kept = np.ones(len(corners), bool)
    for held, anchor, corner, moved in (
        (place.held[0], place.before, place.corners[0], corners[:, 0]),
        (place.held[1], place.after, place.corners[-1], corners[:, -1]),
    ):
        if held and anchor is not None:
            piece, part = corner - anchor, moved - anchor
            aside = np.abs(piece[0] * part[:, 1] - piece[1] * part[:, 0])
            kept &= (aside < 1e-6 * (piece @ piece)) & (part @ piece > 0)
    return corners[kept]
