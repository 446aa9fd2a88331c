"""The checker has nothing to say against a good plan, wherever on Earth it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest

from missions.check import check
from missions.plan import Crowd, NoFly, Plan
from tests.missions.check import spoiling
from tests.missions.check.plans import GOOD, START, Site, plan, rectangle, survey

Make = Callable[..., Plan]

SITES = {
    "Peshawar": Site(34.0, 71.5),
    "70 degrees north": Site(70.0, 25.0),
    "antimeridian": Site(52.0, 180.0),
    "70 degrees north on the antimeridian": Site(70.0, -180.0),
    "equator": Site(0.01, 0.01),
    "south": Site(-54.8, -68.3),
}


@pytest.mark.parametrize("site", SITES.values(), ids=SITES)
@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_a_good_plan_has_no_finding(make: Make, site: Site) -> None:
    report = check(make(site))
    assert [str(finding) for finding in report.findings] == []
    assert report.passed


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_a_good_plan_has_no_finding_over_flat_ground_by_a_height_grid(make: Make) -> None:
    report = check(make(), heights=lambda longitudes, latitudes: np.full(len(longitudes), 330.0))
    assert report.findings == ()
    assert not any("height grid" in assumption for assumption in report.assumptions)


def test_what_the_plan_does_not_say_is_said_to_be_assumed() -> None:
    zone = NoFly(
        name="Z",
        polygon=Site().polygon(rectangle(5000, 5000, 5100, 5100)),
        times=((START, START + timedelta(hours=1)),),
    )
    unscheduled = spoiling.whole(survey(), start=None, zones=(zone,))
    bare = spoiling.sortie(
        unscheduled, "A", home=unscheduled.sorties[0].home.model_copy(update={"altitude": None})
    )
    report = check(bare)
    assert report.passed
    words = " ".join(report.assumptions)
    assert "as high as home everywhere" in words
    assert "ceilings are not judged" in words
    assert "no start" in words


def test_the_report_of_a_plan_is_always_the_same() -> None:
    spoiled = spoiling.whole(survey(), area=Site().polygon(rectangle(50, 50, 300, 200)))
    assert check(spoiled) == check(spoiled)
    assert check(type(spoiled).model_validate_json(spoiled.model_dump_json())) == check(spoiled)


def test_fifteen_sorties_of_three_hundred_waypoints_are_checked_within_three_seconds() -> None:
    site = Site()
    sorties = []
    for number in range(15):
        west = 1100 * number
        corners = [
            corner
            for lane in range(0, 150, 2)
            for corner in (
                (west, 20 * lane),
                (west + 300, 20 * lane),
                (west + 300, 20 * lane + 20),
                (west, 20 * lane + 20),
            )
        ]
        points = [site.point(*corner, 50, purpose="lane") for corner in corners]
        sorties.append(site.sortie(f"S{number}", (west, -100), 50, points))
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    big = plan(
        "big",
        "coverage",
        sorties,
        area=site.polygon(
            [(8000 + 14000 * np.cos(angle), 1500 + 6000 * np.sin(angle)) for angle in angles],
            *(rectangle(west + 1020, 500, west + 1080, 560) for west in range(0, 16000, 1100)),
        ),
        crowd=Crowd(polygon=site.polygon(rectangle(0, -900, 200, -700)), horizon=60.0),
        zones=tuple(
            NoFly(
                name=f"Z{number}",
                polygon=site.polygon(rectangle(200 * number, 5000, 200 * number + 100, 5100)),
            )
            for number in range(50)
        ),
    )
    begin = time.thread_time()
    report = check(big, heights=lambda longitudes, latitudes: 330 + np.sin(1000 * latitudes))
    assert time.thread_time() - begin < 3.0
    # 50 km do not fit into a quad's battery: that it looked at them.
    assert sum(finding.rule == "energy" for finding in report.findings) == 15
