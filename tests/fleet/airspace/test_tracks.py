"""One track an object: across sensors, through crossings and clutter, and against lies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.airspace import names
from fleet.airspace import tracks as module
from fleet.airspace.columns import (
    CONTACT,
    DETECTION,
    ChangeKind,
    ContactClass,
    Doubt,
    Flag,
    Means,
    State,
)
from fleet.airspace.tracks import Tracks
from fleet.columns import blank
from tests.fleet.airspace.making import RID, at, own, seen, step, told
from tests.fleet.airspace.scenes import (
    Scene,
    Score,
    clutter,
    crossing,
    detections,
    on_plane,
    swarm,
)


def kinds(changes: np.ndarray) -> list[ChangeKind]:
    return [ChangeKind(kind) for kind in changes["kind"].tolist()]


def test_a_radar_track_is_confirmed_by_its_third_look_and_ends_when_it_is_gone() -> None:
    tracks, happened = Tracks(), []
    for second in range(20):
        rows = [seen(second, 10.0 * second, 0)] if second < 8 else []
        happened += [(second, kind) for kind in kinds(step(tracks, second, *rows).changes)]
    assert happened == [
        (2, ChangeKind.CONFIRMED),
        (11, ChangeKind.COASTING),
        (16, ChangeKind.ENDED),
    ]
    assert not len(tracks.contacts)


def test_clutter_confirms_nothing() -> None:
    tracks, random = Tracks(), np.random.default_rng(3)
    for second in range(60):
        places = random.uniform(-5000, 5000, (4, 2))
        rows = [seen(second, east, north) for east, north in places]
        assert not len(step(tracks, second, *rows).changes)


def test_position_and_speed_of_a_contact_are_those_of_the_object() -> None:
    tracks, random = Tracks(), np.random.default_rng(4)
    for second in range(30):
        east, north = random.normal(0, 5, 2)
        step(tracks, second, seen(second, 12 * second + east, -5 * second + north))
    (contact,) = tracks.contacts
    assert [contact["east"], contact["north"]] == pytest.approx([12, -5], abs=2.5)
    assert on_plane(tracks.contacts)[0].tolist() == pytest.approx([348, -145], abs=12)
    assert 1 < contact["radius"] < 5
    ahead = tracks.at(at(32))[0]
    assert ahead["radius"] > contact["radius"]
    assert ahead["longitude"] > contact["longitude"]


def test_radar_and_remote_id_of_one_drone_are_one_contact_with_its_operator() -> None:
    tracks = Tracks()
    for second in range(12):
        remote = told(
            second + 0.3,
            15.0 * second + 4.5,
            3,
            operator_latitude=34.02,
            operator_longitude=71.53,
            operator_id=b"PAK-1",
        )
        step(tracks, second + 0.5, seen(second, 15.0 * second, 0, key=b"object 7"), remote)
    (contact,) = tracks.contacts
    assert contact["class"] == ContactClass.COOPERATIVE
    assert contact["identity"] == RID
    assert contact["means"] == 1 << Means.COOPERATIVE | 1 << Means.RADAR
    assert contact["operator_latitude"] == 34.02
    assert contact["operator_id"] == b"PAK-1"
    assert contact["hits"] == 24


def test_a_sender_that_names_itself_late_is_the_contact_it_was() -> None:
    tracks = Tracks()
    for second in range(3):
        step(tracks, second, told(second, 0, 0, identity=b""))
    (before,) = tracks.contacts
    changes = step(tracks, 3, told(3, 0, 0)).changes
    (after,) = tracks.contacts
    assert after["contact"] == before["contact"]
    assert after["identity"] == RID
    assert not len(changes)


def test_our_own_drone_is_a_friend_also_where_a_radar_sees_it() -> None:
    tracks = Tracks()
    for second in range(8):
        step(tracks, second, own(second, 8.0 * second, 0), seen(second, 8.0 * second + 3, 2))
    (contact,) = tracks.contacts
    assert contact["class"] == ContactClass.FRIEND
    assert contact["means"] == 1 << Means.OWN | 1 << Means.RADAR


def test_what_only_a_radar_sees_is_not_cooperative_after_a_while() -> None:
    tracks = Tracks()
    for second in range(10):
        step(tracks, second, seen(second, 0, 5.0 * second))
        if second == 3:
            assert tracks.contacts["class"].tolist() == [ContactClass.UNKNOWN]
    assert tracks.contacts["class"].tolist() == [ContactClass.NOT_COOPERATIVE]


def test_our_identity_used_by_somebody_else_is_a_contact_of_its_own_and_told() -> None:
    tracks, happened = Tracks(), []
    for second in range(8):
        rows = [own(second, 8.0 * second, 0)]
        if second >= 2:
            rows.append(told(second, 2000.0, 900 + 3.0 * second))
        happened += kinds(step(tracks, second, *rows).changes)
    assert len(tracks.contacts) == 2
    friend = tracks.contacts["class"] == ContactClass.FRIEND
    assert tracks.contacts["doubts"][friend][0] & Doubt.STOLEN == 0
    assert tracks.contacts["doubts"][~friend][0] & Doubt.STOLEN
    assert happened.count(ChangeKind.STOLEN) == 1
    assert ChangeKind.SHARED not in happened


@pytest.mark.parametrize("away", [90.0, 300.0])
def test_our_identity_told_from_nearby_is_not_ours_either(away: float) -> None:
    tracks, happened = Tracks(), []
    for second in range(12):
        rows = [own(second, 8.0 * second, 0)]
        if second >= 3:
            rows.append(told(second + 0.2, 8.0 * second, away))
        happened += kinds(step(tracks, second + 0.5, *rows).changes)
    assert happened.count(ChangeKind.STOLEN) == 1
    assert sorted(tracks.contacts["class"].tolist()) == [
        ContactClass.COOPERATIVE,
        ContactClass.FRIEND,
    ]


def test_our_own_drones_broadcast_is_ours_though_its_clock_lags() -> None:
    tracks, happened = Tracks(), []
    for second in range(12):
        lagging = told(second + 0.4, 15.0 * (second - 0.8), 6)
        happened += kinds(
            step(tracks, second + 0.5, own(second, 15.0 * second, 0), lagging).changes
        )
    assert happened == [ChangeKind.CONFIRMED, ChangeKind.IDENTIFIED]
    assert len(tracks.contacts) == 1


def test_a_sender_that_changes_its_address_all_the_time_stays_one_and_fills_no_memory() -> None:
    tracks = Tracks()
    for second in range(600):
        step(tracks, second, told(second, 2.0 * second, 0, key=b"%d" % second))
    assert len(tracks.contacts) == 1
    assert len(tracks._names._bound) == names.KEYS_MOST


def test_thousands_of_positions_of_one_sender_in_one_step_are_not_all_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SCANS_MOST", 5)
    tracks = Tracks()
    step(tracks, 4, *(told(2 + number / 100, 0, 0) for number in range(100)))
    assert tracks.counts.crowded_out == 95
    assert tracks.contacts["hits"].tolist() == [5]


def test_two_drones_with_one_identity_share_it() -> None:
    tracks, happened = Tracks(), []
    for second in range(8):
        pair = told(second, 0, 0), told(second, 3000, 0, key=b"02:00:00:00:00:02")
        happened += kinds(step(tracks, second, *pair).changes)
    assert len(tracks.contacts) == 2
    assert happened.count(ChangeKind.SHARED) == 2


def test_a_remote_id_that_jumps_is_told_with_its_distance() -> None:
    tracks = Tracks()
    for second in range(5):
        step(tracks, second, told(second, 5.0 * second, 0))
    changes = step(tracks, 5, told(5, 1000.0, 1000)).changes
    assert kinds(changes) == [ChangeKind.JUMPED]
    assert changes["distance"][0] == pytest.approx(np.hypot(980, 1000), abs=10)
    assert len(tracks.contacts) == 1  # one wild position confirms nothing


def test_a_fast_turn_is_no_jump() -> None:
    tracks, happened = Tracks(), []
    for second in range(20):
        east = 20.0 * second if second < 10 else 20.0 * (20 - second)
        happened += kinds(step(tracks, second, told(second, east, 0)).changes)
    assert happened == [ChangeKind.CONFIRMED, ChangeKind.IDENTIFIED]
    assert len(tracks.contacts) == 1


def test_remote_id_that_walks_away_from_its_radar_track_is_contradicted() -> None:
    tracks, happened = Tracks(), []
    for second in range(40):
        drift = 12.0 * max(0, second - 10)
        rows = seen(second, 5.0 * second, 0, key=b"7"), told(second, 5.0 * second, drift)
        happened += kinds(step(tracks, second, *rows).changes)
    assert happened.count(ChangeKind.CONTRADICTED) == 1
    assert len(tracks.contacts) == 2
    liar = tracks.contacts[tracks.contacts["identity"] == RID]
    assert liar["doubts"][0] & Doubt.CONTRADICTED


def test_two_tracks_of_different_sensors_that_stay_together_become_one() -> None:
    tracks, happened = Tracks(), []
    for second in range(45):
        gap = max(0.0, 120.0 - 4 * second)
        first = seen(second, 10.0 * second, gap, sensor=b"north")
        second_one = seen(second, 10.0 * second, 0, sensor=b"south")
        happened += kinds(step(tracks, second, first, second_one).changes)
    assert happened.count(ChangeKind.MERGED) == 1
    assert len(tracks.contacts) == 1


def test_two_drones_side_by_side_that_one_radar_tells_apart_stay_two() -> None:
    tracks = Tracks()
    for second in range(30):
        pair = [seen(second, 10.0 * second, north, error=10) for north in (0.0, 25.0)]
        step(tracks, second, *pair)
    assert len(tracks.contacts) == 2


def test_a_position_told_again_by_another_receiver_is_heard_and_not_counted() -> None:
    tracks = Tracks()
    for second in range(4):
        step(tracks, second, told(second, 0, 0))
    late = told(3, 0, 0, sensor=b"another", received_time=at(3.8))
    step(tracks, 4, late)
    (contact,) = tracks.contacts
    assert contact["hits"] == 4
    assert contact["heard_time"] == at(3.8)
    assert tracks.counts.repeated == 1


def test_what_is_too_late_placeless_or_no_aircraft_moves_nothing() -> None:
    tracks = Tracks()
    rows = (
        seen(0, 0, 0),
        seen(60, 0, 0, latitude=np.nan),
        seen(60, 0, 0, latitude=95.0),
        seen(60, 0, 0, flags=Flag.NOT_AIR),
        seen(90, 0, 0),
    )
    step(tracks, 60, *rows)
    assert (tracks.counts.late, tracks.counts.placeless) == (2, 3)
    assert not len(tracks.at(at(60)))


def test_a_flood_of_objects_begins_no_more_tracks_than_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "TRACKS_MOST", 50)
    tracks = Tracks()
    places = np.random.default_rng(5).uniform(-50_000, 50_000, (80, 2))
    step(
        tracks, 0, *(seen(0, east, north, key=b"%d" % n) for n, (east, north) in enumerate(places))
    )
    assert tracks.counts.crowded_out == 30


def test_made_up_drones_leave_room_for_what_a_radar_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLAIMED_MOST", 10)
    tracks = Tracks()
    for second in range(4):
        made_up = [
            told(second, 500.0 * number, 0, key=b"%d" % number, identity=b"rid:%d" % number)
            for number in range(30)
        ]
        step(tracks, second, *made_up, seen(second, 0, 9000))
    classes = tracks.contacts["class"].tolist()
    assert classes.count(ContactClass.COOPERATIVE) == 10
    assert classes.count(ContactClass.UNKNOWN) == 1
    assert tracks.counts.crowded_out == 80


@pytest.mark.parametrize(
    ("scene", "switches", "false"),
    [
        (crossing(30, 40, 7), 25, 10),
        (swarm(30, 40, 7), 12, 60),
        (clutter(30, 40, 7), 12, 60),
    ],
    ids=lambda value: value.name if isinstance(value, Scene) else "",
)
def test_scenes_are_tracked_better_than_they_are_seen(
    scene: Scene, switches: int, false: int
) -> None:
    tracks, score = Tracks(), Score()
    for look, places in enumerate(scene.seen):
        tracks.step(at(look), detections(places, look))
        if look >= 10:
            contacts = tracks.at(at(look))
            score.add(scene.truth[look], on_plane(contacts), contacts["contact"].tolist())
    assert score.error < 10.5  # 14 as seen
    assert score.missed <= 10
    assert score.switches <= switches
    assert score.false <= false


@given(
    st.lists(
        st.tuples(
            st.integers(0, 8),
            st.floats(-90, 90),
            st.floats(-180, 180),
            st.floats(allow_nan=True, allow_infinity=True, width=32),
            st.sampled_from([b"", b"rid:A", b"rid:B"]),
            st.sampled_from([b"", b"1", b"2"]),
            st.sampled_from(list(Means)),
        ),
        max_size=25,
    )
)
@settings(max_examples=80)
def test_whatever_is_told_each_contact_is_finite_and_has_one_key(
    things: list[tuple[int, float, float, float, bytes, bytes, Means]],
) -> None:
    rows = blank(DETECTION, len(things))
    for row, (second, latitude, longitude, number, identity, key, means) in zip(
        rows, things, strict=True
    ):
        row["sensor"], row["time"], row["received_time"] = b"s", at(second), at(second)
        row["latitude"], row["longitude"] = latitude, longitude
        row["identity"], row["key"], row["means"] = identity, key, means
        if abs(number) < 1e5:
            row["east"] = row["north"] = row["altitude"] = row["up"] = number
    tracks = Tracks()
    for second in range(9):
        made = tracks.step(at(second), rows[rows["time"] == at(second)])
        assert made.contacts.dtype == CONTACT
        contacts = tracks.at(at(second))
        for name in ("latitude", "longitude", "east", "north", "radius"):
            assert np.isfinite(contacts[name]).all()
        assert (np.abs(contacts["longitude"]) <= 180).all()
        assert len(np.unique(contacts["contact"])) == len(contacts)
        assert (contacts["state"] != State.ENDED).all()


@given(st.permutations(range(6)))
@settings(max_examples=20)
def test_the_order_of_rows_in_a_step_does_not_matter(order: list[int]) -> None:
    rows = [
        told(0.1, 0, 0),
        told(0.6, 4, 0, received_time=at(0.7)),
        seen(0.2, 1, 1, key=b"1"),
        seen(0.2, 500, 0, key=b"2"),
        own(0.3, 900, 0, identity=b"rid:ours"),
        own(0.8, 904, 0, identity=b"rid:ours"),
    ]
    tracks, shuffled = Tracks(), Tracks()
    step(tracks, 1, *rows)
    step(shuffled, 1, *(rows[number] for number in order))
    one, other = (np.sort(each.contacts, order="contact") for each in (tracks, shuffled))
    assert one.tobytes() == other.tobytes()
    assert len(one)
