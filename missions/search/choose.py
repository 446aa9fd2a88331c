"""Which rectangles to search next: those in which the drones' effort finds the most.

`effort.divide` says how effort would be spread over cells without any regard to flying, and so what
no plan can better. Drones fly rectangles: here every rectangle of whole cells, in steps of size, at
every place is weighed by the mass on it times the POD of the lanes that the effort pays for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from missions.errors import PlanningError
from missions.search.achieved import achieved_pod, planned
from missions.search.detection import pod
from missions.search.grid import Cells, Grid
from missions.search.inputs import positive
from missions.search.rectangle import CORNERS, Corner, Rectangle
from missions.search.sweep import ROUNDING
from missions.search.units import SEPARATION, Unit, side_by_side

LANES_MOST = 500
"""Of all drones together; more would be closer than any camera's sweep is wide."""

GROWTH = 1.15
"""From one size of rectangle tried to the next."""

LEAST = 1e-12
"""Of all mass: what a rectangle that is flown finds at least; less is rounding."""


@dataclass(frozen=True)
class Wave:
    """Drones that search at once: how many `units`, and what each has.

    `effort` metres of track in the pattern and the sweep `width`. They come from `start` (east,
    north), and `separation` metres of height part those whose rectangles border. Raises
    PlanningError for an effort or a width that is not above 0 and an unknown law.
    """

    units: int
    effort: float
    width: float
    law: str = "random"
    creeping: bool = False
    start: tuple[float, float] | None = None
    separation: float = SEPARATION

    def __post_init__(self) -> None:
        positive(self.effort, "the effort of each drone")
        positive(self.width, "the sweep width")
        positive(self.separation, "the separation in height")
        pod(self.law, 0.0)


@dataclass(frozen=True)
class _Window:
    """Cells (rows, columns from row, column) and the spacing of lanes that sweep them."""

    row: int
    column: int
    rows: int
    columns: int
    spacing: float
    worth: float

    @property
    def cells(self) -> tuple[slice, slice]:
        """Its rows and columns of the map."""
        return slice(self.row, self.row + self.rows), slice(self.column, self.column + self.columns)

    def borders(self, other: _Window) -> bool:
        """Whether the two have a side or a corner in common."""
        return (
            self.row <= other.row + other.rows
            and other.row <= self.row + self.rows
            and self.column <= other.column + other.columns
            and other.column <= self.column + self.columns
        )


def choose(mass: Cells, grid: Grid, wave: Wave) -> tuple[Unit, ...]:
    """One route for each drone, in rectangles that do not overlap.

    Weighs two ways, by what the routes would really see: one rectangle for all, in strips side by
    side, and one for each after the other; there, who finds no likely room flies none. The drones
    commence at the corner nearest to their start, creeping lines at the likelier end. Raises
    PlanningError for a map without mass, one smaller than the sweep width, and an effort too small
    for one lane.
    """
    if not mass.any():
        raise PlanningError("the map is empty: nothing is left on it to search")
    together = _together(mass, grid, wave)
    if wave.units == 1:
        return together
    apart = _apart(mass, grid, wave)
    if found(apart, mass, grid, wave) > found(together, mass, grid, wave) * (1 + ROUNDING):
        return apart
    return together


def found(units: tuple[Unit, ...], mass: Cells, grid: Grid, wave: Wave) -> float:
    """The mass that routes would find, together."""
    missed = np.ones(grid.shape)
    for unit in units:
        missed *= 1 - achieved_pod(planned(unit.route, wave.width), grid, wave.law)
    return float((mass * (1 - missed)).sum())


def _together(mass: Cells, grid: Grid, wave: Wave) -> tuple[Unit, ...]:
    window = _best(mass, grid, wave, wave.units, np.zeros(grid.shape, bool))
    if window is None:
        raise PlanningError(
            f"{wave.effort:g} m of track for each drone are not enough for one lane across the "
            f"sweep width of {wave.width:g} m on this map; give more effort or a larger map"
        )
    return _flown(window, mass, grid, wave, wave.units)


def _apart(mass: Cells, grid: Grid, wave: Wave) -> tuple[Unit, ...]:
    taken = np.zeros(grid.shape, bool)
    windows: list[_Window] = []
    chosen: list[Unit] = []
    for _ in range(wave.units):
        window = _best(mass, grid, wave, 1, taken)
        if window is None:
            break
        (unit,) = _flown(window, mass, grid, wave, 1)
        # As high as no drone in a rectangle that borders this one.
        used = {
            flown.height_offset
            for flown, other in zip(chosen, windows, strict=True)
            if window.borders(other)
        }
        level = next(level for level in count() if level * wave.separation not in used)
        chosen.append(replace(unit, height_offset=level * wave.separation))
        windows.append(window)
        taken[window.cells] = True
    return tuple(chosen)


def _best(
    mass: Cells, grid: Grid, wave: Wave, units: int, taken: NDArray[np.bool_]
) -> _Window | None:
    """The window that finds the most mass, clear of what is taken; None if there is none."""
    masses, blocked = _summed(mass), _summed(taken)
    total, densest = float(mass.sum()), float(mass.max())
    sizes = []
    for rows, columns, spacing, coverage in _sizes(grid, wave, units):
        chance = float(pod(wave.law, coverage))
        most = chance * min(total, densest * rows * columns)
        sizes.append((most, chance, rows, columns, spacing))
    best: _Window | None = None
    for most, chance, rows, columns, spacing in sorted(sizes, reverse=True):
        if best and most <= best.worth:
            break
        worth = chance * _windows(masses, rows, columns)
        if taken.any():
            worth[_windows(blocked, rows, columns) > 0] = 0
        place = int(worth.argmax())
        if worth.flat[place] > (best.worth if best else LEAST * total):
            row, column = divmod(place, worth.shape[1])
            best = _Window(row, column, rows, columns, spacing, float(worth.flat[place]))
    return best


def _sizes(grid: Grid, wave: Wave, units: int) -> Iterator[tuple[int, int, float, float]]:
    """Rows, columns, lane spacing and coverage of the windows that the drones' effort pays for.

    None is narrower than the sweep width, or most of the sweep would fall beside it.
    """
    least = max(math.ceil(wave.width / grid.cell - ROUNDING), 1)
    for rows in _ladder(least, grid.rows):
        for columns in _ladder(least, grid.columns):
            height, breadth = rows * grid.cell, columns * grid.cell
            length, width = max(height, breadth), min(height, breadth) / units
            along, across = (width, length) if wave.creeping else (length, width)
            most = LANES_MOST if wave.creeping else LANES_MOST // units
            spacing = across / max(min(_lanes_paid(along, across, wave.effort), most), 1)
            lane = along - spacing
            # A strip of one lane can be all turns, and a drone with little effort flies none.
            if lane > ROUNDING * along and across / spacing * along - spacing <= wave.effort:
                yield rows, columns, spacing, wave.width * lane / (spacing * along)


def _ladder(least: int, most: int) -> list[int]:
    sizes, size = [], float(least)
    while size < most:
        sizes.append(int(size))
        size = max(size * GROWTH, size + 1)
    return [*sizes, most] if least <= most else []


def _lanes_paid(along: float, across: float, length: float) -> int:
    """The most lanes of a strip that `length` metres of track pay for.

    n lanes, S = across/n, take n·(along - S) + (n - 1)·S metres, which is n·along - across/n.
    """
    return int((length + math.sqrt(length**2 + 4 * along * across)) / (2 * along))


def _flown(window: _Window, mass: Cells, grid: Grid, wave: Wave, units: int) -> tuple[Unit, ...]:
    north, east = window.rows * grid.cell, window.columns * grid.cell
    rectangle = Rectangle(
        (
            grid.west + window.column * grid.cell + east / 2,
            grid.south + window.row * grid.cell + north / 2,
        ),
        max(north, east),
        min(north, east),
        0.0 if north >= east else 90.0,
    )
    corner = rectangle.nearest_corner(wave.start) if wave.start else "rear-left"
    if wave.creeping:
        corner = _likelier(window, mass, corner)
    return side_by_side(
        grid.frame,
        rectangle,
        window.spacing,
        units,
        creeping=wave.creeping,
        corner=corner,
        separation=wave.separation,
    )


def _likelier(window: _Window, mass: Cells, corner: Corner) -> Corner:
    """The corner on the same side at that end of the rectangle that holds more mass."""
    inside = mass[window.cells]
    # The front is north of a rectangle that is taller than broad, and east of the others.
    lengthwise = inside.sum(axis=1 if window.rows >= window.columns else 0)
    middle = len(lengthwise) // 2
    rear, front = lengthwise[:middle].sum(), lengthwise[len(lengthwise) - middle :].sum()
    right = CORNERS[corner][1] > 0
    if front > rear:
        return "front-right" if right else "front-left"
    return "rear-right" if right else "rear-left"


def _summed(values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
    """(rows + 1, columns + 1) sums of all cells south and west of each corner."""
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    sums[1:, 1:] = np.cumsum(np.cumsum(values, axis=0, dtype=float), axis=1)
    return sums


def _windows(sums: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """The sum in each window of rows × columns, by its south-western cell."""
    across = sums[rows:] - sums[:-rows]
    result: NDArray[np.float64] = across[:, columns:] - across[:, :-columns]
    return result
