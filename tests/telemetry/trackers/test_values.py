from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.sink import RefusedError
from telemetry.trackers.values import coordinates, fix_time, heading, number, positive

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC).timestamp()


def micro(moment: str) -> int:
    return int(np.datetime64(moment, "us").astype(int))


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12.5", 12.5), (" 7 ", 7), ("-3e1", -30), (".5", 0.5), ("5.", 5), (4, 4), (2.5, 2.5)],
)
def test_numbers(value: object, expected: float) -> None:
    assert number("x", value, -100, 100) == expected


@pytest.mark.parametrize("value", [None, "", "NaN", "nan", math.nan])
def test_unknown_is_nan(value: object) -> None:
    assert math.isnan(number("x", value, 0, 1))


@pytest.mark.parametrize(
    "value", ["abc", "1,5", "1_0", "0x10", "١", "--1", True, [1], {"a": 1}, "1e9999"]
)
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(RefusedError) as error:
        number("speed", value, 0, 100)
    assert error.value.reason == "bad_number"
    assert "speed" in error.value.detail


@pytest.mark.parametrize("value", ["101", -1, math.inf, "1e300", 10**400])
def test_what_is_out_of_range_is_refused(value: object) -> None:
    with pytest.raises(RefusedError, match="out_of_range: speed="):
        number("speed", value, 0, 100)


def test_negative_is_unknown_where_phones_write_minus_one() -> None:
    assert math.isnan(positive("speed", -1, 100))
    assert positive("speed", "0", 100) == 0


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 0), (359.5, 359.5), (360, 0), (359.999999999, 0), ("90", 90)]
)
def test_heading_is_below_360_in_single_precision(value: object, expected: float) -> None:
    assert np.float32(heading("cog", value)) == expected


@settings(deadline=None)
@given(st.floats(0, 360))
def test_every_heading_fits_its_column(degrees: float) -> None:
    assert 0 <= np.float32(heading("cog", degrees)) < 360


@pytest.mark.parametrize(
    ("latitude", "longitude", "reason"),
    [
        (None, 71.5, "no_position"),
        ("34", "", "no_position"),
        (200, 71.5, "bad_position"),
        (34, -180.1, "bad_position"),
        ("nan", 71.5, "bad_position"),
        (math.inf, 71.5, "bad_position"),
        ("north", 71.5, "bad_position"),
        ([], {}, "bad_position"),
        (0, 0, "no_fix"),
        ("0.0", "-0", "no_fix"),
    ],
)
def test_what_is_no_position(latitude: object, longitude: object, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        coordinates(latitude, longitude)
    assert error.value.reason == reason


@settings(deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_position_on_earth_but_one_is_taken(latitude: float, longitude: float) -> None:
    if latitude == longitude == 0:
        return
    assert coordinates(latitude, str(longitude)) == (latitude, longitude)


@pytest.mark.parametrize(
    "value",
    [
        "1773489600",
        1773489600,
        1773489600.0,
        "1773489600000",
        1773489600000,
        "2026-03-14T12:00:00Z",
        "2026-03-14T12:00:00.000Z",
        "2026-03-14T17:00:00+05:00",
        "2026-03-14T12:00:00",
        "2026-03-14 12:00:00",
    ],
)
def test_one_moment_in_all_its_forms(value: object) -> None:
    assert fix_time(value, NOW) == micro("2026-03-14T12:00:00")


def test_fractions_of_a_second_are_kept() -> None:
    expected = micro("2026-03-14T11:59:59.123")
    for value in ("1773489599.123", 1773489599123, "2026-03-14T11:59:59.123Z"):
        assert fix_time(value, NOW) == expected


@pytest.mark.parametrize(
    "value", ["yesterday", "", "2026-13-01T00:00:00Z", True, None, [], {}, "١٢"]
)
def test_what_is_no_time(value: object) -> None:
    with pytest.raises(RefusedError, match="bad_time"):
        fix_time(value, NOW)


@pytest.mark.parametrize(
    "value",
    [
        0,
        "0",
        -5,
        "1e300",
        1e308,
        "946684799",
        NOW + 86401,
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
    ],
)
def test_absurd_times(value: object) -> None:
    with pytest.raises(RefusedError, match="absurd_time"):
        fix_time(value, NOW)


def test_clock_that_is_a_little_ahead_is_believed() -> None:
    assert fix_time(NOW + 86399, NOW) == micro("2026-03-15T11:59:59")


@settings(deadline=None)
@given(anything)
def test_time_of_anything_is_plausible_or_refused(value: object) -> None:
    try:
        time = fix_time(value, NOW)
    except RefusedError as error:
        assert error.reason in {"bad_time", "absurd_time"}  # noqa: PT017 - either is right
    else:
        assert micro("2000-01-01") <= time <= micro("2026-03-15T12:00:00")


@settings(deadline=None)
@given(anything, anything)
def test_coordinates_of_anything_are_on_earth_or_refused(one: object, two: object) -> None:
    try:
        latitude, longitude = coordinates(one, two)
    except RefusedError as error:
        assert error.reason in {"no_position", "bad_position", "no_fix"}  # noqa: PT017 - as above
    else:
        assert -90 <= latitude <= 90
        assert -180 <= longitude <= 180
