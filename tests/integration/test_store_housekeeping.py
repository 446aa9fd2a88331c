"""The housekeeper on real databases: what is too old goes, what is not rolled up yet stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from math import inf
from uuid import uuid4

import numpy as np
import psycopg
import pytest

from fleet.columns import Rows
from telemetry.batch import Batch, DeadLetter, Event, StatusText
from telemetry.store import continuous, housekeeping, retention
from telemetry.store.continuous import followed_since, limit_refresh
from telemetry.store.housekeeping import HOUSEKEEPER, REPLAYING, Housekeeper
from telemetry.store.insert import Inserter
from telemetry.store.retention import report
from telemetry.store.rollups import LEVELS
from telemetry.store.settings import HistorySettings
from tests.telemetry.store.samples import ASSETS, NOON, positions, statuses, unique
from tests.waiting import until

pytestmark = pytest.mark.integration

DAYS = np.array([0, 3, 12, 40, 200, 1200, 2000])
"""Ages in days of what is stored."""

TABLES = ("position", "vehicle_status", "status_text", "event", "dead_letter")


def aged(rows: Rows) -> Rows:
    """Rows of the hour after noon, moved back so that there are some of each age."""
    ages = DAYS[np.arange(len(rows)) % len(DAYS)].astype("m8[D]")
    for name in ("fix_time", "status_time", "received_time"):
        if name in (rows.dtype.names or ()):
            rows[name] -= ages
    return rows


def history() -> Batch:
    """Rows of every class of data and every age."""
    random = np.random.default_rng(3)
    fixes = unique(aged(positions(random, 350)), "asset", "fix_time", "source")
    states = unique(aged(statuses(random, 140)), "asset", "status_time")
    ages = [NOON - timedelta(days=int(day)) for day in DAYS]
    return Batch(
        ASSETS,
        fixes,
        states,
        tuple(StatusText(ASSETS[0].key, age, 3, "text") for age in ages),
        tuple(Event(ASSETS[0].key, age, age, "panic") for age in ages),
        tuple(DeadLetter(age, "osmand", "bad_id", "", "", b"") for age in ages),
    )


def later(settings: HistorySettings, dsn: str, *, hours: float = 2) -> Housekeeper:
    """One that works two hours after noon."""
    now = NOON + timedelta(hours=hours)
    return Housekeeper(dsn, settings, clock=now.timestamp, period=0.01)


@asynccontextmanager
async def stored(dsn: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        inserter = Inserter(connection)
        await inserter.prepare([])
        await inserter.write(history(), ASSETS)
        yield connection


async def ages(connection: psycopg.AsyncConnection, table: str, time: str) -> set[int]:
    """Which of DAYS are there."""
    cursor = await connection.execute(
        f"SELECT DISTINCT date '2026-11-20' - ({time} AT TIME ZONE 'UTC')::date"
        f" FROM nigehban.{table}".encode()
    )
    return {age for (age,) in await cursor.fetchall()}


async def all_ages(connection: psycopg.AsyncConnection) -> dict[str, set[int]]:
    times = {"position": "fix_time", "vehicle_status": "status_time", "event": "event_time"}
    times |= {"status_text": "received_time", "dead_letter": "received_time"}
    times |= {level.table: "bucket" for level in LEVELS} | {"driven_10min": "bucket"}
    return {table: await ages(connection, table, time) for table, time in times.items()}


async def housekept(housekeeper: Housekeeper) -> None:
    await housekeeper.run_once()
    while housekeeper.statistics.waiting:
        await housekeeper.run_once()


async def test_each_class_of_data_is_kept_as_long_as_the_settings_say(database: str) -> None:
    settings = HistorySettings(
        raw_days=10,
        second_days=30,
        ten_seconds_days=100,
        minute_days=1000,
        ten_minutes_days=1500,
        text_days=60,
        letter_days=7,
    )
    async with stored(database) as connection:
        housekeeper = later(settings, database)
        await housekept(housekeeper)
        told = await all_ages(connection)
        in_chunks = bool(housekeeper.statistics.dropped_chunks)
        assert told["status_text"] == told["event"] == {0, 3, 12, 40}
        assert told["dead_letter"] == {0, 3}
        assert told["position"] == told["vehicle_status"] == {0, 3}
        # A chunk goes when all of it is too old: of a week, a month, a year.
        assert told["track_1s"] == {0, 3, 12}
        assert told["track_10s"] == {0, 3, 12, 40}
        assert told["track_1min"] == {0, 3, 12, 40, 200}
        assert told["track_10min"] == told["driven_10min"] == {0, 3, 12, 40, 200, 1200}
        counted = housekeeper.statistics
        of_positions = counted.dropped_chunks if in_chunks else counted.dropped_rows
        assert of_positions["position"] == (5 if in_chunks else 250)
        assert housekeeper.statistics.last_error is None


async def test_for_ever_is_for_ever(timescale_database: str) -> None:
    names = [name for name in HistorySettings.model_fields if name.endswith("_days")]
    async with stored(timescale_database) as connection:
        await housekept(later(HistorySettings(**dict.fromkeys(names, inf)), timescale_database))
        told = await all_ages(connection)
        assert all(days == set(DAYS.tolist()) for days in told.values()), told


async def test_positions_that_are_not_rolled_up_yet_are_not_dropped(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stored(database) as connection:
        before = await ages(connection, "position", "fix_time")
        kept = retention.Kept("position", "fix_time", 10, rolled_up=True)
        dropped = await retention.drop_old(connection, kept, NOON)
        assert dropped.rows == dropped.chunks == 0
        assert await ages(connection, "position", "fix_time") == before
        await connection.execute("DELETE FROM nigehban.rollup_mark WHERE bucket < '2025-01-01Z'")
        dropped = await retention.drop_old(connection, kept, NOON)
        assert dropped.rows + dropped.chunks > 0
        assert await ages(connection, "position", "fix_time") == before - {1200, 2000}


async def test_much_is_dropped_in_small_parts(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(retention, "STEPS_MOST", 2)
    async with stored(database) as connection:
        housekeeper = later(HistorySettings(raw_days=2, letter_days=1), database)
        runs = 0
        while await ages(connection, "position", "fix_time") > {0}:
            await housekeeper.run_once()
            runs += 1
        assert runs > 2
        assert await ages(connection, "dead_letter", "received_time") <= {0, 3, 12, 40, 200}


async def test_nothing_is_dropped_while_a_file_is_replayed(timescale_database: str) -> None:
    settings = HistorySettings(raw_days=2)
    async with stored(timescale_database) as connection:
        await connection.execute("SELECT pg_advisory_lock_shared(%s)", [REPLAYING])
        housekeeper = later(settings, timescale_database)
        await housekept(housekeeper)
        assert await ages(connection, "track_10min", "bucket") == set(DAYS.tolist())
        assert await ages(connection, "position", "fix_time") == set(DAYS.tolist())
        await connection.execute("SELECT pg_advisory_unlock_shared(%s)", [REPLAYING])
        await housekeeper.run_once()
        assert await ages(connection, "position", "fix_time") == {0}


async def test_one_works_at_a_time_and_the_next_when_it_is_gone(timescale_database: str) -> None:
    first = await psycopg.AsyncConnection.connect(timescale_database, autocommit=True)
    await first.execute("SELECT pg_advisory_lock(%s)", [HOUSEKEEPER])
    async with stored(timescale_database) as connection:
        housekeeper = later(HistorySettings(), timescale_database)
        await housekeeper.run_once()
        assert housekeeper.statistics.elsewhere
        assert await ages(connection, "track_1s", "bucket") == set()
        await first.close()

        async def works() -> bool:
            await housekeeper.run_once()
            return not housekeeper.statistics.elsewhere

        await until(works)
        assert housekeeper.statistics.stretches > 0


async def test_it_tells_how_many_stretches_are_not_rolled_up_yet(
    timescale_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "STRETCHES_MOST", 25)
    async with stored(timescale_database) as connection:
        cursor = await connection.execute("SELECT count(*) FROM nigehban.rollup_mark")
        told = await cursor.fetchone()
        assert told is not None
        housekeeper = later(HistorySettings(raw_days=inf), timescale_database)
        left: list[int] = []
        while not left or left[-1]:
            await housekeeper.run_once()
            left.append(housekeeper.statistics.behind)
            assert left[-1] == told[0] - housekeeper.statistics.stretches
        assert len(left) > 1


async def test_it_goes_on_when_the_database_is_back(timescale_database: str) -> None:
    async with stored(timescale_database) as connection:
        name = f"away_{uuid4().hex[:8]}"
        away = timescale_database.replace(connection.info.dbname, name)
        housekeeper = later(HistorySettings(), away)
        task = asyncio.create_task(housekeeper.run())
        await until(lambda: housekeeper.statistics.last_error)
        assert f'database "{name}" does not exist' in (housekeeper.statistics.last_error or "")
        housekeeper._dsn = timescale_database
        await until(lambda: housekeeper.statistics.stretches > 10)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


async def test_the_report_tells_what_there_is_and_what_would_go(database: str) -> None:
    settings = HistorySettings(raw_days=10, letter_days=7)
    async with stored(database) as connection:
        now: datetime = NOON + timedelta(hours=2)
        told = {held.kept.table: held for held in await report(connection, settings, now)}
        assert told["position"].oldest is not None
        assert (NOON - told["position"].oldest).days in {1999, 2000}
        assert told["position"].due == (5 if told["position"].in_chunks else 250)
        assert told["dead_letter"].due == 5
        assert told["event"].due == 2
        assert told["track_1s"].due == 0
        assert told["track_1s"].oldest is None
        assert all(held.bytes > 0 for held in told.values() if held.oldest is not None)
        assert await ages(connection, "dead_letter", "received_time") == set(DAYS.tolist())


@pytest.mark.parametrize(
    ("settings", "days"),
    [
        ({}, 89),
        ({"second_days": 20}, 19),
        ({"raw_days": 400, "second_days": 400, "ten_seconds_days": 50, "minute_days": 60}, 49),
        ({"second_days": 1}, 0.5),
        ({"raw_days": inf, "second_days": inf, "ten_seconds_days": inf, "minute_days": inf}, inf),
    ],
)
def test_continuous_aggregates_are_refreshed_only_where_all_their_sources_are_kept(
    settings: dict[str, float], days: float
) -> None:
    assert continuous.refreshed_days(HistorySettings(**settings).source_days) == days


async def test_without_continuous_aggregates_nothing_is_said_of_their_refreshing(
    database: str, kind: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await limit_refresh(connection, 90)
        assert await followed_since(connection, 90, NOON) is None
        if kind == "timescaledb":  # it is at least a statement that TimescaleDB understands
            for offset in (timedelta(days=89), None):
                done = await connection.execute(continuous._LIMIT_REFRESH, {"offset": offset})
                assert done.rowcount == 0
