"""GPX 1.1: tracks, routes and waypoints in; sorties as tracks out.

What is out is written by gpxpy; what comes in is read from the guarded tree of `xml`, which gpxpy
cannot be given.
"""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import gpxpy.gpx

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.files import xml
from missions.files.shapes import Line, Point, Position, Shapes
from missions.plan import Plan


def shapes(root: ET.Element) -> Shapes:
    """The shapes of a file; a track's segments are lines of their own.

    Raises PlanningError (without the file's name).
    """
    found = Shapes()
    for element in root:
        name = xml.text(element, "name")
        match xml.local(element):
            case "wpt":
                longitude, latitude = _position(element)
                found.points.append(Point(name, latitude, longitude, _elevation(element)))
            case "rte":
                found.lines.append(Line(name, _positions(element, "rtept")))
            case "trk":
                for segment in xml.children(element, "trkseg"):
                    found.lines.append(Line(name, _positions(segment, "trkpt")))
            case _:
                pass  # metadata, extensions
    return found


def write(plan: Plan) -> tuple[bytes, list[str]]:
    """The sorties as tracks, homes as waypoints, and what the format cannot carry."""
    gpx = gpxpy.gpx.GPX()
    gpx.creator = "Nigehban"
    gpx.name = xml.printable(plan.name)
    lost: list[str] = [
        sentence("file.gpx", "area, zones, speeds, cameras and times of the plan are not carried")
    ]
    for sortie in plan.sorties:
        home = sortie.home
        place = (home.latitude, home.longitude, home.altitude)
        name = xml.printable(home.name or sortie.name)
        gpx.waypoints.append(gpxpy.gpx.GPXWaypoint(*place, name=name))
        description = xml.printable(f"{sortie.drone}, {sortie.kind}")
        track = gpxpy.gpx.GPXTrack(name=xml.printable(sortie.name), description=description)
        segment = gpxpy.gpx.GPXTrackSegment()
        for waypoint in sortie.waypoints:
            above = None if home.altitude is None else home.altitude + waypoint.height
            place = (waypoint.latitude, waypoint.longitude, above)
            segment.points.append(gpxpy.gpx.GPXTrackPoint(*place))
        if home.altitude is None:
            lost.append(
                sentence(
                    "file.gpx.heights",
                    "sortie {sortie}: heights, because home's altitude is not known",
                    sortie=sortie.name,
                )
            )
        track.segments.append(segment)
        gpx.tracks.append(track)
    return gpx.to_xml(version="1.1").encode(), lost


def _positions(element: ET.Element, kind: str) -> list[Position]:
    return [_position(child) for child in xml.children(element, kind)]


def _position(element: ET.Element) -> Position:
    said = (element.get("lon", ""), element.get("lat", ""))
    longitude, latitude = map(_number, said)
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise PlanningError(
            f"has a {xml.local(element)} at lat {said[1][:20]!r}, lon {said[0][:20]!r}: degrees "
            "within ±90 and ±180 are expected"
        )
    return longitude, latitude


def _elevation(element: ET.Element) -> float | None:
    elevation = _number(xml.text(element, "ele"))
    return elevation if math.isfinite(elevation) else None


def _number(said: str) -> float:
    try:
        return float(said)
    except ValueError:
        return math.nan
