from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlencode

import numpy as np
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fleet.assets import Kind, osmand_asset
from fleet.columns import POSITION, STATUS, Source
from telemetry.batch import Batch
from telemetry.sink import RefusedError
from telemetry.trackers import osmand
from telemetry.trackers.osmand import MAX_FIELDS
from telemetry.trackers.report import batch_of

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC).timestamp()
AT = np.datetime64("2026-03-14T11:59:50", "us")
RECEIVED = np.datetime64("2026-03-14T12:00:00", "us")

TRACCAR_CLIENT_8 = (
    b"id=patrol-07&timestamp=1773489590&lat=34.0151&lon=71.5249&speed=19.438444924406&bearing=271.5"
    b"&altitude=359.0&accuracy=4.5&batt=87.0&charge=true"
)
"""What Traccar Client before 9 sends behind the `?`, or as a form."""

TRACCAR_CLIENT_9 = {
    "location": {
        "timestamp": "2026-03-14T11:59:50.000Z",
        "coords": {
            "latitude": 34.0151,
            "longitude": 71.5249,
            "accuracy": 4.5,
            "speed": 10,
            "heading": 271.5,
            "altitude": 359,
        },
        "is_moving": True,
        "odometer": 1234.5,
        "event": "motionchange",
        "battery": {"level": 0.87, "is_charging": False},
        "activity": {"type": "in_vehicle"},
        "extras": {},
    },
    "device_id": "patrol-07",
}
"""What Traccar Client from 9 on posts; https://www.traccar.org/osmand/."""

FORM = "application/x-www-form-urlencoded"


def parse(query: bytes, body: bytes, content_type: str, received: float) -> Batch:
    return batch_of([osmand.read(query, body, content_type).report(received)])


def as_json(message: object) -> Batch:
    return parse(b"", orjson.dumps(message), "application/json; charset=utf-8", NOW)


def query(**fields: object) -> Batch:
    given_fields = {"id": "car", "lat": "34.0151", "lon": "71.5249", "timestamp": "1773489590"}
    return parse(urlencode({**given_fields, **fields}).encode(), b"", "", NOW)


@pytest.mark.parametrize(
    "batch",
    [
        parse(TRACCAR_CLIENT_8, b"", "", NOW),
        parse(b"", TRACCAR_CLIENT_8, FORM, NOW),
        parse(b"id=patrol-07", TRACCAR_CLIENT_8.partition(b"&")[2], FORM, NOW),
        as_json(TRACCAR_CLIENT_9),
    ],
    ids=["GET query", "POST form", "POST query and form", "POST JSON"],
)
def test_every_form_says_the_same(batch: Batch) -> None:
    asset = osmand_asset("patrol-07")
    assert batch.assets == (asset,)
    assert asset.kind is Kind.CAR
    assert batch.positions.dtype == POSITION
    (position,) = batch.positions
    assert position["asset"] == asset.key
    assert position["source"] == Source.OSMAND
    assert position["fix_time"] == AT
    assert position["received_time"] == RECEIVED
    assert (position["latitude"], position["longitude"]) == (34.0151, 71.5249)
    assert position["speed"] == pytest.approx(10, abs=1e-6)
    assert position["heading"] == 271.5
    assert position["altitude"] == 359
    assert position["accuracy"] == 4.5
    assert np.isnan(position["height"])
    assert np.isnan(position["climb"])
    assert batch.statuses.dtype == STATUS
    (status,) = batch.statuses
    assert status["asset"] == asset.key
    assert status["battery_percent"] == 87
    assert status["status_time"] == status["vehicle_time"] == AT
    assert status["received_time"] == RECEIVED
    assert status["armed"] == -1


def test_knots_become_metres_per_second() -> None:
    assert query(speed=1).positions["speed"] == pytest.approx(1852 / 3600)


def test_json_speed_is_metres_per_second_already_and_minus_one_unknown() -> None:
    coords = {"latitude": 34, "longitude": 71, "speed": -1, "heading": -1, "accuracy": -1}
    batch = as_json({"device_id": 7, "location": {"coords": coords, "battery": {"level": -1}}})
    assert batch.assets == (osmand_asset("7"),)
    for name in ("speed", "heading", "accuracy", "altitude"):
        assert np.isnan(batch.positions[name]).all()
    assert len(batch.statuses) == 0


def test_least_a_device_may_send() -> None:
    batch = parse(b"id=car&lat=34&lon=71", b"", "", NOW)
    (position,) = batch.positions
    assert position["fix_time"] == RECEIVED
    for name in ("altitude", "heading", "speed", "accuracy"):
        assert np.isnan(position[name])
    assert len(batch.statuses) == 0


def test_other_spellings() -> None:
    batch = parse(b"deviceid=car&location=34.5,71.25&heading=90&valid=1&timestamp=", b"", "", NOW)
    (position,) = batch.positions
    assert batch.assets == (osmand_asset("car"),)
    assert (position["latitude"], position["longitude"], position["heading"]) == (34.5, 71.25, 90)
    assert position["fix_time"] == RECEIVED


@pytest.mark.parametrize(
    "timestamp",
    [
        "1773489590",
        "1773489590000",
        "2026-03-14T11:59:50Z",
        "2026-03-14T16:59:50+05:00",
        "2026-03-14 11:59:50",
    ],
)
def test_timestamps(timestamp: str) -> None:
    assert query(timestamp=timestamp).positions["fix_time"] == AT


def test_attributes_are_ignored() -> None:
    batch = query(ignition="true", motion="false", hdop="x", cell="1,2", event="motionchange")
    assert batch.positions["latitude"] == 34.0151
    assert batch.events == ()


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"alarm": "sos"}, "panic"),
        ({"alarm": "SOS"}, "panic"),
        ({"alarm": "panic"}, "panic"),
        ({"event": "sos"}, "panic"),
        ({"alarm": "lowBattery"}, "alarm"),
        ({"alarm": "true"}, "alarm"),
        ({"event": "alarm"}, "alarm"),
    ],
)
def test_alarm_is_an_event_beside_its_position(fields: dict[str, str], kind: str) -> None:
    batch = query(**fields)
    (event,) = batch.events
    assert event.kind == kind
    assert event.asset == batch.assets[0].key == batch.positions["asset"][0]
    assert event.time == datetime(2026, 3, 14, 11, 59, 50, tzinfo=UTC)
    assert event.received_time == datetime.fromtimestamp(NOW, UTC)
    assert event.detail == {"alarm": next(iter(fields.values())).lower()}


@pytest.mark.parametrize("alarm", ["", "0", "false", "None"])
def test_alarm_that_is_none(alarm: str) -> None:
    assert query(alarm=alarm).events == ()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"lat": ""}, "no_position"),
        ({"lat": "0", "lon": "0"}, "no_fix"),
        ({"valid": "false"}, "no_fix"),
        ({"batt": "400"}, "out_of_range"),
        ({"timestamp": "soon"}, "bad_time"),
    ],
)
def test_panic_is_kept_whatever_is_wrong_with_its_report(wrong: dict[str, str], why: str) -> None:
    batch = query(**wrong, alarm="sos")
    known = "timestamp" not in wrong
    assert len(batch) == 1
    (event,) = batch.events
    assert event.kind == "panic"
    assert str(event.detail["refused"]).startswith(why)
    assert event.time == datetime.fromtimestamp(NOW - 10 * known, UTC)


def test_panic_of_the_newer_client_stands_among_the_extras() -> None:
    location = {**TRACCAR_CLIENT_9["location"], "extras": {"alarm": "sos"}}  # type: ignore[dict-item]  # a literal of mixed types
    batch = as_json({"device_id": "patrol-07", "location": location})
    assert [event.kind for event in batch.events] == ["panic"]
    assert len(batch.positions) == 1


@pytest.mark.parametrize(
    "query_string", [b"token=t0ps3cret", b"key=t0ps3cret", b"token=t0ps3%63ret"]
)
def test_token_is_read_from_the_query_of_every_form(query_string: bytes) -> None:
    token = osmand.read(query_string, TRACCAR_CLIENT_8, FORM).token
    assert token == "t0ps3cret"
    body = orjson.dumps(TRACCAR_CLIENT_9)
    assert osmand.read(query_string, body, "application/json").token == "t0ps3cret"
    assert osmand.read(b"", TRACCAR_CLIENT_8 + b"&" + query_string, FORM).token == "t0ps3cret"
    assert osmand.read(b"", TRACCAR_CLIENT_8, FORM).token == ""


@settings(deadline=None)
@given(st.text("ab=&%+7f;é", max_size=30))
def test_fields_are_read_as_the_standard_library_reads_them(text: str) -> None:
    try:
        expected = dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        with pytest.raises(RefusedError):
            osmand._fields(text.encode())
    else:
        assert osmand._fields(text.encode()) == expected


def test_identity_in_any_script() -> None:
    assert query(id="گشت-۷").assets == (osmand_asset("گشت-۷"),)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": ""}, "no_id"),
        ({"id": "x" * 58}, "bad_id"),
        ({"id": "a\nb"}, "bad_id"),
        ({"id": "a\x00"}, "bad_id"),
        ({"lat": "200"}, "bad_position"),
        ({"lat": "NaN"}, "bad_position"),
        ({"lon": "inf"}, "bad_position"),
        ({"lon": "-180.5"}, "bad_position"),
        ({"lat": ""}, "no_position"),
        ({"location": "34"}, "no_position"),
        ({"location": "34;71"}, "bad_position"),
        ({"location": "34,71,5"}, "bad_position"),
        ({"lat": "0", "lon": "0"}, "no_fix"),
        ({"valid": "false"}, "no_fix"),
        ({"timestamp": "yesterday"}, "bad_time"),
        ({"timestamp": "2026-02-30 00:00:00"}, "bad_time"),
        ({"timestamp": "0"}, "absurd_time"),
        ({"timestamp": "99999999999999999999999"}, "absurd_time"),
        ({"timestamp": "2027-01-01T00:00:00Z"}, "absurd_time"),
        ({"speed": "fast"}, "bad_number"),
        ({"speed": "1e9"}, "out_of_range"),
        ({"altitude": "1e300"}, "out_of_range"),
        ({"bearing": "361"}, "out_of_range"),
        ({"batt": "101"}, "out_of_range"),
    ],
)
def test_refused_with_one_line(fields: dict[str, str], reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        query(**fields)
    assert error.value.reason == reason
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "malformed"),
        (b"{", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'"text"', "malformed"),
        (b"[]", "malformed"),
        (b"{}", "no_id"),
        (b'{"device_id":{}}', "bad_id"),
        (b'{"device_id":true}', "bad_id"),
        (b'{"device_id":"a"}', "malformed"),
        (b'{"device_id":"a","location":[]}', "malformed"),
        (b'{"device_id":"a","location":{}}', "malformed"),
        (b'{"device_id":"a","location":{"coords":{}}}', "no_position"),
        (b'{"device_id":"a","location":{"coords":{},"battery":5}}', "malformed"),
        (b'{"device_id":"a","location":{"coords":{"latitude":[],"longitude":{}}}}', "bad_position"),
        (
            b'{"device_id":"a","location":{"timestamp":[],"coords":{"latitude":1,"longitude":1}}}',
            "bad_time",
        ),
        (b"[" * 100_000, "malformed"),
        (b'{"device_id":"\\ud800"}', "malformed"),
    ],
)
def test_refused_json(body: bytes, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse(b"", body, "application/json", NOW)
    assert error.value.reason == reason


def test_form_that_is_not_utf_8_and_one_with_too_many_fields() -> None:
    with pytest.raises(RefusedError, match="malformed: query or form is not UTF-8"):
        parse(b"id=\xff", b"", "", NOW)
    with pytest.raises(RefusedError, match="malformed: query or form is not UTF-8"):
        parse(b"id=%ff", b"", "", NOW)
    with pytest.raises(RefusedError, match="malformed: more than 200 fields"):
        parse(b"a=1&" * (MAX_FIELDS + 1), b"", "", NOW)


def well_formed(batch: Batch) -> None:
    """What every accepted report keeps, whatever it was."""
    (asset,) = batch.assets
    (position,) = batch.positions
    assert position["asset"] == asset.key
    assert -90 <= position["latitude"] <= 90
    assert -180 <= position["longitude"] <= 180
    assert not position["latitude"] == position["longitude"] == 0
    assert np.datetime64("2000-01-01") <= position["fix_time"] <= RECEIVED + np.timedelta64(1, "D")
    assert position["received_time"] == RECEIVED
    assert np.isnan(position["heading"]) or 0 <= position["heading"] < 360
    assert np.isnan(position["speed"]) or 0 <= position["speed"] <= 1000.001
    assert not np.isinf(position["altitude"])
    for status in batch.statuses:
        assert 0 <= status["battery_percent"] <= 100


def well_formed_or_refused(query_string: bytes, body: bytes, content_type: str) -> None:
    try:
        batch = parse(query_string, body, content_type, NOW)
    except RefusedError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right
        assert error.reason.replace("_", "").isalpha()  # noqa: PT017 - as above
    else:
        well_formed(batch)


@settings(deadline=None)
@given(st.binary(), st.binary(), st.sampled_from(["", FORM, "application/json", "\x00;;"]))
def test_fuzz_bytes(query_string: bytes, body: bytes, content_type: str) -> None:
    well_formed_or_refused(query_string, body, content_type)


names = st.sampled_from(
    [
        "id",
        "deviceid",
        "lat",
        "lon",
        "location",
        "timestamp",
        "speed",
        "bearing",
        "heading",
        "altitude",
        "accuracy",
        "batt",
        "valid",
    ]
)
texts = st.one_of(
    st.text(),
    st.integers().map(str),
    st.floats().map(str),
    st.floats(-90, 90).map(str),
    st.datetimes().map(str),
)


@settings(deadline=None)
@given(st.dictionaries(names, texts))
@example({"id": "a", "lat": "1", "lon": "1", "timestamp": "0001-01-01T00:00:00+23:59"})
@example({"id": "a", "lat": "1", "lon": "1", "timestamp": "9999-12-31T23:59:59-23:59"})
def test_fuzz_fields(fields: dict[str, str]) -> None:
    encoded = "&".join(f"{name}={quote(value, errors='replace')}" for name, value in fields.items())
    base = "id=a&lat=34&lon=71&"
    well_formed_or_refused((base + encoded).encode(), b"", "")


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)


@settings(deadline=None)
@given(values, values, values, values, values, values)
def test_fuzz_json(
    device: object, time: object, latitude: object, speed: object, battery: object, coords: object
) -> None:
    good = {"latitude": latitude, "longitude": 71.5, "speed": speed, "heading": speed}
    for some in (good, coords):
        location = {"timestamp": time, "coords": some, "battery": {"level": battery}}
        for identity in ("a", device):
            body = orjson.dumps({"device_id": identity, "location": location})
            well_formed_or_refused(b"", body, "application/json")


def test_a_report_sent_again_is_the_same_row_of_position_and_status() -> None:
    query = b"id=gulbahar-03&lat=34.01&lon=71.52&timestamp=1790000000&batt=80"
    first, again = (parse(query, b"", "", 1790000000.5 + late) for late in (0, 600))
    for name in ("asset", "fix_time", "source"):
        assert first.positions[name] == again.positions[name]
    for name in ("asset", "status_time"):
        assert first.statuses[name] == again.statuses[name]
