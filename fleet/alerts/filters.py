"""What keeps chattering away from the alerts: dead band, on-delay and off-delay, in columns.

A rule says of each of its rows whether it fires, and whether it is clear: a value between the limit
and the end of the dead band is neither, and neither is what is unknown. Neither changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Delay:
    """How long something must be so before it counts: both bounds must be met."""

    seconds: float = 0.0
    samples: int = 1

    def __post_init__(self) -> None:
        if not self.seconds >= 0 or self.samples < 1:
            raise ValueError(f"a delay of {self.seconds} s and {self.samples} samples is none")


def above(value: Floats, limit: Floats, dead_band: Floats | float) -> tuple[Flags, Flags]:
    """Where a value fires that must not be above its limit, and where it is clear again."""
    return value > limit, value <= limit - dead_band


def below(value: Floats, limit: Floats, dead_band: Floats | float) -> tuple[Flags, Flags]:
    """Where a value fires that must not be below its limit, and where it is clear again."""
    return value < limit, value >= limit + dead_band


_NEVER = np.iinfo(np.int64).min


class Debounce:
    """On- and off-delay of one rule for any number of slots, which grow by themselves."""

    def __init__(self, on: Delay, off: Delay) -> None:
        self._on, self._off = on, off
        self._active = np.zeros(0, np.bool_)
        self._since = np.zeros(0, np.int64)  # of what pends, in microseconds; _NEVER: nothing does
        self._samples = np.zeros(0, np.int64)
        self._last = np.zeros(0, np.int64)  # time of the last sample

    def active(self, slot: int) -> bool:
        """Whether a slot's alert is raised."""
        return slot < len(self._active) and bool(self._active[slot])

    def all_active(self) -> NDArray[np.intp]:
        """Slots whose alert is raised."""
        return np.flatnonzero(self._active)

    def set_active(self, slot: int, active: bool) -> None:  # noqa: FBT001 - as in a mapping
        """Say so, after a restart or when it was decided elsewhere."""
        self._grow(slot + 1)
        self._active[slot] = active
        self._since[slot] = _NEVER
        self._samples[slot] = 0

    def step(
        self,
        fires: Flags,
        clears: Flags,
        now: np.datetime64,
        times: NDArray[np.datetime64] | None = None,
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Slots that are to be raised now, and slots that have returned.

        Row i of each argument is slot i. `times` tell when each sample was taken: the same sample
        seen twice counts once; without them each step is a sample. What is neither firing nor clear
        counts for nothing and interrupts nothing.
        """
        count = len(fires)
        self._grow(count)
        moment = int(now.astype("M8[us]").astype(np.int64))
        active = self._active[:count]
        towards = np.where(active, clears, fires)
        against = np.where(active, fires, clears)
        since, samples = self._since[:count], self._samples[:count]
        since[against] = _NEVER
        samples[against] = 0
        since[towards & (since == _NEVER)] = moment
        fresh = towards
        if times is not None:
            taken = times.astype("M8[us]").astype(np.int64)
            fresh = towards & (taken != self._last[:count])
            self._last[:count] = taken
        samples[fresh] += 1
        seconds = np.where(active, self._off.seconds, self._on.seconds) * 1e6
        wanted = np.where(active, self._off.samples, self._on.samples)
        begun = np.where(since == _NEVER, moment, since)  # no overflow where nothing pends
        done = towards & (moment - begun >= seconds) & (samples >= wanted)
        raised, returned = np.flatnonzero(done & ~active), np.flatnonzero(done & active)
        active[done] = ~active[done]
        since[done] = _NEVER
        samples[done] = 0
        return raised, returned

    def _grow(self, count: int) -> None:
        more = count - len(self._active)
        if more > 0:
            more = max(more, len(self._active))
            self._active = np.concatenate([self._active, np.zeros(more, np.bool_)])
            self._since = np.concatenate([self._since, np.full(more, _NEVER)])
            self._samples = np.concatenate([self._samples, np.zeros(more, np.int64)])
            self._last = np.concatenate([self._last, np.full(more, _NEVER)])
