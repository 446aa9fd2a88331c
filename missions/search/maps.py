"""Where the one that is searched for may be: probability maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from missions.area import Area
from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.search.categories import Category
from missions.search.grid import Cells, Grid
from missions.search.inputs import point

ROUNDING = 1e-9
REST = 0.05
"""Probability that the target is not on the map at all, where nothing says otherwise."""


@dataclass(frozen=True)
class ProbabilityMap:
    """`mass` (rows, columns) of the cells of `grid`, and `rest`, that of the rest of the world.

    At the start they sum up to 1. A search that finds nothing takes mass away, so the sum is the
    probability that all searches together have found nothing; probabilities are the mass over
    that sum. Raises PlanningError for mass of another shape, that is negative or no number, for
    more than 1 in all and for none.
    """

    grid: Grid
    mass: Cells
    rest: float

    def __post_init__(self) -> None:
        if self.mass.shape != self.grid.shape:
            raise PlanningError(
                f"a map of {self.grid.shape} cells cannot have a mass of {self.mass.shape}"
            )
        if not (np.isfinite(self.mass).all() and (self.mass >= 0).all()):
            raise PlanningError("the map has a mass that is negative or no number")
        if not (math.isfinite(self.rest) and 0 <= self.rest <= 1):
            raise PlanningError(f"a rest of the world of {self.rest:g} is none; give 0 to 1")
        if not 0 < self.total <= 1 + ROUNDING:
            raise PlanningError(f"the map's mass is {self.total:g}; it is above 0 and at most 1")

    @classmethod
    def of(cls, grid: Grid, weights: ArrayLike, rest: float = REST) -> ProbabilityMap:
        """A map from weights (rows, columns) that share 1 - `rest` among the cells.

        Raises PlanningError for weights that are negative, no numbers, or 0 everywhere.
        """
        values = np.asarray(weights, float)
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise PlanningError("a weight of the map is negative or no number; give 0 or more")
        if not 0 <= rest < 1:
            raise PlanningError(f"a rest of the world of {rest:g} is none; give 0 to below 1")
        highest = values.max(initial=0)
        if highest == 0:
            raise PlanningError("the map is empty: no cell has a weight above 0")
        # Divided by the highest first: the sum of very large weights would be infinite.
        shares = values / highest
        return cls(grid, shares * ((1 - rest) / shares.sum()), rest)

    @property
    def total(self) -> float:
        """Probability that the target has not been found yet."""
        return float(self.mass.sum()) + self.rest

    @property
    def probabilities(self) -> Cells:
        """(rows, columns) the probability of each cell, given that nothing was found."""
        return self.mass / self.total

    @property
    def rest_probability(self) -> float:
        """The probability of the rest of the world, given that nothing was found."""
        return self.rest / self.total

    def searched(self, pod: ArrayLike) -> ProbabilityMap:
        """The map after a search that found nothing, with a POD (rows, columns) of each cell.

        Bayes: p′ⱼ = pⱼ(1 − PODⱼ) / (1 − Σ pₖPODₖ), the POD of the rest of the world being 0;
        the mass is that without the denominator. Raises PlanningError for PODs outside 0 … 1.
        """
        values = np.asarray(pod, float)
        if values.shape != self.grid.shape or not ((values >= 0) & (values <= 1)).all():
            raise PlanningError("a probability of detection for each cell is wanted, from 0 to 1")
        left = self.mass * (1 - values)
        if self.rest == 0 and not left.any():
            raise PlanningError(
                "this search would have found the target for certain wherever the map has it; "
                "begin a new map, with a rest of the world"
            )
        return ProbabilityMap(self.grid, left, self.rest)


def rings(grid: Grid, last_known: ArrayLike, category: Category) -> ProbabilityMap:
    """Rings around the last known point (east, north) at the distances of a category.

    Within a ring all places are equally likely. What was found beyond the last distance, and what
    of the rings is not on the grid, is the rest of the world. Raises PlanningError if no ring is
    on the grid.
    """
    place = point(last_known)
    east, north = grid.edges()
    x, y = np.meshgrid(east - place[0], north - place[1])
    mass = np.zeros(grid.shape)
    share_inside, radius_inside, cells_inside = 0.0, 0.0, np.zeros(grid.shape)
    for share, radius in category.distances:
        corners = _disc_below(x, y, radius)
        cells = corners[1:, 1:] - corners[1:, :-1] - corners[:-1, 1:] + corners[:-1, :-1]
        ring = np.maximum(cells - cells_inside, 0)
        mass += (share - share_inside) * ring / (math.pi * (radius**2 - radius_inside**2))
        share_inside, radius_inside, cells_inside = share, radius, cells
    on_map = float(mass.sum())
    if on_map <= ROUNDING:
        raise PlanningError("the map is empty: the last known point and its rings are not on it")
    return ProbabilityMap(grid, mass, max(1 - on_map, 0.0))


def regions(grid: Grid, drawn: Sequence[tuple[Area, float]], rest: float = REST) -> ProbabilityMap:
    """Regions that were drawn, each with a weight: how likely it holds the target.

    Within a region all places are equally likely; what of it is not on the grid adds to the rest
    of the world. Raises PlanningError for weights that are negative or all 0, regions of another
    frame, and if none is on the grid.
    """
    for area, weight in drawn:
        same_frame(grid.frame, area.frame, f"region {area.name!r}")
        if not (math.isfinite(weight) and weight >= 0):
            raise PlanningError(
                f"region {area.name!r} has a weight of {weight:g}; give a number of 0 or more"
            )
    weights = np.array([weight for _, weight in drawn], float)
    if not weights.sum() > 0:
        raise PlanningError("the map is empty: no region has a weight above 0")
    if not 0 <= rest < 1:
        raise PlanningError(f"a rest of the world of {rest:g} is none; give 0 to below 1")
    polygons = [area.polygon for area, _ in drawn]
    sizes = np.array([polygon.area for polygon in polygons])
    mass = grid.overlaps(polygons, (1 - rest) * weights / weights.sum() / sizes)
    if not mass.any():
        raise PlanningError("the map is empty: no region with a weight lies on it")
    return ProbabilityMap(grid, mass, max(1 - float(mass.sum()), 0.0))


def mixed(maps: Sequence[tuple[ProbabilityMap, float]]) -> ProbabilityMap:
    """Maps of different opinions on one grid, each believed with a weight.

    Raises PlanningError for maps of different grids and weights that are negative or all 0.
    """
    weights = np.array([weight for _, weight in maps], float)
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
        raise PlanningError("maps are mixed by weights of 0 or more, one of them above 0")
    weights /= weights.sum()
    grid = _same_grid([entry for entry, _ in maps])
    parts = [
        (weight * entry.probabilities, weight * entry.rest_probability)
        for weight, (entry, _) in zip(weights, maps, strict=True)
    ]
    return ProbabilityMap(
        grid, np.sum([mass for mass, _ in parts], axis=0), sum(rest for _, rest in parts)
    )


def multiplied(first: ProbabilityMap, second: ProbabilityMap) -> ProbabilityMap:
    """Two independent pieces of evidence on one grid: likely is what both say is likely.

    On the map the product counts; the rest of the world stays what `first` says, because `second`
    says nothing about where off the map it would be. Raises PlanningError for maps of different
    grids, and if they exclude each other.
    """
    grid = _same_grid([first, second])
    product = first.probabilities * second.probabilities
    if not product.any():
        raise PlanningError("the two maps exclude each other: no cell is likely in both")
    return ProbabilityMap.of(grid, product, first.rest_probability)


def same_frame(wanted: LocalFrame, given: LocalFrame, what: str) -> None:
    """Raises PlanningError if two frames have different origins."""
    if (wanted.latitude, wanted.longitude) != (given.latitude, given.longitude):
        raise PlanningError(
            f"{what} is on a plane around {given.latitude:.5f}, {given.longitude:.5f}, the map "
            f"around {wanted.latitude:.5f}, {wanted.longitude:.5f}; make both on one"
        )


def _same_grid(maps: Sequence[ProbabilityMap]) -> Grid:
    grid = maps[0].grid
    for other in maps[1:]:
        same_frame(grid.frame, other.grid.frame, "a map")
        if (grid.west, grid.south, grid.cell, grid.shape) != (
            other.grid.west,
            other.grid.south,
            other.grid.cell,
            other.grid.shape,
        ):
            raise PlanningError("maps of different grids cannot be joined; make both on one")
    return grid


def _disc_below(
    x: NDArray[np.float64], y: NDArray[np.float64], radius: float
) -> NDArray[np.float64]:
    """Square metres of a disc around 0, 0 that are west of x and south of y."""
    a, b = np.clip(x, -radius, radius), np.clip(y, -radius, radius)
    above = np.abs(b)
    reach = np.sqrt(radius**2 - above**2)

    def half(to: NDArray[np.float64]) -> NDArray[np.float64]:
        """The half disc's area west of `to`: ∫ √(r² − t²) dt from −r."""
        root = np.sqrt(np.maximum(radius**2 - to**2, 0))
        return (to * root + radius**2 * (np.arcsin(to / radius) + math.pi / 2)) / 2

    # ∫ (√(r² − t²) + min(√(r² − t²), |y|)) dt from −r to x: the line y cuts the arc at ±reach.
    capped = (
        half(np.minimum(a, -reach))
        + above * (np.clip(a, -reach, reach) + reach)
        + half(np.maximum(a, reach))
        - half(reach)
    )
    below = half(a) + capped
    return np.where(b >= 0, below, 2 * half(a) - below)
