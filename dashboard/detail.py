"""All that is known of one asset, for the panel: plain values, None for what is unknown."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dashboard.live import airborne, milliseconds
from fleet.assets import Kind
from fleet.columns import FIX_FIELDS, PICTURE, STATE_FIELDS, Rows
from fleet.earth import distance

GPS_FIX_NAMES = (
    "No GPS",
    "No fix",
    "2D",
    "3D",
    "DGPS",
    "RTK float",
    "RTK fixed",
    "Static",
    "PPP",
)
"""GPS_FIX_TYPE of MAVLink."""

_EKF_NEEDED = {
    1: "no attitude",
    2: "no horizontal velocity",
    4: "no vertical velocity",
    16: "no absolute position",
    32: "no absolute height",
}
_EKF_WRONG = {
    128: "constant position mode",
    1024: "not initialised",
    32768: "GPS glitch",
}
"""EKF_STATUS_FLAGS of MAVLink: what must be set, and what must not."""

_SINGLE_DIGITS = 6
"""Significant digits of a float column of four bytes; the rest is noise of the conversion."""


def detail(rows: Rows) -> dict[str, Any]:
    """The `detail` message of one PICTURE row (an array of length 1).

    Times are milliseconds since 1970 in UTC, all else is in the units of `fleet.columns`.
    """
    row = rows[0]
    values = {name: _plain(row[name]) for name in (*FIX_FIELDS, *STATE_FIELDS)}
    for name in STATE_FIELDS:
        if PICTURE[name].kind == "i" and values[name] == -1:
            values[name] = None
    flies = int(airborne(rows)[0])
    home = (row["home_latitude"], row["home_longitude"])
    place = (row["latitude"], row["longitude"])
    return {
        "type": "detail",
        "key": str(int(row["asset"])),
        "identity": bytes(row["identity"]).decode(errors="replace"),
        "kind": Kind(int(row["kind"])).name.lower(),
        **values,
        **{name: _plain(row[name]) for name in ("heard_time", "position_time", "status_time")},
        "airborne": bool(flies) if flies <= 1 else None,
        "gps": gps_name(values["gps_fix"]),
        "ekf": ekf_health(values["ekf_flags"]),
        "home_distance": _plain(distance(*place, *home)),
        "home_bearing": _plain(bearing(*place, *home)),
    }


def gps_name(fix: int | None) -> str | None:
    """What a GPS_FIX_TYPE is called."""
    if fix is None:
        return None
    return GPS_FIX_NAMES[fix] if 0 <= fix < len(GPS_FIX_NAMES) else f"Type {fix}"


def ekf_health(flags: int | None) -> str | None:
    """What EKF_STATUS_FLAGS say is missing or wrong, joined by commas; "Good" if nothing is."""
    if flags is None:
        return None
    faults = [said for bit, said in _EKF_WRONG.items() if flags & bit]
    faults += [said for bit, said in _EKF_NEEDED.items() if not flags & bit]
    return ", ".join(faults).capitalize() or "Good"


def bearing(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Degrees from true north of the way from one place to another; NaN if one is unknown."""
    if not _all_finite(lat1, lon1, lat2, lon2):
        return math.nan
    phi1, phi2, across = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    north = math.cos(phi1) * math.sin(phi2) - math.sin(phi1) * math.cos(phi2) * math.cos(across)
    return math.degrees(math.atan2(math.sin(across) * math.cos(phi2), north)) % 360


def _all_finite(*values: float) -> bool:
    return all(math.isfinite(value) for value in values)


def _plain(value: Any) -> Any:
    """A value that JSON has: None for NaN and NaT, milliseconds for a time, text for bytes."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else milliseconds(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace") or None
    if isinstance(value, np.integer):
        return int(value)
    if not math.isfinite(value):
        return None
    if isinstance(value, np.float32):
        return float(f"{value:.{_SINGLE_DIGITS}g}")
    return float(value)
