"""Reports to encode: one that is as it is, and any that a device could make."""

from __future__ import annotations

from hypothesis import strategies as st

from sitl.cars.car import Report

REPORT = Report(
    time_us=1_795_290_000_990_000,
    latitude=34.012345678,
    longitude=71.567890123,
    altitude=333.3,
    speed=10.0,
    course=359.7,
    accuracy=4.6,
    battery_percent=81,
    ignition=True,
)


def _degrees(most: float) -> st.SearchStrategy[float]:
    return st.floats(0.001, most) | st.floats(-most, -0.001)


reports = st.builds(
    Report,
    time_us=st.integers(946_684_800_000_000, 1_800_000_000_000_000),  # from 2000 on
    latitude=_degrees(89.9),
    longitude=_degrees(179.9),
    altitude=st.floats(-400, 6000),
    speed=st.floats(0, 80),
    course=st.floats(0, 360, exclude_max=True),
    accuracy=st.floats(1, 50),
    battery_percent=st.integers(0, 100),
    ignition=st.none() | st.booleans(),
    panic=st.booleans(),
)
"""Any report; a place of 0, 0 is no place to the collector."""
