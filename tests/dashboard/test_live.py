"""The binary layout of /live: what is packed is what is read."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import live
from fleet.columns import PICTURE, blank
from tests.dashboard.pictures import NOON, drones, rows, seconds

I32_MIN = np.iinfo(np.int32).min
U32_MAX = np.iinfo(np.uint32).max

wild = st.floats(width=32)
wild_time = st.one_of(
    st.none(), st.integers(-(10**15), 10**15).map(lambda us: NOON + np.timedelta64(us, "us"))
)


def test_records_have_the_sizes_that_the_browser_reads() -> None:
    assert live.HEADER.itemsize == 16
    assert live.MARK.itemsize == 32
    assert live.TRAIL_POINT.itemsize == 16
    fields: dict[str, Any] = dict(live.MARK.fields or {})
    assert {name: field[1] for name, field in fields.items()} == {
        "slot": 0,
        "longitude": 4,
        "latitude": 8,
        "position_age": 12,
        "status_age": 16,
        "heading": 20,
        "speed": 22,
        "height": 24,
        "battery": 26,
        "mode": 27,
        "armed": 28,
        "airborne": 29,
        "reserved": 30,
    }


def test_a_mark_keeps_its_values_to_the_last_digit_that_is_sent() -> None:
    picture = rows(drones(3))
    picture["heading"] = [0, 359.99, 123.45]
    picture["speed"] = [0, 11.26, 655.34]
    picture["height"] = [-3.2, 0, 120.1]
    picture["battery_percent"] = [0, 55.4, 100]
    picture["position_time"] -= seconds(1.5)
    modes = live.Modes()
    records = live.marks(picture, np.array([7, 8, 9]), NOON, modes)
    header, read = live.parse_frame(live.frame(records, NOON, whole=True))
    assert header["time"] == live.milliseconds(NOON)
    assert header["flags"] == live.WHOLE_PICTURE
    assert read["slot"].tolist() == [7, 8, 9]
    assert np.allclose(read["latitude"] / 1e7, picture["latitude"], rtol=0, atol=5.1e-8)
    assert np.allclose(read["longitude"] / 1e7, picture["longitude"], rtol=0, atol=5.1e-8)
    assert read["heading"].tolist() == [0, 35999, 12345]
    assert read["speed"].tolist() == [0, 1126, 65534]
    assert read["height"].tolist() == [-32, 0, 1201]
    assert read["battery"].tolist() == [0, 55, 100]
    assert read["position_age"].tolist() == [1500] * 3
    assert [modes.names[place] for place in read["mode"]] == ["GUIDED"] * 3
    assert read["armed"].tolist() == [1] * 3


def test_what_is_unknown_is_marked_and_never_zero() -> None:
    nothing = blank(PICTURE, 1)
    mark = live.marks(nothing, np.array([0]), NOON, live.Modes())[0]
    assert mark["longitude"] == mark["latitude"] == I32_MIN
    assert mark["position_age"] == mark["status_age"] == U32_MAX
    assert mark["heading"] == mark["speed"] == 0xFFFF
    assert mark["height"] == -0x8000
    assert mark["battery"] == mark["mode"] == mark["armed"] == mark["airborne"] == 0xFF


@pytest.mark.parametrize(("latitude", "longitude"), [(200, 71), (34, 1e10), (np.nan, 71)])
def test_a_place_that_is_not_on_earth_is_no_place(latitude: float, longitude: float) -> None:
    picture = rows(drones(1))
    picture["latitude"], picture["longitude"] = latitude, longitude
    mark = live.marks(picture, np.array([0]), NOON, live.Modes())[0]
    assert mark["latitude"] == mark["longitude"] == I32_MIN
    assert mark["position_age"] == U32_MAX


def test_an_age_ahead_of_the_clock_is_zero() -> None:
    picture = rows(drones(1), NOON + seconds(5))
    assert live.marks(picture, np.array([0]), NOON, live.Modes())["position_age"] == 0


@pytest.mark.parametrize(
    ("landed", "armed", "status", "flies"),
    [
        (2, 1, 4, 1),  # in air
        (1, 1, 4, 0),  # on the ground, whatever else it says
        (3, 1, 4, 1),  # taking off
        (-1, 1, 4, 1),  # never told: armed and active
        (0, 1, 3, 0),  # undefined: armed and standing by
        (-1, 0, 3, 0),
        (-1, -1, -1, 255),
    ],
)
def test_airborne_follows_the_landed_state_or_else_the_state(
    landed: int, armed: int, status: int, flies: int
) -> None:
    picture = rows(drones(1))
    picture["landed_state"], picture["armed"], picture["system_status"] = landed, armed, status
    assert live.airborne(picture).tolist() == [flies]


def test_more_modes_than_a_byte_can_name_are_unknown() -> None:
    modes = live.Modes()
    names = np.array([b"MODE%d" % n for n in range(300)], "S24")
    places = modes.places(names)
    assert len(modes.names) == live.MAX_MODES
    assert (places[live.MAX_MODES :] == live.UNKNOWN_U8).all() or (
        (places == live.UNKNOWN_U8).sum() == 300 - live.MAX_MODES
    )
    known = places != live.UNKNOWN_U8
    assert [modes.names[place].encode() for place in places[known]] == names[known].tolist()


@given(st.lists(st.tuples(wild, wild, wild, wild, wild, wild_time), max_size=5))
def test_any_row_gives_a_frame_that_reads_back(
    values: list[tuple[float, float, float, float, float, np.datetime64 | None]],
) -> None:
    picture = blank(PICTURE, len(values))
    for row, (latitude, longitude, heading, speed, height, time) in zip(
        picture, values, strict=True
    ):
        row["latitude"], row["longitude"], row["heading"] = latitude, longitude, heading
        row["speed"], row["height"], row["battery_percent"] = speed, height, speed
        if time is not None:
            row["position_time"] = time
    records = live.marks(picture, np.arange(len(picture)), NOON, live.Modes())
    header, read = live.parse_frame(live.frame(records, NOON))
    assert header["count"] == len(values)
    assert (read == records).all()
    placed = read["latitude"] != I32_MIN
    assert (np.abs(read["latitude"][placed]) <= 90 * 10**7).all()
    assert (np.abs(read["longitude"][placed]) <= 180 * 10**7).all()


@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused_with_a_reason(message: bytes) -> None:
    with contextlib.suppress(live.FrameError):
        header, records = live.parse_frame(message)
        assert len(message) == 16 + len(records) * records.dtype.itemsize
        assert header["version"] == live.VERSION


def test_hello_carries_the_rule_of_freshness() -> None:
    hello = live.hello("x", update_hz=2, heartbeat=0.5, trail=300, zone="Asia/Karachi")
    assert hello["kinds"] == ["unknown", "drone", "car", "officer", "post", "camera"]
    assert hello["late_after"] == [5, 3, 15, 30, 150, 150]
    assert hello["lost_after"] == [60, 5, 60, 120, 300, 300]
