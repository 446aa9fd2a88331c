"""Which messages a drone sends by itself, and when: what SET_MESSAGE_INTERVAL rules.

An ArduCopter sends its heartbeat and nothing else until it is asked; each of its links is asked
for itself. Times are integer microseconds, so an interval that is a multiple of the step is kept
exactly. A message goes out once a step at most: a rate beyond that is taken, as on a link that is
too slow for it.
"""

from __future__ import annotations

from collections.abc import Container

HEARTBEAT = 0
HEARTBEAT_INTERVAL = 1_000_000

FASTEST = 2_000
"""Shortest interval in µs that is not denied (1000 Hz is; measured)."""


_NEVER = 2**63


class Streams:
    """The intervals of one channel. `known` are the messages that the vehicle can stream."""

    def __init__(self, known: Container[int], now: int) -> None:
        self._known = known
        self._intervals: dict[int, int] = {HEARTBEAT: HEARTBEAT_INTERVAL}
        self._next: dict[int, int] = {HEARTBEAT: now}
        self._requested: dict[int, None] = {}
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

    def request(self, message: int) -> None:
        """Send `message` once with what is due next, whatever its interval.

        It is for the caller to know that the vehicle can make it. Asked twice before it is sent,
        it is sent once.
        """
        self._requested[message] = None
        self.earliest = 0

    def requested(self) -> list[int]:
        """The messages asked for once since the last call, in the order of the requests."""
        if not self._requested:
            return []
        requested = list(self._requested)
        self._requested.clear()
        self._look_ahead()
        return requested

    def due(self, now: int) -> list[int]:
        """The messages to send now. None is ever caught up with: each comes once at most."""
        if self.earliest > now:
            return []
        due = [message for message, at in self._next.items() if at <= now]
        for message in due:
            interval = self._intervals[message]
            late = now - self._next[message]
            self._next[message] += interval * (1 + late // interval)
        self._look_ahead()
        return due

    def _look_ahead(self) -> None:
        self.earliest = min(self._next.values(), default=_NEVER)
