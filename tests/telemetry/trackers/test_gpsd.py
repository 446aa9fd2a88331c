from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.columns import Source
from telemetry.sink import RefusedError
from telemetry.trackers.gpsd import parse
from telemetry.trackers.report import batch_of

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC).timestamp()

TPV = {
    "class": "TPV",
    "device": "/dev/ttyUSB0",
    "status": 2,
    "mode": 3,
    "time": "2026-03-14T11:59:50.000Z",
    "ept": 0.005,
    "lat": 34.0151,
    "lon": 71.5249,
    "altHAE": 320.8,
    "altMSL": 359.0,
    "alt": 359.0,
    "epx": 3.1,
    "epy": 4.2,
    "track": 271.5,
    "magtrack": 268.9,
    "speed": 10.0,
    "climb": 0.5,
    "eph": 4.5,
}
"""As gpsd 3.25 writes it."""


def test_fix_becomes_columns() -> None:
    report = parse("local", orjson.dumps(TPV), NOW)
    assert report is not None
    batch = batch_of([report])
    (asset,) = batch.assets
    assert asset.identity == "gpsd:local/dev/ttyUSB0"
    (position,) = batch.positions
    assert position["source"] == Source.GPSD
    assert position["fix_time"] == np.datetime64("2026-03-14T11:59:50", "us")
    assert (position["latitude"], position["longitude"]) == (34.0151, 71.5249)
    assert (position["altitude"], position["speed"], position["heading"]) == (359, 10, 271.5)
    assert (position["climb"], position["accuracy"]) == (0.5, 4.5)


def test_only_class_and_mode_are_always_there() -> None:
    assert parse("local", b'{"class":"TPV","mode":0}', NOW) is None
    assert parse("local", b'{"class":"TPV","mode":1,"device":"/dev/x"}', NOW) is None
    report = parse("local", b'{"class":"TPV","mode":2,"lat":34,"lon":71}', NOW)
    assert report is not None
    assert report.asset.identity == "gpsd:local"
    assert report.time == report.received
    assert np.isnan(report.speed)


def test_height_above_the_ellipsoid_is_no_altitude() -> None:
    report = parse("local", b'{"class":"TPV","mode":3,"lat":34,"lon":71,"altHAE":320}', NOW)
    assert report is not None
    assert np.isnan(report.altitude)


@pytest.mark.parametrize("kind", ["VERSION", "DEVICES", "WATCH", "SKY", "PPS", "ERROR"])
def test_other_classes_tell_no_fix(kind: str) -> None:
    assert parse("local", orjson.dumps({**TPV, "class": kind}), NOW) is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "malformed"),
        (b"{", "malformed"),
        (b"[]", "malformed"),
        (b"{}", "malformed"),
        (b'{"class":5}', "malformed"),
        (b'{"class":"TPV","mode":3}', "no_position"),
        (b'{"class":"TPV","mode":3,"lat":95,"lon":71}', "bad_position"),
        (b'{"class":"TPV","mode":3,"lat":34,"lon":71,"time":"soon"}', "bad_time"),
        (
            b'{"class":"TPV","mode":3,"lat":34,"lon":71,"time":"1980-01-06T00:00:00Z"}',
            "absurd_time",
        ),
        (b'{"class":"TPV","mode":3,"lat":34,"lon":71,"device":"' + b"x" * 80 + b'"}', "bad_id"),
    ],
)
def test_lines_that_cannot_be_taken(line: bytes, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse("local", line, NOW)
    assert error.value.reason == reason
    assert "\n" not in str(error.value)


values = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(), st.text()
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(TPV)), values), st.binary())
def test_fuzz(fields: dict[str, object], raw: bytes) -> None:
    for line in (raw, orjson.dumps({**TPV, **fields})):
        try:
            report = parse("local", line, NOW)
        except RefusedError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either is right
        else:
            assert report is None or -90 <= report.latitude <= 90
