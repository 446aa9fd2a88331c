"""The units of MAVLink's fields in the project's, and the values that mean "unknown".

The units are those that pymavlink's descriptions of the messages name. The values stand in the
MAVLink common.xml only as `invalid` or in words.
"""

from __future__ import annotations

import math

DIVISOR = {
    "m": 1, "mm": 1e3, "cm": 1e2, "dm": 1e1, "dam": 0.1,
    "m/s": 1, "mm/s": 1e3, "cm/s": 1e2, "dm/s": 1e1, "m/s*5": 5,
    "deg": 1, "degE7": 1e7, "degE5": 1e5, "cdeg": 1e2, "deg/2": 0.5,
    "rad": math.pi / 180, "rad/s": math.pi / 180, "mrad/s": math.pi / 180 * 1e3,
    "deg/s": 1, "ddeg/s": 1e1,
    "m/s/s": 1, "mG": 1e3 / 9.80665,
    "V": 1, "cV": 1e2, "mV": 1e3, "A": 1, "cA": 1e2, "mA": 1e3, "W": 1, "hJ": 1e-2,
    "%": 1, "d%": 1e1, "c%": 1e2,
    "degC": 1, "cdegC": 1e2,
    "Pa": 1, "hPa": 1e-2, "mbar": 1e-2, "kPa": 1e-3,
    "s": 1, "ds": 1e1, "cs": 1e2,
}  # fmt: skip
"""What a number in this unit is divided by to be in ours. Dividing by a whole power of ten gives
the float nearest to the decimal figure; multiplying by its inverse does not."""

AS_THEY_ARE = frozenset(
    {"mAh", "gauss", "mgauss", "g", "kg", "dB", "Hz", "rpm", "pix", "l", "cm^2", "cm^3", "cm^3/min"}
    | {"bytes", "MiB", "KiB/s", "MiB/s", "bits/s", "ns"}
)
"""Units that nothing here converts."""

MICROSECONDS = {"us": 1, "ms": 1000}

UNITLESS_DIVISOR = {("GPS_RAW_INT", "eph"): 1e2, ("GPS_RAW_INT", "epv"): 1e2}
"""Dilutions of precision have no unit, but are sent times 100."""

_UINT16_MAX = 0xFFFF
_INT32_MAX = 0x7FFFFFFF
UNKNOWN: dict[tuple[str, str], tuple[int, ...]] = {
    ("GLOBAL_POSITION_INT", "time_boot_ms"): (0,),
    ("GLOBAL_POSITION_INT", "hdg"): (_UINT16_MAX,),
    ("GPS_RAW_INT", "time_usec"): (0,),
    ("GPS_RAW_INT", "eph"): (_UINT16_MAX,),
    ("GPS_RAW_INT", "epv"): (_UINT16_MAX,),
    ("GPS_RAW_INT", "vel"): (_UINT16_MAX,),
    ("GPS_RAW_INT", "cog"): (_UINT16_MAX,),
    ("GPS_RAW_INT", "satellites_visible"): (0xFF,),
    ("GPS_RAW_INT", "h_acc"): (0,),  # extensions: zero where the sender doesn't know them
    ("GPS_RAW_INT", "v_acc"): (0,),
    ("GPS_RAW_INT", "vel_acc"): (0,),
    ("GPS_RAW_INT", "hdg_acc"): (0,),
    ("GPS_RAW_INT", "yaw"): (0, _UINT16_MAX),  # no such GPS, or not now; north is 36000
    ("ATTITUDE", "time_boot_ms"): (0,),
    ("SYS_STATUS", "voltage_battery"): (_UINT16_MAX,),
    ("SYS_STATUS", "current_battery"): (-1,),
    ("SYS_STATUS", "battery_remaining"): (-1,),
    ("BATTERY_STATUS", "temperature"): (0x7FFF,),
    ("BATTERY_STATUS", "voltages"): (_UINT16_MAX,),
    ("BATTERY_STATUS", "voltages_ext"): (0, _UINT16_MAX),
    ("BATTERY_STATUS", "current_battery"): (-1,),
    ("BATTERY_STATUS", "current_consumed"): (-1,),
    ("BATTERY_STATUS", "energy_consumed"): (-1,),
    ("BATTERY_STATUS", "battery_remaining"): (-1,),
    ("BATTERY_STATUS", "time_remaining"): (0,),
    ("SYSTEM_TIME", "time_unix_usec"): (0,),
    ("SYSTEM_TIME", "time_boot_ms"): (0,),
    ("COMMAND_ACK", "progress"): (0xFF,),
    ("CAMERA_FOV_STATUS", "lat_camera"): (_INT32_MAX,),
    ("CAMERA_FOV_STATUS", "lon_camera"): (_INT32_MAX,),
    ("CAMERA_FOV_STATUS", "alt_camera"): (_INT32_MAX,),
    ("CAMERA_FOV_STATUS", "lat_image"): (_INT32_MAX,),
    ("CAMERA_FOV_STATUS", "lon_image"): (_INT32_MAX,),
    ("CAMERA_FOV_STATUS", "alt_image"): (_INT32_MAX,),
}
"""Raw values that mean "not known" (MAVLink common.xml)."""
