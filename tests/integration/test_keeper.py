"""The keeper beside real databases that are killed, hang and come back under load."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from telemetry.batch import Batch, DeadLetter
from telemetry.keeper import Keeper
from telemetry.store.database import make_database
from telemetry.store.migrate import migrate
from telemetry.store.server import EmbeddedServer
from telemetry.store.writer import Writer
from tests.databases import hung, own_server
from tests.integration.test_store_writer import ask, count
from tests.telemetry.spool.test_backlog import numbered
from tests.telemetry.store.samples import CARS, NOON
from tests.telemetry.test_keeper import keeping
from tests.waiting import until

pytestmark = pytest.mark.integration

ROOM = 64 << 20


@pytest.fixture
def own(kind: str) -> Iterator[EmbeddedServer]:
    with own_server(kind) as server:
        yield server


@pytest.fixture
def dsn(own: EmbeddedServer) -> str:
    make_database(own.dsn(), "keeper")
    migrate(own.dsn("keeper"))
    return own.dsn("keeper")


def keeper_of(
    dsn: str, folder: Path, *, patience: float = 0.2, transaction_limit: float = 30
) -> Keeper:
    writer = Writer(dsn, transaction_limit=transaction_limit)
    return Keeper(writer, folder, ROOM, patience=patience, timeout=30)


def stored(dsn: str) -> list[int]:
    """The numbers of the rows that are there, each as often as it is."""
    return [
        int(number)  # type: ignore[call-overload]  # as stored
        for (number,) in ask(
            dsn,
            "SELECT extract(epoch FROM fix_time - '2026-11-20 12:00Z')::bigint"
            " FROM nigehban.position ORDER BY 1",
        )
    ]


def quiet(keeper: Keeper) -> bool:
    """Whether all that came in is in the database."""
    return not keeper.writer.statistics.waiting and not keeper.spool.waiting


class Load:
    """Devices that send a row at a time and need it acknowledged, and a link that needs nothing."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._next = 0
        self.acknowledged: list[int] = []
        self.offered: list[int] = []

    def _number(self) -> int:
        self._next += 1
        return self._next

    async def device(self) -> None:
        while True:
            number = self._number()
            await self._keeper.accept(numbered(number))
            self.acknowledged.append(number)

    async def link(self) -> None:
        while True:
            number = self._number()
            self._keeper.offer(numbered(number))
            self.offered.append(number)
            await asyncio.sleep(0.002)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.device()) for _ in range(20)]
        tasks.append(asyncio.create_task(self.link()))
        try:
            yield
            assert not any(task.done() for task in tasks)  # no device was told to come again
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def more(self, rows: int) -> None:
        """Wait until so many more are acknowledged."""
        before = len(self.acknowledged)
        await until(lambda: len(self.acknowledged) > before + rows)


async def test_while_the_database_keeps_up_nothing_touches_the_disk(
    database: str, tmp_path: Path
) -> None:
    async with keeping(keeper_of(database, tmp_path, patience=10)) as keeper:
        await until(lambda: keeper.writer.statistics.connected)
        load = Load(keeper)
        async with load.running():
            await load.more(300)
        await until(lambda: quiet(keeper))
        assert keeper.spool.spooled == 0
    assert set(load.acknowledged) | set(load.offered) <= set(stored(database))


async def test_a_database_that_is_killed_again_and_again_costs_no_device_a_refusal(
    own: EmbeddedServer, dsn: str, tmp_path: Path
) -> None:
    async with keeping(keeper_of(dsn, tmp_path)) as keeper:
        load = Load(keeper)
        async with load.running():
            for _ in range(3):
                await until(lambda: keeper.writer.statistics.connected)
                await load.more(100)
                own.kill()
                await load.more(300)
                own.restart()
            await until(lambda: keeper.spool.replayed > 100)
            own.kill()  # in the midst of a replay
            await load.more(100)
            own.restart()
        await until(lambda: quiet(keeper))
        assert keeper.writer.statistics.dropped == keeper.spool.dropped == 0
        assert keeper.spool.spooled > 500
    rows = stored(dsn)
    assert len(rows) == len(set(rows))
    assert set(load.acknowledged) | set(load.offered) <= set(rows)


async def test_a_database_that_hangs_costs_each_device_no_more_than_the_patience(
    own: EmbeddedServer, dsn: str, tmp_path: Path
) -> None:
    async with keeping(keeper_of(dsn, tmp_path, transaction_limit=3)) as keeper:
        load = Load(keeper)
        async with load.running():
            await until(lambda: keeper.writer.statistics.connected)
            await load.more(100)
            with hung(own):
                await load.more(500)
                assert keeper.spool.spooled > 400
        await until(lambda: quiet(keeper))
    rows = stored(dsn)
    assert len(rows) == len(set(rows))
    assert set(load.acknowledged) | set(load.offered) <= set(rows)


async def test_a_table_that_is_locked_for_long_is_waited_for_by_the_spool_alone(
    database: str, tmp_path: Path
) -> None:
    async with keeping(keeper_of(database, tmp_path)) as keeper:
        await until(lambda: keeper.writer.statistics.connected)
        await keeper.accept(numbered(0))
        with psycopg.connect(database) as holder:
            holder.execute("LOCK TABLE nigehban.position")
            for number in range(1, 20):
                await keeper.accept(numbered(number))
            keeper.offer(numbered(20))
            await until(lambda: keeper.spool.spooled >= 20)
            assert keeper.writer.statistics.connected
        await until(lambda: quiet(keeper))
    assert stored(database) == list(range(21))


async def test_a_queue_that_grows_long_runs_over_into_the_spool_and_drops_nothing(
    database: str, tmp_path: Path
) -> None:
    writer = Writer(database, queue_rows=1000)
    async with keeping(Keeper(writer, tmp_path, ROOM, patience=30, timeout=30)) as keeper:
        await until(lambda: writer.statistics.connected)
        with psycopg.connect(database) as holder:
            holder.execute("LOCK TABLE nigehban.position")
            keeper.offer(numbered(0, 100))
            await until(lambda: not writer.keeps_up(0.01))  # that many are under way
            for start in range(100, 5000, 100):
                keeper.offer(numbered(start, 100))
                await until(lambda: writer.statistics.waiting <= 500)
            assert keeper.spool.spooled >= 4000
        await until(lambda: quiet(keeper))
        assert writer.statistics.dropped == keeper.spool.dropped == 0
    assert stored(database) == list(range(5000))


async def test_what_the_last_process_spooled_is_replayed_in_its_order(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with keeping(keeper_of("host=127.0.0.1 port=9", tmp_path)) as keeper:
        for start in range(0, 200_000, 20_000):
            await keeper.accept(numbered(start, 20_000))
    replayed: list[int] = []
    replay = Writer.replay

    async def seen(self: Writer, batch: Batch) -> None:
        replayed.extend((batch.positions["fix_time"].astype("M8[s]").astype(int)).tolist())
        await replay(self, batch)

    monkeypatch.setattr(Writer, "replay", seen)
    async with keeping(keeper_of(database, tmp_path)) as keeper:
        await until(lambda: keeper.spool.replayed == 200_000, 60)
        assert keeper.spool.bytes == 0
    assert replayed == sorted(replayed)
    assert stored(database) == list(range(200_000))


async def test_a_replay_leaves_room_for_what_is_new(database: str, tmp_path: Path) -> None:
    async with keeping(keeper_of("host=127.0.0.1 port=9", tmp_path)) as keeper:
        await keeper.accept(numbered(0, 150_000))
    async with keeping(keeper_of(database, tmp_path, patience=30)) as keeper:
        await until(lambda: keeper.spool.replayed)
        for number in range(5):
            await keeper.accept(numbered(10**6 + number))
        assert keeper.spool.waiting  # and it was not behind all of the spool
        assert keeper.spool.spooled == 0


async def test_a_row_that_was_acknowledged_and_is_refused_later_is_a_dead_letter(
    database: str, tmp_path: Path
) -> None:
    batch = numbered(0, 10)
    batch.positions["latitude"][4] = 99
    async with keeping(keeper_of("host=127.0.0.1 port=9", tmp_path)) as keeper:
        await keeper.accept(batch)
    async with keeping(keeper_of(database, tmp_path)) as keeper:
        await until(lambda: quiet(keeper) and keeper.spool.replayed)
    assert stored(database) == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert count(database, "dead_letter") == 1


async def test_dead_letters_outlast_the_database_too(database: str, tmp_path: Path) -> None:
    letter = DeadLetter(NOON, "osmand", "unknown_device", "", "127.0.0.1:1", b"\0raw")
    async with keeping(keeper_of("host=127.0.0.1 port=9", tmp_path)) as keeper:
        await keeper.accept(Batch(letters=(letter,)))
    async with keeping(keeper_of(database, tmp_path)) as keeper:
        await keeper.accept(Batch(CARS, letters=(letter,)))
        await until(lambda: quiet(keeper) and keeper.spool.replayed)
    assert ask(database, "SELECT raw FROM nigehban.dead_letter") == [(b"\0raw",)]
