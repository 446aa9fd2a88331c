"""Flights on real databases: the same ones whatever the order in which their statuses came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import psycopg
import pytest

from fleet.columns import STATUS, Rows, blank
from telemetry.batch import Batch, Event
from telemetry.mavlink.firmware import FIRMWARE
from telemetry.store import flights
from telemetry.store.insert import Inserter
from tests.telemetry.store.samples import DRONES, NOON, START, seconds

pytestmark = pytest.mark.integration

LATER = NOON + timedelta(days=4)
DRONE = DRONES[0].key


def statuses(*stretches: tuple[float, float, bool], step: float = 5.0) -> Rows:
    """STATUS rows of stretches in minutes after noon: from, to, in the air or not."""
    times = [np.arange(start * 60, end * 60, step) for start, end, _ in stretches]
    rows = blank(STATUS, sum(map(len, times)))
    rows["asset"] = DRONE
    rows["status_time"] = rows["received_time"] = START + seconds(np.concatenate(times))
    flies = np.concatenate(
        [np.full(len(t), f) for t, (_, _, f) in zip(times, stretches, strict=True)]
    )
    rows["landed_state"] = np.where(flies, 2, 1)
    rows["battery_percent"] = 100 - np.arange(len(rows)) % 97
    return rows


@asynccontextmanager
async def stored(dsn: str) -> AsyncIterator[tuple[psycopg.AsyncConnection, Inserter]]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        inserter = Inserter(connection)
        await inserter.prepare(DRONES)
        yield connection, inserter


async def fold(connection: psycopg.AsyncConnection, now: datetime = LATER) -> None:
    while (await flights.fold(connection, now, 10)).more:
        pass


async def found(connection: psycopg.AsyncConnection) -> list[tuple[float, float]]:
    """Beginning and end of the flights, in minutes after noon."""
    told = await flights.flights(connection, DRONE, before=LATER, limit=100)
    minute = timedelta(minutes=1)
    return [((f.start_time - NOON) / minute, (f.end_time - NOON) / minute) for f in told][::-1]


LAST = 5 / 60  # the last status of a stretch is a step before its end


async def test_a_flight_is_a_stretch_in_the_air(database: str) -> None:
    async with stored(database) as (connection, inserter):
        day = [(0, 5, False), (5, 25, True), (25, 40, False), (40, 45, True), (49, 60, True)]
        await inserter.write(Batch(statuses=statuses(*day, (66, 67, True), (67, 68, False))), [])
        await fold(connection)
        starts, ends = zip(*await found(connection), strict=True)
        assert starts == (5, 40, 66)
        assert ends == pytest.approx((25 - LAST, 60 - LAST, 67 - LAST))
        total = (await flights.totals(connection))[DRONE]
        assert total.flights == 3
        assert total.hours == pytest.approx((20 + 20 + 1 - 3 * LAST) / 60)
        assert total.last_start == NOON + timedelta(minutes=66)


@pytest.mark.parametrize("seed", range(3))
async def test_the_order_in_which_statuses_come_makes_no_difference(
    timescale_database: str, seed: int
) -> None:
    random = np.random.default_rng(seed)
    bounds = np.cumsum(random.uniform(0.2, 9, 40)) * random.choice([1, 40], 40)
    bounds.sort()
    rows = statuses(
        *((a, b, bool(random.integers(2))) for a, b in pairwise(bounds)),
        step=20.0,
    )
    rows = rows[random.random(len(rows)) < 0.7]
    async with stored(timescale_database) as (connection, inserter):
        pieces = np.array_split(rows, 8)
        for place in random.permutation(len(pieces)).tolist():
            await inserter.write(Batch(statuses=pieces[place]), [])
            if random.random() < 0.7:
                await fold(connection)
        await fold(connection)
        by_and_by = await flights.flights(connection, DRONE, before=LATER, limit=1000)
        await connection.execute("TRUNCATE nigehban.flight, nigehban.flight_mark")
        await fold(connection)
        at_once = await flights.flights(connection, DRONE, before=LATER, limit=1000)
    assert len(at_once) > 3
    assert by_and_by == at_once


async def test_a_flight_that_goes_on_grows(timescale_database: str) -> None:
    async with stored(timescale_database) as (connection, inserter):
        for minute in range(0, 30, 5):
            await inserter.write(Batch(statuses=statuses((minute, minute + 5, True))), [])
            await fold(connection, NOON + timedelta(minutes=minute + 5))
        ((begin, end),) = await found(connection)
        assert begin == 0
        assert end == pytest.approx(29 - LAST, abs=0.01)
        (flight,) = await flights.flights(connection, DRONE, before=LATER, limit=10)
        assert flight.battery_start == 100.0


async def test_flights_whose_statuses_are_gone_stay(timescale_database: str) -> None:
    async with stored(timescale_database) as (connection, inserter):
        await inserter.write(Batch(statuses=statuses((1500, 1520, True), (1520, 1521, False))), [])
        await fold(connection)
        await connection.execute("TRUNCATE nigehban.vehicle_status")
        late = statuses((0, 10, True), (10, 11, False), (4300, 4301, False))
        await inserter.write(Batch(statuses=late), [])
        await fold(connection)
        assert [start for start, _ in await found(connection)] == [0, 1500]


async def test_what_runs_on_a_vehicle_is_kept_as_it_was_told_last(timescale_database: str) -> None:
    async with stored(timescale_database) as (connection, inserter):
        for minutes, version in ((0, "4.5.6"), (10, "4.5.7"), (5, "4.5.1")):
            time = NOON + timedelta(minutes=minutes)
            told = Event(DRONE, time, time, FIRMWARE, {"version": version})
            await inserter.write(Batch(events=(told,)), [])
        cursor = await connection.execute("SELECT told_time, detail FROM nigehban.firmware")
        assert await cursor.fetchall() == [(NOON + timedelta(minutes=10), {"version": "4.5.7"})]
