"""What can happen to a database while rows are written: the writer lives, and no promise breaks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from fleet.columns import POSITION, blank
from telemetry.batch import Batch
from telemetry.sink import NotStoredError
from telemetry.store.database import make_database
from telemetry.store.migrate import migrate
from telemetry.store.server import EmbeddedServer
from telemetry.store.writer import Writer
from tests.databases import hung, own_server, programs
from tests.disks import filled, small_disk
from tests.integration.test_store_writer import running
from tests.telemetry.store.samples import CARS, START, seconds
from tests.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture
def own(kind: str) -> Iterator[EmbeddedServer]:
    with own_server(kind) as server:
        yield server


@pytest.fixture
def dsn(own: EmbeddedServer) -> str:
    return _prepared(own)


def _prepared(server: EmbeddedServer) -> str:
    make_database(server.dsn(), "faults")
    migrate(server.dsn("faults"))
    return server.dsn("faults")


class _Cars:
    """Cars that send a position at a time, and send it again until it is acknowledged."""

    def __init__(self, writer: Writer, *, timeout: float) -> None:
        self._writer = writer
        self._timeout = timeout
        self.acknowledged: set[int] = set()
        self.sent_again = 0

    async def drive(self, car: int) -> None:
        for number in range(car, 10**9, len(CARS)):
            while number not in self.acknowledged:
                try:
                    await self._writer.commit(_fix(car, number), self._timeout)
                    self.acknowledged.add(number)
                except NotStoredError:
                    self.sent_again += 1
                    await asyncio.sleep(0)


def _fix(car: int, number: int, count: int = 1) -> Batch:
    """Positions whose fix time tells their number."""
    rows = blank(POSITION, count)
    rows["asset"] = CARS[car].key
    rows["fix_time"] = rows["received_time"] = START + seconds(number + np.arange(count))
    rows["latitude"] = rows["longitude"] = 0
    return Batch((CARS[car],), rows)


def _stored(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT extract(epoch FROM fix_time - '2026-11-20 12:00Z')::bigint"
            " FROM nigehban.position ORDER BY 1"
        ).fetchall()
    return [number for (number,) in rows]


async def test_a_server_that_is_killed_while_writing_loses_nothing_it_acknowledged(
    own: EmbeddedServer, dsn: str
) -> None:
    async with running(Writer(dsn)) as writer:
        cars = _Cars(writer, timeout=0.3)
        driving = [asyncio.create_task(cars.drive(car)) for car in range(len(CARS))]
        for _ in range(3):
            before = len(cars.acknowledged)
            await until(lambda before=before: len(cars.acknowledged) > before + 50, 30)  # type: ignore[misc]  # a lambda with a default
            again = cars.sent_again
            own.kill()
            await until(lambda again=again: cars.sent_again > again + 5, 30)  # type: ignore[misc]  # as above
            own.restart()
        before = len(cars.acknowledged)
        await until(lambda: len(cars.acknowledged) > before + 50)
        for task in driving:
            task.cancel()
        await asyncio.wait(driving)
        await until(lambda: not writer.statistics.waiting)
        assert writer.statistics.reconnects == 3
        assert writer.statistics.refused == 0
        assert writer.statistics.dropped == 0
    stored = _stored(dsn)
    assert len(stored) == len(set(stored))
    assert cars.acknowledged <= set(stored)


async def test_a_server_that_goes_while_nothing_is_written_is_noticed(
    own: EmbeddedServer, dsn: str
) -> None:
    async with running(Writer(dsn)) as writer:
        await until(lambda: writer.statistics.connected)
        own.kill()
        await until(lambda: not writer.statistics.connected)
        own.restart()
        await until(lambda: writer.statistics.connected)


async def test_rows_that_nobody_waits_for_outlast_a_crash_too(
    own: EmbeddedServer, dsn: str
) -> None:
    async with running(Writer(dsn)) as writer:
        await until(lambda: writer.statistics.connected)
        own.kill()
        for number in range(0, 20_000, 100):
            writer.offer(_fix(0, number, 100))
        await until(lambda: writer.statistics.last_error)
        own.restart()
        await until(lambda: not writer.statistics.waiting)
        assert writer.statistics.dropped == 0
    assert _stored(dsn) == list(range(20_000))


async def test_a_hung_server_is_given_up_and_taken_up_again(own: EmbeddedServer, dsn: str) -> None:
    async with running(Writer(dsn, transaction_limit=0.5)) as writer:
        await writer.commit(_fix(0, 0), timeout=30)
        with hung(own):
            with pytest.raises(NotStoredError, match=r"no COMMIT within 0\.2 s"):
                await writer.commit(_fix(0, 1), timeout=0.2)
            await until(lambda: not writer.statistics.connected)
            assert "no answer within 0.5 s" in str(writer.statistics.last_error)
        await writer.commit(_fix(0, 2), timeout=30)
        await until(lambda: not writer.statistics.waiting)
    assert _stored(dsn) == [0, 1, 2]


async def test_a_table_that_is_locked_is_waited_for(own: EmbeddedServer, dsn: str) -> None:
    async with running(Writer(dsn, transaction_limit=0.5)) as writer:
        with psycopg.connect(dsn) as holder:
            holder.execute("LOCK TABLE nigehban.position")
            with pytest.raises(NotStoredError):
                await writer.commit(_fix(0, 0), timeout=0.2)
            await until(lambda: "timeout" in (writer.statistics.last_error or ""))
        await until(lambda: not writer.statistics.waiting)
    assert _stored(dsn) == [0]


async def test_a_database_that_only_reads_is_waited_for(own: EmbeddedServer, dsn: str) -> None:
    switch = "ALTER DATABASE faults SET default_transaction_read_only = {}"
    with psycopg.connect(own.dsn(), autocommit=True) as connection:
        connection.execute(switch.format("on").encode())
        async with running(Writer(dsn)) as writer:
            writer.offer(_fix(0, 0))
            await until(lambda: "read-only" in (writer.statistics.last_error or ""))
            assert writer.statistics.refused == 0
            connection.execute(switch.format("off").encode())
            await until(lambda: not writer.statistics.waiting)
    assert _stored(dsn) == [0]


async def test_a_full_disk_under_the_tables_is_waited_for(own: EmbeddedServer) -> None:
    with small_disk(96) as disk:
        space = disk / "tables"
        space.mkdir()
        owner = own.folder.stat()
        os.chown(space, owner.st_uid, owner.st_gid)
        with psycopg.connect(own.dsn(), autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'".encode())
            connection.execute("CREATE DATABASE faults TABLESPACE small")
        dsn = _prepared(own)
        async with running(Writer(dsn)) as writer:
            await writer.commit(_fix(0, 0), timeout=30)
            with filled(disk):
                for number in range(1, 20_001, 1000):
                    writer.offer(_fix(0, number, 1000))
                await until(lambda: "No space" in (writer.statistics.last_error or ""))
                assert writer.statistics.refused == 0
            await until(lambda: not writer.statistics.waiting, 60)
            assert writer.statistics.dropped == 0
        assert _stored(dsn) == list(range(20_001))
        with psycopg.connect(own.dsn(), autocommit=True) as connection:
            connection.execute("DROP DATABASE faults WITH (FORCE)")
            connection.execute("DROP TABLESPACE small")


async def test_a_full_disk_under_the_whole_server_is_outlived(kind: str) -> None:
    """PostgreSQL ends itself when its log cannot grow; the next start recovers."""
    with (
        small_disk(160) as disk,
        EmbeddedServer(
            programs(kind),
            disk / "database",
            settings={"min_wal_size": "32MB", "max_wal_size": "32MB", "shared_buffers": "16MB"},
        ) as server,
    ):
        dsn = _prepared(server)
        async with running(Writer(dsn)) as writer:
            cars = _Cars(writer, timeout=0.5)
            driving = [asyncio.create_task(cars.drive(car)) for car in range(len(CARS))]
            await until(lambda: len(cars.acknowledged) > 20)
            with filled(disk):
                for number in range(10**6, 10**6 + 300_000, 1000):
                    writer.offer(_fix(0, number, 1000))
                again = cars.sent_again
                await until(lambda: cars.sent_again > again + 20, 60)
            if server.pid is None:
                server.restart()
            before = len(cars.acknowledged)
            await until(lambda: len(cars.acknowledged) > before + 20, 60)
            for task in driving:
                task.cancel()
            await asyncio.wait(driving)
        stored = _stored(dsn)
        assert len(stored) == len(set(stored))
        assert cars.acknowledged <= set(stored)
