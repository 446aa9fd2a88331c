"""Why a vehicle may not be armed: ArduPilot's checks and their texts."""

from __future__ import annotations

from sitl.autopilot import boot
from sitl.autopilot.breach import named
from sitl.autopilot.failsafes import Level
from sitl.autopilot.sight import Sight
from sitl.autopilot.state import State

COMPASS_ERROR_MAX = 35.0
"""Degrees that the compasses may disagree by."""

_ALWAYS_IN_AUTO = 1  # bit of AUTO_OPTIONS: AUTO may be armed


def faults(vehicle: State, sight: Sight) -> list[str]:
    """What is wrong with the vehicle itself, whatever its mode."""
    read = vehicle.parameters.__getitem__
    found = []
    if vehicle.battery.level is not Level.OK:
        if 0 < sight.voltage < max(read("BATT_LOW_VOLT"), read("BATT_ARM_VOLT")):
            found.append("Battery 1 below minimum arming voltage")
        else:
            found.append("Battery 1 low capacity")
        found.append("Battery failsafe")
    if vehicle.booted(boot.GPS_FIX) and not sight.gps:
        found.append("GPS 1: Bad fix")
    if abs(sight.compass_error) > COMPASS_ERROR_MAX:
        found.append("Compasses inconsistent")
    if read("FENCE_ENABLE") and vehicle.home is not None:
        breach = vehicle.outside(sight.east, sight.north, sight.height)
        if breach:
            found.append(f"Vehicle breaching {named(breach)}")
    return found


def reasons(vehicle: State, sight: Sight) -> list[str]:
    """Why it may not be armed now; nothing if it may."""
    if not vehicle.parameters["ARMING_CHECK"]:
        return []
    found = faults(vehicle, sight)
    if not vehicle.has_prearm:
        found.append("AHRS: waiting for home")
    if found:
        return found
    auto = vehicle.kind.number("AUTO")
    armable = vehicle.mode not in vehicle.kind.not_armable
    if vehicle.mode == auto and "AUTO_OPTIONS" in vehicle.parameters:
        armable = bool(int(vehicle.parameters["AUTO_OPTIONS"]) & _ALWAYS_IN_AUTO)
    if not armable:
        found.append("Mode not armable")
    elif vehicle.mode not in vehicle.kind.no_position and not vehicle.position_known:
        found.append("Need Position Estimate")
    if vehicle.ground.lost:
        found.append("GCS failsafe on")
    return found
