"""The messages of each group of REQUEST_DATA_STREAM, as ArduPilot groups them."""

from __future__ import annotations

from pymavlink.dialects.v20 import ardupilotmega as mavlink

GROUPS: dict[int, tuple[int, ...]] = {
    mavlink.MAV_DATA_STREAM_RAW_SENSORS: (mavlink.MAVLINK_MSG_ID_SCALED_PRESSURE,),
    mavlink.MAV_DATA_STREAM_EXTENDED_STATUS: (
        mavlink.MAVLINK_MSG_ID_SYS_STATUS,
        mavlink.MAVLINK_MSG_ID_POWER_STATUS,
        mavlink.MAVLINK_MSG_ID_MEMINFO,
        mavlink.MAVLINK_MSG_ID_MISSION_CURRENT,
        mavlink.MAVLINK_MSG_ID_GPS_RAW_INT,
        mavlink.MAVLINK_MSG_ID_NAV_CONTROLLER_OUTPUT,
        mavlink.MAVLINK_MSG_ID_FENCE_STATUS,
    ),
    mavlink.MAV_DATA_STREAM_RAW_CONTROLLER: (mavlink.MAVLINK_MSG_ID_SERVO_OUTPUT_RAW,),
    mavlink.MAV_DATA_STREAM_RC_CHANNELS: (
        mavlink.MAVLINK_MSG_ID_SERVO_OUTPUT_RAW,
        mavlink.MAVLINK_MSG_ID_RC_CHANNELS,
    ),
    mavlink.MAV_DATA_STREAM_POSITION: (
        mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT,
        mavlink.MAVLINK_MSG_ID_LOCAL_POSITION_NED,
    ),
    mavlink.MAV_DATA_STREAM_EXTRA1: (mavlink.MAVLINK_MSG_ID_ATTITUDE,),
    mavlink.MAV_DATA_STREAM_EXTRA2: (mavlink.MAVLINK_MSG_ID_VFR_HUD,),
    mavlink.MAV_DATA_STREAM_EXTRA3: (
        mavlink.MAVLINK_MSG_ID_SYSTEM_TIME,
        mavlink.MAVLINK_MSG_ID_WIND,
        mavlink.MAVLINK_MSG_ID_TERRAIN_REPORT,
        mavlink.MAVLINK_MSG_ID_BATTERY_STATUS,
        mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS,
        mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT,
        mavlink.MAVLINK_MSG_ID_VIBRATION,
    ),
}
"""By MAV_DATA_STREAM."""
