"""Fixes of vehicles that go east from Peshawar at told speeds, and of any sort at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from fleet.columns import POSITION, Rows, Source, blank
from fleet.earth import DEGREE
from tests.telemetry.store.samples import seconds

NOON = np.datetime64("2026-11-20T07:00:00", "us")
"""Noon in Peshawar, in UTC."""

LATITUDE, LONGITUDE = 34.0, 71.5
METRE = float(1 / (DEGREE * np.cos(np.radians(LATITUDE))))
"""Degrees of longitude there."""


def way(parts: Sequence[tuple[float, float]], every: float = 10.0, asset: int = 7) -> Rows:
    """POSITION rows of (seconds, metres per second), one after the other."""
    times, east, speeds, now, at = [0.0], [0.0], [parts[0][1]], 0.0, 0.0
    for lasts, speed in parts:
        for _ in range(round(lasts / every)):
            now, at = now + every, at + speed * every
            times.append(now)
            east.append(at)
            speeds.append(speed)
    rows = blank(POSITION, len(times))
    rows["asset"], rows["source"] = asset, Source.OSMAND
    rows["fix_time"] = NOON + seconds(times)
    rows["received_time"] = rows["fix_time"] + seconds(1)
    rows["latitude"], rows["longitude"] = LATITUDE, LONGITUDE + np.array(east) * METRE
    rows["speed"] = speeds
    return rows


@st.composite
def anything(draw: st.DrawFn) -> Rows:
    """POSITION rows of few assets, times and places, so that many are the same or nearly so."""
    count = draw(st.integers(0, 30))
    rows = blank(POSITION, count)

    def of(values: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(values, min_size=count, max_size=count))

    rows["asset"] = of(st.integers(1, 2))
    rows["source"] = of(st.sampled_from([1, 2, 4]))
    rows["fix_time"] = NOON + np.array(of(st.integers(0, 1500)), np.int64).astype("m8[s]")
    rows["received_time"] = rows["fix_time"]
    rows["latitude"] = LATITUDE + np.array(of(st.integers(0, 4))) * 50 * METRE
    rows["longitude"] = LONGITUDE + np.array(of(st.integers(0, 4))) * 200 * METRE
    rows["speed"] = of(st.sampled_from([np.nan, 0, 1, 9, 30]))
    rows["height"] = of(st.sampled_from([np.nan, 0, 40]))
    rows["suspect"] = of(st.sampled_from([0, 0, 0, 1]))
    return rows
