"""How much one connection may say: a bucket that fills at a rate, and is emptied by messages."""

from __future__ import annotations

RATE = 500.0
"""Messages a second that a node may send for ever: several hundred objects each second."""

BURST = 2000.0
"""Messages that it may send at once, as after a loss of the connection."""


class Allowance:
    """The bucket of one connection. Times are seconds of a steady clock."""

    def __init__(self, now: float, rate: float = RATE, burst: float = BURST) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._since = burst, now

    def spend(self, now: float) -> bool:
        """Take one message's worth; False: there is none left, it floods."""
        self._left = min(self._burst, self._left + max(now - self._since, 0.0) * self._rate)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
