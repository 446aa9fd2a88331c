"""Roll-ups reckoned from single positions by numpy alone, each level by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fleet.assets import Asset
from fleet.columns import Rows
from fleet.reports.days import days
from fleet.reports.fixes import Legs, ordered

EARTH_RADIUS = 6_371_008.8

LAST = (
    *("received_time", "fix_time", "latitude", "longitude", "altitude", "height", "heading"),
    *("speed", "climb", "accuracy"),
)

Bucket = tuple[int, int, int, int]
"""Asset, beginning in µs since 1970, source, suspect."""


def reckoned(rows: Rows, width: timedelta) -> dict[Bucket, dict[str, Any]]:
    """What a roll-up of POSITION rows, no two of which are the same fix, has by bucket."""
    microseconds = width // timedelta(microseconds=1)
    starts = rows["fix_time"].view(np.int64) // microseconds * microseconds
    buckets: dict[Bucket, list[int]] = {}
    keys = zip(rows["asset"], starts, rows["source"], rows["suspect"], strict=True)
    for number, key in enumerate(keys):
        buckets.setdefault(tuple(int(part) for part in key), []).append(number)  # type: ignore[arg-type]  # four of them
    return {key: _figures(rows[numbers]) for key, numbers in buckets.items()}


def reckoned_driven(rows: Rows, cars: Sequence[Asset]) -> dict[tuple[int, date], list[float]]:
    """Seconds and metres under way by car and day, of the last fix of each second.

    The seconds are those of the report of days.
    """
    rows = ordered(rows[np.isin(rows["asset"], [car.key for car in cars])])
    second = rows["fix_time"].astype("M8[s]")
    is_last = np.ones(len(rows), np.bool_)
    is_last[:-1] = (np.diff(rows["asset"]) != 0) | (second[1:] != second[:-1])
    rows = rows[is_last]
    told = {
        (day["asset"].item(), day["day"].item()): [day["moving_seconds"].item(), 0.0]
        for day in days(rows, ZoneInfo("UTC"))
        if day["moving_seconds"]
    }
    legs = Legs(rows)
    for i in np.flatnonzero(legs.of_one & (legs.seconds <= 600) & (legs.speeds > 1.5)):
        day = rows["fix_time"][i].astype("M8[D]").item()
        told[rows["asset"][i].item(), day][1] += legs.metres[i]
    return told


def _figures(rows: Rows) -> dict[str, Any]:
    rows = rows[np.argsort(rows["fix_time"])]
    first, last = rows[0], rows[-1]
    speeds = rows["speed"][~np.isnan(rows["speed"])]
    return {
        "fixes": len(rows),
        "first_time": first["fix_time"],
        "first_latitude": first["latitude"],
        "first_longitude": first["longitude"],
        **{name: last[name] for name in LAST},
        "distance": metres(rows[:-1], rows[1:]).sum(),
        "speeds": len(speeds),
        "speed_sum": speeds.astype(np.float64).sum(),
        "speed_min": _or_nan(np.fmin, rows["speed"]),
        "speed_max": _or_nan(np.fmax, rows["speed"]),
        "altitude_min": _or_nan(np.fmin, rows["altitude"]),
        "altitude_max": _or_nan(np.fmax, rows["altitude"]),
        "height_max": _or_nan(np.fmax, rows["height"]),
        "south": rows["latitude"].min(),
        "north": rows["latitude"].max(),
        "west": rows["longitude"].min(),
        "east": rows["longitude"].max(),
    }


def _or_nan(least: np.ufunc, values: NDArray[Any]) -> Any:
    return least.reduce(values)


def metres(one: Rows, other: Rows) -> NDArray[np.float64]:
    """Along the sphere, by the chord between unit vectors."""
    chord = np.linalg.norm(_vectors(one) - _vectors(other), axis=1)
    along: NDArray[np.float64] = 2 * EARTH_RADIUS * np.arcsin(np.minimum(chord / 2, 1))
    return along


def _vectors(rows: Rows) -> NDArray[np.float64]:
    latitude, longitude = np.radians(rows["latitude"]), np.radians(rows["longitude"])
    across = np.cos(latitude) * np.sin(longitude)
    return np.stack([np.cos(latitude) * np.cos(longitude), across, np.sin(latitude)], axis=1)
