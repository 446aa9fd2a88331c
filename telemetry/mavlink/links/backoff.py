"""When to try again: later each time, and not all at the same moment."""

from __future__ import annotations

from collections.abc import Callable

FIRST, MOST = 0.25, 15.0
"""Seconds: the pause is doubled from the first to the last."""

JITTER = 0.5
"""Share of a pause that is left to chance: a hundred links that were cut together come back one
after the other."""


class Backoff:
    """The pauses between the attempts of one link. `chance` gives numbers from 0 to below 1."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._pause = FIRST
        self._next = float("-inf")

    def due(self, now: float) -> bool:
        """Whether to try now; if so, the next time is put off until then."""
        if now < self._next:
            return False
        self._next = now + self._pause * (1 - JITTER * self._chance())
        self._pause = min(2 * self._pause, MOST)
        return True

    def succeeded(self) -> None:
        """The link stands: the next loss begins with the shortest pause."""
        self._pause = FIRST
