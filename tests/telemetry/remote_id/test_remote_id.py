"""Remote ID: messages written and read, against each other and against a real drone's broadcast."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.remote_id.messages import (
    SIZE,
    BasicId,
    Location,
    Message,
    OperatorId,
    Other,
    RemoteIdError,
    SelfId,
    System,
    decode,
    encode,
)
from telemetry.remote_id.pack import MOST, pack, unpack
from tests.recordings import DATA

ELEMENT = bytes.fromhex("fa0bbc0d")
"""Vendor element of a Wi-Fi beacon that carries a pack, after a counter of one byte."""


def capture() -> bytes:
    file = DATA / "remote-id" / "parrot_anafi4_real.pcapng"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    return file.read_bytes()


def packs_of_the_capture() -> list[bytes]:
    data, found, at = capture(), [], 0
    while (at := data.find(ELEMENT, at)) >= 0:
        begin = at + len(ELEMENT) + 1
        found.append(data[begin : begin + 3 + data[begin + 2] * SIZE])
        at = begin
    return found


def test_a_real_drones_broadcast_is_read_as_it_was_counted() -> None:
    packs = packs_of_the_capture()
    messages = [message for data in packs for message in unpack(data)]
    kinds = Counter(type(message) for message in messages)
    assert len(packs) == 1140
    assert kinds == {Location: 1140, BasicId: 385, System: 385, OperatorId: 385}
    places = {
        (message.latitude, message.longitude)
        for message in messages
        if isinstance(message, Location)
    }
    assert len(places) == 117
    assert all(place[0] == pytest.approx(47.1986, abs=0.01) for place in places if place[0])


def test_a_real_drones_messages_are_written_as_it_wrote_them() -> None:
    """But for the version, which is the sender's, and bits that the standard reserves."""
    for data in packs_of_the_capture():
        for start in range(3, len(data), SIZE):
            told = data[start : start + SIZE]
            again = encode(decode(told))
            assert again[0] >> 4 == told[0] >> 4
            assert again[1:23] == told[1:23]


def texts(size: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=size)


nibble = st.integers(0, 15)
heights = st.none() | st.floats(-999, 31000)
LOCATIONS = st.builds(
    Location,
    latitude=st.floats(-90, 90).filter(lambda value: abs(value) > 1e-6),
    longitude=st.floats(-180, 180),
    direction=st.none() | st.floats(0, 360),
    speed=st.none() | st.floats(0, 254),
    climb=st.none() | st.floats(-62, 62),
    pressure_altitude=heights,
    altitude=heights,
    height=heights,
    second_of_hour=st.none() | st.floats(0, 3600),
    status=nibble,
    height_above_ground=st.booleans(),
    horizontal_accuracy=nibble,
    vertical_accuracy=nibble,
    pressure_accuracy=nibble,
    speed_accuracy=nibble,
)
SYSTEMS = st.builds(
    System,
    latitude=st.floats(-90, 90).filter(lambda value: abs(value) > 1e-6),
    longitude=st.floats(-180, 180),
    altitude=heights,
    time=st.integers(1_546_300_800, 1_546_300_800 + 2**32 - 1),
    location_type=st.integers(0, 3),
    classification=st.integers(0, 7),
    area_count=st.integers(0, 65535),
    area_radius=st.floats(0, 2550),
    area_ceiling=heights,
    area_floor=heights,
    category=nibble,
    category_class=nibble,
)
EXACT = (
    st.builds(BasicId, texts(20), nibble, nibble)
    | st.builds(SelfId, texts(23), st.integers(0, 255))
    | st.builds(OperatorId, texts(20), st.integers(0, 255))
    | st.builds(Other, st.sampled_from([2, 6, 14]), st.binary(min_size=24, max_size=24))
)


@given(EXACT)
def test_what_is_no_number_comes_back_as_it_was(message: Message) -> None:
    assert decode(encode(message)) == message


def near(value: float | None, told: float | None, step: float) -> bool:
    if value is None or told is None:
        return value is told
    return abs(value - told) <= step / 2 + 1e-6


@given(LOCATIONS)
def test_a_location_comes_back_within_the_steps_of_its_fields(message: Location) -> None:
    back = decode(encode(message))
    assert isinstance(back, Location)
    assert near(message.latitude, back.latitude, 1e-7)
    assert near(message.longitude, back.longitude, 1e-7)
    assert near(message.speed, back.speed, 0.75 if (message.speed or 0) > 63.75 else 0.25)
    assert near(message.climb, back.climb, 0.5)
    assert near(message.altitude, back.altitude, 0.5)
    assert near(message.height, back.height, 0.5)
    assert near(message.second_of_hour, back.second_of_hour, 0.1)
    if message.direction is None or back.direction is None:
        assert message.direction is back.direction
    else:
        apart = abs(message.direction - back.direction)
        assert min(apart, 360 - apart) <= 0.5
    assert (message.status, message.height_above_ground) == (back.status, back.height_above_ground)
    assert message.vertical_accuracy == back.vertical_accuracy
    assert message.speed_accuracy == back.speed_accuracy


@given(SYSTEMS)
def test_a_system_comes_back_within_the_steps_of_its_fields(message: System) -> None:
    back = decode(encode(message))
    assert isinstance(back, System)
    assert near(message.latitude, back.latitude, 1e-7)
    assert near(message.altitude, back.altitude, 0.5)
    assert near(message.area_ceiling, back.area_ceiling, 0.5)
    assert near(message.area_radius, back.area_radius, 10)
    assert message.time == back.time
    assert (message.location_type, message.classification) == (
        back.location_type,
        back.classification,
    )
    assert (message.category, message.category_class) == (back.category, back.category_class)


def test_the_place_0_0_is_no_place() -> None:
    told = decode(encode(Location(None, None)))
    assert isinstance(told, Location)
    assert (told.latitude, told.longitude, told.speed, told.height) == (None, None, None, None)


@given(st.lists(LOCATIONS | EXACT, min_size=1, max_size=MOST))
def test_a_pack_holds_its_messages_in_order(messages: list[Message]) -> None:
    assert [encode(message) for message in unpack(pack(messages))] == [
        encode(decode(encode(message))) for message in messages
    ]


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (decode, unpack):
        try:
            read(data)
        except RemoteIdError:
            continue


@given(st.binary(min_size=SIZE, max_size=SIZE))
def test_whatever_is_read_can_be_written_and_read_again(data: bytes) -> None:
    once = decode(data)
    assert decode(encode(once)) == once


@pytest.mark.parametrize(
    "message",
    [BasicId("x" * 21), SelfId("y" * 24), System(1.0, 2.0, time=0), Location(1.0, 2.0, status=16)],
)
def test_what_a_message_cannot_carry_is_refused(message: Message) -> None:
    with pytest.raises(RemoteIdError):
        encode(message)


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_a_pack_of_none_or_too_many_is_refused(count: int) -> None:
    with pytest.raises(RemoteIdError, match="1 to 9"):
        pack([BasicId("a")] * count)
