"""Whole plans: every lane once, every battery, every separation, and who gets what."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import library
from missions.check import check
from missions.errors import PlanningError
from missions.plan import Imaging, Plan, Sortie
from missions.route import Leg, Route
from missions.sorties.fleet import Conditions, Drone
from missions.sorties.fleet import fleet as numbered
from missions.sorties.flight import of_plan
from missions.sorties.lanes import WORK
from missions.sorties.planning import plan_route
from missions.sorties.prepare import Survey
from missions.wind import Wind
from tests.missions.sorties import reckoning
from tests.missions.sorties.making import (
    ABOUT,
    CONDITIONS,
    FRAME,
    QUAD,
    SMALL,
    VTOL,
    drone,
    fleet,
    fleets,
    home,
    route,
    routes,
    sweep,
)

SURVEY = Survey(60.0, 8.0)


def lanes_flown(plan: Plan) -> list[tuple[np.ndarray, np.ndarray, str]]:
    """Begin and end (2,) of each leg of work, and the sortie's drone."""
    found = []
    for sortie in plan.sorties:
        points = places(sortie)
        for index, waypoint in enumerate(sortie.waypoints):
            if waypoint.purpose in WORK:
                found.append((points[index - 1], points[index], sortie.drone))
    return found


def places(sortie: Sortie) -> np.ndarray:
    return FRAME.to_local(
        [point.longitude for point in sortie.waypoints],
        [point.latitude for point in sortie.waypoints],
    )


def assert_each_lane_once(plan: Plan, given_route: Route) -> None:
    """The pieces that lie on each leg of the lanes tile it, without a gap or an overlap."""
    flown = lanes_flown(plan)
    total = 0.0
    for leg in given_route.legs:
        if leg.purpose not in WORK:
            continue
        for start, end in itertools.pairwise(leg.points):
            step = end - start
            length = float(np.hypot(*step))
            unit = step / length
            aside = np.array([-unit[1], unit[0]])
            spans = []
            for first, second, _ in flown:
                along = sorted([float((first - start) @ unit), float((second - start) @ unit)])
                off = max(abs(float((point - start) @ aside)) for point in (first, second))
                if off < 0.05 and along[0] > -0.05 and along[1] < length + 0.05:
                    spans.append(along)
            spans.sort()
            reached = 0.0
            for begin, finish in spans:
                assert begin == pytest.approx(reached, abs=0.05)
                reached = finish
            assert reached == pytest.approx(length, abs=0.05)
            total += length
    assert sum(float(np.hypot(*(b - a))) for a, b, _ in flown) == pytest.approx(total, abs=1)


def assert_within_batteries(plan: Plan) -> None:
    for sortie in plan.sorties:
        kind = plan.kinds[sortie.kind]
        reckoned = reckoning.reckon(sortie, kind, plan.wind, plan.temperature)
        assert reckoned.worst <= reckoned.usable * 1.0005
        assert sortie.figures is not None
        assert sortie.figures.energy == pytest.approx(reckoned.energy[-1], rel=1e-3)
        assert sortie.figures.duration == pytest.approx(reckoned.times[-1], rel=1e-3)
        assert sortie.figures.energy_usable == pytest.approx(reckoned.usable)


def assert_apart(plan: Plan) -> None:
    """Each second, evenly along each leg by the reckoned times, landings fast down to 10 m."""
    tracks = []
    for sortie in plan.sorties:
        kind = plan.kinds[sortie.kind]
        reckoned = reckoning.reckon(sortie, kind, plan.wind, plan.temperature, samples=1)
        times = sortie.start + np.array([0.0, *reckoned.times])
        (start,) = FRAME.to_local(sortie.home.longitude, sortie.home.latitude)
        points = np.vstack([[start], places(sortie)])
        heights = np.array([0.0, *(point.height for point in sortie.waypoints)])
        slow = times[-2] + (heights[-2] - 10) / kind.descent_speed
        times, heights = np.insert(times, -1, slow), np.insert(heights, -1, 10.0)
        points = np.vstack([points, points[-1:]])
        tracks.append((sortie.drone, times, np.column_stack([points, heights])))
    clock = np.arange(0, max(times[-1] for _, times, _ in tracks), 1.0)
    for (one, first, here), (other, second, there) in itertools.combinations(tracks, 2):
        both = clock[(clock > max(first[0], second[0])) & (clock < min(first[-1], second[-1]))]
        if one == other:
            assert not both.size
            continue
        apart = [
            np.column_stack([np.interp(both, times, axis) for axis in track.T])
            for times, track in ((first, here), (second, there))
        ]
        near = apart[0] - apart[1]
        level = np.hypot(near[:, 0], near[:, 1])
        assert ((level >= 29.9) | (np.abs(near[:, 2]) >= 9.9)).all()


def assert_turnrounds(plan: Plan) -> None:
    by_drone = defaultdict(list)
    for flight in of_plan(plan):
        by_drone[flight.sortie.drone].append((flight.start, flight.end))
    for drone_name, times in by_drone.items():
        kind = next(plan.kinds[s.kind] for s in plan.sorties if s.drone == drone_name)
        for (_, end), (start, _) in itertools.pairwise(sorted(times)):
            assert start >= end + kind.turnround - 1e-6


@settings(max_examples=8)
@given(
    given_route=routes(),
    drones=fleets([QUAD, SMALL, library.find("Parrot ANAFI Ai")]),
    conditions=CONDITIONS,
    goal=st.sampled_from(["makespan", "makespan", "energy"]),
    height=st.floats(45, 110),
)
def test_any_division_flies_each_lane_once_within_batteries_and_apart(
    given_route: Route,
    drones: list[Drone],
    conditions: Conditions,
    goal: str,
    height: float,
) -> None:
    plan = plan_route(given_route, drones, Survey(height, None), ABOUT, conditions, goal=goal)  # type: ignore[arg-type]  # one of the two goals
    assert_each_lane_once(plan, given_route)
    assert_within_batteries(plan)
    assert_apart(plan)
    assert_turnrounds(plan)
    assert plan.complete
    report = check(plan)
    assert [one for one in report.findings if one.severity == "error"] == []


def makespan(count: int, **more: object) -> float:
    plan = plan_route(sweep(20, 800), fleet(count, 400, 400), replace(SURVEY, **more), ABOUT)  # type: ignore[arg-type]  # fields of Survey
    return plan.figures["makespan"]


def test_drones_share_the_work_almost_without_loss() -> None:
    alone = makespan(1, speed=3.0)
    for count in (2, 4):
        assert makespan(count, speed=3.0) <= 1.10 * alone / count


def test_two_drones_are_as_good_as_the_best_of_all_single_cuts() -> None:
    """Against every cut of a fine grid, each half reckoned as a plan for one drone."""
    given_route, drones = sweep(4, 500), [drone(1, -200, 0), drone(2, 700, 300)]
    ours = plan_route(given_route, drones, SURVEY, ABOUT).figures["makespan"]
    lanes = [leg for leg in given_route.legs if leg.purpose == "lane"]
    best = np.inf
    for cut in range(len(lanes) + 1):
        for share in (0.0, 0.5):
            if cut == len(lanes):
                continue
            first, last = lanes[cut].points
            middle = first + share * (last - first)
            parts = [
                [leg.points for leg in lanes[:cut]] + ([[first, middle]] if share else []),
                [[middle, last]] + [leg.points for leg in lanes[cut + 1 :]],
            ]
            for order in (drones, drones[::-1]):
                ends = [
                    plan_route(route(*part), [one], SURVEY, ABOUT).figures["makespan"]
                    for one, part in zip(order, parts, strict=True)
                    if part
                ]
                best = min(best, max(ends))
    assert ours <= best * 1.01


def test_the_nearer_home_gets_the_nearer_lanes() -> None:
    drones = [drone(1, 300, 1100), drone(2, 300, -100)]
    plan = plan_route(sweep(20, 600), drones, SURVEY, ABOUT)
    mean = {
        name: np.mean([(a[1] + b[1]) / 2 for a, b, who in lanes_flown(plan) if who == name])
        for name in ("D1", "D2")
    }
    assert mean["D1"] > 600 > 350 > mean["D2"]


def test_the_drone_that_lasts_longer_flies_more() -> None:
    weak = SMALL.model_copy(update={"name": "weak", "battery": 20.0, "turnround": 900.0})
    plan = plan_route(sweep(20, 800), [drone(1, 400, -60, weak), drone(2, 440, -60)], SURVEY, ABOUT)
    flown = {"D1": 0.0, "D2": 0.0}
    for first, second, name in lanes_flown(plan):
        flown[name] += float(np.hypot(*(second - first)))
    assert flown["D2"] > 1.5 * flown["D1"] > 0


def test_the_least_energy_takes_less_than_the_least_time() -> None:
    drones = fleet(4, 200, 300)
    hasty = plan_route(sweep(16, 700), drones, SURVEY, ABOUT)
    thrifty = plan_route(sweep(16, 700), drones, SURVEY, ABOUT, goal="energy")
    assert thrifty.figures["energy"] < hasty.figures["energy"]
    assert thrifty.figures["makespan"] > hasty.figures["makespan"]
    assert thrifty.figures["sorties"] <= hasty.figures["sorties"]


def test_drones_of_one_home_start_and_land_one_after_the_other() -> None:
    plan = plan_route(sweep(12), [drone(n, 300, -80) for n in range(1, 5)], SURVEY, ABOUT)
    assert_apart(plan)
    flights = of_plan(plan)
    assert len({flight.sortie.drone for flight in flights}) == 4
    ends = sorted(flight.end for flight in flights)
    assert min(np.diff(ends)) >= 19  # the last ten metres of a landing take 20 s
    assert not check(plan).findings


def test_sorties_go_out_and_come_back_as_they_should() -> None:
    camera = QUAD.cameras[0]
    survey = replace(
        SURVEY, imaging=Imaging(camera=camera.name, swath=85, spacing=50, trigger_distance=20)
    )
    plan = plan_route(sweep(), fleet(2), survey, ABOUT)
    assert plan.imaging == survey.imaging
    for sortie in plan.sorties:
        points = sortie.waypoints
        assert (points[0].action, points[-1].action) == ("takeoff", "land")
        assert points[0].latitude == pytest.approx(sortie.home.latitude)
        assert points[-1].height == 0
        order = [point.purpose for point in points]
        assert order[0] == "transit"
        assert order[-1] == "return"
        for point in points:
            if point.purpose == "lane":
                assert (point.height, point.speed) == (60, 8)
                assert (point.gimbal_pitch, point.trigger_distance) == (-90, 20)
            else:
                assert point.trigger_distance == 0


def test_a_speed_not_given_is_that_at_which_the_camera_keeps_up() -> None:
    camera = QUAD.cameras[0]  # a picture each second
    imaging = Imaging(camera=camera.name, swath=85, spacing=50, trigger_distance=6)
    plan = plan_route(sweep(), fleet(1), Survey(60.0, imaging=imaging), ABOUT)
    speeds = {point.speed for point in plan.sorties[0].waypoints if point.purpose == "lane"}
    assert speeds == {6.0}


def test_against_the_wind_the_speed_is_what_the_drone_can() -> None:
    plan = plan_route(
        sweep(), fleet(1), Survey(60.0, 18.0), ABOUT, Conditions(Wind(from_direction=90, speed=10))
    )
    (sortie,) = plan.sorties
    speeds = {round(point.speed, 2) for point in sortie.waypoints if point.purpose == "lane"}
    assert speeds == {13.0, 18.0}  # 23 m/s of airspeed at most


def test_transits_keep_to_the_ways_given() -> None:
    """Around a block between the homes and the lanes."""

    def around(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        return np.stack([p, [-300.0, (p[1] + q[1]) / 2], q])

    plan = plan_route(sweep(), fleet(2), replace(SURVEY, ways=around), ABOUT)
    for sortie in plan.sorties:
        purposes = [point.purpose for point in sortie.waypoints]
        out = places(sortie)[1]
        assert out[0] == pytest.approx(-300, abs=0.01)
        back = places(sortie)[-3]
        assert purposes[-3] == "return"
        assert back[0] == pytest.approx(-300, abs=0.01)
    assert_within_batteries(plan)


def test_homes_at_other_altitudes_fly_the_lanes_at_one_altitude() -> None:
    drones = [Drone("low", QUAD, home(0, -60, 330.0)), Drone("high", QUAD, home(600, -60, 350.0))]
    plan = plan_route(sweep(), drones, replace(SURVEY, altitude=340.0), ABOUT)
    for sortie in plan.sorties:
        heights = {point.height for point in sortie.waypoints if point.purpose == "lane"}
        assert heights == {70.0 if sortie.drone == "low" else 50.0}
    assert not check(plan).findings


def test_lanes_follow_heights_that_are_given() -> None:
    def slope(points: np.ndarray) -> np.ndarray:
        return 50 + points[:, 0] / 20

    plan = plan_route(sweep(), fleet(2), replace(SURVEY, height=slope), ABOUT)
    for sortie in plan.sorties:
        for point, place in zip(sortie.waypoints, places(sortie), strict=True):
            if point.purpose == "lane":
                assert point.height == pytest.approx(50 + place[0] / 20, abs=0.01)
    assert_within_batteries(plan)


def test_several_routes_are_one_task() -> None:
    west, east = sweep(4, 300), route([(900, 0), (900, 500)], [(950, 500), (950, 0)])
    plan = plan_route([west, east], fleet(2), SURVEY, ABOUT)
    assert_each_lane_once(plan, Route(FRAME, west.legs + east.legs))
    assert plan.figures["lanes"] == pytest.approx(4 * 300 + 2 * 500)


def test_a_sortie_makes_no_more_items_than_the_vehicle_takes() -> None:
    angles = np.linspace(0, 6 * np.pi, 900)
    spiral = np.column_stack([np.cos(angles), np.sin(angles)]) * (100 + 8 * angles[:, None])
    plan = plan_route(route(spiral), fleet(1), SURVEY, ABOUT)
    assert max(len(sortie.waypoints) for sortie in plan.sorties) < 650
    assert not [one for one in check(plan).findings if one.rule == "mission-items"]


@settings(max_examples=6)
@given(
    length=st.floats(600, 3000),
    x=st.floats(-2000, 2000),
    y=st.floats(-2000, 2000),
    speed=st.floats(0, 8),
)
def test_a_fixed_wing_comes_onto_its_lane_by_turns_that_it_can_fly(
    length: float, x: float, y: float, speed: float
) -> None:
    conditions = Conditions(Wind(from_direction=200, speed=speed))
    plan = plan_route(
        route([(0, 0), (length, 0)]), [drone(1, x, y, VTOL)], Survey(100.0), ABOUT, conditions
    )
    assert_within_batteries(plan)
    errors = [one for one in check(plan).findings if one.severity == "error"]
    assert not errors


def test_a_route_that_is_not_reversible_is_flown_as_it_is() -> None:
    """A search commences where it must."""
    start = np.array([0.0, 0.0])
    for x, y in ((0, 700), (600, 700)):  # homes at the far end would rather begin there
        survey = replace(SURVEY, reversible=False)
        plan = plan_route(sweep(12), [drone(1, x, y)], survey, ABOUT)
        assert lanes_flown(plan)[0][0] == pytest.approx(start, abs=0.01)


def test_at_the_end_of_its_range_it_does_not_hurry() -> None:
    """Fast transits would not bring it home; at cruise speed there is battery for a short lane."""
    kind = SMALL.model_copy(update={"battery": 50.0})
    plan = plan_route(route([(0, 0), (200, 0)]), [drone(1, 0, -7200, kind)], SURVEY, ABOUT)
    out = plan.sorties[0].waypoints[1]
    assert out.speed == pytest.approx(kind.cruise_speed)
    assert_within_batteries(plan)


def test_told_to_stop_it_gives_what_it_has() -> None:
    asked = []

    def stop() -> bool:
        asked.append(1)
        return True

    plan = plan_route(sweep(), fleet(3), SURVEY, ABOUT, stop=stop)
    assert asked
    assert not plan.complete
    assert_each_lane_once(plan, sweep())
    assert_within_batteries(plan)
    assert_apart(plan)


def test_progress_goes_up_to_the_end() -> None:
    told: list[float] = []
    plan_route(sweep(), fleet(2), SURVEY, ABOUT, progress=lambda share, _: told.append(share))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_the_figures_are_the_sums_of_the_sorties() -> None:
    plan = plan_route(sweep(), fleet(3), SURVEY, ABOUT)
    figures = [sortie.figures for sortie in plan.sorties if sortie.figures]
    assert plan.figures["energy"] == pytest.approx(sum(one.energy for one in figures), abs=0.01)
    ends = [
        sortie.start + figure.duration for sortie, figure in zip(plan.sorties, figures, strict=True)
    ]
    assert plan.figures["makespan"] == pytest.approx(max(ends), abs=0.01)
    assert plan.parameters["goal"] == "makespan"
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


FAST = Wind(from_direction=0, speed=13)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: plan_route(sweep(), [], SURVEY, ABOUT), "no drones"),
        (lambda: numbered(QUAD, home(0, 0), 0), "no drones"),
        (lambda: numbered(QUAD, [], 3), "no home is given"),
        (lambda: numbered(QUAD, home(0, 0), 101), "101 drones"),
        (
            lambda: plan_route(sweep(), [drone(1, 0, 0), drone(1, 9, 9)], SURVEY, ABOUT),
            "two drones are called 'D1'",
        ),
        (lambda: plan_route([], fleet(1), SURVEY, ABOUT), "no route"),
        (
            lambda: plan_route(
                Route(FRAME, (Leg(np.array([[0.0, 0], [9, 9]]), "turn"),)), fleet(1), SURVEY, ABOUT
            ),
            "has no lanes",
        ),
        (
            lambda: plan_route(sweep(), fleet(1), SURVEY, ABOUT, Conditions(FAST)),
            "wind of 13 m/s is above the 12 m/s",
        ),
        (
            lambda: plan_route(sweep(), fleet(1), SURVEY, ABOUT, Conditions(temperature=-30)),
            "-30 °C is outside",
        ),
        (lambda: plan_route(sweep(), fleet(1), Survey(130.0), ABOUT), "outside the limits of 20"),
        (lambda: plan_route(sweep(), fleet(1), Survey(60.0, 0), ABOUT), "speed of 0 m/s"),
        (lambda: plan_route(sweep(), fleet(1), Survey(60.0, 40), ABOUT), "40 m/s is above the 23"),
        (
            lambda: plan_route(
                sweep(),
                fleet(1),
                Survey(60.0, imaging=Imaging(camera="Box", swath=9, spacing=9)),
                ABOUT,
            ),
            "has no camera 'Box'; it has DJI M30T wide",
        ),
        (
            lambda: plan_route(sweep(), [drone(1, 0, -15000)], SURVEY, ABOUT),
            r"1[45]\d\d\d m from its home and come back: DJI Matrice 30T would need \d+ of 211 Wh",
        ),
        (
            lambda: plan_route(
                sweep(),
                [Drone("up", QUAD, home(0, 0, 500.0))],
                replace(SURVEY, altitude=400.0),
                ABOUT,
            ),
            "the home of up lies 100 m above the ground of the lanes",
        ),
        (
            lambda: plan_route(
                sweep(),
                fleet(1),
                replace(SURVEY, height=lambda points: points[:, 0] * np.nan),
                ABOUT,
            ),
            "not one finite number",
        ),
    ],
)
def test_bad_input_is_told_in_one_line(call: object, said: str) -> None:
    with pytest.raises(PlanningError, match=said) as error:
        call()  # type: ignore[operator]  # a lambda each
    assert "\n" not in str(error.value)
