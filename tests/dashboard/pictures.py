"""Picture rows for tests: drones and cars over Peshawar at a fixed moment."""

from __future__ import annotations

import numpy as np

from fleet.assets import Asset, mavlink_asset, osmand_asset
from fleet.columns import PICTURE, Rows, blank

NOON = np.datetime64("2026-05-04T07:00:00", "us")
"""Noon in Peshawar, in UTC."""


def seconds(count: float) -> np.timedelta64:
    return np.timedelta64(round(count * 1e6), "us")


def drones(count: int) -> list[Asset]:
    return [mavlink_asset("default", system) for system in range(1, count + 1)]


def cars(count: int) -> list[Asset]:
    return [osmand_asset(f"patrol-{number:02d}") for number in range(1, count + 1)]


def rows(assets: list[Asset], now: np.datetime64 = NOON) -> Rows:
    """One row of each asset, with a position and a state of `now`, each somewhere else."""
    result = blank(PICTURE, len(assets))
    n = np.arange(len(assets))
    result["asset"] = [asset.key for asset in assets]
    result["identity"] = [asset.identity.encode() for asset in assets]
    result["kind"] = [asset.kind for asset in assets]
    for name in ("heard_time", "position_time", "status_time", "fix_time"):
        result[name] = now
    result["source"] = 1
    result["latitude"] = 34.0 + 0.0001 * n
    result["longitude"] = 71.5 + 0.0002 * n
    result["height"] = 50.0 + n % 40
    result["heading"] = (n * 37) % 360
    result["speed"] = 5.0
    result["armed"] = 1
    result["mode"] = b"GUIDED"
    result["system_status"] = 4
    result["landed_state"] = 2
    result["battery_percent"] = 80.0
    result["battery_voltage"] = 15.1
    return result
