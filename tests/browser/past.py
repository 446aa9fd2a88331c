"""Twenty minutes of the past in a database: two drones, two cars, a foreign drone, and what happened."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
from numpy.typing import NDArray

from fleet.airspace.columns import CHANGE, THREAT, ChangeKind, ContactClass, Means, State
from fleet.airspace.columns import CONTACT as CONTACT_ROWS
from fleet.alerts.alert import Occurrence, Priority
from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.assets import Asset, mavlink_asset, osmand_asset
from fleet.columns import POSITION, STATUS, Rows, Source, blank
from fleet.geofences.events import FenceEvent
from fleet.geofences.events import What as Crossed
from fleet.geofences.geofence import Geofence, revise
from fleet.moments import microseconds
from fleet.zones import Circle
from telemetry.batch import Batch, Event, FenceChange, StatusText
from telemetry.store.insert import Inserter
from telemetry.watching.kept import put_geofences

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

CONTACT = 0xABC123
FLIES = (100, 700)
"""Seconds in which a foreign drone is there; it ends at the last."""

OPERATED, NAMED = 300, 400
"""Seconds from which its operator, and what it calls itself, are known."""

INTRUDES = (450, 720)
"""Seconds in which the alert of it stands."""

WIDENED = 600
"""Second at which the geofence gets its second version."""

STALE = "camera_lost/osmand:past-2"
"""Key of an alert that was raised an hour before, and stands all the time."""


def at(second: float) -> datetime:
    """A moment of this past."""
    return NOON + timedelta(seconds=second)


BAZAAR_PLACE = (34.005, 71.535)


def _circle(radius: float) -> Circle:
    return Circle(*BAZAAR_PLACE, radius)


BAZAAR = Geofence(
    "Bazaar",
    "keep-out",
    _circle(500),
    id="7a0c5a6e-0d55-4b55-9c39-0b3a1d3b2f11",
    valid_from=at(-86_400),
)


async def store(dsn: str) -> None:
    """Write it all."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        inserter = Inserter(connection)
        await inserter.prepare(ASSETS)
        await inserter.write(_batch(), ASSETS)
        first, second = revise(BAZAAR, at(WIDENED), name="Bazaar, wide", shape=_circle(900))
        await put_geofences(connection, [first, second], "Gul")


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
        alert_events=tuple(_alert_events()),
        contacts=_contact(),
        contact_changes=_contact_end(),
        contact_threats=_threats(),
    )


def _alert_events() -> list[AlertEvent]:
    """As the book makes them: a stale alert, a panic, and one of the foreign drone."""
    book = Book()
    intruder = f"drone_in_zone/contact:{CONTACT:x}"
    return [
        *book.activate(STALE, _occurrence(1, "Camera lost", CARS[1].key), at(-3600)),
        *book.acknowledge(STALE, "Bibi", at(-3500)),
        *book.activate(intruder, _occurrence(2, "A foreign drone is in Bazaar"), at(INTRUDES[0])),
        *book.acknowledge(intruder, "Gul", at(INTRUDES[0] + 30)),
        *book.activate("panic/1", _occurrence(3, "Panic button of past-1", CARS[0].key), at(TOLD)),
        *book.acknowledge("panic/1", "Gul", at(TOLD + 20)),
        *book.clear(intruder, at(INTRUDES[1])),
    ]


def _occurrence(priority: int, reason: str, *assets: int) -> Occurrence:
    texts = {"en": reason, "ur": f"اردو: {reason}"}
    return Occurrence(Priority(priority), texts, texts, assets, desk="watch")


def _contact() -> Rows:
    """It comes from the north-east, and hovers over the fence."""
    seconds = np.arange(*FLIES, dtype=float)
    rows = blank(CONTACT_ROWS, len(seconds))
    rows["contact"] = CONTACT
    rows["time"] = rows["heard_time"] = _times(seconds)
    rows["first_time"] = rows["stays_since"] = rows["time"][0]
    rows["state"], rows["class"] = State.CONFIRMED, ContactClass.NOT_COOPERATIVE
    left = np.clip((INTRUDES[0] - seconds) / 350, 0, 1)
    rows["latitude"] = BAZAAR_PLACE[0] + 0.03 * left
    rows["longitude"] = BAZAAR_PLACE[1] + 0.02 * left
    rows["east"], rows["north"] = np.where(left > 0, -5.3, 0), np.where(left > 0, -9.5, 0)
    rows["height"], rows["radius"], rows["means"] = 80, 15, 1 << Means.RADAR
    operated = seconds >= OPERATED
    rows["operator_latitude"][operated] = BAZAAR_PLACE[0] + 0.012
    rows["operator_longitude"][operated] = BAZAAR_PLACE[1] + 0.015
    named = seconds >= NAMED
    rows["identity"][named] = b"rid:1588E040445AC004418"
    rows["class"][named] = ContactClass.COOPERATIVE
    return rows


def _contact_end() -> Rows:
    rows = blank(CHANGE, 1)
    rows["contact"], rows["time"] = CONTACT, _times(np.array([float(FLIES[1])]))
    rows["kind"] = ChangeKind.ENDED
    return rows


def _threats() -> Rows:
    """What was told of it from its alert on; before that nothing is kept."""
    rows = blank(THREAT, FLIES[1] - INTRUDES[0])
    rows["contact"] = CONTACT
    rows["time"] = _times(np.arange(INTRUDES[0], FLIES[1], dtype=float))
    rows["score"], rows["level"] = 75, 3
    rows["zone"], rows["reasons"] = b"Bazaar of then", b"inside:70 low:5:20.0"
    return rows


def _crossing(second: float, what: Crossed) -> FenceEvent:
    when = at(second)
    return FenceEvent(
        CARS[1].key, BAZAAR.id, 1, "keep-out", what, "crossing", when, 34.0, 71.5, None, when, when
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
