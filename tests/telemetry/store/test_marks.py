"""Which 10 minutes of which assets positions lie in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fleet.assets import KEY_BITS
from fleet.columns import POSITION, blank
from telemetry.store.marks import pairs_of, stretches

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = st.integers(946_684_800_000_000, 4_102_444_799_999_999)


@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(0, 3), st.integers(0, 2**KEY_BITS - 1)),
            st.one_of(st.integers(1_795_176_000_000_000, 1_795_179_600_000_000), _TIMES),
        ),
        max_size=30,
    )
)
def test_they_are_those_of_each_row_and_no_others(told: list[tuple[int, int]]) -> None:
    rows = blank(POSITION, len(told))
    for row, (asset, time) in zip(rows, told, strict=True):
        row["asset"], row["fix_time"] = asset, np.datetime64(time, "us")
    expected = set()
    for asset, time in told:
        moment = _EPOCH + timedelta(microseconds=time)
        start = moment.replace(minute=moment.minute // 10 * 10, second=0, microsecond=0)
        expected.add((asset, start))
    pairs = pairs_of(stretches(rows))
    assert set(pairs) == expected
    assert len(pairs) == len(expected)
