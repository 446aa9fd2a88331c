"""Areas, lines and points from whatever file they were drawn in.

The format is told from the content: GeoJSON, KML, KMZ, WKT, GPX, QGroundControl's `.plan` (its
fence, its surveys, its items) and our own plans. Coordinates are WGS84 degrees. A file is read
whole or refused whole, in one line that says where it is wrong.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fleet.forms import FormError, Node
from fleet.forms import parse as parse_json
from missions.area import Area
from missions.errors import PlanningError
from missions.files import geojson, gpx, kml, qgc_shapes, wkt, xml
from missions.files.disk import read_bytes
from missions.files.shapes import Outline, Point, Shapes
from missions.plan import FORMAT


def read_shapes(path: str | Path) -> Shapes:
    """All that is drawn in a file. Raises PlanningError if it cannot be read."""
    data = read_bytes(path)
    try:
        return _shapes(data)
    except FormError as error:
        raise PlanningError(f"{path}: {error}") from None
    except PlanningError as error:
        raise PlanningError(f"{path} {error}") from None


def read_areas(path: str | Path) -> list[Area]:
    """All areas of a file, in its order; those of a MultiPolygon are several.

    Areas without a name have an empty one. Raises PlanningError if there is none, or one is not
    valid.
    """
    outlines = read_shapes(path).outlines
    if not outlines:
        raise PlanningError(f"{path} has no polygon in it; draw the area as one")
    return [_area(path, outline) for outline in outlines]


def read_area(path: str | Path, name: str | None = None) -> Area:
    """The area of a file: the only one, or the only one of that name.

    Unnamed areas are called by their number in the file, from 1. Raises PlanningError if it is
    not clear which one is meant; the others of the file need not be valid.
    """
    outlines = read_shapes(path).outlines
    names = [outline.name or str(number) for number, outline in enumerate(outlines, 1)]
    chosen = [outline for outline, its in zip(outlines, names, strict=True) if name in {None, its}]
    if len(chosen) == 1:
        return _area(path, chosen[0])
    if not outlines:
        raise PlanningError(f"{path} has no polygon in it; draw the area as one")
    listed = ", ".join(repr(its) for its in names[:10]) + (", …" if len(names) > 10 else "")
    if name is None:
        raise PlanningError(f"{path} has {len(outlines)} areas; choose one by its name: {listed}")
    many = "several areas are" if chosen else "no area is"
    raise PlanningError(f"in {path} {many} called {name!r}; there are {listed}")


def read_line(path: str | Path, name: str | None = None) -> NDArray[np.float64]:
    """(N, 2) longitude and latitude of the line of a file: the only one, or that of a name.

    Raises PlanningError if it is not clear which one is meant, or it has less than two places.
    """
    lines = read_shapes(path).lines
    names = [line.name or str(number) for number, line in enumerate(lines, 1)]
    chosen = [line for line, its in zip(lines, names, strict=True) if name in {None, its}]
    if len(chosen) != 1:
        listed = ", ".join(repr(its) for its in names[:10]) + (", …" if len(names) > 10 else "")
        asked = "" if name is None else f" called {name!r}"
        raise PlanningError(
            f"{path} has {len(chosen)} lines{asked}, one is wanted; there are: {listed or 'none'}"
        )
    positions = np.array(chosen[0].positions, float).reshape(-1, 2)
    if len(np.unique(positions, axis=0)) < 2:
        raise PlanningError(f"{path}: the line {chosen[0].name!r} has fewer than two places")
    return positions


def read_points(path: str | Path) -> list[Point]:
    """All points of a file. Raises PlanningError if there is none."""
    points = read_shapes(path).points
    if not points:
        raise PlanningError(f"{path} has no points in it")
    return points


def _area(path: str | Path, outline: Outline) -> Area:
    try:
        return Area.from_rings(outline.exterior, outline.holes, outline.name)
    except PlanningError as error:
        raise PlanningError(f"{path}: {error}") from None


def _shapes(data: bytes) -> Shapes:
    if data.startswith(b"PK\x03\x04"):
        data = kml.unzipped(data)
    begin = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith((b"{", b"[")):
        return _json(parse_json(data))
    if begin.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return _xml(data)
    try:
        text = data.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError:
        raise PlanningError(_UNKNOWN) from None
    if text.upper().startswith(wkt.WORDS):
        return wkt.shapes(text)
    raise PlanningError(_UNKNOWN)


_UNKNOWN = "is none of GeoJSON, KML, KMZ, WKT, GPX and .plan; save the drawing as one of these"


def _json(root: Node) -> Shapes:
    if root.find("fileType") is not None:
        return qgc_shapes.shapes(root)
    if (form := root.find("format")) is not None and form.value == FORMAT:
        return geojson.shapes(root.need("area"))
    kind = root.need("type")
    if kind.text() not in geojson.TYPES:
        raise kind.fault(f"is {kind.text()[:40]!r}, which is no type of GeoJSON")
    return geojson.shapes(root)


def _xml(data: bytes) -> Shapes:
    root = xml.parse(data)
    if xml.local(root) == "gpx":
        return gpx.shapes(root)
    if xml.local(root) == "kml":
        return kml.shapes(root)
    raise PlanningError(f"is XML, but {xml.local(root)[:40]!r} instead of kml or gpx")
