"""Flight modes by the names that ArduPilot and its ground stations give them."""

from __future__ import annotations

AUTOPILOT_ARDUPILOT = 3  # MAV_AUTOPILOT_ARDUPILOTMEGA
CUSTOM_MODE_ENABLED = 1  # MAV_MODE_FLAG
ARMED = 128  # MAV_MODE_FLAG_SAFETY_ARMED

_COPTER = {
    0: "STABILIZE", 1: "ACRO", 2: "ALT_HOLD", 3: "AUTO", 4: "GUIDED", 5: "LOITER", 6: "RTL",
    7: "CIRCLE", 8: "POSITION", 9: "LAND", 10: "OF_LOITER", 11: "DRIFT", 13: "SPORT", 14: "FLIP",
    15: "AUTOTUNE", 16: "POSHOLD", 17: "BRAKE", 18: "THROW", 19: "AVOID_ADSB", 20: "GUIDED_NOGPS",
    21: "SMART_RTL", 22: "FLOWHOLD", 23: "FOLLOW", 24: "ZIGZAG", 25: "SYSTEMID", 26: "AUTOROTATE",
    27: "AUTO_RTL", 28: "TURTLE", 29: "RATE_ACRO",
}  # fmt: skip
_PLANE = {
    0: "MANUAL", 1: "CIRCLE", 2: "STABILIZE", 3: "TRAINING", 4: "ACRO", 5: "FBWA", 6: "FBWB",
    7: "CRUISE", 8: "AUTOTUNE", 10: "AUTO", 11: "RTL", 12: "LOITER", 13: "TAKEOFF",
    14: "AVOID_ADSB", 15: "GUIDED", 16: "INITIALISING", 17: "QSTABILIZE", 18: "QHOVER",
    19: "QLOITER", 20: "QLAND", 21: "QRTL", 22: "QAUTOTUNE", 23: "QACRO", 24: "THERMAL",
    25: "LOITERALTQLAND", 26: "AUTOLAND",
}  # fmt: skip
_ROVER = {
    0: "MANUAL", 1: "ACRO", 2: "LEARNING", 3: "STEERING", 4: "HOLD", 5: "LOITER", 6: "FOLLOW",
    7: "SIMPLE", 8: "DOCK", 9: "CIRCLE", 10: "AUTO", 11: "RTL", 12: "SMART_RTL", 15: "GUIDED",
    16: "INITIALISING",
}  # fmt: skip
_SUB = {
    0: "STABILIZE", 1: "ACRO", 2: "ALT_HOLD", 3: "AUTO", 4: "GUIDED", 7: "CIRCLE", 9: "SURFACE",
    16: "POSHOLD", 19: "MANUAL", 20: "MOTORDETECT", 21: "SURFTRAK",
}  # fmt: skip
_BLIMP = {
    0: "LAND", 1: "MANUAL", 2: "VELOCITY", 3: "LOITER", 4: "RTL", 5: "AUTO", 6: "HOLD",
}  # fmt: skip
_TRACKER = {0: "MANUAL", 1: "STOP", 2: "SCAN", 3: "SERVO_TEST", 4: "GUIDED", 10: "AUTO",
            16: "INITIALISING"}  # fmt: skip

_BY_TYPE = {  # MAV_TYPE
    1: _PLANE,  # fixed wing
    2: _COPTER, 3: _COPTER, 4: _COPTER,  # quadrotor, coaxial, helicopter
    5: _TRACKER,
    7: _BLIMP,
    10: _ROVER, 11: _ROVER,  # ground rover, boat
    12: _SUB,
    13: _COPTER, 14: _COPTER, 15: _COPTER,  # hexa-, octo-, tricopter
    19: _PLANE, 20: _PLANE, 21: _PLANE, 22: _PLANE, 23: _PLANE, 24: _PLANE, 25: _PLANE,  # VTOL
    29: _COPTER, 35: _COPTER, 43: _COPTER,  # dodeca-, deca-, other multicopters
}  # fmt: skip


def mode_name(autopilot: int, vehicle_type: int, base_mode: int, custom_mode: int) -> str:
    """The mode of a HEARTBEAT; `MODE(27)` where no name is known for the number.

    Empty where the vehicle says none (a base mode without the custom flag).
    """
    if not base_mode & CUSTOM_MODE_ENABLED:
        return ""
    names = _BY_TYPE.get(vehicle_type, {}) if autopilot == AUTOPILOT_ARDUPILOT else {}
    return names.get(custom_mode, f"MODE({custom_mode})")
