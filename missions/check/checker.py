"""The check itself: lay the plan out, ask every judge, put the findings in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.check import (
    battery,
    border,
    bounds,
    coverage,
    height,
    items,
    motion,
    people,
    pictures,
    relay,
    separation,
    structure,
    zones,
)
from missions.check.case import Case
from missions.check.geodesy import Plane
from missions.check.ground import Heights
from missions.check.power import Wind
from missions.check.report import Finding, Report
from missions.check.track import Track, fly
from missions.errors import PlanningError
from missions.plan import Place, Plan

JUDGES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    structure.judge,
    items.judge,
    bounds.judge,
    coverage.judge,
    pictures.judge,
    height.judge,
    people.judge,
    zones.judge,
    border.judge,
    battery.judge,
    separation.judge,
    motion.judge,
    relay.judge,
)


def check(plan: Plan, *, heights: Heights | None = None, now: datetime | None = None) -> Report:
    """Judge a plan; the same plan always gives the same report.

    `heights` gives the ground in metres above mean sea level at longitudes and latitudes, and may
    raise PlanningError where it is not known; without it the ground is as high as home. `now`,
    with a time zone, is what an authority must not have ended before. Raises nothing for a plan
    that `missions.plan` accepts: what cannot be judged is an error of the rule `structure`.
    """
    findings = list(structure.of_plan(plan))
    case = _lay_out(plan, heights, now, findings)
    if case is not None:
        for judge in JUDGES:
            findings += judge(case)
    order = {sortie.name: number for number, sortie in enumerate(plan.sorties)}

    def rank(finding: Finding) -> tuple[bool, int, int]:
        sortie = -1 if finding.sortie is None else order[finding.sortie]
        waypoint = -1 if finding.waypoint is None else finding.waypoint
        return finding.severity != "error", sortie, waypoint

    return Report(tuple(sorted(findings, key=rank)), tuple(_assumptions(plan, heights)))


def _lay_out(
    plan: Plan, heights: Heights | None, now: datetime | None, findings: list[Finding]
) -> Case | None:
    """The case; what cannot be laid out goes to the findings. None if nothing can."""
    fit = []
    for sortie in plan.sorties:
        if reason := structure.unfit(plan, sortie):
            message = sentence("check.structure", "cannot be judged: {reason}", reason=reason)
            findings.append(_unfit(message, sortie.name))
        else:
            fit.append(sortie)
    places: list[Place] = [place for sortie in fit for place in (sortie.home, *sortie.waypoints)]
    places += [station.place for station in plan.stations]
    if not places:
        return None
    try:
        plane = Plane.around(
            [place.longitude for place in places], [place.latitude for place in places]
        )
    except PlanningError as error:
        findings.append(_unfit(str(error)))
        return None
    wind = Wind(plan.wind.from_direction, plan.wind.speed)
    tracks: list[Track] = []
    for sortie in fit:
        try:
            tracks.append(fly(sortie, plan.kinds[sortie.kind], wind, plane, heights))
        except PlanningError as error:
            findings.append(_unfit(str(error), sortie.name))

    def read(
        name: str, geojson: dict[str, Any] | None, kinds: tuple[str, ...] = ("Polygon",)
    ) -> BaseGeometry | None:
        try:
            return None if geojson is None else plane.shape(geojson, kinds)
        except PlanningError as error:
            findings.append(_unfit(f"{name} {error}"))
            return None

    crowd = read(
        "the crowd", plan.crowd.polygon if plan.crowd else None, ("Polygon", "MultiPolygon")
    )
    zones = [
        (zone, read(f"the zone {zone.name}", zone.polygon, ("Polygon", "MultiPolygon")))
        for zone in plan.zones
    ]
    return Case(
        plan=plan,
        plane=plane,
        wind=wind,
        tracks=tuple(tracks),
        area=read("the area", plan.area),
        crowd=None if plan.crowd is None or crowd is None else people.reached(plan.crowd, crowd),
        zones=tuple((zone, shape) for zone, shape in zones if shape is not None),
        border=read("the border", plan.border.line if plan.border else None, ("LineString",)),
        heights=heights,
        now=now,
    )


def _unfit(message: str, sortie: str | None = None) -> Finding:
    return Finding(rule="structure", message=message, sortie=sortie)


def _assumptions(plan: Plan, heights: Heights | None) -> Iterator[str]:
    """What the plan does not say, and how it was taken."""
    if heights is None:
        yield sentence(
            "check.assumed.flat",
            "no height grid: the ground is taken to be as high as home everywhere",
        )
        if any(sortie.home.altitude is None for sortie in plan.sorties):
            yield sentence(
                "check.assumed.altitude",
                "the altitude of a home is not known: ceilings are not judged there, zones are "
                "taken to reach to all heights that they give above sea level, and homes to be "
                "equally high",
            )
    if plan.start is None and any(zone.times is not None for zone in plan.zones):
        yield sentence(
            "check.assumed.start", "the plan has no start: every zone is taken to be in force"
        )
