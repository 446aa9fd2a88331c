"""Contour search (OS): round a mountain along its contours, from the peak downwards."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.area import Area
from missions.errors import PlanningError
from missions.route import Route
from missions.search.drift import Way, ground_route
from missions.search.inputs import Turn, metres, side

Heights = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""(N, 2) places on the local plane in metres → (N,) heights in metres above one level."""

Lines = list[NDArray[np.float64]]

SAMPLES_MOST = 1_000_000
LEVELS_MOST = 500
PIECES_MOST = 2000


def contour(
    area: Area,
    heights: Heights,
    interval: float,
    *,
    step: float = 10.0,
    turn: Turn = "starboard",
) -> Route:
    """A circuit along each contour within the area, every `interval` metres below its peak.

    One circuit per contour from the peak downwards (IAMSAR vol. II, contour search; from memory).
    A contour that leaves the area is flown as far as it is inside; circuits that close go round
    to `turn` (starboard: clockwise). Contours are found on `heights` sampled every `step` metres
    and are true to a quarter of it; those shorter than two steps are left out. The ways between
    them are straight transits: what height they take is not decided here. Over land, so there is
    no drift. Raises PlanningError for an interval or a step that is not above 0, for heights that
    do not cover the area's bounds, and for ground flatter than one interval.
    """
    interval, step = metres(interval, "the contour interval"), metres(step, "the step")
    sign = side(turn)
    east, north, ground = _sampled(area, heights, step)
    points = np.column_stack([np.tile(east, len(north)), np.repeat(north, len(east))])
    inside = shapely.contains_xy(area.polygon, points)
    if not inside.any():
        raise PlanningError(
            sentence(
                "planner.contour.step",
                "a step of {step:g} m is too coarse for the area; take a smaller one",
                step=step,
            )
        )
    flat = np.where(inside, ground.ravel(), -np.inf)
    peak, lowest = float(flat.max()), float(ground.ravel()[inside].min())
    count = math.ceil((peak - lowest) / interval) - 1
    if not 1 <= count <= LEVELS_MOST:
        raise PlanningError(
            sentence(
                "planner.contour.count",
                "the ground in the area rises {rise:.0f} m: at {interval:g} m that is {count} "
                "contours, and a contour search has 1 to {most}; take another interval",
                rise=peak - lowest,
                interval=interval,
                count=max(count, 0),
                most=LEVELS_MOST,
            )
        )
    lines = contourpy.contour_generator(east, north, ground, line_type=contourpy.LineType.Separate)
    ways: list[Way] = []
    here = points[flat.argmax()]
    for level in peak - interval * np.arange(1, count + 1):
        pieces = _pieces(cast("Lines", lines.lines(float(level))), area.polygon, step)
        if len(ways) + len(pieces) > 2 * PIECES_MOST:
            raise PlanningError(
                sentence(
                    "planner.contour.pieces",
                    "the ground has more than {most} pieces of contours; take a larger interval or "
                    "step",
                    most=PIECES_MOST,
                )
            )
        while pieces:
            nearest = min(pieces, key=shapely.Point(here).distance)
            pieces.remove(nearest)
            circuit = _entered(nearest, here, sign)
            if ways:
                ways.append((np.array([here, circuit[0]]), "transit"))
            ways.append((circuit, "lane"))
            here = circuit[-1]
    if not ways:
        raise PlanningError(
            sentence(
                "planner.contour.none",
                "no contour in the area is longer than two steps of {step:g} m; take a smaller "
                "step",
                step=step,
            )
        )
    return ground_route(area.frame, ways)


def _sampled(
    area: Area, heights: Heights, step: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Eastings (C,), northings (R,) and heights (R, C) over the area's bounds."""
    west, south, right, top = area.polygon.bounds
    columns, rows = (max(math.ceil(side / step), 1) + 1 for side in (right - west, top - south))
    if columns * rows > SAMPLES_MOST:
        raise PlanningError(
            sentence(
                "planner.contour.samples",
                "{columns} by {rows} heights are too many for one search ({most} at most); take"
                " a larger step",
                columns=columns,
                rows=rows,
                most=SAMPLES_MOST,
            )
        )
    east, north = np.linspace(west, right, columns), np.linspace(south, top, rows)
    places = np.column_stack([np.tile(east, rows), np.repeat(north, columns)])
    ground = np.asarray(heights(places), float)
    if ground.shape != (len(places),):
        raise PlanningError(f"{len(places)} heights were asked for, and {ground.size} given")
    void = ~np.isfinite(ground)
    if void.any():
        (lon,), (lat,) = area.frame.to_geographic(places[void.argmax()])
        raise PlanningError(
            sentence(
                "planner.contour.void",
                "the heights have a void at {latitude:.5f}, {longitude:.5f}; take a grid that "
                "covers the area",
                latitude=lat,
                longitude=lon,
            )
        )
    return east, north, ground.reshape(rows, columns)


def _pieces(lines: Lines, polygon: shapely.Polygon, step: float) -> list[shapely.LineString]:
    """What of the contours is inside, in one piece each, smoothed."""
    pieces = []
    for line in lines:
        inside = shapely.get_parts(
            shapely.intersection(shapely.LineString(line).simplify(step / 4), polygon)
        )
        # A circuit that leaves the area is cut where its list of points happens to begin, too.
        merged = shapely.line_merge(
            shapely.MultiLineString(
                [part for part in inside if part.geom_type == "LineString" and not part.is_empty]
            )
        )
        pieces += [part for part in shapely.get_parts(merged) if part.length >= 2 * step]
    return pieces


def _entered(
    piece: shapely.LineString, here: NDArray[np.float64], sign: int
) -> NDArray[np.float64]:
    """(N, 2) the piece as flown from the place on it that is nearest to `here`."""
    points = shapely.get_coordinates(piece)
    if not piece.is_closed:
        ends = np.hypot(*(points[[0, -1]] - here).T)
        return points if ends[0] <= ends[1] else points[::-1]
    if shapely.is_ccw(piece) == (sign > 0):
        points = points[::-1]
    first = int(np.hypot(*(points[:-1] - here).T).argmin())
    return np.concatenate([points[first:-1], points[: first + 1]])
