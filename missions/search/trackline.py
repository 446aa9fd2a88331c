"""Track line search, return (TSR) and non-return (TSN)."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from fleet.wording import sentence
from missions.errors import PlanningError
from missions.projection import EXTENT_MOST, LocalFrame
from missions.route import Route
from missions.search.drift import Drift, Way, ground_route
from missions.search.inputs import Turn, metres, side

PASSES_MOST = 20
MITRE_LIMIT = 2.0


def track_line(
    frame: LocalFrame,
    track: ArrayLike,
    spacing: float,
    *,
    returning: bool = True,
    passes: int | None = None,
    first: Turn = "starboard",
    drift: Drift | None = None,
) -> Route:
    """Along the way that somebody meant to take: (N ≥ 2, 2) metres.

    Returning (TSR): out S/2 to the `first` side of the track and back S/2 on the other; with more
    `passes`, an even number, then 3S/2 and so on. Not returning (TSN): one way, along the track
    itself; with more `passes`, an odd number, then back and out at S to either side, as IAMSAR
    has it with three. The commence search point is at the track's first point, beside it (IAMSAR
    vol. II and III, track line). Raises PlanningError for a track that is too short, crosses
    itself or bends too tightly, for a spacing that is not above 0 and for a wrong number of passes.
    """
    spacing = metres(spacing, "the track spacing")
    count = (2 if returning else 1) if passes is None else passes
    if not 1 <= count <= PASSES_MOST or count % 2 != (0 if returning else 1):
        raise PlanningError(
            f"a track line search has an {'even' if returning else 'odd'} number of passes up to "
            f"{PASSES_MOST} when it is to {'return' if returning else 'end at the far end'}, "
            f"not {count}"
        )
    line = _line(track)
    first_side = side(first)
    ways: list[Way] = []
    for index in range(count):
        # Out on one side and back on the other: pairs of passes at the same distance.
        pair = index // 2 + 0.5 if returning else (index + 1) // 2
        on_first = index % 2 == (0 if returning else 1)
        way = _beside(line, spacing * pair * (first_side if on_first else -first_side))
        way = way[::-1] if index % 2 else way
        if ways:
            ways.append((np.array([ways[-1][0][-1], way[0]]), "turn"))
        ways.append((way, "lane"))
    return ground_route(frame, ways, drift)


def _line(track: ArrayLike) -> shapely.LineString:
    points = np.asarray(track, float)
    if points.ndim != 2 or points.shape[1] != 2 or not (np.abs(points) <= EXTENT_MOST).all():
        raise PlanningError(
            "the track has no points, or some that are not on the plane; give metres"
        )
    if len(np.unique(points, axis=0)) < 2:
        raise PlanningError(
            sentence(
                "planner.track.points",
                "the track has fewer than two different points; draw it anew",
            )
        )
    line = shapely.remove_repeated_points(shapely.LineString(points))
    if not line.is_simple or line.is_closed:
        raise PlanningError(
            sentence(
                "planner.track.crosses",
                "the track crosses itself or ends where it begins; search it in two parts",
            )
        )
    return line


def _beside(line: shapely.LineString, distance: float) -> NDArray[np.float64]:
    """(N, 2) the line `distance` metres to the right (negative: left), in its direction."""
    if distance == 0:
        return shapely.get_coordinates(line)
    drawn = shapely.offset_curve(line, -distance, join_style="mitre", mitre_limit=MITRE_LIMIT)
    # GEOS cuts the way, without a gap, where the track hardly bends.
    way = shapely.line_merge(drawn, directed=True)
    if not isinstance(way, shapely.LineString) or way.is_empty:
        raise PlanningError(
            sentence(
                "planner.track.bends",
                "{distance:g} m beside the track there is no way in one piece: it bends too "
                "tightly; take a smaller track spacing or a smoother track",
                distance=abs(distance),
            )
        )
    return shapely.get_coordinates(way)
