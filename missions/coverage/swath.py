"""What a way sees, on a raster of sample points.

The samples lie in rows, each shifted at random, and `shuffle` draws them anew: a way that is
fitted to some samples cannot hide gaps between them from the next. Every sample counts how many
pieces of the way see it, so that what only one piece sees is known without the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from fleet.wording import sentence
from missions.coverage.outline import Floats, Indices, chords, edges
from missions.errors import PlanningError

Singles = NDArray[np.float32]
Bools = NDArray[np.bool_]

SAMPLES_MOST = 400_000
"""Of a target."""

BOX_MOST = 16_000_000
"""Samples in the box around a target."""

PER_SWATH = (5.0, 20.0)
"""Samples across a swath: not fewer, and not more."""

TOLERANCE = 0.002
"""Of the swath: lanes that lie a swath apart leave no gap for the rounding of numbers."""

LEVEL = 1e-9
"""Of its length: what rises less lies level."""

PRODUCT_MOST = 200_000
"""Multiplications that OpenBLAS does in one thread (less than 4·256²)."""

UNWANTED = np.int16(10_000)
"""Pieces that see a sample outside the target."""


@dataclass(frozen=True)
class Around:
    """Samples about a part of a way that nothing else sees, from `origin` (2,).

    `places` (3, N): x, y and 1 of each. `unseen` (N,): which of them the part does not see either.
    """

    origin: Floats
    places: Singles
    unseen: Bools


class _Runs(NamedTuple):
    """Samples side by side: (N,) their row, the first column, and the one after the last."""

    row: Indices
    first: Indices
    end: Indices


class Swath:
    """The samples of a target seen by pieces of way, `width` wide in all.

    Raises PlanningError if the target is too large for the width.
    """

    def __init__(
        self,
        target: BaseGeometry,
        width: float,
        random: np.random.Generator,
        per_swath: float = PER_SWATH[1],
    ) -> None:
        self.width = width
        west, south, east, north = target.bounds
        box = (east - west + 6 * width) * (north - south + 6 * width)
        if box * (PER_SWATH[0] / width) ** 2 > BOX_MOST:
            raise PlanningError(
                sentence(
                    "planner.coverage.large",
                    "an area {east:.0f} m by {north:.0f} m is too large for a spacing of "
                    "{spacing:g} m; widen the spacing or divide the area",
                    east=east - west,
                    north=north - south,
                    spacing=width,
                )
            )
        finest = width * math.sqrt(min(SAMPLES_MOST / target.area, BOX_MOST / box))
        self.step = width / float(np.clip(min(per_swath, finest), *PER_SWATH))
        self.reach = width / 2 * (1 + TOLERANCE)
        self._edges = edges(target)
        self._random = random
        self.shuffle()

    def shuffle(self) -> None:
        """Draw the samples anew; the way has to be laid again."""
        low, high = self._edges.reshape(-1, 2).min(axis=0), self._edges.reshape(-1, 2).max(axis=0)
        pad = 3 * self.width
        self._origin = low - pad - self._random.uniform(0, self.step, 2)
        columns, rows = np.ceil((high + pad - self._origin) / self.step).astype(int) + 2
        y = (np.arange(rows) + 0.5) * self.step
        shift = self._random.uniform(-0.5, 0.5, rows) * self.step
        self._x = ((np.arange(columns) + 0.5) * self.step).astype(np.float32)
        self._y, self._shift = y.astype(np.float32), shift.astype(np.float32)
        line, left, right, _ = chords(self._edges, y + self._origin[1])
        flips = np.zeros(rows * columns + 1, np.int32)
        for x, sign in ((left, 1), (right, -1)):
            column = np.ceil((x - self._origin[0] - shift[line]) / self.step - 0.5).astype(int)
            np.add.at(flips, line * columns + column, sign)
        wanted = np.cumsum(flips[:-1], dtype=np.int32).reshape(rows, columns) > 0
        # What is not wanted counts as seen by so many that no way is needed for it.
        self._counts = np.where(wanted, np.int16(0), UNWANTED)
        self.total = int(wanted.sum())

    def lay(self, way: Floats) -> None:
        """Count all pieces of a way (N, 2)."""
        runs = self._runs(way[:-1], way[1:])
        rows, columns = self._counts.shape
        flips = np.zeros(rows * columns + 1, np.int16)
        np.add.at(flips, runs.row * columns + runs.first, 1)
        np.add.at(flips, runs.row * columns + runs.end, -1)
        self._counts += np.cumsum(flips[:-1], dtype=np.int16).reshape(rows, columns)

    def take_back(self, start: Floats, end: Floats) -> None:
        """Count a laid piece no longer."""
        self._counts.ravel()[self._samples(start, end)] -= 1

    def replace(self, old: Floats, new: Floats) -> None:
        """Take back the pieces of a part (N, 2) of a laid way, and lay others (M, 2) instead."""
        both = np.concatenate([old, new])
        window = self._box((both - self._origin).astype(np.float32), self.reach)
        counts = self._counts[window]
        origin = both[0]
        places = np.ones((3, *counts.shape), np.float32)
        places[0] = self._x[window[1]] - np.float32(origin[0] - self._origin[0])
        places[0] += self._shift[window[0], None]
        places[1] = self._y[window[0], None] - np.float32(origin[1] - self._origin[1])
        places = places.reshape(3, -1)
        for part, sign in ((old, -1), (new, 1)):
            if len(part) > 1:
                seen = _sees(places, part[None] - origin, self.reach)[0]
                counts += sign * np.count_nonzero(seen, axis=0).reshape(counts.shape).astype(
                    np.int16
                )

    @property
    def unseen(self) -> float:
        """The share of the target that is not seen."""
        return float(np.count_nonzero(self._counts <= 0) / max(self.total, 1))

    @property
    def sample_area(self) -> float:
        """Square metres that one sample stands for."""
        return self.step**2

    def seen_only_by(self, start: Floats, end: Floats) -> float:
        """Square metres of the target that no other of the laid pieces sees."""
        alone = self._counts.ravel()[self._samples(start, end)] <= 1
        return np.count_nonzero(alone) * self.sample_area

    def around(self, part: Floats, grow: float) -> Around:
        """The samples up to `grow` beyond the reach of a laid part (N, 2) that only it sees."""
        window = self._box((part - self._origin).astype(np.float32), self.reach + grow)
        counts = self._counts[window]
        rows, columns = np.nonzero(counts < len(part))
        origin = part[0]
        places = np.ones((3, len(rows)), np.float32)
        x = self._x[window[1]][columns] + self._shift[window[0]][rows]
        places[0] = x - np.float32(origin[0] - self._origin[0])
        places[1] = self._y[window[0]][rows] - np.float32(origin[1] - self._origin[1])
        pieces = part[None] - origin
        by_part = np.count_nonzero(_sees(places, pieces, self.reach)[0], axis=0)
        alone = counts[rows, columns] <= by_part
        return Around(origin, places[:, alone], by_part[alone] == 0)

    def seen(self, around: Around, chains: Floats) -> Bools:
        """(T, N) which of the samples chains (T, P + 1, 2) see."""
        return np.asarray(_sees(around.places, chains - around.origin, self.reach).any(axis=1))

    def middle(self, around: Around) -> Floats | None:
        """The middle (2,) of what is not seen, if there is any."""
        if not around.unseen.any():
            return None
        return np.asarray(around.places[:2, around.unseen].mean(axis=1) + around.origin)

    def gaps(self, area_least: float) -> list[Floats]:
        """The places (N, 2) of what is not seen, connected gap by gap, the largest first."""
        labels, count = ndimage.label(self._counts <= 0, np.ones((3, 3)))
        sizes = np.bincount(labels.ravel(), minlength=count + 1)
        found = []
        for label, box in enumerate(ndimage.find_objects(labels), 1):
            if sizes[label] * self.sample_area < area_least:
                continue
            rows, columns = np.nonzero(labels[box] == label)
            x = self._x[box[1]][columns] + self._shift[box[0]][rows]
            found.append(np.column_stack([x, self._y[box[0]][rows]]).astype(float) + self._origin)
        return sorted(found, key=len, reverse=True)

    def _box(self, points: NDArray[np.float32], margin: float) -> tuple[slice, slice]:
        """Rows and columns of the samples within a margin of points."""
        (left, low), (right, high) = points.min(axis=0) - margin, points.max(axis=0) + margin
        rows = slice(max(0, int(low / self.step) - 1), max(0, int(high / self.step) + 2))
        return rows, slice(max(0, int(left / self.step) - 1), max(0, int(right / self.step) + 2))

    def _samples(self, start: Floats, end: Floats) -> Indices:
        """The numbers (N,) of the samples that a piece sees."""
        runs = self._runs(start[None], end[None])
        sizes = runs.end - runs.first
        before = np.cumsum(sizes) - sizes
        begins = runs.row * self._counts.shape[1] + runs.first - before
        return np.asarray(np.repeat(begins, sizes) + np.arange(sizes.sum()))

    def _runs(self, starts: Floats, ends: Floats) -> _Runs:
        """The runs of samples that pieces (P, 2) to (P, 2) see: one of a piece in a row.

        What a piece sees is convex. A run ends on the circle about either end of the piece, or
        beside the piece.
        """
        starts, ends = starts - self._origin, ends - self._origin
        rows, columns = self._counts.shape
        upward = (ends[:, 1] >= starts[:, 1])[:, None]
        starts, ends = np.where(upward, starts, ends), np.where(upward, ends, starts)
        lowest = np.ceil((starts[:, 1] - self.reach) / self.step - 0.5)
        lowest = np.clip(lowest, 0, rows).astype(np.int64)
        beyond = np.floor((ends[:, 1] + self.reach) / self.step + 0.5)
        sizes = np.clip(beyond, lowest, rows).astype(np.int64) - lowest
        piece = np.repeat(np.arange(len(starts)), sizes)
        row = np.arange(len(piece)) + np.repeat(lowest - (np.cumsum(sizes) - sizes), sizes)
        y = (row + 0.5) * self.step

        steps = ends - starts
        ux, uy = (steps / np.maximum(np.hypot(*steps.T), 1e-9)[:, None]).T[:, piece]
        (x0, y0), (x1, y1) = starts[piece].T, ends[piece].T
        columns_at = []
        for side in (-1, 1):
            # How far above the lower end the piece is where it touches this run's end.
            height = y - y0 + side * self.reach * ux
            upper = height > y1 - y0
            above = y - np.where(upper, y1, y0)
            x = np.where(upper, x1, x0)
            x += side * np.sqrt(np.maximum(self.reach**2 - above**2, 0.0))
            beside = (height >= 0) & ~upper & (uy > LEVEL)
            x[beside] = (x0 + ((y - y0) * ux + side * self.reach) / np.maximum(uy, LEVEL))[beside]
            columns_at.append((x - self._shift[row]) / self.step - 0.5)
        first = np.clip(np.ceil(columns_at[0]), 0, columns).astype(np.int64)
        end = np.clip(np.floor(columns_at[1]) + 1, first, columns).astype(np.int64)
        return _Runs(row, first, end)


def _sees(places: Singles, chains: Floats, reach: float) -> Bools:
    """(T, P, N) which of places (3, N) each of the pieces of chains (T, P + 1, 2) sees.

    Along a piece and across it, places are linear in x, y and 1: one product of matrices for all.
    """
    x, y = chains[:, :-1, 0], chains[:, :-1, 1]
    # A piece of no length points east, so that its lines are the distances from its place.
    east, north = np.diff(chains[..., 0], axis=1) + 1e-9, np.diff(chains[..., 1], axis=1)
    sizes = np.hypot(east, north)
    east /= sizes
    north /= sizes
    lines = np.empty((2, *east.shape, 3), np.float32)
    lines[0, ..., 0] = lines[1, ..., 1] = east
    lines[0, ..., 1] = north
    lines[1, ..., 0] = -north
    lines[0, ..., 2] = -(x * east + y * north)
    lines[1, ..., 2] = x * north - y * east
    along, across = (_product(part.reshape(-1, 3), places) for part in lines)
    inside = np.maximum(along, np.float32(0))
    np.minimum(inside, sizes.astype(np.float32).reshape(-1, 1), out=inside)
    along -= inside
    along *= along
    across *= across
    along += across
    return np.asarray(along <= np.float32(reach**2)).reshape(*east.shape, -1)


def _product(lines: Singles, places: Singles) -> Singles:
    """The product of matrices (L, 3) and (3, N), in parts so small that one thread does each.

    More would wait for one another longer than they work.
    """
    rows = max(1, PRODUCT_MOST // (3 * places.shape[1] + 1))
    parts = [lines[first : first + rows] @ places for first in range(0, len(lines), rows)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
