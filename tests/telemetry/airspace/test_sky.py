"""The sky, stepped by hand: what is kept, what is shown, and what operators are told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import orjson
import pytest
import shapely

from fleet.airspace.columns import ChangeKind, State
from fleet.airspace.motion import moved
from fleet.airspace.threat import Protected
from fleet.assets import Asset, Kind
from fleet.columns import PICTURE, Rows, blank
from fleet.picture import Picture
from telemetry.airspace import shown
from telemetry.airspace.sky import Sight, Sky
from telemetry.feed import Airspace, FeedError, pack_contacts, unpack_contacts
from tests.fleet.airspace.making import RID, at, seen, told
from tests.fleet.airspace.scenes import PLACE

NOBODY = blank(PICTURE, 0)
PILOT = moved(*PLACE, -800.0, 0.0)


def square(east: float, north: float, half: float) -> shapely.Polygon:
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    places = [moved(*PLACE, east + x, north + y) for x, y in corners]
    return shapely.Polygon([(float(longitude), float(latitude)) for latitude, longitude in places])


GULBAHAR = Protected("Gulbahar", square(0, 0, 200), 300)


def run(sky: Sky, seconds: range, tell: Callable[[int], Rows] | None = None) -> list[Sight]:
    """A step a second with what is told at that second."""
    sights = []
    for second in seconds:
        if tell is not None:
            sky.hear(tell(second))
        sights.append(sky.step(at(second), NOBODY, {}, [GULBAHAR]))
    return sights


def comes(second: int) -> Rows:
    """A drone that flies into the zone at 10 m/s from 500 m to the west."""
    row = told(second, -500 + 10 * second, 0, height=40.0)
    row["east"], row["north"] = 10, 0
    row["operator_latitude"], row["operator_longitude"] = PILOT
    return row


def drone(place: tuple[float, float], second: float, name: str = "mavlink:default/1") -> Picture:
    asset = Asset(name, Kind.DRONE if name.startswith("mavlink") else Kind.CAR)
    picture = Picture()
    picture.add([asset])
    row = picture.rows
    row["latitude"], row["longitude"] = place
    row["position_time"] = at(second)
    return picture


def test_a_drone_that_comes_is_near_then_inside_and_its_pilot_is_located() -> None:
    sights = run(Sky(), range(60), comes)
    kinds = [{condition.kind for condition in sight.conditions} for sight in sights]
    assert kinds[5] == {"drone_near_zone", "operator"}
    assert kinds[40] == {"drone_in_zone", "operator"}
    contacts = {int(key) for sight in sights for key in sight.contacts["contact"]}
    assert len(contacts) == 1
    scores = [sight.threats[min(contacts)].score for sight in sights[3:50]]
    assert scores[-1] > scores[0]


def test_a_contact_is_kept_once_a_second_and_at_each_change() -> None:
    sky = Sky()
    kept = []
    for tick in range(100):
        sky.hear(told(tick / 5, tick * 2.0, 0))
        sight = sky.step(at(tick / 5), NOBODY, {})
        kept += [sight.kept] if len(sight.kept) else []
    assert 19 <= len(kept) <= 24


def test_what_ends_is_kept_as_ended() -> None:
    sky = Sky()
    run(sky, range(10), comes)
    sights = run(sky, range(10, 60))
    states = [State(state) for sight in sights for state in sight.kept["state"]]
    kinds = [ChangeKind(kind) for sight in sights for kind in sight.changes["kind"]]
    assert states[-1] == State.ENDED
    assert kinds == [ChangeKind.COASTING, ChangeKind.ENDED]


def test_a_drone_that_is_not_heard_any_more_is_not_guessed_into_a_zone() -> None:
    sky = Sky()
    run(sky, range(22), comes)
    sights = run(sky, range(22, 45))
    assert {c.kind for sight in sights for c in sight.conditions} <= {"drone_near_zone", "operator"}


def test_our_own_drones_are_neither_kept_nor_shown_and_raise_nothing() -> None:
    sky = Sky()
    for second in range(20):
        sky.hear(told(second, -2000, 0, identity=b"rid:SOMEBODY", key=b"far"))
        picture = drone((float(PLACE[0]), float(PLACE[1])), second)
        sight = sky.step(at(second), picture.rows, {}, [GULBAHAR])
    assert sight.contacts["identity"].tolist() == [b"rid:SOMEBODY"]
    assert sight.conditions == ()


def test_our_identity_used_elsewhere_is_a_spoof() -> None:
    sky = Sky()
    asset = Asset("mavlink:default/1", Kind.DRONE).key
    kinds = set()
    for second in range(12):
        picture = drone((float(PLACE[0]), float(PLACE[1])), second)
        sky.hear(told(second, 1500, 0, key=b"thief"))
        sight = sky.step(at(second), picture.rows, {asset: RID.decode().removeprefix("rid:")})
        kinds |= {condition.kind for condition in sight.conditions}
    assert "spoof" in kinds


def test_a_jump_is_told_as_long_as_the_contact_lives_and_after_a_restart() -> None:
    sky = Sky()
    run(sky, range(6), comes)
    sky.hear(told(6, 4000, 0))
    sights = run(sky, range(7, 12), comes)
    assert all("jump" in {c.kind for c in sight.conditions} for sight in sights[1:])
    again = Sky()
    again.restore(sights[-1].contacts, at(13))
    (after,) = run(again, range(13, 14), comes)
    assert "jump" in {c.kind for c in after.conditions}
    assert set(after.contacts["contact"]) <= set(sights[-1].contacts["contact"])


def test_a_swarm_keeps_its_name_while_drones_come_and_go() -> None:
    def flock(second: int) -> Rows:
        numbers = range(4) if second < 15 else range(1, 6)
        parts = [
            told(second, 3000 + 40 * n, 10 * second, identity=b"rid:%d" % n, key=b"%d" % n)
            for n in numbers
        ]
        return np.concatenate(parts)

    sights = run(Sky(), range(50), flock)
    swarms = [c for sight in sights for c in sight.conditions if c.kind == "swarm"]
    assert len({swarm.contact for swarm in swarms}) == 1
    assert len(swarms[-1].others) >= 4


def test_a_flood_of_detections_is_bounded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telemetry.airspace.sky.WAITING_MOST", 10)
    sky = Sky()
    for number in range(25):
        sky.hear(seen(1, number * 500, 0))
    assert sky.crowded_out == 15


def test_a_picture_is_shown_as_json_with_reasons_and_cars_and_comes_back_from_the_bus() -> None:
    sights = run(Sky(), range(45), comes)
    car = drone((float(PILOT[0]), float(PILOT[1]) + 0.01), 30, "osmand:car-7")
    now = at(44)
    (contact,) = shown.contacts(sights[-1], car.rows, now, 10)
    assert contact["threat"]["reasons"][0]["en"] == "is inside Gulbahar"
    assert not contact["threat"]["reasons"][0]["ur"].isascii()
    assert contact["operator"]["latitude"] == pytest.approx(float(PILOT[0]))
    assert [near["name"] for near in contact["cars"]] == ["car-7"]
    assert contact["cars"][0]["age"] == 14
    assert contact["speed"] == pytest.approx(10, abs=1)
    told = Airspace(1, [contact], [{"sensor": "scout:north"}])
    assert unpack_contacts(pack_contacts(told)) == told
    matters = shown.matters(sights[-1], car.rows, now)
    operator = next(matter for matter in matters if matter.rule.name == "drone_operator")
    assert "nearest cars: car-7 (" in operator.reason.english
    assert "its position 14 s old)" in operator.reason.english
    assert operator.assets == (Asset("osmand:car-7", Kind.CAR).key,)


def test_a_contact_that_was_two_is_alerted_under_the_name_that_it_had() -> None:
    sights = run(Sky(), range(45), comes)
    (key,) = sights[-1].contacts["contact"].tolist()
    merged = Sight(
        sights[-1].contacts,
        threats=sights[-1].threats,
        conditions=sights[-1].conditions,
        formerly={key: (0xABC,)},
    )
    matters = shown.matters(merged, NOBODY, at(44))
    assert matters[0].subjects == (RID.decode(), f"contact:{key:x}", "contact:abc")


def test_more_than_the_bus_takes_is_left_out_and_counted() -> None:
    contacts = [{"contact": str(number), "identity": "x" * 500} for number in range(4000)]
    payload = pack_contacts(Airspace(1, contacts, [], 7))
    told = unpack_contacts(payload)
    assert len(payload) <= 1_000_000
    assert told.left_out == 7 + 4000 - len(told.contacts)
    assert told.contacts[0] == contacts[0]


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"{}", orjson.dumps({"time": 1, "contacts": [1], "sensors": []})]
)
def test_what_is_no_airspace_is_refused(payload: bytes) -> None:
    with pytest.raises(FeedError):
        unpack_contacts(payload)
