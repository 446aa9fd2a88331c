"""Structures orbited as plans; each is proved by the checker."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from missions.area import Area
from missions.errors import PlanningError
from missions.making.orbit import Orbit, orbit_plan
from tests.missions.making.asking import FRAME, common, home, proved

HALL = shapely.Polygon([(0, 0), (90, 0), (90, 20), (25, 20), (25, 60), (0, 60)])
AREA = Area(FRAME, HALL, "hall")
BASE = (home(-120, -80),)


def test_rings_are_flown_at_their_heights_and_speed_with_the_camera_to_the_structure() -> None:
    asked = common(*BASE, speed=4.0)
    plan = proved(orbit_plan(Orbit(AREA, distance=18, lowest=20, rings=3), asked))
    (sortie,) = plan.sorties
    flown = [point for point in sortie.waypoints if point.purpose == "lane"]
    assert sorted({point.height for point in flown}) == [20, 40, 60]
    assert {point.speed for point in flown} == {4.0}
    assert {point.gimbal_pitch for point in flown} == {0.0}
    places = FRAME.to_local(
        [point.longitude for point in flown], [point.latitude for point in flown]
    )
    # A hundredth of a millimetre: what is lost between degrees and metres.
    assert shapely.distance(HALL, shapely.points(places)).min() >= 18 - 1e-5
    for point, place in zip(flown, places, strict=True):
        assert point.yaw is not None
        ahead = np.array([math.sin(math.radians(point.yaw)), math.cos(math.radians(point.yaw))])
        assert shapely.LineString([place, place + 300 * ahead]).intersects(HALL)


def test_rings_are_divided_among_the_drones() -> None:
    plan = proved(orbit_plan(Orbit(AREA, distance=18, lowest=20, rings=5), common(*BASE, count=2)))
    heights = {
        sortie.drone: {point.height for point in sortie.waypoints if point.purpose == "lane"}
        for sortie in plan.sorties
    }
    assert sorted(map(len, heights.values())) == [2, 3]
    assert set.union(*heights.values()) == {20, 30, 40, 50, 60}


@pytest.mark.parametrize(
    ("rings", "lowest", "words"),
    [(0, 20, "0 rings"), (3, 0, "above the ground"), (3, 80, "not above --height")],
)
def test_rings_that_cannot_be_are_refused(rings: int, lowest: float, words: str) -> None:
    with pytest.raises(PlanningError, match=words):
        orbit_plan(Orbit(AREA, 18, lowest, rings), common(*BASE))
