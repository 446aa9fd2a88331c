"""What an autopilot sees of its vehicle at one step."""

from __future__ import annotations

from typing import NamedTuple


class Sight(NamedTuple):
    """Metres east and north of the map's centre and above home, as the vehicle believes them."""

    east: float
    north: float
    height: float
    velocity_east: float
    velocity_north: float
    charge: float  # 0–1
    voltage: float
    used: float  # mAh
    yaw: float  # radians, clockwise from north
    gps: bool = True  # whether its receiver has a fix
    compass_error: float = 0.0  # degrees
