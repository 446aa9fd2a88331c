"""What a camera sees of flat ground: the outline of its picture, cut where it lies too far away.

The frustum's four corner rays meet the ground at a height beneath the camera (a pinhole camera: a
side of the picture lies at tan(angle of view / 2) from its middle; R. Hartley and A. Zisserman,
Multiple View Geometry in Computer Vision, 2nd ed., § 6.1). All that is nearer than `farthest` to the
place below the camera is a circular cone of rays, so of each side of the picture the part within it
lies between the roots of a quadratic, and between two sides that are cut the outline is an arc.
Angles are those of an aircraft: pitch 0 looks level and -90 straight down, yaw is clockwise from
true north, roll clockwise about the line of sight.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.earth import metres_per_degree

Floats = NDArray[np.float64]

HEIGHT_LEAST = 0.5
"""Metres above the ground under which a camera is taken to stand on it and sees nothing of it."""

ANGLE_MOST = 170.0
"""Degrees across or upwards; a wider picture is no pinhole camera's, and is taken as so wide."""

ARC = 17
"""Points of an arc, its ends included. An outline is inside of what it is cut at: chords, no arcs.

Of one that goes nearly all around they are at most a fiftieth of the radius inside.
"""

SIDES = 4
POINTS = SIDES * (2 + ARC)
"""Points of an outline, many of them the same: see `distinct`."""

SECTOR_POINTS = 18
"""Points of what a fixed camera sees, of a whole circle too."""

_SIGNS = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
"""Across and upwards: near left, near right, far right, far left; counterclockwise from above."""


def outlines(
    height: Floats,
    pitch: Floats,
    yaw: Floats,
    across: Floats,
    upwards: Floats,
    *,
    farthest: Floats | float,
    roll: Floats | float = 0.0,
) -> Floats:
    """(N, POINTS, 2) metres east and north of the place below each of N cameras, counterclockwise.

    `height` above the ground and `farthest` in metres, the others in degrees; `across` and `upwards`
    are the angles of view. NaN where one of them is unknown, where the camera stands on the ground
    and where it sees none of it.
    """
    height, pitch, yaw, across, upwards, farthest, roll = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(each, np.float64))
            for each in (height, pitch, yaw, across, upwards, farthest, roll)
        )
    )
    with np.errstate(invalid="ignore"):
        forward, right, up = axes(pitch, yaw, roll)
    sides = np.stack([_half(across), _half(upwards)], axis=-1)
    corners = forward[:, None] + np.einsum(
        "nk,ck,nkj->ncj", sides, _SIGNS, np.stack([right, up], 1)
    )
    known = (height >= HEIGHT_LEAST) & (farthest > 0) & (across > 0) & (upwards > 0)
    known &= np.isfinite(corners).all(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        begins, ends, seen = _within(corners, height, farthest)
        found = _joined(corners, begins, ends, seen, height, farthest)
        whole = ~seen.any(axis=1) & _sees_below(forward, right, up, sides)
    if whole.any():
        turn = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
        circle = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
        found[whole] = farthest[whole, None, None] * circle
    found[~known] = np.nan
    return found


def sectors(heading: Floats, across: Floats, farthest: Floats) -> Floats:
    """(N, SECTOR_POINTS, 2) metres east and north of N fixed cameras, counterclockwise.

    `heading` and the angle of view `across` in degrees (360: all around), `farthest` in metres. NaN
    where one is unknown.
    """
    heading, across, farthest = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(each, np.float64)) for each in (heading, across, farthest))
    )
    parts = np.linspace(0.5, -0.5, SECTOR_POINTS - 1)
    bearing = np.radians(heading[:, None] + across[:, None].clip(0, 360) * parts)
    arc = farthest[:, None, None] * np.stack([np.sin(bearing), np.cos(bearing)], axis=-1)
    tip = np.where(across >= 360, 1.0, 0.0)[:, None, None] * arc[:, :1]
    return np.concatenate([tip, arc], axis=1)


def centres(height: Floats, pitch: Floats, yaw: Floats) -> Floats:
    """(N, 2) metres east and north of the ground in the middle of each picture, or NaN."""
    below = np.radians(-np.asarray(pitch, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.where(below > 0, height / np.tan(below), np.nan)
    bearing = np.radians(yaw)
    return np.stack([away * np.sin(bearing), away * np.cos(bearing)], axis=-1)


def distinct(outline: Floats) -> NDArray[np.bool_]:
    """(N, K) which points of outlines (N, K, 2) are other than the ones before them."""
    other: NDArray[np.bool_] = (outline != np.roll(outline, 1, axis=1)).any(axis=-1)
    return other


def shifted(place: Floats, metres: Floats) -> Floats:
    """(…, 2) longitude and latitude of what lies `metres` (…, 2) east and north of a place (…, 2).

    By the ellipsoid's radii of curvature at the place (WGS 84): a ten-thousandth off at 10 km.
    """
    per_latitude, per_longitude = metres_per_degree(place[..., 1])
    there: Floats = place + metres / np.stack([per_longitude, per_latitude], axis=-1)
    return there


def axes(
    pitch: Floats | float, yaw: Floats | float, roll: Floats | float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """(…, 3) each, east, north and up: where cameras look, what is right and up in the picture."""
    p, y, r = np.radians(pitch), np.radians(yaw), np.radians(roll)
    level = np.zeros_like(p)
    forward = np.stack([np.sin(y) * np.cos(p), np.cos(y) * np.cos(p), np.sin(p)], axis=-1)
    right = np.stack([np.cos(y), -np.sin(y), level], axis=-1)
    up = np.cross(right, forward)
    c, s = np.cos(r)[..., None], np.sin(r)[..., None]
    return forward, c * right - s * up, s * right + c * up


def _half(angle: Floats) -> Floats:
    half: Floats = np.tan(np.radians(np.minimum(angle, ANGLE_MOST) / 2))
    return half


def _within(
    corners: Floats, height: Floats, farthest: Floats
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Where each side enters the cone and leaves it, as parts of it, and whether it is in it at all.

    On a side the ray is d(t) = d0 + t·(d1 - d0). It meets the ground nearer than R from height h where
    R²·z² - h²·(x² + y²) ≥ 0 and z < 0. That is a convex cone: an interval of t.
    """
    start, step = corners, np.roll(corners, -1, axis=1) - corners
    weights = np.stack([-(height**2), -(height**2), farthest**2], axis=-1)[:, None]
    a, b, c = (
        (weights * one * two).sum(-1) for one, two in ((step, step), (start, step), (start, start))
    )
    root = np.sqrt(b**2 - a * c)
    q = -(b + np.where(b < 0, -1, 1) * root)  # which loses no digits where a is small
    roots = np.stack([q / a, c / q], axis=-1)
    down = start[..., 2, None] + roots * step[..., 2, None] < 0
    crosses = (roots >= 0) & (roots <= 1) & down
    inside = (c >= 0) & (start[..., 2] < 0)
    inside_after = np.roll(inside, -1, axis=1)
    begins = np.where(inside, 0.0, np.where(crosses, roots, np.inf).min(axis=-1))
    ends = np.where(inside_after, 1.0, np.where(crosses, roots, -np.inf).max(axis=-1))
    seen = begins < ends
    return begins, ends, seen


def _joined(
    corners: Floats,
    begins: Floats,
    ends: Floats,
    seen: NDArray[np.bool_],
    height: Floats,
    farthest: Floats,
) -> Floats:
    """The parts of the sides with arcs from each to the next one; NaN where there is none."""
    step = np.roll(corners, -1, axis=1) - corners
    entry = _ground(corners + begins[..., None] * step, height)
    leave = _ground(corners + ends[..., None] * step, height)
    number = len(corners)
    rows = np.arange(number)
    found = np.full((number, SIDES, 2 + ARC, 2), np.nan)
    for side in range(SIDES):
        after = (side + np.argmax(np.roll(seen, -side - 1, axis=1), axis=1) + 1) % SIDES
        meets = entry[rows, after]
        corner = (ends[:, side] == 1) & (begins[rows, after] == 0) & (after == (side + 1) % SIDES)
        first = np.arctan2(leave[:, side, 1], leave[:, side, 0])
        turn = (np.arctan2(meets[:, 1], meets[:, 0]) - first) % (2 * np.pi)
        angle = first[:, None] + turn[:, None] * np.linspace(0, 1, ARC)
        arc = farthest[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        found[:, side, 0] = entry[:, side]
        found[:, side, 1] = leave[:, side]
        found[:, side, 2:] = np.where(corner[:, None, None], leave[:, side, None], arc)
    # A side of which nothing is seen repeats the point before it.
    for side in range(2 * SIDES):
        gone = ~seen[:, side % SIDES]
        found[gone, side % SIDES] = found[gone, side % SIDES - 1, -1:]
    return found.reshape(number, POINTS, 2)


def _ground(rays: Floats, height: Floats) -> Floats:
    met: Floats = rays[..., :2] * (height[:, None, None] / -rays[..., 2:])
    return met


def _sees_below(forward: Floats, right: Floats, up: Floats, sides: Floats) -> NDArray[np.bool_]:
    """Whether the place below a camera is in its picture."""
    ahead = -forward[:, 2]
    off = np.stack([np.abs(right[:, 2]), np.abs(up[:, 2])], axis=-1)
    sees: NDArray[np.bool_] = (ahead > 0) & (off <= ahead[:, None] * sides).all(axis=1)
    return sees
