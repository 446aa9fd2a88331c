"""The columns that travel through the system: each dtype is declared once, here.

A batch is a numpy structured array. Units are metres, metres per second, degrees and UTC; a name
carries its unit only where it is another (`battery_percent`). What is unknown is NaN in a float
column, NaT in a time, and -1 in a small integer. `blank` makes rows in which all is unknown.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]
"""A structured array of one of the dtypes below."""

TIME = "M8[us]"
"""All times: UTC, microseconds."""


class Source(IntEnum):
    """Which message a position was read from; part of what makes a position the same one."""

    UNKNOWN = 0
    GLOBAL_POSITION_INT = 1
    GPS_RAW_INT = 2
    OWNTRACKS = 3
    OSMAND = 4
    NMEA = 5
    GPSD = 6
    TELTONIKA = 7
    GT06 = 8
    IMPORTED = 9  # from a file that does not say how it was measured


LIVE_SOURCES = frozenset({Source.GLOBAL_POSITION_INT, Source.GPS_RAW_INT})
"""Sources that tell of now and never store and forward: their fix is as old as its arrival."""


class Suspect(IntFlag):
    """Why a fix is not to be believed without question; it is kept all the same."""

    SPEED = 1  # nothing of its kind gets here so fast from the fix before
    CLOCK = 2  # its time is ahead of ours, or jumped back
    RANGE = 4  # farther from where the fleet works than it can be


_FIX: list[tuple[str, str]] = [
    ("fix_time", TIME),  # when the vehicle was there, by its own clock
    ("source", "i2"),  # Source
    ("latitude", "f8"),
    ("longitude", "f8"),
    ("altitude", "f4"),  # above mean sea level
    ("height", "f4"),  # above the home position
    ("heading", "f4"),  # 0 ≤ heading < 360, clockwise from true north
    ("speed", "f4"),  # over ground
    ("climb", "f4"),  # up is positive
    ("accuracy", "f4"),  # radius, one sigma where the source says so
    ("suspect", "i2"),  # Suspect; 0 where nothing speaks against it
]

_STATE: list[tuple[str, str]] = [
    ("armed", "i1"),  # 1, 0
    ("mode", "S24"),  # the autopilot's own name of it: b"GUIDED"
    ("system_status", "i1"),  # MAV_STATE
    ("landed_state", "i1"),  # MAV_LANDED_STATE
    ("battery_percent", "f4"),
    ("battery_voltage", "f4"),  # volt
    ("battery_current", "f4"),  # ampere
    ("gps_fix", "i1"),  # GPS_FIX_TYPE
    ("satellites", "i2"),
    ("hdop", "f4"),
    ("ekf_flags", "i4"),  # EKF_STATUS_FLAGS
    ("roll", "f4"),
    ("pitch", "f4"),
    ("yaw", "f4"),
    ("airspeed", "f4"),
    ("home_latitude", "f8"),
    ("home_longitude", "f8"),
    ("home_altitude", "f4"),
]

POSITION = np.dtype([("asset", "i8"), ("received_time", TIME), *_FIX])
"""One fix of one asset. The same fix is the same (asset, fix_time, source)."""

STATUS = np.dtype(
    [
        ("asset", "i8"),
        ("status_time", TIME),  # when it was so, by our clock: see `picture.position_times`
        ("received_time", TIME),
        ("vehicle_time", TIME),  # when it was so, by the vehicle's clock
        *_STATE,
    ]
)
"""How an asset is, sampled at each of its heartbeats. The same is the same (asset, status_time)."""

PICTURE = np.dtype(
    [
        ("asset", "i8"),
        ("identity", "S64"),
        ("kind", "i1"),  # Kind
        ("heard_time", TIME),  # when anything at all came from it
        ("position_time", TIME),  # when it was there, by our clock: the age of its mark
        ("status_time", TIME),  # when its state was last told
        *_FIX,
        *_STATE,
    ]
)
"""The latest of one asset: a row of the picture, and what the live feed carries."""

FIX_FIELDS = [name for name, _ in _FIX]
STATE_FIELDS = [name for name, _ in _STATE]


def blank(dtype: np.dtype[Any], length: int) -> Rows:
    """`length` rows of `dtype` in which everything is unknown (keys and identities are zero)."""
    rows = np.zeros(length, dtype)
    for name in dtype.names or ():
        kind = dtype[name].kind
        if kind == "f":
            rows[name] = np.nan
        elif kind == "M":
            rows[name] = np.datetime64("NaT")
        elif kind == "i" and name in STATE_FIELDS:
            rows[name] = -1
    return rows
