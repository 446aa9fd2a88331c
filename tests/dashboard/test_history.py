"""What the page asks of a real store, and how it bears its absence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import psycopg
import pytest

from dashboard.history import History, HistoryAwayError
from fleet.assets import Asset, Kind
from fleet.columns import POSITION, STATUS, Source, blank
from telemetry.batch import Batch
from telemetry.store.insert import Inserter
from telemetry.store.migrate import migrate
from telemetry.store.server import EmbeddedServer
from tests.dashboard.pages import NO_DATABASE
from tests.dashboard.pictures import NOON, drones, seconds
from tests.databases import fresh_database, hung, own_server
from tests.waiting import until

pytestmark = pytest.mark.integration

ABSENCE = 8.0
"""Seconds; a doubling pause between two tries would have grown to as much."""

NOW = NOON + seconds(60)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with own_server("postgresql") as server:
        yield server


@pytest.fixture
def dsn(server: EmbeddedServer) -> Iterator[str]:
    with fresh_database(server) as dsn:
        yield dsn


async def fill(dsn: str) -> None:
    """A drone that climbs for a minute, a position and a state each second."""
    drone = drones(1)[0]
    times = NOON + np.arange(60) * seconds(1)
    positions, statuses = blank(POSITION, 60), blank(STATUS, 60)
    positions["asset"] = statuses["asset"] = drone.key
    positions["fix_time"] = positions["received_time"] = times
    statuses["status_time"] = statuses["received_time"] = statuses["vehicle_time"] = times
    positions["source"] = Source.GLOBAL_POSITION_INT
    positions["latitude"], positions["longitude"] = 34.0, 71.5
    positions["height"] = np.arange(60)
    statuses["battery_percent"] = 90 - np.arange(60) / 10
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        silent = Asset("camera:cam-1", Kind.UNKNOWN)  # which tells of events alone
        assets = [drone, silent]
        await Inserter(connection).write(Batch(positions=positions, statuses=statuses), assets)


async def test_the_course_of_an_asset_is_what_is_stored(dsn: str) -> None:
    migrate(dsn)
    await fill(dsn)
    async with History(dsn).opened() as history:
        course = await history.course(drones(1)[0].key, NOW, timedelta(minutes=15))
        assert course.end - course.start == timedelta(minutes=15)
        assert course.positions["height"][-1] == 59
        assert np.diff(course.positions["height"]).max() == 5  # a point every 5 s of 15 minutes
        assert course.statuses["battery_percent"][-1] == pytest.approx(84.1)
        trail = await history.trails(NOW)
        assert len(trail) == 12
        assert await history.labels() == ({}, {}, {})
        (latest,) = await history.latest()
        assert latest["height"] == 59
        assert await history.texts(drones(1)[0].key) == []


async def test_a_database_that_is_away_is_said_in_one_line() -> None:
    async with History(NO_DATABASE).opened() as history:
        with pytest.raises(HistoryAwayError) as error:
            await history.latest()
        assert "\n" not in str(error.value)


async def test_a_missing_schema_says_what_to_run(dsn: str) -> None:
    async with History(dsn).opened() as history:
        with pytest.raises(HistoryAwayError, match="nigehban db migrate"):
            await history.latest()


async def test_a_database_that_hangs_is_away_and_comes_back() -> None:
    with own_server("postgresql") as server:
        dsn = server.dsn()
        migrate(dsn)
        async with History(dsn).opened() as history:
            assert await history.labels() == ({}, {}, {})
            async with asyncio.timeout(15):  # far less than a hung server would hold us
                with hung(server), pytest.raises(HistoryAwayError):
                    await history.labels()
            await until(lambda: answers(history))


async def test_it_answers_soon_after_a_long_absence_of_the_database() -> None:
    with own_server("postgresql") as server, fresh_database(server) as dsn:
        await asyncio.to_thread(migrate, dsn)
        async with History(dsn).opened() as history:
            assert await answers(history)
            await asyncio.to_thread(server.kill)
            await until(lambda: is_away(history))  # a backend may not know of it yet
            clock = asyncio.get_running_loop().time
            killed = clock()
            while clock() - killed < ABSENCE:
                assert not await answers(history)
            await asyncio.to_thread(server.restart)
            await until(lambda: answers(history))


async def answers(history: History) -> bool:
    """Whether a database in which nothing has a name says so."""
    try:
        return await history.labels() == ({}, {}, {})
    except HistoryAwayError:
        return False


async def is_away(history: History) -> bool:
    return not await answers(history)
