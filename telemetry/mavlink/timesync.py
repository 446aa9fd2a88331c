"""TIMESYNC: how long a word takes to a vehicle and back.

We send TIMESYNC with `tc1` zero and `ts1` the nanoseconds of our clock; who gets it sends `ts1`
back, with its own clock in `tc1` (https://mavlink.io/en/services/timesync.html). The answer is read
at the next tick, so a round trip is told up to a tick too long.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from fleet.columns import Rows

ASK_EVERY = 5.0
"""Seconds between two questions."""

ANSWER_WAIT = 15.0
"""Seconds for which an answer counts."""

ANSWERS_MOST = 64
"""Questions of vehicles that are answered in one tick."""

_KEPT = int(ANSWER_WAIT / ASK_EVERY) + 1


class Timesync:
    """Our questions to one network. `now` is seconds of a steady clock."""

    def __init__(self) -> None:
        self._next = -np.inf
        self._asked: deque[int] = deque(maxlen=_KEPT)

    def due(self, now: float) -> bool:
        """Whether to ask now; if so the next time is put off."""
        if now < self._next:
            return False
        self._next = now + ASK_EVERY
        return True

    def question(self, now: float) -> int:
        """`ts1` of a question that is sent now, to whomever."""
        self._asked.append(round(now * 1e9))
        return self._asked[-1]

    def round_trips(self, timesyncs: Rows, now: float) -> NDArray[np.float64]:
        """Seconds of each of these TIMESYNC messages; NaN for what answers none of our questions."""
        told, answers = timesyncs["ts1"], timesyncs["tc1"] != 0
        seconds = np.full(len(told), np.nan)
        for asked in self._asked:
            if now - asked / 1e9 <= ANSWER_WAIT:
                seconds[answers & (told == asked)] = max(now - asked / 1e9, 0)
        return seconds
