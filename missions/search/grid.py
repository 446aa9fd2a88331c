"""A grid of square cells on the local plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from missions.errors import PlanningError
from missions.projection import EXTENT_MOST, LocalFrame
from missions.search.inputs import metres, point

CELLS_MOST = 250_000
OVERLAPS_MOST = 5_000_000
OVERLAPS_AT_ONCE = 250_000

Cells = NDArray[np.float64]
"""(rows, columns) one number for each cell."""


@dataclass(frozen=True)
class Grid:
    """`rows` × `columns` cells of `cell` metres, the first at `west`, `south`; rows go north.

    Raises PlanningError for a cell that is not above 0, a grid without cells or of more than
    CELLS_MOST, and one that reaches out of the frame.
    """

    frame: LocalFrame
    west: float
    south: float
    cell: float
    rows: int
    columns: int

    def __post_init__(self) -> None:
        metres(self.cell, "the cell size")
        if self.rows < 1 or self.columns < 1 or self.rows * self.columns > CELLS_MOST:
            raise PlanningError(
                f"a map has 1 to {CELLS_MOST} cells, not {self.rows} by {self.columns}; "
                "take another cell size"
            )
        reach = np.abs([self.west, self.south, self.east, self.north]).max()
        if not reach <= EXTENT_MOST:
            raise PlanningError(
                f"the map reaches {reach / 1000:.0f} km from the frame's origin; "
                f"{EXTENT_MOST / 1000:.0f} km is the most"
            )

    @classmethod
    def around(cls, frame: LocalFrame, centre: ArrayLike, radius: float, cell: float) -> Grid:
        """The smallest square grid that holds a circle (east, north and radius in metres)."""
        east, north = (float(value) for value in point(centre))
        half = metres(radius, "the map's radius") / metres(cell, "the cell size")
        count = 2 * math.ceil(min(half, CELLS_MOST))
        return cls(frame, east - count * cell / 2, north - count * cell / 2, cell, count, count)

    @property
    def east(self) -> float:
        """Metres: the eastern edge."""
        return self.west + self.columns * self.cell

    @property
    def north(self) -> float:
        """Metres: the northern edge."""
        return self.south + self.rows * self.cell

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    def edges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Eastings (columns + 1,) and northings (rows + 1,) of the lines between cells."""
        return (
            self.west + self.cell * np.arange(self.columns + 1, dtype=np.float64),
            self.south + self.cell * np.arange(self.rows + 1, dtype=np.float64),
        )

    def overlaps(
        self, polygons: Sequence[shapely.Polygon] | NDArray[np.object_], weights: ArrayLike = 1.0
    ) -> Cells:
        """(rows, columns) square metres of each cell under the polygons, times their weights.

        What is under two polygons counts twice. Raises PlanningError if they take in more than
        OVERLAPS_MOST cells, repetitions counted.
        """
        inside = shapely.intersection(
            np.asarray(polygons, object),
            shapely.box(self.west, self.south, self.east, self.north),
        )
        factors = np.broadcast_to(np.asarray(weights, float), inside.shape)
        there = shapely.area(inside) > 0
        inside, factors = inside[there], factors[there]
        total = np.zeros(self.shape)
        if not len(inside):
            return total
        # The cells that a convex polygon touches lie within it widened by a cell's diagonal.
        diagonal = math.sqrt(2) * self.cell
        wide = shapely.area(inside) + diagonal * shapely.length(inside) + math.pi * diagonal**2
        touched = np.cumsum(wide) / self.cell**2
        if touched[-1] > OVERLAPS_MOST:
            raise PlanningError(
                f"{len(inside)} areas on cells of {self.cell:g} m are too many to reckon with; "
                "take larger cells or fewer points"
            )
        rows, columns = self._within(shapely.total_bounds(inside))
        boxes = self._boxes(rows, columns)
        tree = shapely.STRtree(boxes)
        shapely.prepare(inside)
        sums = np.zeros(boxes.size)
        chunks = np.flatnonzero(np.diff(touched // OVERLAPS_AT_ONCE)) + 1
        for chunk in np.split(np.arange(len(inside)), chunks):
            which, cells = tree.query(inside[chunk], predicate="intersects")
            which = chunk[which]
            areas = np.full(len(cells), float(self.cell) ** 2)
            edge = ~shapely.contains(inside[which], boxes[cells])
            areas[edge] = shapely.area(
                shapely.intersection(boxes[cells[edge]], inside[which[edge]])
            )
            sums += np.bincount(cells, areas * factors[which], minlength=boxes.size)
        total[rows, columns] = sums.reshape(total[rows, columns].shape)
        return total

    def _within(self, bounds: NDArray[np.float64]) -> tuple[slice, slice]:
        """The rows and columns that bounds (west, south, east, north) reach."""
        west, south, east, north = bounds
        return (
            slice(
                max(math.floor((south - self.south) / self.cell), 0),
                min(math.ceil((north - self.south) / self.cell), self.rows),
            ),
            slice(
                max(math.floor((west - self.west) / self.cell), 0),
                min(math.ceil((east - self.west) / self.cell), self.columns),
            ),
        )

    def _boxes(self, rows: slice, columns: slice) -> NDArray[np.object_]:
        """The cells of rows and columns as polygons, row by row."""
        east, north = self.edges()
        column, row = np.meshgrid(
            np.arange(columns.start, columns.stop), np.arange(rows.start, rows.stop)
        )
        boxes = shapely.box(east[column], north[row], east[column + 1], north[row + 1])
        return np.asarray(boxes, object).ravel()
