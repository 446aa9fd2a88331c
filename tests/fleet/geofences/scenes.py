"""Fences and fixes around Peshawar for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from hypothesis import strategies as st

from fleet.assets import Kind
from fleet.columns import POSITION, Rows, Source, blank
from fleet.geofences.events import Changes, FenceEvent
from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Geofence, Level, Margin, Scope
from fleet.geofences.shapes import Corridor
from fleet.peshawar import CENTRE, to_degrees
from fleet.schedules import Hours, Period
from fleet.zones import Circle

START = datetime(2026, 3, 2, 16, 59, tzinfo=UTC)
"""Monday, 21:59 in Peshawar."""

KARACHI = ZoneInfo("Asia/Karachi")


def at(seconds: float) -> datetime:
    """A moment so many seconds after START."""
    return START + timedelta(seconds=seconds)


def place(east: float, north: float) -> tuple[float, float]:
    """Longitude and latitude of metres east and north of the middle of Peshawar."""
    latitude, longitude = to_degrees(east, north)
    return longitude, latitude


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A rectangle of metres around the middle of Peshawar."""
    return shapely.Polygon(
        [place(*c) for c in ((west, south), (east, south), (east, north), (west, north))]
    )


def fixes(
    track: Iterable[tuple[float, ...]], asset: int = 1, source: int = Source.OSMAND, **columns: Any
) -> Rows:
    """POSITION rows of (seconds after START, metres east, metres north)."""
    listed = np.array([row[:3] for row in track], np.float64).reshape(-1, 3)
    rows = blank(POSITION, len(listed))
    rows["asset"], rows["source"] = asset, source
    start = np.datetime64(START.replace(tzinfo=None), "us")
    rows["fix_time"] = start + np.rint(listed[:, 0] * 1e6).astype("m8[us]")
    rows["received_time"] = rows["fix_time"]
    rows["latitude"], rows["longitude"] = to_degrees(listed[:, 1], listed[:, 2])
    for name, values in columns.items():
        rows[name] = values
    return rows


def fence(shape: Any = None, kind: Any = "keep-out", **given: Any) -> Geofence:
    """A fence without margins unless they are given; 200 m wide if no shape is."""
    given = {"hysteresis": 0.0, "margin": Margin(0.0), "name": "jail", **given}
    return Geofence(kind=kind, shape=box(-100, -100, 100, 100) if shape is None else shape, **given)


class Told:
    """The set of events after all changes; it minds that they fit it."""

    def __init__(self) -> None:
        self.events: dict[str, FenceEvent] = {}

    def take(self, changes: Changes) -> None:
        for event in changes.withdrawn:
            assert self.events.pop(event.id) == event
        for event in changes.new:
            assert self.events.get(event.id) != event
            self.events[event.id] = event


def told(fences: Fences, *batches: Rows) -> list[FenceEvent]:
    """The events that batches make, in order."""
    events = Told()
    for batch in batches:
        events.take(fences.observe(batch))
    return sorted(events.events.values(), key=lambda event: (event.time, event.seen, event.what))


def words(events: Sequence[FenceEvent]) -> list[str]:
    return [event.what for event in events]


NIGHT = Period(hours=(Hours(time(22, tzinfo=KARACHI), time(22, 1, tzinfo=KARACHI)),))


def town() -> list[Geofence]:
    """Fences of every kind over each other, with all that a fence can have."""
    holed = shapely.Polygon(
        box(-300, -300, 300, 300).exterior.coords, [box(-100, -100, 100, 100).exterior.coords]
    )
    line = (place(-400, -200), place(0, 50), place(400, -200))
    return [
        Geofence("ring", "keep-out", holed, dwell=7),
        Geofence("strip", "alert-only", Corridor(line, 8.0), hysteresis=2, margin=Margin(1, 5)),
        Geofence("beat", "keep-in", Circle(CENTRE[0], CENTRE[1], 350), hysteresis=20, dwell=15),
        Geofence("night", "keep-out", box(-200, -50, 350, 350), periods=(NIGHT,), hysteresis=0),
        Geofence(
            "low",
            "keep-out",
            box(-400, -400, 50, 400),
            floor=Level(40, "HOME"),
            ceiling=Level(420, "AMSL"),
        ),
        Geofence(
            "hospital",
            "privacy",
            box(0, 0, 250, 150),
            valid_from=at(20),
            valid_until=at(70),
            scope=Scope(kinds=frozenset({Kind.UNKNOWN})),
        ),
        Geofence(
            "others", "keep-out", box(-400, -400, 400, 400), scope=Scope(groups=frozenset({"x"}))
        ),
    ]


@st.composite
def wanderings(draw: st.DrawFn) -> Rows:
    """Some hundred seconds of two assets on winding ways, with gaps, noise and holes in the data."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    parts = []
    for asset in (1, 2):
        count = draw(st.integers(1, 40))
        steps = random.choice([0.2, 1.0, 3.0, 10.0, 80.0], count, p=[0.2, 0.4, 0.25, 0.1, 0.05])
        seconds = np.cumsum(steps)
        pace = draw(st.sampled_from([0.5, 15.0, 60.0]))
        ways = np.cumsum(random.normal(0, pace, (count, 2)), axis=0) + random.uniform(-350, 350, 2)
        rows = fixes(np.column_stack([seconds, ways]), asset)
        rows["source"] = random.choice([1, 2, 4, 6], count, p=[0.4, 0.3, 0.2, 0.1])
        rows["accuracy"] = random.choice([np.nan, 0.5, 5.0, 40.0], count)
        rows["height"] = random.choice([np.nan, 20.0, 60.0], count)
        rows["altitude"] = random.choice([np.nan, 380.0, 450.0], count)
        parts.append(rows)
    # Two sources at the same moment
    twin = parts[0][: draw(st.integers(0, 3))].copy()
    twin["source"] = 7
    return np.concatenate([*parts, twin])
