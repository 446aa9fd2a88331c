"""Late, shuffled and doubled fixes make the same set of events as ordered ones."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.columns import Rows
from fleet.geofences import fences as fences_module
from fleet.geofences import track as track_module
from fleet.geofences.fences import Fences
from fleet.geofences.geofence import Geofence, revise
from tests.fleet.geofences.scenes import Told, at, box, fence, fixes, told, town, wanderings

TOWN = town()
JAIL = fence()
slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def all_at_once(rows: Rows, fences: list[Geofence] = TOWN) -> Told:
    events = Told()
    events.take(Fences(fences).observe(rows))
    return events


@slow
@given(wanderings(), st.data())
def test_shuffled_doubled_and_late_fixes_give_the_same_events(
    rows: Rows, data: st.DataObject
) -> None:
    expected = all_at_once(rows)
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    again = rows[random.random(len(rows)) < 0.3].copy()
    again["received_time"] += np.timedelta64(9, "s")
    mixed = np.concatenate([rows, again])
    jumble = data.draw(st.sampled_from([0.0, 5.0, 1e4]))  # in order, nearly, not at all
    seconds = mixed["fix_time"].astype(np.int64) / 1e6
    mixed = mixed[np.argsort(seconds + random.uniform(0, 1, len(mixed)) * jumble, kind="stable")]
    batches = np.array_split(mixed, data.draw(st.integers(1, len(mixed))))
    fences, events = Fences(TOWN), Told()
    for batch in batches:
        events.take(fences.observe(batch))
    assert events.events == expected.events
    assert {(o.asset, o.fence.id, o.since) for o in fences.open()} == {
        (asset, key[0], since) for asset, key, since in lasting(expected)
    }


def lasting(events: Told) -> set[tuple[int, tuple[str, int], object]]:
    """Breaches that began and did not end."""
    last: dict[object, object] = {}
    for event in sorted(events.events.values(), key=lambda e: (e.seen, e.time)):
        if event.begins:
            last[event.asset, event.key] = event.time
        elif event.what != "dwelt":
            del last[event.asset, event.key]
    return {(*key, since) for key, since in last.items()}  # type: ignore[misc]  # pairs


@slow
@given(wanderings(), st.integers(0, 2**32 - 1))
def test_fences_that_come_late_are_judged_as_if_they_had_been_there(rows: Rows, seed: int) -> None:
    expected = all_at_once(rows)
    order = np.random.default_rng(seed).permutation(len(rows))
    half = len(order) // 2
    fences, events = Fences(TOWN[:2]), Told()
    events.take(fences.observe(rows[order[:half]]))
    events.take(fences.update(TOWN))
    events.take(fences.observe(rows[order[half:]]))
    assert events.events == expected.events


def test_a_late_fix_withdraws_what_the_straight_way_had_told() -> None:
    around = fixes([(0, -200, 0), (10, 0, 150), (20, 200, 0)])
    fences, events = Fences([fence(box(-10, -10, 10, 10))]), Told()
    events.take(fences.observe(around[[0, 2]]))
    assert len(events.events) == 2
    events.take(fences.observe(around[[1]]))
    assert not events.events


def test_a_fix_later_than_the_horizon_is_counted_and_left_out() -> None:
    fences = Fences([fence()], horizon=100)
    assert not told(fences, fixes([(0, 900, 0), (500, 900, 0)]), fixes([(390, 0, 0)]))
    assert fences.counts.late == 1


@slow
@given(wanderings(), st.integers(1, 20))
def test_events_stay_the_same_when_what_is_older_than_the_horizon_is_dropped(
    rows: Rows, size: int
) -> None:
    rows = rows[np.argsort(rows["fix_time"], kind="stable")]
    short, events = Fences(TOWN, horizon=5, fixes_most=8), Told()
    for begin in range(0, len(rows), size):
        events.take(short.observe(rows[begin : begin + size]))
    assert events.events == all_at_once(rows).events


@slow
@given(wanderings(), st.integers(0, 2**32 - 1))
def test_late_fixes_count_beside_what_is_dropped_already(rows: Rows, seed: int) -> None:
    """A window of 8 s, and fixes up to 4 s late: what began before it must not begin again."""
    seconds = rows["fix_time"].astype(np.int64) / 1e6
    late = np.random.default_rng(seed).uniform(0, 4, len(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(track_module, "PRUNE_LEAST", 1)
        fences, events = Fences(TOWN, horizon=8), Told()
        for index in np.argsort(seconds + late, kind="stable"):
            events.take(fences.observe(rows[[index]]))
    assert fences.counts.late == 0
    assert events.events == all_at_once(rows).events


def test_a_late_fix_does_not_begin_again_what_began_before_the_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(track_module, "PRUNE_LEAST", 1)
    rows = fixes([(t, -105 + min(t, 50), 0) for t in range(100)])
    fences, events = Fences([JAIL], horizon=20), Told()
    events.take(fences.observe(rows[:99]))
    assert fences.tracks[1].settled
    events.take(fences.observe(fixes([(90.5, 300, 0), (98.5, -55, 0)])))
    assert [e.what for e in sorted(events.events.values(), key=lambda e: e.time)] == [
        "entered",
        "left",
        "entered",
    ]


def test_a_new_version_counts_from_its_first_moment_on() -> None:
    old = fence()
    closed, new = revise(old, at(50), shape=box(200, -100, 400, 100))
    assert closed.valid_until == new.valid_from == at(50)
    rows = fixes([(t, 0, 0) for t in range(0, 100, 10)])
    fences, events = Fences([old]), Told()
    events.take(fences.observe(rows))
    assert [e.what for e in events.events.values()] == ["entered"]
    events.take(fences.update([closed, new]))
    left = [e for e in events.events.values() if e.what == "left"]
    assert [(e.version, e.cause, e.time) for e in left] == [(1, "validity", at(50))]
    assert left[0].time - at(0) == timedelta(seconds=50)


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fences_module, "ASSETS_MOST", 100)
    monkeypatch.setattr(track_module, "LOG_MOST", 20)
    fences, events = Fences([fence()], fixes_most=64), Told()
    zigzag = [(t * 10.0, 200.0 * (-1) ** t, 0.0) for t in range(500)]
    rows = fixes(zigzag)
    for begin in range(0, len(rows), 7):
        events.take(fences.observe(rows[begin : begin + 7]))
        assert len(fences.tracks[1].fixes) <= 64 + 7
        assert len(fences.tracks[1].log) <= 20 + 4 * 7
    assert events.events == all_at_once(rows, list(fences.compiled.fences)).events
    for asset in range(2, 300):
        fences.observe(fixes([(10_000.0 + asset, 900, 0)], asset))
    assert len(fences.tracks) <= 100
    assert 1 not in fences.tracks
    assert fences.counts.forgotten == 299 - len(fences.tracks)


def test_doubles_that_contradict_each_other_are_decided_alike_in_any_order() -> None:
    rows = np.concatenate([fixes([(0, -200, 0)]), fixes([(10, 0, 0)]), fixes([(10, -200, 0)])])
    expected = all_at_once(rows, [JAIL]).events
    for order in permutations(range(3)):
        fences, events = Fences([JAIL]), Told()
        for index in order:
            events.take(fences.observe(rows[[index]]))
        assert events.events == expected
