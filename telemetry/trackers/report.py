"""One report of a tracker, and how the reports of many become columns at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from fleet.assets import Asset
from fleet.columns import POSITION, STATUS, TIME, Rows, Source, blank
from fleet.moments import from_microseconds
from telemetry.batch import Batch, Event

MAX_SPEED = 1000.0
"""Metres per second; faster is a fault of the tracker."""

MAX_ALTITUDE = 50_000.0
MIN_ALTITUDE = -1000.0
MAX_ACCURACY = 1e7
"""Metres: some phones say so when they know nothing but the cell's country."""

DETAIL_TEXT = 200
"""Characters of a text of a tracker in an event's detail."""


@dataclass(slots=True)
class Report:
    """What one message told; NaN is unknown. Units are those of `fleet.columns`.

    Without a latitude it brings no position, and without a battery no status unless `alive`.
    """

    asset: Asset
    source: Source
    time: int
    """When it was so by the tracker's clock, in microseconds since 1970."""
    received: int
    """When it came, by ours."""
    latitude: float = math.nan
    longitude: float = math.nan
    altitude: float = math.nan
    heading: float = math.nan
    speed: float = math.nan
    climb: float = math.nan
    accuracy: float = math.nan
    battery_percent: float = math.nan
    battery_voltage: float = math.nan
    hdop: float = math.nan
    satellites: int = -1
    alive: bool = False
    """Whether it is a sign of life that is worth a status even if it tells nothing else."""
    events: tuple[Event, ...] = ()

    @property
    def placed(self) -> bool:
        """Whether it tells a position."""
        return self.latitude == self.latitude

    @property
    def told(self) -> bool:
        """Whether it tells a status."""
        return (
            self.alive
            or self.battery_percent == self.battery_percent
            or self.battery_voltage == self.battery_voltage
        )

    def event(self, kind: str, **detail: JsonValue) -> Event:
        """An event of the asset at the time of the report; texts in `detail` are cut."""
        return event(self.asset, self.time, self.received, kind, detail)


def event(
    asset: Asset, time: int, received: int, kind: str, detail: Mapping[str, JsonValue]
) -> Event:
    """An event; both times are in microseconds since 1970. Texts in `detail` are cut."""
    short = {
        name: value[:DETAIL_TEXT] if isinstance(value, str) else value
        for name, value in detail.items()
    }
    return Event(asset.key, from_microseconds(time), from_microseconds(received), kind, short)


_PLACE = ("latitude", "longitude", "altitude", "heading", "speed", "climb", "accuracy")
_STATE = ("battery_percent", "battery_voltage", "hdop", "satellites")
_place = attrgetter("asset.key", "received", "time", "source", *_PLACE)
_state = attrgetter("asset.key", "received", "time", *_STATE)


def batch_of(reports: Sequence[Report]) -> Batch:
    """The rows of all reports in their order: POSITION, STATUS and events."""
    assets = {report.asset.key: report.asset for report in reports}
    return Batch(
        tuple(assets.values()),
        _positions([report for report in reports if report.placed]),
        _statuses([report for report in reports if report.told]),
        events=tuple(event for report in reports for event in report.events),
    )


def _positions(reports: list[Report]) -> Rows:
    rows = blank(POSITION, len(reports))
    if reports:
        keys, received, times, sources, *values = zip(*map(_place, reports), strict=True)
        rows["asset"] = keys
        rows["received_time"] = _times(received)
        rows["fix_time"] = _times(times)
        rows["source"] = sources
        for name, column in zip(_PLACE, values, strict=True):
            rows[name] = column
    return rows


def _statuses(reports: list[Report]) -> Rows:
    rows = blank(STATUS, len(reports))
    if reports:
        keys, received, times, *values = zip(*map(_state, reports), strict=True)
        rows["asset"] = keys
        rows["received_time"] = _times(received)
        rows["vehicle_time"] = _times(times)
        rows["status_time"] = np.fmin(rows["vehicle_time"], rows["received_time"])
        for name, column in zip(_STATE, values, strict=True):
            rows[name] = column
    return rows


def _times(microseconds: tuple[int, ...]) -> NDArray[Any]:
    return np.array(microseconds, np.int64).view(TIME)
