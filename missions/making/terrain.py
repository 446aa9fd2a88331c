"""Routes flown at an even height above the ground, by a height grid."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from missions.coverage.terrain_following import TerrainPath, follow_terrain
from missions.making.common import Common
from missions.route import Leg, Route
from missions.sorties.prepare import Survey
from missions.terrain import HeightGrid

Floats = NDArray[np.float64]

TERRAIN_TOLERANCE = 3.0
"""Metres by which the height above the ground may be another than asked."""


def over_terrain(
    routes: list[Route], grid: HeightGrid, common: Common
) -> tuple[list[Route], Survey]:
    """The routes with points where the ground bends, and how high they are flown over it."""
    frame, base = routes[0].frame, common.drones[0].home.altitude
    home = common.drones[0].home
    if base is None:
        base = float(grid.heights([home.longitude], [home.latitude])[0])
    kinds = [drone.kind for drone in common.drones]
    speed = max(common.speed or kind.cruise_speed for kind in kinds)
    climb = min(math.degrees(math.atan(kind.climb_speed / speed)) for kind in kinds)
    descent = min(math.degrees(math.atan(kind.descent_speed / speed)) for kind in kinds)

    ground = grid.on(frame)
    paths = [
        follow_terrain(
            route.points,
            common.height,
            ground,
            tolerance=TERRAIN_TOLERANCE,
            climb_most=climb,
            descent_most=descent,
        )
        for route in routes
    ]
    places = np.concatenate([path.points for path in paths])
    altitudes = np.concatenate([path.altitudes for path in paths])
    tree = cKDTree(places)

    def heights(points: Floats) -> Floats:
        """Above home. Between routes it stays as high as at the nearer end."""
        _, nearest = tree.query(points)
        return np.asarray(altitudes[nearest] - base)

    bent = [_with_points(route, path) for route, path in zip(routes, paths, strict=True)]
    return bent, Survey(heights, common.speed, altitude=base)


def _with_points(route: Route, path: TerrainPath) -> Route:
    """The route with the points of its path over the terrain, each in the leg that it lies in."""
    corners = np.flatnonzero(path.corners)
    legs, first = [], 0
    for leg in route.legs:
        last = first + len(leg.points) - 1
        legs.append(Leg(path.points[corners[first] : corners[last] + 1], leg.purpose))
        first = last
    return Route(route.frame, tuple(legs))
