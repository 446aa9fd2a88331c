"""What an autopilot does by itself: its failsafes, its fence, and stopping idle motors.

Each vehicle calls `look` a few times a second; what it sees as wrong it says and acts upon, by
ArduPilot's parameters and in ArduPilot's words.
"""

from __future__ import annotations

from math import hypot

from sitl.autopilot import boot
from sitl.autopilot.breach import Breach, named
from sitl.autopilot.changing import Changing
from sitl.autopilot.failsafes import Level
from sitl.autopilot.modes import COPTER, Landed
from sitl.autopilot.sight import Sight

_FAR_ABOVE = 100.0  # metres above FENCE_ALT_MAX at which it lands instead of coming home
_FENCE_RETURNS = frozenset({1, 3})  # FENCE_ACTION: come home
_FENCE_BRAKES = 4
_BATTERY_LANDS = frozenset({1, 5})  # BATT_FS_LOW_ACT of a copter: land; terminate is not risked
_GROUND_LANDS = 5  # FS_GCS_ENABLE
_HEARTBEAT_SHARE = 0.5  # seconds: measured, 4 to 5 s pass at a timeout of 5

_CRITICAL, _WARNING, _NOTICE = 2, 4, 5  # MAV_SEVERITY


def look(vehicle: Changing, now: float, sight: Sight) -> None:
    """Look after a vehicle that is ready."""
    read = vehicle.parameters.__getitem__
    copter = vehicle.kind is COPTER
    booted = vehicle.booted(boot.POSITION)
    if vehicle.position.look(now, fix=vehicle.gps_fix, booted=booted):
        _position_changed(vehicle, now)
    if vehicle.battery.look(now, sight.voltage, sight.used, vehicle.parameters):
        _battery_worse(vehicle, now, sight)
    if read("FS_GCS_ENABLE" if copter else "FS_GCS_ENABL"):
        timeout = read("FS_GCS_TIMEOUT" if copter else "FS_LONG_TIMEOUT")
        if vehicle.ground.look(now, max(timeout - _HEARTBEAT_SHARE, 1.0)):
            _ground_changed(vehicle, now)
    if read("FENCE_ENABLE"):
        vehicle.bounds.used = True
        if vehicle.armed:
            _watch_fence(vehicle, now, sight)
    if vehicle.armed and copter:
        idle = vehicle.landed is Landed.ON_GROUND and not vehicle.busy
        delay = read("DISARM_DELAY")
        if idle and delay and now - vehicle.armed_at >= delay:
            vehicle.stop_motors(now)


def _battery_worse(vehicle: Changing, now: float, sight: Sight) -> None:
    critical = vehicle.battery.level is Level.CRITICAL
    word = "critical" if critical else "low"
    vehicle.say(_WARNING, f"Battery 1 is {word} {sight.voltage:.2f}V used {sight.used:.0f} mAh")
    action = int(vehicle.parameters["BATT_FS_CRT_ACT" if critical else "BATT_FS_LOW_ACT"])
    if not vehicle.armed or not action:
        return
    vehicle.say(_WARNING, "Battery Failsafe")
    lands = vehicle.kind is COPTER and action in _BATTERY_LANDS
    vehicle.escape("LAND" if lands else "RTL", now)


def _ground_changed(vehicle: Changing, now: float) -> None:
    if not vehicle.ground.lost:
        vehicle.say(_WARNING, "GCS Failsafe Cleared")
    elif vehicle.armed:
        vehicle.say(_WARNING, "GCS Failsafe")
        copter = vehicle.kind is COPTER
        lands = copter and int(vehicle.parameters["FS_GCS_ENABLE"]) == _GROUND_LANDS
        vehicle.escape("LAND" if lands else "RTL", now)


def _position_changed(vehicle: Changing, now: float) -> None:
    if not vehicle.position.failed:
        vehicle.say(_CRITICAL, "EKF Failsafe Cleared")
        return
    vehicle.say(_CRITICAL, "EKF3 IMU0 stopped aiding")
    if vehicle.kind is not COPTER or vehicle.mode in vehicle.kind.no_position:
        return
    if vehicle.armed and vehicle.parameters["FS_EKF_ACTION"]:
        vehicle.escape("LAND", now)
        vehicle.say(_CRITICAL, "EKF Failsafe: changed to LAND Mode")


def _watch_fence(vehicle: Changing, now: float, sight: Sight) -> None:
    bounds = vehicle.bounds
    breach = Breach.NONE
    if vehicle.flying:
        breach = vehicle.outside(sight.east, sight.north, sight.height)
    was = bounds.breach
    away = hypot(sight.east - vehicle.home_metres[0], sight.north - vehicle.home_metres[1])
    out = {Breach.HIGH: sight.height, Breach.LOW: -sight.height, Breach.RADIUS: away}
    new = bounds.note(breach, now, out)
    if new:
        vehicle.say(_NOTICE, f"{named(new)} breached")
        _leave_breach(vehicle, now, sight)
    elif was and not bounds.breach:
        vehicle.say(_NOTICE, "Fence breach cleared")


def _leave_breach(vehicle: Changing, now: float, sight: Sight) -> None:
    action = int(vehicle.parameters["FENCE_ACTION"])
    if not action:
        return
    high = sight.height > vehicle.parameters["FENCE_ALT_MAX"] + _FAR_ABOVE
    if vehicle.kind is not COPTER or (action in _FENCE_RETURNS and not high):
        vehicle.escape("RTL", now)
    elif action == _FENCE_BRAKES:
        vehicle.escape("BRAKE", now)
    else:
        vehicle.escape("LAND", now)
