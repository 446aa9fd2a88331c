"""What a camera says: taken if it is typed and within bounds, refused with the reason if not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.assets import IDENTITY_MAX_BYTES
from telemetry.sink import RefusedError
from telemetry.trackers.camera_events import MAX_BYTES, camera_of, read
from telemetry.trackers.report import batch_of

NOW = 1_795_360_000.0
EVENT: dict[str, Any] = {
    "camera": "cam-0017",
    "time": "2026-11-22T14:03:11.250Z",
    "kind": "crowd",
    "confidence": 0.87,
    "latitude": 34.0098,
    "longitude": 71.5752,
    "count": 120,
    "text": "by the east gate",
}


def told(**changes: object) -> bytes:
    return orjson.dumps({**EVENT, **changes})


def test_an_event_is_one_of_its_camera_with_all_that_it_tells() -> None:
    report = read(told(), NOW)
    (event,) = batch_of([report]).events
    assert report.asset.identity == "camera:cam-0017"
    assert event.asset == report.asset.key
    assert event.kind == "crowd"
    assert event.time == datetime(2026, 11, 22, 14, 3, 11, 250_000, UTC)
    assert event.detail == {
        "confidence": 0.87,
        "latitude": 34.0098,
        "longitude": 71.5752,
        "count": 120,
        "text": "by the east gate",
    }
    assert len(batch_of([report]).positions) == 0


def test_a_camera_may_say_no_more_than_when_and_what() -> None:
    report = read(b'{"time": 1795350000, "kind": "fire"}', NOW, "gate.2")
    assert report.asset.identity == "camera:gate.2"
    assert report.events[0].detail == {}
    assert report.events[0].time == datetime.fromtimestamp(1_795_350_000, UTC)


def test_null_is_as_good_as_absent() -> None:
    event = read(told(confidence=None, latitude=None, longitude=None, plate=None), NOW).events[0]
    assert event.detail == {"count": 120, "text": "by the east gate"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"camera": None}, "no_id"),
        ({"camera": ""}, "no_id"),
        ({"camera": 17}, "bad_id"),
        ({"camera": "a/b"}, "bad_id"),
        ({"camera": "c" * 41}, "bad_id"),
        ({"time": None}, "no_time"),
        ({"time": "yesterday"}, "bad_time"),
        ({"time": "2027-01-22T14:03:11Z"}, "absurd_time"),
        ({"kind": None}, "bad_kind"),
        ({"kind": "Person down"}, "bad_kind"),
        ({"kind": "k" * 41}, "bad_kind"),
        ({"kind": ["crowd"]}, "bad_kind"),
        ({"confidence": 1.01}, "out_of_range"),
        ({"confidence": "sure"}, "bad_number"),
        ({"latitude": None}, "no_position"),
        ({"latitude": 91}, "bad_position"),
        ({"count": -1}, "out_of_range"),
        ({"plate": "P" * 21}, "malformed"),
        ({"text": 5}, "malformed"),
    ],
)
def test_what_is_wrong_is_refused_by_name(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read(told(**changes), NOW)
    assert caught.value.reason == reason


@pytest.mark.parametrize("payload", [b"", b"[]", b'"fire"', b"{", b"\xff", b'{"kind": NaN}'])
def test_what_is_no_json_object_is_malformed(payload: bytes) -> None:
    with pytest.raises(RefusedError, match=r"^malformed: no JSON"):
        read(payload, NOW)


def test_a_message_has_a_bound() -> None:
    with pytest.raises(RefusedError, match=r"^too_large"):
        read(told(other="x" * MAX_BYTES), NOW)


def test_the_topic_says_which_camera_it_is() -> None:
    assert camera_of("cameras/cam-0017/event") == "cam-0017"
    assert read(told(), NOW, "cam-0017").asset.identity == "camera:cam-0017"
    with pytest.raises(RefusedError, match="bad_id: camera 'cam-0017' publishes as 'cam-9'"):
        read(told(), NOW, "cam-9")


@pytest.mark.parametrize("topic", ["", "cameras/a", "cameras/a/b/event", "cams/a/event", "x" * 999])
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(RefusedError, match=r"^bad_topic"):
        camera_of(topic)


def test_the_same_event_told_twice_is_the_same() -> None:
    first, again = (read(told(), NOW + late).events[0] for late in (0, 60))
    assert (first.asset, first.time, first.kind) == (again.asset, again.time, again.kind)


words = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50)
values = st.recursive(words, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
mutated = st.dictionaries(st.sampled_from([*EVENT, "plate", "other"]), values, max_size=4)


@given(payload=st.binary(max_size=200), camera=st.none() | st.text(max_size=60))
def test_any_bytes_are_refused_or_an_event(payload: bytes, camera: str | None) -> None:
    _refused_or_bounded(payload, camera)


@given(changes=mutated, camera=st.none() | st.just("cam-0017"))
def test_any_values_are_refused_or_an_event_within_bounds(
    changes: dict[str, Any], camera: str | None
) -> None:
    try:
        payload = orjson.dumps({**EVENT, **changes})
    except (TypeError, orjson.JSONEncodeError):  # an integer beyond 64 bits, a lone surrogate
        return
    _refused_or_bounded(payload, camera)


def _refused_or_bounded(payload: bytes, camera: str | None) -> None:
    try:
        report = read(payload, NOW, camera)
    except RefusedError:
        return
    (event,) = batch_of([report]).events
    assert len(report.asset.identity.encode()) <= IDENTITY_MAX_BYTES
    assert 1 <= len(event.kind) <= 40
    assert len(orjson.dumps(dict(event.detail))) < 2000
    assert 0 <= event.detail.get("confidence", 0) <= 1  # type: ignore[operator]  # a number
