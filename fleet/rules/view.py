"""What a rule sees: the picture, the time, the thresholds of each row, and what is planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fleet.alerts.filters import Flags
from fleet.assets import Kind
from fleet.columns import Rows
from fleet.rules.duties import Duties, SpeedZones
from fleet.rules.settings import Thresholds

Values = NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """One look at the picture. Row i of everything is the same asset."""

    rows: Rows
    """PICTURE rows."""

    now: np.datetime64
    """UTC."""

    motion: Rows
    """MOTION rows."""

    thresholds: tuple[Thresholds, ...]
    groups: NDArray[np.intp]
    """Which of `thresholds` is that of each row."""

    duties: Duties = field(default_factory=Duties)
    speed_zones: SpeedZones = field(default_factory=SpeedZones)

    def of(self, pick: Callable[[Thresholds], float]) -> Values:
        """A threshold of each row."""
        values = np.array([pick(thresholds) for thresholds in self.thresholds], np.float64)
        return values[self.groups]

    def column(self, name: str) -> Values:
        """A column as f8, with NaN where it is unknown."""
        column = self.rows[name]
        if column.dtype.kind == "i":
            return np.where(column < 0, np.nan, column.astype(np.float64))
        return column.astype(np.float64)

    def seconds_since(self, name: str) -> Values:
        """Seconds from a column of times to now; NaN where it is unknown."""
        since = (self.now - self.rows[name]).astype("m8[us]")
        return np.where(np.isnat(since), np.nan, since.astype(np.int64) / 1e6)

    @cached_property
    def drone(self) -> Flags:
        """Which rows are drones."""
        found: Flags = self.rows["kind"] == Kind.DRONE
        return found

    @cached_property
    def armed(self) -> Flags:
        """Which are known to be armed."""
        found: Flags = self.rows["armed"] == 1
        return found

    @cached_property
    def disarmed(self) -> Flags:
        """Which are known not to be."""
        found: Flags = self.rows["armed"] == 0
        return found
