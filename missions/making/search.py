"""A search of a place or an area by one of IAMSAR's patterns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from fleet.wording import sentence
from missions.area import Area
from missions.camera import footprint
from missions.crowd.sight import Heights
from missions.errors import PlanningError
from missions.making.common import Common
from missions.making.merging import merged
from missions.making.terrain import over_terrain
from missions.plan import Imaging, Plan
from missions.projection import LocalFrame
from missions.route import Route
from missions.search.contour import contour
from missions.search.detection import coverage_factor, pod, sector_pod, sweep_width
from missions.search.inputs import metres
from missions.search.patterns import pattern as pattern_named
from missions.search.rectangle import Rectangle
from missions.search.sector import sector
from missions.search.square import expanding_square
from missions.search.sweep import creeping_line, parallel_sweep
from missions.search.trackline import track_line
from missions.sorties.planning import plan_route
from missions.sorties.prepare import Survey

STACKED = frozenset({"expanding-square", "sector"})
"""Patterns over one place: several drones fly them one above the other."""


@dataclass(frozen=True)
class Search:
    """What is searched for, where and how. Metres, degrees; what a pattern does not want is None."""

    pattern: str
    detection: float
    """P(detect | in frame): of this target, from this height. There is no default."""

    law: str = "random"
    spacing: float | None = None
    """Between legs; None: the sweep width, for a coverage of 1."""

    datum: tuple[float, float] | None = None
    """Latitude and longitude."""

    legs: int = 12
    radius: float | None = None
    area: Area | None = None
    track: Sequence[tuple[float, float]] | None = None
    """Longitude and latitude of its points."""

    returning: bool = True
    interval: float = 20.0
    """Metres of height between contours."""

    repeat: int = 0
    heading: float | None = None


def search_plan(search: Search, common: Common) -> Plan:
    """The pattern, divided among the drones. Raises PlanningError."""
    if common.camera is None:
        raise PlanningError(
            sentence(
                "planner.search.camera",
                "no camera: what is detected depends on what it sees; name one",
            )
        )
    pattern_named(search.pattern)
    width = footprint(common.camera, common.height).width
    sweep = float(sweep_width(width, search.detection))
    spacing = sweep if search.spacing is None else metres(search.spacing, "the spacing")
    frame = _frame(search)
    draw = _drawing(search, common, frame, spacing)
    imaging = Imaging(camera=common.camera.name, swath=min(width, sweep), spacing=spacing)
    if search.pattern in STACKED and len(common.drones) > 1:
        plan = _stacked(draw, search, common, imaging)
    else:
        plan = planned_routes(
            [draw(search.repeat)], search.pattern, common, imaging, _searched(search)
        )
    length = plan.figures.get("lanes", draw(search.repeat).length)
    return common.with_zones(plan).model_copy(
        update={"figures": plan.figures | _worth(search, sweep, spacing, length, draw)}
    )


def planned_routes(
    routes: list[Route],
    pattern: str,
    common: Common,
    imaging: Imaging,
    area: Area | None = None,
) -> Plan:
    """The plan of search routes, divided among the drones. Raises PlanningError."""
    frame = routes[0].frame
    survey = Survey(common.height, common.speed)
    if common.terrain is not None:
        routes, survey = over_terrain(routes, common.terrain, common)
    survey = replace(survey, imaging=imaging, ways=common.ways(frame), reversible=False)
    about = common.about(pattern, area=area)
    return plan_route(
        routes,
        common.drones,
        survey,
        about,
        common.conditions,
        common.goal,
        common.progress,
        common.stop,
    )


def _stacked(
    draw: Callable[[int], Route], search: Search, common: Common, imaging: Imaging
) -> Plan:
    """Each drone a repeat of the pattern, each higher than the one before: they cross at datum."""
    step = common.conditions.limits.separation_vertical + 0.5
    highest = common.height + step * (len(common.drones) - 1)
    limit = common.conditions.limits.height_most
    if highest > limit:
        raise PlanningError(
            sentence(
                "planner.search.stack",
                "{drones} drones one above the other reach {highest:g} m, above the {limit:g} m"
                " allowed; take fewer drones or fly lower than {height:g} m",
                drones=len(common.drones),
                highest=highest,
                limit=limit,
                height=common.height,
            )
        )
    plans: list[Plan] = []
    for index, drone in enumerate(common.drones):
        if common.stop() and plans:
            break
        one = replace(common, drones=[drone], height=common.height + index * step)
        plans.append(planned_routes([draw(search.repeat + index)], search.pattern, one, imaging))
    return merged(plans)


def _frame(search: Search) -> LocalFrame:
    if search.area is not None:
        return search.area.frame
    if search.datum is not None:
        return LocalFrame(*search.datum)
    if search.track is not None:
        return LocalFrame.around(*np.array(search.track, float).T)
    raise PlanningError(f"{search.pattern} wants a place: give an area, a datum or a track")


def _drawing(
    search: Search, common: Common, frame: LocalFrame, spacing: float
) -> Callable[[int], Route]:
    """What draws the pattern's repeat of a number."""
    wind = common.conditions.wind

    def wanted(name: str, value: object) -> None:
        if value is None:
            raise PlanningError(f"a search by {search.pattern} wants its {name}")

    datum = (0.0, 0.0)
    if search.datum is not None:
        (place,) = frame.to_local(search.datum[1], search.datum[0])
        datum = (float(place[0]), float(place[1]))
    match search.pattern:
        case "expanding-square":
            wanted("datum", search.datum)
            return lambda repeat: expanding_square(
                frame,
                spacing,
                search.legs,
                datum=datum,
                wind=wind,
                heading=search.heading,
                repeat=repeat,
            )
        case "sector":
            wanted("datum", search.datum)
            wanted("radius", search.radius)
            return lambda repeat: sector(
                frame,
                metres(search.radius or 0.0, "the radius"),
                datum=datum,
                heading=search.heading,
                repeat=repeat,
            )
        case "track-line":
            wanted("track", search.track)
            points = frame.to_local(*np.array(search.track, float).T)
            return lambda _repeat: track_line(frame, points, spacing, returning=search.returning)
        case "contour":
            wanted("area", search.area)
            ground = _ground(common, frame)
            return lambda _repeat: contour(_area(search), ground, search.interval)
        case name:
            wanted("area", search.area)
            sweep = parallel_sweep if name == "parallel-sweep" else creeping_line
            rectangle = Rectangle.around(_area(search))
            return lambda _repeat: sweep(frame, rectangle, spacing)


def _searched(search: Search) -> Area | None:
    """What the lanes stay in: a sweep's rectangle, beyond the drawn area; no bounds else."""
    if search.area is None or search.pattern == "contour":
        return search.area
    if search.pattern not in {"parallel-sweep", "creeping-line"}:
        return None
    return replace(search.area, polygon=Rectangle.around(search.area).polygon())


def _area(search: Search) -> Area:
    assert search.area is not None
    return search.area


def _ground(common: Common, frame: LocalFrame) -> Heights:
    if common.terrain is None:
        raise PlanningError(
            sentence(
                "planner.search.heights",
                "a contour search wants the ground's heights: give a height grid",
            )
        )
    return common.terrain.on(frame)


def _worth(
    search: Search, sweep: float, spacing: float, length: float, draw: Callable[[int], Route]
) -> dict[str, float]:
    """Coverage factor and POD, as planned."""
    if search.pattern == "sector" and search.radius is not None:
        value = sector_pod(sweep, search.radius, law=search.law)
        return {"sweep_width": round(sweep, 3), "pod": round(value, 4)}
    if search.area is not None:
        coverage = coverage_factor(sweep, length, Rectangle.around(search.area).area)
    else:
        swept = shapely.LineString(draw(search.repeat).points).buffer(spacing / 2).area
        coverage = coverage_factor(sweep, draw(search.repeat).length, swept)
    return {
        "sweep_width": round(sweep, 3),
        "coverage_factor": round(coverage, 4),
        "pod": round(float(pod(search.law, coverage)), 4),
    }
