from __future__ import annotations

import base64
from datetime import UTC, datetime

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.secret import SecretBox

from fleet.assets import owntracks_asset
from fleet.columns import POSITION, STATUS, Source
from telemetry.batch import Batch, Event
from telemetry.sink import RefusedError
from telemetry.trackers.gate import DeniedError, Gate
from telemetry.trackers.owntracks_messages import MAX_BYTES, MAX_MESSAGES, asset_of, read
from telemetry.trackers.report import batch_of
from telemetry.trackers.settings import GateSettings
from tests.telemetry.trackers.owntracks_wire import encrypted

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC).timestamp()
RECEIVED = np.datetime64("2026-03-14T12:00:00", "us")
TOPIC = "owntracks/patrol/car-07"
ASSET = owntracks_asset("patrol", "car-07")

LOCATION = {
    "_type": "location",
    "BSSID": "b4:f2:67:44:ad:ef",
    "acc": 12,
    "alt": 359,
    "batt": 87,
    "bs": 1,
    "cog": 271,
    "conn": "m",
    "created_at": 1773489591,
    "lat": 34.0151,
    "lon": 71.5249,
    "m": 2,
    "t": "p",
    "tid": "07",
    "topic": TOPIC,
    "tst": 1773489590,
    "vac": 3,
    "vel": 36,
}
"""What the apps publish; https://owntracks.org/booklet/tech/json/#_typelocation."""


def parse(topic: str, payload: bytes, received: float) -> Batch:
    asset, _ = asset_of(topic)
    return batch_of(read(asset, payload, received).reports)


def location(**fields: object) -> bytes:
    return orjson.dumps({**LOCATION, **fields})


def test_location() -> None:
    batch = parse(TOPIC, location(), NOW)
    asset = owntracks_asset("patrol", "car-07")
    assert batch.assets == (asset,)
    assert batch.positions.dtype == POSITION
    (position,) = batch.positions
    assert position["asset"] == asset.key
    assert position["source"] == Source.OWNTRACKS
    assert position["fix_time"] == np.datetime64("2026-03-14T11:59:50", "us")
    assert position["received_time"] == RECEIVED
    assert (position["latitude"], position["longitude"]) == (34.0151, 71.5249)
    assert position["speed"] == 10  # 36 km/h
    assert position["heading"] == 271
    assert position["altitude"] == 359
    assert position["accuracy"] == 12
    assert batch.statuses.dtype == STATUS
    (status,) = batch.statuses
    assert status["battery_percent"] == 87
    assert status["vehicle_time"] == position["fix_time"]


def test_absent_is_unknown_and_not_zero() -> None:
    payload = b'{"_type":"location","lat":34,"lon":71,"tst":1773489590}'
    batch = parse(TOPIC, payload, NOW)
    for name in ("speed", "heading", "altitude", "accuracy", "climb", "height"):
        assert np.isnan(batch.positions[name]).all()
    assert len(batch.statuses) == 0


def test_zero_is_zero() -> None:
    batch = parse(TOPIC, location(vel=0, cog=0, alt=0, batt=0), NOW)
    for name in ("speed", "heading", "altitude"):
        assert batch.positions[name] == 0
    assert batch.statuses["battery_percent"] == 0


def test_negative_is_unknown_as_older_apps_wrote_it() -> None:
    batch = parse(TOPIC, location(vel=-1, cog=-1, acc=-1, batt=-1), NOW)
    for name in ("speed", "heading", "accuracy"):
        assert np.isnan(batch.positions[name]).all()
    assert len(batch.statuses) == 0


def test_texts_as_the_first_apps_wrote_them() -> None:
    batch = parse(TOPIC, location(lat="34.5", lon="71.25", tst="1773489590", batt="50"), NOW)
    assert batch.positions["latitude"] == 34.5
    assert batch.statuses["battery_percent"] == 50


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'{"_type":"status","iOS":{}}',
        b'{"_type":"card","name":"x","face":"iVBORw0KGgo="}',
        b'{"_type":"something new"}',
    ],
)
def test_other_types_and_empty_messages_bring_nothing(payload: bytes) -> None:
    assert len(parse(TOPIC, payload, NOW)) == 0


def the_event(message: object) -> Event:
    batch = parse(TOPIC, orjson.dumps(message), NOW)
    assert len(batch) == 1
    (event,) = batch.events
    assert event.asset == batch.assets[0].key
    assert event.received_time == datetime.fromtimestamp(NOW, UTC)
    return event


@pytest.mark.parametrize("what", ["enter", "leave"])
def test_transition_is_an_event_at_the_time_the_phone_tells(what: str) -> None:
    message = {
        "_type": "transition",
        "event": what,
        "desc": "Hayatabad",
        "wtst": 1773400000,
        "tst": 1773489590,
        "lat": 33.98,
        "lon": 71.43,
        "acc": 12,
        "tid": "07",
        "t": "c",
    }
    event = the_event(message)
    assert event.kind == what
    assert event.time == datetime(2026, 3, 14, 11, 59, 50, tzinfo=UTC)
    assert event.detail == {
        "desc": "Hayatabad",
        "lat": 33.98,
        "lon": 71.43,
        "acc": 12,
        "tst": 1773489590,
        "t": "c",
    }


def test_last_will_says_offline_now_and_when_the_phone_had_connected() -> None:
    event = the_event({"_type": "lwt", "tst": 1773400000})
    assert (event.kind, event.time) == ("offline", datetime.fromtimestamp(NOW, UTC))
    assert event.detail == {"connected": 1773400000}


def test_waypoint_that_is_changed_is_another_event() -> None:
    event = the_event(
        {"_type": "waypoint", "desc": "Post 3", "lat": 34, "lon": 71.5, "rad": 50, "tst": 5}
    )
    assert (event.kind, event.time) == ("waypoint", datetime.fromtimestamp(NOW, UTC))
    assert event.detail == {"desc": "Post 3", "lat": 34, "lon": 71.5, "rad": 50, "tst": 5}


def test_list_of_waypoints_tells_how_many_there_are_and_stays_small() -> None:
    each = {"desc": "x" * 100, "lat": 34.0, "lon": 71.5, "rad": 50, "tst": 1, "extra": [1] * 9}
    event = the_event({"_type": "waypoints", "waypoints": [each] * 300})
    assert event.kind == "waypoints"
    assert event.detail["count"] == 300
    assert 3000 < len(orjson.dumps(event.detail)) < 4096


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"_type": "transition", "event": "dwell", "tst": 1773489590}, "malformed"),
        ({"_type": "transition", "event": "enter"}, "no_time"),
        ({"_type": "transition", "event": ["enter"], "tst": 1773489590}, "malformed"),
        ({"_type": "transition", "event": "enter", "tst": 1}, "absurd_time"),
        ({"_type": "waypoints", "waypoints": {}}, "malformed"),
    ],
)
def test_events_that_are_none(message: object, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse(TOPIC, orjson.dumps(message), NOW)
    assert error.value.reason == reason


def test_array_is_taken_message_by_message() -> None:
    bad = {**LOCATION, "lat": 95}
    messages = [*({**LOCATION, "tst": 1773489590 + number} for number in range(3)), bad, 5]
    told = read(ASSET, orjson.dumps(messages), NOW)
    assert [report.time // 1_000_000 - 1773489590 for report in told.reports] == [0, 1, 2]
    assert [(error.reason, raw) for error, raw in told.refused] == [
        ("bad_position", orjson.dumps(bad)),
        ("malformed", b"5"),
    ]


def test_array_beyond_the_most_messages_is_refused() -> None:
    with pytest.raises(RefusedError, match="too_large: an array of 1001 messages"):
        read(ASSET, orjson.dumps([5] * (MAX_MESSAGES + 1)), NOW)


# Made by libsodium's own crypto_secretbox_easy with the nonce 0, 1 … 23.
BOX = SecretBox(b"s3kr1t".ljust(32, b"\0")).encrypt(orjson.dumps(LOCATION), bytes(range(24)))


@pytest.mark.parametrize("secret", ["s3kr1t", "x" * 31, "x" * 32, "a longer secret " * 4, "گشت"])
def test_encrypted_message_is_read_with_the_devices_key_and_proves_it(secret: str) -> None:
    gate = Gate(GateSettings.model_validate({"devices": {ASSET.identity: {"key": secret}}}))
    told = read(ASSET, encrypted(location(), secret), NOW, gate.key(ASSET))
    assert told.proven
    assert [report.latitude for report in told.reports] == [34.0151]


def test_encrypted_event_is_read_as_well() -> None:
    message = orjson.dumps({"_type": "transition", "event": "leave", "tst": 1773489590})
    told = read(ASSET, encrypted(message, "k"), NOW, b"k".ljust(32, b"\0"))
    assert [event.kind for report in told.reports for event in report.events] == ["leave"]


def test_array_is_proven_only_if_all_of_it_is_encrypted() -> None:
    sealed = orjson.loads(encrypted(location(), "k"))
    key = b"k".ljust(32, b"\0")
    assert read(ASSET, orjson.dumps([sealed, sealed]), NOW, key).proven
    assert not read(ASSET, orjson.dumps([sealed, LOCATION]), NOW, key).proven
    assert not read(ASSET, b"[]", NOW, key).proven


def test_every_altered_byte_of_a_box_is_refused() -> None:
    key = b"s3kr1t".ljust(32, b"\0")
    for index in range(len(BOX)):
        altered = bytearray(BOX)
        altered[index] ^= 1
        data = base64.b64encode(altered).decode()
        with pytest.raises(DeniedError, match="wrong_key"):
            read(ASSET, orjson.dumps({"_type": "encrypted", "data": data}), NOW, key)


@pytest.mark.parametrize(
    "data", [None, 5, "", "!", "AAAA", "é", base64.b64encode(bytes(39)).decode()]
)
def test_encrypted_message_without_a_box(data: object) -> None:
    with pytest.raises(RefusedError) as error:
        read(ASSET, orjson.dumps({"_type": "encrypted", "data": data}), NOW, bytes(32))
    assert error.value.reason in {"malformed", "wrong_key"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"lat": 200}, "bad_position"),
        ({"lat": None}, "no_position"),
        ({"lat": 0, "lon": 0}, "no_fix"),
        ({"tst": None}, "no_time"),
        ({"tst": "soon"}, "bad_time"),
        ({"tst": []}, "bad_time"),
        ({"tst": 0}, "absurd_time"),
        ({"tst": 1773489590 + 2 * 86400}, "absurd_time"),
        ({"vel": "fast"}, "bad_number"),
        ({"vel": 99999}, "out_of_range"),
        ({"batt": 101}, "out_of_range"),
        ({"_type": "encrypted", "data": "x"}, "encrypted"),
        ({"_type": None}, "malformed"),
    ],
)
def test_refused_with_one_line(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse(TOPIC, location(**fields), NOW)
    assert error.value.reason == reason
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "payload", [b"{", b"5", b"null", b"\xff", b"{}", b"[" * 60_000, b'{"_type":["location"]}']
)
def test_malformed(payload: bytes) -> None:
    with pytest.raises(RefusedError, match="malformed"):
        parse(TOPIC, payload, NOW)


def test_huge() -> None:
    with pytest.raises(RefusedError, match="too_large: a message of 65537 bytes"):
        parse(TOPIC, b"x" * (MAX_BYTES + 1), NOW)


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("owntracks/a", "bad_topic"),
        ("owntracks/a/b/event/c", "bad_topic"),
        ("owntracks/a/b/", "bad_topic"),
        ("owntracks" + "/a" * 30_000, "bad_topic"),
        ("owntracks//b", "bad_topic"),
        ("other/a/b", "bad_topic"),
        ("", "bad_topic"),
        ("owntracks/a/" + "x" * 60, "bad_id"),
        ("owntracks/a/b\x07", "bad_id"),
    ],
)
def test_topics(topic: str, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse(topic, location(), NOW)
    assert error.value.reason == reason


def test_word_behind_a_device_is_known_and_short() -> None:
    assert asset_of(f"{TOPIC}/event") == (ASSET, "event")
    assert asset_of(TOPIC) == (ASSET, "")
    assert len(asset_of(f"{TOPIC}/{'x' * 60_000}")[1]) < 100


def well_formed_or_refused(topic: str, payload: bytes) -> None:
    try:
        batch = parse(topic, payload, NOW)
    except RefusedError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
        return
    for position in batch.positions:
        assert position["asset"] == batch.assets[0].key
        assert -90 <= position["latitude"] <= 90
        assert -180 <= position["longitude"] <= 180
        assert abs(position["fix_time"] - RECEIVED) < np.timedelta64(366 * 30, "D")
        assert np.isnan(position["heading"]) or 0 <= position["heading"] < 360
        assert np.isnan(position["speed"]) or 0 <= position["speed"] <= 1000.001
    for status in batch.statuses:
        assert 0 <= status["battery_percent"] <= 100


@settings(deadline=None)
@given(st.text(), st.binary())
def test_fuzz_bytes(topic: str, payload: bytes) -> None:
    well_formed_or_refused(topic, payload)
    well_formed_or_refused(TOPIC, payload)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(LOCATION)), values))
def test_fuzz_fields(fields: dict[str, object]) -> None:
    well_formed_or_refused(TOPIC, location(**fields))


kinds = st.sampled_from(["location", "transition", "lwt", "waypoint", "waypoints", "encrypted"])


@settings(deadline=None)
@given(
    kinds, st.dictionaries(st.sampled_from(["event", "waypoints", "data", "tst", "desc"]), values)
)
def test_fuzz_types(kind: str, fields: dict[str, object]) -> None:
    message = {**fields, "_type": kind}
    for payload in (message, [message, message]):
        try:
            told = read(ASSET, orjson.dumps(payload), NOW, bytes(32))
        except RefusedError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either is right
        else:
            for report in told.reports:
                assert all(len(orjson.dumps(event.detail)) < 4096 for event in report.events)


@settings(deadline=None)
@given(st.text(), st.text())
def test_fuzz_topics(user: str, device: str) -> None:
    well_formed_or_refused(f"owntracks/{user}/{device}", location())
