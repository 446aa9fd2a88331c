"""Which detection belongs to which track: near ones by a KD-tree, then the best of all pairings.

Global nearest neighbour: the pairing that explains most detections best is taken as a whole
(`scipy.optimize.linear_sum_assignment`), not the nearest of each. Pairs without rivals need no
assignment, and what is connected by no pair is assigned apart, so that a crowd in one place costs
nothing elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from fleet.earth import EARTH_RADIUS

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]

PAIRS_MOST = 2_000_000
"""Pairs that are looked at together; a flood of false detections takes no more memory."""


class Pairs(NamedTuple):
    """Candidates: track number and detection number of each."""

    tracks: Numbers
    detections: Numbers

    def only(self, chosen: NDArray[np.bool_] | Numbers) -> Pairs:
        """Some of them."""
        return Pairs(self.tracks[chosen], self.detections[chosen])


def places(latitude: Floats, longitude: Floats) -> Floats:
    """(N, 3) metres on a sphere: between near points a straight line is as long as the way."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    flat = np.cos(lat)
    return EARTH_RADIUS * np.stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)], axis=1)


def near(tracks: Floats, detections: Floats, reach: Floats) -> Pairs:
    """Pairs of `tracks` and `detections` (`places`) within the `reach` of the track in metres.

    Where there are more than PAIRS_MOST, the nearest ones of each track are kept.
    """
    none = np.zeros(0, np.intp)
    if not len(tracks) or not len(detections):
        return Pairs(none, none)
    tree = cKDTree(detections)
    counts = np.asarray(tree.query_ball_point(tracks, reach, return_length=True), np.intp)
    if counts.sum() > PAIRS_MOST:
        each = max(1, PAIRS_MOST // len(tracks))
        away, found = tree.query(tracks, k=min(each, len(detections)))
        found = np.reshape(found, (len(tracks), -1))
        away = np.reshape(away, (len(tracks), -1))
        rows, columns = np.nonzero(away <= reach[:, np.newaxis])
        return Pairs(rows, found[rows, columns].astype(np.intp))
    if not counts.any():
        return Pairs(none, none)
    lists = tree.query_ball_point(tracks, reach, return_sorted=True)
    return Pairs(np.repeat(np.arange(len(tracks)), counts), np.concatenate(lists).astype(np.intp))


def assign(pairs: Pairs, gains: Floats) -> Numbers:
    """The numbers of the pairs that are taken: each track and each detection at most once.

    `gains` says how much better each pair is than leaving both alone (> 0). The sum of those taken
    is the largest there is.
    """
    if not len(gains):
        return np.zeros(0, np.intp)
    track_rivals = np.bincount(pairs.tracks)[pairs.tracks]
    detection_rivals = np.bincount(pairs.detections)[pairs.detections]
    alone = (track_rivals == 1) & (detection_rivals == 1)
    taken = [np.flatnonzero(alone)]
    contested = np.flatnonzero(~alone)
    if len(contested):
        taken += _groups(pairs, gains, contested)
    return np.sort(np.concatenate(taken))


def _groups(pairs: Pairs, gains: Floats, contested: Numbers) -> list[Numbers]:
    """The taken ones of each connected group of contested pairs."""
    tracks, rows = np.unique(pairs.tracks[contested], return_inverse=True)
    detections, columns = np.unique(pairs.detections[contested], return_inverse=True)
    size = len(tracks) + len(detections)
    graph = coo_array((np.ones(len(rows), np.int8), (rows, len(tracks) + columns)), (size, size))
    count, labels = connected_components(graph, directed=False)
    groups = labels[rows]
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(count + 1))
    taken = []
    for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        chosen = order[start:stop]
        taken.append(
            contested[chosen[_best(rows[chosen], columns[chosen], gains[contested[chosen]])]]
        )
    return taken


def _best(rows: Numbers, columns: Numbers, gains: Floats) -> Numbers:
    """Of the pairs of one group those that are taken."""
    if len(gains) == 1:
        return np.zeros(1, np.intp)
    row, column = _renumbered(rows), _renumbered(columns)
    matrix = np.zeros((max(row) + 1, max(column) + 1))
    numbers = np.full(matrix.shape, -1, np.intp)
    matrix[row, column] = gains
    numbers[row, column] = np.arange(len(gains))
    chosen = numbers[linear_sum_assignment(matrix, maximize=True)]
    return chosen[chosen >= 0]


def _renumbered(values: Numbers) -> list[int]:
    """The same with the numbers from 0 on; most groups are too small for numpy to be worth it."""
    numbers: dict[int, int] = {}
    return [numbers.setdefault(value, len(numbers)) for value in values.tolist()]
