"""Rows to store: plausible, seeded, and with what is unknown in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from fleet.assets import Asset, mavlink_asset, osmand_asset
from fleet.columns import POSITION, STATUS, Rows, Source, blank
from fleet.geofences.events import FenceEvent

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
START = np.datetime64("2026-11-20T12:00:00", "us")

DRONES = tuple(mavlink_asset("default", system) for system in range(1, 6))
CARS = tuple(osmand_asset(f"car-{number}") for number in range(1, 6))
ASSETS = DRONES + CARS

FENCE_EVENT = FenceEvent(
    CARS[0].key,
    "7a0c5a6e-0d55-4b55-9c39-0b3a1d3b2f11",
    1,
    "keep-out",
    "entered",
    "crossing",
    NOON,
    34.0,
    71.5,
    None,
    NOON,
    NOON,
)


def seconds(values: Any) -> Any:
    """Seconds as a difference of times in microseconds."""
    return np.round(np.asarray(values) * 1e6).astype("m8[us]")


def positions(
    random: np.random.Generator,
    count: int,
    assets: tuple[Asset, ...] = ASSETS,
    *,
    span: float = 3600,
) -> Rows:
    """POSITION rows of `assets` in the `span` seconds after START, in random order.

    A drone's fixes are as old as their arrival, a car's arrive up to 5 minutes late; a third of
    the optional values is unknown.
    """
    rows = blank(POSITION, count)
    which = random.integers(0, len(assets), count)
    rows["asset"] = np.array([asset.key for asset in assets])[which]
    drone = np.array([asset.identity.startswith("mavlink") for asset in assets])[which]
    rows["source"] = np.where(drone, random.integers(1, 3, count), Source.OSMAND)
    rows["fix_time"] = START + seconds(np.round(random.uniform(0, span, count), 1))
    late = np.where(drone, 0, random.uniform(0, 300, count))
    rows["received_time"] = rows["fix_time"] + seconds(late)
    rows["latitude"] = random.uniform(-90, 90, count)
    rows["longitude"] = random.uniform(-180, 180, count)
    for name in ("altitude", "height", "heading", "speed", "climb", "accuracy"):
        known = random.random(count) > 1 / 3
        rows[name][known] = random.uniform(0, 360, count)[known]
    return rows


def statuses(
    random: np.random.Generator,
    count: int,
    assets: tuple[Asset, ...] = DRONES,
    *,
    span: float = 3600,
) -> Rows:
    """STATUS rows of `assets` in the `span` seconds after START, in random order."""
    rows = blank(STATUS, count)
    rows["asset"] = random.choice([asset.key for asset in assets], count)
    rows["status_time"] = START + seconds(np.round(random.uniform(0, span, count), 1))
    rows["received_time"] = rows["status_time"] + seconds(random.uniform(0, 5, count))
    rows["mode"] = random.choice(np.array([b"GUIDED", b"AUTO", b"", b"QLOITER"]), count)
    for name in STATUS.names or ():
        kind = STATUS[name].kind
        known = random.random(count) > 1 / 3
        if kind == "f":
            rows[name][known] = random.uniform(0, 90, count)[known]
        elif kind == "i" and name != "asset":
            rows[name][known] = random.integers(0, 100, count)[known]
    known = random.random(count) > 1 / 3
    rows["vehicle_time"][known] = rows["status_time"][known] - np.timedelta64(40, "ms")
    return rows


def unique(rows: Rows, *key: str) -> Rows:
    """The first of the rows of each key, in the order of the keys."""
    _, first = np.unique(rows[list(key)], return_index=True)
    kept: Rows = rows[first]
    return kept


def same(one: Rows, other: Rows) -> bool:
    """Whether two structured arrays are equal, what is unknown being equal to itself."""
    if one.dtype != other.dtype or len(one) != len(other):
        return False
    for name in one.dtype.names or ():
        equal = one[name] == other[name]
        if one.dtype[name].kind in "fM":
            unknown = np.isnan if one.dtype[name].kind == "f" else np.isnat
            equal |= unknown(one[name]) & unknown(other[name])
        if not equal.all():
            return False
    return True
