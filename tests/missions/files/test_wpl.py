"""`QGC WPL 110` in and out, exactly."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings

from missions.errors import PlanningError
from missions.files import wpl
from missions.files.fence import fence_items
from missions.files.mission import Mission, MissionItem
from missions.plan import Home
from tests.missions.files.plans import HOME, MISSION, comparable, missions

TEXT = (
    "QGC WPL 110\n"
    "0\t1\t0\t16\t0\t0\t0\t0\t34.0151\t71.5249\t331.5\t1\n"
    "1\t0\t3\t22\t0\t0\t0\t0\t0\t0\t30\t1\n"
    "2\t0\t3\t16\t0\t0\t0\tnan\t34.0161\t71.5249\t30\t1\n"
    "3\t0\t2\t206\t12.5\t0\t1\t0\t0\t0\t0\t1\n"
    "4\t0\t3\t16\t0.5\t0\t0\t0\t34.0161\t71.5269\t30.25\t1\n"
    "5\t0\t2\t20\t0\t0\t0\t0\t0\t0\t0\t0\n"
)


def test_the_text_of_a_mission() -> None:
    text, lost = wpl.write(MISSION)
    assert text == TEXT
    assert lost == [
        "the fence and the rally points are not carried; write them to files of their own"
    ]


@settings(max_examples=40)
@given(missions())
def test_any_mission_comes_back_exactly(mission: Mission) -> None:
    text, _ = wpl.write(mission)
    again = wpl.read(text)
    assert comparable(again)[:2] == comparable(mission)[:2]


def test_rows_of_other_writers_are_read() -> None:
    """pymavlink writes six decimals and comments, Mission Planner carriage returns."""
    rows = TEXT.replace("\t34.0161", "\t34.016100").replace("\n", "\r\n")
    rows = rows.replace("QGC WPL 110\r\n", "QGC WPL 110\r\n# made by hand\r\n\r\n")
    assert comparable(wpl.read(rows)) == comparable(Mission(MISSION.items, MISSION.home))


def test_row_0_of_mission_planner_without_a_home_and_of_px4() -> None:
    """Mission Planner writes command 0 there; PX4's files have no home and begin with take-off."""
    unset = "QGC WPL 110\n0\t1\t0\t0\t0\t0\t0\t0\t0\t0\t0\t1\n"
    assert wpl.read(unset).home == Home(latitude=0, longitude=0, altitude=0)
    px4 = "QGC WPL 110\n0\t1\t3\t22\t0\t0\t0\t0\t34\t71\t30\t1\n"
    read = wpl.read(px4)
    assert read.home is None
    assert [item.seq for item in read.items] == [0]


def test_pymavlink_reads_what_we_write_and_we_what_it_writes(tmp_path: Path) -> None:
    from pymavlink.mavwp import MAVWPLoader

    file = tmp_path / "a.waypoints"
    file.write_text(TEXT)
    loader = MAVWPLoader()
    assert loader.load(str(file)) == 6
    loader.save(str(file))
    again = wpl.read(file.read_text())
    assert again.home == MISSION.home
    for ours, theirs in zip(MISSION.items, again.items, strict=True):
        assert (ours.seq, ours.frame, ours.command) == (theirs.seq, theirs.frame, theirs.command)
        assert theirs.parameters == pytest.approx(ours.parameters, abs=5e-7, nan_ok=True)


def test_a_fence_begins_at_row_0() -> None:
    items = fence_items(MISSION.fence)
    text = wpl.write_items(items)
    assert text.splitlines()[1] == "0\t0\t0\t5001\t4\t0\t0\t0\t34\t71.5\t0\t1"
    assert wpl.read_items(text) == items


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "its first line"),
        ("QGC WPL 120\n", "its first line"),
        (TEXT + "6\t0\n", "line 8 has 2 columns instead of 12"),
        (TEXT.replace("2\t0\t3", "7\t0\t3"), "line 4 has the index 7 where 2 is due"),
        (TEXT.replace("12.5", "x"), "line 5 has 'x' as param1: a number is due"),
        (TEXT.replace("12.5", "1e999"), "line 5 has '1e999' as param1"),
        (TEXT.replace("\t206\t", "\t65536\t"), "line 5 has '65536' as command"),
        (TEXT.replace("\t206\t", "\t٢٠٦\t"), "as command"),
        (TEXT.replace("\t206\t", "\t-1\t"), "as command"),
        (TEXT.replace("34.0151", "91"), "no such place"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(PlanningError, match=said):
        wpl.read(text)


def test_what_cannot_be_written_is_refused_or_said() -> None:
    with pytest.raises(PlanningError, match="needs a home"):
        wpl.write(Mission(MISSION.items))
    with pytest.raises(PlanningError, match="infinite"):
        wpl.write(Mission((MissionItem(1, 3, 16, math.inf),), HOME))
    _, lost = wpl.write(Mission((), MISSION.home, firmware="px4"))
    assert lost == ["row 0 is home, which tools for PX4 take for a waypoint; give them a .plan"]
    _, lost = wpl.write(Mission((), HOME.model_copy(update={"altitude": None})))
    assert lost == [
        "the altitude of home is not known and written as 0",
        "the name of home is not carried (Police Lines)",
    ]
