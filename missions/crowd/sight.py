"""What a camera sees of the ground from a place beside it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

from missions.drones import Camera
from missions.errors import PlanningError

PERSON_HEIGHT = 1.7
"""Metres; what hides the person behind at a flat angle."""

SIGHT_STEP = 5.0
"""Metres between two looks at the terrain under a line of sight."""


@dataclass(frozen=True)
class Demand:
    """What counts as seen.

    `gsd`: metres per pixel at most, across the line of sight. `depression`: the angle in degrees
    below the horizon at which the ground must be looked at at least: flatter, people hide each
    other (at β a person of 1.7 m hides 1.7/tan β metres of ground). Raises PlanningError for values
    that make no sense.
    """

    gsd: float = 0.05
    depression: float = 10.0

    def __post_init__(self) -> None:
        if not (self.gsd > 0 and math.isfinite(self.gsd)):
            raise PlanningError(f"{self.gsd:g} metres per pixel: give more than 0")
        if not 0 <= self.depression < 90:
            raise PlanningError(
                f"{self.depression:g}° below the horizon: give an angle from 0 to under 90"
            )


DEFAULT_DEMAND = Demand()


@dataclass(frozen=True)
class Obstacle:
    """A building: nothing is seen through it."""

    outline: shapely.Polygon
    height: float


Heights = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Ground above mean sea level at (N, 2) local points."""


def range_most(camera: Camera, gsd: float) -> float:
    """Slant range in metres at which a pixel covers `gsd`: gsd · f / pixel."""
    return gsd * camera.focal_length / (camera.sensor_width / camera.image_width)


def in_frame(
    offsets: NDArray[np.float64],
    drop: NDArray[np.float64] | float,
    yaw: NDArray[np.float64],
    pitch: NDArray[np.float64],
    camera: Camera,
) -> NDArray[np.bool_]:
    """(Y, N): which of N points stand in the picture of a camera that looks along Y directions.

    `offsets` (N, 2) east and north from the camera, `drop` how far below it they are; `yaw` and
    `pitch` (Y,) in degrees, pitch negative downwards. A pinhole: the point is turned into the
    camera's axes and compared with the tangents of half the angles of view.
    """
    yaws, pitches = np.radians(yaw)[:, None], np.radians(pitch)[:, None]
    east, north = offsets[:, 0][None], offsets[:, 1][None]
    ahead = east * np.sin(yaws) + north * np.cos(yaws)
    right = east * np.cos(yaws) - north * np.sin(yaws)
    down = np.broadcast_to(np.asarray(drop, float), (len(offsets),))[None]
    depth = ahead * np.cos(pitches) - down * np.sin(pitches)
    below = ahead * np.sin(pitches) + down * np.cos(pitches)
    half_width = camera.sensor_width / (2 * camera.focal_length)
    half_height = camera.sensor_height / (2 * camera.focal_length)
    inside: NDArray[np.bool_] = (
        (depth > 0) & (np.abs(right) <= half_width * depth) & (np.abs(below) <= half_height * depth)
    )
    return inside


def near_enough(
    offsets: NDArray[np.float64], drop: NDArray[np.float64] | float, camera: Camera, demand: Demand
) -> NDArray[np.bool_]:
    """(N,): which points are seen sharply and steeply enough, wherever the camera looks."""
    away = np.hypot(offsets[:, 0], offsets[:, 1])
    slant = np.hypot(away, drop)
    steep = np.degrees(np.arctan2(drop, away)) >= demand.depression
    sharp: NDArray[np.bool_] = slant <= range_most(camera, demand.gsd)
    return sharp & steep


def unhidden(
    place: NDArray[np.float64],
    height: float,
    points: NDArray[np.float64],
    obstacles: tuple[Obstacle, ...] = (),
    heights: Heights | None = None,
) -> NDArray[np.bool_]:
    """(N,): which points neither a building nor the terrain hides from (2,) `place`.

    `height` is above the ground at the place. A building hides a point if the line of sight is
    lower than its roof somewhere within its outline: that is where it leaves the outline, on the
    point's side. Raises PlanningError where `heights` does.
    """
    clear = np.ones(len(points), np.bool_)
    ground = np.zeros(len(points))
    eye = height
    if heights is not None:
        ground = heights(points)
        eye = height + float(heights(place[None])[0])
    for obstacle in obstacles:
        base = 0.0
        if heights is not None:
            centre = shapely.get_coordinates(obstacle.outline.centroid)
            base = float(heights(centre)[0])
        ends = np.stack([points, np.broadcast_to(place, points.shape)], axis=1)
        lines = cast("NDArray[np.object_]", shapely.linestrings(ends))
        within = shapely.intersection(lines, obstacle.outline)
        crossing: NDArray[np.bool_] = np.asarray(~shapely.is_empty(within))
        # How far from the point its sight enters the building, as a share of the whole line.
        share = np.zeros(len(points))
        share[crossing] = shapely.distance(within[crossing], shapely.points(points[crossing])) / (
            shapely.length(lines[crossing])
        )
        sight = ground + share * (eye - ground)
        clear &= ~(crossing & (sight < base + obstacle.height))
    if heights is not None:
        clear &= _over_terrain(place, eye, points, ground, heights)
    return clear


def _over_terrain(
    place: NDArray[np.float64],
    eye: float,
    points: NDArray[np.float64],
    ground: NDArray[np.float64],
    heights: Heights,
) -> NDArray[np.bool_]:
    """(N,): which lines of sight stay above the ground all the way."""
    longest = float(np.hypot(*(points - place).T).max(initial=0))
    shares = np.linspace(0, 1, max(2, math.ceil(longest / SIGHT_STEP)))[1:-1]
    if not len(shares):
        return np.ones(len(points), np.bool_)
    between = points[:, None] + shares[None, :, None] * (place - points)[:, None]
    line = ground[:, None] + shares[None] * (eye - ground)[:, None]
    terrain = heights(between.reshape(-1, 2)).reshape(line.shape)
    return np.asarray((line >= terrain).all(axis=1))
