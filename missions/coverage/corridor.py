"""Lanes along a line: a road, a canal, a power line."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.area import Area
from missions.coverage.cover import cover
from missions.coverage.effort import Motion
from missions.coverage.outline import Floats, polygons, seen_from
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Leg, Route

LANES_MOST = 100

COVERAGE = 0.995
"""Of the corridor: lanes along a line that bends more sharply than they can see less."""


def corridor(
    frame: LocalFrame,
    line: ArrayLike,
    width: float,
    spacing: float,
    *,
    motion: Motion | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[float], None] = lambda _share: None,
) -> Route:
    """Lanes along a line (N ≥ 2, 2) in metres of the frame, within half a width to both sides.

    There are ⌈width / spacing⌉ lanes, flown to and fro. Where the line bends so sharply, or comes
    back so near to itself, that parallel lanes leave gaps, the corridor is covered as an area, with
    ways that are quick with the motion. Raises PlanningError for a line of no length, a width or a
    spacing that is not above 0, and more than LANES_MOST lanes.
    """
    points = np.asarray(line, float).reshape(-1, 2)
    if len(points) < 2 or not np.isfinite(points).all() or np.ptp(points, axis=0).max() < 1:
        raise PlanningError(
            sentence(
                "planner.corridor.length",
                "the line of the corridor has no length; give two points at least",
            )
        )
    for name, value in (("width", width), ("spacing", spacing)):
        if not (math.isfinite(value) and value > 0):
            raise PlanningError(f"a corridor's {name} of {value:g} m is none; give metres above 0")
    count = math.ceil(width / spacing - 1e-9)
    if count > LANES_MOST:
        raise PlanningError(
            sentence(
                "planner.corridor.lanes",
                "{lanes} lanes in a corridor of {width:g} m are more than {most}; widen the "
                "spacing",
                lanes=count,
                width=width,
                most=LANES_MOST,
            )
        )
    middle = shapely.LineString(points)
    band = middle.buffer(width / 2, cap_style="flat", join_style="mitre")
    lanes = _lanes(middle, width, count)
    if lanes is not None and _seen(lanes, band, spacing) >= COVERAGE:
        progress(1.0)
        return Route(frame, _to_and_fro(lanes))
    parts = polygons(band)
    if len(parts) != 1:
        raise PlanningError(
            sentence(
                "planner.corridor.band",
                "the corridor is no single band; divide its line",
            )
        )
    return cover(Area(frame, parts[0]), spacing, motion=motion, stop=stop, progress=progress)


def _lanes(middle: shapely.LineString, width: float, count: int) -> list[Floats] | None:
    """The points of each lane from the right to the left; None if one falls apart."""
    found = []
    for offset in (np.arange(count) + 0.5) * (width / count) - width / 2:
        lane: BaseGeometry = middle
        if abs(offset) > 1e-9:
            lane = middle.offset_curve(offset, join_style="mitre", mitre_limit=2)
        if lane.is_empty or not isinstance(lane, shapely.LineString):
            return None
        found.append(shapely.get_coordinates(lane))
    return found


def _seen(lanes: list[Floats], band: BaseGeometry, spacing: float) -> float:
    """The share of the band within half a spacing of the lanes."""
    reach = shapely.union_all([seen_from(lane, spacing / 2) for lane in lanes])
    return float(reach.intersection(band).area / band.area)


def _to_and_fro(lanes: list[Floats]) -> tuple[Leg, ...]:
    legs: list[Leg] = []
    for number, lane in enumerate(lanes):
        points = lane if number % 2 == 0 else lane[::-1]
        if legs:
            legs.append(Leg(np.stack([legs[-1].points[-1], points[0]]), "turn"))
        legs.append(Leg(points, "lane"))
    return tuple(legs)
