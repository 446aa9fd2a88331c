"""When many fences are in force, asked for many moments at once."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fleet.geofences.geofence import Geofence
from fleet.moments import from_microseconds, microseconds

Ints = NDArray[np.int64]

CHUNK = 16 * 86_400 * 1_000_000
"""Microseconds of which a fence's spans are reckoned at once."""

KEPT_MOST = 20_000
"""Chunks of fences that are kept; the one asked for longest ago goes first."""

_CHUNK_BIT = 32

TIME_LEAST, TIME_MOST = 0, 7_000_000_000_000_000
"""Microseconds since 1970 that are judged: until the year 2191, within the years of schedules."""


class Activity:
    """When each of `fences` is in force: moments are microseconds since 1970, fences indices."""

    def __init__(self, fences: Sequence[Geofence]) -> None:
        self._fences = fences
        self._timed = np.array(
            [bool(fence.periods or fence.valid_from or fence.valid_until) for fence in fences],
            np.bool_,
        )
        self._kept: OrderedDict[tuple[int, int], Ints] = OrderedDict()

    def active(self, fences: NDArray[np.intp], times: Ints) -> NDArray[np.bool_]:
        """Whether each of `fences` is in force at each of `times` (both of n)."""
        active: NDArray[np.bool_] = self._places(fences, times) % 2 == 1
        return active

    def may_change(self, fences: NDArray[np.intp], after: Ints, until: Ints) -> NDArray[np.bool_]:
        """Whether each comes into force or goes out of it in (after, until], or seems to."""
        changed: NDArray[np.bool_] = self._places(fences, after) != self._places(fences, until)
        return changed

    def changes(self, fence: int, after: int, until: int) -> list[int]:
        """The moments in (after, until] at which a fence comes into force or goes out of it."""
        found: list[int] = []
        if self._timed[fence]:
            for chunk in range(after // CHUNK, until // CHUNK + 1):
                edges = self._edges(fence, chunk).tolist()
                found += edges[bisect_right(edges, after) : bisect_right(edges, until)]
        return found

    def _places(self, fences: NDArray[np.intp], times: Ints) -> Ints:
        """How many changes of its fence each time has behind it, and in which chunk.

        The chunk stands in the upper bits; fences that are always in force have 1.
        """
        places = np.ones(len(fences), np.int64)
        timed = np.flatnonzero(self._timed[fences])
        if not len(timed):
            return places
        chunks = times[timed] // CHUNK
        order = np.lexsort((chunks, fences[timed]))
        timed, chunks = timed[order], chunks[order]
        which = fences[timed]
        begins = np.append(True, (which[1:] != which[:-1]) | (chunks[1:] != chunks[:-1]))
        starts = np.flatnonzero(begins).tolist()
        for start, stop in zip(starts, [*starts[1:], len(timed)], strict=True):
            chunk, rows = int(chunks[start]), timed[start:stop]
            edges = self._edges(int(which[start]), chunk)
            passed = np.searchsorted(edges, times[rows], side="right")
            places[rows] = passed + (chunk << _CHUNK_BIT)
        return places

    def _edges(self, fence: int, chunk: int) -> Ints:
        """Where the spans of a fence begin and end in a chunk, in turn."""
        kept = self._kept.get((fence, chunk))
        if kept is not None:
            self._kept.move_to_end((fence, chunk))
            return kept
        spans = self._fences[fence].in_force(
            from_microseconds(chunk * CHUNK), from_microseconds((chunk + 1) * CHUNK)
        )
        made = np.array([microseconds(edge) for span in spans for edge in span], np.int64)
        self._kept[fence, chunk] = made
        if len(self._kept) > KEPT_MOST:
            self._kept.popitem(last=False)
        return made
