"""Which messages a drone sends by itself, and when: what SET_MESSAGE_INTERVAL rules.

An ArduCopter sends its heartbeat and nothing else until it is asked. Times are integer
microseconds, so an interval that is a multiple of the step is kept exactly. A message goes out
once a step at most: a rate beyond that is taken, as on a link that is too slow for it.
"""

from __future__ import annotations

from collections.abc import Iterable

HEARTBEAT = 0
HEARTBEAT_INTERVAL = 1_000_000

FASTEST = 2_000
"""Shortest interval in µs that is not denied (1000 Hz is; measured)."""


_NEVER = 2**63


class Streams:
    """The intervals of one drone."""

    def __init__(self, known: Iterable[int], now: int) -> None:
        self._known = frozenset(known)
        self._intervals: dict[int, int] = {HEARTBEAT: HEARTBEAT_INTERVAL}
        self._next: dict[int, int] = {HEARTBEAT: now}
        self.earliest = now
        """When the next message is due."""

    def set(self, message: int, interval: float, now: int) -> bool:
        """Send `message` every `interval` µs; −1 stops it, 0 is its default.

        False if it is denied: an id that this vehicle does not know, or faster than it can.
        """
        if message not in self._known:
            return False
        if interval == 0:
            interval = HEARTBEAT_INTERVAL if message == HEARTBEAT else -1
        if interval < 0:
            self._intervals.pop(message, None)
            self._next.pop(message, None)
            self._look_ahead()
            return True
        if not interval >= FASTEST:  # NaN as well
            return False
        self._intervals[message] = int(min(interval, 2**31))
        self._next[message] = now
        self._look_ahead()
        return True

    def interval(self, message: int) -> int:
        """µs between two of `message`, −1 if it is not sent, 0 if it is not known."""
        if message not in self._known:
            return 0
        return self._intervals.get(message, -1)

    def due(self, now: int) -> list[int]:
        """The messages to send now. None is ever caught up with: each comes once at most."""
        due = [message for message, at in self._next.items() if at <= now]
        for message in due:
            interval = self._intervals[message]
            late = now - self._next[message]
            self._next[message] += interval * (1 + late // interval)
        self._look_ahead()
        return due

    def _look_ahead(self) -> None:
        self.earliest = min(self._next.values(), default=_NEVER)
