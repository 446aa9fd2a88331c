"""A plan on the map, as GeoJSON features. Each has a `role` that says what it is.

| role | geometry | what |
|---|---|---|
| `area`, `crowd`, `zone` | polygons | as they are in the plan |
| `reach` | polygon | where the crowd can be until the plan's horizon |
| `border`, `buffer` | line, polygon | the line, and what no drone comes nearer to |
| `seen` | polygon | what the cameras see from the lanes of a sortie |
| `view` | polygon | what a post's camera sees |
| `way` | line | all of a sortie, with its number and figures |
| `leg` | line | a stretch of one purpose: `lane`, `transit`, `turn`, `patrol`, `return` … |
| `waypoint`, `home`, `post` | point | |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import shapely

from missions.camera import oblique_footprint
from missions.circles import circle_ring
from missions.coverage.outline import seen_from
from missions.crowd.people import Extent
from missions.errors import PlanningError
from missions.files.plan_shapes import Run, polygons, runs
from missions.plan import Plan, Sortie, Station
from missions.projection import LocalFrame

WAYPOINTS_MOST = 5000
"""Of a plan that are drawn one by one; the ways are drawn whole."""

DECIMALS = 7
"""Of a degree: a centimetre."""

SEEING = frozenset({"lane", "patrol"})

Feature = dict[str, Any]


def features(plan: Plan, frame: LocalFrame) -> list[Feature]:
    """All that is drawn of a plan, what lies below first. Raises PlanningError."""
    drawn = [*_ground(plan, frame)]
    for number, sortie in enumerate(plan.sorties):
        drawn += _sortie(plan, sortie, number, frame)
    drawn += (feature for one in plan.stations for feature in _station(plan, one, frame))
    left = WAYPOINTS_MOST
    for number, sortie in enumerate(plan.sorties):
        drawn += _waypoints(sortie, number, left)
        left = max(left - len(sortie.waypoints), 0)
    homes = {(one.home.longitude, one.home.latitude): one.home.altitude for one in plan.sorties}
    drawn += (
        _feature("home", shapely.Point(place), altitude=altitude)
        for place, altitude in homes.items()
    )
    return drawn


def frame_of(plan: Plan) -> LocalFrame:
    """The plane around all of a plan. Raises PlanningError for one without any place."""
    places = [point for one in plan.sorties for point in (one.home, *one.waypoints)]
    points = [(place.longitude, place.latitude) for place in places]
    points += [(one.place.longitude, one.place.latitude) for one in plan.stations]
    shapes = [
        plan.area,
        plan.crowd.polygon if plan.crowd is not None else None,
        plan.border.line if plan.border is not None else None,
    ]
    for shape in shapes:
        if shape is not None:
            points += map(tuple, shapely.get_coordinates(shapely.geometry.shape(shape)).tolist())
    if not points:
        raise PlanningError(f"plan {plan.name!r} has no area and no sortie: nothing to show")
    return LocalFrame.around(*np.array(points, float).T)


def _ground(plan: Plan, frame: LocalFrame) -> Iterator[Feature]:
    if plan.area is not None:
        yield _feature("area", _joined(plan.area, "the area"))
    if plan.crowd is not None:
        reach = Extent.of(plan.crowd, frame).within(0, plan.crowd.horizon)
        yield _feature("reach", frame.unproject(reach), horizon=plan.crowd.horizon)
        yield _feature("crowd", _joined(plan.crowd.polygon, "the crowd"))
    for zone in plan.zones:
        told = zone.model_dump(mode="json", exclude={"polygon"})
        yield _feature("zone", _joined(zone.polygon, f"zone {zone.name!r}"), **told)
    if plan.border is not None:
        line = shapely.geometry.shape(plan.border.line)
        near = shapely.buffer(frame.project(line), plan.border.buffer)
        yield _feature("buffer", frame.unproject(near), metres=plan.border.buffer)
        yield _feature("border", line, side=plan.border.side)


def _sortie(plan: Plan, sortie: Sortie, number: int, frame: LocalFrame) -> Iterator[Feature]:
    names = {"sortie": sortie.name, "number": number, "drone": sortie.drone}
    seen = _seen(plan, sortie, frame)
    if seen is not None:
        yield _feature("seen", seen, **names)
    if len(sortie.waypoints) > 1:
        places = [(point.longitude, point.latitude) for point in sortie.waypoints]
        yield _feature("way", shapely.LineString(places), **names)
    for run in runs(sortie):
        yield _feature("leg", _line(run), **names, purpose=run.purpose)
    for point in sortie.waypoints:
        if point.action == "orbit" and point.radius:
            ring = circle_ring(point.latitude, point.longitude, abs(point.radius), around=True)
            yield _feature("leg", shapely.LinearRing(ring), **names, purpose=point.purpose)


def _line(run: Run) -> shapely.LineString:
    return shapely.LineString([(point.longitude, point.latitude) for point in run.waypoints])


def _seen(plan: Plan, sortie: Sortie, frame: LocalFrame) -> shapely.Geometry | None:
    """What is seen from the lanes; None where the plan does not say how wide that is."""
    if plan.imaging is None:
        return None
    half = plan.imaging.swath / 2
    lines = [
        frame.to_local(*shapely.get_coordinates(_line(run)).T)
        for run in runs(sortie)
        if run.purpose in SEEING
    ]
    if not lines:
        return None
    seen = shapely.union_all([seen_from(line, half) for line in lines])
    return frame.unproject(shapely.simplify(seen, half / 50))


def _station(plan: Plan, station: Station, frame: LocalFrame) -> Iterator[Feature]:
    told = station.model_dump(mode="json", exclude={"place"})
    place = shapely.Point(station.place.longitude, station.place.latitude)
    lenses = [lens for kind in plan.kinds.values() for lens in kind.cameras]
    lens = next((one for one in lenses if one.name == station.camera), None)
    if lens is not None and station.gimbal_pitch < 0:
        try:
            corners = oblique_footprint(lens, station.height, station.gimbal_pitch, station.yaw)
        except PlanningError:
            pass  # its upper edge is above the horizon: it has no end
        else:
            middle = frame.to_local(place.x, place.y)[0]
            yield _feature("view", frame.unproject(shapely.Polygon(corners + middle)), **told)
    yield _feature("post", place, **told)


def _waypoints(sortie: Sortie, number: int, most: int) -> Iterator[Feature]:
    for index, point in enumerate(sortie.waypoints[:most]):
        told = point.model_dump(
            mode="json", exclude={"latitude", "longitude"}, exclude_defaults=True
        )
        place = shapely.Point(point.longitude, point.latitude)
        yield _feature(
            "waypoint",
            place,
            **{"action": "fly", "purpose": "transit", **told},
            sortie=sortie.name,
            number=number,
            index=index,
        )


def _joined(geometry: dict[str, Any], what: str) -> shapely.Geometry:
    parts = polygons(geometry, what)
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _feature(role: str, shape: shapely.Geometry, **properties: object) -> Feature:
    rounded = shapely.transform(shape, lambda places: np.round(places, DECIMALS))
    if isinstance(rounded, shapely.LinearRing):
        rounded = shapely.LineString(rounded)
    return {
        "type": "Feature",
        "geometry": orjson.loads(shapely.to_geojson(rounded)),
        "properties": {"role": role, **properties},
    }
