"""Areas, lines and points of KML 2.x, and of KMZ, which is KML in a zip file.

Elements are told by their local names, because files in use carry any namespace or none.
"""

from __future__ import annotations

import lzma
import math
import zipfile
import zlib
from io import BytesIO
from xml.etree import ElementTree as ET

from missions.errors import PlanningError
from missions.files import xml
from missions.files.disk import FILE_MOST
from missions.files.shapes import POSITIONS_MOST, Line, Point, Position, Shapes

ENTRIES_MOST = 10_000
"""Entries of a KMZ."""


def shapes(root: ET.Element) -> Shapes:
    """The shapes of all placemarks. Raises PlanningError (without the file's name)."""
    found = Shapes()
    for element in root.iter():
        if xml.local(element) == "Placemark":
            name = xml.text(element, "name")
            for child in element:
                _geometry(child, name, found)
    return found


def unzipped(data: bytes) -> bytes:
    """The KML of a KMZ: the first entry that ends so, as the standard says (KML 2.2, annex C).

    Raises PlanningError (without the file's name) if there is none, for an archive that is
    broken or encrypted, and for a KML of more than FILE_MOST bytes, whatever the archive says.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if len(archive.infolist()) > ENTRIES_MOST:
                raise PlanningError(f"has more than {ENTRIES_MOST} entries; that is no drawing")
            entry = next((e for e in archive.infolist() if e.filename.lower()[-4:] == ".kml"), None)
            if entry is None:
                raise PlanningError("has no .kml in it")
            with archive.open(entry) as file:
                inner = file.read(FILE_MOST + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        if isinstance(error, PlanningError):
            raise
        raise PlanningError(f"is no KMZ that can be read: {str(error)[:200]}") from None
    if len(inner) > FILE_MOST:
        raise PlanningError(f"unpacks to more than {FILE_MOST // 1024 // 1024} MB of KML")
    return inner


def _geometry(element: ET.Element, name: str, found: Shapes) -> None:
    """Adds what a geometry holds; nesting is bounded by xml.DEPTH_MOST."""
    match xml.local(element):
        case "Polygon":
            found.add_polygons(name, [_rings(element, name)])
        case "LineString" | "LinearRing":
            found.lines.append(Line(name, [place[:2] for place in _coordinates(element, name)]))
        case "Track":
            found.lines.append(Line(name, _track(element, name)))
        case "Point":
            longitude, latitude, altitude = _coordinates(element, name)[0]
            found.points.append(Point(name, latitude, longitude, altitude))
        case "MultiGeometry" | "MultiTrack":
            # Together, because one cut at the antimeridian stands in one MultiGeometry.
            parts = [_rings(child, name) for child in xml.children(element, "Polygon")]
            found.add_polygons(name, parts)
            for child in element:
                if xml.local(child) != "Polygon":
                    _geometry(child, name, found)
        case _:
            pass  # a name, a style, a description


def _rings(polygon: ET.Element, name: str) -> list[list[Position]]:
    boundaries = [
        *xml.children(polygon, "outerBoundaryIs"),
        *xml.children(polygon, "innerBoundaryIs"),
    ]
    rings = [
        [place[:2] for place in _coordinates(ring, name)]
        for boundary in boundaries
        for ring in xml.children(boundary, "LinearRing")
    ]
    if not rings or next(xml.children(polygon, "outerBoundaryIs"), None) is None:
        raise PlanningError(f"placemark {name!r} has a Polygon without an outer boundary")
    return rings


def _coordinates(element: ET.Element, name: str) -> list[tuple[float, float, float | None]]:
    child = next(xml.children(element, "coordinates"), None)
    tuples = [] if child is None else (child.text or "").split()
    if len(tuples) > POSITIONS_MOST:
        raise PlanningError(f"placemark {name!r} has more than {POSITIONS_MOST} positions")
    places = [_place(said.split(","), said, name) for said in tuples]
    if not places:
        raise PlanningError(f"placemark {name!r} has no coordinates")
    return places


def _track(element: ET.Element, name: str) -> list[Position]:
    said = [child.text or "" for child in xml.children(element, "coord")]
    return [_place(text.split(), text, name)[:2] for text in said]


def _place(parts: list[str], said: str, name: str) -> tuple[float, float, float | None]:
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in {2, 3} or not all(map(math.isfinite, numbers)):
        raise PlanningError(
            f"placemark {name!r} has the coordinates {said[:40]!r}; longitude,latitude[,altitude] "
            "are expected"
        )
    longitude, latitude = numbers[:2]
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise PlanningError(
            f"placemark {name!r} has longitude {longitude:g}, latitude {latitude:g}: longitude "
            "stands first, within ±180, latitude within ±90"
        )
    return longitude, latitude, numbers[2] if len(numbers) == 3 else None
