"""No-fly zones: between their limits and in their times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.check.case import Case, one_a_leg, where
from missions.check.geodesy import Floats
from missions.check.report import Finding
from missions.check.rules import HEIGHT_TOLERANCE, PLACE_TOLERANCE
from missions.check.track import Close, Track
from missions.plan import NoFly


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rule `no-fly`."""
    for zone, shape in case.zones:
        shapely.prepare(shape)
        for track in case.tracks:
            yield from one_a_leg(
                finding
                for piece in where(shapely.intersects(shape, track.lines))
                for finding in _inside(case, zone, shape, track, piece)
            )


def _inside(
    case: Case, zone: NoFly, shape: BaseGeometry, track: Track, piece: int
) -> Iterator[Finding]:
    """The finding on a piece over a zone, if it is between the zone's limits and in its times."""
    look = track.close(piece, shape)
    points = shapely.points(look.place)
    depth = np.where(
        shapely.contains_xy(shape, look.place),
        shapely.distance(points, shapely.boundary(shape)),
        0.0,
    )
    deep = depth > PLACE_TOLERANCE
    held = (deep[:-1] | deep[1:]) & _between_limits(zone, look) & _in_force(case, zone, look.time)
    if not held.any():
        return
    at = np.flatnonzero(held)
    at = np.union1d(at, at + 1)
    worst = int(at[depth[at].argmax()])
    steps = np.hypot(*np.diff(look.place, axis=0).T)
    yield case.at(
        "no-fly",
        track,
        track.pieces.waypoint[piece],
        look.place[worst],
        sentence(
            "check.no-fly",
            "{length:.0f} m of the way are in the zone {zone}, up to {depth:.1f} m from its edge, at "
            "{begin:.0f} to {end:.0f} s of the plan",
            length=steps[held].sum(),
            zone=zone.name,
            depth=depth[worst],
            begin=look.time[at[0]],
            end=look.time[at[-1]],
        ),
        amount=depth[worst],
        limit=0,
    )


def _between_limits(zone: NoFly, look: Close) -> NDArray[np.bool_]:
    """Of each step between two points: whether some of it is between the zone's limits."""
    up = _levels(look, zone.lower_reference, np.inf)
    down = _levels(look, zone.upper_reference, -np.inf)
    above_lower = np.maximum(up[:-1], up[1:]) > zone.lower + HEIGHT_TOLERANCE
    below_upper = np.minimum(down[:-1], down[1:]) < zone.upper - HEIGHT_TOLERANCE
    return above_lower & below_upper


def _levels(look: Close, reference: Literal["AMSL", "AGL"], unknown: float) -> Floats:
    if reference == "AGL":
        return look.above
    return np.full(len(look.above), unknown) if look.altitude is None else look.altitude


def _in_force(case: Case, zone: NoFly, time: Floats) -> NDArray[np.bool_]:
    """Of each step: whether the zone is in force for some of it; always if no start is known."""
    start = case.plan.start
    if zone.times is None or start is None:
        return np.ones(len(time) - 1, bool)
    held = np.zeros(len(time) - 1, bool)
    for begin, end in zone.times:
        first, last = (begin - start).total_seconds(), (end - start).total_seconds()
        held |= (time[:-1] < last) & (time[1:] > first)
    return held
