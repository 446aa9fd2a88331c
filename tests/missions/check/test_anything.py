"""Whatever a plan says, the checker answers, always the same, and measures what it says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from missions.check import RULES, Report, check, power
from missions.check.checker import JUDGES
from missions.check.geodesy import Plane
from missions.check.track import Track, fly
from missions.plan import Limits, Plan, Sortie, Waypoint
from missions.wind import Wind
from tests.missions.check import plans, spoiling
from tests.missions.check.plans import GOOD, Site, rectangle

MODEST = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)

SITES = {
    "Peshawar": Site(34.0, 71.5),
    "70 degrees north": Site(70.0, 25.0),
    "antimeridian": Site(52.0, 180.0),
}


def nudged(waypoint: Waypoint, draw: st.DrawFn) -> Waypoint:
    """A waypoint with one value changed to one that a plan may have."""
    field, values = draw(
        st.sampled_from(
            [
                ("latitude", st.floats(-0.01, 0.01).map(lambda by: waypoint.latitude + by)),
                ("longitude", st.floats(-0.01, 0.01).map(lambda by: waypoint.longitude + by)),
                ("longitude", st.floats(-180, 180)),
                ("latitude", st.floats(-90, 90)),
                ("height", st.floats(-500, 9000)),
                ("speed", st.floats(1e-3, 500)),
                ("hold", st.floats(0, 1e6)),
                ("radius", st.floats(-3000, 3000)),
                ("turns", st.floats(0, 1e5)),
                ("action", st.sampled_from(["takeoff", "fly", "hover", "orbit", "land"])),
                ("purpose", st.sampled_from(["transit", "lane", "turn", "station", "patrol"])),
                ("trigger_distance", st.floats(0, 100)),
            ]
        )
    )
    return Waypoint.model_validate({**dict(waypoint), field: draw(values)})


@st.composite
def odd_plans(draw: st.DrawFn) -> Plan:
    """A good plan with some waypoints changed, doubled, left out or in another order."""
    plan: Plan = draw(st.sampled_from(list(GOOD.values())))()
    index = draw(st.integers(0, len(plan.sorties) - 1))
    points = list(plan.sorties[index].waypoints)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(points) - 1))
        change = draw(st.sampled_from(["nudge", "nudge", "double", "drop", "reverse"]))
        if change == "nudge":
            points[at] = nudged(points[at], draw)
        elif change == "double":
            points.insert(at, points[at])
        elif change == "drop" and len(points) > 1:
            del points[at]
        elif change == "reverse":
            points.reverse()
    one = plan.sorties[index].model_copy(update={"waypoints": tuple(points)})
    sorties: list[Sortie] = [*plan.sorties[:index], one, *plan.sorties[index + 1 :]]
    return spoiling.whole(
        plan,
        sorties=tuple(sorties),
        wind=Wind(from_direction=draw(st.floats(0, 359)), speed=draw(st.floats(0, 100))),
        temperature=draw(st.floats(-60, 60)),
        limits=Limits(
            margin=draw(st.sampled_from([0.0, 5.0, 1000.0])),
            separation_vertical=draw(st.sampled_from([0.0, 10.0])),
        ),
    )


@MODEST
@given(odd_plans())
def test_any_plan_gets_a_report_of_single_lines(plan: Plan) -> None:
    report = check(plan)
    assert isinstance(report, Report)
    for finding in report.findings:
        assert finding.rule in RULES
        line = str(finding)
        assert "\n" not in line
        assert "nan" not in line
        for number in (finding.amount, finding.limit, finding.latitude, finding.longitude):
            assert number is None or math.isfinite(number)
            assert number is None or type(number) in {float, int}
    assert check(plan) == report


@MODEST
@given(
    site=st.sampled_from(list(SITES.values())),
    outside=st.floats(0.1, 200),
    index=st.sampled_from([2, 3, 6, 7]),
)
def test_a_waypoint_moved_out_of_the_area_is_found_as_far_out_as_it_is(
    site: Site, outside: float, index: int
) -> None:
    plan = plans.survey(site)
    before = plan.sorties[0].waypoints[index]
    east, north = site.metres(before.longitude, before.latitude)
    assert east == pytest.approx(400, abs=1e-3)
    moved = site.point(east + outside, north, 50, purpose=before.purpose)
    spoiled = spoiling.waypoint(
        plan, "A", index, longitude=moved.longitude, latitude=moved.latitude
    )
    areas = [finding for finding in check(spoiled).findings if finding.rule == "area"]
    assert {finding.waypoint for finding in areas} == {index, index + 1}
    for finding in areas:
        assert finding.amount == pytest.approx(outside, abs=0.02)


leg = st.tuples(st.floats(-300, 300), st.floats(-300, 300))


@MODEST
@given(
    one=st.lists(leg, min_size=1, max_size=3),
    other=st.lists(leg, min_size=1, max_size=3),
    heights=st.tuples(st.floats(30, 60), st.floats(30, 60)),
    later=st.floats(0, 60),
)
@example(
    one=[(0.0, 0.0)], other=[(1.0, 11.0), (0.0, 0.0), (0.0, -1.0)], heights=(30.0, 30.0), later=0.0
)
def test_the_nearest_approach_is_what_a_stopwatch_finds(
    one: list[tuple[float, float]],
    other: list[tuple[float, float]],
    heights: tuple[float, float],
    later: float,
) -> None:
    """Against both drones' places at each tenth of a second."""
    site = SITES["Peshawar"]

    def sortie(
        name: str, home: tuple[float, float], height: float, points: list[tuple[float, float]]
    ) -> Sortie:
        between = [site.point(east, north, height) for east, north in points]
        return site.sortie(name, home, height, between)

    first = sortie("one", (-100, 0), heights[0], one)
    second = sortie("two", (100, 0), heights[1], other).model_copy(update={"start": later})
    plan = plans.plan("pair", "search", [first, second])
    found = [finding for finding in check(plan).findings if finding.rule == "separation"]

    tracks = _tracks(plan)
    begin = max(track.begin for track in tracks)
    end = min(track.end for track in tracks)
    times = np.arange(begin, end, 0.1)
    at = [
        [
            np.interp(times, track.samples.time, axis)
            for axis in (*track.samples.place.T, track.samples.height)
        ]
        for track in tracks
    ]
    away = np.hypot(at[0][0] - at[1][0], at[0][1] - at[1][1])
    level = np.abs(at[0][2] - at[1][2]) < 10 - 0.1
    nearest = float(away[level].min(initial=math.inf))
    if found:
        assert found[0].amount is not None
        # In a tenth of a second both fly 0.8 m at most.
        assert nearest - 1.7 <= found[0].amount <= nearest + 0.05
    else:
        assert nearest >= 30 - 1.5 - 0.05


def _tracks(plan: Plan) -> list[Track]:
    plane, calm = Plane(71.5, 34.0), power.Wind(0, 0)
    return [fly(sortie, plan.kinds[sortie.kind], calm, plane, None) for sortie in plan.sorties]


def test_an_area_grows_without_new_findings() -> None:
    """What is inside an area is inside a larger one."""
    plan = plans.survey()
    for grown in (0, 1, 100):
        area = spoiling.SITE.polygon(
            rectangle(-grown, -grown, 400 + grown, 300 + grown), rectangle(170, 120, 230, 180)
        )
        assert not [
            finding
            for finding in check(spoiling.whole(plan, area=area)).findings
            if finding.rule in {"area", "hole"}
        ]


def test_a_name_of_two_lines_makes_no_line_of_its_own() -> None:
    plan = spoiling.sortie(plans.survey(), "A", name="A\nerror [area]: forged", kind="none")
    (finding,) = [one for one in check(plan).findings if one.severity == "error"]
    assert len(str(finding).splitlines()) == 1


def test_every_judge_is_asked_once() -> None:
    assert len(set(JUDGES)) == len(JUDGES) == 13
