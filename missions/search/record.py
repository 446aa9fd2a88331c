"""What a search file holds, and its checks."""

from __future__ import annotations

import base64
import binascii
import math
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, TypeAdapter, field_validator, model_validator

from missions.errors import PlanningError
from missions.plan import Part
from missions.projection import EXTENT_MOST, LocalFrame
from missions.route import Leg, Purpose, Route
from missions.search.detection import Law
from missions.search.grid import Cells, Grid
from missions.search.maps import ProbabilityMap

FORMAT: Literal["nigehban-search"] = "nigehban-search"
VERSION: Literal[1] = 1
NAME_MOST = 200
SORTIES_MOST = 500
POINTS_MOST = 2000
"""Of one sortie's route."""

FILE_MOST = 64_000_000
"""Bytes: more than the largest map and all sorties take."""

Metres = Annotated[float, Field(ge=-EXTENT_MOST, le=EXTENT_MOST)]
Probability = Annotated[float, Field(ge=0, le=1)]


class LegRecord(Part):
    """A leg of a route, in metres of the search's plane."""

    purpose: Purpose
    points: tuple[tuple[Metres, Metres], ...] = Field(min_length=2, max_length=POINTS_MOST)


class Sortie(Part):
    """One flight of one drone in the search, as planned.

    `height_offset` is how much higher than the planned height it flies; `expected` what it adds to
    the cumulative probability of success if it is flown as planned, after those before it.
    """

    id: str = Field(pattern=r"^S[1-9]\d{0,3}$")
    pattern: str = Field(min_length=1, max_length=60)
    sweep_width: float = Field(gt=0)
    law: Law
    height_offset: float = Field(ge=0)
    expected: Probability
    state: Literal["planned", "flown", "cancelled"] = "planned"
    legs: tuple[LegRecord, ...] = Field(min_length=1, max_length=POINTS_MOST)

    @field_validator("legs")
    @classmethod
    def _joined(cls, legs: tuple[LegRecord, ...]) -> tuple[LegRecord, ...]:
        if any(leg.points[-1] != after.points[0] for leg, after in pairwise(legs)):
            raise ValueError("a leg does not begin where the one before it ended")
        return legs

    def route(self, frame: LocalFrame) -> Route:
        """The route that was planned, on the search's plane."""
        legs = tuple(Leg(np.array(leg.points, float), leg.purpose) for leg in self.legs)
        return Route(frame, legs)


class Report(Part):
    """What a flown sortie was worth.

    `pod` is that of the whole map, weighted with where the target was likely to be; `success` what
    the sortie added to the cumulative probability of success and `cumulative` what that came to.
    """

    sortie: str
    searched_length: float = Field(ge=0)
    pod: Probability
    success: Probability
    cumulative: Probability


class GridRecord(Part):
    """A grid in metres of the search's plane."""

    west: Metres
    south: Metres
    cell: float = Field(gt=0)
    rows: int = Field(ge=1)
    columns: int = Field(ge=1)


class SearchRecord(Part):
    """A whole search. Cells are float64, little-endian, row by row from the south, in base64."""

    format: Literal["nigehban-search"] = FORMAT
    version: Literal[1] = VERSION
    name: str = Field(max_length=NAME_MOST)
    latitude: float
    longitude: float
    grid: GridRecord
    prior: str
    mass: str
    rest: Probability
    sorties: tuple[Sortie, ...] = Field((), max_length=SORTIES_MOST)
    reports: tuple[Report, ...] = Field((), max_length=SORTIES_MOST)

    @field_validator("sorties")
    @classmethod
    def _numbered(cls, sorties: tuple[Sortie, ...]) -> tuple[Sortie, ...]:
        if [sortie.id for sortie in sorties] != [f"S{n}" for n in range(1, len(sorties) + 1)]:
            raise ValueError("sorties are not S1, S2 … in order")
        return sorties

    @model_validator(mode="after")
    def _reported_once(self) -> SearchRecord:
        flown = {sortie.id for sortie in self.sorties if sortie.state == "flown"}
        reported = [report.sortie for report in self.reports]
        if len(reported) != len(set(reported)) or set(reported) != flown:
            raise ValueError("the flown sorties are not those with one report each")
        return self

    def maps(self) -> tuple[ProbabilityMap, ProbabilityMap]:
        """The map at the beginning and the map of now.

        Raises PlanningError if they do not fit the grid, each other or the reports.
        """
        frame = LocalFrame(self.latitude, self.longitude)
        grid = Grid(frame, **self.grid.model_dump())
        prior = ProbabilityMap(grid, _cells(self.prior, grid, "prior"), self.rest)
        now = ProbabilityMap(grid, _cells(self.mass, grid, "mass"), self.rest)
        if not math.isclose(prior.total, 1, abs_tol=1e-6):
            raise PlanningError(f"the search's prior sums up to {prior.total:g} instead of 1")
        if (now.mass > prior.mass).any():
            raise PlanningError("the search's mass is more than its prior in some cell")
        said = self.reports[-1].cumulative if self.reports else 0.0
        if not math.isclose(prior.total - now.total, said, abs_tol=1e-6):
            raise PlanningError(
                f"the search's mass says a success of {prior.total - now.total:.6f}, "
                f"its reports {said:.6f}"
            )
        return prior, now


FORM = TypeAdapter(SearchRecord)


def packed(cells: Cells) -> str:
    """Cells as text, exactly."""
    return base64.b64encode(np.ascontiguousarray(cells, "<f8").tobytes()).decode()


def _cells(text: str, grid: Grid, what: str) -> Cells:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PlanningError(f"the search's {what} is no base64") from None
    if len(data) != 8 * grid.rows * grid.columns:
        raise PlanningError(
            f"the search's {what} has {len(data)} bytes; {grid.rows} by {grid.columns} cells "
            f"have {8 * grid.rows * grid.columns}"
        )
    return np.frombuffer(data, "<f8").reshape(grid.shape).astype(float)
