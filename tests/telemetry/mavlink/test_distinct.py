"""Positions to which a standing clock gives one time: all at once or one by one they are the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fleet.columns import POSITION, Source, blank
from telemetry.mavlink.distinct import DistinctTimes
from tests.telemetry.mavlink.one_by_one import DistinctOneByOne

Fix = tuple[int, bool, int, int]
"""System, whether by GPS_RAW_INT, time, and where."""

fixes = st.tuples(st.integers(1, 2), st.booleans(), st.integers(0, 2), st.integers(0, 2))


@given(st.lists(st.lists(fixes, max_size=8), max_size=5))
def test_all_at_once_and_one_by_one_are_the_same(batches: list[list[Fix]]) -> None:
    ours, oracle = DistinctTimes(), DistinctOneByOne()
    for batch in batches:
        rows = blank(POSITION, len(batch))
        expected = []
        for row, (system, gps, time, place) in zip(rows, batch, strict=True):
            source = Source.GPS_RAW_INT if gps else Source.GLOBAL_POSITION_INT
            row["source"], row["fix_time"] = source, np.datetime64(time, "us")
            row["latitude"], row["longitude"], row["altitude"] = 34, 71, 300
            row[("latitude", "longitude", "altitude")[place]] += 1
            where = tuple(row[name].item() for name in ("latitude", "longitude", "altitude"))
            expected.append(oracle.time(system, int(source), time, where))
        ours.keep_apart(np.array([system for system, *_ in batch], np.uint8), rows)
        assert rows["fix_time"].astype(np.int64).tolist() == expected
