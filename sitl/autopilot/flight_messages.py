"""What a vehicle says of its flight beyond its position: mission, fence, navigation, wind."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, degrees, hypot
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from fleet.peshawar import to_metres
from sitl.autopilot.breach import Breach
from sitl.autopilot.snapshot import Snapshot

_BREACH_TYPES = (  # the first that is breached is told
    (Breach.LOW, mavlink.FENCE_BREACH_MINALT),
    (Breach.HIGH, mavlink.FENCE_BREACH_MAXALT),
    (Breach.RADIUS | Breach.AREA, mavlink.FENCE_BREACH_BOUNDARY),
)


def mission_current(now: Snapshot) -> Any:
    """MISSION_CURRENT; `total` leaves home out."""
    vehicle = now.vehicle
    return mavlink.MAVLink_mission_current_message(
        vehicle.run.number,
        max(len(vehicle.mission.items) - 1, 0),
        vehicle.mission_state,
        int(vehicle.mode == vehicle.kind.number("AUTO")),
    )


def mission_item_reached(number: int) -> Any:
    """MISSION_ITEM_REACHED."""
    return mavlink.MAVLink_mission_item_reached_message(number)


def fence_status(now: Snapshot) -> Any:
    """FENCE_STATUS, with the time of the newest breach since boot in ms."""
    bounds = now.vehicle.bounds
    kind = next((kind for bits, kind in _BREACH_TYPES if bits & bounds.breach), 0)
    since_boot = bounds.time - now.vehicle.booted_at
    return mavlink.MAVLink_fence_status_message(
        int(bool(bounds.breach)),
        bounds.count,
        kind,
        round(since_boot * 1e3) if bounds.count else 0,
        1,
    )


def navigation(now: Snapshot) -> Any:
    """NAV_CONTROLLER_OUTPUT: what it flies to."""
    vehicle, sight = now.vehicle, now.vehicle.sight
    bearing, distance, climb = 0.0, 0.0, 0.0
    if vehicle.flying:
        east, north, height = vehicle.goal
        bearing = degrees(atan2(east - sight.east, north - sight.north))
        distance = vehicle.distance_to_go
        climb = max(height, 0.0) - sight.height
    roll, pitch, yaw = now.attitude
    return mavlink.MAVLink_nav_controller_output_message(
        degrees(roll),
        degrees(pitch),
        round(degrees(yaw) + 180) % 360 - 180,
        round(bearing),
        min(round(distance), 65535),
        climb,
        0.0,
        0.0,
    )


def local_position(now: Snapshot) -> Any:
    """LOCAL_POSITION_NED, from the filter's origin."""
    place = now.vehicle.place
    east, north = to_metres(now.latitude, now.longitude)
    origin_east, origin_north = to_metres(place.latitude, place.longitude)
    velocity_east, velocity_north, up = now.velocity
    return mavlink.MAVLink_local_position_ned_message(
        now.boot_ms,
        north - origin_north,
        east - origin_east,
        -now.height,
        velocity_north,
        velocity_east,
        -up,
    )


def wind(now: Snapshot) -> Any:
    """WIND: where it comes from."""
    east, north = now.wind
    return mavlink.MAVLink_wind_message(degrees(atan2(-east, -north)), hypot(east, north), 0.0)


BUILDERS: dict[int, Callable[[Snapshot], Any]] = {
    mavlink.MAVLINK_MSG_ID_MISSION_CURRENT: mission_current,
    mavlink.MAVLINK_MSG_ID_FENCE_STATUS: fence_status,
    mavlink.MAVLINK_MSG_ID_NAV_CONTROLLER_OUTPUT: navigation,
    mavlink.MAVLINK_MSG_ID_LOCAL_POSITION_NED: local_position,
    mavlink.MAVLINK_MSG_ID_WIND: wind,
}
