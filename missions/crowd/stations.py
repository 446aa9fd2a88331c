"""The fewest places from which all of a crowd is seen: fixed overwatch beside it.

Places on and beyond the edge of where a drone may be, at the heights asked for, each looking in
many directions, are candidates; each sees some of the crowd's cells. Choosing the fewest that
together see all cells is the set cover problem, solved exactly (by branch and bound, in SciPy's
HiGHS) after the candidates that see nothing that another does not see as well are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from fleet.wording import sentence
from missions.camera import field_of_view
from missions.crowd.people import SPARE, Extent, grown, standoff
from missions.crowd.sight import (
    DEFAULT_DEMAND,
    Demand,
    Heights,
    Obstacle,
    in_frame,
    near_enough,
    unhidden,
)
from missions.drones import Camera
from missions.errors import PlanningError

CELLS = 400
"""Cells that a crowd is divided into, about."""

PLACES = 72
"""Places along one ring, at most; nearer together than `PLACE_STEP` gains nothing."""

PLACE_STEP = 5.0
RINGS = (0.0, 0.5)
"""How far beyond the stand-off the rings of places are, as a share of it."""

YAW_STEP = 0.25
"""Between two directions of looking, as a share of the angle of view."""

SOLVER_SECONDS = 10.0
"""After which the best found so far is taken, and said not to be proved the fewest."""

ROUNDS = 40
"""How often posts are chosen anew because two of them were too near to each other."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Post:
    """A place to look from: (2,) east and north, height above the people, and where to look."""

    place: Floats
    height: float
    yaw: float
    pitch: float
    sees: float
    """Share of the crowd that is seen from here."""


@dataclass(frozen=True)
class Overwatch:
    """Posts that together see a crowd."""

    posts: tuple[Post, ...]
    seen: float
    """Share of the crowd's cells that some post sees."""

    proved: bool
    """Whether fewer posts are proved impossible for the places looked at."""


def cells_of(polygon: shapely.Polygon, count: int = CELLS) -> Floats:
    """(N, 2) centres of a square grid's cells inside the polygon, its corners among them."""
    step = math.sqrt(polygon.area / count)
    west, south, east, north = polygon.bounds
    x, y = np.meshgrid(
        np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step)
    )
    grid = np.column_stack([x.ravel(), y.ravel()])
    inside = grid[shapely.contains_xy(polygon, *grid.T)]
    return np.concatenate([inside, shapely.get_coordinates(polygon.exterior)[:-1]])


def fewest(
    crowd: Extent,
    camera: Camera,
    heights: tuple[float, ...],
    *,
    horizon: float,
    least: float,
    demand: Demand = DEFAULT_DEMAND,
    apart: float = 0.0,
    allowed: shapely.Geometry | None = None,
    obstacles: tuple[Obstacle, ...] = (),
    terrain: Heights | None = None,
) -> Overwatch:
    """The fewest posts from which all of the crowd is seen until `horizon` seconds.

    `heights` are those above the people to choose from, `least` the least distance to people,
    `apart` that between two posts, `allowed` where a drone may be besides. What is to be seen is
    where the people may be at any time until the horizon. Raises PlanningError if some of it
    cannot be seen from anywhere, with the share and what to change.
    """
    people = crowd.within(0, horizon)
    shapes = [part for part in shapely.get_parts(people) if part.area > 0]
    cells = np.concatenate([cells_of(part, max(40, CELLS // len(shapes))) for part in shapes])
    posts, sees = _candidates(
        crowd, cells, camera, heights, horizon, least, demand, allowed, obstacles, terrain
    )
    if not len(posts) or not sees.any(axis=0).all():
        seen = float(sees.any(axis=0).mean()) if len(posts) else 0.0
        raise PlanningError(
            sentence(
                "planner.crowd.seen",
                "only {seen:.0f} % of the crowd can be seen from beside it with camera "
                "'{camera}' at {heights} m: fly higher, accept a coarser picture than {gsd:g} m"
                " per pixel, or take a longer lens",
                seen=100 * seen,
                camera=camera.name,
                heights=_listed(heights),
                gsd=demand.gsd,
            )
        )
    chosen, proved = _cover(sees, np.array([place for place, *_ in posts]), apart)
    watched = tuple(
        Post(place, height, yaw, pitch, float(sees[index].mean()))
        for index in chosen
        for place, height, yaw, pitch in [posts[index]]
    )
    return Overwatch(watched, float(sees[chosen].any(axis=0).mean()), proved)


_Candidate = tuple[Floats, float, float, float]


def _candidates(
    crowd: Extent,
    cells: Floats,
    camera: Camera,
    heights: tuple[float, ...],
    horizon: float,
    least: float,
    demand: Demand,
    allowed: shapely.Geometry | None,
    obstacles: tuple[Obstacle, ...],
    terrain: Heights | None,
) -> tuple[list[_Candidate], NDArray[np.bool_]]:
    """Posts to choose from, and (posts, cells) what each sees."""
    posts: list[_Candidate] = []
    seen: list[NDArray[np.bool_]] = []
    for height in heights:
        for place in _places(crowd, height, horizon, least, allowed):
            offsets = cells - place
            worth = near_enough(offsets, height, camera, demand)
            if not worth.any():
                continue
            worth &= unhidden(place, height, cells, obstacles, terrain)
            for yaw, pitch, sight in _looks(offsets, height, worth, camera):
                posts.append((place, height, yaw, pitch))
                seen.append(sight)
    return posts, np.array(seen, np.bool_).reshape(len(posts), len(cells))


def _places(
    crowd: Extent, height: float, horizon: float, least: float, allowed: shapely.Geometry | None
) -> Floats:
    """(N, 2) places where a drone at `height` may stay until `horizon`."""
    found = []
    for beyond in RINGS:
        off = standoff(height, least) * (1 + beyond) + SPARE
        closed = grown(crowd.within(0, horizon), off)
        for part in shapely.get_parts(closed):
            ring = part.exterior
            count = min(PLACES, max(8, math.ceil(ring.length / PLACE_STEP)))
            at = np.arange(count) / count * ring.length
            found.append(shapely.get_coordinates(shapely.line_interpolate_point(ring, at)))
    places = np.concatenate(found)
    within = crowd.keep_out(height, 0, horizon, least)
    free = ~shapely.contains_xy(within, *places.T)
    if allowed is not None:
        free &= shapely.intersects_xy(allowed, *places.T)
    return places[free]


def _looks(
    offsets: Floats, height: float, worth: NDArray[np.bool_], camera: Camera
) -> list[tuple[float, float, NDArray[np.bool_]]]:
    """Directions worth looking in from one place, and what is seen in each."""
    wide, tall = field_of_view(camera)
    yaws = np.arange(0, 360, max(1.0, wide * YAW_STEP))
    lowest = max(camera.gimbal_pitch_least, -90.0)
    highest = min(camera.gimbal_pitch_most, 0.0)
    pitches = np.arange(lowest, highest + 1e-9, max(1.0, tall * YAW_STEP))
    yaw, pitch = (grid.ravel() for grid in np.meshgrid(yaws, pitches))
    sight = in_frame(offsets, height, yaw, pitch, camera) & worth
    rows = _undominated(sight)
    return [(float(yaw[row]), float(pitch[row]), sight[row]) for row in rows]


def _undominated(sight: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Rows that see something and are not the same as, or less than, another row."""
    _, unique = np.unique(sight, axis=0, return_index=True)
    counts = sight[unique].sum(axis=1)
    order = unique[np.argsort(-counts, kind="stable")]
    numbers = sight.astype(np.float32)
    kept: list[int] = []
    for row in order:
        if not sight[row].any():
            break
        if kept and (numbers[kept] @ numbers[row]).max() >= numbers[row].sum():
            continue
        kept.append(int(row))
    return np.array(kept, np.intp)


def _cover(sees: NDArray[np.bool_], places: Floats, apart: float) -> tuple[NDArray[np.intp], bool]:
    """The fewest rows that together have every column, and whether that is proved.

    No two of their places are nearer than `apart`. Raises PlanningError if that cannot be.
    """
    for rows in (_undominated(sees), np.arange(len(sees))):
        found = _chosen(sees[rows], places[rows], apart)
        if found is not None:
            return rows[found[0]], found[1]
    raise PlanningError(
        sentence(
            "planner.crowd.posts.near",
            "all of the crowd is seen only from posts nearer than {apart:g} m to each "
            "other; allow other heights, or a coarser picture",
            apart=apart,
        )
    )


def _chosen(
    table: NDArray[np.bool_], places: Floats, apart: float
) -> tuple[NDArray[np.intp], bool] | None:
    """As `_cover`; None if no rows found are apart.

    That rows are apart is asked only where it was not so, of all rows in a circle at once.
    """
    distinct = np.unique(table, axis=1).T.astype(float)
    # Among as few posts as possible, those that see more: the second goal never buys a post.
    cost = 1 - table.mean(axis=1) / (len(table) + 1)
    asked = [LinearConstraint(csc_array(distinct), lb=1)]
    for _ in range(ROUNDS):
        result = milp(
            cost,
            integrality=np.ones(len(table), np.intp),
            bounds=Bounds(0, 1),
            constraints=asked,
            options={"time_limit": SOLVER_SECONDS},
        )
        if result.x is None and result.status == 1 and apart <= 0:
            return _greedy(table), False
        if result.x is None:
            return None
        chosen = np.flatnonzero(result.x > 0.5)
        crowded = _crowded(places, chosen, apart)
        if not len(crowded):
            return chosen, bool(result.status == 0)
        asked.append(LinearConstraint(csc_array(crowded.astype(float)), ub=1))
    return None


def _crowded(places: Floats, chosen: NDArray[np.intp], apart: float) -> NDArray[np.bool_]:
    """(C, rows): for each two chosen that are too near, which rows lie in the circle on both."""
    here = places[chosen]
    first, second = np.triu_indices(len(chosen), 1)
    near = np.hypot(*(here[first] - here[second]).T) < apart
    middles = (here[first] + here[second])[near] / 2
    # Of places in a circle no wider than `apart` no two are apart.
    away = np.hypot(*(places - middles[:, None]).T).T
    return np.asarray(away < apart / 2)


def _greedy(table: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Rows that cover every column, the one that adds most first."""
    missing = np.ones(table.shape[1], np.bool_)
    chosen = []
    while missing.any():
        best = int((table & missing).sum(axis=1).argmax())
        chosen.append(best)
        missing &= ~table[best]
    return np.array(chosen, np.intp)


def _listed(heights: tuple[float, ...]) -> str:
    return ", ".join(f"{height:g}" for height in heights)
