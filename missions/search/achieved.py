"""What a flown track has really searched, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from missions.errors import PlanningError
from missions.projection import LocalFrame
from missions.route import Route
from missions.search.detection import pod
from missions.search.grid import Cells, Grid
from missions.search.maps import same_frame

POINTS_MOST = 100_000
GAP_MOST = 10.0
"""Seconds between two fixes: what was flown in a longer gap is not known, and counts as unseen."""

STEP = 0.1
"""Of the sweep width: nearer fixes are one, or the tremble of a hovering drone's would be track."""

PIECE = 4
"""Sweep widths: longer legs are reckoned in pieces, whose bounds hold fewer cells."""

SEARCHING = frozenset({"lane", "station", "patrol"})
"""Purposes of legs on which the camera works."""


@dataclass(frozen=True)
class Track:
    """`points` (N ≥ 2, 2) in metres, and `widths` (N - 1,): the sweep width between each two.

    A width of 0 is a leg that was flown without searching.
    """

    frame: LocalFrame
    points: NDArray[np.float64]
    widths: NDArray[np.float64]

    @property
    def searched_length(self) -> float:
        """Metres flown while searching."""
        lengths = np.hypot(*np.diff(self.points, axis=0).T)
        return float(lengths[self.widths > 0].sum())


def planned(route: Route, width: float) -> Track:
    """The track of a route as planned, with one sweep width on its lanes, stations and patrols."""
    widths = [
        np.full(len(leg.points) - 1, width if leg.purpose in SEARCHING else 0.0)
        for leg in route.legs
    ]
    return Track(route.frame, route.points, np.concatenate(widths))


def flown(
    frame: LocalFrame,
    times: ArrayLike,
    longitudes: ArrayLike,
    latitudes: ArrayLike,
    widths: ArrayLike,
) -> Track:
    """The track of fixes at `times` (seconds, in order), each with its sweep width in metres.

    `widths` is one number or one of each fix: `sweep_width(footprint_width(heights, fov), p)`,
    0 where the camera was off. Raises PlanningError for fewer than two fixes, more than
    POINTS_MOST, times out of order, and values that are missing or no numbers.
    """
    when = np.asarray(times, float)
    lons, lats = np.asarray(longitudes, float), np.asarray(latitudes, float)
    if when.ndim != 1 or not 2 <= len(when) <= POINTS_MOST:
        raise PlanningError(f"a track has 2 to {POINTS_MOST} fixes, not {when.size}")
    if lons.shape != when.shape or lats.shape != when.shape:
        raise PlanningError("a track has a time, a longitude and a latitude of each fix")
    try:
        swept = np.broadcast_to(np.asarray(widths, float), when.shape)
    except ValueError:
        raise PlanningError("a track has one sweep width, or one of each fix") from None
    if not all(np.isfinite(values).all() for values in (when, lons, lats, swept)):
        raise PlanningError("a track has a fix with a value that is no number")
    if not (swept >= 0).all():
        raise PlanningError("a track has a negative sweep width; 0 is one that sees nothing")
    if not (np.diff(when) > 0).all():
        late = int((np.diff(when) <= 0).argmax()) + 1
        raise PlanningError(f"fix {late} of the track is not later than the one before it")
    points = frame.to_local(lons, lats)
    kept, widths_kept = [0], []
    unseen = False
    for index in range(1, len(points)):
        last = kept[-1]
        unseen = unseen or when[index] - when[index - 1] > GAP_MOST
        moved = float(np.hypot(*(points[index] - points[last])))
        if index == len(points) - 1 or moved >= STEP * swept[last] or swept[index] == 0:
            dark = unseen or swept[last] == 0 or swept[index] == 0
            widths_kept.append(0.0 if dark else float(swept[last] + swept[index]) / 2)
            kept.append(index)
            unseen = False
    return Track(frame, points[kept], np.array(widths_kept))


def coverage(track: Track, grid: Grid) -> Cells:
    """(rows, columns) the coverage factor of each cell: Σ W·L within it over its area.

    A leg sweeps W/2 to either side; what is swept twice counts twice. Raises PlanningError for a
    track of another frame, and as `Grid.overlaps` does.
    """
    same_frame(grid.frame, track.frame, "the track")
    legs = np.diff(track.points, axis=0)
    lengths = np.hypot(*legs.T)
    searched = (track.widths > 0) & (lengths > 0)
    if not searched.any():
        return np.zeros(grid.shape)
    starts, legs = track.points[:-1][searched], legs[searched]
    lengths, widths = lengths[searched], track.widths[searched]
    pieces = np.ceil(lengths / (PIECE * np.maximum(widths, grid.cell))).astype(int)
    which = np.repeat(np.arange(len(pieces)), pieces)
    if len(which) > POINTS_MOST:
        raise PlanningError(
            f"a track in {len(which)} pieces is too long to reckon with; take larger cells"
        )
    order = np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = (legs / pieces[:, None])[which]
    begin = starts[which] + order[:, None] * step
    right = np.column_stack([step[:, 1], -step[:, 0]]) / (lengths / pieces)[which, None]
    half = right * (widths / 2)[which, None]
    corners = [begin - half, begin + half, begin + step + half, begin + step - half]
    swath = np.asarray(shapely.polygons(np.stack(corners, axis=1)), object)
    return grid.overlaps(swath) / grid.cell**2


def achieved_pod(track: Track, grid: Grid, law: str) -> Cells:
    """(rows, columns) the probability of detection of each cell. Raises as `coverage`, `pod`."""
    return pod(law, coverage(track, grid))
