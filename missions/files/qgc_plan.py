"""QGroundControl's `.plan` (docs.qgroundcontrol.com, Plan File Format).

The file is of version 1; its mission, geoFence and rallyPoints are of version 2. Complex items (Survey, CorridorScan) are read as the simple items that QGroundControl has made of
them and keeps within; what has none (StructureScan, landing patterns) is refused by name.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import orjson

from fleet import geojson
from fleet.forms import FormError, Node
from fleet.wording import sentence
from missions.errors import PlanningError
from missions.files.mission import (
    Fence,
    FenceCircle,
    FencePolygon,
    Firmware,
    Mission,
    MissionItem,
    SafePoint,
)
from missions.plan import Home

ITEMS_MOST = 65_535
"""Items of a mission: what a sequence number can count."""

FIRMWARES: dict[Firmware, int] = {"ardupilot": 3, "px4": 12}
"""MAV_AUTOPILOT."""

_FIXED_WING, _QUADROTOR = 1, 2
_FIXED_WINGS = {1, *range(19, 26)}  # MAV_TYPE of fixed wings and of VTOLs
_RELATIVE_ALTITUDES = 1


def write(mission: Mission) -> tuple[bytes, list[str]]:
    """A `.plan`, and what it cannot carry, one line each.

    Raises PlanningError for a mission without a home, which the format demands, and for an
    infinite parameter.
    """
    lost: list[str] = []
    home = mission.home
    if home is None:
        raise PlanningError("a mission needs a home to be written as .plan")
    if home.name:
        lost.append(
            sentence("file.home.name", "the name of home is not carried ({home})", home=home.name)
        )
    if home.altitude is None:
        lost.append(
            sentence("file.home.altitude", "the altitude of home is not known and left empty")
        )
    document = {
        "fileType": "Plan",
        "version": 1,
        "groundStation": "QGroundControl",
        "mission": {
            "version": 2,
            "firmwareType": FIRMWARES[mission.firmware],
            "vehicleType": _FIXED_WING if mission.fixed_wing else _QUADROTOR,
            "globalPlanAltitudeMode": _RELATIVE_ALTITUDES,
            "cruiseSpeed": mission.cruise_speed,
            "hoverSpeed": mission.hover_speed,
            "plannedHomePosition": [home.latitude, home.longitude, home.altitude],
            "items": [_written(item) for item in mission.items],
        },
        "geoFence": _written_fence(mission.fence),
        "rallyPoints": {"version": 2, "points": [_place(point) for point in mission.rally]},
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2), lost


def read(root: Node) -> Mission:
    """The mission of a document. Raises FormError with the place of the first fault."""
    if root.need("fileType").text() != "Plan":
        raise root.fault("is no plan of QGroundControl")
    _version(root, 1)
    mission = root.need("mission")
    _version(mission, 2)
    items = tuple(_items(mission.need("items")))
    firmware = _whole(mission.need("firmwareType"))
    vehicle = mission.find("vehicleType")
    cruise, hover = mission.find("cruiseSpeed"), mission.find("hoverSpeed")
    return Mission(
        items=items,
        home=read_home(mission.need("plannedHomePosition")),
        fence=read_fence(root.find("geoFence")),
        rally=read_rally(root.find("rallyPoints")),
        firmware=next((name for name, code in FIRMWARES.items() if code == firmware), "ardupilot"),
        fixed_wing=vehicle is not None and _whole(vehicle) in _FIXED_WINGS,
        cruise_speed=15.0 if cruise is None else cruise.number(0, 1000),
        hover_speed=5.0 if hover is None else hover.number(0, 1000),
    )


def _written(item: MissionItem) -> dict[str, Any]:
    if any(map(math.isinf, item.parameters)):
        raise PlanningError(f"mission item {item.seq} has an infinite parameter")
    return {
        "type": "SimpleItem",
        "command": int(item.command),
        "frame": int(item.frame),
        "doJumpId": item.seq,
        "autoContinue": item.autocontinue,
        "params": list(item.parameters),  # orjson writes NaN as null, as QGroundControl does
    }


def _written_fence(fence: Fence) -> dict[str, Any]:
    written: dict[str, Any] = {
        "version": 2,
        "polygons": [
            {
                "version": 1,
                "inclusion": polygon.inclusion,
                "polygon": [[latitude, longitude] for longitude, latitude in polygon.corners],
            }
            for polygon in fence.polygons
        ],
        "circles": [
            {
                "version": 1,
                "inclusion": circle.inclusion,
                "circle": {
                    "center": [circle.latitude, circle.longitude],
                    "radius": circle.radius,
                },
            }
            for circle in fence.circles
        ],
    }
    if fence.return_point is not None:
        written["breachReturn"] = _place(fence.return_point)
    return written


def _place(point: SafePoint) -> list[float]:
    return [point.latitude, point.longitude, point.height]


def _items(listed: Node) -> Iterator[MissionItem]:
    seq = 1
    for node in listed.items(ITEMS_MOST):
        simple = [node]
        if node.need("type").text() == "ComplexItem":
            inner = _inner_items(node)
            if inner is None:
                kind = node.need("complexItemType").text()
                raise node.fault(f"is a {kind!r}, which holds no simple items to read")
            simple = list(inner.items(ITEMS_MOST))
        for item in simple:
            yield read_item(item, seq)
            seq += 1
            if seq > ITEMS_MOST:
                raise listed.fault(f"makes more than {ITEMS_MOST} items")


def _inner_items(node: Node) -> Node | None:
    """Where QGroundControl keeps the items of a complex one, since version 4 of a survey."""
    style = node.find("TransectStyleComplexItem")
    return None if style is None else style.need("Items")


def read_item(node: Node, seq: int) -> MissionItem:
    """A SimpleItem; its own `doJumpId` is not looked at."""
    parameters = [
        math.nan if value.value is None else value.number()
        for value in node.need("params").items(7)
    ]
    if len(parameters) != 7:
        raise node.fault(f"has {len(parameters)} params instead of 7")
    goes_on = node.need("autoContinue").value
    if not isinstance(goes_on, bool):
        raise node.need("autoContinue").fault("is neither true nor false")
    p1, p2, p3, p4, latitude, longitude, altitude = parameters
    return MissionItem(
        seq,
        _whole(node.need("frame"), 255),
        _whole(node.need("command"), 65_535),
        p1,
        p2,
        p3,
        p4,
        latitude,
        longitude,
        altitude,
        autocontinue=goes_on,
    )


def read_home(node: Node) -> Home:
    """Home of a `plannedHomePosition`."""
    latitude, longitude, altitude = coordinate(node)
    return Home(latitude=latitude, longitude=longitude, altitude=altitude)


def read_fence(node: Node | None) -> Fence:
    """The fence of a `geoFence` object; an empty one without it."""
    if node is None:
        return Fence()
    _version(node, 2)
    polygons = []
    for item in node.need("polygons").items(ITEMS_MOST):
        corners = [coordinate(corner)[:2] for corner in item.need("polygon").items(ITEMS_MOST)]
        if len(set(corners)) < 3:
            raise item.fault("has fewer than three different corners")
        polygons.append(FencePolygon(tuple((lon, lat) for lat, lon in corners), _inclusion(item)))
    circles = []
    for item in node.need("circles").items(ITEMS_MOST):
        circle = item.need("circle")
        latitude, longitude, _ = coordinate(circle.need("center"))
        radius = circle.need("radius").number(0, 1e6)
        circles.append(FenceCircle(latitude, longitude, radius, _inclusion(item)))
    back = node.find("breachReturn")
    return Fence(tuple(polygons), tuple(circles), None if back is None else _safe(back))


def _inclusion(node: Node) -> bool:
    value = node.need("inclusion").value
    if not isinstance(value, bool):
        raise node.need("inclusion").fault("is neither true nor false")
    return value


def read_rally(node: Node | None) -> tuple[SafePoint, ...]:
    """The rally points of a `rallyPoints` object; none without one."""
    if node is None:
        return ()
    _version(node, 2)
    return tuple(_safe(point) for point in node.need("points").items(ITEMS_MOST))


def _safe(node: Node) -> SafePoint:
    latitude, longitude, height = coordinate(node)
    if height is None:
        raise node.fault("has no height above home")
    return SafePoint(latitude, longitude, height)


def coordinate(node: Node) -> tuple[float, float, float | None]:
    """Latitude, longitude and, where given, altitude: the other way round than GeoJSON."""
    value = node.value
    if not isinstance(value, list | tuple) or len(value) not in {2, 3}:
        raise node.fault("is no coordinate: latitude, longitude and altitude are expected")
    longitude, latitude = geojson.position(Node([value[1], value[0]], node.place))
    altitude = value[2] if len(value) == 3 else None
    return latitude, longitude, None if altitude is None else Node(altitude, node.place).number()


def _version(node: Node, expected: int) -> None:
    if _whole(node.need("version")) != expected:
        found = node.need("version")
        raise found.fault(
            f"is {found.value}, {expected} is read; save it with a newer ground station"
        )


def _whole(node: Node, most: int = 1_000_000) -> int:
    number = node.number(0, most)
    if number != int(number):
        raise FormError(f"{node.place} is {number:g} instead of a whole number")
    return int(number)
