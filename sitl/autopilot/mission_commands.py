"""The commands of a mission: what each is called in texts, and how it is treated."""

from __future__ import annotations

from pymavlink.dialects.v20 import ardupilotmega as mavlink

WAYPOINT = mavlink.MAV_CMD_NAV_WAYPOINT
SPLINE = mavlink.MAV_CMD_NAV_SPLINE_WAYPOINT
TAKEOFF = mavlink.MAV_CMD_NAV_TAKEOFF
JUMP = mavlink.MAV_CMD_DO_JUMP

NAMES = {
    WAYPOINT: "WP",
    SPLINE: "SplineWP",
    TAKEOFF: "Takeoff",
    mavlink.MAV_CMD_NAV_LOITER_UNLIM: "LoitUnlim",
    mavlink.MAV_CMD_NAV_LOITER_TURNS: "LoitTurns",
    mavlink.MAV_CMD_NAV_LOITER_TIME: "LoitTime",
    mavlink.MAV_CMD_NAV_LOITER_TO_ALT: "LoitAltitude",
    mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH: "RTL",
    mavlink.MAV_CMD_NAV_LAND: "Land",
    mavlink.MAV_CMD_NAV_DELAY: "Delay",
    mavlink.MAV_CMD_CONDITION_DELAY: "CondDelay",
    mavlink.MAV_CMD_CONDITION_DISTANCE: "CondDist",
    mavlink.MAV_CMD_CONDITION_YAW: "CondYaw",
    mavlink.MAV_CMD_DO_CHANGE_SPEED: "ChangeSpeed",
    mavlink.MAV_CMD_DO_SET_HOME: "SetHome",
    mavlink.MAV_CMD_DO_SET_ROI: "SetROI",
    mavlink.MAV_CMD_DO_SET_ROI_LOCATION: "SetROI",
    mavlink.MAV_CMD_DO_SET_ROI_NONE: "SetROI",
    mavlink.MAV_CMD_DO_DIGICAM_CONTROL: "DigiCamCtrl",
    mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST: "SetCamTrigDst",
    mavlink.MAV_CMD_DO_MOUNT_CONTROL: "MountControl",
    mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW: "GimbalPitchYaw",
    JUMP: "Jump",
}
WITH_TEXT = frozenset({WAYPOINT, SPLINE})
"""Of these it is said that they were reached."""

CONDITIONS = frozenset(
    {
        mavlink.MAV_CMD_CONDITION_DELAY,
        mavlink.MAV_CMD_CONDITION_DISTANCE,
        mavlink.MAV_CMD_CONDITION_YAW,
    }
)

RESTARTED = frozenset(
    {WAYPOINT, SPLINE, mavlink.MAV_CMD_NAV_LOITER_UNLIM, mavlink.MAV_CMD_NAV_LOITER_TIME}
)
"""What a copter begins again when its mission changes meanwhile."""

LAST_NAV = mavlink.MAV_CMD_NAV_LAST

COPTER_NAV = frozenset(command for command in NAMES if command <= LAST_NAV)
"""The commands that move it."""

PLANE_NAV = COPTER_NAV - {SPLINE}
