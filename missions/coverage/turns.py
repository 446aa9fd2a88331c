"""The shortest turns of a vehicle that cannot turn on the spot: Dubins' paths.

From one place and heading to another the shortest way with a least radius is one of six: two arcs
with a straight or an arc between them (Dubins 1957; the formulas are those of Shkel and Lumelsky,
Classification of the Dubins set, 2001).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from missions.coverage.outline import Floats

WORDS = ("LSL", "RSR", "LSR", "RSL", "RLR", "LRL")

CHORD_MOST = 0.5
"""Metres between an arc and the points that stand for it."""

_TURN = 2 * math.pi


def shortest_turns(
    starts: Floats, headings: Floats, ends: Floats, end_headings: Floats, radius: float
) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Lengths (…), words (…) and the three parts of each (…, 3), in radii, of the shortest turns.

    Places are (…, 2) in metres, headings (…) in radians from the east; they are broadcast.
    """
    step = ends - starts
    d = np.hypot(step[..., 0], step[..., 1]) / radius
    course = np.arctan2(step[..., 1], step[..., 0])
    a, b = np.broadcast_arrays((headings - course) % _TURN, (end_headings - course) % _TURN)
    parts = _parts(a, b, d)
    totals = np.where(np.isnan(parts).any(axis=-1), np.inf, parts.sum(axis=-1))
    word = totals.argmin(axis=0)
    chosen = np.take_along_axis(parts, word[None, ..., None], axis=0)[0]
    return totals.min(axis=0) * radius, word, chosen


def turn_points(start: Floats, heading: float, word: int, parts: Floats, radius: float) -> Floats:
    """(N, 2) points of a turn, from its start to its end, at most CHORD_MOST beside it."""
    step = 2 * math.acos(1 - min(CHORD_MOST / radius, 1.0))
    points = [start]
    for kind, size in zip(WORDS[word], parts, strict=True):
        if size * radius < 1e-6:
            continue
        here = points[-1]
        if kind == "S":
            ahead = np.array([math.cos(heading), math.sin(heading)])
            points.append(here + size * radius * ahead)
            continue
        side = 1.0 if kind == "L" else -1.0
        centre = here + side * radius * np.array([-math.sin(heading), math.cos(heading)])
        count = max(1, math.ceil(size / step))
        angles = heading + side * size * np.arange(1, count + 1) / count
        out = np.column_stack([np.sin(angles), -np.cos(angles)])
        points += list(centre + side * radius * out)
        heading += side * size
    return np.array(points)


def _parts(a: Floats, b: Floats, d: Floats) -> Floats:
    """(6, …, 3) the parts of each word in radii; NaN where there is no such turn."""
    sa, sb, ca, cb, cab = np.sin(a), np.sin(b), np.cos(a), np.cos(b), np.cos(a - b)
    with np.errstate(invalid="ignore"):
        lsl = np.arctan2(cb - ca, d + sa - sb)
        p_lsl = np.sqrt(np.maximum(2 + d**2 - 2 * cab + 2 * d * (sa - sb), 0))
        rsr = np.arctan2(ca - cb, d - sa + sb)
        p_rsr = np.sqrt(np.maximum(2 + d**2 - 2 * cab + 2 * d * (sb - sa), 0))
        p_lsr = np.sqrt(d**2 - 2 + 2 * cab + 2 * d * (sa + sb))
        lsr = np.arctan2(-ca - cb, d + sa + sb) - np.arctan2(-2.0, p_lsr)
        p_rsl = np.sqrt(d**2 - 2 + 2 * cab - 2 * d * (sa + sb))
        rsl = np.arctan2(ca + cb, d - sa - sb) - np.arctan2(2.0, p_rsl)
        p_rlr = _TURN - np.arccos((6 - d**2 + 2 * cab + 2 * d * (sa - sb)) / 8)
        t_rlr = (a - rsr + p_rlr / 2) % _TURN
        p_lrl = _TURN - np.arccos((6 - d**2 + 2 * cab + 2 * d * (sb - sa)) / 8)
        t_lrl = (lsl - a + p_lrl / 2) % _TURN
    words = [
        ((lsl - a) % _TURN, p_lsl, (b - lsl) % _TURN),
        ((a - rsr) % _TURN, p_rsr, (rsr - b) % _TURN),
        ((lsr - a) % _TURN, p_lsr, (lsr - b) % _TURN),
        ((a - rsl) % _TURN, p_rsl, (b - rsl) % _TURN),
        (t_rlr, p_rlr, (a - b - t_rlr + p_rlr) % _TURN),
        (t_lrl, p_lrl, (b - a - t_lrl + p_lrl) % _TURN),
    ]
    # A whole turn that is one only by rounding is none.
    return np.stack([np.stack([_rounded(t), p, _rounded(q)], axis=-1) for t, p, q in words])


def _rounded(angle: Floats) -> Floats:
    return np.where(angle > _TURN - 1e-9, 0.0, angle)
