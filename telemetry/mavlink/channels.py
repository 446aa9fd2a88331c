"""What a vehicle says on each of its channels, though it says it once.

An autopilot with a radio and a modem sends its own heartbeats on both, and each text, with numbers
of their own: these are no copies (`copies`), but they tell of one heartbeat and one text.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.roles import SYSTEMS

HEARTBEAT_WAIT = 1.5
"""Seconds without a heartbeat by the peer that they came by, after which those by another count.
More than the second between two of them, so that the same one never counts twice unless one link
is later than the other by so much."""

TEXT_WAIT = 5.0
"""Seconds for which the same text by another peer is the same one."""

TEXTS_MOST = 1024

_NOBODY = -1


class Heartbeats:
    """Which heartbeats of vehicles count. `now` is seconds of a steady clock."""

    def __init__(self) -> None:
        self._peers = np.full(SYSTEMS, _NOBODY, np.int64)
        self._times = np.full(SYSTEMS, -np.inf)

    def count(
        self, systems: NDArray[np.uint8], peers: NDArray[np.int64], now: float
    ) -> NDArray[np.bool_]:
        """Which of these, in their order, count; `peers` are the numbers of their peers."""
        counts: NDArray[np.bool_] = self._peers[systems] == peers
        self._times[systems[counts]] = now
        for number in np.flatnonzero(~counts).tolist():
            system, peer = systems[number], peers[number]
            if now - self._times[system] > HEARTBEAT_WAIT:
                self._peers[system] = peer
            counts[number] = self._peers[system] == peer
            if counts[number]:
                self._times[system] = now
        return counts


class Texts:
    """Which pieces of texts came already by another peer. `now` is seconds of a steady clock."""

    def __init__(self) -> None:
        self._latest: OrderedDict[tuple[object, ...], tuple[int, float]] = OrderedDict()

    def is_copy(self, piece: tuple[object, ...], peer: int, now: float) -> bool:
        """Whether the same piece came by another peer before; else it is noted."""
        before = self._latest.get(piece)
        if before is not None and before[0] != peer and now - before[1] <= TEXT_WAIT:
            return True
        self._latest[piece] = peer, now
        self._latest.move_to_end(piece)
        if len(self._latest) > TEXTS_MOST:
            self._latest.popitem(last=False)
        return False
