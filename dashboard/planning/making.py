"""From what was asked to a plan. Runs in a process of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from dashboard.planning.forms import (
    BorderForm,
    CorridorForm,
    CoverageForm,
    CrowdForm,
    LineForm,
    NamedDrone,
    OrbitForm,
    PolygonForm,
    SearchForm,
    Task,
    ZoneForm,
)
from missions import library
from missions.area import Area
from missions.crowd.sight import Demand
from missions.drones import Camera, DroneKind
from missions.errors import PlanningError
from missions.files.plan_json import parse
from missions.making.border import Patrol, border_plan
from missions.making.common import Common
from missions.making.coverage import Corridor, Coverage, corridor_plan, coverage_plan
from missions.making.crowd import Watch, overwatch_plan, ring_plan
from missions.making.orbit import Orbit, orbit_plan
from missions.making.search import Search, search_plan
from missions.plan import BorderLine, Crowd, Home, Limits, NoFly, Plan
from missions.sorties.fleet import Conditions, Drone, checked
from missions.sorties.planning import Progress, Stop
from missions.terrain import HeightGrid


def make(task: Task, progress: Progress, stop: Stop) -> tuple[Plan, HeightGrid | None]:
    """The plan, not yet proved, and the ground it was made over. Raises PlanningError."""
    common = _common(task, progress, stop)
    form = task.form
    match form:
        case CoverageForm():
            asked = Coverage(
                _area(form.area),
                form.spacing,
                form.sidelap,
                form.frontlap,
                form.gsd,
                form.margin,
                form.turns_outside,
            )
            plan = coverage_plan(asked, common)
        case CorridorForm():
            line = np.array(form.line.coordinates, float)
            plan = corridor_plan(
                Corridor(line, form.width, form.spacing, form.sidelap, form.frontlap), common
            )
        case OrbitForm():
            orbit = Orbit(_area(form.area), form.distance, form.lowest, form.rings)
            plan = orbit_plan(orbit, common)
        case SearchForm():
            plan = search_plan(_search(form), common)
        case CrowdForm():
            plan = _crowd(form, common, task.previous)
        case BorderForm():
            plan = _border(form, common)
    return plan, common.terrain


def _common(task: Task, progress: Progress, stop: Stop) -> Common:
    form, extra = task.form, _path(task.library)
    drones = [_drone(one, extra) for one in task.drones]
    return Common(
        name=task.name,
        created=task.created,
        start=form.start,
        drones=checked(drones),
        conditions=Conditions(
            wind=form.wind,
            temperature=form.temperature,
            limits=Limits(height_most=form.height_most),
        ),
        height=form.height,
        speed=form.speed,
        camera=_lens(form.camera, drones[0].kind, extra),
        zones=(*map(_zone, form.zones), *task.zones),
        terrain=None if task.terrain is None else HeightGrid.open(Path(task.terrain)),
        goal=form.goal,
        parameters={
            name: value
            for name, value in form.model_dump(mode="json", exclude_defaults=True).items()
            if isinstance(value, str | int | float)
        },
        progress=progress,
        stop=stop,
    )


def _drone(given: NamedDrone, extra: Path | None) -> Drone:
    kind = library.find(given.kind, extra)
    if given.battery is not None:
        kind = _charged(kind, given)
    return Drone(given.name, kind, Home.model_validate(given.home.model_dump()))


def _charged(kind: DroneKind, given: NamedDrone) -> DroneKind:
    """The kind with the battery as it is; the reserve stays that of a full one."""
    share = given.battery or 0.0
    if share <= kind.reserve:
        raise PlanningError(
            f"{given.name} has {100 * share:.0f} % in its battery, and {100 * kind.reserve:.0f} % "
            "are its reserve; charge it, or plan with full batteries"
        )
    return kind.model_copy(
        update={
            "name": f"{kind.name} at {100 * share:.0f} %",
            "battery": kind.battery * share,
            "reserve": kind.reserve / share,
        }
    )


def _lens(name: str | None, kind: DroneKind, extra: Path | None) -> Camera | None:
    """The camera that is named, else the drone's first. Raises PlanningError."""
    if name is None:
        return kind.cameras[0] if kind.cameras else None
    for known, camera in library.cameras(extra).items():
        if known.lower() == name.lower():
            return camera
    carried = ", ".join(camera.name for camera in kind.cameras) or "none of ours"
    raise PlanningError(f"no camera is called {name!r}; {kind.name} carries {carried}")


def _search(form: SearchForm) -> Search:
    return Search(
        pattern=form.pattern,
        detection=form.detection,
        law=form.law,
        spacing=form.spacing,
        datum=None if form.datum is None else (form.datum.latitude, form.datum.longitude),
        legs=form.legs,
        radius=form.radius,
        area=None if form.area is None else _area(form.area),
        track=None if form.track is None else form.track.coordinates,
        returning=not form.one_way,
        interval=form.interval,
        repeat=form.repeat,
        heading=form.heading,
    )


def _crowd(form: CrowdForm, common: Common, previous: str | None) -> Plan:
    people = Crowd(
        polygon=_area(form.area).geojson(),
        course=form.course,
        speed=form.pace,
        growth=form.growth,
        position_error=form.error,
    )
    if form.ring:
        return ring_plan(people, form.ring, common)
    watch = Watch(
        heights=tuple(form.heights or [form.height]),
        begin=form.begin,
        end=form.begin + form.last,
        demand=Demand(form.gsd, form.depression),
        spares=form.spares,
    )
    before = None if previous is None else parse(previous.encode(), "the plan of before")
    return overwatch_plan(people, watch, common, before)


def _border(form: BorderForm, common: Common) -> Plan:
    line = BorderLine(line=_line(form.line), side=form.side, buffer=form.buffer)
    patrol = Patrol(
        offset=form.offset,
        revisit=form.revisit,
        begin=form.begin,
        end=form.begin + form.last,
        antenna=form.antenna,
        seen_least=form.see,
    )
    return border_plan(line, form.authority, patrol, common)


def _area(polygon: PolygonForm, name: str = "") -> Area:
    outline, *holes = polygon.coordinates
    return Area.from_rings(outline, holes, name)


def _line(line: LineForm) -> dict[str, object]:
    return dict(shapely.geometry.mapping(shapely.LineString(line.coordinates)))


def _zone(form: ZoneForm) -> NoFly:
    limits: dict[str, object] = {}
    if form.lower is not None:
        limits |= {"lower": form.lower, "lower_reference": form.reference}
    if form.upper is not None:
        limits |= {"upper": form.upper, "upper_reference": form.reference}
    area = _area(form.polygon, form.name or "of the zone")
    return NoFly.model_validate({"name": form.name, "polygon": area.geojson(), **limits})


def _path(folder: str | None) -> Path | None:
    return None if folder is None else Path(folder)
