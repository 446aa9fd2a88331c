"""A sortie as mission items, and back.

ArduPilot (AP_Mission) and PX4 run the `DO_` items that stand before a navigation item when they
set out for it. So what a waypoint says of the leg that ends there stands before its item: speed,
gimbal and trigger where they change, the nose's direction at each waypoint that has one, because
the autopilot turns it ahead again at the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.files.mission import (
    DEGREE_DECIMALS,
    Command,
    Firmware,
    Frame,
    Mission,
    MissionItem,
)
from missions.files.models import validated
from missions.plan import Home, Sortie, Waypoint

_AIRSPEED, _GROUND_SPEED = 0.0, 1.0
_UNCHANGED = -1.0
_MAVLINK_TARGETING = 2.0
_PRIMARY_GIMBAL = 0.0
_YAW_IN_P4 = {Command.WAYPOINT, Command.TAKEOFF, Command.LAND}
"""Of PX4; elsewhere it has another meaning."""


def sortie_mission(
    sortie: Sortie, *, fixed_wing: bool = False, firmware: Firmware = "ardupilot"
) -> tuple[Mission, list[str]]:
    """The mission of a sortie, and what items cannot carry, one line each.

    `fixed_wing`: speeds are airspeeds. Latitudes and longitudes are rounded to 1e-7°, which is
    what travels. Raises PlanningError for a sortie without waypoints.
    """
    if not sortie.waypoints:
        raise PlanningError(f"sortie {sortie.name!r} has no waypoints")
    items: list[MissionItem] = []
    before: Waypoint | None = None
    for waypoint in sortie.waypoints:
        items += _leg(waypoint, before, fixed_wing=fixed_wing, firmware=firmware)
        items.append(_navigation(waypoint, firmware))
        before = waypoint
    numbered = tuple(replace(item, seq=seq) for seq, item in enumerate(items, 1))
    cruise = max(waypoint.speed for waypoint in sortie.waypoints)
    mission = Mission(
        items=numbered,
        home=sortie.home,
        firmware=firmware,
        fixed_wing=fixed_wing,
        cruise_speed=cruise,
        hover_speed=cruise,
    )
    return mission, _lost(sortie, firmware)


def mission_sortie(
    mission: Mission, *, name: str, drone: str, kind: str, speed: float
) -> tuple[Sortie, list[str]]:
    """The sortie that a mission flies, and what of it a sortie cannot carry, one line each.

    `speed` (m/s) is flown until an item changes it. Legs are transits, those with the camera
    running lanes, hovers and orbits stations: items do not say what a leg is for. Raises
    PlanningError, with the item's number, for what would make the way another one if it were left
    out: jumps, heights above terrain, loitering without end, unknown navigation.
    """
    if mission.home is None:
        raise PlanningError("the mission has no home; give one")
    reader = _Reader(mission.home, speed, mission.firmware)
    waypoints = tuple(waypoint for item in mission.items for waypoint in reader.take(item))
    if not waypoints:
        raise PlanningError("the mission has no item that goes anywhere")
    sortie = Sortie(name=name, drone=drone, kind=kind, home=mission.home, waypoints=waypoints)
    return sortie, reader.lost


def _leg(
    waypoint: Waypoint, before: Waypoint | None, *, fixed_wing: bool, firmware: Firmware
) -> Iterator[MissionItem]:
    """The items that stand before a waypoint's own."""
    climbs = waypoint.action in {"takeoff", "land"}
    changed = before is None or before.action == "takeoff" or before.speed != waypoint.speed
    if not climbs and changed:
        of = _AIRSPEED if fixed_wing else _GROUND_SPEED
        yield _do(Command.CHANGE_SPEED, of, waypoint.speed, _UNCHANGED)
    pitch = waypoint.gimbal_pitch
    if pitch is not None and (before is None or before.gimbal_pitch != pitch):
        if firmware == "px4":
            rates = (math.nan, math.nan)
            yield replace(
                _do(Command.GIMBAL_PITCH_YAW, pitch, math.nan, *rates), altitude=_PRIMARY_GIMBAL
            )
        else:
            yield replace(_do(Command.MOUNT_CONTROL, pitch), altitude=_MAVLINK_TARGETING)
    trigger = waypoint.trigger_distance
    if trigger != (0.0 if before is None else before.trigger_distance):
        yield _do(Command.TRIGGER_DISTANCE, trigger, 0.0, 1.0 if trigger else 0.0)
    if waypoint.yaw is not None and firmware == "ardupilot":
        yield _do(Command.CONDITION_YAW, waypoint.yaw)


def _navigation(waypoint: Waypoint, firmware: Firmware) -> MissionItem:
    in_item = firmware == "px4" and waypoint.action != "orbit"
    item = MissionItem(
        seq=0,
        frame=Frame.RELATIVE,
        command=Command.WAYPOINT,
        p1=waypoint.hold,
        latitude=round(waypoint.latitude, DEGREE_DECIMALS),
        longitude=round(waypoint.longitude, DEGREE_DECIMALS),
        altitude=waypoint.height,
    )
    if in_item:
        item = replace(item, p4=math.nan if waypoint.yaw is None else waypoint.yaw)
    match waypoint.action:
        case "takeoff":
            return replace(item, command=Command.TAKEOFF, p1=0.0)
        case "land":
            return replace(item, command=Command.LAND, p1=0.0)
        case "hover" if waypoint.yaw is None or not in_item:
            return replace(item, command=Command.LOITER_TIME, p4=0.0)
        case "orbit":
            turns, radius = waypoint.turns, waypoint.radius
            return replace(item, command=Command.LOITER_TURNS, p1=turns, p3=radius)
        case _:
            return item  # PX4 turns the nose at a waypoint only, so a hover with a yaw is one


def _do(
    command: Command, p1: float, p2: float = 0.0, p3: float = 0.0, p4: float = 0.0
) -> MissionItem:
    return MissionItem(0, Frame.MISSION, command, p1, p2, p3, p4)


def _lost(sortie: Sortie, firmware: Firmware) -> list[str]:
    lost: list[str] = [
        sentence(
            "file.items",
            "sortie {sortie}: its name, its drone {drone} and kind {kind} are not carried, nor what "
            "legs are for and how fast it takes off and lands",
            sortie=sortie.name,
            drone=sortie.drone,
            kind=sortie.kind,
        )
    ]
    if sortie.start:
        lost.append(
            sentence(
                "file.items.start",
                "sortie {sortie}: its start {start:g} s into the plan is not carried",
                sortie=sortie.name,
                start=sortie.start,
            )
        )
    for number, waypoint in enumerate(sortie.waypoints, 1):
        if waypoint.hold and waypoint.action not in {"fly", "hover"}:
            lost.append(
                sentence(
                    "file.items.hold",
                    "sortie {sortie}: waypoint {number} ({action}) holds for {hold:g} s, which is "
                    "not carried",
                    sortie=sortie.name,
                    number=number,
                    action=waypoint.action,
                    hold=waypoint.hold,
                )
            )
        if firmware == "px4" and waypoint.action == "orbit" and waypoint.yaw is not None:
            lost.append(
                sentence(
                    "file.items.orbit",
                    "sortie {sortie}: PX4 takes no yaw for the orbit of waypoint {number}",
                    sortie=sortie.name,
                    number=number,
                )
            )
    return lost


class _Reader:
    """Items one after the other, with what the ones before have set."""

    def __init__(self, home: Home, speed: float, firmware: Firmware) -> None:
        self.lost: list[str] = []
        self._home = home
        self._firmware = firmware
        self._speed = speed
        self._pitch: float | None = None
        self._trigger = 0.0
        self._yaw: float | None = None
        self._at = (home.latitude, home.longitude)
        self._height = 0.0

    def take(self, item: MissionItem) -> Iterator[Waypoint]:
        """The waypoint of an item; none for one that only sets something."""
        match item.command:
            case Command.CHANGE_SPEED:
                if item.p1 in {_AIRSPEED, _GROUND_SPEED} and item.p2 > 0:
                    self._speed = item.p2
                else:
                    self.lost.append(f"item {item.seq}: a speed that is not of flight is left out")
            case Command.MOUNT_CONTROL if item.altitude != _MAVLINK_TARGETING:
                self.lost.append(
                    f"item {item.seq}: the gimbal's mode {item.altitude:g} is left out"
                )
            case Command.MOUNT_CONTROL | Command.GIMBAL_PITCH_YAW:
                self._pitch = self._pitch if math.isnan(item.p1) else item.p1
            case Command.TRIGGER_DISTANCE:
                self._trigger = 0.0 if math.isnan(item.p1) else max(item.p1, 0.0)
            case Command.CONDITION_YAW:
                if item.p4 == 1:
                    self.lost.append(f"item {item.seq}: a turn by an angle is left out")
                else:
                    self._yaw = None if math.isnan(item.p1) else item.p1 % 360
            case Command.DO_JUMP:
                raise PlanningError(f"item {item.seq} jumps to another: write the way out in full")
            case command if command >= Command.NAV_LAST:
                self.lost.append(f"item {item.seq}: command {command} is left out")
            case _:
                yield self._waypoint(item)

    def _waypoint(self, item: MissionItem) -> Waypoint:
        if item.command == Command.RETURN_TO_LAUNCH:
            self.lost.append(
                f"item {item.seq}: the height of the return is the vehicle's own and not known"
            )
            self._at = (self._home.latitude, self._home.longitude)
            return self._made(item, "land", height=0.0)
        self._at, self._height = self._place(item)
        if item.command in {Command.TAKEOFF, Command.VTOL_TAKEOFF}:
            return self._made(item, "takeoff")
        if item.command in {Command.LAND, Command.VTOL_LAND}:
            return self._made(item, "land")
        hold = _or_zero(item.p1)
        if item.command == Command.WAYPOINT:
            return self._made(item, "fly", hold=hold)
        if item.command == Command.LOITER_TIME:
            return self._made(item, "hover", hold=hold)
        if item.command == Command.LOITER_TURNS:
            return self._made(item, "orbit", turns=hold, radius=_or_zero(item.p3))
        raise PlanningError(
            f"item {item.seq} has the command {item.command}, which a sortie does not know"
        )

    def _place(self, item: MissionItem) -> tuple[tuple[float, float], float]:
        """Where an item leads: 0, 0 is where the vehicle is, as autopilots take it."""
        latitude, longitude, altitude = item.latitude, item.longitude, item.altitude
        here = (latitude == 0 and longitude == 0) or math.isnan(latitude) or math.isnan(longitude)
        at = self._at if here else (latitude, longitude)
        if not (abs(at[0]) <= 90 and abs(at[1]) <= 180):
            raise PlanningError(f"item {item.seq} lies at {at[0]:g}, {at[1]:g}: no such place")
        if math.isnan(altitude):
            return at, self._height
        if item.frame in {Frame.RELATIVE, Frame.RELATIVE_INT}:
            return at, altitude
        if item.frame not in {Frame.GLOBAL, Frame.GLOBAL_INT}:
            raise PlanningError(
                f"item {item.seq} has a height of frame {item.frame}; above home (3) or above sea "
                "level (0) are read"
            )
        if self._home.altitude is None:
            raise PlanningError(
                f"item {item.seq} has a height above sea level, and home's altitude is not known"
            )
        return at, altitude - self._home.altitude

    def _made(self, item: MissionItem, action: str, **more: float) -> Waypoint:
        purpose = "lane" if self._trigger else "transit"
        purpose = "station" if action in {"hover", "orbit"} else purpose
        yaw, self._yaw = self._yaw, None
        if self._firmware == "px4" and item.command in _YAW_IN_P4 and not math.isnan(item.p4):
            yaw = item.p4 % 360
        values = {
            "latitude": self._at[0],
            "longitude": self._at[1],
            "height": self._height,
            "action": action,
            "purpose": purpose,
            "speed": self._speed,
            "yaw": yaw,
            "gimbal_pitch": self._pitch,
            "trigger_distance": self._trigger,
        }
        return validated(Waypoint, values | more, f"item {item.seq}")


def _or_zero(value: float) -> float:
    return 0.0 if math.isnan(value) else value
