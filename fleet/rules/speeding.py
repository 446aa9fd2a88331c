"""Overspeed in the history: from the fixes alone, so late, doubled and shuffled ones change nothing.

The rule `overspeed` watches the picture, which a late fix does not change. What a record has to show
is reckoned here, from rows of any order, in the order of their fix times.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.columns import POSITION, TIME, Rows

SPEEDING = np.dtype(
    [
        ("asset", "i8"),
        ("begins", TIME),  # fix times of the first and the last fix above the limit
        ("ends", TIME),
        ("fastest", "f8"),
        ("limit", "f8"),  # the lowest that held meanwhile
        ("fixes", "i4"),  # above the limit
    ]
)
"""A time for which an asset was too fast."""

LEAST_FIXES = 2
"""Fixes above the limit that make an overspeed: one may be an error of the receiver."""


def speeding(
    positions: Rows,
    limits: NDArray[np.float64],
    *,
    dead_band: float = 1.5,
    most_gap: float = 60.0,
) -> Rows:
    """SPEEDING rows by asset and time, of POSITION rows of any order with the limit (m/s) of each.

    An overspeed ends before a fix that is `dead_band` below the limit, or before a gap of more than
    `most_gap` seconds. Fixes that are suspect, of unknown speed or time, or where no limit is (NaN)
    count for nothing; doubled ones (same asset, fix time and source) once.
    """
    assert positions.dtype == POSITION
    usable = np.isfinite(positions["speed"]) & np.isfinite(limits) & (positions["suspect"] == 0)
    usable &= ~np.isnat(positions["fix_time"])
    rows, limit = positions[usable], limits[usable]
    order = np.lexsort((limit, rows["speed"], rows["source"], rows["fix_time"], rows["asset"]))
    rows, limit = rows[order], limit[order]
    told = rows[["asset", "fix_time", "source"]]
    first = np.append(True, told[1:] != told[:-1]) if len(rows) else np.zeros(0, np.bool_)
    rows, limit = rows[first], limit[first]
    later = np.diff(rows["fix_time"]) > np.timedelta64(round(most_gap * 1e6), "us")
    piece = np.cumsum(np.append(False, (rows["asset"][1:] != rows["asset"][:-1]) | later))
    piece = piece[: len(rows)]
    above = rows["speed"] > limit
    kept = above | (rows["speed"] <= limit - dead_band)  # the others neither go on nor end it
    rows, limit, above, piece = rows[kept], limit[kept], above[kept], piece[kept]
    if not len(rows):
        return np.zeros(0, SPEEDING)
    breaks = np.append(True, (piece[1:] != piece[:-1]) | ~above[:-1])
    runs = np.cumsum(breaks | ~above)[above]
    rows, limit = rows[above], limit[above]
    if not len(rows):
        return np.zeros(0, SPEEDING)
    starts = np.flatnonzero(np.append(True, runs[1:] != runs[:-1]))
    counts = np.diff(np.append(starts, len(rows)))
    found = np.zeros(len(starts), SPEEDING)
    found["asset"], found["begins"] = rows["asset"][starts], rows["fix_time"][starts]
    found["ends"] = rows["fix_time"][starts + counts - 1]
    found["fastest"] = np.maximum.reduceat(rows["speed"].astype(np.float64), starts)
    found["limit"] = np.minimum.reduceat(limit, starts)
    found["fixes"] = counts
    return found[found["fixes"] >= LEAST_FIXES]
