"""GT06's frames: those of the description, our encoder's, and broken ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.columns import Source
from telemetry.batch import Batch
from telemetry.sink import NotStoredError, RefusedError
from telemetry.trackers.gate import Gate
from telemetry.trackers.gt06 import MAX_BROKEN, Gt06Session
from telemetry.trackers.gt06_frames import (
    ALARMS,
    LOCATIONS,
    MAX_CONTENT,
    answer,
    frame_length,
    frame_of,
    imei_of,
    parse,
)
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.intake import Intake
from telemetry.trackers.report import batch_of
from telemetry.trackers.settings import GateSettings
from tests.telemetry.trackers import gt06_wire as wire
from tests.telemetry.trackers.sinks import RecordingSink

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
NOW = NOON.timestamp()
THEN = NOON - timedelta(seconds=10)
IMEI = "123456789012345"
ASSET = tracker_asset("gt06", IMEI)


def told(raw: bytes) -> Batch:
    assert frame_length(raw[:4]) == len(raw)
    report = parse(frame_of(raw), ASSET, NOW)
    return batch_of([] if report is None else [report])


def test_login_of_the_description() -> None:
    frame = frame_of(wire.LOGIN)
    assert imei_of(frame) == IMEI
    assert answer(frame.kind, frame.serial) == wire.LOGIN_ANSWER


def test_location_of_the_description() -> None:
    batch = told(wire.LOCATION)
    (position,) = batch.positions
    assert position["source"] == Source.GT06
    assert position["fix_time"] == np.datetime64("2011-08-29T17:46:16", "us")
    assert position["latitude"] == pytest.approx(23.11167, abs=1e-5)
    assert position["longitude"] == pytest.approx(114.40928, abs=1e-5)
    assert (position["speed"], position["heading"]) == (0, 143)
    assert len(batch) == 1


def test_alarm_of_the_description_calls_for_help() -> None:
    batch = told(wire.ALARM)
    assert len(batch.positions) == 1
    (event,) = batch.events
    assert (event.kind, event.asset) == ("panic", ASSET.key)
    assert event.time == datetime(2011, 11, 15, 14, 36, 29, tzinfo=UTC)
    assert event.detail == {"alarm": "sos", "code": 1}


def test_heartbeat_of_the_description_is_a_sign_of_life() -> None:
    batch = told(wire.HEARTBEAT)
    (status,) = batch.statuses
    assert len(batch) == 1
    assert status["status_time"] == np.datetime64("2026-03-14T12:00:00", "us")
    assert answer(0x13, b"\x00\x11") == wire.HEARTBEAT_ANSWER


@pytest.mark.parametrize("kind", sorted(LOCATIONS))
def test_location_becomes_columns(kind: int) -> None:
    (position,) = told(wire.location(THEN, kind=kind)).positions
    assert position["asset"] == ASSET.key
    assert position["fix_time"] == np.datetime64("2026-03-14T11:59:50", "us")
    assert position["received_time"] == np.datetime64("2026-03-14T12:00:00", "us")
    assert position["latitude"] == pytest.approx(34.0151, abs=1e-6)
    assert position["longitude"] == pytest.approx(71.5249, abs=1e-6)
    assert (position["speed"], position["heading"]) == (10, 271)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(-34.5, 151.25), (40.75, -74.5), (-22.9, -43.25)]
)
def test_every_hemisphere(latitude: float, longitude: float) -> None:
    raw = wire.frame(0x22, wire.place(THEN, latitude, longitude) + wire.CELL)
    (position,) = told(raw).positions
    assert position["latitude"] == pytest.approx(latitude, abs=1e-6)
    assert position["longitude"] == pytest.approx(longitude, abs=1e-6)


def test_frame_with_a_long_length_is_the_same() -> None:
    content = wire.place(THEN) + wire.CELL
    short, long = (told(wire.frame(0x22, content, long=long)).positions for long in (False, True))
    assert short.tobytes() == long.tobytes()


def test_without_a_fix_it_is_only_a_sign_of_life() -> None:
    for where in (wire.place(THEN, fixed=False), wire.place(THEN, 0, 0), bytes(18)):
        batch = told(wire.frame(0x12, where + wire.CELL))
        assert (len(batch.positions), len(batch.statuses)) == (0, 1)


@pytest.mark.parametrize(
    ("code", "events"),
    [
        (0, []),
        (1, [("panic", "sos")]),
        (2, [("alarm", "power_cut")]),
        (6, [("alarm", "overspeed")]),
        (99, [("alarm", "other")]),
    ],
)
@pytest.mark.parametrize("kind", sorted(ALARMS))
def test_alarms(kind: int, code: int, events: list[tuple[str, str]]) -> None:
    batch = told(wire.alarm(code, wire.place(THEN), kind=kind))
    assert [(event.kind, event.detail["alarm"]) for event in batch.events] == events
    assert len(batch.positions) == 1


def test_panic_is_kept_whatever_is_wrong_with_its_position() -> None:
    month_13 = bytearray(wire.place(THEN))
    month_13[1] = 13
    for where, reason in (
        (bytes(month_13), "bad_time"),
        (wire.place(datetime(2027, 1, 1, tzinfo=UTC)), "absurd_time"),
        (wire.place(THEN, latitude=95), "bad_position"),
    ):
        batch = told(wire.alarm(1, where))
        assert len(batch) == 1
        (event,) = batch.events
        assert event.kind == "panic"
        assert str(event.detail["refused"]).startswith(reason)
        with pytest.raises(RefusedError, match=reason):
            told(wire.alarm(0, where))
    assert [event.kind for event in told(wire.alarm(1, wire.place(THEN, fixed=False))).events] == [
        "panic"
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (wire.frame(0x12, b""), "malformed"),
        (wire.frame(0x12, bytes(17)), "malformed"),
        (wire.frame(0x16, bytes(31)), "malformed"),
        (wire.frame(0x16, wire.place(THEN) + b"\xff" + bytes(20)), "malformed"),
        (wire.frame(0x94, bytes(20), long=True), "unknown_frame"),
        (wire.frame(0xFF, b""), "unknown_frame"),
    ],
)
def test_content_that_cannot_be_taken(raw: bytes, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        told(raw)
    assert error.value.reason == reason
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("buffer", "reason"),
    [
        (b"GET ", "malformed"),
        (b"\x78\x79\x05\x01", "malformed"),
        (b"\0", "malformed"),
        (b"\x78\x78\x04", "too_large"),
        (b"\x79\x79\xff\xff", "too_large"),
    ],
)
def test_what_begins_no_frame(buffer: bytes, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        frame_length(buffer)
    assert error.value.reason == reason


def test_every_altered_byte_of_a_frame_is_refused() -> None:
    for index in range(2, len(wire.LOCATION)):
        altered = bytearray(wire.LOCATION)
        altered[index] ^= 0x10
        with pytest.raises(RefusedError):
            frame_of(bytes(altered))


@pytest.mark.parametrize("content", [b"", bytes(7), bytes.fromhex("01234567890123AF")])
def test_what_is_no_imei(content: bytes) -> None:
    with pytest.raises(RefusedError, match="bad_id"):
        imei_of(frame_of(wire.frame(0x01, content)))


def session(sink: RecordingSink, **gate: object) -> Gt06Session:
    settings_ = GateSettings.model_validate(gate)
    return Gt06Session(Intake("gt06", sink, lambda: NOW, Gate(settings_)), "1.2.3.4:5")


SAID = [
    wire.login(IMEI, 1),
    wire.location(THEN, 2),
    wire.frame(0x13, bytes.fromhex("4004040001"), 3),
    wire.location(THEN + timedelta(seconds=1), 4, kind=0x22),
    wire.alarm(1, wire.place(THEN + timedelta(seconds=2)), 5, kind=0x26),
]
ANSWERS = [
    wire.frame(kind, b"", serial) for serial, kind in enumerate([1, 0x12, 0x13, 0x22, 0x26], 1)
]


async def test_talk_of_a_device_frame_by_frame_and_byte_by_byte() -> None:
    for said in (SAID, [bytes([byte]) for byte in b"".join(SAID)]):
        sink = RecordingSink()
        talk = session(sink)
        answers = [await talk.take(part) for part in said]
        assert b"".join(answers) == b"".join(ANSWERS)
        assert len(sink.positions) == 3
        assert [event.kind for event in sink.events] == ["panic"]
        assert not talk.unfinished
        assert talk.frames == 5


async def test_frames_that_came_together_are_one_commit_and_answered_one_by_one() -> None:
    sink = RecordingSink()
    assert await session(sink).take(b"".join(SAID)) == b"".join(ANSWERS)
    assert len(sink.accepted) == 1


async def test_what_is_not_stored_is_not_answered() -> None:
    sink = RecordingSink()
    talk = session(sink)
    assert await talk.take(SAID[0]) == ANSWERS[0]
    sink.failing = True
    with pytest.raises(NotStoredError):
        await talk.take(SAID[1])


async def test_frame_with_a_wrong_crc_is_not_answered_and_stops_no_other() -> None:
    sink = RecordingSink()
    talk = session(sink)
    broken = bytearray(SAID[1])
    broken[10] ^= 1
    assert await talk.take(SAID[0] + broken + SAID[3]) == ANSWERS[0] + ANSWERS[3]
    assert sink.letters == [("crc", bytes(broken), "1.2.3.4:5")]
    assert not talk.over
    await talk.take(bytes(broken) * (MAX_BROKEN + 1))
    assert talk.over


async def test_good_frames_before_something_else_are_kept_and_answered() -> None:
    sink = RecordingSink()
    talk = session(sink)
    assert await talk.take(SAID[0] + SAID[1] + b"GET / HTTP/1.1") == ANSWERS[0] + ANSWERS[1]
    assert talk.over
    assert len(sink.positions) == 1
    assert sink.refused == {"malformed": 1}


async def test_frames_of_unknown_kinds_are_set_aside_and_answered() -> None:
    sink = RecordingSink()
    talk = session(sink)
    unknown = wire.frame(0x94, b"\x04ALM1=75", 7, long=True)
    assert await talk.take(SAID[0] + unknown) == ANSWERS[0] + wire.frame(0x94, b"", 7)
    assert sink.aside == [(unknown, "1.2.3.4:5")]
    sink.failing = True
    with pytest.raises(NotStoredError):
        await talk.take(unknown)


async def test_what_the_store_refuses_is_set_aside_and_answered() -> None:
    sink = RecordingSink()
    sink.refusing = True
    assert await session(sink).take(SAID[0] + SAID[1]) == ANSWERS[0] + ANSWERS[1]
    assert sink.aside == [(SAID[1], "1.2.3.4:5")]


async def test_device_asks_for_the_time() -> None:
    talk = session(RecordingSink())
    await talk.take(SAID[0])
    now = bytes([26, 3, 14, 12, 0, 0])
    assert await talk.take(wire.frame(0x8A, b"", 6)) == wire.frame(0x8A, now, 6)


async def test_nothing_is_taken_before_the_login() -> None:
    sink = RecordingSink()
    talk = session(sink)
    assert await talk.take(SAID[1] + SAID[0] + SAID[1]) == b""
    assert talk.over
    assert sink.refused == {"no_id": 1}
    assert not sink.accepted


async def test_second_login_may_not_be_that_of_another_device() -> None:
    sink = RecordingSink()
    talk = session(sink)
    other = wire.login("999999999999999", 2)
    assert await talk.take(SAID[0] + SAID[0] + other + SAID[1]) == ANSWERS[0] * 2
    assert talk.over
    assert sink.refused == {"bad_id": 1}
    assert not sink.accepted


async def test_unknown_device_is_not_answered_where_it_is_refused() -> None:
    sink = RecordingSink()
    talk = session(sink, unknown="refuse", devices={"gt06:123456789012346": {}})
    assert await talk.take(SAID[0] + SAID[1]) == b""
    assert talk.over
    assert sink.refused == {"unknown_device": 1}
    known = session(sink, unknown="refuse", devices={ASSET.identity: {}})
    assert await known.take(SAID[0] + SAID[1]) == ANSWERS[0] + ANSWERS[1]


async def test_device_in_quarantine_is_set_aside_whole_and_answered() -> None:
    sink = RecordingSink()
    talk = session(sink, unknown="quarantine")
    many = [wire.location(THEN, serial) for serial in range(3000)]
    answers = await talk.take(SAID[0] + b"".join(many))
    assert answers.count(b"\x78\x78") == 3001
    assert not sink.accepted
    assert b"".join(raw for raw, _ in sink.aside) == b"".join(many)  # in parts that can be kept
    assert max(len(raw) for raw, _ in sink.aside) <= 65536


def well_formed(batch: Batch) -> None:
    for position in batch.positions:
        assert -90 <= position["latitude"] <= 90
        assert -180 <= position["longitude"] <= 180
        assert not position["latitude"] == position["longitude"] == 0
        assert np.isnan(position["heading"]) or 0 <= position["heading"] < 360
        assert np.datetime64("2000-01-01") <= position["fix_time"]
        assert position["fix_time"] <= position["received_time"] + np.timedelta64(1, "D")


kinds = st.sampled_from([0x12, 0x16, 0x22, 0x26, 0x27, 0x13, 0x8A, 0xA0, 0x94])


@settings(deadline=None)
@given(kinds, st.binary(max_size=60))
def test_fuzz_contents(kind: int, content: bytes) -> None:
    for some in (content, wire.place(THEN) + content):
        try:
            batch = told(wire.frame(kind, some))
        except RefusedError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either is right
        else:
            well_formed(batch)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=300), max_size=6))
async def test_fuzz_session(chunks: list[bytes]) -> None:
    sink = RecordingSink()
    for said in ([], [SAID[0]], [SAID[0] + SAID[1][:20]]):
        talk = session(sink)
        for chunk in said + chunks:
            if not talk.over:
                await talk.take(chunk)
        assert len(talk._rest) <= MAX_CONTENT + 6 or talk.over
