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


@pytest.mark.parametrize(("kind", "height"), [("M3E", 60.0), ("M30T", 40.0)])
def test_from_one_pad_a_crowd_is_covered_for_three_hours(kind: str, height: float) -> None:
    pad = [home(-110 - 2 * (n % 3), -330 - 2 * (n // 3)) for n in range(12)]
    watch = Watch((height,), begin=600, end=600 + 3 * 3600, demand=Demand(0.05, 10))
    kinds = {"M3E": "DJI Mavic 3 Enterprise", "M30T": "DJI Matrice 30T"}
    plan = proved(overwatch_plan(crowd(), watch, common(*pad, kind=kinds[kind])))
    assert len(plan.stations) >= 2
    places = FRAME.to_local(
        [station.place.longitude for station in plan.stations],
        [station.place.latitude for station in plan.stations],
    )
    assert shapely.MultiPoint(places).minimum_clearance >= 30
    assert len({sortie.drone for sortie in plan.sorties}) > len(plan.stations)  # reliefs


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


def test_a_ring_keeps_off_where_people_may_be_until_the_last_drone_is_back() -> None:
    still = proved(ring_plan(crowd(), 3, common(HOMES[0])))
    moving = proved(ring_plan(crowd(speed=0.3, course=90), 3, common(HOMES[0])))
    assert moving.crowd is not None
    last = moving.sorties[-1]
    assert last.figures is not None
    assert last.start + last.figures.duration <= moving.crowd.horizon
    assert moving.figures["length"] > still.figures["length"] + 3 * 0.3 * moving.crowd.horizon
    with pytest.raises(PlanningError, match="fewer rounds, or with more drones"):
        ring_plan(crowd(speed=3, course=90), 3, common(HOMES[0]))


def test_a_post_without_a_camera_is_refused() -> None:
    with pytest.raises(PlanningError, match="no camera"):
        overwatch_plan(crowd(), WATCH, replace(common(HOMES[0]), camera=None))
