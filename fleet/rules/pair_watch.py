"""Pairs of drones that come too close, with on- and off-delay: few at a time, each by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fleet.alerts.events import AlertEvent
from fleet.rules.closing import OFF, ON, RULE, closing
from fleet.rules.raising import Raiser
from fleet.rules.view import View

PAIRS_KEPT = 10_000
"""Pairs that are followed; more than these are not looked at until some are clear."""


@dataclass(slots=True)
class _Pair:
    close_since: datetime | None
    clear_since: datetime | None = None
    raised: bool = False


class PairWatch:
    """Follows each pair that is or was close."""

    def __init__(self, raiser: Raiser) -> None:
        self._raiser = raiser
        self._pairs: dict[tuple[int, int], _Pair] = {}

    def go_on(self) -> None:
        """Follow the pairs whose alerts are active already, after a restart."""
        for alert in self._raiser.book.alerts.values():
            if alert.rule == RULE.name and alert.active and len(alert.assets) == 2:
                found = self._raiser.slots_of(alert.assets)
                if found is not None:
                    self._pairs.setdefault((found[0], found[1]), _Pair(None, raised=True))

    def look(self, view: View, now: datetime) -> list[AlertEvent]:
        """Raise, follow and clear the alerts of all pairs."""
        found = closing(view)
        seen = {}
        for first, second, distance, seconds, limit, close in zip(
            *(a.tolist() for a in (found.first, found.second, found.distance)),
            *(a.tolist() for a in (found.seconds, found.limit, found.close)),
            strict=True,
        ):
            slots = self._in_order(first, second)
            told = {"value": distance, "seconds": seconds, "limit": limit}
            seen[slots] = (close, told)
        events: list[AlertEvent] = []
        for slots, (close, told) in seen.items():
            events += self._near(slots, told, now, close=close)
        for slots in [slots for slots in self._pairs if slots not in seen]:
            events += self._away(slots, now)
        return events

    def _in_order(self, first: int, second: int) -> tuple[int, int]:
        """A pair is the same whichever was seen first, also after a restart."""
        names = self._raiser.identity(first), self._raiser.identity(second)
        return (first, second) if names[0] <= names[1] else (second, first)

    def _near(
        self, slots: tuple[int, int], told: dict[str, float], now: datetime, *, close: bool
    ) -> list[AlertEvent]:
        pair = self._pairs.get(slots)
        if pair is None:
            if not close or len(self._pairs) >= PAIRS_KEPT:
                return []
            pair = self._pairs[slots] = _Pair(now)
        pair.clear_since = None
        if not close:
            pair.close_since = pair.close_since if pair.raised else None
        elif pair.close_since is None:
            pair.close_since = now
        if pair.raised:
            key = self._raiser.pair_key(RULE, slots)
            return self._raiser.book.update(key, told["value"], now)
        if pair.close_since is None or (now - pair.close_since).total_seconds() < ON.seconds:
            return []
        events = self._raiser.raise_pair(RULE, slots, now, told)
        pair.raised = bool(events)
        return events

    def _away(self, slots: tuple[int, int], now: datetime) -> list[AlertEvent]:
        pair = self._pairs[slots]
        if pair.raised:
            pair.clear_since = pair.clear_since or now
            if (now - pair.clear_since).total_seconds() < OFF.seconds:
                return []
        del self._pairs[slots]
        if not pair.raised:
            return []
        return self._raiser.book.clear(self._raiser.pair_key(RULE, slots), now)
