"""What an operator is told of the airspace."""

from __future__ import annotations

import numpy as np
import pytest

from fleet.airspace.columns import CHANGE, ContactClass
from fleet.airspace.conditions import (
    Condition,
    Coverage,
    lies,
    located_operators,
    stolen_identities,
    swarms,
    unknown_in_zones,
)
from fleet.airspace.operators import nearest_cars
from fleet.airspace.own import own_detections
from fleet.airspace.tracks import Tracks
from fleet.assets import Kind, osmand_asset
from fleet.columns import PICTURE, blank
from fleet.freshness import Freshness
from tests.fleet.airspace.making import RID, at, own, seen, step, told
from tests.fleet.airspace.scenes import PLACE
from tests.fleet.airspace.test_threat import ZONE, contact


def english(conditions: list[Condition]) -> list[str]:
    return [condition.text.english for condition in conditions]


def test_a_drone_in_near_and_soon_in_a_zone_is_told_a_friend_and_an_aircraft_not() -> None:
    rows = np.concatenate(
        [
            contact(0, 0, contact=1),
            contact(500, 0, contact=2),
            contact(1200, 0, (-20, 0), contact=3),
            contact(1200, 0, contact=4),
            contact(0, 0, kind=ContactClass.FRIEND, contact=5),
            contact(0, 0, kind=ContactClass.AIRCRAFT, contact=6),
            contact(0, 0, kind=ContactClass.COOPERATIVE, contact=8),
        ]
    )
    found = unknown_in_zones(rows, [ZONE])
    assert [condition.key for condition in found] == [
        ("drone_in_zone", 1, "Gulbahar"),
        ("drone_near_zone", 2, "Gulbahar"),
        ("drone_near_zone", 3, "Gulbahar"),
        ("drone_in_zone", 8, "Gulbahar"),
    ]
    assert english(found)[1:3] == [
        "unknown drone is 300 m from Gulbahar",
        "unknown drone will be in Gulbahar in 50 s",
    ]


def test_our_identity_told_elsewhere_is_a_spoof_about_the_other_one() -> None:
    tracks = Tracks()
    for second in range(8):
        step(tracks, second, own(second, 0, 0), told(second, 2000.0, 0))
    (condition,) = stolen_identities(tracks.contacts)
    friend = tracks.contacts[tracks.contacts["class"] == ContactClass.FRIEND]
    assert condition.others == (friend["contact"][0],)
    assert condition.text.english == (
        "1588E040445AC004418, which is ours, is also told 2.0 km away"
    )


def test_a_jump_is_told_once_about_the_contact_that_was_there() -> None:
    tracks, found = Tracks(), []
    for second in range(9):
        east = 0.0 if second < 4 else 1500.0
        made = step(tracks, second, told(second, east, 0))
        found += lies(tracks.contacts, made.changes)
    assert english(found) == [
        "1588E040445AC004418 was told 1.5 km away from where it had just been"
    ]
    first = tracks.contacts[np.argmin(tracks.contacts["first_time"])]
    assert found[0].contact == first["contact"]
    assert not stolen_identities(tracks.contacts)


def test_what_claims_to_be_where_a_radar_sees_nothing_is_a_ghost() -> None:
    tracks = Tracks()
    for second in range(15):
        step(
            tracks, second, told(second, 500, 0, height=60), own(second, 900, 0, identity=b"rid:o")
        )
    none = blank(CHANGE, 0)
    radar = Coverage(*PLACE, 3000)
    assert english(lies(tracks.contacts, none, [radar])) == [
        "1588E040445AC004418 says it is where the radar sees nothing"
    ]
    assert not lies(tracks.contacts, none, [Coverage(34.2, 71.5, 3000)])
    assert not lies(tracks.contacts, none)
    for second in range(15, 20):
        step(tracks, second, told(second, 500, 0, height=60), seen(second, 502, 3))
    assert not lies(tracks.contacts, none, [radar])


def test_an_operator_is_located_where_the_drone_says() -> None:
    tracks = Tracks()
    place = {"operator_latitude": 34.02, "operator_longitude": 71.53}
    for second in range(3):
        rows = told(second, 0, 0, **place), own(second, 900, 0, identity=b"rid:ours", **place)
        step(tracks, second, *rows)
    (condition,) = located_operators(tracks.contacts)
    assert (condition.latitude, condition.longitude) == (34.02, 71.53)
    assert RID.decode().removeprefix("rid:") in condition.text.urdu


def test_a_swarm_is_what_flies_close_together_and_alike() -> None:
    together = [contact(100.0 * n, 0, (10, 0), contact=n + 1) for n in range(4)]
    apart = [contact(2000.0 * n, 3000, (10, 0), contact=n + 11) for n in range(4)]
    against = [contact(40.0 * n, 6000, (20 * (-1) ** n, 0), contact=n + 21) for n in range(4)]
    found = swarms(np.concatenate([*together, *apart, *against]))
    assert [(each.contact, each.others) for each in found] == [(1, (2, 3, 4))]
    assert english(found) == ["4 drones fly together"]
    assert not swarms(np.concatenate(together[:2]))


def test_the_nearest_cars_come_first_and_lost_ones_last() -> None:
    picture = blank(PICTURE, 5)
    now = np.datetime64("2026-11-22T09:00:00", "us")
    ages = [1, 3, 900, 2, 1]
    for row, (name, north, age) in enumerate(
        zip("abcde", [0.02, 0.01, 0.001, np.nan, 0.005], ages, strict=True)
    ):
        asset = osmand_asset(name)
        picture[row]["asset"], picture[row]["identity"] = asset.key, asset.identity
        picture[row]["kind"] = Kind.DRONE if name == "e" else Kind.CAR
        picture[row]["latitude"], picture[row]["longitude"] = 34.0 + north, 71.5
        picture[row]["position_time"] = now - np.timedelta64(age, "s")
    found = nearest_cars(picture, 34.0, 71.5, now)
    assert [car.name for car in found] == ["b", "a", "c"]
    assert found[0].distance == pytest.approx(1109, abs=2)
    assert found[0].bearing == pytest.approx(180)
    assert found[0].age == 3
    assert found[2].freshness == Freshness.LOST
    assert len(nearest_cars(picture, 34.0, 71.5, now, most=1)) == 1


def test_every_condition_keeps_its_key_from_step_to_step() -> None:
    tracks, keys = Tracks(), set()
    for second in range(12):
        step(tracks, second, seen(second, 300 - second, 0))
        keys |= {condition.key for condition in unknown_in_zones(tracks.at(at(second)), [ZONE])}
    assert len(keys) == 1


def test_our_drones_of_the_picture_are_detections_with_their_serial_numbers() -> None:
    picture = blank(PICTURE, 3)
    picture["asset"], picture["kind"] = [1, 2, 3], [Kind.DRONE, Kind.DRONE, Kind.CAR]
    picture["identity"] = [b"mavlink:default/1", b"mavlink:default/2", b"osmand:a"]
    picture["latitude"], picture["longitude"] = PLACE
    picture["latitude"][1] = np.nan
    picture["speed"], picture["heading"], picture["position_time"] = 10, 90, at(3)
    (row,) = own_detections(picture, {1: "SERIAL"})
    assert (row["key"], row["identity"], row["time"]) == (
        b"mavlink:default/1",
        b"rid:SERIAL",
        at(3),
    )
    assert [row["east"], row["north"]] == pytest.approx([10, 0], abs=1e-5)
    tracks = Tracks()
    step(tracks, 3, own_detections(picture, {1: "SERIAL"}))
    assert tracks.contacts["class"].tolist() == [ContactClass.FRIEND]
