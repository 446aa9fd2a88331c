"""Frames of a network counted, and how many come a second."""

from __future__ import annotations

import numpy as np

from telemetry.mavlink.codec import Decoded
from telemetry.mavlink.links.bundle import Chunks

LEAST = 0.5
"""Seconds after which a rate tells anything: what waited when a network began would be thousands."""


class Counts:
    """What came on so many links. Times `now` are seconds of a steady clock."""

    def __init__(self, links: int) -> None:
        self.frames = 0
        self.bad = 0
        self.unknown = 0
        self.by_link = np.zeros(links, np.int64)
        """Good frames of each link."""

        self.rates = np.zeros(links)
        """The same a second, over the last second."""

        self._before = self.by_link.copy()
        self._began = 0.0

    @property
    def messages_per_second(self) -> float:
        """Good frames over the last second."""
        return float(self.rates.sum())

    def begin(self, now: float) -> None:
        """The first second begins."""
        self._began = now

    def take(self, decoded: Decoded, chunks: Chunks) -> None:
        """Count what was decoded of some chunks."""
        self.frames += len(decoded.frames)
        self.bad += int(decoded.bad.sum())
        self.unknown += int(decoded.unknown.sum())
        links = chunks.links[decoded.frames["chunk"]]
        self.by_link += np.bincount(links, minlength=len(self.by_link))

    def reckon(self, now: float) -> float:
        """Reckon the rates since they last were; how many seconds ago that was.

        If that is less than LEAST they stay as they are, and it is 0.
        """
        elapsed = now - self._began
        if elapsed < LEAST:
            return 0
        self.rates = (self.by_link - self._before) / elapsed
        self._before = self.by_link.copy()
        self._began = now
        return elapsed
