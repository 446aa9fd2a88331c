"""A guard over one drone that flies as told, with its fixes and its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from fleet.alerts.book import Book
from fleet.alerts.events import AlertEvent
from fleet.assets import Asset, Kind
from fleet.columns import Rows
from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Geofence
from fleet.geofences.pictured import positions_of
from fleet.moments import as_datetime
from fleet.rules.settings import RuleSettings
from telemetry.batch import Batch
from telemetry.watching.guard import Guard
from telemetry.watching.roster import Roster
from tests.fleet.rules.pictures import TIMES, drones, when

Place = Callable[[float], tuple[float, float]]
"""Latitude and longitude by seconds since the start."""


@dataclass
class Guarded:
    """A flight, and all that a guard made of it."""

    fences: Iterable[Geofence] = ()
    settings: RuleSettings = field(default_factory=RuleSettings)
    roster: Roster | None = None
    rows: Rows = field(default_factory=drones)
    seconds: float = 0.0
    book: Book = field(default_factory=Book)
    events: list[AlertEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = Fences(self.fences)
        self.begin()

    def begin(self) -> None:
        """Another guard, with the book and the fences of before."""
        self.guard = Guard(self.settings, self.book, self.known, roster=self.roster)

    def fly(self, seconds: float, place: Place, step: float = 0.5, **columns: Any) -> Guarded:
        """Fly on, with a fix and a look each `step`."""
        rows = self.rows
        for name, value in columns.items():
            rows[name] = value
        assets = tuple(Asset(row["identity"].decode(), Kind(int(row["kind"]))) for row in rows)
        for _ in range(round(seconds / step)):
            self.seconds += step
            for name in TIMES:
                rows[name] = when(self.seconds)
            rows["latitude"], rows["longitude"] = place(self.seconds)
            now = as_datetime(when(self.seconds))
            told = self.guard.observe(Batch(assets, positions_of(rows)), now)
            told += self.guard.look(rows, now)
            self.events += told.alerts
        return self

    def told(self, rule: str) -> list[tuple[float, str]]:
        """When an alert of a rule was raised, acknowledged, or over, in seconds since the start."""
        start = as_datetime(when(0))
        return [
            ((event.time - start).total_seconds(), event.what.value)
            for event in self.events
            if event.alert.partition("/")[0] == rule and event.what != "update"
        ]


def northward(speed: float, since: float = 0.0, start: float = 34.0) -> Place:
    """A way north from `start` on the meridian of 71.5°, from `since` on."""
    degrees = speed / 111_195.08
    return lambda seconds: (start + max(0.0, seconds - since) * degrees, 71.5)
