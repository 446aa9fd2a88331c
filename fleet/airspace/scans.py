"""Detections in the order in which a tracker can use them: one look of one sensor after the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.airspace.columns import Flag
from fleet.columns import Rows

LATE_MOST = np.timedelta64(5_000_000, "us")
"""What is told later moves no track: it is of the past, for the history."""

AHEAD_MOST = np.timedelta64(2_000_000, "us")
"""A sensor's clock may be ahead of ours by so much."""


class Usable(NamedTuple):
    """What a tracker can use, and how many rows it cannot."""

    detections: Rows
    late: int
    placeless: int
    """Without a position, or of something that does not fly."""
    doubled: int
    """The same row again."""


def usable(detections: Rows, time: np.datetime64) -> Usable:
    """The DETECTION rows that can move a track at `time`."""
    latitude, longitude = detections["latitude"], detections["longitude"]
    placed = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180)  # False for NaN
    placed &= (detections["flags"] & Flag.NOT_AIR) == 0
    age = time - detections["time"]
    timely = placed & (age <= LATE_MOST) & (age >= -AHEAD_MOST)
    used = detections if timely.all() else detections[timely]
    each = {row.tobytes(): number for number, row in enumerate(used)}
    doubled = len(used) - len(each)
    return Usable(
        used[sorted(each.values())] if doubled else used,
        int(np.count_nonzero(placed & ~timely)),
        int(np.count_nonzero(~placed)),
        doubled,
    )


def scans(detections: Rows) -> list[NDArray[np.intp]]:
    """Row numbers of each look, in the order of their times.

    A look is of one sensor and has each of its objects once at most; detections without a key are
    of one look if they have one time.
    """
    order = np.argsort(detections["time"], kind="stable")
    ordered = detections[order]
    counts: dict[tuple[bytes, bytes], int] = {}
    moments: dict[bytes, tuple[int, int]] = {}
    looks: dict[tuple[bytes, int], list[int]] = {}
    for row, sensor, key, time in zip(
        order.tolist(),
        ordered["sensor"].tolist(),
        ordered["key"].tolist(),
        ordered["time"].astype(np.int64).tolist(),
        strict=True,
    ):
        if key:
            number = counts[sensor, key] = counts.get((sensor, key), -1) + 1
        else:
            number, last = moments.get(sensor, (-1, -1))
            if time != last:
                number += 1
                moments[sensor] = number, time
        looks.setdefault((sensor, number), []).append(row)
    return [np.array(rows, np.intp) for rows in looks.values()]
