"""A geofence as JSON: the one form in which it is stored, sent and kept in GeoJSON files.

```
{"form": 1, "id": …, "version": 2, "name": …, "kind": "keep-out",
 "shape": {"type": "Polygon"|"MultiPolygon", "coordinates": …}
        | {"type": "Circle", "centre": [longitude, latitude], "radius": 400}
        | {"type": "Corridor", "line": [[longitude, latitude], …], "half_width": 50},
 "floor": {"height": 0, "above": "AGL"}, "ceiling": …,
 "periods": [{"from": …, "to": …, "hours": [
     {"days": ["MON", …], "start": "22:00:00" | "SS", "end": …, "zone": "Asia/Karachi"}]}],
 "valid_from": …, "valid_until": …,
 "scope": {"assets": […], "groups": […], "kinds": ["DRONE"]},
 "hysteresis": 10, "dwell": 0, "margin": {"factor": 2, "most": 30, "unknown": 0}, "note": …}
```
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timezone, tzinfo
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import shapely

from fleet import geojson
from fleet.assets import Kind
from fleet.daylight import ELEVATIONS, SunEvent
from fleet.forms import FormError, Node, parse
from fleet.geofences.geofence import (
    DWELL_MOST,
    HYSTERESIS_MOST,
    MARGIN_MOST,
    Above,
    FenceKind,
    Geofence,
    Level,
    Margin,
    Scope,
)
from fleet.geofences.shapes import WIDTH_MOST, Corridor, Shape
from fleet.moments import stamp
from fleet.schedules import EVERY_DAY, Hours, Period
from fleet.zone_parts import DAYS, PERIODS_MOST
from fleet.zones import HEIGHT_MOST, RADIUS_MOST, Circle

FORM = 1
"""Of this JSON; another one is refused."""

NAMES_MOST = 10_000
"""Assets, groups or kinds of a scope."""

_KINDS: dict[str, FenceKind] = {kind.upper(): kind for kind in get_args(FenceKind)}
_ABOVE: dict[str, Above] = {above: above for above in get_args(Above)}
_DAYS = {name: index for index, name in enumerate(DAYS)}
_ASSET_KINDS = {kind.name: kind for kind in Kind}
_EVENTS: dict[str, SunEvent] = {event: event for event in ELEVATIONS}


def to_json(fence: Geofence) -> dict[str, Any]:
    """The geofence in JSON's own types. What is None or empty is left out."""
    whole = {
        "form": FORM,
        "id": fence.id,
        "version": fence.version,
        "name": fence.name,
        "kind": fence.kind,
        "shape": shape_to_json(fence.shape),
        "floor": _level_to_json(fence.floor),
        "ceiling": _level_to_json(fence.ceiling),
        "periods": [_period_to_json(period) for period in fence.periods],
        "valid_from": fence.valid_from and stamp(fence.valid_from),
        "valid_until": fence.valid_until and stamp(fence.valid_until),
        "scope": {
            name: listed
            for name, listed in (
                ("assets", sorted(fence.scope.assets)),
                ("groups", sorted(fence.scope.groups)),
                ("kinds", sorted(kind.name for kind in fence.scope.kinds)),
            )
            if listed
        },
        "hysteresis": fence.hysteresis,
        "dwell": fence.dwell,
        "margin": {
            "factor": fence.margin.factor,
            "most": fence.margin.most,
            "unknown": fence.margin.unknown,
        },
        "note": fence.note,
    }
    return {name: value for name, value in whole.items() if value not in (None, [], {}, "")}


def from_json(document: str | bytes | Mapping[str, Any] | Node) -> Geofence:
    """The geofence of its JSON. Raises FormError with the place of the first fault."""
    root = document if isinstance(document, Node) else parse(document)
    form = root.find("form")
    if form is not None and form.value != FORM:
        raise form.fault(f"is {form.value!r}; this program reads form {FORM}")
    try:
        return Geofence(
            name=root.need("name").text(),
            kind=root.need("kind").choice(_KINDS),
            shape=shape_from_json(root.need("shape")),
            floor=_level(root.find("floor")),
            ceiling=_level(root.find("ceiling")),
            periods=_periods(root.find("periods")),
            scope=_scope(root.find("scope")),
            **_given(root),
        )
    except FormError as error:
        place = root.place
        told = str(error)
        raise FormError(told if not place or place in told else f"{place}: {told}") from None


def _given(root: Node) -> dict[str, Any]:
    """The plain fields that are there; the others keep their defaults."""
    readers: dict[str, Callable[[Node], Any]] = {
        "id": Node.text,
        "version": _whole,
        "note": Node.text,
        "valid_from": Node.instant,
        "valid_until": Node.instant,
        "hysteresis": lambda node: node.number(0, HYSTERESIS_MOST),
        "dwell": lambda node: node.number(0, DWELL_MOST),
        "margin": _margin,
    }
    found = {name: root.find(name) for name in readers}
    return {name: readers[name](node) for name, node in found.items() if node is not None}


def _level(node: Node | None) -> Level | None:
    if node is None:
        return None
    above = node.find("above")
    height = node.need("height").number(-HEIGHT_MOST, HEIGHT_MOST)
    return Level(height, "AGL" if above is None else above.choice(_ABOVE))


def shape_to_json(shape: Shape) -> dict[str, Any]:
    """A shape as above; outer rings are counter-clockwise, as RFC 7946 wants them."""
    if isinstance(shape, Circle):
        centre = [shape.longitude, shape.latitude]
        return {"type": "Circle", "centre": centre, "radius": shape.radius}
    if isinstance(shape, Corridor):
        line = [list(position) for position in shape.line]
        return {"type": "Corridor", "line": line, "half_width": shape.half_width}
    return dict(shapely.geometry.mapping(shape))


def shape_from_json(node: Node) -> Shape:
    """A shape of its JSON. Raises FormError."""
    kind = node.need("type").text()
    if kind == "Circle":
        longitude, latitude = geojson.position(node.need("centre"))
        return Circle(latitude, longitude, node.need("radius").number(0, RADIUS_MOST))
    if kind == "Corridor":
        line = tuple(geojson.line(node.need("line")))
        return Corridor(line, node.need("half_width").number(0, WIDTH_MOST))
    return geojson.polygons(node)


def _level_to_json(level: Level | None) -> dict[str, Any] | None:
    return None if level is None else {"height": level.height, "above": level.above}


def _period_to_json(period: Period) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if period.start is not None:
        found["from"] = stamp(period.start)
    if period.end is not None:
        found["to"] = stamp(period.end)
    if period.hours:
        found["hours"] = [_hours_to_json(hours) for hours in period.hours]
    return found


def _hours_to_json(hours: Hours) -> dict[str, Any]:
    found: dict[str, Any] = {"days": [DAYS[day] for day in sorted(hours.days)]}
    zones = []
    for which, clock in (("start", hours.start), ("end", hours.end)):
        if isinstance(clock, time):
            zone = _zone_name(clock.tzinfo)
            zones.append(zone)
            found[which] = clock.replace(tzinfo=None).isoformat()
            found[f"{which}_zone"] = zone
        else:
            found[which] = clock
    if len(set(zones)) == 1:
        found["zone"] = zones[0]
        found.pop("start_zone", None)
        found.pop("end_zone", None)
    return found


def _zone_name(zone: tzinfo | None) -> str:
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    if isinstance(zone, timezone):
        return datetime(2000, 1, 1, tzinfo=zone).isoformat()[19:]
    raise FormError(f"hours of the time zone {zone} cannot be stored; name it as Asia/Karachi")


def _periods(listed: Node | None) -> tuple[Period, ...]:
    if listed is None:
        return ()
    found = []
    for node in listed.items(PERIODS_MOST):
        start, end, hours = node.find("from"), node.find("to"), node.find("hours")
        rows = [] if hours is None else [_hours(row) for row in hours.items(PERIODS_MOST)]
        first = None if start is None else start.instant()
        last = None if end is None else end.instant()
        try:
            found.append(Period(first, last, tuple(rows)))
        except FormError as error:
            raise node.fault(str(error)) from None
    return tuple(found)


def _hours(row: Node) -> Hours:
    days = row.find("days")
    named = EVERY_DAY if days is None else frozenset(d.choice(_DAYS) for d in days.items(7))
    try:
        return Hours(_clock(row, "start"), _clock(row, "end"), named)
    except FormError as error:
        raise row.fault(str(error)) from None


def _clock(row: Node, which: str) -> time | SunEvent:
    said = row.need(which)
    event = _EVENTS.get(said.text().upper())
    if event is not None:
        return event
    zone = row.find(f"{which}_zone") or row.find("zone")
    return said.clock(None if zone is None else _zone(zone))


def _zone(node: Node) -> tzinfo:
    name = node.text()
    if name[:1] in {"+", "-"}:
        try:
            offset = datetime.fromisoformat(f"2000-01-01T00:00:00{name}").utcoffset()
        except ValueError:
            offset = None
        if offset is not None:
            return timezone(offset) if offset else UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise node.fault(f"is {name[:40]!r}, no time zone as Asia/Karachi or +05:00") from None


def _scope(node: Node | None) -> Scope:
    if node is None:
        return Scope()
    assets, groups, kinds = (node.find(name) for name in ("assets", "groups", "kinds"))
    listed = [] if kinds is None else kinds.items(NAMES_MOST)
    try:
        return Scope(
            _texts(assets), _texts(groups), frozenset(kind.choice(_ASSET_KINDS) for kind in listed)
        )
    except FormError as error:
        raise node.fault(str(error)) from None


def _texts(listed: Node | None) -> frozenset[str]:
    found = [] if listed is None else listed.items(NAMES_MOST)
    return frozenset(node.text() for node in found)


def _margin(node: Node) -> Margin:
    default = Margin()
    values = []
    for name in ("factor", "most", "unknown"):
        found = node.find(name)
        values.append(getattr(default, name) if found is None else found.number(0, MARGIN_MOST))
    try:
        return Margin(*values)
    except FormError as error:
        raise node.fault(str(error)) from None


def _whole(node: Node) -> int:
    number = node.number(1, 2**31 - 1)
    if number != int(number):
        raise node.fault(f"is {number:g} instead of a whole number")
    return int(number)
