"""Where a track is broken: after a pause nobody knows which way it went."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fleet.columns import POSITION, Rows, blank

PAUSE = np.timedelta64(10, "m")


class Segments:
    """Cuts the rows of one asset, piece after piece, at its pauses."""

    def __init__(self) -> None:
        self._last = blank(POSITION, 0)  # the last row, if there was one

    def cut(self, rows: Rows) -> Iterator[tuple[bool, Rows]]:
        """(whether it begins a new segment, its rows), in order."""
        times = rows["fix_time"]
        breaks = np.flatnonzero(np.diff(times) > PAUSE) + 1
        begins = not len(self._last) or bool(times[0] - self._last["fix_time"][0] > PAUSE)
        for part in np.split(rows, breaks):
            yield begins, part
            begins = True
        self._last = rows[-1:].copy()

    def lines(self, rows: Rows) -> Iterator[Rows]:
        """Rows that hang together; one that goes on begins with the last row of the one before."""
        before = self._last
        for begins, part in self.cut(rows):
            yield part if begins else np.concatenate([before, part])
