"""The fence of a QGroundControl `.plan`: polygons and circles to stay in or out of, and no more.

A plan is of version 1, its `geoFence` of version 2. A vehicle that is given several inclusions must
be in each of them (ArduPilot, unless FENCE_OPTIONS asks for their union), as with our keep-ins.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import shapely

from fleet.forms import FormError, Node, parse
from fleet.geofences.files.reports import Exported, Imported, corridor_lost, judging_lost
from fleet.geofences.geofence import Geofence
from fleet.geofences.shapes import Corridor
from fleet.geojson import position
from fleet.wording import sentence
from fleet.zones import RADIUS_MOST, Circle

SHAPES_MOST = 1000
"""Polygons, and circles, of a plan."""

CORNERS_MOST = 20_000

_NAMESPACE = uuid.UUID("5f0c6a3e-2f0a-45a6-8a3e-91f1f4b0c6d2")
_INCLUSION = {"keep-in": True, "keep-out": False}


def read(document: str | bytes | Mapping[str, Any], source: str = "") -> Imported:
    """The fences of a plan. Raises FormError for what is no plan, or has no `geoFence`."""
    root = parse(document)
    if root.need("fileType").text() != "Plan":
        raise root.fault("is no plan of QGroundControl")
    node = root.need("geoFence")
    if node.need("version").value != 2:
        raise node.need("version").fault("is not 2, the version of a fence that is read")
    fences = []
    for number, item in enumerate(node.need("polygons").items(SHAPES_MOST), 1):
        fences.append(_fence(item, f"fence polygon {number}", _polygon(item), source))
    for number, item in enumerate(node.need("circles").items(SHAPES_MOST), 1):
        fences.append(_fence(item, f"fence circle {number}", _circle(item), source))
    lost = _unread(root, node)
    if sum(fence.kind == "keep-in" for fence in fences) > 1:
        lost.append(
            sentence(
                "fence.qgc.inclusions",
                "each inclusion becomes a keep-in of its own: if the vehicle takes their union "
                "(ArduPilot's FENCE_OPTIONS), draw them as one",
            )
        )
    return Imported(tuple(fences), tuple(lost))


def _unread(root: Node, node: Node) -> list[str]:
    found: list[str] = []
    if node.find("breachReturn") is not None:
        found.append(
            sentence("fence.qgc.return", "the plan's return point of the fence is not read")
        )
    mission = root.find("mission")
    items = None if mission is None else mission.find("items")
    if items is not None and items.value:
        found.append(
            sentence("fence.qgc.mission", "the plan's mission is not read, only its fence")
        )
    return found


def _fence(item: Node, name: str, shape: shapely.Polygon | Circle, source: str) -> Geofence:
    inclusion = item.need("inclusion").value
    if not isinstance(inclusion, bool):
        raise item.need("inclusion").fault("is neither true nor false")
    try:
        return Geofence(
            name=name,
            kind="keep-in" if inclusion else "keep-out",
            shape=shape,
            id=str(uuid.uuid5(_NAMESPACE, f"{source}/{name}")),
            note=source,
        )
    except FormError as error:
        raise FormError(f"{item.place}: {error}") from None


def _polygon(item: Node) -> shapely.Polygon:
    corners = [_place(corner) for corner in item.need("polygon").items(CORNERS_MOST)]
    if len(set(corners)) < 3:
        raise item.fault("has fewer than three different corners")
    return shapely.Polygon(corners)


def _circle(item: Node) -> Circle:
    circle = item.need("circle")
    longitude, latitude = _place(circle.need("center"))
    return Circle(latitude, longitude, circle.need("radius").number(0, RADIUS_MOST))


def _place(node: Node) -> tuple[float, float]:
    """Longitude and latitude; latitude stands first in a plan."""
    value = node.value
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise node.fault("is no position: latitude and longitude are expected")
    return position(Node([value[1], value[0]], node.place))


def write(fences: Iterable[Geofence]) -> Exported:
    """A plan without a mission, with what of the fences a vehicle can be given."""
    polygons: list[dict[str, Any]] = []
    circles: list[dict[str, Any]] = []
    lost: list[str] = []
    home = [0.0, 0.0, 0.0]
    for fence in fences:
        inclusion = _INCLUSION.get(fence.kind)
        if inclusion is None:
            lost.append(
                sentence(
                    "fence.qgc.kind",
                    "geofence {name!r}: {kind} fences are not for vehicles; it is left out",
                    name=fence.name,
                    kind=fence.kind,
                )
            )
            continue
        if isinstance(fence.shape, Circle):
            centre = [fence.shape.latitude, fence.shape.longitude]
            circle = {"center": centre, "radius": fence.shape.radius}
            circles.append({"version": 1, "inclusion": inclusion, "circle": circle})
        elif not _add_polygons(fence, polygons, lost, inclusion=inclusion):
            continue
        lost += _not_carried(fence) + judging_lost(fence)
        inner = fence.outline.representative_point()
        home = [inner.y, inner.x, 0.0]
    document = {
        "fileType": "Plan",
        "version": 1,
        "groundStation": "QGroundControl",
        "mission": {
            "version": 2,
            "firmwareType": 3,  # MAV_AUTOPILOT_ARDUPILOTMEGA
            "vehicleType": 2,  # MAV_TYPE_QUADROTOR
            "cruiseSpeed": 15,
            "hoverSpeed": 5,
            "plannedHomePosition": home,
            "items": [],
        },
        "geoFence": {"version": 2, "polygons": polygons, "circles": circles},
        "rallyPoints": {"version": 2, "points": []},
    }
    return Exported(orjson.dumps(document, option=orjson.OPT_INDENT_2), tuple(lost))


def _add_polygons(
    fence: Geofence, polygons: list[dict[str, Any]], lost: list[str], *, inclusion: bool
) -> bool:
    """Adds its polygons; False if it cannot be said with those of a plan."""
    if isinstance(fence.shape, Corridor):
        lost.append(corridor_lost(fence))
    parts = shapely.get_parts(fence.outline).tolist()
    if inclusion and len(parts) > 1:
        lost.append(
            sentence(
                "fence.qgc.parts",
                "geofence {name!r}: it has {parts} parts, and a vehicle would have to be in all of "
                "them at once; it is left out",
                name=fence.name,
                parts=len(parts),
            )
        )
        return False
    for part in parts:
        polygons.append(_written(part.exterior, inclusion=inclusion))
        if part.interiors and not inclusion:
            lost.append(
                sentence(
                    "fence.qgc.holes",
                    "geofence {name!r}: its holes are closed: the vehicle keeps out of them too",
                    name=fence.name,
                )
            )
        elif inclusion:
            polygons.extend(_written(hole, inclusion=False) for hole in part.interiors)
    return True


def _written(ring: shapely.LinearRing, *, inclusion: bool) -> dict[str, Any]:
    corners = shapely.get_coordinates(ring)[:-1, ::-1].tolist()
    return {"version": 1, "inclusion": inclusion, "polygon": corners}


def _not_carried(fence: Geofence) -> list[str]:
    name = fence.name
    lost: list[str] = [
        sentence(
            "fence.qgc.name", "geofence {name!r}: its name and note are not carried", name=name
        )
    ]
    if fence.floor is not None or fence.ceiling is not None:
        lost.append(
            sentence(
                "fence.qgc.heights",
                "geofence {name!r}: its floor and ceiling are not carried: it is of every height "
                "there",
                name=name,
            )
        )
    if fence.periods:
        lost.append(
            sentence(
                "fence.qgc.hours",
                "geofence {name!r}: its hours are not carried: it is always in force there",
                name=name,
            )
        )
    if fence.valid_from is not None or fence.valid_until is not None:
        lost.append(
            sentence(
                "fence.qgc.valid",
                "geofence {name!r}: from when and until when it is valid is not carried",
                name=name,
            )
        )
    return lost
