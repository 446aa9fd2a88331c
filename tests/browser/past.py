"""Twenty minutes of the past in a database: two drones, two cars, and what happened to them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
from numpy.typing import NDArray

from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What
from fleet.assets import Asset, mavlink_asset, osmand_asset
from fleet.columns import POSITION, STATUS, Rows, Source, blank
from fleet.geofences.events import FenceEvent, microseconds
from fleet.geofences.events import What as Crossed
from telemetry.batch import Batch, Event, FenceChange, StatusText
from telemetry.store.insert import Inserter

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LASTS = 1200
"""Seconds."""

DRONES = tuple(mavlink_asset("past", system) for system in (1, 2))
CARS = tuple(osmand_asset(f"past-{number}") for number in (1, 2))
ASSETS: tuple[Asset, ...] = DRONES + CARS

SILENT = (300, 420)
"""Seconds in which the first car has no network: what it was then it tells afterwards, …"""

TOLD = 600
"""… all at this second, …"""

BACK = 660
"""… and from this one on it tells of itself in time again. In between there is nothing of it."""

STANDS = (700, 1000)
"""Seconds in which the second car stands still."""


def at(second: float) -> datetime:
    """A moment of this past."""
    return NOON + timedelta(seconds=second)


async def store(dsn: str) -> None:
    """Write it all."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        inserter = Inserter(connection)
        await inserter.prepare(ASSETS)
        await inserter.write(_batch(), ASSETS)


def _batch() -> Batch:
    car, drone = CARS[0].key, DRONES[0].key
    return Batch(
        positions=np.concatenate([_way(asset, n) for n, asset in enumerate(ASSETS)]),
        statuses=np.concatenate([_states(asset, n) for n, asset in enumerate(DRONES)]),
        texts=(StatusText(drone, at(200), 3, "Compass variance"),),
        events=(Event(car, at(360), at(TOLD), "panic", {"by": "button"}),),
        fence_changes=(
            FenceChange(_crossing(480, "entered"), microseconds(at(481))),
            FenceChange(_crossing(540, "left"), microseconds(at(541))),
        ),
        alert_events=(
            _alert(1, TOLD, What.ACTIVATE, car),
            _alert(2, TOLD + 20, What.ACKNOWLEDGE, car),
        ),
    )


def _alert(number: int, second: float, what: What, *assets: int) -> AlertEvent:
    values = {
        "assets": list(assets),
        "priority": 3,
        "reason": {"en": "Panic button of past-1", "ur": "ایمرجنسی بٹن past-1"},
        "action": {"en": "Call past-1", "ur": "past-1 سے بات کریں"},
        "latching": True,
        "realert_after": None,
        "desk": "watch",
        "value": None,
        "limit": None,
        "falling": False,
        "annunciates": True,
        "source": "panic/1",
    }
    activates = what == What.ACTIVATE
    return AlertEvent(number, "panic/1", at(second), what, "Gul", "", values if activates else {})


def _crossing(second: float, what: Crossed) -> FenceEvent:
    fence = "7a0c5a6e-0d55-4b55-9c39-0b3a1d3b2f11"
    when = at(second)
    return FenceEvent(
        CARS[1].key, fence, 1, "keep-out", what, "crossing", when, 34.0, 71.5, None, when, when
    )  # fmt: skip


def _times(seconds: NDArray[np.float64]) -> NDArray[np.datetime64]:
    start = np.datetime64(NOON.replace(tzinfo=None), "us")
    return start + np.round(seconds * 1e6).astype("m8[us]")


def _way(asset: Asset, n: int) -> Rows:
    """A round over the city; the drones' fixes each second, the cars' each five."""
    drone = asset in DRONES
    seconds = np.arange(0, LASTS, 1 if drone else 5, dtype=float)
    rows = blank(POSITION, len(seconds))
    moved = seconds.copy()
    if asset == CARS[1]:
        moved = np.where(seconds > STANDS[0], np.maximum(STANDS[0], seconds - 300), seconds)
    angle = 2 * math.pi * (moved / LASTS + n / len(ASSETS))
    rows["asset"] = asset.key
    rows["source"] = Source.GLOBAL_POSITION_INT if drone else Source.OSMAND
    rows["fix_time"] = rows["received_time"] = _times(seconds)
    rows["latitude"] = 34.005 + 0.02 * np.cos(angle)
    rows["longitude"] = 71.535 + 0.03 * np.sin(angle)
    rows["heading"] = (np.degrees(angle) + 90) % 360
    rows["speed"] = 14.0
    rows["altitude"] = 400.0 if drone else 331.0
    if drone:
        rows["height"] = 70.0
    if asset == CARS[0]:
        unheard = (seconds >= SILENT[0]) & (seconds < SILENT[1])
        rows["received_time"][unheard] = _times(np.array([float(TOLD)]))[0]
        rows = rows[(seconds < SILENT[1]) | (seconds >= BACK)]
    if asset == CARS[1]:
        rows["speed"][(seconds >= STANDS[0]) & (seconds < STANDS[1])] = 0.0
    return rows


def _states(asset: Asset, n: int) -> Rows:
    seconds = np.arange(0, LASTS, 2, dtype=float)
    rows = blank(STATUS, len(seconds))
    rows["asset"] = asset.key
    rows["status_time"] = rows["received_time"] = rows["vehicle_time"] = _times(seconds)
    flies = (seconds > 60) & (seconds < 1100)
    rows["armed"] = flies
    rows["mode"] = np.where(flies, b"AUTO", b"STABILIZE")
    rows["system_status"] = np.where(flies, 4, 3)
    rows["landed_state"] = np.where(flies, 2, 1)
    rows["battery_percent"] = np.round(90 - n - seconds / 30)
    return rows
