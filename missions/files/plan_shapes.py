"""What of a plan is drawn: its area, its zones, and the legs of its sorties by purpose."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import shapely

from missions import antimeridian
from missions.errors import PlanningError
from missions.plan import Sortie, Waypoint
from missions.route import Purpose


class Run(NamedTuple):
    """Legs of one purpose flown one after the other; the first waypoint is where they begin."""

    purpose: Purpose
    waypoints: list[Waypoint]


_NO_SHAPE = (
    AttributeError,
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    shapely.errors.ShapelyError,
)
"""What shapely raises for a dictionary that is no geometry."""


def runs(sortie: Sortie) -> Iterator[Run]:
    """The legs of a sortie in order, those of the same purpose together."""
    run: Run | None = None
    for before, waypoint in pairwise(sortie.waypoints):
        if run is None or run.purpose != waypoint.purpose:
            if run is not None:
                yield run
            run = Run(waypoint.purpose, [before])
        run.waypoints.append(waypoint)
    if run is not None:
        yield run


def polygons(geometry: dict[str, Any], what: str) -> list[shapely.Polygon]:
    """The polygons of a plan's GeoJSON, cut at the antimeridian.

    Raises PlanningError if `geometry` is no Polygon or MultiPolygon.
    """
    try:
        shape = shapely.geometry.shape(geometry)
        parts = [antimeridian.cut(part) for part in shapely.get_parts(shape)]
    except _NO_SHAPE as error:
        raise PlanningError(f"{what} is no Polygon or MultiPolygon of GeoJSON: {error}") from None
    return [piece for part in parts for piece in shapely.get_parts(part)]
