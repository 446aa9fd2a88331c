"""The past as it was known then, against a picture that is fed in memory what had come by then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import numpy as np
import psycopg
import pytest

from fleet.columns import Rows
from fleet.picture import Picture
from telemetry.batch import Batch
from telemetry.store import past
from telemetry.store.columnar import columns
from telemetry.store.insert import Inserter
from telemetry.store.past import Span
from telemetry.store.rollups import RollUp
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

KEYS = [asset.key for asset in ASSETS]
LATE = 30.0


@pytest.fixture
async def connection(timescale_database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(
        timescale_database, autocommit=True
    ) as connection:
        yield connection


@pytest.fixture
async def either(database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """As `connection`, to TimescaleDB and to plain PostgreSQL."""
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def fixes() -> Rows:
    """Cars' come up to five minutes late, in any order."""
    rows = positions(np.random.default_rng(11), 4000)
    rows["suspect"] = np.arange(len(rows)) % 31 == 0
    return unique(rows, "asset", "fix_time", "source")


@pytest.fixture
def states() -> Rows:
    return unique(statuses(np.random.default_rng(12), 1000), "asset", "status_time")


async def write(connection: psycopg.AsyncConnection, fixes: Rows, states: Rows) -> None:
    inserter = Inserter(connection)
    await inserter.prepare(ASSETS)
    mixed = np.random.default_rng(3).permutation(len(fixes))
    half = len(mixed) // 2
    await inserter.write(Batch(positions=fixes[mixed[:half]]), ASSETS)
    await inserter.write(Batch(positions=fixes[mixed[half:]], statuses=states), ASSETS)


def fed(fixes: Rows, states: Rows, at: np.datetime64) -> Rows:
    """PICTURE rows of what had come by then."""
    picture = Picture()
    picture.add(ASSETS)
    picture.update_positions(fixes[fixes["received_time"] <= at])
    picture.update_statuses(states[(states["received_time"] <= at) & (states["status_time"] <= at)])
    return picture.rows


@pytest.mark.parametrize("minutes", [-1, 4, 17.3, 63])
async def test_the_picture_of_a_moment_is_the_one_that_was_shown_then(
    connection: psycopg.AsyncConnection, fixes: Rows, states: Rows, minutes: float
) -> None:
    await write(connection, fixes, states)
    known = await past.known_at(connection, KEYS, NOON + timedelta(minutes=minutes))
    picture = Picture()
    picture.add(ASSETS)
    picture.update_positions(known.positions)
    picture.update_statuses(known.statuses)
    expected = fed(fixes, states, START + seconds(60 * minutes))
    for rows in (picture.rows, expected):
        rows["heard_time"] = np.datetime64("NaT")  # of all that came, not of what is shown
    assert same(picture.rows, expected)


async def test_a_fix_that_came_late_is_known_only_from_then_on(
    connection: psycopg.AsyncConnection, states: Rows
) -> None:
    rows = positions(np.random.default_rng(1), 2, CARS[:1])
    rows["fix_time"] = START + seconds([0, 60])
    rows["received_time"] = START + seconds([1, 600])
    await write(connection, rows, states[:0])
    for second, shown in ((30, 0), (599, 0), (600, 60)):
        known = await past.known_at(connection, KEYS, NOON + timedelta(seconds=second))
        (mark,) = past.one_each(known.positions)
        assert mark["fix_time"] == START + seconds(shown)
        assert past.is_late(known.positions, LATE).tolist() == [shown == 60]


def marks(track: Rows, at: np.datetime64) -> dict[int, np.datetime64]:
    """The fix time of each asset's mark at a moment, as a page finds it."""
    found = {}
    for key in KEYS:
        mine = track[track["asset"] == key]
        news = [row for row in mine[past.news(mine)] if row["received_time"] <= at]
        if news:
            found[key] = news[-1]["fix_time"]
    return found


async def test_a_track_played_shows_at_each_moment_what_was_shown_then(
    connection: psycopg.AsyncConnection, fixes: Rows, states: Rows
) -> None:
    await write(connection, fixes, states)
    begin = timedelta(minutes=20)
    span = Span(NOON + begin, NOON + timedelta(minutes=30), timedelta(seconds=0.1), LATE)
    track = await past.tracks(connection, KEYS, span)
    believed = fixes[fixes["suspect"] == 0]
    for second in np.linspace(0, 599, 60):
        at = START + np.timedelta64(begin) + seconds(second)
        expected = fed(believed, states, at)
        told = marks(track[track["suspect"] == 0], at)
        for row in expected:
            if row["fix_time"] >= START + seconds(1200):
                assert told[int(row["asset"])] == row["fix_time"]
            elif int(row["asset"]) in told:
                assert told[int(row["asset"])] <= START + seconds(1200)


@pytest.mark.parametrize("step", [timedelta(seconds=7), timedelta(minutes=3)])
async def test_both_ways_of_reading_give_the_same_track(
    either: psycopg.AsyncConnection,
    fixes: Rows,
    states: Rows,
    monkeypatch: pytest.MonkeyPatch,
    step: timedelta,
) -> None:
    await write(either, fixes, states)
    span = Span(NOON + timedelta(minutes=7, seconds=3), NOON + timedelta(minutes=40), step, LATE)
    monkeypatch.setattr(past, "SCAN_MOST", timedelta(hours=1))
    scanned = await past.tracks(either, KEYS, span)
    monkeypatch.setattr(past, "SCAN_MOST", timedelta(0))
    looked_up = await past.tracks(either, KEYS, span)
    assert len(scanned) > 80
    assert same(scanned, looked_up)


async def test_a_step_shows_also_the_fix_that_was_known_in_time(
    connection: psycopg.AsyncConnection, states: Rows
) -> None:
    rows = positions(np.random.default_rng(1), 3, CARS[:1])
    rows["fix_time"] = START + seconds([10, 20, 40])
    rows["received_time"] = START + seconds([11, 21, 400])
    await write(connection, rows, states[:0])
    span = Span(NOON, NOON + timedelta(minutes=1), timedelta(minutes=1), LATE)
    track = await past.tracks(connection, [CARS[0].key], span)
    assert track["fix_time"].tolist() == (START + seconds([20, 40])).tolist()
    assert past.is_late(track, LATE).tolist() == [False, True]


async def test_what_came_late_from_before_the_window_is_in_it(
    connection: psycopg.AsyncConnection, states: Rows
) -> None:
    rows = positions(np.random.default_rng(1), 4, CARS[:1])
    rows["fix_time"] = START + seconds([0, 60, 120, 180])
    rows["received_time"] = START + seconds([1, 700, 750, 9000])
    await write(connection, rows, states[:0])
    span = Span(
        NOON + timedelta(minutes=10), NOON + timedelta(minutes=20), timedelta(seconds=1), LATE
    )
    track = await past.tracks(connection, [CARS[0].key], span)
    assert track["fix_time"].tolist() == (START + seconds([0, 60, 120])).tolist()


async def test_what_is_kept_in_roll_ups_only_is_played_from_them(
    either: psycopg.AsyncConnection, fixes: Rows, states: Rows
) -> None:
    await write(either, fixes, states[:0])
    await RollUp().run(either, NOON + timedelta(hours=3), 10_000)
    span = Span(NOON, NOON + timedelta(hours=1), timedelta(minutes=1), LATE)
    whole = await past.tracks(either, KEYS, span)
    await either.execute(
        "DELETE FROM nigehban.position WHERE fix_time < %s", [NOON + timedelta(minutes=30)]
    )
    left = await past.tracks(either, KEYS, span)
    minutes = [
        {(row["asset"], row["fix_time"].astype("M8[m]")) for row in rows} for rows in (whole, left)
    ]
    assert minutes[0] == minutes[1]
    assert set(left["fix_time"].tolist()) <= set(whole["fix_time"].tolist())


async def test_more_points_than_an_answer_holds_are_refused_with_a_step_that_would_do(
    connection: psycopg.AsyncConnection,
) -> None:
    span = Span(NOON, NOON + timedelta(days=1), timedelta(seconds=1), LATE)
    with pytest.raises(ValueError, match=r"10 assets in steps of 1 s .* take steps of 8 s"):
        await past.tracks(connection, KEYS, span)


async def test_nothing_stored_is_nothing_known(connection: psycopg.AsyncConnection) -> None:
    span = Span(NOON, NOON + timedelta(minutes=1), timedelta(seconds=1), LATE)
    assert len(await past.tracks(connection, KEYS, span)) == 0
    assert len((await past.known_at(connection, KEYS, NOON)).positions) == 0
    assert len(await past.tracks(connection, [], span)) == 0


async def test_columns_are_the_rows_that_the_query_gives(
    connection: psycopg.AsyncConnection, fixes: Rows, states: Rows
) -> None:
    await write(connection, fixes, states[:0])
    inner = psycopg.sql.SQL("SELECT * FROM nigehban.position ORDER BY asset, fix_time, source")
    assert same(await columns(connection, fixes.dtype, inner, {}), fixes)


def test_drones_that_tell_of_now_are_never_late() -> None:
    rows = positions(np.random.default_rng(1), 50, DRONES)
    rows["fix_time"] -= seconds(3600)
    assert not past.is_late(rows, LATE).any()
