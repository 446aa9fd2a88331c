"""What the store answers, against the same asked of the rows in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from fleet.assets import Asset, osmand_asset
from fleet.columns import POSITION, Rows, Source
from fleet.picture import Picture
from telemetry.batch import Batch, StatusText
from telemetry.store import queries
from telemetry.store.insert import Inserter
from tests.telemetry.store.samples import (
    ASSETS,
    CARS,
    DRONES,
    NOON,
    START,
    positions,
    same,
    seconds,
    statuses,
    unique,
)

pytestmark = pytest.mark.integration

WINDOW = (NOON + timedelta(minutes=7, seconds=3), NOON + timedelta(minutes=40))
BUCKETS = [timedelta(seconds=10), timedelta(seconds=37.5), timedelta(minutes=15)]


@pytest.fixture
async def connection(database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await Inserter(connection).prepare([])
        yield connection


@pytest.fixture
def fixes() -> Rows:
    rows = positions(np.random.default_rng(5), 4000)
    return unique(rows, "asset", "fix_time", "source")


@pytest.fixture
def states() -> Rows:
    return unique(statuses(np.random.default_rng(6), 2000), "asset", "status_time")


def _time(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _bucket(times: object, bucket: timedelta) -> np.ndarray:
    since = np.asarray(times, "M8[us]") - np.datetime64("2000-01-01", "us")
    return np.asarray(since // np.timedelta64(bucket))


def _thinned(rows: Rows, start: datetime, end: datetime, bucket: timedelta) -> Rows:
    """By brute force: of each asset and bucket the last row that is not a raw GPS fix."""
    best: dict[tuple[int, int], np.void] = {}
    rows = rows[(rows["fix_time"] >= _time(start)) & (rows["fix_time"] < _time(end))]
    for row, number in zip(rows, _bucket(rows["fix_time"], bucket).tolist(), strict=True):
        key = (int(row["asset"]), number)
        rank = (row["source"] != Source.GPS_RAW_INT, row["fix_time"])
        other = best.get(key)
        if other is None or rank > (other["source"] != Source.GPS_RAW_INT, other["fix_time"]):
            best[key] = row
    return np.array([best[key] for key in sorted(best)], rows.dtype)


@pytest.mark.parametrize("bucket", BUCKETS)
async def test_a_track_is_the_last_fused_fix_of_each_bucket(
    connection: psycopg.AsyncConnection, fixes: Rows, bucket: timedelta
) -> None:
    await Inserter(connection).write(Batch(positions=fixes), ASSETS)
    for asset in (DRONES[0], CARS[0]):
        expected = _thinned(fixes[fixes["asset"] == asset.key], *WINDOW, bucket)
        track = await queries.track(connection, asset.key, *WINDOW, bucket)
        assert len(expected) > 2
        assert same(track, expected)


@pytest.mark.parametrize("bucket", BUCKETS)
async def test_trails_are_the_tracks_of_all(
    connection: psycopg.AsyncConnection, fixes: Rows, bucket: timedelta
) -> None:
    await Inserter(connection).write(Batch(positions=fixes), ASSETS)
    trails = await queries.trails(connection, *WINDOW, bucket)
    expected = _thinned(fixes, *WINDOW, bucket)
    assert same(trails, expected[list(queries.TRAIL.names or ())].astype(queries.TRAIL))


@pytest.mark.parametrize("bucket", BUCKETS)
async def test_a_history_is_the_last_state_of_each_bucket(
    connection: psycopg.AsyncConnection, states: Rows, bucket: timedelta
) -> None:
    await Inserter(connection).write(Batch(statuses=states), ASSETS)
    key = DRONES[2].key
    mine = states[states["asset"] == key]
    mine = mine[
        (mine["status_time"] >= _time(WINDOW[0])) & (mine["status_time"] < _time(WINDOW[1]))
    ]
    number = _bucket(mine["status_time"], bucket)
    last = np.append(number[1:] != number[:-1], True)
    history = await queries.status_history(connection, key, *WINDOW, bucket)
    assert same(history, mine[last])


@pytest.mark.parametrize(("ago", "there"), [(-0.001, 0), (0, 1), (0.999, 1), (1, 0)])
async def test_a_window_holds_its_start_and_not_its_end(
    connection: psycopg.AsyncConnection, ago: float, there: int
) -> None:
    """Whatever the buckets are: this one is wider than the window."""
    fix = positions(np.random.default_rng(9), 1, DRONES[:1])
    state = statuses(np.random.default_rng(9), 1, DRONES[:1])
    fix["fix_time"] = state["status_time"] = state["received_time"] = _time(WINDOW[0]) + seconds(
        ago
    )
    await Inserter(connection).write(Batch(positions=fix, statuses=state), DRONES)
    window = (WINDOW[0], WINDOW[0] + timedelta(seconds=1), timedelta(minutes=15))
    key = DRONES[0].key
    assert len(await queries.track(connection, key, *window)) == there
    assert len(await queries.status_history(connection, key, *window)) == there
    assert len(await queries.trails(connection, *window)) == there


async def test_an_asset_without_rows_has_an_empty_track_and_history(
    connection: psycopg.AsyncConnection,
) -> None:
    track = await queries.track(connection, 1, *WINDOW, BUCKETS[0])
    history = await queries.status_history(connection, 1, *WINDOW, BUCKETS[0])
    assert (len(track), len(history)) == (0, 0)
    assert track.dtype == POSITION


@pytest.mark.parametrize(
    ("start", "end", "bucket", "said"),
    [
        (WINDOW[0], WINDOW[1], timedelta(0), "is not longer than nothing"),
        (WINDOW[0], WINDOW[1], timedelta(milliseconds=1), "more than 10000 buckets"),
        (WINDOW[0].replace(tzinfo=None), WINDOW[1], BUCKETS[0], "need a time zone"),
    ],
)
async def test_a_window_that_cannot_be_answered_is_refused(
    connection: psycopg.AsyncConnection,
    start: datetime,
    end: datetime,
    bucket: timedelta,
    said: str,
) -> None:
    with pytest.raises(ValueError, match=said):
        await queries.track(connection, 1, start, end, bucket)


async def test_a_window_that_ends_before_it_begins_is_empty(
    connection: psycopg.AsyncConnection,
) -> None:
    assert len(await queries.track(connection, 1, WINDOW[1], WINDOW[0], BUCKETS[0])) == 0


async def test_the_latest_is_the_picture_that_the_same_rows_make_in_memory(
    connection: psycopg.AsyncConnection, fixes: Rows, states: Rows
) -> None:
    silent = osmand_asset("never-heard")
    await Inserter(connection).write(Batch(ASSETS, fixes, states), [*ASSETS, silent])
    picture = Picture()
    picture.add([*ASSETS, silent])
    picture.update_positions(fixes)
    picture.update_statuses(states)
    latest = await queries.latest(connection)
    # what a late fix told of being heard is not looked for among all rows: only the newest ones
    for rows in (latest, picture.rows):
        rows["heard_time"] = np.datetime64("NaT")
    assert same(np.sort(latest, order="asset"), np.sort(picture.rows, order="asset"))


async def test_the_latest_tells_when_an_asset_was_heard(
    connection: psycopg.AsyncConnection, fixes: Rows, states: Rows
) -> None:
    await Inserter(connection).write(Batch(ASSETS, fixes, states), ASSETS)
    latest = {int(row["asset"]): row for row in await queries.latest(connection)}
    drone, car = latest[DRONES[0].key], latest[CARS[0].key]
    mine = states[states["asset"] == DRONES[0].key]
    told = mine[np.argmax(mine["status_time"])]
    assert told["received_time"] > told["status_time"]
    assert drone["heard_time"] == max(drone["position_time"], told["received_time"])
    assert car["heard_time"] >= car["position_time"]
    assert np.isnat(car["status_time"])


@pytest.mark.parametrize("wrong", ["2099-01-01", "2026-12-31"])
async def test_one_fix_of_a_wrong_clock_does_not_hold_the_mark_for_ever(
    connection: psycopg.AsyncConnection, wrong: str
) -> None:
    rows = positions(np.random.default_rng(7), 20, (CARS[0],))
    rows["fix_time"] = rows["received_time"] = START + seconds(np.arange(20))
    rows["fix_time"][4] = np.datetime64(wrong, "us")
    await Inserter(connection).write(Batch(positions=rows), CARS)
    picture = Picture()
    picture.add(CARS[:1])
    picture.update_positions(rows)
    latest = await queries.latest(connection)
    mark = latest[latest["asset"] == CARS[0].key][0]
    assert mark["fix_time"] == picture.row(CARS[0].key)["fix_time"] == rows["fix_time"][19]


@pytest.mark.parametrize("fused_ago", [0.5, 1.5, 3.0, 300.0])
async def test_a_raw_fix_that_is_a_little_newer_does_not_hide_the_fused_position(
    connection: psycopg.AsyncConnection, fused_ago: float
) -> None:
    rows = positions(np.random.default_rng(8), 2, DRONES[:1])
    rows["source"] = Source.GPS_RAW_INT, Source.GLOBAL_POSITION_INT
    rows["fix_time"] = rows["received_time"] = START + seconds([400, 400 - fused_ago])
    await Inserter(connection).write(Batch(positions=rows), DRONES)
    picture = Picture()
    picture.add(DRONES)
    picture.update_positions(rows)
    latest = await queries.latest(connection)
    assert same(latest[latest["asset"] == DRONES[0].key], picture.rows[:1])


async def test_recent_texts_come_newest_first_and_no_more_than_asked(
    connection: psycopg.AsyncConnection,
) -> None:
    def text(asset: Asset, second: int) -> StatusText:
        return StatusText(asset.key, NOON + timedelta(seconds=second), 4, f"text {second}")

    texts = tuple(text(asset, second) for asset in DRONES[:2] for second in range(10))
    await Inserter(connection).write(Batch(texts=texts), ASSETS)
    recent = await queries.recent_texts(connection, DRONES[1].key, 3)
    assert recent == [text(DRONES[1], second) for second in (9, 8, 7)]
