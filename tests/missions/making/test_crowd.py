"""Crowds watched from posts and rings; each plan is proved by the checker."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely

from missions.crowd.sight import Demand
from missions.errors import PlanningError
from missions.making.crowd import Watch, overwatch_plan, ring_plan
from missions.plan import Crowd, NoFly
from tests.missions.making.asking import FRAME, common, home, proved

PEOPLE = shapely.Polygon([(0, 0), (150, 10), (160, 90), (70, 60), (60, 120), (0, 100)])
WATCH = Watch(heights=(40.0, 60.0), begin=300, end=2400, demand=Demand(0.12, 10))
HOMES = (home(-250, -150), home(-250, -250), home(350, 250), home(350, 350))


def crowd(**more: float) -> Crowd:
    shape = shapely.geometry.mapping(FRAME.unproject(PEOPLE))
    return Crowd.model_validate({"polygon": shape} | more)


def test_posts_see_all_of_the_crowd_for_the_whole_time_and_the_checker_agrees() -> None:
    plan = proved(overwatch_plan(crowd(), WATCH, common(*HOMES)))
    assert plan.pattern == "crowd-overwatch"
    assert {(station.start, station.end) for station in plan.stations} == {(300, 2400)}
    assert {sortie.drone for sortie in plan.sorties} <= {
        f"DJI Matrice 30T {number}" for number in (1, 2, 3, 4)
    }


def test_a_zone_between_home_and_post_is_flown_around() -> None:
    wall = shapely.geometry.mapping(FRAME.unproject(shapely.box(-180, -260, -160, 40)))
    zone = NoFly(name="barracks", polygon=dict(wall))
    asked = common(HOMES[0], HOMES[1], zones=(zone,))
    plan = proved(overwatch_plan(crowd(), WATCH, asked))
    assert plan.zones == (zone,)
    assert max(len(sortie.waypoints) for sortie in plan.sorties) > 6


def test_a_crowd_that_has_not_moved_keeps_its_posts() -> None:
    first = overwatch_plan(crowd(), WATCH, common(*HOMES))
    again = overwatch_plan(crowd(), WATCH, common(*HOMES), first)
    assert again.stations == first.stations


def test_a_crowd_that_has_moved_gets_new_posts_under_the_old_names() -> None:
    first = overwatch_plan(crowd(), WATCH, common(*HOMES))
    moved = shapely.transform(PEOPLE, lambda xy: xy + 60.0)
    people = Crowd(polygon=dict(shapely.geometry.mapping(FRAME.unproject(moved))))
    plan = proved(overwatch_plan(people, WATCH, common(*HOMES), first))
    assert plan.stations != first.stations
    assert {station.name for station in plan.stations} >= {
        station.name for station in first.stations[: len(plan.stations)]
    }


def test_rounds_of_the_edge_keep_the_distance() -> None:
    plan = proved(ring_plan(crowd(), 2, common(HOMES[0])))
    assert plan.pattern == "crowd-ring"
    assert plan.figures["sorties"] >= 1


def test_a_home_among_the_people_is_refused() -> None:
    near = common(home(-20, 50))
    with pytest.raises(PlanningError, match=r"the home of DJI Matrice 30T 1 lies .* move it out"):
        overwatch_plan(crowd(), WATCH, near)
    with pytest.raises(PlanningError, match="the distance to be kept from the crowd; move it out"):
        ring_plan(crowd(), 1, near)


def test_a_ring_that_would_fall_onto_people_who_move_is_refused() -> None:
    with pytest.raises(PlanningError, match="the crowd moves and the ring holds for 60 s"):
        ring_plan(crowd(speed=0.3, course=90, horizon=60), 3, common(HOMES[0]))


def test_a_post_without_a_camera_is_refused() -> None:
    with pytest.raises(PlanningError, match="no camera"):
        overwatch_plan(crowd(), WATCH, replace(common(HOMES[0]), camera=None))
