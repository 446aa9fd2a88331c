"""One report of a tracker: where it was, and perhaps its battery; made into columns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fleet.assets import Asset
from fleet.columns import POSITION, STATUS, Source, blank
from telemetry.batch import Batch
from telemetry.trackers.values import receive_time

MAX_SPEED = 1000.0
"""Metres per second; faster is a fault of the tracker."""

MAX_ALTITUDE = 50_000.0
MIN_ALTITUDE = -1000.0
MAX_ACCURACY = 1e7
"""Metres: some phones say so when they know nothing but the cell's country."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one message told; NaN is unknown. Units are those of `fleet.columns`."""

    asset: Asset
    source: Source
    time: np.datetime64
    latitude: float
    longitude: float
    altitude: float = math.nan
    heading: float = math.nan
    speed: float = math.nan
    accuracy: float = math.nan
    battery_percent: float = math.nan

    def batch(self, received: float) -> Batch:
        """One POSITION row, and one STATUS row if the battery is known."""
        received_time = receive_time(received)
        position = blank(POSITION, 1)
        position["asset"] = self.asset.key
        position["received_time"] = received_time
        position["fix_time"] = self.time
        position["source"] = self.source
        for name in ("latitude", "longitude", "altitude", "heading", "speed", "accuracy"):
            position[name] = getattr(self, name)
        status = blank(STATUS, 0 if math.isnan(self.battery_percent) else 1)
        status["asset"] = self.asset.key
        status["status_time"] = np.fmin(self.time, received_time)
        status["received_time"] = received_time
        status["vehicle_time"] = self.time
        status["battery_percent"] = self.battery_percent
        return Batch((self.asset,), position, status)
