"""Tracks from roll-ups are those from single positions, whatever is rolled up at the moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import numpy as np
import psycopg
import pytest

from fleet.columns import Rows, Source, Suspect
from telemetry.batch import Batch
from telemetry.store import queries
from telemetry.store.insert import Inserter
from telemetry.store.rollups import RollUp
from tests.telemetry.store.samples import CARS, DRONES, NOON, positions, same, unique

pytestmark = pytest.mark.integration

HOUR = (NOON, NOON + timedelta(hours=1))
ODD = (NOON + timedelta(minutes=7, seconds=3.3), NOON + timedelta(minutes=41, seconds=12.7))
BUCKETS = [timedelta(seconds=seconds) for seconds in (1, 30, 60, 1200)]
OVER = NOON + timedelta(minutes=34)
"""When the stretches until half past are over, and no other."""


@pytest.fixture
async def connection(database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        inserter = Inserter(connection)
        await inserter.prepare([])
        await inserter.write(Batch(positions=fixes()), (DRONES[0], CARS[0]))
        yield connection


def fixes() -> Rows:
    """A drone and a car; one fix in five is suspect, and for minutes on end all are."""
    random = np.random.default_rng(21)
    rows = unique(positions(random, 1500, (DRONES[0], CARS[0])), "asset", "fix_time", "source")
    rows["suspect"] = np.where(random.random(len(rows)) < 0.2, Suspect.SPEED, 0)
    minute = rows["fix_time"].astype("M8[m]").astype(int) % 60
    rows["suspect"][minute < 5] = Suspect.CLOCK
    return rows


def best(rows: Rows, window: tuple[datetime, datetime], bucket: timedelta) -> Rows:
    """By brute force: of each bucket a fix that is not suspect, not raw, and the last such."""
    since, till = (np.datetime64(time.replace(tzinfo=None), "us") for time in window)
    found: dict[int, np.void] = {}
    for row in rows[(rows["fix_time"] >= since) & (rows["fix_time"] < till)]:
        number = bin_of(row, bucket)
        if number not in found or rank(row) > rank(found[number]):
            found[number] = row
    return np.array([found[number] for number in sorted(found)], rows.dtype)


def rank(row: np.void) -> tuple[bool, bool, int]:
    return not row["suspect"], row["source"] != Source.GPS_RAW_INT, int(row["fix_time"].astype(int))


async def test_a_track_shows_no_suspect_fix_where_there_is_another(
    connection: psycopg.AsyncConnection,
) -> None:
    rows = fixes()
    for asset in (DRONES[0], CARS[0]):
        mine = rows[rows["asset"] == asset.key]
        for bucket in (timedelta(seconds=10), timedelta(seconds=37.5), timedelta(minutes=20)):
            expected = best(mine, ODD, bucket)
            assert same(await queries.track(connection, asset.key, *ODD, bucket), expected)
            trails = await queries.trails(connection, *ODD, bucket)
            names = list(queries.TRAIL.names or ())
            shown = trails[trails["asset"] == asset.key]
            assert same(shown, expected[names].astype(queries.TRAIL))


async def expect_the_same(connection: psycopg.AsyncConnection) -> None:
    for asset in (DRONES[0], CARS[0]):
        for window in (HOUR, ODD):
            for bucket in BUCKETS:
                asked = (connection, asset.key, *window, bucket)
                rolled, track = await queries.rolled_track(*asked), await queries.track(*asked)
                assert len(track) > 1
                assert same(rolled, track), (asset.identity, window, bucket)


async def test_before_during_and_after_the_rolling_up(
    connection: psycopg.AsyncConnection,
) -> None:
    await expect_the_same(connection)
    await RollUp().run(connection, OVER, 10**6)
    assert await positions_marked(connection) > 0
    await expect_the_same(connection)
    await RollUp().run(connection, NOON + timedelta(hours=2), 10**6)
    assert await positions_marked(connection) == 0
    await expect_the_same(connection)


async def positions_marked(connection: psycopg.AsyncConnection) -> int:
    cursor = await connection.execute("SELECT count(*) FROM nigehban.rollup_mark")
    (number,) = await cursor.fetchone() or (None,)
    assert isinstance(number, int)
    return number


async def test_where_positions_and_fine_roll_ups_are_gone_coarser_ones_tell_the_track(
    connection: psycopg.AsyncConnection,
) -> None:
    await RollUp().run(connection, NOON + timedelta(hours=2), 10**6)
    asked = (connection, DRONES[0].key, *HOUR)
    tracks = {bucket: await queries.track(*asked, bucket) for bucket in BUCKETS}
    tens = await queries.track(*asked, timedelta(seconds=10))
    for table in ("position", "track_1s"):
        await connection.execute(f"DELETE FROM nigehban.{table}".encode())
    for bucket in (timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=20)):
        assert same(await queries.rolled_track(*asked, bucket), tracks[bucket])
    fewer = await queries.rolled_track(*asked, timedelta(seconds=1))
    assert same(fewer, tens)


async def test_a_bucket_that_no_level_divides_shows_one_of_its_last_fixes(
    connection: psycopg.AsyncConnection,
) -> None:
    await RollUp().run(connection, NOON + timedelta(hours=2), 10**6)
    bucket = timedelta(seconds=97)
    asked = (connection, CARS[0].key, *HOUR, bucket)
    rolled, track = await queries.rolled_track(*asked), await queries.track(*asked)
    last = {bin_of(row, bucket): row["fix_time"] for row in track if not row["suspect"]}
    shown = {bin_of(row, bucket): row["fix_time"] for row in rolled}
    assert len(last.keys() - shown.keys()) <= 1  # the window begins in the middle of the first
    behind = [last[number] - shown[number] for number in last.keys() & shown.keys()]
    assert len(behind) > 30
    assert min(behind) >= np.timedelta64(0)
    assert max(behind) <= np.timedelta64(bucket) / 3


def bin_of(row: np.void, bucket: timedelta) -> int:
    return int((row["fix_time"] - np.datetime64("2000-01-01", "us")) // np.timedelta64(bucket))


async def test_buckets_below_a_second_are_for_the_raw_track(
    connection: psycopg.AsyncConnection,
) -> None:
    with pytest.raises(ValueError, match="shorter than the finest roll-up"):
        await queries.rolled_track(connection, 1, *HOUR, timedelta(milliseconds=999))
    with pytest.raises(ValueError, match="more than 10000 buckets"):
        await queries.rolled_track(
            connection, 1, NOON, NOON + timedelta(seconds=10_001), timedelta(seconds=1)
        )
