"""Area and holes: every metre of every leg and circle that has to stay inside."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.check.case import Case, one_a_leg, where
from missions.check.geodesy import Floats
from missions.check.report import Finding
from missions.check.rules import PLACE_TOLERANCE, Rule
from missions.check.track import FINE, FINE_MOST, Track

WORK = ("lane", "turn", "patrol")
"""Purposes of legs that stay inside the area in any plan."""

ARC = 64
"""Chords of a quarter circle where a shape is shrunk or grown by the margin: 0.01 % of it."""


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rules `area` and `hole`."""
    if case.area is None:
        return
    margin = case.plan.limits.margin
    assert isinstance(case.area, shapely.Polygon)
    outer = shapely.Polygon(case.area.exterior)
    allowed = outer.buffer(-margin, quad_segs=ARC) if margin else outer
    holes = [shapely.Polygon(ring) for ring in case.area.interiors]
    forbidden = [hole.buffer(margin, quad_segs=ARC) if margin else hole for hole in holes]
    shapely.prepare([outer, allowed, *forbidden])
    for track in case.tracks:
        inside, clear = _bound(case, track, outer)
        yield from one_a_leg(
            finding
            for piece in where(inside & ~shapely.covers(allowed, track.lines))
            for stray in [shapely.difference(track.lines[piece], allowed)]
            for finding in _stray(case, track, piece, stray, outer, hole=None)
        )
        for number, (hole, region) in enumerate(zip(holes, forbidden, strict=True), 1):
            yield from one_a_leg(
                finding
                for piece in where(clear & shapely.intersects(region, track.lines))
                for stray in [shapely.intersection(track.lines[piece], region)]
                for finding in _stray(case, track, piece, stray, hole, hole=number)
            )


def _bound(
    case: Case, track: Track, outer: shapely.Polygon
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pieces stay inside the area, and which keep out of its holes."""
    waypoints = track.sortie.waypoints
    works = np.array(
        [point.purpose in WORK and point.action not in {"takeoff", "land"} for point in waypoints]
    )[track.pieces.waypoint]
    if not case.plan.inside_area:
        return works, works
    everything = np.ones(len(works), bool)
    ends = track.samples.place[[0, -1]]
    if shapely.intersects_xy(outer, ends).all():
        return everything, everything
    between = np.zeros(len(works), bool)
    if works.any():
        first, last = np.flatnonzero(works)[[0, -1]]
        between[first : last + 1] = True
    return between, everything


def _stray(
    case: Case,
    track: Track,
    piece: int,
    stray: BaseGeometry,
    polygon: shapely.Polygon,
    hole: int | None,
) -> Iterator[Finding]:
    """The finding on a part of a piece that is where it may not be, unless it is only rounding."""
    if stray.is_empty:
        return
    points = _along(stray)
    off = shapely.distance(shapely.points(points), polygon.exterior)
    within = shapely.contains_xy(polygon, points)
    margin = case.plan.limits.margin
    beyond = margin + np.where(within == (hole is None), -off, off)
    worst = int(beyond.argmax())
    if beyond[worst] <= PLACE_TOLERANCE:
        return
    rule: Rule = "area" if hole is None else "hole"
    yield case.at(
        rule,
        track,
        track.pieces.waypoint[piece],
        points[worst],
        _said(stray.length, float(beyond[worst]), margin, hole),
        amount=beyond[worst],
        limit=0,
    )


def _said(length: float, beyond: float, margin: float, hole: int | None) -> str:
    told = {"length": length, "beyond": beyond, "margin": margin, "hole": hole}
    if hole is None and margin:
        return sentence(
            "check.area.margin",
            "{length:.1f} m of the way are outside the area or within {margin:g} m of its edge, up "
            "to {beyond:.2f} m beyond",
            **told,
        )
    if hole is None:
        return sentence(
            "check.area",
            "{length:.1f} m of the way are outside the area, up to {beyond:.2f} m beyond",
            **told,
        )
    if margin:
        return sentence(
            "check.hole.margin",
            "{length:.1f} m of the way are in hole {hole} of the area or within {margin:g} m of its "
            "edge, up to {beyond:.2f} m beyond",
            **told,
        )
    return sentence(
        "check.hole",
        "{length:.1f} m of the way are in hole {hole} of the area, up to {beyond:.2f} m beyond",
        **told,
    )


def _along(line: BaseGeometry) -> Floats:
    """(N, 2) points all along a line, or the point."""
    step = max(FINE, line.length / FINE_MOST)
    return shapely.get_coordinates(shapely.segmentize(line, step))
