"""What is drawn in a QGroundControl `.plan`: fence, surveys, corridors, the way, rally points."""

from __future__ import annotations

from fleet.forms import Node
from missions.circles import circle_ring
from missions.files import qgc_plan
from missions.files.mission import Command, Fence
from missions.files.shapes import Line, Outline, Point, Position, Shapes

_WITH_PLACE = {
    Command.WAYPOINT,
    Command.LOITER_UNLIMITED,
    Command.LOITER_TURNS,
    Command.LOITER_TIME,
    Command.LAND,
    Command.TAKEOFF,
    Command.VTOL_TAKEOFF,
    Command.VTOL_LAND,
}


def shapes(root: Node) -> Shapes:
    """The shapes of a plan. Raises FormError for what is no plan.

    A circle of the fence becomes a polygon within it (inclusion) or around it (exclusion).
    """
    found = Shapes()
    _add_fence(qgc_plan.read_fence(root.find("geoFence")), found)
    mission = root.need("mission")
    way: list[Position] = []
    for number, item in enumerate(mission.need("items").items(qgc_plan.ITEMS_MOST), 1):
        if item.need("type").text() == "ComplexItem":
            _add_complex(item, number, found)
        else:
            way += _place(item, number)
    if len(way) > 1:
        found.lines.append(Line("mission", way))
    home = mission.find("plannedHomePosition")
    if home is not None:
        place = qgc_plan.read_home(home)
        found.points.append(Point("home", place.latitude, place.longitude, place.altitude))
    for number, point in enumerate(qgc_plan.read_rally(root.find("rallyPoints")), 1):
        found.points.append(Point(f"rally {number}", point.latitude, point.longitude))
    return found


def _add_fence(fence: Fence, found: Shapes) -> None:
    for number, polygon in enumerate(fence.polygons, 1):
        found.outlines.append(Outline(f"fence polygon {number}", list(polygon.corners)))
    for number, circle in enumerate(fence.circles, 1):
        place = (circle.latitude, circle.longitude, circle.radius)
        ring = circle_ring(*place, around=not circle.inclusion)
        found.outlines.append(Outline(f"fence circle {number}", ring))


def _add_complex(item: Node, number: int, found: Shapes) -> None:
    """The polygon of a survey or a structure, the line of a corridor."""
    name = f"{item.need('complexItemType').text()} {number}"
    polygon, line = item.find("polygon"), item.find("polyline")
    if polygon is not None:
        found.outlines.append(Outline(name, _positions(polygon)))
    if line is not None:
        found.lines.append(Line(name, _positions(line)))


def _positions(listed: Node) -> list[Position]:
    corners = map(qgc_plan.coordinate, listed.items(qgc_plan.ITEMS_MOST))
    return [(longitude, latitude) for latitude, longitude, _ in corners]


def _place(node: Node, number: int) -> list[Position]:
    """Where an item leads; none for one that has no place, or means where the vehicle is (0, 0)."""
    item = qgc_plan.read_item(node, number)
    if item.command not in _WITH_PLACE or not (item.latitude or item.longitude):
        return []
    coordinate = Node([item.latitude, item.longitude], f"{node.place}.params")
    latitude, longitude, _ = qgc_plan.coordinate(coordinate)
    return [(longitude, latitude)]
