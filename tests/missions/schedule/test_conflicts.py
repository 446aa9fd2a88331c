"""Conflicts between sorties: drones, batteries, airspace, and drones that cannot fly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.errors import PlanningError
from missions.schedule.conflicts import SORTIES_MOST, Conflict, DroneState, conflicts
from missions.schedule.flights import Way
from missions.schedule.sorties import Sortie, due_next

NOON = datetime(2026, 11, 23, 7, tzinfo=UTC)

FLEET = {"1": DroneState("Shaheen 1"), "2": DroneState("Shaheen 2")}


def way(east: float = 0.0, lowest: float = 50.0, highest: float = 50.0, **more: float) -> Way:
    """1 km to the north in Peshawar, `east` degrees of longitude (92 m per 0.001) further east."""
    line = ((71.5 + east, 34.0), (71.5 + east, 34.009))
    return Way(line=line, lowest=lowest, highest=highest, **more)


def sortie(
    order: str = "a", drone: str = "1", minute: float = 0.0, air: Way | None = None, **more: float
) -> Sortie:
    begin = NOON + timedelta(minutes=minute)
    return Sortie(
        order=order,
        time=begin,
        plan="p",
        plan_version=1,
        name=f"{order}/1",
        drone=drone,
        called="Matrice 30T 1",
        start=begin,
        duration=more.get("duration", 1200.0),
        need=more.get("need", 0.6),
        turnround=more.get("turnround", 300.0),
        charge=more.get("charge", 0.0),
        way=air or way(),
    )


FAR = way(east=0.01)


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        # One drone: flies already, is on the ground too short, long enough.
        (sortie("a"), sortie("b", minute=19, air=FAR), ["same_drone"]),
        (sortie("a"), sortie("b", minute=24, air=FAR), ["battery_not_back"]),
        (sortie("a"), sortie("b", minute=25, air=FAR), []),
        # Its battery is charged, not exchanged: 60 % of an hour is 36 minutes.
        (sortie("a", charge=3600.0), sortie("b", minute=55, air=FAR), ["battery_not_back"]),
        (sortie("a", charge=3600.0), sortie("b", minute=56, air=FAR), []),
        # Two drones: the same air, beside it, above it, later.
        (sortie("a"), sortie("b", "2", minute=19), ["same_airspace"]),
        (sortie("a"), sortie("b", "2", minute=20), []),
        (sortie("a"), sortie("b", "2", air=way(east=0.0003)), ["same_airspace"]),
        (sortie("a"), sortie("b", "2", air=way(east=0.0004)), []),
        (sortie("a"), sortie("b", "2", air=way(east=0.0004, beside=10.0)), ["same_airspace"]),
        (sortie("a"), sortie("b", "2", air=way(lowest=59.9, highest=80.0)), ["same_airspace"]),
        (sortie("a"), sortie("b", "2", air=way(lowest=60.0, highest=80.0)), []),
        # Homes at different altitudes: as high above the sea, though not above home.
        (
            sortie("a", air=way(altitude=340.0)),
            sortie("b", "2", air=way(lowest=70.0, highest=70.0, altitude=320.0)),
            ["same_airspace"],
        ),
        (
            sortie("a", air=way(altitude=340.0)),
            sortie("b", "2", air=way(altitude=360.0)),
            [],
        ),
        # What cannot fly is told of each.
        (sortie("a"), sortie("b", "", minute=60), ["drone_unknown"]),
        (sortie("a"), sortie("b", "7", minute=60), ["drone_unknown"]),
        (sortie("a"), sortie("b", "3", minute=60), ["drone_out_of_service"]),
    ],
)
def test_two_sorties(one: Sortie, other: Sortie, kinds: list[str]) -> None:
    fleet = {**FLEET, "3": DroneState("Shaheen 3", "is in the workshop until Friday")}
    assert [conflict.kind for conflict in conflicts([one, other], fleet)] == kinds
    assert [conflict.kind for conflict in conflicts([other, one], fleet)] == kinds


def test_a_conflict_says_who_and_where_in_one_line() -> None:
    (found,) = conflicts([sortie("a"), sortie("b", "2", minute=5, air=way(east=0.0002))], FLEET)
    assert "(b/1)" in found.message
    assert "within 18 m" in found.message
    assert found.longitude == pytest.approx(71.5, abs=3e-4)
    assert found.latitude == pytest.approx(34.0, abs=1e-2)
    assert (found.limit, found.unit) == (30.0, "m")


def test_sorties_of_one_run_of_a_plan_are_its_planners_business() -> None:
    assert conflicts([sortie("a"), sortie("a", "2")], FLEET) == []
    assert conflicts([sortie("a"), sortie("a", "2", minute=10)], FLEET) != []


def test_only_what_concerns_the_new_order_is_told() -> None:
    old = [sortie("a"), sortie("b")]
    new = sortie("c", minute=10)
    found = conflicts([*old, new], FLEET, concerning=lambda one: one.order == "c")
    assert {(each.sortie.order, each.other and each.other.order) for each in found} == {
        ("c", "a"),
        ("c", "b"),
    }


def test_too_many_are_refused() -> None:
    with pytest.raises(PlanningError, match="too many to compare"):
        conflicts([sortie()] * (SORTIES_MOST + 1), FLEET)


def test_what_is_due_next_comes_in_order() -> None:
    every = [sortie("a", minute=m) for m in (30, 10, -5, 20)]
    assert [one.time for one in due_next(every, NOON, 2)] == [
        NOON + timedelta(minutes=10),
        NOON + timedelta(minutes=20),
    ]


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.sampled_from(["1", "2"]), st.integers(1, 40)),
        max_size=8,
    )
)
def test_each_two_that_overlap_are_told_once(told: list[tuple[int, str, int]]) -> None:
    every = [
        sortie(f"{n}", drone, minute, duration=60.0 * last, turnround=0.0)
        for n, (minute, drone, last) in enumerate(told)
    ]
    pairs = [(a, b) for n, a in enumerate(every) for b in every[:n]]
    together = {
        frozenset((a.order, b.order)) for a, b in pairs if a.start < b.end and b.start < a.end
    }
    found = conflicts(every, FLEET)
    assert {frozenset((c.sortie.order, _other(c).order)) for c in found} == together
    assert len(found) == len(together)


def test_moving_a_schedule_as_a_whole_changes_nothing() -> None:
    every = [sortie("a"), sortie("b", minute=5), sortie("c", "2", minute=9)]
    moved = [
        replace(one, start=one.start + timedelta(days=9), time=one.time + timedelta(days=9))
        for one in every
    ]
    assert [each.kind for each in conflicts(every, FLEET)] == [
        each.kind for each in conflicts(moved, FLEET)
    ]


def _other(conflict: Conflict) -> Sortie:
    assert conflict.other is not None
    return conflict.other
