"""Rows of the airspace to store: plausible, seeded, and with what is unknown in them."""

from __future__ import annotations

import numpy as np

from fleet.airspace.columns import CHANGE, CONTACT, DETECTION, THREAT, ContactClass, State
from fleet.columns import Rows, blank
from telemetry.airspace.heard import Said, SensorEvent
from telemetry.batch import Batch
from tests.telemetry.store.samples import START, seconds

SENSORS = (b"scout:north", b"sapient:mast", b"sbs:roof")
CONTACTS = 4


def detections(random: np.random.Generator, count: int) -> Rows:
    """DETECTION rows of the hour after START, in random order; a third of what may be is unknown."""
    rows = blank(DETECTION, count)
    rows["sensor"] = random.choice(SENSORS, count)
    rows["key"] = random.choice([b"", b"02:00:00:00:00:01", b"7c1234"], count)
    rows["identity"] = random.choice([b"", b"rid:1588E040445AC004418"], count)
    rows["time"] = START + seconds(np.round(random.uniform(0, 3600, count), 3))
    rows["received_time"] = rows["time"] + seconds(random.uniform(0, 1, count))
    rows["latitude"], rows["longitude"] = 34 + random.random(count), 71 + random.random(count)
    rows["means"], rows["datum"], rows["flags"] = 1, 2, random.integers(0, 32, count)
    _scatter(random, rows, ("altitude", "height", "east", "north", "up", "error", "confidence"))
    return rows


def contact_states(random: np.random.Generator, count: int) -> Rows:
    """CONTACT rows of CONTACTS contacts, a second apart, in order of time."""
    rows = blank(CONTACT, count)
    number = np.arange(count)
    rows["contact"] = 1000 + number % CONTACTS
    rows["first_time"] = START + seconds(number % CONTACTS)
    rows["time"] = rows["heard_time"] = START + seconds(number)
    rows["state"], rows["class"] = State.CONFIRMED, ContactClass.NOT_COOPERATIVE
    rows["class"][rows["contact"] == 1000] = ContactClass.COOPERATIVE
    rows["identity"][rows["contact"] == 1000] = b"rid:1588E040445AC004418"
    rows["hits"] = number + 1
    rows["latitude"] = 34.01 + 0.05 * (number % CONTACTS)
    rows["longitude"] = 71.52 + 0.00001 * number
    _scatter(random, rows, ("altitude", "height", "east", "north", "up", "radius", "confidence"))
    return rows


def changes(count: int) -> Rows:
    """CHANGE rows, a second apart."""
    rows = blank(CHANGE, count)
    rows["contact"] = 1000 + np.arange(count) % CONTACTS
    rows["time"] = START + seconds(np.arange(count))
    rows["kind"] = np.arange(count) % 10
    return rows


def threats(count: int) -> Rows:
    """THREAT rows, a second apart."""
    rows = blank(THREAT, count)
    number = np.arange(count)
    rows["contact"] = 1000 + number % CONTACTS
    rows["time"] = START + seconds(number)
    rows["score"], rows["level"] = number % 101, number % 4
    rows["zone"][number % 3 > 0] = "بالا حصار".encode()
    rows["reasons"][number % 3 > 0] = b"inside:70 low:5:20.0"
    return rows


def said(count: int) -> tuple[Said, ...]:
    """Messages, of which each two came at the same time; their numbers go backward with their bytes."""
    return tuple(
        Said(
            START + seconds(number // 2),
            SENSORS[number // 2 % 3].decode(),
            "remote-id",
            bytes([255 - number, 0, 1]),
            number % 2,
        )
        for number in range(count)
    )


def airspace(random: np.random.Generator, count: int = 60) -> Batch:
    """`count` rows of everything that is kept of the airspace."""
    events = (
        SensorEvent(START + seconds(number), SENSORS[number % 3].decode(), "status", {"n": number})
        for number in range(count)
    )
    return Batch(
        said=said(count),
        detections=detections(random, count),
        sensor_events=tuple(events),
        contacts=contact_states(random, count),
        contact_changes=changes(count),
        contact_threats=threats(count),
    )


def _scatter(random: np.random.Generator, rows: Rows, names: tuple[str, ...]) -> None:
    for name in names:
        known = random.random(len(rows)) > 1 / 3
        rows[name][known] = random.uniform(0, 1, len(rows))[known]
