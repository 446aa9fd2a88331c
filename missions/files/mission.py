"""A mission as an autopilot takes it: items of numbered commands (MAVLink's mission protocol)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from missions.plan import Home

Firmware = Literal["ardupilot", "px4"]

DEGREE_DECIMALS = 7
"""Of latitude and longitude on the wire: 1 cm."""


class Frame(IntEnum):
    """MAV_FRAME: what an item's altitude is above, as far as plans use it."""

    GLOBAL = 0
    """Mean sea level."""
    MISSION = 2
    """The item has no place."""
    RELATIVE = 3
    """Home."""
    GLOBAL_INT = 5
    RELATIVE_INT = 6
    TERRAIN = 10
    TERRAIN_INT = 11


class Command(IntEnum):
    """MAV_CMD, as far as plans use it. Those below NAV_LAST move the vehicle."""

    WAYPOINT = 16
    LOITER_UNLIMITED = 17
    LOITER_TURNS = 18
    LOITER_TIME = 19
    RETURN_TO_LAUNCH = 20
    LAND = 21
    TAKEOFF = 22
    VTOL_TAKEOFF = 84
    VTOL_LAND = 85
    NAV_LAST = 95
    CONDITION_YAW = 115
    DO_JUMP = 177
    CHANGE_SPEED = 178
    MOUNT_CONTROL = 205
    TRIGGER_DISTANCE = 206
    GIMBAL_PITCH_YAW = 1000
    FENCE_RETURN = 5000
    POLYGON_INCLUSION = 5001
    POLYGON_EXCLUSION = 5002
    CIRCLE_INCLUSION = 5003
    CIRCLE_EXCLUSION = 5004
    RALLY = 5100


@dataclass(frozen=True)
class MissionItem:
    """One item. What `p1` to `p4` say depends on the command; NaN is "not set".

    `latitude`, `longitude` and `altitude` are parameters 5 to 7, and other things than a place
    where the command has none.
    """

    seq: int
    frame: int
    command: int
    p1: float = 0.0
    p2: float = 0.0
    p3: float = 0.0
    p4: float = 0.0
    latitude: float = 0.0
    longitude: float = 0.0
    altitude: float = 0.0
    autocontinue: bool = True
    current: bool = False

    @property
    def parameters(self) -> tuple[float, float, float, float, float, float, float]:
        """Parameters 1 to 7."""
        place = (self.latitude, self.longitude, self.altitude)
        return (self.p1, self.p2, self.p3, self.p4, *place)


@dataclass(frozen=True)
class FencePolygon:
    """Corners (longitude, latitude) in order, the first not repeated; to stay in, or out of."""

    corners: tuple[tuple[float, float], ...]
    inclusion: bool = True


@dataclass(frozen=True)
class FenceCircle:
    """A circle to stay in, or out of; `radius` in metres."""

    latitude: float
    longitude: float
    radius: float
    inclusion: bool = True


@dataclass(frozen=True)
class SafePoint:
    """A place to go to: a rally point, or where a vehicle returns after a breach of the fence."""

    latitude: float
    longitude: float
    height: float
    """Metres above home."""


@dataclass(frozen=True)
class Fence:
    """Inclusions and exclusions; an empty one clears the fence of a vehicle."""

    polygons: tuple[FencePolygon, ...] = ()
    circles: tuple[FenceCircle, ...] = ()
    return_point: SafePoint | None = None


@dataclass(frozen=True)
class Mission:
    """What one vehicle is given. `items` are numbered from 1: ArduPilot's item 0 is `home`.

    Speeds are those that a ground station reckons with; what is flown is in the items.
    """

    items: tuple[MissionItem, ...]
    home: Home | None = None
    fence: Fence = Fence()
    rally: tuple[SafePoint, ...] = ()
    firmware: Firmware = "ardupilot"
    fixed_wing: bool = False
    cruise_speed: float = 15.0
    hover_speed: float = 5.0
