"""What a way sees, on a raster of sample points.

The samples lie in rows, each shifted at random, and `shuffle` draws them anew: a way that is
fitted to some samples cannot hide gaps between them from the next. Every sample counts how many
pieces of the way see it, so that what only one piece sees is known without the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from missions.coverage.outline import Floats, chords, edges, lengths
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

PIECE_MOST = 6.0
"""Swaths: a longer piece is counted in parts, as the box around it holds too much else."""


@dataclass(frozen=True)
class Around:
    """Samples about a part of a way that nothing else sees: places (N,) and (N,).

    `unseen`: which of them the part does not see either.
    """

    x: Singles
    y: Singles
    unseen: Bools


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
                f"an area {east - west:.0f} m by {north - south:.0f} m is too large for a spacing "
                f"of {width:g} m; widen the spacing or divide the area"
            )
        finest = width * math.sqrt(min(SAMPLES_MOST / target.area, BOX_MOST / box))
        self.step = width / float(np.clip(min(per_swath, finest), *PER_SWATH))
        self.reach = np.float32(width / 2 * (1 + TOLERANCE))
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
        self._wanted = np.cumsum(flips[:-1], dtype=np.int32).reshape(rows, columns) > 0
        self._counts = np.zeros((rows, columns), np.int16)
        self.total = int(self._wanted.sum())

    def lay(self, way: Floats, sign: int = 1) -> None:
        """Count all pieces of a way (N, 2), or take them back with a sign of −1."""
        for start, end, length in zip(way[:-1], way[1:], lengths(way), strict=True):
            parts = max(1, int(length / (PIECE_MOST * self.width)))
            for part in range(parts):
                window, seen = self._window(start, end, part, parts)
                self._counts[window] += (sign * seen).astype(np.int16)

    @property
    def unseen(self) -> float:
        """The share of the target that is not seen."""
        return float((self._wanted & (self._counts <= 0)).sum() / max(self.total, 1))

    @property
    def sample_area(self) -> float:
        """Square metres that one sample stands for."""
        return self.step**2

    def seen_only_by(self, start: Floats, end: Floats) -> float:
        """Square metres of the target that no other of the laid pieces sees."""
        window, seen = self._window(start, end)
        alone = seen & self._wanted[window] & (self._counts[window] <= 1)
        return int(alone.sum()) * self.sample_area

    def around(self, part: Floats, grow: float) -> Around:
        """The samples up to `grow` beyond the reach of a laid part (N, 2) that only it sees."""
        pieces = (part - self._origin).astype(np.float32)
        window = self._box(pieces, float(self.reach) + grow)
        counts = self._counts[window]
        rows, columns = np.nonzero(self._wanted[window] & (counts < len(pieces)))
        x = self._x[window[1]][columns] + self._shift[window[0]][rows]
        y = self._y[window[0]][rows]
        by_part = np.zeros(len(x), np.int16)
        for start, end in pairwise(pieces):
            by_part += seen_by(x, y, start[None, None], end[None, None], self.reach)[0]
        alone = counts[rows, columns] <= by_part
        return Around(x[alone], y[alone], by_part[alone] == 0)

    def seen(self, around: Around, starts: Floats, ends: Floats) -> Bools:
        """(T, N) which of the samples any of the pieces (T, P, 2) to (T, P, 2) sees."""
        starts, ends = starts - self._origin, ends - self._origin
        return seen_by(
            around.x, around.y, starts.astype(np.float32), ends.astype(np.float32), self.reach
        )

    def middle(self, around: Around) -> Floats | None:
        """The middle (2,) of what is not seen, if there is any."""
        if not around.unseen.any():
            return None
        x, y = around.x[around.unseen].mean(), around.y[around.unseen].mean()
        return np.asarray(np.array([x, y], float) + self._origin)

    def gaps(self, area_least: float) -> list[Floats]:
        """The places (N, 2) of what is not seen, connected gap by gap, the largest first."""
        labels, count = ndimage.label(self._wanted & (self._counts <= 0), np.ones((3, 3)))
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

    def _window(
        self, start: Floats, end: Floats, part: int = 0, parts: int = 1
    ) -> tuple[tuple[slice, slice], Bools]:
        """The box of samples around one of the equal parts of a piece, and which it sees.

        A sample belongs to the part that it lies beside, so that no other part counts it again.
        """
        piece = (np.stack([start, end]) - self._origin).astype(np.float32)
        step = piece[1] - piece[0]
        ends = np.array([part, part + 1], np.float32) / np.float32(parts)
        window = self._box(piece[0] + ends[:, None] * step, float(self.reach))
        dx = (self._x[window[1]][None] + self._shift[window[0]][:, None]) - piece[0, 0]
        dy = self._y[window[0]][:, None] - piece[0, 1]
        along = (dx * step[0] + dy * step[1]) / max(float(step @ step), 1e-9)
        beside = np.ones(along.shape, bool)
        if part > 0:
            beside &= along >= ends[0]
        if part < parts - 1:
            beside &= along < ends[1]
        np.clip(along, 0, 1, out=along)
        near = (dx - along * step[0]) ** 2 + (dy - along * step[1]) ** 2 <= self.reach**2
        return window, near & beside


def seen_by(x: Singles, y: Singles, starts: Singles, ends: Singles, reach: np.float32) -> Bools:
    """(T, N) which of the places (N,), (N,) any of the pieces (T, P, 2) to (T, P, 2) sees."""
    found = np.zeros((len(starts), len(x)), bool)
    for piece in range(starts.shape[1]):
        start, step = starts[:, piece], ends[:, piece] - starts[:, piece]
        east, north = step[:, :1], step[:, 1:]
        shorter = 1 / np.maximum(east**2 + north**2, np.float32(1e-9))
        dx, dy = x - start[:, :1], y - start[:, 1:]
        along = dx * (east * shorter)
        along += dy * (north * shorter)
        np.clip(along, 0, 1, out=along)
        dx -= along * east
        dy -= along * north
        dx *= dx
        dy *= dy
        dx += dy
        found |= dx <= reach**2
    return found
