"""A restart loses nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.assets import Kind
from fleet.columns import Rows
from fleet.forms import FormError
from fleet.geofences.fences import Fences
from fleet.geofences.members import Member
from fleet.geofences.saved import restore, save
from tests.fleet.geofences.scenes import Told, fence, fixes, town, wanderings
from tests.mutations import assert_one_line

TOWN = town()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wanderings(), st.integers(0, 2**32 - 1))
def test_restarts_between_late_fixes_change_nothing(rows: Rows, seed: int) -> None:
    expected, events = Told(), Told()
    expected.take(Fences(TOWN).observe(rows))
    order = np.random.default_rng(seed).permutation(len(rows))
    data = save(Fences(TOWN))
    for part in np.array_split(order, 4):
        fences = restore(data)
        assert not fences.update(TOWN)
        events.take(fences.observe(rows[part]))
        data = save(fences)
    assert events.events == expected.events
    again = save(restore(data))
    assert save(restore(again)) == again


def test_members_counts_and_settings_are_kept() -> None:
    fences = Fences([fence()], horizon=50, bridge=5, fixes_most=100)
    fences.enrol([Member(1, Kind.CAR, frozenset({"east"}))])
    fences.observe(fixes([(0, 0, 0), (0, 0, 0)]))
    again = restore(save(fences))
    assert again.counts == fences.counts
    assert list(again.members) == list(fences.members)
    assert (again.horizon, again.bridge, again.fixes_most) == (50_000_000, 5_000_000, 100)
    assert again.open() == fences.open() != []


def test_a_fence_that_was_revised_meanwhile_is_judged_anew() -> None:
    fences = Fences([fence()])
    fences.observe(fixes([(0, -150, 0), (10, 0, 0)]))
    again = restore(save(fences))
    other = fence(name="depot")
    (entered,) = again.update([*fences.compiled.fences, other]).new
    assert entered.fence == other.id


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_bytes_are_refused_in_one_line(data: st.DataObject) -> None:
    fences = Fences([fence()])
    fences.observe(fixes([(0, 0, 0)]))
    whole = bytearray(save(fences))
    if data.draw(st.booleans()):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del whole[data.draw(st.integers(0, len(whole) - 1)) :]
    with pytest.raises(FormError) as caught:
        restore(bytes(whole))
    assert_one_line(caught.value)
