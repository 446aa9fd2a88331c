"""When pages may be told next: at once where they can be, and no oftener than set in the long run."""

from __future__ import annotations

CATCH_UP = 0.95
"""Of a period, where a change had to wait for its tick. What changes exactly as often as we tick would
wait as long for every tick to come, once a change between two had put them out of step."""


class Pace:
    """Ticks at most once in CATCH_UP of `period` (seconds) on the average.

    One tick may come early, so that after a change that came late the next one does not wait. Times
    are seconds of one clock that does not go back.
    """

    def __init__(self, period: float, now: float) -> None:
        self._period = period
        self._due = now

    @property
    def opens(self) -> float:
        """No tick may come before."""
        return self._due - self._period

    def tick(self, now: float, *, waited: bool) -> None:
        """There is one; `waited` if the change that it tells was there before it could be told."""
        step = self._period * (CATCH_UP if waited else 1)
        self._due = max(self._due, now) + step
