"""One drone at one moment, as plain numbers: what its messages are made from."""

from __future__ import annotations

from dataclasses import dataclass

from sitl.autopilot.autopilot import Autopilot
from sitl.autopilot.modes import Landed


@dataclass(slots=True)
class Snapshot:
    """What a drone knows about itself; positions carry the error of its sensors.

    Angles are radians here, as on the wire; latitude and longitude degrees.
    """

    vehicle: Autopilot  # for what is seldom told; to be read only
    boot_ms: int  # since power-on
    unix_us: int  # UTC
    # how far it has booted
    ready: bool
    tilt_known: bool
    gps_fix: bool
    home_known: bool
    armable: bool
    position_known: bool
    # what it does
    armed: bool
    low_battery: bool
    critical_battery: bool
    landed: Landed
    # where it is, as its filter and as its GPS receiver have it
    latitude: float
    longitude: float
    height: float  # above home
    gps_latitude: float
    gps_longitude: float
    gps_altitude: float
    satellites: int
    home_latitude: float
    home_longitude: float
    home_altitude: float
    # how it moves
    velocity: list[float]  # east, north, up
    attitude: list[float]  # roll, pitch, yaw
    rates: list[float]
    airspeed: float
    wind: list[float]  # the air's velocity, east and north
    # its battery
    voltage: float
    current: float
    percent: int  # of the charge, as the autopilot counts it
    used: float  # mAh
    energy: float  # J
