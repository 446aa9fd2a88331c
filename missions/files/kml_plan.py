"""A plan as KML for Google Earth and its like: area, zones, and the sorties' legs by purpose."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

import shapely

from fleet.wording import sentence
from missions.files import xml
from missions.files.plan_shapes import polygons, runs
from missions.plan import Home, Plan, Sortie, Waypoint
from missions.route import Purpose

NAMESPACE = "http://www.opengis.net/kml/2.2"

_COLOURS: dict[Purpose | str, str] = {
    "area": "4d00a5ff",
    "zone": "660000ff",
    "transit": "ffb0b0b0",
    "lane": "ff00c000",
    "turn": "ff80e080",
    "station": "ffff8000",
    "patrol": "ffff00ff",
    "return": "ff707070",
}
"""By style, in KML's order: opacity, blue, green, red."""


def write(plan: Plan) -> tuple[bytes, list[str]]:
    """The KML of a plan, and what it does not carry, one line each.

    Altitudes are above sea level where home's is known, else above the ground.
    """
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(f"{{{NAMESPACE}}}kml")
    document = _add(root, "Document")
    _add(document, "name", plan.name)
    for style, colour in _COLOURS.items():
        _add_style(document, style, colour)
    if plan.area is not None:
        parts = polygons(plan.area, f"the area of plan {plan.name!r}")
        _add_area(document, plan.name, "area", parts)
    for zone in plan.zones:
        _add_area(document, zone.name, "zone", polygons(zone.polygon, f"zone {zone.name!r}"))
    lost: list[str] = [
        sentence(
            "file.kml",
            "speeds, cameras, times, people, limits and the authority of the plan are not carried",
        )
    ]
    for sortie in plan.sorties:
        _add_sortie(document, sortie)
        if sortie.home.altitude is None:
            lost.append(
                sentence(
                    "file.kml.ground",
                    "sortie {sortie}: heights are shown above the ground instead of above home, "
                    "whose altitude is not known",
                    sortie=sortie.name,
                )
            )
    return ET.tostring(root, encoding="utf-8", xml_declaration=True), lost


def _add(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    element = ET.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = xml.printable(text) or None
    return element


def _add_style(document: ET.Element, style: str, colour: str) -> None:
    element = _add(document, "Style")
    element.set("id", style)
    line = _add(element, "LineStyle")
    _add(line, "color", colour)
    _add(line, "width", "2")
    _add(_add(element, "PolyStyle"), "color", colour)


def _add_placemark(parent: ET.Element, name: str, style: str) -> ET.Element:
    placemark = _add(parent, "Placemark")
    _add(placemark, "name", name)
    _add(placemark, "styleUrl", f"#{style}")
    return placemark


def _add_area(
    document: ET.Element, name: str, style: str, parts: Iterable[shapely.Polygon]
) -> None:
    geometry = _add(_add_placemark(document, name, style), "MultiGeometry")
    for part in parts:
        polygon = _add(geometry, "Polygon")
        oriented = shapely.geometry.polygon.orient(part)
        _add_ring(_add(polygon, "outerBoundaryIs"), oriented.exterior)
        for hole in oriented.interiors:
            _add_ring(_add(polygon, "innerBoundaryIs"), hole)


def _add_ring(boundary: ET.Element, ring: shapely.LinearRing) -> None:
    corners = shapely.get_coordinates(ring).tolist()
    text = " ".join(f"{longitude!r},{latitude!r}" for longitude, latitude in corners)
    _add(_add(boundary, "LinearRing"), "coordinates", text)


def _add_sortie(document: ET.Element, sortie: Sortie) -> None:
    folder = _add(document, "Folder")
    _add(folder, "name", f"{sortie.name} ({sortie.drone})")
    for run in runs(sortie):
        line = _add(
            _add_placemark(folder, f"{sortie.name} {run.purpose}", run.purpose), "LineString"
        )
        known = sortie.home.altitude is not None
        _add(line, "altitudeMode", "absolute" if known else "relativeToGround")
        places = (_coordinates(waypoint, sortie.home) for waypoint in run.waypoints)
        _add(line, "coordinates", " ".join(places))


def _coordinates(waypoint: Waypoint, home: Home) -> str:
    above = waypoint.height + (home.altitude or 0.0)
    return f"{waypoint.longitude!r},{waypoint.latitude!r},{above!r}"
