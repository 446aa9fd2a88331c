"""What a file gives at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fleet.columns import Rows
from telemetry.batch import Batch
from telemetry.sink import RefusedError

ROWS = 5000
"""Rows of a piece, about."""


Judge = Callable[[Rows], None]
"""Marks POSITION rows that are suspect, as `Plausibility.mark` does."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a file, in its order."""

    batch: Batch
    skipped: tuple[RefusedError, ...]
    """Of each row that was not taken, why and where: `line 17: …`."""

    position: int
    """Bytes of the file that have been read."""
