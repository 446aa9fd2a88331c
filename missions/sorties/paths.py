"""Best paths through matrices of costs: what `divide` is reckoned with.

An element (a, b) is what it costs to go from the place a to the place b.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

STATES_MOST = 200
STATES_LEAST = 4
STEPS_MOST = 400_000_000
"""How many mixtures of groups are followed on each level of `best_parts`: fewer where there are
many, so that it takes about as many elementary steps."""

TIE = 3e-3
"""Weight of the sum of all times against the greatest: of equal makespans the shorter total."""


def chained(single: Floats, turnround: float) -> tuple[Floats, Indices]:
    """From one sortie between any two places to any number of them: cost, and the last cut.

    `single` (n, n) is infinite on and below the diagonal. The last cut of [a, b] is a itself where
    one sortie is best.
    """
    total = single.copy()
    before = np.repeat(np.arange(len(single))[:, None], len(single), axis=1)
    for b in range(2, len(single)):
        through = total[:, 1:b] + (single[1:b, b] + turnround)[None]
        cut = through.argmin(axis=1)
        least = through[np.arange(len(single)), cut]
        better = least < total[:, b]
        total[better, b] = least[better]
        before[better, b] = cut[better] + 1
    return total, before


def cut_places(before: Indices, a: int, b: int) -> list[int]:
    """The places where the chain of sorties from a to b begins, is cut and ends."""
    cuts = [b]
    while cuts[-1] != a:
        cuts.append(int(before[a, cuts[-1]]))
    return cuts[::-1]


@dataclass
class _State:
    """For each place: the makespan of the lanes up to it, the sum of times, and whence it came."""

    most: Floats
    total: Floats
    came: list[tuple[tuple[int, ...], int, Indices]]
    source: Indices


def best_parts(times: Sequence[Floats], sizes: Sequence[int]) -> list[tuple[int, int, int]] | None:
    """(group, begin, end) of the drones' parts with the least makespan; None if there are none.

    `times` (n, n) of each group: what one of its drones takes from a place to another. A drone may
    stay at home.
    """
    count = len(times[0])
    idle = [matrix.copy() for matrix in times]
    for matrix in idle:
        np.fill_diagonal(matrix, 0.0)
    nothing = np.where(np.arange(count) == 0, 0.0, np.inf)
    levels = [{(0,) * len(sizes): _State(nothing, nothing.copy(), [], np.zeros(count, int))}]
    each = sum(sizes) * len(sizes) * count**2
    kept = min(max(STEPS_MOST // each, STATES_LEAST), STATES_MOST)
    for _ in range(sum(sizes)):
        following: dict[tuple[int, ...], _State] = {}
        for key, state in levels[-1].items():
            for group, matrix in enumerate(idle):
                if key[group] < sizes[group]:
                    more = (*key[:group], key[group] + 1, *key[group + 1 :])
                    _extend(following, more, (key, group), state, matrix)
        ranked = sorted(following.items(), key=lambda item: _rank(item[1]))
        levels.append(dict(ranked[:kept]))
    final = min(levels[-1].items(), key=lambda item: item[1].most[-1])
    if not np.isfinite(final[1].most[-1]):
        return None
    parts, key, b = [], final[0], count - 1
    for level in range(len(levels) - 1, 0, -1):
        state = levels[level][key]
        before, group, begins = state.came[state.source[b]]
        a = int(begins[b])
        if a < b:
            parts.append((group, a, b))
        key, b = before, a
    return parts[::-1]


def _extend(
    following: dict[tuple[int, ...], _State],
    key: tuple[int, ...],
    origin: tuple[tuple[int, ...], int],
    state: _State,
    matrix: Floats,
) -> None:
    """One more drone after `state`; kept where it is better than what is known of `key`."""
    most, total = np.maximum(state.most[:, None], matrix), state.total[:, None] + matrix
    begins = (most + TIE * total).argmin(axis=0)
    columns = np.arange(len(begins))
    most, total = most[begins, columns], total[begins, columns]
    known = following.get(key)
    if known is None:
        empty = np.full(len(most), np.inf)
        known = following[key] = _State(empty, empty.copy(), [], np.zeros(len(most), int))
    better = most + TIE * total < known.most + TIE * known.total
    known.source[better] = len(known.came)
    known.came.append((*origin, begins))
    known.most[better], known.total[better] = most[better], total[better]


def _rank(state: _State) -> tuple[int, float]:
    """Which mixtures to follow: those that reach farthest, and soonest on the whole."""
    reached = np.isfinite(state.most)
    return -int(reached.sum()), float(state.most[reached].sum())


def least_sum(costs: list[Floats]) -> tuple[list[int], float]:
    """The path through matrices (p, q), (q, r) … of the least sum: its indices, the sum."""
    joined, backs = products(costs, 0.0)
    index = np.unravel_index(int(joined.argmin()), joined.shape)
    return trace(backs, int(index[0]), int(index[1])), float(joined[index])


def products(costs: list[Floats], between: float) -> tuple[Floats, list[Indices]]:
    """The min-plus product of matrices, and for each step which middle index was best."""
    joined, backs = costs[0], []
    for cost in costs[1:]:
        sums = joined[:, :, None] + (cost + between)[None]
        backs.append(np.argmin(sums, axis=1))
        joined = sums.min(axis=1)
    return joined, backs


def trace(backs: Sequence[Indices], first: int, last: int) -> list[int]:
    """The indices from `first` to `last` of the best way through the matrices of `products`."""
    indices = [last]
    for back in reversed(backs):
        indices.append(int(back[first, indices[-1]]))
    return [first, *reversed(indices)]
