"""How well vehicles are heard, from what the collector tells each second of its MAVLink links."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WINDOW = 60.0
"""Seconds over which lost frames are counted: the collector's own counters are since its start."""

STEP = 10.0
"""Seconds between two words that are remembered for that."""


@dataclass(frozen=True, slots=True)
class Link:
    """How a vehicle is heard by the best of its peers."""

    peer: str
    messages_per_second: float
    lost_percent: float | None
    """Of the frames of the last WINDOW; None before two words of it."""

    round_trip: float | None
    """Seconds."""

    age: float
    """Seconds since it was heard, at the collector's last word."""

    peers: int
    """By how many ways it is heard."""


_Key = tuple[str, str]  # identity and peer
_Counts = dict[_Key, tuple[int, int]]  # frames that came, and that were lost


class Links:
    """What the collector last told, and what it told a while ago."""

    def __init__(self) -> None:
        self._heard: dict[str, list[Link]] = {}
        self._before: deque[tuple[float, _Counts]] = deque(maxlen=round(WINDOW / STEP) + 1)

    def hear(self, told: Mapping[str, Any]) -> None:
        """Take a `live.collector` message. Raises KeyError, TypeError, ValueError if it is torn."""
        time = float(told["time"])
        counts: _Counts = {}
        heard: dict[str, list[Link]] = {}
        if self._before and time < self._before[-1][0]:
            self._before.clear()
        before = self._before[0][1] if self._before else {}
        for network, health in told.get("mavlink", {}).items():
            columns = health["heard"]
            names = ("system", "peer", "frames", "lost", "messages_per_second", "round_trip", "age")
            for system, peer, frames, lost, rate, trip, age in zip(
                *(columns[name] for name in names), strict=True
            ):
                identity = f"mavlink:{network}/{system}"
                counts[identity, peer] = (frames, lost)
                share = _lost((frames, lost), before.get((identity, peer)))
                link = Link(peer, rate or 0.0, share, trip, age or 0.0, 1)
                heard.setdefault(identity, []).append(link)
        self._heard = heard
        if not self._before or time - self._before[-1][0] >= STEP:
            self._before.append((time, counts))

    def of(self, identity: str) -> Link | None:
        """How the asset is heard now; None for what does not speak MAVLink, or not lately."""
        known = self._heard.get(identity)
        if not known:
            return None
        best = max(known, key=lambda link: (link.age < 5, link.messages_per_second))
        told = (best.peer, best.messages_per_second, best.lost_percent, best.round_trip, best.age)
        return Link(*told, len(known))


def _lost(now: tuple[int, int], before: tuple[int, int] | None) -> float | None:
    """Percent of frames that are missing of those sent in between."""
    if before is None:
        return None
    came, lost = now[0] - before[0], now[1] - before[1]
    # Frames that came late are taken off the lost ones: fewer may be lost than before.
    return 100 * max(lost, 0) / (came + max(lost, 0)) if came > 0 else None
