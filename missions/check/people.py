"""People: how near each metre of the way comes to where the crowd can be."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.check.case import Case, one_a_leg
from missions.check.report import Finding
from missions.check.rules import PLACE_TOLERANCE, TIME_TOLERANCE
from missions.check.track import Track
from missions.errors import PlanningError
from missions.plan import Crowd

GROUND_POINTS = 400
"""Places at which the ground below a crowd is asked, at least."""


def reached(crowd: Crowd, polygon: BaseGeometry) -> BaseGeometry:
    """Wherever the crowd can be from time zero to its horizon, but for growth and error.

    Its polygon on the plane swept along its way: itself, itself moved, and what each edge passes.
    """
    way = crowd.speed * crowd.horizon
    if way == 0:
        return polygon
    course = math.radians(crowd.course)
    # Whole millimetres: GEOS divides by differences of coordinates, which are not to be 1e-15.
    move = np.round([way * math.sin(course), way * math.cos(course)], 3)
    shapes = [polygon, shapely.transform(polygon, lambda points: points + move)]
    for part in shapely.get_parts(polygon):
        for ring in (part.exterior, *part.interiors):
            corners = shapely.get_coordinates(ring)
            edges = np.stack(
                [corners[:-1], corners[1:], corners[1:] + move, corners[:-1] + move], axis=1
            )
            passed = [shapely.Polygon(edge) for edge in edges]
            shapes += [part for part in passed if part.is_valid and part.area > 0]
    return shapely.union_all(shapes)


def judge(case: Case) -> Iterator[Finding]:
    """Findings of the rule `people`."""
    crowd = case.plan.crowd
    if case.crowd is None or crowd is None:
        return
    grown = crowd.growth * crowd.horizon + crowd.position_error
    ground, unknown = _lowest_ground(case, case.crowd)
    if unknown:
        yield Finding(
            rule="people",
            message=sentence(
                "check.people.ground",
                "the height of the ground below the crowd is not known: {reason}",
                reason=unknown,
            ),
        )
    shapely.prepare(case.crowd)
    for track in case.tracks:
        # How much lower than home the people stand; 0 on flat ground.
        drop = 0.0
        if ground is not None and track.ground.altitude is not None:
            drop = float(track.ground.altitude[0] - track.samples.height[0]) - ground
        yield from one_a_leg(_near(case, track, case.crowd, grown, drop))
    yield from _outlived(case, crowd)


def _near(
    case: Case, track: Track, crowd: BaseGeometry, grown: float, drop: float
) -> Iterator[Finding]:
    """The findings on pieces that come too near to a crowd that reaches `grown` metres further."""
    least = case.plan.limits.people_least
    ends = track.samples.height[track.first] + drop
    asked = np.maximum(np.maximum(ends[:-1], ends[1:]), least)
    for piece, line in enumerate(track.lines):
        if not shapely.dwithin(crowd, line, asked[piece] + grown - PLACE_TOLERANCE):
            continue
        look = track.close(piece)
        distance = np.asarray(shapely.distance(shapely.points(look.place), crowd)) - grown
        height = look.height + drop
        limit = np.asarray(np.maximum(height, least))
        worst = int((distance - limit).argmin())
        if distance[worst] >= limit[worst] - PLACE_TOLERANCE:
            continue
        amount = max(distance[worst], 0.0)
        figures = {"apart": amount, "height": height[worst], "least": limit[worst]}
        yield case.at(
            "people",
            track,
            track.pieces.waypoint[piece],
            look.place[worst],
            sentence(
                "check.people",
                "{apart:.1f} m from where people can be, {height:.0f} m above them; {least:.1f} m is "
                "the least distance",
                **figures,
            )
            if amount
            else sentence(
                "check.people.over",
                "over where people can be, {height:.0f} m above them; {least:.1f} m is the least "
                "distance",
                **figures,
            ),
            amount=amount,
            limit=limit[worst],
        )


def _outlived(case: Case, crowd: Crowd) -> Iterator[Finding]:
    """Sorties that go on when nobody knows any more where the crowd is."""
    if not (crowd.speed or crowd.growth):
        return
    late = [track for track in case.tracks if track.end > crowd.horizon + TIME_TOLERANCE]
    if late:
        last = max(late, key=lambda track: track.end)
        yield Finding(
            rule="people",
            severity="warning",
            message=sentence(
                "check.people.late",
                "the crowd moves and is reckoned for {horizon:.0f} s, the flight lasts to {end:.0f} "
                "s: plan anew before",
                horizon=crowd.horizon,
                end=last.end,
            ),
            sortie=last.sortie.name,
            amount=last.end,
            limit=crowd.horizon,
            unit="s",
        )


def _lowest_ground(case: Case, crowd: BaseGeometry) -> tuple[float | None, str]:
    """Above mean sea level, of the ground below a crowd; None without heights; or why not."""
    if case.heights is None:
        return None, ""
    west, south, east, north = crowd.bounds
    side = math.isqrt(GROUND_POINTS) + 1
    x, y = np.meshgrid(np.linspace(west, east, side), np.linspace(south, north, side))
    grid = np.column_stack([x.ravel(), y.ravel()])
    inside = grid[shapely.contains_xy(crowd, grid)]
    places = np.vstack([shapely.get_coordinates(crowd), inside])
    try:
        heights = np.asarray(case.heights(*case.plane.degrees(places)), float)
    except PlanningError as error:
        return None, str(error)
    if not np.isfinite(heights).all():
        return None, "the height grid has a void there"
    return float(heights.min()), ""
