"""What a fix tells against the one before it."""

from __future__ import annotations

import numpy as np
import pytest

from fleet.columns import Rows, blank
from fleet.rules.motion import MOTION, moved, offsets
from tests.fleet.rules.pictures import LATITUDE, METRE, drones, when


def fixes(*told: tuple[float, float, float]) -> Rows:
    """MOTION after fixes of one drone: seconds, metres north, reported speed."""
    motion = blank(MOTION, 1)
    for seconds, north, speed in told:
        rows = drones()
        rows["fix_time"], rows["speed"] = when(seconds), speed
        rows["latitude"] = LATITUDE + north * METRE
        motion = moved(rows, motion)
    return motion


def test_the_velocity_is_that_between_two_fixes() -> None:
    motion = fixes((0, 0, 10), (2, 20, 10))
    assert motion["north"][0] == pytest.approx(10, rel=1e-4)
    assert motion["east"][0] == pytest.approx(0, abs=1e-6)
    assert motion["step"][0] == 2
    assert motion["ahead"][0] == pytest.approx(0, abs=0.01)


def test_fixes_close_in_time_are_compared_with_an_older_one() -> None:
    motion = fixes((0, 0, 10), (0.2, 2, 10), (0.4, 4, 10), (1.0, 10, 10))
    assert motion["step"][0] == 1
    assert motion["north"][0] == pytest.approx(10, rel=1e-4)


def test_the_faster_of_two_reported_speeds_counts() -> None:
    assert fixes((0, 0, 20), (1, 20, 0))["ahead"][0] == pytest.approx(0, abs=0.01)
    assert fixes((0, 0, 0), (1, 120, 0))["ahead"][0] == pytest.approx(120, rel=1e-3)


def test_after_a_gap_and_after_a_clock_that_jumped_back_nothing_is_known() -> None:
    for later in ((60, 0, 10), (-5, 0, 10)):
        motion = fixes((0, 0, 10), (1, 10, 10), later)
        assert np.isnan(motion["north"][0])
        assert np.isnan(motion["ahead"][0])


def test_without_a_place_the_last_one_stays() -> None:
    motion = fixes((0, 0, 10), (1, np.nan, 10), (2, 20, 10))
    assert motion["step"][0] == 2


def test_metres_across_the_antimeridian_are_short() -> None:
    east, north = offsets(*(np.array([v]) for v in (0.0, 179.999, 0.0, -179.999)))
    assert east[0] == pytest.approx(222.4, abs=0.1)
    assert north[0] == 0
