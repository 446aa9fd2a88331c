"""Teltonika's packets: the description's own examples, our encoder's, and broken ones."""

from __future__ import annotations

import struct
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.columns import Source
from telemetry.sink import RefusedError
from telemetry.trackers.gate import Gate
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.intake import Intake
from telemetry.trackers.report import batch_of
from telemetry.trackers.settings import GateSettings
from telemetry.trackers.teltonika import MAX_BROKEN, TeltonikaSession
from telemetry.trackers.teltonika_codec import MAX_DATA, Packet, packet_length, parse
from tests.telemetry.trackers.sinks import RecordingSink
from tests.telemetry.trackers.teltonika_wire import (
    EXAMPLE_8,
    EXAMPLE_8_TWO_RECORDS,
    EXAMPLE_8E,
    Record,
    framed,
    login,
    packet,
)

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC).timestamp()
THEN = NOW - 10
IMEI = "356307042441013"
ASSET = tracker_asset("teltonika", IMEI)
BOTH = pytest.mark.parametrize("extended", [False, True], ids=["8", "8E"])


def told(data: bytes) -> Packet:
    assert packet_length(data[:8]) == len(data)
    return parse(data, ASSET, NOW)


@pytest.mark.parametrize(
    ("example", "records", "time", "others"),
    [
        (EXAMPLE_8, 1, "2019-06-10T10:04:46", 4),
        (EXAMPLE_8_TWO_RECORDS, 2, "2019-06-10T10:01:01", 2),
        (EXAMPLE_8E, 1, "2019-06-10T11:36:32", 5),
    ],
    ids=["8", "8 with two records", "8E"],
)
def test_examples_of_the_description(example: bytes, records: int, time: str, others: int) -> None:
    result = told(example)
    assert (result.records, len(result.reports), result.refused) == (records, records, [])
    batch = batch_of(result.reports)
    assert len(batch.positions) == 0  # they were made at a desk: no satellites
    assert batch.statuses["vehicle_time"][0].astype("M8[s]") == np.datetime64(time)
    assert result.other_elements == others


def test_voltage_of_the_first_example_is_that_of_the_car() -> None:
    assert batch_of(told(EXAMPLE_8).reports).statuses["battery_voltage"] == np.float32(24.079)


@BOTH
def test_record_becomes_columns(extended: bool) -> None:
    elements = {239: (1, 1), 240: (1, 1), 21: (1, 4), 113: (1, 87), 66: (2, 12_543), 67: (2, 4_010)}
    record = Record(THEN, elements={**elements, 182: (2, 9), 16: (4, 123_456), 78: (8, 5)})
    result = told(packet([record], extended=extended))
    batch = batch_of(result.reports)
    assert batch.assets == (ASSET,)
    (position,) = batch.positions
    assert position["source"] == Source.TELTONIKA
    assert position["fix_time"] == np.datetime64("2026-03-14T11:59:50", "us")
    assert position["received_time"] == np.datetime64("2026-03-14T12:00:00", "us")
    assert (position["latitude"], position["longitude"]) == (34.0151, 71.5249)
    assert (position["altitude"], position["heading"], position["speed"]) == (359, 271, 10)
    (status,) = batch.statuses
    assert status["battery_voltage"] == np.float32(12.543)
    assert status["battery_percent"] == 87
    assert status["hdop"] == np.float32(0.9)
    assert status["satellites"] == 9
    assert result.other_elements == 5  # ignition, movement, signal and two more
    assert batch.events == ()


def test_own_voltage_stands_in_where_there_is_no_other() -> None:
    batch = batch_of(told(packet([Record(THEN, elements={67: (2, 4_010)})])).reports)
    assert batch.statuses["battery_voltage"] == np.float32(4.01)


def test_element_ids_beyond_a_byte_are_not_taken_for_those_below() -> None:
    elements = {0x142: (2, 1), 66: (2, 12_000), 0x242: (2, 2), 0x171: (1, 50)}
    long = {66: b"long", 300: bytes(200)}
    record = Record(THEN, elements=elements, long_elements=long)
    result = told(packet([record, record], extended=True))
    assert [report.battery_voltage for report in result.reports] == [12, 12]
    assert all(np.isnan(report.battery_percent) for report in result.reports)
    assert result.other_elements == 2 * 5


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(-33.9, 151.2), (89.9999999, -179.9999999), (-0.5, 0.0)]
)
def test_every_hemisphere(latitude: float, longitude: float) -> None:
    batch = batch_of(told(packet([Record(THEN, latitude, longitude)])).reports)
    (position,) = batch.positions
    assert (position["latitude"], position["longitude"]) == (latitude, longitude)


def test_without_satellites_the_last_position_is_no_fix_but_a_sign_of_life() -> None:
    batch = batch_of(told(packet([Record(THEN, satellites=0)])).reports)
    assert (len(batch.positions), len(batch.statuses)) == (0, 1)
    assert batch.statuses["satellites"] == 0


@BOTH
def test_priority_2_is_a_panic(extended: bool) -> None:
    records = [Record(THEN), Record(THEN + 1, priority=2, cause=1), Record(THEN + 2, priority=1)]
    batch = batch_of(told(packet(records, extended=extended)).reports)
    assert len(batch.positions) == 3
    (event,) = batch.events
    assert (event.kind, event.asset) == ("panic", ASSET.key)
    assert event.time == datetime.fromtimestamp(THEN + 1, UTC)
    assert event.detail == {"cause": 1}


@pytest.mark.parametrize(
    ("record", "reason", "when"),
    [
        (Record(NOW + 90_000, priority=2), "absurd_time", NOW),
        (Record(0, priority=2), "absurd_time", NOW),
        (Record(THEN, latitude=95, priority=2), "bad_position", THEN),
    ],
)
def test_panic_is_kept_whatever_is_wrong_with_its_record(
    record: Record, reason: str, when: float
) -> None:
    result = told(packet([record]))
    batch = batch_of(result.reports)
    assert len(batch.positions) == 0
    (event,) = batch.events
    assert event.time == datetime.fromtimestamp(when, UTC)
    assert str(event.detail["refused"]).startswith(reason)
    assert [error.reason for error, _ in result.refused] == [reason]


def test_record_that_cannot_be_taken_is_told_with_its_bytes_and_stops_no_other() -> None:
    records = [Record(THEN), Record(0), Record(THEN + 1)]
    data = packet(records)
    result = told(data)
    assert (result.records, len(result.reports)) == (3, 2)
    ((error, raw),) = result.refused
    assert error.reason == "absurd_time"
    assert data.count(raw) == 1
    assert raw.startswith(bytes(8))
    assert len(raw) == (len(data) - 15) // 3


def test_implausible_speed_and_angle_are_unknown() -> None:
    batch = batch_of(told(packet([Record(THEN, angle=400, kilometres_per_hour=65_535)])).reports)
    assert np.isnan(batch.positions["heading"])
    assert np.isnan(batch.positions["speed"])
    assert batch_of(told(packet([Record(THEN, angle=360)])).reports).positions["heading"] == 0


@BOTH
def test_every_altered_byte_of_a_packet_is_refused(extended: bool) -> None:
    data = packet([Record(THEN, elements={66: (2, 12_000)})], extended=extended)
    for index in range(8, len(data)):
        altered = bytearray(data)
        altered[index] ^= 0x10
        with pytest.raises(RefusedError, match="crc"):
            parse(bytes(altered), ASSET, NOW)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (framed(b"\x0c\x01\x05\x00\x00\x00\x00\x01"), "bad_codec"),
        (framed(b"\x10\x00\x00"), "bad_codec"),
        (framed(b"\x08\x01\x02"), "malformed"),
        (framed(b"\x08\x01\x01"), "malformed"),
        (framed(b"\x08\x00\x00\x00"), "malformed"),
        (framed(b"\x8e\xff" + bytes(400) + b"\xff"), "malformed"),
        (framed(b"\x08\x01" + bytes(24) + b"\x00\x00\xff\x00\x00\x00\x01"), "malformed"),
        (
            framed(b"\x8e\x01" + bytes(24) + bytes(12) + b"\xff\xff" + bytes(50) + b"\x01"),
            "malformed",
        ),
    ],
)
def test_packets_that_are_not_what_they_claim(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        told(data)
    assert error.value.reason == reason
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("buffer", "reason"),
    [
        (b"\x01", "malformed"),
        (b"GET / HTTP/1.1", "malformed"),
        (struct.pack(">II", 1, 50), "malformed"),
        (struct.pack(">II", 0, 2), "too_large"),
        (struct.pack(">II", 0, MAX_DATA + 1), "too_large"),
        (b"\0\0\0\0\xff\xff\xff\xff", "too_large"),
    ],
)
def test_what_begins_no_packet(buffer: bytes, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        packet_length(buffer)
    assert error.value.reason == reason


def test_length_is_unknown_until_it_has_come() -> None:
    assert [packet_length(EXAMPLE_8[:count]) for count in range(8)] == [0] * 8


def session(sink: RecordingSink, **gate: object) -> TeltonikaSession:
    settings_ = GateSettings.model_validate(gate)
    return TeltonikaSession(Intake("teltonika", sink, lambda: NOW, Gate(settings_)), "1.2.3.4:5")


async def test_talk_of_a_device_byte_by_byte() -> None:
    sink = RecordingSink()
    talk = session(sink)
    answers = b""
    ping = b"\xff"
    for byte in login(IMEI) + ping + EXAMPLE_8 + ping + ping + packet([Record(THEN)] * 3):
        answers += await talk.take(bytes([byte]))
    assert answers == b"\x01" + b"\0\0\0\x01" + b"\0\0\0\x03"
    assert talk.admitted
    assert not talk.unfinished
    assert talk.frames == 2
    assert [batch.assets for batch in sink.accepted] == [(ASSET,)] * 2


async def test_talk_of_a_device_at_once() -> None:
    sink = RecordingSink()
    talk = session(sink)
    said = login(IMEI) + EXAMPLE_8 + packet([Record(THEN)]) + EXAMPLE_8E[:30]
    assert await talk.take(said) == b"\x01" + b"\0\0\0\x01" * 2
    assert talk.unfinished
    assert await talk.take(EXAMPLE_8E[30:]) == b"\0\0\0\x01"


async def test_nothing_is_acknowledged_that_is_broken_or_not_stored() -> None:
    sink = RecordingSink()
    talk = session(sink)
    await talk.take(login(IMEI))
    broken = EXAMPLE_8[:-1] + b"\0"
    assert await talk.take(broken) == bytes(4)
    assert sink.letters == [("crc", broken, "1.2.3.4:5")]
    sink.failing = True
    assert await talk.take(packet([Record(THEN)])) == bytes(4)
    sink.failing = False
    assert await talk.take(packet([Record(THEN)])) == b"\0\0\0\x01"
    assert len(sink.positions) == 1


async def test_what_the_store_refuses_is_set_aside_and_acknowledged() -> None:
    sink = RecordingSink()
    sink.refusing = True
    talk = session(sink)
    data = packet([Record(THEN)])
    assert await talk.take(login(IMEI) + data) == b"\x01\0\0\0\x01"
    assert sink.aside == [(data, "1.2.3.4:5")]


async def test_record_that_cannot_be_taken_is_set_aside_before_the_packet_is_acknowledged() -> None:
    sink = RecordingSink()
    talk = session(sink)
    sink.failing = True
    assert await talk.take(login(IMEI) + packet([Record(0)])) == b"\x01" + bytes(4)
    sink.failing = False
    assert await talk.take(packet([Record(0)])) == b"\0\0\0\x01"
    assert sink.refused == {"absurd_time": 1}
    assert len(sink.aside) == 1


async def test_connection_is_over_after_many_broken_packets() -> None:
    talk = session(RecordingSink())
    await talk.take(login(IMEI))
    broken = EXAMPLE_8[:-1] + b"\0"
    assert await talk.take(broken * 20) == bytes(4) * MAX_BROKEN
    assert talk.over


@pytest.mark.parametrize("imei", [b"35630704244101X", b"1234", bytes(15), b"\xff" * 16])
async def test_what_is_no_imei_hears_no(imei: bytes) -> None:
    sink = RecordingSink()
    talk = session(sink)
    assert await talk.take(struct.pack(">H", len(imei)) + imei + EXAMPLE_8) == b"\0"
    assert talk.over
    assert sink.refused == {"bad_id": 1}
    assert not sink.accepted


@pytest.mark.parametrize("length", [0, 18, 0x4745])
async def test_length_of_no_imei_ends_the_connection(length: int) -> None:
    with pytest.raises(RefusedError, match="bad_id"):
        await session(RecordingSink()).take(struct.pack(">H", length))


async def test_listed_device_alone_may_go_on_where_unknown_ones_are_refused() -> None:
    sink = RecordingSink()
    devices = {ASSET.identity: {"name": "Gulbahar 3"}}
    assert await session(sink, unknown="refuse", devices=devices).take(login(IMEI)) == b"\x01"
    stranger = session(sink, unknown="refuse", devices=devices)
    assert await stranger.take(login("356307042441014") + EXAMPLE_8) == b"\0"
    assert stranger.over
    assert not stranger.admitted
    assert sink.refused == {"unknown_device": 1}


async def test_device_in_quarantine_is_set_aside_and_then_acknowledged() -> None:
    sink = RecordingSink()
    talk = session(sink, unknown="quarantine")
    sink.failing = True
    data = packet([Record(THEN)] * 2)
    assert await talk.take(login(IMEI) + data) == b"\x01" + bytes(4)
    sink.failing = False
    assert await talk.take(data) == b"\0\0\0\x02"
    assert sink.aside == [(data, "1.2.3.4:5")]
    assert not sink.accepted


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_fuzz_data_with_a_good_crc(data: bytes) -> None:
    for codec in (b"", b"\x08", b"\x8e"):
        whole = framed(codec + data)
        try:
            result = told(whole)
        except RefusedError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either is right
        else:
            well_formed(result)


records = st.builds(
    Record,
    seconds=st.integers(0, 2**40).map(lambda milliseconds: milliseconds / 1000),
    latitude=st.floats(-210, 210),
    longitude=st.floats(-210, 210),
    altitude=st.integers(-(2**15), 2**15 - 1),
    angle=st.integers(0, 2**16 - 1),
    satellites=st.integers(0, 255),
    kilometres_per_hour=st.integers(0, 2**16 - 1),
    priority=st.integers(0, 255),
    elements=st.dictionaries(
        st.sampled_from([1, 66, 67, 113, 182, 239]),
        st.tuples(st.sampled_from([1, 2, 4, 8]), st.integers(0, 255)),
    ),
)


@settings(deadline=None)
@given(st.lists(records, max_size=4), st.booleans(), st.integers(0, 400), st.integers(0, 255))
def test_fuzz_mutated_packets(some: list[Record], extended: bool, where: int, what: int) -> None:
    data = bytearray(packet(some, extended=extended)[8:-4])
    data[where % len(data)] = what
    try:
        result = told(framed(bytes(data)))
    except RefusedError:
        pass
    else:
        well_formed(result)


def well_formed(result: Packet) -> None:
    batch = batch_of(result.reports)
    for position in batch.positions:
        assert -90 <= position["latitude"] <= 90
        assert -180 <= position["longitude"] <= 180
        assert not position["latitude"] == position["longitude"] == 0
        assert np.isnan(position["heading"]) or 0 <= position["heading"] < 360
        assert np.isnan(position["speed"]) or 0 <= position["speed"] <= 1000
        assert np.datetime64("2000-01-01") <= position["fix_time"]
    for status in batch.statuses:
        assert np.isnan(status["battery_percent"]) or 0 <= status["battery_percent"] <= 100
    assert result.other_elements >= 0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=600), max_size=6))
async def test_fuzz_session(chunks: list[bytes]) -> None:
    sink = RecordingSink()
    for said in ([], [login(IMEI)]):
        talk = session(sink)
        try:
            for chunk in said + chunks:
                if not talk.over:
                    await talk.take(chunk)
        except RefusedError:
            pass
        assert len(talk._rest) <= MAX_DATA + 12


def test_a_packet_costs_little() -> None:
    data = packet([Record(THEN, elements={66: (2, 12_000), 239: (1, 1)})])
    parse(data, ASSET, NOW)
    begun = time.thread_time()
    for _ in range(1000):
        parse(data, ASSET, NOW)
    assert time.thread_time() - begun < 0.1  # 12 µs each, where the goal is 40 for all of it
