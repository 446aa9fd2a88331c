"""What a camera beside a crowd sees of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from missions.crowd.sight import (
    Demand,
    Obstacle,
    in_frame,
    near_enough,
    range_most,
    unhidden,
)
from missions.drones import Camera

CAMERA = Camera(
    name="24 mm",
    sensor_width=6.4,
    sensor_height=4.8,
    focal_length=4.5,
    image_width=4000,
    image_height=3000,
)
HERE = np.zeros(2)


def test_a_pixel_covers_the_asked_length_at_the_range() -> None:
    # GSD = h · pixel / f
    reach = range_most(CAMERA, 0.05)
    assert reach * (6.4 / 4000) / 4.5 == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("offset", "seen"),
    [
        ((0, 50), True),  # where the camera points: 45° down from 50 m
        ((0, -50), False),  # behind it
        ((0, 400), False),  # above the upper edge of the picture
        ((0, 8), False),  # below its lower edge
        ((49, 50), True),  # half the width at a depth of 70.7 m is 50.3 m
        ((51, 50), False),
    ],
)
def test_a_point_is_in_the_picture_as_the_pinhole_says(
    offset: tuple[float, float], seen: bool
) -> None:
    sight = in_frame(np.array([offset], float), 50.0, np.array([0.0]), np.array([-45.0]), CAMERA)
    assert sight[0, 0] == seen


@given(st.floats(0, 359), st.floats(-90, 0), st.floats(-500, 500), st.floats(-500, 500))
def test_turning_camera_and_point_together_changes_nothing(
    turn: float, pitch: float, east: float, north: float
) -> None:
    angle = math.radians(turn)
    turned = (
        east * math.cos(angle) + north * math.sin(angle),
        -east * math.sin(angle) + north * math.cos(angle),
    )
    margin = Camera(**(CAMERA.model_dump() | {"focal_length": 4.5 * (1 - 1e-6)}))
    before = in_frame(np.array([[east, north]]), 60.0, np.array([0.0]), np.array([pitch]), CAMERA)
    after = in_frame(np.array([turned]), 60.0, np.array([turn]), np.array([pitch]), margin)
    assert after[0, 0] or not before[0, 0]


def test_what_is_too_far_or_too_flat_is_not_seen_well() -> None:
    offsets = np.array([[0, 10], [0, 100], [0, 200]], float)
    flat = near_enough(offsets, 30.0, CAMERA, Demand(gsd=1.0, depression=10))
    assert flat.tolist() == [True, True, False]  # 30 m over 200 m is 8.5°
    far = near_enough(offsets, 30.0, CAMERA, Demand(gsd=0.03, depression=0))
    assert far.tolist() == [True, False, False]  # 84 m of slant range


def test_a_building_hides_what_is_behind_it_up_to_its_shadow() -> None:
    house = Obstacle(shapely.box(40, -10, 50, 10), 20.0)
    points = np.array([[30, 0], [60, 0], [74, 0], [76, 0], [60, 30]], float)
    # From 60 m up, the sight over the far wall's roof (40 m down in 50 m) meets the ground at 75 m.
    assert unhidden(HERE, 60.0, points, (house,)).tolist() == [True, False, False, True, True]


def test_a_ridge_hides_the_valley_behind_it() -> None:
    def heights(points: np.ndarray) -> np.ndarray:
        return np.where(np.abs(points[:, 0] - 100) < 10, 80.0, 0.0)

    points = np.array([[50, 0], [150, 0], [100, 0]], float)
    assert unhidden(HERE, 60.0, points, heights=heights).tolist() == [True, False, False]
    assert unhidden(HERE, 300.0, points, heights=heights).tolist() == [True, True, True]
