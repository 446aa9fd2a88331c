"""Geofences in KML 2.2, as Google Earth draws them.

Ours are placemarks with the outline to look at, and all that the fence has beside it as
ExtendedData, so they come back as they went. A placemark of anybody else is an area by a name.
Elements are told by their local names, because files in use carry any namespace or none.

Document types are refused and no entity is replaced: nothing grows, nothing is fetched.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import shapely
from lxml import etree

from fleet.forms import TEXT_MOST, FormError, Node, parse
from fleet.geofences.files.reports import Exported, Imported
from fleet.geofences.geofence import NAME_MOST, FenceKind, Geofence
from fleet.geofences.shapes import POSITIONS_MOST
from fleet.geofences.stored import from_json, to_json
from fleet.wording import sentence
from fleet.zone_parts import ZONES_MOST

NAMESPACE = "http://www.opengis.net/kml/2.2"

DOCUMENT_MOST = 16 * 1024 * 1024
"""Bytes of a KML."""

DATA = "nigehban:geofence"
"""Name of the ExtendedData that holds a fence."""

_NAMESPACE = uuid.UUID("b7e8a5a2-4c7e-4f7a-8a4c-0d0f4a9b5a61")

_AREAS = frozenset({"Polygon", "MultiPolygon"})

_COLOURS: dict[FenceKind, str] = {
    "keep-in": "4d00c000",
    "keep-out": "4d0000ff",
    "alert-only": "4d00a5ff",
    "privacy": "4dff00ff",
}
"""In KML's order: opacity, blue, green, red."""


def read(document: bytes, source: str = "", kind: FenceKind = "keep-out") -> Imported:
    """The fences of all placemarks; areas that are not ours become fences of `kind`.

    Raises FormError for what is no KML, for a document type, and for the first placemark that is
    not as it should be.
    """
    root = _parsed(document)
    fences: list[Geofence] = []
    lost: list[str] = []
    for number, placemark in enumerate(_named(root.iter(), "Placemark"), 1):
        if number > ZONES_MOST:
            raise FormError(f"the KML has more than {ZONES_MOST} placemarks")
        name = " ".join(_text(placemark, "name").split())[:NAME_MOST]
        name = "".join(c for c in name if c.isprintable()).strip() or f"placemark {number}"
        try:
            ours = _ours(placemark)
            if ours is not None:
                fences.append(ours)
                continue
            shape = _area(placemark, name, lost)
            if shape is None:
                continue
            identity = str(uuid.uuid5(_NAMESPACE, f"{source}/{name}/{number}"))
            fences.append(Geofence(name=name, kind=kind, shape=shape, id=identity, note=source))
        except FormError as error:
            raise FormError(f"placemark {name!r}: {error}") from None
        lost.append(
            sentence(
                "fence.kml.placemark",
                "placemark {name!r}: its heights, times and style are not read",
                name=name,
            )
        )
    return Imported(tuple(fences), tuple(lost))


def _parsed(document: bytes) -> etree._Element:
    if len(document) > DOCUMENT_MOST:
        raise FormError(f"the KML has {len(document)} bytes, at most {DOCUMENT_MOST} are read")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormError(f"the document is no XML: {' '.join(str(error).split())[:200]}") from None
    information: Any = root.getroottree().docinfo  # lxml-stubs do not know its doctype
    if information.doctype:
        raise FormError("the KML has a document type (<!DOCTYPE …>), which is refused; remove it")
    if _local(root) != "kml":
        raise FormError(f"the document is no KML: its root is {_local(root)[:40]!r}")
    return root


def _local(element: etree._Element) -> str:
    """An element's name without its namespace; empty for comments and the like."""
    tag: Any = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _named(elements: Iterable[etree._Element], *names: str) -> Iterator[etree._Element]:
    return (element for element in elements if _local(element) in names)


def _text(element: etree._Element, name: str) -> str:
    child = next(_named(element, name), None)
    return "" if child is None else child.text or ""


def _ours(placemark: etree._Element) -> Geofence | None:
    for data in _named(placemark.iter(), "Data"):
        if data.get("name") == DATA:
            told = parse(_text(data, "value"))
            if told.find("shape") is not None:
                return from_json(told)
            area = _area(placemark, "", [])
            if area is None:
                raise FormError("has no Polygon")
            shape = shapely.geometry.mapping(area)
            return from_json(Node(dict(told.value) | {"shape": shape}))
    return None


def _area(
    placemark: etree._Element, name: str, lost: list[str]
) -> shapely.Polygon | shapely.MultiPolygon | None:
    """All polygons of a placemark; None without any."""
    polygons = [_polygon(element) for element in _named(placemark.iter(), "Polygon")]
    others = sorted({_local(e) for e in _named(placemark.iter(), "Point", "LineString", "Track")})
    if others:
        lost.append(
            sentence(
                "fence.kml.noarea",
                "placemark {name!r}: a {what} has no area; it is left out",
                name=name,
                what=" and a ".join(others),
            )
        )
    if not polygons:
        return None
    together = shapely.MultiPolygon(polygons) if len(polygons) > 1 else polygons[0]
    if together.is_valid:
        return together
    if not all(polygon.is_valid for polygon in polygons):
        raise FormError("has a Polygon that crosses itself")
    joined = shapely.union_all(polygons)  # parts that share an edge or lie over each other
    assert isinstance(joined, shapely.Polygon | shapely.MultiPolygon)
    return joined


def _polygon(polygon: etree._Element) -> shapely.Polygon:
    outer, inner = (
        [
            _ring(ring)
            for boundary in _named(polygon, which)
            for ring in _named(boundary, "LinearRing")
        ]
        for which in ("outerBoundaryIs", "innerBoundaryIs")
    )
    if len(outer) != 1:
        raise FormError("has a Polygon without an outer boundary, or with several")
    return shapely.Polygon(outer[0], inner)


def _ring(ring: etree._Element) -> list[tuple[float, float]]:
    said = _text(ring, "coordinates").split()
    if len(said) > POSITIONS_MOST:
        raise FormError(f"has a ring of more than {POSITIONS_MOST} positions")
    places = [_place(each) for each in said]
    if len(set(places)) < 3:
        raise FormError("has a ring of fewer than three different corners")
    return places


def _place(said: str) -> tuple[float, float]:
    try:
        numbers = [float(part) for part in said.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in {2, 3} or not all(map(math.isfinite, numbers)):
        raise FormError(
            f"has the coordinates {said[:40]!r}; longitude,latitude[,altitude] are expected"
        )
    longitude, latitude = numbers[:2]
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise FormError(
            f"has longitude {longitude:g}, latitude {latitude:g}: longitude stands first, within "
            "±180, latitude within ±90"
        )
    return longitude, latitude


def write(fences: Iterable[Geofence]) -> Exported:
    """A KML of the fences; what only we read of it is told of."""
    namespaces: Any = {None: NAMESPACE}  # lxml-stubs do not know the default one
    root = etree.Element(f"{{{NAMESPACE}}}kml", nsmap=namespaces)
    document = _add(root, "Document")
    _add(document, "name", "Geofences")
    lost: list[str] = []
    for kind, colour in _COLOURS.items():
        style = _add(document, "Style")
        style.set("id", kind)
        _add(_add(style, "PolyStyle"), "color", colour)
    for fence in fences:
        told = to_json(fence)
        lost.append(_ours_alone(fence, told["shape"]["type"]))
        if told["shape"]["type"] in _AREAS:
            del told["shape"]  # the placemark's own, which may be redrawn
        _add_placemark(document, fence, orjson.dumps(told).decode())
    data = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Exported(data, tuple(lost))


def _ours_alone(fence: Geofence, shape: str) -> str:
    """What others do not read of a fence."""
    high = fence.floor is not None or fence.ceiling is not None
    told = {"name": fence.name, "shape": shape.lower()}
    match shape in _AREAS, high:
        case True, False:
            return sentence(
                "fence.kml.area",
                "geofence {name!r}: other programs do not read kind, hours, whom it is for",
                name=fence.name,
            )
        case True, True:
            return sentence(
                "fence.kml.area.heights",
                "geofence {name!r}: other programs do not read kind, hours, whom it is for, floor "
                "and ceiling (drawn on the ground)",
                name=fence.name,
            )
        case False, False:
            return sentence(
                "fence.kml.shape",
                "geofence {name!r}: other programs do not read that it is a {shape} (drawn as its "
                "outline), kind, hours, whom it is for",
                **told,
            )
        case _:
            return sentence(
                "fence.kml.shape.heights",
                "geofence {name!r}: other programs do not read that it is a {shape} (drawn as its "
                "outline), kind, hours, whom it is for, floor and ceiling (drawn on the ground)",
                **told,
            )


def _add(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text:
        element.text = text
    return element


def _add_placemark(document: etree._Element, fence: Geofence, told: str) -> None:
    placemark = _add(document, "Placemark")
    _add(placemark, "name", fence.name)
    _add(placemark, "description", _printable(fence.note)[:TEXT_MOST])
    _add(placemark, "styleUrl", f"#{fence.kind}")
    data = _add(_add(placemark, "ExtendedData"), "Data")
    data.set("name", DATA)
    _add(data, "value", told)
    geometry = _add(placemark, "MultiGeometry")
    for part in shapely.get_parts(fence.outline).tolist():
        polygon = _add(geometry, "Polygon")
        for which, ring in [
            ("outerBoundaryIs", part.exterior),
            *(("innerBoundaryIs", hole) for hole in part.interiors),
        ]:
            corners = shapely.get_coordinates(ring).tolist()
            text = " ".join(f"{longitude!r},{latitude!r}" for longitude, latitude in corners)
            _add(_add(_add(polygon, which), "LinearRing"), "coordinates", text)


def _printable(text: str) -> str:
    """A text without the characters that XML has no place for."""
    return "".join(c for c in text if c.isprintable())
