"""How much of the area a coverage plan's lanes see."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.check.case import Case
from missions.check.report import Finding

SHARE_LEAST = 99.5
"""Percent of what can be seen from inside, where the plan says nothing of its own."""

CLAIM_TOLERANCE = 0.5
"""Percent of the area."""


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rule `coverage`, for patterns whose name begins with it."""
    plan = case.plan
    if plan.imaging is None or case.area is None or not plan.pattern.startswith("coverage"):
        return
    reach = plan.imaging.swath / 2
    seen = shapely.union_all(shapely.buffer(_lanes(case), reach, quad_segs=16))
    claimed = plan.figures.get("coverage_percent")
    if claimed is None:
        inside = case.area.buffer(-plan.limits.margin).buffer(reach)
        asked = shapely.intersection(inside, case.area)
        limit, least = SHARE_LEAST, SHARE_LEAST
    else:
        asked, limit, least = case.area, claimed, claimed - CLAIM_TOLERANCE
    missed = shapely.difference(asked, seen)
    percent = 100 * (1 - missed.area / asked.area) if asked.area else 100.0
    if missed.is_empty or percent >= least:
        return
    parts = shapely.get_parts(missed)
    largest = parts[int(shapely.area(parts).argmax())]
    lon, lat = case.plane.degrees(shapely.get_coordinates(largest.representative_point()))
    yield Finding(
        rule="coverage",
        severity="warning",
        message=_said(percent, limit, largest.area, claimed=claimed is not None),
        latitude=float(lat[0]),
        longitude=float(lon[0]),
        amount=percent,
        limit=limit,
        unit="%",
    )


def _said(percent: float, limit: float, gap: float, *, claimed: bool) -> str:
    if claimed:
        return sentence(
            "check.coverage.said",
            "the lanes see {percent:.1f} % of the area, {limit:.1f} % the plan says; the largest "
            "gap, {gap:.0f} m², is here",
            percent=percent,
            limit=limit,
            gap=gap,
        )
    return sentence(
        "check.coverage",
        "the lanes see {percent:.1f} % of what can be seen from inside, {limit:.1f} % is asked; the "
        "largest gap, {gap:.0f} m², is here",
        percent=percent,
        limit=limit,
        gap=gap,
    )


def _lanes(case: Case) -> list[BaseGeometry]:
    """The lines of all lanes on the plane."""
    lanes: list[BaseGeometry] = []
    for track in case.tracks:
        lane = np.array([point.purpose == "lane" for point in track.sortie.waypoints])
        lanes += list(track.lines[lane[track.pieces.waypoint]])
    return lanes
