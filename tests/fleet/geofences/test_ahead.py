"""How long until a breach, and where cameras may record."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fleet.assets import Kind
from fleet.columns import Rows
from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Level, Margin, Scope
from fleet.geofences.members import Member
from fleet.peshawar import to_metres
from fleet.schedules import Period
from tests.fleet.geofences.scenes import at, box, fence, fixes


def flying(east: float, heading: float, speed: float = 10.0, **columns: Any) -> Rows:
    return fixes([(0, east, 0)], heading=heading, speed=speed, **columns)


def test_the_time_to_the_edge_is_told() -> None:
    jail = fence()
    (found,) = Fences([jail]).ahead(flying(-300, 90), 60)
    assert (found.asset, found.fence) == (1, jail)
    assert found.seconds == pytest.approx(20, rel=0.005)
    assert (found.time - at(0)).total_seconds() == pytest.approx(found.seconds, abs=1e-5)
    assert to_metres(found.latitude, found.longitude) == pytest.approx((-100, 0), abs=0.01)


@pytest.mark.parametrize(
    "rows",
    [
        flying(-300, 270),  # away from it
        flying(-300, 90, 2.0),  # too slow
        flying(0, 90),  # in it already
        flying(-300, np.nan),
        flying(-300, 90, np.nan),
        flying(-300, 90, suspect=1),
    ],
)
def test_what_will_not_be_is_not_foretold(rows: Rows) -> None:
    assert Fences([fence()]).ahead(rows, 60) == []


def test_leaving_a_keep_in_is_foretold() -> None:
    (found,) = Fences([fence(kind="keep-in")]).ahead(flying(0, 180), 60)
    assert found.seconds == pytest.approx(10, rel=0.005)


def test_climbing_through_the_floor_and_coming_hours_are_foretold() -> None:
    deck = fence(floor=Level(120, "HOME"))
    (found,) = Fences([deck]).ahead(flying(0, 0, 0.0, height=100, climb=2), 60)
    assert found.seconds == pytest.approx(10)
    assert Fences([deck]).ahead(flying(0, 0, 0.0, height=100), 60) == []
    soon = fence(periods=(Period(at(30), at(90)),))
    (found,) = Fences([soon]).ahead(flying(0, 0, 0.0), 60)
    assert found.seconds == pytest.approx(30)


def test_breaches_to_come_are_told_soonest_first_and_for_whom_they_are() -> None:
    fences = Fences(
        [
            fence(name="near", scope=Scope(kinds=frozenset({Kind.DRONE}))),
            fence(box(150, -50, 200, 50), name="far"),
        ]
    )
    fences.enrol([Member(1, Kind.DRONE), Member(2, Kind.CAR)])
    rows = np.concatenate([flying(-300, 90), flying(-300, 90)])
    rows["asset"] = [1, 2]
    found = fences.ahead(rows, 60)
    assert [(each.asset, each.fence.name) for each in found] == [
        (1, "near"),
        (1, "far"),
        (2, "far"),
    ]
    with pytest.raises(ValueError, match="look ahead"):
        fences.ahead(rows, 1e6)


def test_nothing_is_recorded_in_a_privacy_fence() -> None:
    home = fence(kind="privacy", margin=Margin(2, 30), ceiling=Level(50, "HOME"))
    fences = Fences([home, fence(name="keep-out")])
    rows = fixes(
        [(0, 0, 0), (0, 300, 0), (0, 115, 0), (0, 115, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0)]
    )
    rows["accuracy"] = [1, 1, 1, 10, 1, 1, 1]
    rows["height"] = [10, 10, 10, 10, 90, np.nan, 10]
    rows["latitude"][6] = np.nan
    assert fences.recordable(rows).tolist() == [False, True, True, False, True, False, False]


def test_recording_is_allowed_everywhere_without_privacy_fences_and_out_of_their_hours() -> None:
    rows = fixes([(0, 0, 0), (100, 0, 0)])
    assert Fences([fence()]).recordable(rows).all()
    night = fence(kind="privacy", periods=(Period(at(50), at(150)),))
    assert Fences([night]).recordable(rows).tolist() == [True, False]
    assert Fences([night]).recordable(rows[:0]).tolist() == []
