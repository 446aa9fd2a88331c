"""How each asset moved between its last two fixes.

An autopilot's `heading` is where the nose points, not where it goes: the velocity is taken from the
fixes themselves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.columns import TIME, Rows
from fleet.earth import DEGREE

LEAST_STEP = 0.8
"""Seconds between two fixes that are compared: closer ones tell more of noise than of motion."""

MOST_STEP = 10.0
"""Farther apart, an asset may have been anywhere in between."""

MOTION = np.dtype(
    [
        ("fix_time", TIME),
        ("latitude", "f8"),
        ("longitude", "f8"),
        ("reported", "f8"),  # speed
        ("east", "f8"),  # m/s
        ("north", "f8"),
        ("step", "f8"),  # s
        ("ahead", "f8"),  # metres beyond what the reported speed makes of the step
    ]
)
"""What is kept of each asset: its last fix that was compared, and what came of it."""


def moved(rows: Rows, before: Rows) -> Rows:
    """MOTION after PICTURE rows, from that before them; both in the same order of assets."""
    after: Rows = before.copy()
    step = (rows["fix_time"] - before["fix_time"]).astype("m8[us]")
    unknown = np.isnat(step)
    seconds = np.where(unknown, np.nan, step.astype(np.int64) / 1e6)
    place = np.isfinite(rows["latitude"]) & np.isfinite(rows["longitude"])
    new = place & ~np.isnat(rows["fix_time"]) & (np.isnat(before["fix_time"]) | (seconds < 0))
    next_one = place & (seconds >= LEAST_STEP)
    for name in ("fix_time", "latitude", "longitude"):
        after[name][new | next_one] = rows[name][new | next_one]
    after["reported"][new | next_one] = rows["speed"][new | next_one]
    for name in ("east", "north", "step", "ahead"):
        after[name][new] = np.nan
    near = next_one & (seconds <= MOST_STEP)
    east, north = offsets(
        before["latitude"], before["longitude"], rows["latitude"], rows["longitude"]
    )
    faster = np.fmax(before["reported"], rows["speed"])
    for name, values in (
        ("east", east / seconds),
        ("north", north / seconds),
        ("step", seconds),
        ("ahead", np.hypot(east, north) - faster * seconds),
    ):
        after[name][next_one] = np.where(near, values, np.nan)[next_one]
    return after


def offsets(
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    to_latitude: NDArray[np.float64],
    to_longitude: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres east and north between places of some kilometres, on a sphere (equirectangular)."""
    across = (to_longitude - longitude + 180) % 360 - 180
    middle = np.radians((latitude + to_latitude) / 2)
    return (
        across * np.cos(middle) * DEGREE,
        (to_latitude - latitude) * DEGREE,
    )
