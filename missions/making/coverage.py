"""All of an area, a corridor or a structure seen."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from fleet.wording import sentence
from missions.area import Area
from missions.camera import footprint, height_for_gsd, imaging
from missions.coverage.corridor import corridor
from missions.coverage.cover import cover
from missions.coverage.effort import Motion
from missions.coverage.outline import seen_from
from missions.errors import PlanningError
from missions.files.disk import write_whole
from missions.making.common import Common
from missions.making.terrain import over_terrain
from missions.plan import Imaging, Plan
from missions.projection import LocalFrame
from missions.route import Route
from missions.sorties.planning import Progress, Stop, plan_route
from missions.sorties.prepare import Survey

Floats = NDArray[np.float64]

ROUTE_SHARE = 0.5
"""Of the progress that is told: the way first, then its division among the drones."""


@dataclass(frozen=True)
class Coverage:
    """What of an area is to be seen and how. `gsd` in metres per pixel sets the height."""

    area: Area
    spacing: float | None = None
    sidelap: float = 0.7
    frontlap: float = 0.8
    gsd: float | None = None
    margin: float = 0.0
    turns_outside: bool = False


@dataclass(frozen=True)
class Corridor:
    """A strip `width` metres wide along a line of (N, 2) longitudes and latitudes."""

    line: Floats
    width: float
    spacing: float | None = None
    sidelap: float = 0.7
    frontlap: float = 0.8


def plain_route(
    area: Area, spacing: float, margin: float, file: Path, progress: Progress, stop: Stop
) -> float:
    """Write a plain route of one vehicle as a GeoJSON LineString; its length in metres.

    Raises PlanningError.
    """
    route = cover(
        area,
        spacing,
        margin=margin,
        stop=stop,
        progress=lambda share: progress(share, "looking for a short way"),
    )
    longitudes, latitudes = route.frame.to_geographic(route.points)
    places = np.round(np.column_stack([longitudes, latitudes]), 9).tolist()
    feature = {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": places},
        "properties": {"name": area.name, "length": round(route.length, 2), "spacing": spacing},
    }
    write_whole(file, orjson.dumps(feature, option=orjson.OPT_INDENT_2))
    return route.length


def coverage_plan(asked: Coverage, common: Common) -> Plan:
    """All of an area, zones left out. Raises PlanningError."""
    if asked.gsd is not None:
        if common.camera is None:
            raise PlanningError(
                sentence(
                    "planner.coverage.gsd",
                    "a --gsd wants a camera; name one",
                )
            )
        common = replace(common, height=height_for_gsd(common.camera, asked.gsd))
    how = _imaging(asked.spacing, asked.sidelap, asked.frontlap, common)
    kinds = {drone.kind.name: drone.kind for drone in common.drones}
    motion = Motion.of(next(iter(kinds.values())), common.speed)
    areas = _open_parts(asked.area, common)
    routes = [
        cover(
            area,
            how.spacing,
            motion=motion,
            swath=max(how.swath, how.spacing),
            margin=asked.margin,
            turns_outside=asked.turns_outside,
            stop=common.stop,
            progress=lambda share, part=part: common.progress(  # type: ignore[misc]  # its default
                ROUTE_SHARE * (part + share) / len(areas), "looking for a quick way"
            ),
        )
        for part, area in enumerate(areas)
    ]
    inside = not asked.turns_outside
    plan = _planned(routes, how, common, "coverage", asked.area, inside=inside)
    seen = shapely.union_all([seen_from(route.points, how.swath / 2) for route in routes])
    share = seen.intersection(asked.area.polygon).area / asked.area.polygon.area
    return plan.model_copy(
        update={"figures": plan.figures | {"coverage_percent": round(100 * share, 2)}}
    )


def corridor_plan(asked: Corridor, common: Common) -> Plan:
    """All of a strip along a line. Raises PlanningError."""
    how = _imaging(asked.spacing, asked.sidelap, asked.frontlap, common)
    frame = LocalFrame.around(*asked.line.T)
    route = corridor(frame, frame.to_local(*asked.line.T), asked.width, how.spacing)
    return _planned([route], how, common, "corridor", None, inside=False)


def _imaging(spacing: float | None, sidelap: float, frontlap: float, common: Common) -> Imaging:
    """How lanes and pictures lie: by the camera and the overlaps, or the spacing that is given."""
    if common.camera is None:
        if spacing is None:
            raise PlanningError(
                sentence(
                    "planner.coverage.camera",
                    "no camera: lanes follow from what it sees; name one or a --spacing",
                )
            )
        return Imaging(swath=_positive(spacing), spacing=_positive(spacing))
    how = imaging(common.camera, common.height, sidelap, frontlap)
    if spacing is None:
        return how
    width = footprint(common.camera, common.height).width
    if _positive(spacing) > width:
        raise PlanningError(
            sentence(
                "planner.coverage.gaps",
                "a spacing of {spacing:g} m leaves gaps: from {height:g} m the camera sees "
                "{width:.1f} m across; fly higher or closer lanes",
                spacing=spacing,
                height=common.height,
                width=width,
            )
        )
    return how.model_copy(update={"spacing": spacing})


def _positive(spacing: float) -> float:
    if not (math.isfinite(spacing) and spacing > 0):
        raise PlanningError(f"a spacing of {spacing:g} m is none; give metres above 0")
    return spacing


def _planned(
    routes: list[Route],
    how: Imaging,
    common: Common,
    pattern: str,
    area: Area | None,
    *,
    inside: bool,
) -> Plan:
    survey = Survey(common.height, common.speed, altitude=common.drones[0].home.altitude)
    if common.terrain is not None:
        routes, survey = over_terrain(routes, common.terrain, common)
    survey = replace(survey, imaging=how, ways=common.ways(routes[0].frame))
    plan = plan_route(
        routes,
        common.drones,
        survey,
        common.about(pattern, area=area, inside_area=False),
        common.conditions,
        common.goal,
        lambda share, doing: common.progress(ROUTE_SHARE + (1 - ROUTE_SHARE) * share, doing),
        common.stop,
    )
    if not inside:
        plan = plan.model_copy(update={"area": None})
    return common.with_zones(plan)


def _open_parts(area: Area, common: Common) -> list[Area]:
    """What of the area no zone closes. Raises PlanningError if nothing is left."""
    closed = common.closed(area.frame, common.height)
    if not closed:
        return [area]
    left = area.polygon.difference(shapely.union_all(closed))
    parts = [part for part in shapely.get_parts(left) if part.area > 1]
    if not parts:
        raise PlanningError(
            sentence(
                "planner.coverage.closed",
                "the zones close all of the area; leave it out or fly elsewhere",
            )
        )
    return [replace(area, polygon=shapely.geometry.polygon.orient(part)) for part in parts]
