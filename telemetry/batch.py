"""What one arrival brings: rows for the store, and the assets that they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from fleet.assets import Asset
from fleet.columns import POSITION, STATUS, Rows, blank


@dataclass(frozen=True, slots=True)
class StatusText:
    """A whole STATUSTEXT of a vehicle, its pieces joined; `severity` is MAV_SEVERITY (0–7)."""

    asset: int
    received_time: datetime  # aware, UTC
    severity: int
    text: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of one arrival, with every asset that its rows name."""

    assets: tuple[Asset, ...] = ()
    positions: Rows = field(default_factory=lambda: blank(POSITION, 0))
    statuses: Rows = field(default_factory=lambda: blank(STATUS, 0))
    texts: tuple[StatusText, ...] = ()

    def __len__(self) -> int:
        """How many rows it has."""
        return len(self.positions) + len(self.statuses) + len(self.texts)
