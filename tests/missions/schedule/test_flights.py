"""What a schedule keeps of a plan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import shapely

from missions.area import Area
from missions.making.coverage import Coverage, coverage_plan
from missions.plan import Plan
from missions.schedule.flights import planned_flights
from missions.schedule.sorties import Run
from tests.missions.making.asking import FRAME, common, home

PARK = Area(FRAME, shapely.box(0, 0, 300, 200), "park")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return coverage_plan(Coverage(PARK), common(home(-50, 0), count=2))


def test_each_sortie_becomes_a_flight_with_its_time_and_battery(plan: Plan) -> None:
    flights = planned_flights(plan, {plan.sorties[0].drone: "12"})
    assert [flight.sortie for flight in flights] == [sortie.name for sortie in plan.sorties]
    first, sortie = flights[0], plan.sorties[0]
    kind = plan.kinds[sortie.kind]
    assert sortie.figures is not None
    assert first.asset == "12"
    assert first.duration == sortie.figures.duration
    assert first.need == pytest.approx(sortie.figures.energy / kind.battery + kind.reserve)
    assert first.way.line[0] == pytest.approx(
        (sortie.home.longitude, sortie.home.latitude), abs=2e-6
    )
    assert len(first.way.line) <= len(sortie.waypoints) + 1


def test_a_plan_without_figures_is_reckoned(plan: Plan) -> None:
    bare = plan.model_copy(
        update={"sorties": tuple(s.model_copy(update={"figures": None}) for s in plan.sorties)}
    )
    known, reckoned = planned_flights(plan, {}), planned_flights(bare, {})
    for one, other in zip(known, reckoned, strict=True):
        assert other.duration == pytest.approx(one.duration, rel=0.05)


def test_a_run_is_flown_at_its_times_by_the_drones_it_is_given(plan: Plan) -> None:
    flights = planned_flights(plan, {})
    run = Run("order", "plan", 3, flights, {flights[0].drone: "42"})
    noon = datetime(2026, 11, 23, 7, tzinfo=UTC)
    sorties = run.at([noon, noon + timedelta(days=1)])
    assert len(sorties) == 2 * len(flights)
    assert sorties[0].drone == "42"
    assert sorties[0].start == noon + timedelta(seconds=flights[0].start)
    assert sorties[0].end <= noon + timedelta(seconds=run.duration)
