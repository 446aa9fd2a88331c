"""In which order, and each from which end, items are visited: a travelling salesman's open tour.

Each item has two ends and is entered at one and left at the other; an entry is the number of an
end, 2·item or 2·item + 1, and `entry ^ 1` is the other. The tour begins at the nearest neighbour
each time and is then mended by the best of all reversals (2-opt) and of all moves of a block of
items to another place (Or-opt), until none is left (Croes 1958, Or 1976).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from missions.coverage.outline import Floats, Indices

BLOCKS = (1, 2, 3, 5, 8, 13, 21)
"""Items that are moved together."""

STARTS = 4
"""Tours that are begun, at different items."""

WORK_MOST = 40_000_000
"""Of one tour: steps times items², about 0.3 s."""

GAIN_LEAST = 1e-6


def best_tour(costs: Floats, stop: Callable[[], bool]) -> Indices:
    """(N,) the entries of a short tour, given the costs (2N, 2N) of ways between ends."""
    count = len(costs) // 2
    # With many items one start is as good, and all the time goes into mending it.
    starts = STARTS if count <= 60 else 1
    best, least = np.zeros(0, np.int64), np.inf
    for start in np.unique(np.linspace(0, 2 * count - 1, starts).astype(int)):
        entries = mended(costs, _nearest(costs, int(start)), stop)
        cost = tour_cost(costs, entries)
        if cost < least:
            best, least = entries, cost
        if stop():
            break
    return best


def tour_cost(costs: Floats, entries: Indices) -> float:
    """The cost of the ways between the items in the order of entries."""
    return float(costs[entries[:-1] ^ 1, entries[1:]].sum())


def inserted(costs: Floats, entries: Indices, items: range) -> Indices:
    """The tour with more items, each where it costs least."""
    for item in items:
        least, place, entry = np.inf, 0, 0
        for end in (2 * item, 2 * item + 1):
            before = np.concatenate([[0.0], costs[entries ^ 1, end]])
            after = np.concatenate([costs[end ^ 1, entries], [0.0]])
            added = before + after
            added[1:-1] -= costs[entries[:-1] ^ 1, entries[1:]]
            if added.min() < least:
                least, place, entry = float(added.min()), int(added.argmin()), end
        entries = np.insert(entries, place, entry)
    return entries


def mended(costs: Floats, entries: Indices, stop: Callable[[], bool]) -> Indices:
    """The tour, improved until no single change makes it shorter, or for WORK_MOST."""
    count = len(entries)
    # One end that is no item's and costs nothing stands before the first and after the last.
    nowhere = len(costs)
    padded = np.zeros((nowhere + 2, nowhere + 2))
    padded[:nowhere, :nowhere] = costs
    tour = np.concatenate([[nowhere], entries, [nowhere]])
    for _ in range(max(20, WORK_MOST // max(count, 1) ** 2)):
        if stop():
            break
        change = _best_reversal(padded, tour)
        if change is None:
            change = _best_move(padded, tour)
        if change is None:
            break
        tour = change
    return tour[1:-1]


def _nearest(costs: Floats, start: int) -> Indices:
    """A tour that goes to the nearest item left each time."""
    left = np.ones(len(costs) // 2, bool)
    entries = [start]
    left[start // 2] = False
    while left.any():
        ends = np.flatnonzero(np.repeat(left, 2))
        entries.append(int(ends[costs[entries[-1] ^ 1, ends].argmin()]))
        left[entries[-1] // 2] = False
    return np.array(entries, np.int64)


def _best_reversal(costs: Floats, tour: Indices) -> Indices | None:
    """The tour with the run reversed that gains most, if any gains."""
    ins, outs = tour, tour ^ 1
    joins = costs[outs[:-1], ins[1:]]
    # Reversing i … j joins the end before i to the far end of j, and i's entry to what follows j.
    gain = costs[np.ix_(outs[:-2], outs[1:-1])] + costs[np.ix_(ins[1:-1], ins[2:])]
    gain -= joins[:-1, None] + joins[None, 1:]
    gain[np.tri(len(tour) - 2, k=-1, dtype=bool)] = 0.0
    first, last = np.unravel_index(int(gain.argmin()), gain.shape)
    if gain[first, last] >= -GAIN_LEAST:
        return None
    return _reversed(tour, int(first) + 1, int(last) + 1)


def _best_move(costs: Floats, tour: Indices) -> Indices | None:
    """The tour with the block moved, as it is or reversed, that gains most, if any gains."""
    ins, outs = tour, tour ^ 1
    joins = costs[outs[:-1], ins[1:]]
    places = np.arange(len(tour) - 1)
    best: tuple[float, int, int, int, bool] | None = None
    for size in BLOCKS:
        if len(tour) - 2 <= size:
            break
        first = np.arange(1, len(tour) - size)
        last = first + size - 1
        freed = joins[first - 1] + joins[last] - costs[outs[first - 1], ins[last + 1]]
        inside = (places >= first[:, None] - 1) & (places <= last[:, None])
        for head, tail, back in ((ins[first], outs[last], False), (outs[last], ins[first], True)):
            gain = costs[np.ix_(head, outs[places])] + costs[np.ix_(tail, ins[places + 1])]
            gain -= joins[places] + freed[:, None]
            gain[inside] = 0.0
            row, column = np.unravel_index(int(gain.argmin()), gain.shape)
            if gain[row, column] < (best[0] if best else -GAIN_LEAST):
                best = float(gain[row, column]), int(first[row]), size, int(column), back
    if best is None:
        return None
    _, start, size, place, back = best
    if back:
        tour = _reversed(tour, start, start + size - 1)
    block = tour[start : start + size]
    rest = np.delete(tour, np.s_[start : start + size])
    return np.insert(rest, place + 1 if place < start else place + 1 - size, block)


def _reversed(tour: Indices, first: int, last: int) -> NDArray[np.int64]:
    changed = tour.copy()
    changed[first : last + 1] = tour[first : last + 1][::-1] ^ 1
    return changed
