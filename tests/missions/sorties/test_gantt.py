"""The timetable as data and as pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from missions.errors import PlanningError
from missions.plan import Plan
from missions.sorties.gantt import draw, picture, timetable
from missions.sorties.planning import plan_route
from missions.sorties.prepare import Survey
from missions.sorties.relay import plan_relay, relay
from tests.missions.sorties.making import ABOUT, FRAME, QUAD, fleet, sweep
from tests.missions.sorties.test_relay import station


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_route(sweep(30, 900), fleet(3), Survey(60.0, 6.0), ABOUT)


def test_each_sortie_is_a_bar_with_its_times_in_order(plan: Plan) -> None:
    bars = timetable(plan)
    assert len(bars) == len(plan.sorties) > 3
    for bar in bars:
        assert bar.start < bar.airborne < bar.on_task < bar.off_task < bar.end
    by_name = {sortie.name: sortie for sortie in plan.sorties}
    for bar in bars:
        figures = by_name[bar.sortie].figures
        assert figures
        assert bar.end - bar.start == pytest.approx(figures.duration)
        lanes = [point for point in by_name[bar.sortie].waypoints if point.purpose == "lane"]
        assert bar.off_task - bar.on_task > len(lanes)
    assert [bar.drone for bar in bars] == sorted(bar.drone for bar in bars)


def test_drones_are_in_the_order_of_their_numbers() -> None:
    plan = plan_route(sweep(30, 900), fleet(11), Survey(60.0, 2.0), ABOUT)
    names = list(dict.fromkeys(bar.drone for bar in timetable(plan)))
    assert names == [f"D{number}" for number in range(1, 12)]


def test_a_relay_is_on_task_from_its_arrival() -> None:
    stations = [station("gate", 600, 300)]
    found = relay(stations, fleet(3), frame=FRAME)
    plan = plan_relay(found, stations, fleet(3), ABOUT)
    turns = {turn.sortie: turn for turn in found.turns}
    for bar in timetable(plan):
        assert bar.on_task == pytest.approx(turns[bar.sortie].begin, abs=0.01)
        assert bar.off_task == pytest.approx(turns[bar.sortie].end, abs=0.01)


def test_it_is_drawn_as_png_svg_and_pdf(plan: Plan, tmp_path: Path) -> None:
    draw(plan, tmp_path / "t.png")
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
    draw(plan, tmp_path / "t.svg")
    assert "<svg" in (tmp_path / "t.svg").read_text()
    draw(plan, tmp_path / "t.pdf")
    assert (tmp_path / "t.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(PlanningError, match=r"t\.gif is none of \.png, \.svg, \.pdf"):
        draw(plan, tmp_path / "t.gif")
    with pytest.raises(PlanningError, match="cannot be written"):
        draw(plan, tmp_path / "none" / "t.png")


def test_the_picture_shows_every_sortie_and_turnround(plan: Plan) -> None:
    (axes,) = picture(plan).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["D1", "D2", "D3"]
    widths = [round(patch.get_width() * 60) for patch in axes.patches]  # type: ignore[attr-defined]  # bars are rectangles
    turnrounds = len(plan.sorties) - 3
    assert widths.count(round(QUAD.turnround)) >= turnrounds
