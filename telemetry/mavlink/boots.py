"""When and where vehicles say they booted and are: by this one is told from another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.codec import Decoded, Message

_METRES_PER_DEGREE = 111_320.0
_TIMED = (Message.GLOBAL_POSITION_INT, Message.ATTITUDE, Message.SYSTEM_TIME)


def metres_between(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres between places, latitude and longitude in the last axis; NaN where one is unknown."""
    north = second[..., 0] - first[..., 0]
    east = (second[..., 1] - first[..., 1] + 180) % 360 - 180
    metres: NDArray[np.float64] = _METRES_PER_DEGREE * np.hypot(
        north, east * np.cos(np.radians(second[..., 0]))
    )
    return metres


def read_boots(
    decoded: Decoded, now: float
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Of frames that tell a time since boot, in their order: number, moment of boot, and place.

    NaN for what one does not know; of the messages only GLOBAL_POSITION_INT tells a place.
    """
    frames: list[NDArray[np.intp]] = []
    boots: list[NDArray[np.float64]] = []
    places: list[NDArray[np.float64]] = []
    for message in _TIMED:
        table = decoded.tables.get(message)
        if table is not None:
            since = table.rows["time_boot"]
            frames.append(table.frames)
            boots.append(np.where(np.isnat(since), np.nan, now - since.view(np.int64) / 1e6))
            place = np.full((len(since), 2), np.nan)
            if message == Message.GLOBAL_POSITION_INT:
                placed = (table.rows["lat"] != 0) | (table.rows["lon"] != 0)
                place[placed, 0] = table.rows["lat"][placed]
                place[placed, 1] = table.rows["lon"][placed]
            places.append(place)
    if not frames:
        return np.zeros(0, np.intp), np.zeros(0), np.zeros((0, 2))
    numbers = np.concatenate(frames)
    order = np.argsort(numbers)
    return numbers[order], np.concatenate(boots)[order], np.concatenate(places)[order]
