from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.assets import owntracks_asset
from fleet.columns import POSITION, STATUS, Source
from telemetry.sink import RefusedError
from telemetry.trackers.owntracks import MAX_BYTES, parse

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC).timestamp()
RECEIVED = np.datetime64("2026-03-14T12:00:00", "us")
TOPIC = "owntracks/patrol/car-07"

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
        b'{"_type":"lwt","tst":1773489590}',
        b'{"_type":"transition","event":"enter","wtst":1,"lat":34,"lon":71,"tst":1773489590}',
        b'{"_type":"waypoint","desc":"x","lat":34,"lon":71,"rad":50,"tst":1}',
        b'{"_type":"status","iOS":{}}',
        b'{"_type":"something new"}',
    ],
)
def test_other_types_and_empty_messages_bring_nothing(payload: bytes) -> None:
    assert len(parse(TOPIC, payload, NOW)) == 0


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
    "payload", [b"{", b"[]", b"null", b"\xff", b"{}", b"[" * 60_000, b'{"_type":["location"]}']
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
        ("owntracks/a/b/event", "bad_topic"),
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


@settings(deadline=None)
@given(st.text(), st.text())
def test_fuzz_topics(user: str, device: str) -> None:
    well_formed_or_refused(f"owntracks/{user}/{device}", location())
