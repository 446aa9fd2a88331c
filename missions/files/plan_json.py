"""A whole plan as JSON: nothing is lost, and what is loaded is what the planner made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from fleet import geojson
from fleet.forms import FormError, Node
from missions.errors import PlanningError
from missions.files.disk import read_bytes, write_whole
from missions.files.models import first_fault
from missions.plan import Plan

PLAN_MOST = 32 * 1024 * 1024
"""Bytes of a plan: some 100,000 waypoints."""


def save(plan: Plan, path: str | Path) -> None:
    """Write a plan, whole or not at all. Raises PlanningError if it cannot be written.

    What would not load again (a figure that is no number) is refused now, not when it is needed.
    """
    data = plan.model_dump_json(indent=1).encode()
    parse(data, f"the plan {plan.name!r} cannot be saved")
    write_whole(path, data)


def load(path: str | Path) -> Plan:
    """The plan of a file. Raises PlanningError with the place of the first fault in it."""
    return parse(read_bytes(path, PLAN_MOST), str(path))


def parse(data: bytes, what: str) -> Plan:
    """The plan of a file's bytes; `what` they are begins each error. Raises as `load`."""
    try:
        plan = Plan.model_validate_json(data)
        for geometry in _geometries(plan):
            _check(geometry)
    except ValidationError as error:
        raise PlanningError(f"{what}: {first_fault(error)}") from None
    except FormError as error:
        raise PlanningError(f"{what}: {error}") from None
    return plan


def _geometries(plan: Plan) -> Iterator[Node]:
    """The GeoJSON of a plan, which its model takes as it comes."""
    if plan.area is not None:
        yield Node(plan.area, "area")
    if plan.crowd is not None:
        yield Node(plan.crowd.polygon, "crowd.polygon")
    for number, zone in enumerate(plan.zones):
        yield Node(zone.polygon, f"zones[{number}].polygon")
    if plan.border is not None:
        yield Node(plan.border.line, "border.line")


def _check(geometry: Node) -> None:
    """Raises FormError for coordinates that are no places on Earth."""
    kind, coordinates = geometry.need("type").text(), geometry.need("coordinates")
    if kind == "LineString":
        geojson.line(coordinates)
    elif kind == "Polygon":
        geojson.rings(coordinates)
    elif kind == "MultiPolygon":
        for polygon in coordinates.items():
            geojson.rings(polygon)
    else:
        raise geometry.fault(f"is a {kind[:40]!r}, which a plan has no use for")
