"""Roll-ups on real databases: those of all that is stored, whatever came when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.columns import Rows, Suspect
from telemetry.batch import Batch
from telemetry.store import rollups
from telemetry.store.insert import Inserter
from telemetry.store.marks import STRETCH, Marks, pairs_of, stretches
from telemetry.store.migrate import Needs, migrations
from telemetry.store.rollups import LEVELS, SETTLE, RollUp
from tests.telemetry.store.reckoning import reckoned, reckoned_driven
from tests.telemetry.store.samples import ASSETS, CARS, NOON, positions, unique
from tests.waiting import until

pytestmark = pytest.mark.integration

LATER = NOON + timedelta(hours=2)
"""When everything of the samples is over."""

ALL = 10**6


def flight(seed: int, count: int, *, span: float = 2400) -> Rows:
    """Positions of all assets, each fix once, one in eight of them suspect."""
    random = np.random.default_rng(seed)
    rows = unique(positions(random, count, span=span), "asset", "fix_time", "source")
    rows["latitude"] = 34 + random.uniform(0, 0.1, len(rows))
    rows["longitude"] = 71.5 + random.uniform(0, 0.1, len(rows))
    rows["suspect"] = random.choice([0] * 21 + [Suspect.SPEED, Suspect.CLOCK, 3], len(rows))
    return random.permutation(rows)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("SET timezone TO 'UTC'")
        yield connection


@asynccontextmanager
async def inserting(dsn: str) -> AsyncIterator[Inserter]:
    async with connected(dsn) as connection:
        inserter = Inserter(connection)
        await inserter.prepare([])
        yield inserter


async def kept(connection: psycopg.AsyncConnection, table: str) -> dict[Any, dict[str, Any]]:
    """Rows of a roll-up by their bucket, as `reckoned` tells them."""
    cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
    await cursor.execute(f"SELECT * FROM nigehban.{table}".encode())
    rows = {}
    for row in await cursor.fetchall():
        for name, value in row.items():
            if isinstance(value, datetime):
                row[name] = np.datetime64(value.replace(tzinfo=None), "us")
        bucket = int(row.pop("bucket").astype(np.int64))
        rows[row.pop("asset"), bucket, row.pop("source"), row.pop("suspect")] = row
    return rows


async def driven(connection: psycopg.AsyncConnection) -> dict[Any, list[float]]:
    """Seconds and metres under way by asset and day; those of the ten minutes are their parts."""
    days = "SELECT asset, day, seconds, distance FROM nigehban.driven_day WHERE seconds > 0"
    parts = (
        "SELECT asset, bucket::date AS day, sum(seconds), sum(distance) FROM nigehban.driven_10min"
        " GROUP BY asset, day HAVING sum(seconds) > 0"
    )
    found: list[dict[Any, list[float]]] = []
    for statement in (days, parts):
        cursor = await connection.execute(statement.encode())
        found.append({(asset, day): told for asset, day, *told in await cursor.fetchall()})
    by_day, of_parts = found
    assert by_day.keys() == of_parts.keys()
    assert all(by_day[day] == pytest.approx(of_parts[day]) for day in by_day)
    return by_day


async def expect_driven(connection: psycopg.AsyncConnection, rows: Rows) -> None:
    """What cars drove is that of these positions."""
    told, expected = await driven(connection), reckoned_driven(rows, CARS)
    assert told.keys() == expected.keys()
    for day, way in expected.items():
        assert told[day] == pytest.approx(way, rel=1e-6), day


async def expect_all(connection: psycopg.AsyncConnection, rows: Rows, *, raw: bool = True) -> None:
    """Every level has the roll-ups of these positions, and nothing else.

    So has what cars drove, if all of them are still stored as single positions (`raw`).
    """
    if raw:
        await expect_driven(connection, rows)
    for level in LEVELS:
        told, expected = await kept(connection, level.table), reckoned(rows, level.width)
        assert told.keys() == expected.keys(), level
        for bucket, figures in expected.items():
            assert told[bucket].keys() == figures.keys()
            for name, value in figures.items():
                ours = told[bucket][name]
                if isinstance(value, np.floating) and np.isnan(value):
                    assert ours is None, (level, bucket, name)
                elif name in {"distance", "speed_sum"}:
                    assert ours == pytest.approx(value, rel=1e-9, abs=1e-6), (level, bucket, name)
                else:
                    assert ours == value, (level, bucket, name)


async def roll_up_all(connection: psycopg.AsyncConnection, roll_up: RollUp | None = None) -> None:
    roll_up = roll_up or RollUp()
    while (await roll_up.run(connection, LATER, ALL)).more:
        pass


async def marked(connection: psycopg.AsyncConnection) -> int:
    cursor = await connection.execute("SELECT count(*) FROM nigehban.rollup_mark")
    (number,) = await cursor.fetchone() or (None,)
    assert isinstance(number, int)
    return number


async def test_all_levels_are_those_of_the_positions(database: str) -> None:
    rows = flight(1, 1500)
    async with inserting(database) as inserter, connected(database) as connection:
        await inserter.write(Batch(positions=rows), ASSETS)
        done = await RollUp().run(connection, LATER, ALL)
        assert done.stretches == len(pairs_of(stretches(rows)))
        assert not done.more
        await expect_all(connection, rows)
        assert await marked(connection) == 0


async def test_a_stretch_is_left_alone_until_it_is_over(timescale_database: str) -> None:
    rows = flight(2, 300, span=599)
    async with (
        inserting(timescale_database) as inserter,
        connected(timescale_database) as connection,
    ):
        await inserter.write(Batch(positions=rows), ASSETS)
        over = NOON + STRETCH + SETTLE
        assert (await RollUp().run(connection, over - timedelta(seconds=1), ALL)).rows == 0
        assert (await RollUp().run(connection, over, ALL)).rows > 0
        await expect_all(connection, rows)


async def test_late_rows_change_what_they_touch_and_nothing_else(database: str) -> None:
    rows = flight(3, 800)
    early, late = rows[20:], rows[:20]
    async with inserting(database) as inserter, connected(database) as connection:
        await inserter.write(Batch(positions=early), ASSETS)
        await RollUp().run(connection, LATER, ALL)
        await expect_all(connection, early)
        await inserter.write(Batch(positions=late), ASSETS)
        done = await RollUp().run(connection, LATER, ALL)
        assert done.stretches == len(pairs_of(stretches(late)))
        assert done.rows <= len(LEVELS) * len(late)
        await expect_all(connection, rows)


async def test_rows_that_come_again_mark_nothing(timescale_database: str) -> None:
    rows = flight(4, 500)
    async with (
        inserting(timescale_database) as inserter,
        connected(timescale_database) as connection,
    ):
        await inserter.write(Batch(positions=rows), ASSETS)
        await RollUp().run(connection, LATER, ALL)
        await inserter.write(Batch(positions=rows), ASSETS, replayed=True)
        assert await marked(connection) == 0


async def test_bounded_runs_get_to_every_asset(timescale_database: str) -> None:
    rows = flight(5, 800)
    roll_up = RollUp()
    async with (
        inserting(timescale_database) as inserter,
        connected(timescale_database) as connection,
    ):
        await inserter.write(Batch(positions=rows), ASSETS)
        runs = 0
        while (await roll_up.run(connection, LATER, 1)).more:
            runs += 1
            await inserter.write(Batch(positions=rows[runs : runs + 1]), ASSETS, replayed=True)
            assert runs < 100
        await roll_up_all(connection, roll_up)
        await expect_all(connection, rows)


async def test_a_write_that_is_under_way_is_waited_for(database: str) -> None:
    """It relies on a mark that an earlier transaction made, and that is to be taken away."""
    rows = unique(flight(6, 60, span=60), "asset", "fix_time", "source")
    async with (
        connected(database) as writing,
        connected(database) as connection,
        inserting(database) as other,
    ):
        marks = Marks(writing)
        async with writing.transaction():
            marks.keep(await marks.put(rows))
        await other.write(Batch(positions=rows[:30]), ASSETS)
        async with writing.transaction():
            assert pairs_of(await marks.put(rows[30:])) == []
            rolling = asyncio.create_task(RollUp().run(connection, LATER, ALL))
            await until(lambda: blocked(database))
            async with inserting(database) as third:  # nobody else has to wait
                await third.write(Batch(positions=rows[30:31]), ASSETS)
            await copied(writing, rows[31:])
            assert not rolling.done()
        await rolling
        await roll_up_all(connection)
        await expect_all(connection, rows)


async def copied(connection: psycopg.AsyncConnection, rows: Rows) -> None:
    """Insert positions in the transaction that there is."""
    names = rows.dtype.names or ()
    values = ", ".join(["%s"] * len(names))
    for row in rows:
        told = [_plain(row[name]) for name in names]
        statement = f"INSERT INTO nigehban.position ({', '.join(names)}) VALUES ({values})"
        await connection.execute(statement.encode(), told)


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return value.astype(datetime).replace(tzinfo=UTC)
    return None if np.isnan(value) else value.item()


async def blocked(dsn: str) -> bool:
    async with connected(dsn) as connection:
        cursor = await connection.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
        )
        return await cursor.fetchone() == (True,)


async def test_what_is_rolled_up_is_marked_again_by_the_next_write(timescale_database: str) -> None:
    rows = flight(7, 100)
    async with (
        inserting(timescale_database) as inserter,
        connected(timescale_database) as connection,
    ):
        for part in np.array_split(rows, 4):
            await inserter.write(Batch(positions=part), ASSETS)
            await RollUp().run(connection, LATER, ALL)
        await expect_all(connection, rows)


async def test_a_mark_of_a_transaction_that_failed_is_not_relied_on(
    timescale_database: str,
) -> None:
    rows = flight(8, 50)
    async with connected(timescale_database) as connection:
        marks = Marks(connection)
        async with connection.transaction(force_rollback=True):
            await marks.put(rows)
        async with connection.transaction():
            assert await marks.put(rows) == stretches(rows)


async def test_a_roll_up_that_is_killed_is_done_by_the_next(timescale_database: str) -> None:
    rows = flight(9, 1500)
    async with (
        inserting(timescale_database) as inserter,
        connected(timescale_database) as connection,
        connected(timescale_database) as blocker,
    ):
        await inserter.write(Batch(positions=rows), ASSETS)
        async with connected(timescale_database) as victim:
            async with blocker.transaction(force_rollback=True):  # it stops at its last table
                await blocker.execute("LOCK TABLE nigehban.track_10min IN SHARE MODE")
                rolling = asyncio.create_task(RollUp().run(victim, LATER, ALL))
                pid = victim.info.backend_pid
                await until(lambda: waits_for_a_lock(connection, pid))
                await connection.execute("SELECT pg_terminate_backend(%s)", [pid])
            with pytest.raises(psycopg.OperationalError):
                await rolling
        assert await marked(connection) > 0
        await roll_up_all(connection)
        await expect_all(connection, rows)


async def waits_for_a_lock(connection: psycopg.AsyncConnection, pid: int) -> bool:
    query = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
    return await (await connection.execute(query, [pid])).fetchone() == (True,)


async def test_many_writers_at_once_and_a_roll_up_that_never_rests(timescale_database: str) -> None:
    rows = flight(10, 1200)
    parts = np.array_split(np.concatenate([rows, rows[::3]]), 60)
    writing = True

    async def write(mine: Sequence[Rows]) -> None:
        async with inserting(timescale_database) as inserter:
            for part in mine:
                await inserter.write(Batch(positions=part), ASSETS)

    async def roll_up() -> None:
        rolling = RollUp()
        async with connected(timescale_database) as connection:
            while writing:
                await rolling.run(connection, LATER, 50)

    task = asyncio.create_task(roll_up())
    await asyncio.gather(*(write(parts[number::4]) for number in range(4)))
    writing = False
    await task
    async with connected(timescale_database) as connection:
        await roll_up_all(connection)
        await expect_all(connection, rows)


POOL = flight(11, 60, span=1300)
"""Of which the property test writes some, in any order and number."""

Steps = list[tuple[str, int, tuple[int, ...]]]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "write", "abort", "roll up", "restart"]),
        st.integers(0, 2),  # which writer
        st.lists(st.integers(0, len(POOL) - 1), min_size=1, max_size=12).map(tuple),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_in_any_order_with_any_repetition_and_crash_they_are_those_of_what_is_stored(
    database: str, steps: Steps
) -> None:
    asyncio.run(carry_out(database, steps))


async def carry_out(dsn: str, steps: Steps) -> None:
    stored: set[int] = set()
    async with connected(dsn) as connection:
        await emptied(connection)
        writers = [await Writing.begun(dsn) for _ in range(3)]
        roll_up = RollUp()
        for action, which, numbers in steps:
            batch = Batch(positions=POOL[list(numbers)])
            match action:
                case "write":
                    await writers[which].inserter.write(batch, ASSETS)
                    stored |= set(numbers)
                case "abort":
                    await writers[which].abort(batch)
                case "roll up":
                    await roll_up.run(connection, LATER, 1)
                case "restart":
                    await writers[which].connection.close()
                    writers[which], roll_up = await Writing.begun(dsn), RollUp()
        for writer in writers:
            await writer.connection.close()
        await roll_up_all(connection, roll_up)
        await expect_all(connection, POOL[sorted(stored)])


class Writing:
    """A writer that can fail."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self.connection = connection
        self.inserter = Inserter(connection)

    @classmethod
    async def begun(cls, dsn: str) -> Writing:
        writing = cls(await psycopg.AsyncConnection.connect(dsn, autocommit=True))
        await writing.inserter.prepare([])
        return writing

    async def abort(self, batch: Batch) -> None:
        """Write a batch with a row that the database refuses: nothing of it is stored."""
        bad = batch.positions.copy()
        bad["latitude"][-1] = 91
        bad["fix_time"][-1] += np.timedelta64(1, "us")
        with pytest.raises(psycopg.IntegrityError):
            await self.inserter.write(Batch(positions=bad), ASSETS)


async def emptied(connection: psycopg.AsyncConnection) -> None:
    tables = ["position", "rollup_mark", *(level.table for level in LEVELS)]
    tables += ["driven_10min", "driven_day"]
    for table in tables:
        await connection.execute(f"DELETE FROM nigehban.{table}".encode())


async def test_what_was_reckoned_of_rows_that_are_dropped_now_is_not_replaced_by_less(
    timescale_database: str,
) -> None:
    rows, late = flight(12, 400, span=599), flight(13, 30, span=599)
    async with (
        inserting(timescale_database) as inserter,
        connected(timescale_database) as connection,
    ):
        await inserter.write(Batch(positions=rows), ASSETS)
        await RollUp().run(connection, LATER, ALL)
        before, way = await kept(connection, "track_10min"), await driven(connection)
        for table in ("position", "track_1s", "track_10s", "track_1min"):
            await connection.execute(f"DELETE FROM nigehban.{table}".encode())
        await inserter.write(Batch(positions=late), ASSETS)
        await RollUp().run(connection, LATER, ALL)
        after = await kept(connection, "track_10min")
        assert await kept(connection, "track_1s")
        many = {key: row for key, row in before.items() if row["fixes"] > 5}
        assert len(many) > 10
        assert {key: after[key] for key in many} == many
        assert await driven(connection) == way
        assert len(way) == len(CARS)


async def test_late_rows_add_to_finer_roll_ups_that_outlive_the_single_positions(
    timescale_database: str,
) -> None:
    rows = flight(15, 400, span=599)
    late = rows[:10]
    early = rows[10:]
    seconds = {(row["asset"], row["fix_time"].astype("M8[s]")) for row in early}
    late = np.array(
        [row for row in late if (row["asset"], row["fix_time"].astype("M8[s]")) not in seconds],
        rows.dtype,
    )
    async with (
        inserting(timescale_database) as inserter,
        connected(timescale_database) as connection,
    ):
        await inserter.write(Batch(positions=early), ASSETS)
        await RollUp().run(connection, LATER, ALL)
        await connection.execute("DELETE FROM nigehban.position")
        await inserter.write(Batch(positions=late), ASSETS)
        await RollUp().run(connection, LATER, ALL)
        assert len(late) > 3
        await expect_all(connection, np.concatenate([early, late]), raw=False)


async def test_continuous_aggregates_are_refused_by_the_apache_licence_and_by_nothing_else(
    timescale_database: str,
) -> None:
    """The build that takes them is not to be had here."""
    (migration,) = [one for one in migrations() if one.name.startswith("0007")]
    assert migration.needs is Needs.COMMUNITY
    async with connected(timescale_database) as connection:
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="license"):
            await connection.execute(migration.sql.encode())


async def test_where_the_database_fills_the_roll_ups_ways_are_counted_all_the_same(
    timescale_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def are_used(_: psycopg.AsyncConnection) -> bool:
        return True

    monkeypatch.setattr(rollups, "are_used", are_used)
    (migration,) = [one for one in migrations() if one.name.startswith("0007")]
    replaced = migration.sql[migration.sql.index("CREATE OR REPLACE FUNCTION nigehban.mark(") :]
    rows = flight(16, 600)
    async with connected(timescale_database) as connection:
        await connection.execute(replaced.partition(";")[0].encode())
        async with inserting(timescale_database) as inserter:
            await inserter.write(Batch(positions=rows), ASSETS)
        done = await RollUp().run(connection, LATER, ALL)
        assert (done.stretches, done.rows) == (len(pairs_of(stretches(rows))), 0)
        await expect_driven(connection, rows)
        assert await marked(connection) == 0
        assert await kept(connection, "track_1s") == {}


async def test_continuous_aggregates_would_hold_what_the_job_reckons(
    timescale_database: str,
) -> None:
    """Their SELECTs, asked of the positions and of the job's own levels."""
    (migration,) = [one for one in migrations() if one.name.startswith("0007")]
    functions, _, rest = migration.sql.partition("DO $migration$")
    views = [part.partition(" AS SELECT")[2] for part in rest.split("CREATE MATERIALIZED VIEW")]
    rows = flight(14, 1000)
    async with inserting(timescale_database) as inserter:
        await inserter.write(Batch(positions=rows), ASSETS)
    async with connected(timescale_database) as connection:
        await RollUp().run(connection, LATER, ALL)
        await connection.execute(functions.encode())
        await connection.execute("CREATE SCHEMA continuous")
        for level, view in zip(LEVELS, views[1:], strict=True):
            select = view.partition("WITH NO DATA")[0]
            table = f"CREATE TABLE continuous.{level.table} AS SELECT {select}"
            await connection.execute(table.encode())
            await connection.execute(f"DROP TABLE nigehban.{level.table}".encode())
            move = f"ALTER TABLE continuous.{level.table} SET SCHEMA nigehban"
            await connection.execute(move.encode())
        await expect_all(connection, rows)
