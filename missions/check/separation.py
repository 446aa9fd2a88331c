"""Separation: every moment at which two drones are in the air.

Between two moments at which its way or its speed changes a drone moves straight and evenly, so the
nearest approach is exact; where it gathers or loses speed there is a moment each metre.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.check.case import Case
from missions.check.geodesy import Floats
from missions.check.report import Finding
from missions.check.rules import HEIGHT_TOLERANCE, PLACE_TOLERANCE
from missions.check.track import Track

GROUND = 1.0
"""Metres above a shared home up to which a drone counts as standing on the ground."""

EASING_TOLERANCE = 1.5
"""Metres: how a drone gathers speed, and so where it is within its leg, is not known better."""

HOME_RADIUS = 20.0
"""Metres within which two homes count as one."""


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rule `separation`: the closest approach of each two sorties."""
    limits = case.plan.limits
    far = limits.separation_horizontal - EASING_TOLERANCE
    high = limits.separation_vertical - HEIGHT_TOLERANCE
    if far <= 0 or high <= 0:
        return
    boxes = [
        (track.samples.place.min(axis=0), track.samples.place.max(axis=0)) for track in case.tracks
    ]
    for one, other in combinations(range(len(case.tracks)), 2):
        (low, top), (other_low, other_top) = boxes[one], boxes[other]
        if (low > other_top + far).any() or (other_low > top + far).any():
            continue
        if (
            finding := _approach(case, case.tracks[one], case.tracks[other], far, high)
        ) is not None:
            yield finding


def _approach(case: Case, one: Track, other: Track, far: float, high: float) -> Finding | None:
    """The moment of two sorties at which they are nearest on the map while too near in both ways."""
    if one.sortie.drone == other.sortie.drone:
        return None  # `structure` sees that they are not at the same time
    begin, end = max(one.begin, other.begin), min(one.end, other.end)
    if _share_home(one, other):
        aloft = [_aloft(one), _aloft(other)]
        begin, end = max(up for up, _ in aloft), min(down for _, down in aloft)
    if begin >= end:
        return None
    known = one.ground.altitude is not None and other.ground.altitude is not None
    moments = [track.samples.time[_moments(track)] for track in (one, other)]
    time = np.unique(np.concatenate([*moments, [begin, end]]))
    time = time[(time >= begin) & (time <= end)]
    apart = _at(other, time, known=known) - _at(one, time, known=known)
    step = np.diff(apart, axis=0)
    first, last = _within(apart[:-1], step, far, high)
    held = np.flatnonzero(first < last)
    if not held.size:
        return None
    from_, way = apart[held, :2], step[held, :2]
    square = (way**2).sum(axis=1)
    nearest = -(from_ * way).sum(axis=1) / np.where(square > 0, square, 1.0)
    share = np.clip(nearest, first[held], last[held])
    distance = np.hypot(*(from_ + way * share[:, None]).T)
    worst = int(np.argmax(distance <= distance.min() + PLACE_TOLERANCE))  # the first of the nearest
    segment = held[worst]
    moment = time[segment] + share[worst] * (time[segment + 1] - time[segment])
    above = abs(apart[segment, 2] + share[worst] * step[segment, 2])
    place = _at(other, np.array([moment]), known=known)[0, :2]
    sample = min(int(np.searchsorted(other.samples.time, moment)), len(other.waypoint) - 1)
    limits = case.plan.limits
    return case.at(
        "separation",
        other,
        other.waypoint[sample],
        place,
        sentence(
            "check.separation",
            "{distance:.1f} m and {above:.1f} m in height from sortie {sortie} at {moment:.0f} s of "
            "the plan; {apart:g} m or {high:g} m in height are asked",
            distance=distance[worst],
            above=above,
            sortie=one.sortie.name,
            moment=moment,
            apart=limits.separation_horizontal,
            high=limits.separation_vertical,
        ),
        amount=distance[worst],
        limit=limits.separation_horizontal,
    )


def _within(apart: Floats, step: Floats, far: float, high: float) -> tuple[Floats, Floats]:
    """From which to which share of each step both distances are too small; from ≥ to: never."""
    with np.errstate(divide="ignore", invalid="ignore"):
        edges = (np.array([[-high], [high]]) - apart[:, 2]) / step[:, 2]
        square = (step[:, :2] ** 2).sum(axis=1)
        half = (apart[:, :2] * step[:, :2]).sum(axis=1)
        rest = (apart[:, :2] ** 2).sum(axis=1) - far**2
        root = np.sqrt(half**2 - square * rest)
        crossings = (np.array([[-1.0], [1.0]]) * root - half) / square
    level = step[:, 2] == 0
    low = np.where(level, np.where(np.abs(apart[:, 2]) < high, 0.0, np.inf), edges.min(axis=0))
    top = np.where(level, 1.0, edges.max(axis=0))
    still = square == 0
    enter = np.where(still, np.where(rest < 0, 0.0, np.inf), crossings[0])
    leave = np.where(still, 1.0, crossings[1])
    first = np.maximum(np.maximum(low, np.where(np.isnan(enter), np.inf, enter)), 0.0)
    last = np.minimum(np.minimum(top, np.where(np.isnan(leave), -np.inf, leave)), 1.0)
    return first, last


def _at(track: Track, time: Floats, *, known: bool) -> Floats:
    """(N, 3) place and height at N times; above mean sea level if `known`, else above home."""
    nodes, altitude = _moments(track), track.ground.altitude
    height = altitude if known and altitude is not None else track.samples.height
    axes = (*track.samples.place.T, height)
    return np.column_stack([np.interp(time, track.samples.time[nodes], a[nodes]) for a in axes])


def _moments(track: Track) -> NDArray[np.int64]:
    """The samples between which it moves straight and evenly.

    Those beside the eased ones are among them: the speed is even only from there.
    """
    eased = track.samples.eased.copy()
    eased[1:] |= track.samples.eased[:-1]
    eased[:-1] |= track.samples.eased[1:]
    return np.union1d(track.nodes, np.flatnonzero(eased))


def _share_home(one: Track, other: Track) -> bool:
    ends, other_ends = one.samples.place[[0, -1]], other.samples.place[[0, -1]]
    between = np.linalg.norm(ends[:, None] - other_ends[None], axis=2)
    return bool((between <= HOME_RADIUS).any())


def _aloft(track: Track) -> tuple[float, float]:
    """From when to when it is above GROUND."""
    height, time = track.samples.height, track.samples.time
    up = np.flatnonzero(height > GROUND)
    if not up.size:
        return np.inf, -np.inf
    first, last = int(up[0]), int(up[-1])
    begin, end = float(time[first]), float(time[last])
    if first > 0:
        begin = float(np.interp(GROUND, height[first - 1 : first + 1], time[first - 1 : first + 1]))
    if last + 1 < len(height):
        falling = slice(last + 1, last - 1 if last > 0 else None, -1)
        end = float(np.interp(GROUND, height[falling][:2], time[falling][:2]))
    return begin, end
