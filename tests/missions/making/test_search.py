"""Searches as plans; each is proved by the checker."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely

from missions.area import Area
from missions.errors import PlanningError
from missions.making.search import Search, search_plan
from missions.sorties.fleet import Conditions
from missions.wind import Wind
from tests.missions.making.asking import FRAME, common, home, proved

DATUM = (34.008, 71.578)
BASE = (home(-300, -200),)
FIELD = Area(FRAME, shapely.box(-500, -300, 500, 300), "field")


def test_a_sector_search_over_the_datum_is_nine_radii_long() -> None:
    plan = proved(search_plan(Search("sector", 0.6, datum=DATUM, radius=400), common(*BASE)))
    assert plan.figures["lanes"] == pytest.approx(9 * 400, abs=1)


def test_two_drones_search_one_place_at_two_heights() -> None:
    asked = common(*BASE, count=2)
    plan = proved(search_plan(Search("sector", 0.6, datum=DATUM, radius=400), asked))
    heights = {
        sortie.drone: {point.height for point in sortie.waypoints if point.purpose == "lane"}
        for sortie in plan.sorties
    }
    (first, second) = (heights[name].pop() for name in sorted(heights))
    assert abs(first - second) >= asked.conditions.limits.separation_vertical


def test_an_expanding_square_begins_into_the_wind() -> None:
    asked = common(*BASE, conditions=Conditions(wind=Wind(from_direction=90, speed=5)))
    plan = proved(search_plan(Search("expanding-square", 0.6, datum=DATUM, legs=8), asked))
    lanes = [point for point in plan.sorties[0].waypoints if point.purpose == "lane"]
    assert lanes[0].longitude > DATUM[1]
    assert lanes[0].latitude == pytest.approx(DATUM[0], abs=1e-6)


@pytest.mark.parametrize("pattern", ["parallel-sweep", "creeping-line"])
def test_a_sweep_of_an_area_is_divided_among_the_drones(pattern: str) -> None:
    asked = common(*BASE, count=3)
    plan = proved(search_plan(Search(pattern, 0.6, area=FIELD), asked))
    assert plan.figures["drones"] == 3
    # C = W / S is 1 where lanes lie a sweep width apart: POD 0.632 at random.
    assert plan.figures["pod"] == pytest.approx(0.632, abs=0.03)


def test_a_track_line_goes_out_and_back() -> None:
    points = [(71.575, 34.004), (71.582, 34.009), (71.585, 34.012)]
    plan = proved(search_plan(Search("track-line", 0.6, track=points), common(*BASE)))
    assert plan.figures["sorties"] == 1


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (Search("spiral", 0.6, datum=DATUM), "no search pattern"),
        (Search("sector", 0.6, datum=DATUM), "wants its radius"),
        (Search("sector", 0.6, radius=300), "wants a place"),
        (Search("parallel-sweep", 0.6, datum=DATUM), "wants its area"),
        (Search("contour", 0.6, area=FIELD), "give a height grid"),
        (Search("sector", 0.0, datum=DATUM, radius=300), "probability of 0"),
    ],
)
def test_what_a_pattern_wants_is_said(search: Search, said: str) -> None:
    with pytest.raises(PlanningError, match=said):
        search_plan(search, common(*BASE))


def test_more_drones_than_heights_are_refused() -> None:
    asked = common(*BASE, count=8)
    with pytest.raises(PlanningError, match="one above the other reach"):
        search_plan(Search("sector", 0.6, datum=DATUM, radius=300), asked)
    with pytest.raises(PlanningError, match="no camera"):
        search_plan(Search("sector", 0.6, datum=DATUM, radius=300), replace(asked, camera=None))
