"""What each asset did on each day of the control room."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fleet.columns import TIME, Rows
from fleet.reports.fixes import Legs, ordered, runs

DAY = np.dtype(
    [
        ("asset", "i8"),
        ("day", "M8[D]"),
        ("first", TIME),  # fixes
        ("last", TIME),
        ("distance", "f8"),
        ("moving_seconds", "f8"),
        ("still_seconds", "f8"),
        ("fastest", "f8"),
        ("fixes", "i4"),
    ]
)

_QUARTER = np.timedelta64(15, "m")
"""Offsets of time zones change at whole quarters of an hour."""


def days(positions: Rows, zone: ZoneInfo, *, still_speed: float = 1.5, gap: float = 600.0) -> Rows:
    """DAY rows by asset and day of `zone`, of POSITION rows of any order.

    A way counts for the day of the fix that it leads to; one of more than `gap` seconds is not known
    and counts for none. A fix is of an asset that moves if it is faster than `still_speed`.
    """
    fixes = ordered(positions)
    legs = Legs(fixes)
    day = days_of(fixes["fix_time"], zone)
    begins = ~legs.of_one
    begins[1:] |= day[1:] != day[:-1]
    starts, ends = runs(begins)
    found = np.zeros(len(starts), DAY)
    if not len(starts):
        return found
    known = legs.of_one & (legs.seconds <= gap)
    moving = legs.speeds > still_speed
    found["asset"], found["day"] = fixes["asset"][starts], day[starts]
    found["first"], found["last"] = fixes["fix_time"][starts], fixes["fix_time"][ends - 1]
    found["distance"] = np.add.reduceat(np.where(known, legs.metres, 0), starts)
    found["moving_seconds"] = np.add.reduceat(np.where(known & moving, legs.seconds, 0), starts)
    found["still_seconds"] = np.add.reduceat(np.where(known & ~moving, legs.seconds, 0), starts)
    found["fastest"] = np.maximum.reduceat(legs.speeds, starts)
    found["fixes"] = ends - starts
    return found


def days_of(times: NDArray[np.datetime64], zone: ZoneInfo) -> NDArray[np.datetime64]:
    """The day of each time (UTC) in `zone`."""
    since = times.astype("M8[us]") - np.datetime64("1970-01-01", "us")
    quarters, which = np.unique(since // _QUARTER, return_inverse=True)
    offsets = np.array([_offset(int(quarter), zone) for quarter in quarters], "m8[s]")
    if not len(offsets):
        return np.zeros(0, "M8[D]")
    local: NDArray[np.datetime64] = (times + offsets[which]).astype("M8[D]")
    return local


def _offset(quarter: int, zone: ZoneInfo) -> np.timedelta64:
    at = datetime.fromtimestamp(quarter * 900, UTC).astimezone(zone).utcoffset()
    assert at is not None
    return np.timedelta64(round(at.total_seconds()), "s")
