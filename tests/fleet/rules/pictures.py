"""Pictures that change as told, and what a watch makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.assets import Kind, mavlink_asset, osmand_asset
from fleet.columns import PICTURE, Rows, Source, blank
from fleet.moments import as_datetime
from fleet.rules.duties import Duties, SpeedZones
from fleet.rules.settings import RuleSettings
from fleet.rules.watch import Watch

START = np.datetime64("2026-11-22T04:00:00", "us")
METRE = 1 / 111_195.08
"""Degrees of latitude."""

LATITUDE, LONGITUDE = 34.015, 71.525
TIMES = ("heard_time", "position_time", "status_time", "fix_time")

Changes = Mapping[str, Any]
"""By field: a value, or a function of the seconds since the start; times are seconds late."""


def when(seconds: float) -> np.datetime64:
    return START + np.timedelta64(round(seconds * 1e6), "us")


def drones(count: int = 1) -> Rows:
    """Drones that hover in good health, side by side, 200 m apart."""
    rows = blank(PICTURE, count)
    for number in range(count):
        asset = mavlink_asset("north", number + 1)
        rows["asset"][number], rows["identity"][number] = asset.key, asset.identity.encode()
    rows["kind"] = Kind.DRONE
    rows["source"] = Source.GLOBAL_POSITION_INT
    rows["latitude"] = LATITUDE
    rows["longitude"] = LONGITUDE + np.arange(count) * 0.0025
    for name, value in {
        "altitude": 380.0, "height": 50.0, "heading": 90.0, "speed": 0.2, "climb": 0.0,
        "armed": 1, "mode": b"LOITER", "system_status": 4, "landed_state": 2,
        "battery_percent": 80.0, "battery_voltage": 12.4, "battery_current": 15.0, "gps_fix": 4,
        "satellites": 14, "hdop": 0.9, "ekf_flags": 831, "roll": 1.0, "pitch": -1.0, "yaw": 90.0,
        "airspeed": 0.3, "home_latitude": LATITUDE, "home_longitude": LONGITUDE,
        "home_altitude": 330.0,
    }.items():  # fmt: skip
        rows[name] = value
    return rows


def car() -> Rows:
    """A patrol car that drives, as its tracker tells of it."""
    rows = blank(PICTURE, 1)
    asset = osmand_asset("gulbahar-03")
    rows["asset"], rows["identity"], rows["kind"] = asset.key, asset.identity.encode(), Kind.CAR
    rows["source"] = Source.OSMAND
    for name, value in {
        "latitude": LATITUDE, "longitude": LONGITUDE, "heading": 0.0, "speed": 10.0,
        "accuracy": 6.0, "battery_percent": 90.0,
    }.items():  # fmt: skip
        rows[name] = value
    return rows


@dataclass
class Flight:
    """A watch over rows that change, and all that came of it."""

    rows: Rows
    settings: RuleSettings = field(default_factory=RuleSettings)
    duties: Duties = field(default_factory=Duties)
    zones: SpeedZones = field(default_factory=SpeedZones)
    book: Book = field(default_factory=Book)
    seconds: float = 0.0
    events: list[AlertEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.watch = Watch(self.settings, self.book)

    def go(self, seconds: float, changes: Changes | None = None, step: float = 1.0) -> Flight:
        """Let time pass, with a look each `step`."""
        before = self.rows.copy()
        end = self.seconds + seconds
        while self.seconds < end:
            self.seconds += step
            now = when(self.seconds)
            for name in TIMES:
                self.rows[name] = now
            for name, told in (changes or {}).items():
                value = told(self.seconds) if callable(told) else told
                if name in TIMES and isinstance(value, int | float):
                    value = now - np.timedelta64(round(value * 1e6), "us")
                self.rows[name] = value
            self.events += self.watch.look(self.rows, now, self.duties, self.zones)
            self.events += self.book.tick(as_datetime(now))
        for name in changes or {}:
            if name not in TIMES:
                self.rows[name] = before[name]
        return self

    def of(self, what: str = "activate") -> list[str]:
        """Keys of the alerts, groups left out, to which something happened, in order."""
        return [
            event.alert
            for event in self.events
            if event.what == what and not event.alert.startswith("group/")
        ]

    def rules(self, what: str = "activate") -> set[str]:
        """The rules of these."""
        return {key.partition("/")[0] for key in self.of(what)}


Phases = Sequence[tuple[float, Changes]]
Moving = Callable[[float], float]


def northward(speed: float) -> Moving:
    """A latitude that moves."""
    return lambda seconds: LATITUDE + seconds * speed * METRE
