"""The fixed cameras, as viewers are told of them."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import orjson

from dashboard.cameras import Cameras
from dashboard.situation import Situation
from fleet.assets import Asset, Kind
from telemetry.store.event_queries import EventTold
from telemetry.store.register import Entry
from tests.dashboard.pictures import cars, rows

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LENS = {"heading": 30.0, "across": 60.0, "reach": 120.0, "latitude": 34.01, "longitude": 71.57}
CAMERA = Asset("camera:cam-0017", Kind.CAMERA)
FIRE = EventTold(NOON, NOON, "fire", {})


def entry(asset: Asset, **said: Any) -> Entry:
    values: dict[str, Any] = dict.fromkeys(field.name for field in fields(Entry))
    values |= {"id": asset.key, "identity": asset.identity, "kind": int(asset.kind)}
    return Entry(**values | {"out_of_service": False, "version": 1, "first_seen": NOON} | said)


def known(cameras: Cameras, *entries: Entry, last: dict[int, EventTold] | None = None) -> list[Any]:
    cameras.register(entries, last or {}, {})
    return [item["identity"] for item in cameras.all()]


def test_viewers_are_told_of_a_camera_once_and_then_of_what_it_sees() -> None:
    cameras = Cameras(Situation())
    assert cameras.version == 0
    said = entry(CAMERA, camera=LENS, name="Chowk Yadgar", group_name="City")
    known(cameras, said)
    (told,) = orjson.loads(cameras.message(0))["cameras"]
    assert told == {
        "key": str(CAMERA.key),
        "identity": "camera:cam-0017",
        "name": "Chowk Yadgar",
        "group": "City",
        "place": [71.57, 34.01],
        "heading": 30.0,
        "across": 60.0,
        "reach": 120.0,
        "out_of_service": False,
        "event": None,
    }
    version = cameras.version
    known(cameras, said)
    assert cameras.version == version
    known(cameras, said, last={CAMERA.key: FIRE})
    (told,) = orjson.loads(cameras.message(version))["cameras"]
    assert told["event"] == {"time": round(NOON.timestamp() * 1000), "kind": "fire"}
    assert known(cameras) == []
    assert orjson.loads(cameras.message(version))["gone"] == [str(CAMERA.key)]


def test_a_camera_of_which_nothing_is_said_has_its_name_and_no_place() -> None:
    cameras = Cameras(Situation())
    old = Asset("camera:cam-2", Kind.UNKNOWN)  # as collectors told before they knew the kind
    assert known(cameras, entry(CAMERA), entry(old)) == [CAMERA.identity, old.identity]
    told = cameras.all()[0]
    assert (told["name"], told["place"], told["heading"]) == ("cam-0017", None, None)


def test_what_tells_where_it_is_and_what_is_carried_is_no_fixed_camera() -> None:
    situation, car = Situation(), cars(1)[0]
    situation.take(rows([car]))
    cameras = Cameras(situation)
    post, drone = Asset("osmand:post-1", Kind.POST), Asset("mavlink:hq/1", Kind.DRONE)
    assert known(cameras, entry(car, camera=LENS), entry(drone, camera={"pitch": -60.0})) == []
    unplaced = {name: value for name, value in LENS.items() if name[0] != "l"}
    assert known(cameras, entry(post, camera=unplaced)) == []  # its mark comes with its first word
    assert known(cameras, entry(post, camera=LENS)) == [post.identity]
    assert known(cameras, entry(car, shown_kind=int(Kind.CAMERA))) == []
