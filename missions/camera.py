"""What a camera sees of the ground: footprint, ground sampling distance, overlap, oblique views.

The image's width lies across the way of flying. The ground is flat; a height is above it.
Formulas: footprint = h·sensor/f (the same as 2h·tan(FOV/2)), GSD = h·pixel/f, lane spacing =
width·(1 − sidelap), trigger distance = length·(1 − frontlap).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.footprints import axes
from fleet.wording import sentence
from missions.drones import Camera
from missions.errors import PlanningError
from missions.plan import Imaging


class Footprint(NamedTuple):
    """Metres on the ground, across and along the way."""

    width: float
    length: float


def field_of_view(camera: Camera) -> tuple[float, float]:
    """Horizontal and vertical angle in degrees: 2·atan(sensor/2f)."""
    half = camera.sensor_width / 2, camera.sensor_height / 2
    across, along = (2 * math.degrees(math.atan(side / camera.focal_length)) for side in half)
    return across, along


def footprint(camera: Camera, height: float) -> Footprint:
    """What is seen straight down from a height. Raises PlanningError for a height of none."""
    _check_height(height)
    scale = height / camera.focal_length
    return Footprint(camera.sensor_width * scale, camera.sensor_height * scale)


def gsd(camera: Camera, height: float) -> float:
    """Metres of ground per pixel, straight down: h·pixel/f of the coarser side."""
    width, length = footprint(camera, height)
    return max(width / camera.image_width, length / camera.image_height)


def height_for_gsd(camera: Camera, metres: float) -> float:
    """The greatest height whose GSD is not above `metres`."""
    if not metres > 0:
        raise PlanningError(f"a ground sampling distance of {metres:g} m: give one above 0")
    return metres / gsd(camera, 1.0)


def imaging(camera: Camera, height: float, sidelap: float, frontlap: float) -> Imaging:
    """Swath, lane spacing, trigger distance and GSD for shares of overlap within [0, 1).

    Raises PlanningError for a height or an overlap that is none.
    """
    for name, share in (("sidelap", sidelap), ("frontlap", frontlap)):
        if not 0 <= share < 1:
            raise PlanningError(f"a {name} of {share:g}: give a share from 0 up to under 1")
    width, length = footprint(camera, height)
    return Imaging(
        camera=camera.name,
        swath=width,
        spacing=width * (1 - sidelap),
        trigger_distance=length * (1 - frontlap),
        gsd=gsd(camera, height),
    )


def speed_most(camera: Camera, trigger_distance: float) -> float:
    """Metres per second over ground at which the camera keeps up; infinite without pictures."""
    if not trigger_distance or not camera.interval_least:
        return math.inf
    return trigger_distance / camera.interval_least


def oblique_footprint(
    camera: Camera, height: float, pitch: float, yaw: float = 0.0
) -> NDArray[np.float64]:
    """(4, 2) east and north of the corners of what is seen, from the point below the drone.

    `pitch` is the gimbal's (-90 looks down), `yaw` where it looks, both in degrees. Corners: near
    left, near right, far right, far left. Raises PlanningError where a corner's ray does not meet
    the ground (at or above the horizon) and where the gimbal does not reach.
    """
    _check_height(height)
    _check_pitch(camera, pitch)
    forward, right, up = axes(pitch, yaw)
    across = camera.sensor_width / 2 / camera.focal_length
    along = camera.sensor_height / 2 / camera.focal_length
    rays = np.array(
        [
            forward + sideways * across * right + upwards * along * up
            for sideways, upwards in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
    )
    return _meet_ground(rays, height, f"the upper edge of {camera.name} at a pitch of {pitch:g}°")


def centre(height: float, pitch: float, yaw: float = 0.0) -> NDArray[np.float64]:
    """(2,) east and north of the ground in the middle of the picture. Raises like the above."""
    _check_height(height)
    point: NDArray[np.float64] = _meet_ground(
        axes(pitch, yaw)[0][None], height, f"the middle of the picture at a pitch of {pitch:g}°"
    )[0]
    return point


def _meet_ground(rays: NDArray[np.float64], height: float, what: str) -> NDArray[np.float64]:
    # A ray within 1e-9 of level would meet the ground beyond the horizon of the Earth.
    if (rays[:, 2] > -1e-9).any():
        raise PlanningError(
            sentence(
                "planner.camera.horizon",
                "{what} looks at or above the horizon; tilt the gimbal down",
                what=what,
            )
        )
    return np.asarray(rays[:, :2] * (height / -rays[:, 2:]))


def _check_height(height: float) -> None:
    if not (math.isfinite(height) and height > 0):
        raise PlanningError(f"a height of {height:g} m above the ground: give one above 0")


def _check_pitch(camera: Camera, pitch: float) -> None:
    if not camera.gimbal_pitch_least <= pitch <= camera.gimbal_pitch_most:
        raise PlanningError(
            f"a gimbal pitch of {pitch:g}° is outside the {camera.gimbal_pitch_least:g} … "
            f"{camera.gimbal_pitch_most:g}° of {camera.name}"
        )
