"""Cameras see things now and then, and what they are told to see; the collector reads it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from sitl.cars.cameras import CAMERAS, KINDS, Cameras, Sighting, payload, topic
from telemetry.trackers.camera_events import camera_of, read
from tests.sitl.wire import BEGIN

SECOND = 1_000_000
HOUR = 3600 * SECOND

Seen = list[tuple[int, Sighting]]


def seen(cameras: Cameras, seconds: int) -> Seen:
    told = []
    for time in range(SECOND, seconds * SECOND, SECOND):
        told += cameras.step(time, BEGIN + time)
    return told


def test_711_cameras_see_something_every_ten_seconds_or_so() -> None:
    cameras = Cameras(1)
    assert len({camera.name for camera in cameras.cameras}) == CAMERAS == 711
    told = seen(cameras, 3600)
    assert 280 < len(told) < 440  # 355 is expected; four sigma
    kinds = Counter(sighting.kind for _, sighting in told)
    assert set(kinds) == set(KINDS)
    assert kinds.most_common(1)[0][0] == "vehicle_match"
    assert len({number for number, _ in told}) > 200


def test_one_camera_sees_the_same_whoever_else_looks() -> None:
    few, many = Cameras(1, 50, mean_interval=600), Cameras(1, 90, mean_interval=600)
    assert seen(few, 1800) == [row for row in seen(many, 1800) if row[0] < 50]
    assert seen(Cameras(2, 50, mean_interval=600), 1800) != seen(Cameras(1, 50), 1800)


def test_the_collector_reads_what_they_say() -> None:
    cameras = Cameras(1, 50, mean_interval=300)
    told = seen(cameras, 3600)
    assert len({sighting.kind for _, sighting in told}) == len(KINDS)
    for number, sighting in told:
        camera = cameras.cameras[number]
        name = camera_of(topic(camera))
        report = read(payload(camera, sighting), BEGIN / 1e6 + 3600, name)
        (event,) = report.events
        assert report.asset.identity == f"camera:{camera.name}"
        assert (event.kind, event.detail["confidence"]) == (sighting.kind, sighting.confidence)
        assert event.time == datetime.fromtimestamp(sighting.time_us // 1000 / 1000, UTC)
        assert event.detail["latitude"] == camera.latitude
        assert event.detail.get("count") == sighting.count
        assert event.detail.get("plate") == sighting.plate
        assert (sighting.count is None) == (sighting.kind != "crowd")
        assert (sighting.plate is None) == (sighting.kind != "vehicle_match")


def test_a_camera_sees_what_it_is_told_to_in_the_next_step() -> None:
    cameras = Cameras(1, 3, mean_interval=1e9)
    cameras.see(2, "left_object", confidence=0.7)
    ((number, sighting),) = cameras.step(SECOND, BEGIN + SECOND)
    assert (number, sighting) == (2, Sighting(BEGIN + SECOND, "left_object", 0.7))
    assert json.loads(payload(cameras.cameras[2], sighting)) == {
        "camera": "cam-0003",
        "time": "2027-01-15T08:00:01.000Z",
        "kind": "left_object",
        "confidence": 0.7,
        "latitude": cameras.cameras[2].latitude,
        "longitude": cameras.cameras[2].longitude,
    }
    assert cameras.step(2 * SECOND, BEGIN + 2 * SECOND) == []


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ((3, "fire", 0.5), "no camera has number 3: there are 3"),
        ((0, "Fire!", 0.5), "use a word of a–z"),
        ((0, "fire", 1.5), "confidence is 1.5"),
    ],
)
def test_what_a_camera_cannot_see_is_told(order: tuple[int, str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Cameras(1, 3).see(*order)


def test_no_cameras_see_nothing() -> None:
    assert seen(Cameras(1, 0), 10) == []
