"""What the panel is told of one asset."""

from __future__ import annotations

import math

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dashboard.detail import bearing, detail, ekf_health, gps_name
from fleet.columns import PICTURE, blank
from tests.dashboard.pictures import NOON, drones, rows


def test_values_are_the_rows_own() -> None:
    row = rows(drones(1))
    row["height"], row["gps_fix"], row["satellites"] = 62.13, 3, 17
    row["home_latitude"], row["home_longitude"] = 34.01, 71.5
    told = detail(row)
    assert told["key"] == str(drones(1)[0].key)
    assert told["height"] == 62.13
    assert told["battery_voltage"] == 15.1
    assert told["mode"] == "GUIDED"
    assert told["gps"] == "3D"
    assert told["airborne"] is True
    assert told["position_time"] == NOON.astype("M8[ms]").astype(np.int64)
    assert told["home_distance"] == pytest.approx(1111.95, abs=0.5)
    assert told["home_bearing"] == pytest.approx(0, abs=1e-6)


def test_what_is_unknown_is_none() -> None:
    row = blank(PICTURE, 1)
    row["identity"] = b"osmand:1"
    told = detail(row)
    told_values = {name for name, value in told.items() if value is not None}
    assert told_values == {"type", "key", "identity", "kind", "source", "suspect"}


@given(hnp.arrays(PICTURE, 1))
def test_any_row_can_be_sent(row: np.ndarray) -> None:
    row["kind"] = 1
    assert orjson.loads(orjson.dumps(detail(row)))["kind"] == "drone"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (None, None),
        (0x33F, "Good"),  # all of a copter with GPS
        (0x33F & ~16, "No absolute position"),
        (0xA7, "Constant position mode, no absolute position"),
        (1024 | 0x3E, "Not initialised, no attitude"),
    ],
)
def test_ekf_flags_in_words(flags: int | None, said: str | None) -> None:
    assert ekf_health(flags) == said


def test_gps_fixes_by_name() -> None:
    assert [gps_name(fix) for fix in (None, 0, 3, 6, 42)] == [
        None, "No GPS", "3D", "RTK fixed", "Type 42",
    ]  # fmt: skip


@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(-89, 89), st.floats(-180, 180))
def test_a_bearing_is_within_the_circle(lat1: float, lon1: float, lat2: float, lon2: float) -> None:
    assert 0 <= bearing(lat1, lon1, lat2, lon2) <= 360


def test_a_bearing_to_nowhere_is_unknown() -> None:
    assert math.isnan(bearing(34, 71, math.nan, 71))
