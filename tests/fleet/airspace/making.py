"""DETECTION rows for tests, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from fleet.airspace.changes import Step
from fleet.airspace.columns import DETECTION, Datum, Means
from fleet.airspace.motion import moved
from fleet.airspace.tracks import Tracks
from fleet.columns import Rows, blank
from tests.fleet.airspace.scenes import PLACE, START

RID = b"rid:1588E040445AC004418"


def at(second: float) -> np.datetime64:
    """START and so many seconds."""
    return START + np.timedelta64(round(second * 1e6), "us")


def seen(second: float, east: float, north: float, **fields: Any) -> Rows:
    """One detection by a radar, metres from PLACE; `fields` are set on it."""
    row = blank(DETECTION, 1)
    row["sensor"], row["means"] = b"radar", Means.RADAR
    row["time"] = row["received_time"] = at(second)
    row["latitude"], row["longitude"] = moved(*PLACE, east, north)
    row["error"] = 5.0
    for name, value in fields.items():
        row[name] = value
    return row


def told(second: float, east: float, north: float, **fields: Any) -> Rows:
    """One position that a drone tells of itself."""
    given = {
        "sensor": b"scout",
        "means": Means.COOPERATIVE,
        "key": b"02:00:00:00:00:01",
        "identity": RID,
        "altitude": 400.0,
        "datum": Datum.WGS84,
    }
    return seen(second, east, north, **(given | fields))


def own(second: float, east: float, north: float, **fields: Any) -> Rows:
    """One position of a drone of ours, by our own telemetry."""
    given = {"sensor": b"own", "means": Means.OWN, "key": b"mavlink:default/1", "identity": RID}
    return seen(second, east, north, **(given | fields))


def step(tracks: Tracks, second: float, *rows: Rows) -> Step:
    """A step at that second with these rows."""
    return tracks.step(at(second), np.concatenate(rows) if rows else blank(DETECTION, 0))
