"""Footprints against figures worked out by hand, and oblique views against plain trigonometry."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import camera, library
from missions.drones import Camera
from missions.errors import PlanningError

P1 = library.cameras()["DJI P1 35 mm"]
HEIGHTS = st.floats(2, 500)


def test_a_full_frame_lens_of_35_mm_sees_its_published_footprint() -> None:
    """h·d/f: 100 m × 35.9 mm / 35 mm; the P1's published GSD is h/80 in centimetres."""
    width, length = camera.footprint(P1, 100)
    assert (width, length) == pytest.approx((102.571, 68.571), abs=1e-3)
    assert camera.gsd(P1, 100) == pytest.approx(0.0125, rel=0.01)
    assert camera.field_of_view(P1)[0] == pytest.approx(54.3, abs=0.1)


@given(HEIGHTS, st.sampled_from(list(library.cameras().values())))
def test_the_footprint_is_what_the_angle_of_view_spans(height: float, lens: Camera) -> None:
    """Width = 2h·tan(HFOV/2)."""
    across, along = camera.field_of_view(lens)
    width, length = camera.footprint(lens, height)
    assert width == pytest.approx(2 * height * math.tan(math.radians(across / 2)))
    assert length == pytest.approx(2 * height * math.tan(math.radians(along / 2)))


def test_overlap_narrows_lanes_and_pictures() -> None:
    found = camera.imaging(P1, 100, sidelap=0.7, frontlap=0.8)
    assert found.camera == P1.name
    assert found.swath == pytest.approx(102.571, abs=1e-3)
    assert found.spacing == pytest.approx(102.571 * 0.3, abs=1e-3)
    assert found.trigger_distance == pytest.approx(68.571 * 0.2, abs=1e-3)
    assert found.gsd == camera.gsd(P1, 100)


def test_the_height_for_a_gsd_gives_that_gsd() -> None:
    assert camera.gsd(P1, camera.height_for_gsd(P1, 0.02)) == pytest.approx(0.02)


def test_the_camera_limits_the_speed() -> None:
    """A picture each 0.7 s, 14 m apart: 20 m/s at most."""
    assert camera.speed_most(P1, 14.0) == pytest.approx(20)
    assert camera.speed_most(P1, 0.0) == math.inf


@given(HEIGHTS, st.floats(0, 359))
def test_straight_down_the_trapezoid_is_the_footprint(height: float, yaw: float) -> None:
    corners = camera.oblique_footprint(P1, height, -90, yaw)
    sides = np.hypot(*np.diff(np.vstack([corners, corners[:1]]), axis=0).T)
    width, length = camera.footprint(P1, height)
    assert sides == pytest.approx([width, length, width, length])
    assert corners.mean(axis=0) == pytest.approx([0, 0], abs=1e-6 * height)


@given(HEIGHTS, st.floats(-80, -25), st.floats(0, 359))
def test_an_oblique_view_reaches_from_its_lower_to_its_upper_ray(
    height: float, pitch: float, yaw: float
) -> None:
    """In the plane of looking a ray at the angle a below level meets the ground at h/tan(a)."""
    near_left, near_right, far_right, far_left = camera.oblique_footprint(P1, height, pitch, yaw)
    half = camera.field_of_view(P1)[1] / 2
    ahead = np.array([math.sin(math.radians(yaw)), math.cos(math.radians(yaw))])
    for left, right, angle in (
        (near_left, near_right, -pitch + half),
        (far_left, far_right, -pitch - half),
    ):
        middle = (left + right) / 2
        expected = height / math.tan(math.radians(angle))
        assert middle @ ahead == pytest.approx(expected, abs=1e-6 * height)
        aside = ahead[0] * middle[1] - ahead[1] * middle[0]
        assert aside == pytest.approx(0, abs=1e-6 * (height + expected))
        slant = height / math.sin(math.radians(angle))
        spread = math.tan(math.radians(camera.field_of_view(P1)[0] / 2))
        # The corner ray leaves the middle one at the angle of view, seen along the picture's axis.
        axis = slant * math.cos(math.radians(half))
        assert np.hypot(*(right - left)) == pytest.approx(2 * axis * spread)


def test_the_middle_of_the_picture_lies_where_the_gimbal_points() -> None:
    assert camera.centre(60, -45, 90) == pytest.approx([60, 0])
    assert camera.centre(60, -90) == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize("pitch", [-18.9, -10, 0, 20])
def test_a_view_above_the_horizon_is_refused(pitch: float) -> None:
    with pytest.raises(PlanningError, match="horizon"):
        camera.oblique_footprint(P1, 50, pitch)


@given(st.floats(-18, 30))
def test_no_pitch_near_the_horizon_gives_a_wrong_footprint(pitch: float) -> None:
    """The P1's half angle is 18.9°: from there upwards some ray does not meet the ground."""
    with pytest.raises(PlanningError):
        camera.oblique_footprint(P1, 50, pitch)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: camera.footprint(P1, 0), "a height of 0 m"),
        (lambda: camera.footprint(P1, math.nan), "a height of nan m"),
        (lambda: camera.imaging(P1, 50, 1.0, 0.5), "a sidelap of 1"),
        (lambda: camera.imaging(P1, 50, 0.5, -0.1), "a frontlap of -0.1"),
        (lambda: camera.height_for_gsd(P1, 0), "sampling distance of 0 m"),
        (lambda: camera.centre(50, 0), "horizon"),
        (
            lambda: camera.oblique_footprint(library.cameras()["Sony RX1R II"], 50, -60),
            "outside the -90 … -90° of Sony RX1R II",
        ),
    ],
)
def test_bad_input_is_told_in_one_line(call: object, said: str) -> None:
    with pytest.raises(PlanningError, match=said) as error:
        call()  # type: ignore[operator]  # a lambda each
    assert "\n" not in str(error.value)
