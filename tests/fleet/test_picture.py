from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fleet.assets import Asset, Kind, mavlink_asset, osmand_asset
from fleet.columns import PICTURE, POSITION, STATUS, Rows, Source, blank
from fleet.freshness import Freshness, ages, freshness
from fleet.picture import Picture

T0 = np.datetime64("2026-11-21T12:00:00", "us")
CARS = [osmand_asset(f"car-{n}") for n in range(4)]


def seconds(value: float) -> np.timedelta64:
    return np.timedelta64(round(value * 1e6), "us")


def position(asset: Asset, fix: float, received: float, latitude: float = 34.0) -> Rows:
    row = blank(POSITION, 1)
    row["asset"] = asset.key
    row["source"] = Source.OSMAND if asset.kind == Kind.CAR else Source.GLOBAL_POSITION_INT
    row["fix_time"], row["received_time"] = T0 + seconds(fix), T0 + seconds(received)
    row["latitude"], row["longitude"] = latitude, 71.5
    return row


def test_a_late_fix_does_not_move_the_mark_backwards() -> None:
    picture, car = Picture(), CARS[0]
    picture.add([car])
    picture.update_positions(position(car, 10, 10, 34.1))
    picture.update_positions(position(car, 5, 11, 34.9))
    assert picture.row(car.key)["latitude"] == 34.1
    assert picture.row(car.key)["heard_time"] == T0 + seconds(11)


def test_a_fix_that_arrives_hours_late_is_as_old_as_the_fix() -> None:
    picture, car = Picture(), CARS[0]
    picture.add([car])
    picture.update_positions(position(car, -7200, 0))
    assert ages(picture.rows, T0)[0] == 7200
    assert freshness(picture.rows, T0)[0] == Freshness.LOST


def test_a_drone_with_a_wrong_clock_is_as_fresh_as_its_arrival() -> None:
    picture, drone = Picture(), mavlink_asset("default", 1)
    picture.add([drone])
    picture.update_positions(position(drone, -1e6, 0))
    assert ages(picture.rows, T0 + seconds(2))[0] == 2


def test_a_fix_from_the_future_is_no_younger_than_its_arrival() -> None:
    picture, car = Picture(), CARS[0]
    picture.add([car])
    picture.update_positions(position(car, 3600, 0, 34.1))
    picture.update_positions(position(car, 5, 5, 34.2))
    assert picture.row(car.key)["latitude"] == 34.2


def test_a_raw_gps_fix_is_shown_only_when_the_fused_position_stays_away() -> None:
    picture, drone = Picture(), mavlink_asset("default", 1)
    picture.add([drone])
    raw = position(drone, 1, 1, 34.9)
    raw["source"] = Source.GPS_RAW_INT
    picture.update_positions(np.concatenate([raw, position(drone, 0, 0, 34.1)]))
    assert picture.row(drone.key)["latitude"] == 34.1
    raw["received_time"] += seconds(1.5)
    picture.update_positions(raw)
    assert picture.row(drone.key)["latitude"] == 34.9
    picture.update_positions(position(drone, 2.6, 2.6, 34.2))
    assert picture.row(drone.key)["latitude"] == 34.2


def test_freshness_goes_from_fresh_over_late_to_lost_by_kind() -> None:
    picture, drone, car = Picture(), mavlink_asset("default", 1), CARS[0]
    picture.add([drone, car])
    picture.update_positions(np.concatenate([position(drone, 0, 0), position(car, 0, 0)]))
    told = [freshness(picture.rows, T0 + seconds(age)).tolist() for age in (1, 4, 16, 61)]
    assert told == [[0, 0], [1, 0], [2, 1], [2, 2]]


def test_an_asset_that_was_never_anywhere_is_lost() -> None:
    picture = Picture()
    picture.add([CARS[0]])
    assert freshness(picture.rows, T0)[0] == Freshness.LOST


def test_changed_since_tells_each_change_once() -> None:
    picture = Picture()
    picture.add(CARS)
    version = picture.version
    picture.update_positions(position(CARS[2], 0, 0))
    assert picture.changed_since(version)["asset"].tolist() == [CARS[2].key]
    assert len(picture.changed_since(picture.version)) == 0


def test_the_picture_grows_past_its_first_capacity_and_keeps_what_it_knew() -> None:
    picture = Picture()
    picture.update_positions(blank(POSITION, 0))
    many = [osmand_asset(str(n)) for n in range(1000)]
    picture.add(many[:10])
    picture.update_positions(position(many[3], 0, 0, 34.5))
    picture.add(many)
    assert len(picture) == 1000
    assert picture.row(many[3].key)["latitude"] == 34.5
    assert picture.rows["identity"][999] == b"osmand:999"


def test_a_merged_state_leaves_the_newer_fix_alone() -> None:
    ours, theirs, drone = Picture(), Picture(), mavlink_asset("default", 9)
    for picture in (ours, theirs):
        picture.add([drone])
    ours.update_positions(position(drone, 10, 10, 34.1))
    theirs.update_positions(position(drone, 5, 5, 34.9))
    status = blank(STATUS, 1)
    status["asset"], status["mode"] = drone.key, b"GUIDED"
    status["status_time"] = status["received_time"] = T0 + seconds(6)
    theirs.update_statuses(status)
    ours.merge(theirs.rows)
    row = ours.row(drone.key)
    assert (row["latitude"], row["mode"]) == (34.1, b"GUIDED")


def test_a_battery_told_hours_late_does_not_replace_a_newer_one() -> None:
    picture, car = Picture(), CARS[0]
    picture.add([car])
    for told_for, arrived, percent in ((0, 0, 80), (-7200, 1, 95)):
        status = blank(STATUS, 1)
        status["asset"], status["battery_percent"] = car.key, percent
        status["status_time"], status["received_time"] = (
            T0 + seconds(told_for),
            T0 + seconds(arrived),
        )
        picture.update_statuses(status)
    assert picture.row(car.key)["battery_percent"] == 80
    assert picture.row(car.key)["heard_time"] == T0 + seconds(1)


fixes = st.lists(
    st.tuples(st.integers(0, 3), st.integers(-50, 50), st.integers(0, 50)), min_size=1, max_size=40
)


@given(fixes, st.randoms(use_true_random=False), st.integers(1, 10))
def test_any_order_and_grouping_of_the_same_fixes_gives_the_same_picture(
    told: list[tuple[int, int, int]], random: Random, size: int
) -> None:
    # A fix is told apart by its time: the same (asset, time) says the same place.
    rows = np.concatenate(
        [
            position(CARS[n], fix, max(fix, received), 30 + n + fix / 100)
            for n, fix, received in told
        ]
    )

    def pictured(rows: Rows) -> Rows:
        picture = Picture()
        picture.add(CARS)
        for start in range(0, len(rows), size):
            picture.update_positions(rows[start : start + size])
        return picture.rows

    order = list(range(len(rows)))
    random.shuffle(order)
    one, other = pictured(rows), pictured(rows[order])
    for name in ("latitude", "position_time", "heard_time", "fix_time"):
        np.testing.assert_array_equal(one[name], other[name])


@given(fixes)
def test_merging_the_changes_gives_the_picture_they_came_from(
    told: list[tuple[int, int, int]],
) -> None:
    source, copy = Picture(), Picture()
    source.add(CARS)
    version = 0
    for n, fix, received in told:
        source.update_positions(position(CARS[n], fix, max(fix, received)))
        copy.merge(source.changed_since(version))
        version = source.version
    assert copy.rows.tobytes() == source.rows.tobytes()
    assert copy.rows.dtype == PICTURE


def test_a_merged_kind_is_what_was_told_last_unless_that_is_unknown() -> None:
    ours, post = Picture(), Asset("osmand:post-1", Kind.POST)
    for kind in (Kind.CAR, Kind.POST, Kind.UNKNOWN):
        theirs = Picture()
        theirs.add([Asset(post.identity, kind)])
        ours.merge(theirs.rows)
    assert ours.row(post.key)["kind"] == Kind.POST
