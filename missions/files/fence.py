"""A fence and rally points as mission items, in the form that ArduPilot and PX4 take.

Every vertex of a polygon carries the polygon's vertex count in p1, which alone tells where one
ends and the next begins (MAVLink, MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION). Items count from 0:
there is no home among them.
"""

from __future__ import annotations

from collections.abc import Sequence

from missions.errors import PlanningError
from missions.files.mission import (
    DEGREE_DECIMALS,
    Command,
    Fence,
    FenceCircle,
    FencePolygon,
    Frame,
    MissionItem,
    SafePoint,
)

_POLYGONS = {Command.POLYGON_INCLUSION: True, Command.POLYGON_EXCLUSION: False}
_CIRCLES = {Command.CIRCLE_INCLUSION: True, Command.CIRCLE_EXCLUSION: False}


def fence_items(fence: Fence) -> list[MissionItem]:
    """The items of a fence: polygons, circles, the return point.

    Raises PlanningError for a polygon of fewer than three corners and a circle without a radius,
    which an ArduPilot refuses, keeping the old fence.
    """
    rows: list[tuple[Command, float, tuple[float, float, float], Frame]] = []
    for polygon in fence.polygons:
        count = len(polygon.corners)
        if count < 3:
            raise PlanningError(f"a fence polygon has {count} corners; it needs three")
        inclusion = Command.POLYGON_INCLUSION if polygon.inclusion else Command.POLYGON_EXCLUSION
        for longitude, latitude in polygon.corners:
            rows.append((inclusion, count, (latitude, longitude, 0.0), Frame.GLOBAL))
    for circle in fence.circles:
        if not circle.radius > 0:
            raise PlanningError(f"a fence circle has a radius of {circle.radius:g} m")
        command = Command.CIRCLE_INCLUSION if circle.inclusion else Command.CIRCLE_EXCLUSION
        place = (circle.latitude, circle.longitude, 0.0)
        rows.append((command, circle.radius, place, Frame.GLOBAL))
    if fence.return_point is not None:
        back = fence.return_point
        place = (back.latitude, back.longitude, back.height)
        rows.append((Command.FENCE_RETURN, 0.0, place, Frame.RELATIVE))
    return [_item(seq, *row) for seq, row in enumerate(rows)]


def items_fence(items: Sequence[MissionItem]) -> Fence:
    """The fence of its items. Raises PlanningError for counts that do not fit, and other items."""
    polygons: list[FencePolygon] = []
    circles: list[FenceCircle] = []
    back: SafePoint | None = None
    index = 0
    while index < len(items):
        item = items[index]
        taken = 1
        if item.command in _POLYGONS:
            vertices = _vertices(items, index)
            taken = len(vertices)
            corners = tuple((vertex.longitude, vertex.latitude) for vertex in vertices)
            polygons.append(FencePolygon(corners, _POLYGONS[Command(item.command)]))
        elif item.command in _CIRCLES:
            if not item.p1 > 0:
                raise PlanningError(f"fence item {item.seq} is a circle of radius {item.p1:g} m")
            inclusion = _CIRCLES[Command(item.command)]
            circles.append(FenceCircle(item.latitude, item.longitude, item.p1, inclusion))
        elif item.command == Command.FENCE_RETURN:
            back = SafePoint(item.latitude, item.longitude, item.altitude)
        else:
            raise PlanningError(f"item {item.seq} has the command {item.command}: no fence item")
        index += taken
    return Fence(tuple(polygons), tuple(circles), back)


def rally_items(points: Sequence[SafePoint]) -> list[MissionItem]:
    """The items of rally points; heights are above home."""
    places = ((point.latitude, point.longitude, point.height) for point in points)
    return [
        _item(seq, Command.RALLY, 0.0, place, Frame.RELATIVE) for seq, place in enumerate(places)
    ]


def items_rally(items: Sequence[MissionItem]) -> list[SafePoint]:
    """The rally points of their items. Raises PlanningError for other items."""
    for item in items:
        if item.command != Command.RALLY:
            raise PlanningError(f"item {item.seq} has the command {item.command}: no rally point")
    return [SafePoint(item.latitude, item.longitude, item.altitude) for item in items]


def _vertices(items: Sequence[MissionItem], index: int) -> Sequence[MissionItem]:
    first = items[index]
    count = first.p1
    vertices = items[index : index + int(count)] if 3 <= count <= len(items) else ()
    same = all((vertex.command, vertex.p1) == (first.command, count) for vertex in vertices)
    if len(vertices) != count or not same:
        raise PlanningError(
            f"fence item {first.seq} begins a polygon of {count:g} vertices, and as many of its "
            "kind do not follow"
        )
    return vertices


def _item(
    seq: int, command: Command, p1: float, place: tuple[float, float, float], frame: Frame
) -> MissionItem:
    latitude, longitude, height = place
    return MissionItem(
        seq=seq,
        frame=frame,
        command=command,
        p1=p1,
        latitude=round(latitude, DEGREE_DECIMALS),
        longitude=round(longitude, DEGREE_DECIMALS),
        altitude=height,
    )
