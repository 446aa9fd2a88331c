"""Overspeed in the history: the same, whatever the order in which the fixes came."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.columns import POSITION, Rows, Source, blank
from fleet.rules.speeding import speeding
from tests.fleet.rules.pictures import when

LIMIT = 20.0


def fixes(*told: tuple[float, float], asset: int = 1) -> Rows:
    """POSITION rows: seconds and speed."""
    rows = blank(POSITION, len(told))
    rows["asset"], rows["source"] = asset, Source.OSMAND
    rows["fix_time"] = [when(seconds) for seconds, _ in told]
    rows["speed"] = [speed for _, speed in told]
    return rows


def found(rows: Rows, limit: float = LIMIT) -> list[tuple[int, float, float, float, int]]:
    return [
        (asset, (begins - when(0)) / np.timedelta64(1, "s"), (ends - when(0)) / np.timedelta64(1, "s"),
         fastest, count)
        for asset, begins, ends, fastest, count in zip(
            *(speeding(rows, np.full(len(rows), limit))[name]
              for name in ("asset", "begins", "ends", "fastest", "fixes")), strict=True)
    ]  # fmt: skip


def test_an_overspeed_goes_from_its_first_fix_to_its_last() -> None:
    rows = fixes((0, 15), (10, 21), (20, 25), (30, 19.5), (40, 22), (50, 18), (60, 30), (70, 15))
    assert found(rows) == [(1, 10, 40, 25, 3)]  # 19.5 is within the dead band; 30 is one fix alone


def test_a_gap_ends_it_and_each_asset_has_its_own() -> None:
    assert found(fixes((0, 25), (50, 19), (100, 25))) == [(1, 0, 100, 25, 2)]  # no gap
    rows = np.concatenate([
        fixes((0, 25), (10, 25), (200, 25), (210, 25)), fixes((5, 30), (15, 31), asset=2)
    ])  # fmt: skip
    assert found(rows) == [(1, 0, 10, 25, 2), (1, 200, 210, 25, 2), (2, 5, 15, 31, 2)]


def test_what_is_suspect_or_unknown_counts_for_nothing() -> None:
    rows = fixes((0, 25), (10, np.nan), (20, 25), (30, 99))
    rows["suspect"][3] = 1
    assert found(rows) == [(1, 0, 20, 25, 2)]
    assert found(fixes()) == []
    assert found(fixes((0, 99), (1, 99)), np.nan) == []


def test_the_lowest_limit_that_held_is_told() -> None:
    rows = fixes((0, 25), (10, 25), (20, 25))
    (one,) = speeding(rows, np.array([20.0, 12.0, 20.0]))
    assert one["limit"] == 12.0


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.integers(0, 300),
            st.sampled_from([10.0, 19.0, 21.0, 30.0, np.nan]),
        ),
        max_size=40,
        unique_by=lambda fix: fix[:2],
    ),
    st.randoms(),
)
def test_late_shuffled_and_doubled_fixes_change_nothing(
    drawn: list[tuple[int, int, float]], order: random.Random
) -> None:
    parts = [fixes((seconds, speed), asset=asset) for asset, seconds, speed in drawn]
    rows = np.concatenate([fixes(), *parts])
    shuffled = list(range(len(rows))) * 2
    order.shuffle(shuffled)
    assert found(np.sort(rows, order=["asset", "fix_time"])) == found(rows[shuffled])
