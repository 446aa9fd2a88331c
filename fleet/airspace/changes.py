"""What a step brings: contacts that changed, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from fleet.airspace.columns import CHANGE, ChangeKind
from fleet.columns import Rows, blank


class Step(NamedTuple):
    """What came of one step."""

    contacts: Rows
    """CONTACT of each that changed, those that ended included."""
    changes: Rows
    """CHANGE, in the order in which it happened."""


@dataclass
class Happened:
    """CHANGE rows as they are found."""

    rows: list[tuple[int, np.datetime64, int, int, float, bytes]] = field(default_factory=list)

    def add(self, row: np.void, kind: ChangeKind, other: int = 0, distance: float = np.nan) -> None:
        """Something became of the contact of a CONTACT row."""
        told = int(row["contact"]), row["time"], int(kind), other, distance, bytes(row["identity"])
        self.rows.append(told)

    def columns(self) -> Rows:
        """All of it."""
        rows: Rows = np.array(self.rows, CHANGE) if self.rows else blank(CHANGE, 0)
        return rows
