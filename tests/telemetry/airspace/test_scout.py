"""DroneScout's JSON, compressed and joined too."""

from __future__ import annotations

import lzma

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.intruders.remote_id import scout_payload
from telemetry.airspace import scout
from telemetry.airspace.scout import ScoutReader, objects
from telemetry.sink import RefusedError
from tests.telemetry.airspace.radio import ALL, RECEIVED, SENDER, SERIAL

PAYLOAD = scout_payload("north", SENDER, ALL, RECEIVED // 1000, -61)


def other(**fields: object) -> bytes:
    told = orjson.loads(PAYLOAD)
    told["data"] |= fields
    return orjson.dumps(told)


@pytest.mark.parametrize(
    ("payload", "count"),
    [
        (PAYLOAD, 1),
        (lzma.compress(PAYLOAD), 1),
        (lzma.compress(PAYLOAD, format=lzma.FORMAT_ALONE), 1),
        (PAYLOAD + PAYLOAD, 2),
        (PAYLOAD + b"\n " + PAYLOAD + b"\n", 2),
        (lzma.compress(PAYLOAD * 3, format=lzma.FORMAT_ALONE), 3),
    ],
)
def test_each_object_is_read(payload: bytes, count: int) -> None:
    heard, refused = ScoutReader().take(payload, RECEIVED)
    assert not refused
    assert heard.detections["identity"].tolist() == [f"rid:{SERIAL}".encode()] * count
    assert set(heard.detections["sensor"].tolist()) == {b"scout:north"}
    assert set(heard.detections["key"].tolist()) == {SENDER.hex(":").encode()}
    ((sensor, raw),) = [(said.sensor, said.raw) for said in heard.said]
    assert (sensor, raw) == ("scout:north", payload)


def test_a_bad_object_does_not_spoil_the_others() -> None:
    heard, refused = ScoutReader().take(other(UASdata="AAAA") + PAYLOAD, RECEIVED)
    assert len(heard.detections) == 1
    assert [error.reason for error in refused] == ["malformed"]


def test_a_receiver_that_hears_nothing_says_that_it_is_there() -> None:
    payload = b'{"protocol":1.0,"status":{"sensor ID":"north","timestamp":1}}'
    heard, refused = ScoutReader().take(payload, RECEIVED)
    assert not refused
    assert not len(heard.detections)
    assert [said.sensor for said in heard.said] == ["scout:north"]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "malformed"),
        (b"[]", "malformed"),
        (b"{", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b"[" * 100_000, "malformed"),
        (PAYLOAD + b"}", "malformed"),
        (lzma.compress(PAYLOAD)[:-20], "malformed"),
        (lzma.compress(bytes(100))[:20] + b"spoilt", "malformed"),
        (lzma.compress(b" " * (scout.TEXT_MOST + 1)), "too_large"),
        (b" " * (scout.PAYLOAD_MOST + 1), "too_large"),
        (b"{}" * (scout.OBJECTS_MOST + 1), "too_large"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        objects(payload)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"protocol":9,"data":{}}', "bad_protocol"),
        (b'{"protocol":1,"data":[]}', "malformed"),
        (b'{"protocol":1,"data":{}}', "no_id"),
        (other(**{"MAC address": 7}), "no_id"),
        (other(UASdata="*"), "malformed"),
        (other(UASdata="A" * 600), "malformed"),
        (other(UASdata=7), "malformed"),
    ],
)
def test_objects_that_say_nothing_usable_are_refused(payload: bytes, reason: str) -> None:
    heard, refused = ScoutReader().take(payload, RECEIVED)
    assert not len(heard.detections)
    assert [error.reason for error in refused] == [reason]


@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=80).map(str.encode)), st.integers(0, 400)
)
def test_no_payload_breaks_the_reader(data: bytes, at: int) -> None:
    for payload in (data, PAYLOAD[:at] + data + PAYLOAD[at + len(data) :], b"\x5d\x00\x00" + data):
        try:
            ScoutReader().take(payload, RECEIVED)
        except RefusedError as error:
            assert error.reason in {"malformed", "too_large"}  # noqa: PT017 – good ones pass too
