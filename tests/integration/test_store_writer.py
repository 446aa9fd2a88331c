"""The writer against real databases: every row once, whatever arrives and however often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import numpy as np
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import JsonValue

from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What
from fleet.assets import Asset, Kind, osmand_asset
from fleet.columns import POSITION, STATUS, blank
from telemetry.batch import Batch, DeadLetter, Event, FenceChange, StatusText
from telemetry.sink import RefusedError
from telemetry.spool.packing import unpack
from telemetry.store import insert
from telemetry.store.insert import Inserter
from telemetry.store.migrate import migrate
from telemetry.store.writer import REFUSED, Writer
from tests.databases import temporary_folder
from tests.telemetry.store.samples import (
    ASSETS,
    CARS,
    FENCE_EVENT,
    NOON,
    START,
    positions,
    seconds,
    statuses,
    unique,
)
from tests.waiting import until

pytestmark = pytest.mark.integration


@asynccontextmanager
async def running(writer: Writer) -> AsyncIterator[Writer]:
    """The writer at work; its task is ended with the block, and must not have ended before."""
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        assert not task.done(), task
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def ask(dsn: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(question.encode()).fetchall()


def count(dsn: str, table: str) -> object:
    return ask(dsn, f"SELECT count(*) FROM nigehban.{table}")[0][0]


def car_positions(number: int, *, start: float = 0) -> Batch:
    """`number` good positions of the first car, a second apart."""
    rows = blank(POSITION, number)
    rows["asset"] = CARS[0].key
    rows["fix_time"] = rows["received_time"] = START + seconds(start + np.arange(number))
    rows["latitude"], rows["longitude"] = 34, 71.5
    return Batch((CARS[0],), rows)


async def test_after_commit_every_row_is_there_with_its_values(database: str) -> None:
    random = np.random.default_rng(1)
    fixes = unique(positions(random, 3000), "asset", "fix_time", "source")
    states = unique(statuses(random, 500), "asset", "status_time")
    async with running(Writer(database)) as writer:
        await writer.commit(Batch(ASSETS, fixes, states), timeout=30)
    columns = {"position": (POSITION, fixes), "vehicle_status": (STATUS, states)}
    for table, (dtype, sent) in columns.items():
        names = ", ".join(dtype.names or ())
        order = "asset, fix_time, source" if table == "position" else "asset, status_time"
        stored = ask(database, f"SELECT {names} FROM nigehban.{table} ORDER BY {order}")
        assert len(stored) == len(sent)
        for index, name in enumerate(dtype.names or ()):
            read = [row[index] for row in stored]
            match dtype[name].kind:
                case "M":
                    known = [None if np.isnat(time) else time for time in sent[name]]
                    times = [
                        None if time is None else time.replace(tzinfo=None)  # type: ignore[attr-defined]  # datetime
                        for time in read
                    ]
                    assert times == [None if t is None else t.astype(object) for t in known], name
                case "f":
                    known = [None if np.isnan(value) else value for value in sent[name]]
                    assert read == known, name
                case "S":
                    assert read == [word.decode() or None for word in sent[name].tolist()], name
                case _:
                    unknown = dtype is STATUS and name != "asset"
                    sent_values = sent[name].tolist()
                    assert read == [None if unknown and v == -1 else v for v in sent_values], name


async def test_assets_are_kept_with_identity_and_kind(database: str) -> None:
    async with running(Writer(database)) as writer:
        await writer.commit(Batch(ASSETS), timeout=30)
    kept = ask(database, "SELECT id, identity, kind, name FROM nigehban.asset")
    assert set(kept) == {(asset.key, asset.identity, asset.kind.value, None) for asset in ASSETS}


async def test_an_asset_has_the_kind_that_was_told_last(database: str) -> None:
    for kind in (Kind.CAR, Kind.POST, Kind.UNKNOWN):
        async with running(Writer(database)) as writer:
            await writer.commit(Batch((Asset("osmand:post-1", kind),)), timeout=30)
    assert ask(database, "SELECT kind FROM nigehban.asset") == [(Kind.POST,)]


async def test_status_texts_are_kept_once(database: str) -> None:
    texts = tuple(
        StatusText(CARS[0].key, NOON + timedelta(seconds=n // 2), n % 2, f"متن {n}")
        for n in range(6)
    )
    async with running(Writer(database)) as writer:
        await writer.commit(Batch((CARS[0],), texts=texts), timeout=30)
        await writer.commit(Batch((CARS[0],), texts=texts), timeout=30)
        assert writer.statistics.duplicates == 6
    kept = ask(
        database,
        "SELECT asset, received_time, severity, text FROM nigehban.status_text"
        " ORDER BY received_time, severity",
    )
    assert [StatusText(*row) for row in kept] == list(texts)  # type: ignore[arg-type]  # as stored


async def test_events_are_kept_once_with_what_was_told(database: str) -> None:
    detail: dict[str, JsonValue] = {
        "by": "hand",
        "pressed": 3,
        "where": {"text": "گلبهار"},
        "none": None,
    }
    events = (
        Event(CARS[0].key, NOON, NOON + timedelta(seconds=2), "panic", detail),
        Event(CARS[0].key, NOON, NOON, "enter"),
        Event(CARS[1].key, NOON, NOON, "panic"),
    )
    async with running(Writer(database)) as writer:
        for _ in range(2):
            await writer.commit(Batch(CARS[:2], events=events), timeout=30)
        assert writer.statistics.duplicates == 3
    columns = "asset, event_time, received_time, kind, detail"
    kept = ask(database, f"SELECT {columns} FROM nigehban.event ORDER BY kind, detail DESC")
    expected = sorted(events, key=lambda event: (event.kind, not event.detail))
    assert [Event(*row) for row in kept] == expected  # type: ignore[arg-type]  # as stored


async def test_dead_letters_are_kept_once_with_their_bytes(database: str) -> None:
    letters = tuple(
        DeadLetter(NOON, "osmand", "bad_id", "نام خالی", "127.0.0.1:1", bytes(range(256)), count)
        for count in (7, 1)
    )
    async with running(Writer(database)) as writer:
        await writer.commit(Batch(letters=letters), timeout=30)
        await writer.commit(Batch(letters=letters[1:]), timeout=30)
    columns = "received_time, origin, reason, detail, peer, raw, count"
    (kept,) = ask(database, f"SELECT {columns} FROM nigehban.dead_letter")
    assert DeadLetter(*kept) in letters  # type: ignore[arg-type]  # as stored


async def test_rows_that_are_new_go_straight_in_until_one_was_there(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: list[bool] = []
    write_once = Inserter._write_once

    async def seen(
        self: Inserter, batch: Batch, assets: Sequence[Asset], *, careful: bool
    ) -> tuple[int, int]:
        ways.append(careful)
        return await write_once(self, batch, assets, careful=careful)

    monkeypatch.setattr(Inserter, "_write_once", seen)
    monkeypatch.setattr(insert, "CAUTION", 2)
    async with running(Writer(database)) as writer:
        for start in (0, 100, 190, 200, 290, 300, 400, 500, 600):
            await writer.commit(car_positions(100, start=start), timeout=30)
        assert writer.statistics.duplicates == 10 + 90 + 10 + 90
        assert writer.statistics.refused == writer.statistics.reconnects == 0
    assert ways == [False, False, False, *[True] * 6, False]
    assert count(database, "position") == 700


async def test_what_is_replayed_goes_round_first_and_what_is_live_goes_straight_meanwhile(
    database: str,
) -> None:
    async with running(Writer(database)) as writer:
        await writer.commit(car_positions(100), timeout=30)
        await writer.replay(car_positions(150, start=50))
        await writer.commit(car_positions(100, start=200), timeout=30)
        assert writer.statistics.duplicates == 50
    assert count(database, "position") == 300


async def test_the_first_of_rows_with_one_key_in_a_batch_is_kept(database: str) -> None:
    batch = car_positions(4)
    batch.positions["fix_time"] = START
    batch.positions["latitude"] = [31, 32, 33, 34]
    async with running(Writer(database)) as writer:
        await writer.commit(batch, timeout=30)
        assert writer.statistics.duplicates == 3
    assert ask(database, "SELECT latitude FROM nigehban.position") == [(31.0,)]


async def test_what_is_replayed_takes_turns_with_what_is_new(database: str) -> None:
    async with running(Writer(database)) as writer:
        stop = asyncio.Event()

        async def devices() -> None:
            start = 10**6
            while not stop.is_set():
                await writer.commit(car_positions(10, start=start), timeout=30)
                start += 10

        busy = [asyncio.create_task(devices()) for _ in range(3)]
        for start in range(0, 1000, 100):
            await writer.replay(car_positions(100, start=start))
        stop.set()
        await asyncio.wait(busy)
        assert all(task.exception() is None for task in busy)
    question = "SELECT count(*) FROM nigehban.position WHERE fix_time < '2026-11-21Z'"
    assert ask(database, question) == [(1000,)]


async def test_doubled_and_shuffled_rows_are_stored_once(database: str) -> None:
    random = np.random.default_rng(2)
    fixes = positions(random, 1000)
    async with running(Writer(database)) as writer:
        for _ in range(3):
            random.shuffle(fixes)
            for part in np.array_split(fixes, 7):
                writer.offer(Batch(ASSETS, part))
            await until(lambda: not writer.statistics.waiting)
        once = len(unique(fixes, "asset", "fix_time", "source"))
        assert count(database, "position") == once
        assert writer.statistics.committed == 3000
        assert writer.statistics.duplicates == 3000 - once
        assert writer.statistics.waiting == 0


async def test_two_writers_with_the_same_rows_store_them_once(database: str) -> None:
    fixes = unique(positions(np.random.default_rng(3), 2000), "asset", "fix_time", "source")
    async with running(Writer(database)) as one, running(Writer(database)) as other:
        for part in np.array_split(fixes, 10):
            one.offer(Batch(ASSETS, part))
        for part in np.array_split(fixes[::-1], 10):
            other.offer(Batch(ASSETS, part))
        await until(lambda: not one.statistics.waiting)
        await until(lambda: not other.statistics.waiting)
        assert one.statistics.refused == other.statistics.refused == 0
    assert count(database, "position") == len(fixes)


BAD: dict[str, tuple[str, dict[str, object]]] = {
    "latitude 200": ("position", {"latitude": 200.0}),
    "latitude unknown": ("position", {"latitude": np.nan}),
    "fix time unknown": ("position", {"fix_time": np.datetime64("NaT")}),
    "fix time before there was a clock": ("position", {"fix_time": np.datetime64(0, "us")}),
    "fix time at the end of time": ("position", {"fix_time": np.datetime64(2**62, "us")}),
    "mode that is no text": ("vehicle_status", {"mode": b"\xff\xfe"}),
    "mode with a zero inside": ("vehicle_status", {"mode": b"A\0B"}),
}


@pytest.mark.parametrize("sort", BAD)
async def test_a_row_that_the_database_refuses_does_not_stop_the_others(
    database: str, sort: str
) -> None:
    table, values = BAD[sort]
    batch = car_positions(20)
    states = blank(STATUS, 20)
    states["asset"] = CARS[0].key
    states["status_time"] = states["received_time"] = batch.positions["received_time"]
    batch = Batch(batch.assets, batch.positions, states)
    rows = batch.positions if table == "position" else batch.statuses
    for name, value in values.items():
        rows[name][7] = value
    told: list[RefusedError] = []
    async with running(Writer(database, on_refused=told.append)) as writer:
        good = asyncio.create_task(writer.commit(car_positions(5, start=1000), timeout=30))
        bad = asyncio.create_task(writer.commit(batch, timeout=30))
        await good
        with pytest.raises(RefusedError) as caught:
            await bad
        assert caught.value.reason == REFUSED
        assert "\n" not in str(caught.value)
        assert told == []  # whoever waited knows
        assert writer.statistics.refused == 1
        assert writer.statistics.committed == 44
        assert writer.statistics.waiting == 0
        assert writer.statistics.reconnects == 0
    expected = {"position": 25, "vehicle_status": 20}
    expected[table] -= 1
    assert {table: count(database, table) for table in expected} == expected


@pytest.mark.parametrize("text", ["zero \0 inside", "lone \ud800 surrogate", "x" * 5000])
async def test_a_text_that_cannot_be_stored_is_refused_alone(database: str, text: str) -> None:
    texts = [StatusText(CARS[0].key, NOON, 6, words) for words in ("before", text, "after")]
    async with running(Writer(database)) as writer:
        with pytest.raises(RefusedError):
            await writer.commit(Batch((CARS[0],), texts=tuple(texts)), timeout=30)
    assert ask(database, "SELECT text FROM nigehban.status_text ORDER BY text") == [
        ("after",),
        ("before",),
    ]


async def test_many_bad_rows_among_many_good_ones_are_all_found(database: str) -> None:
    random = np.random.default_rng(4)
    batch = car_positions(3000)
    bad = random.choice(3000, 40, replace=False)
    batch.positions["longitude"][bad] = 181
    told: list[RefusedError] = []
    async with running(Writer(database, on_refused=told.append)) as writer:
        for part in np.array_split(batch.positions, 30):
            writer.offer(Batch(batch.assets, part))
        await until(lambda: not writer.statistics.waiting, 60)
        assert writer.statistics.refused == 40
        assert [error.reason for error in told] == [REFUSED] * 40
        assert writer.statistics.committed == 2960 + 40
    assert count(database, "position") == 2960
    letters = ask(database, "SELECT origin, reason, detail, raw FROM nigehban.dead_letter")
    assert {letter[:2] for letter in letters} == {("store", REFUSED)}
    assert all("longitude" in str(detail) for _, _, detail, _ in letters)
    rows = [unpack(raw).positions for *_, raw in letters]  # type: ignore[arg-type]  # bytes
    kept = np.sort(np.concatenate(rows)["fix_time"])
    assert kept.tolist() == np.sort(batch.positions["fix_time"][bad]).tolist()


async def test_a_replayed_row_that_is_refused_is_a_dead_letter_when_the_replay_is_done(
    database: str,
) -> None:
    batch = car_positions(5)
    batch.positions["latitude"][3] = 91
    async with running(Writer(database)) as writer:
        for _ in range(2):
            await writer.replay(batch)
            assert count(database, "dead_letter") == 1
        assert count(database, "position") == 4


async def test_a_database_without_schema_is_waited_for(empty_database: str) -> None:
    async with running(Writer(empty_database)) as writer:
        waiting = asyncio.create_task(writer.commit(car_positions(3), timeout=30))
        await until(lambda: "nigehban" in (writer.statistics.last_error or ""))
        assert not writer.statistics.connected
        migrate(empty_database)
        await waiting
    assert count(empty_database, "position") == 3


async def test_a_replaced_database_learns_all_assets_again(database: str) -> None:
    async with running(Writer(database)) as writer:
        await writer.commit(Batch(ASSETS), timeout=30)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("TRUNCATE nigehban.asset")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                " AND query LIKE 'COMMIT%'"
            )
        await writer.commit(car_positions(1), timeout=30)
        assert writer.statistics.reconnects == 1
    assert count(database, "asset") == len(ASSETS)


class _Cutter:
    """A proxy that cuts the line when the first COMMIT's answer passes: done, but not heard."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.cuts = 0
        self.open = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        upstream, downstream = await asyncio.open_unix_connection(self._target)

        async def forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while piece := await source.read(1 << 16):
                    if source is upstream and b"COMMIT\0" in piece and not self.cuts:
                        self.cuts += 1
                        break
                    sink.write(piece)
                    await sink.drain()
            for line in (downstream, writer):
                line.close()

        await asyncio.gather(forward(reader, downstream), forward(upstream, writer))
        for line in (downstream, writer):
            with suppress(ConnectionError):
                await line.wait_closed()
        self.open -= 1


@pytest.fixture
def proxied() -> Iterator[str]:
    with temporary_folder() as folder:
        yield str(folder)


async def test_a_commit_whose_answer_is_lost_leaves_one_row(database: str, proxied: str) -> None:
    parts = conninfo_to_dict(database)
    socket = f"/.s.PGSQL.{parts['port']}"
    cutter = _Cutter(f"{parts['host']}{socket}")
    async with await asyncio.start_unix_server(cutter.serve, proxied + socket):
        dsn = make_conninfo(database, host=proxied)
        async with running(Writer(dsn)) as writer:
            await writer.commit(car_positions(3), timeout=30)
            assert cutter.cuts == 1
            assert writer.statistics.duplicates == 3
            assert writer.statistics.committed == 3
        await until(lambda: cutter.open == 0)
    assert count(database, "position") == 3


async def test_what_waits_when_the_writer_is_stopped_is_still_written(database: str) -> None:
    async with running(Writer(database)) as writer:
        await until(lambda: writer.statistics.connected)
        for number in range(50):
            writer.offer(car_positions(200, start=200 * number))
    assert writer.statistics.waiting == 0
    assert not writer.statistics.connected
    assert count(database, "position") == 10_000


async def test_two_identities_with_one_key_are_not_merged(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO nigehban.asset (id, identity, kind) VALUES (%s, 'osmand:other', 2)",
            [CARS[0].key],
        )
    mine, others = car_positions(2), car_positions(4)
    others.positions["asset"] = CARS[1].key
    both = Batch(CARS[:2], np.concatenate([mine.positions, others.positions]))
    async with running(Writer(database)) as writer:
        with pytest.raises(RefusedError, match="'osmand:car-1' has the key of 'osmand:other'"):
            await writer.commit(both, timeout=30)
        assert writer.statistics.refused == 2
    assert ask(database, "SELECT DISTINCT asset FROM nigehban.position") == [(CARS[1].key,)]
    assert count(database, "position") == 4


async def test_rows_of_assets_from_anywhere_need_no_asset_first(database: str) -> None:
    stranger = blank(POSITION, 1)
    stranger["asset"] = osmand_asset("stranger").key
    stranger["fix_time"] = stranger["received_time"] = START
    stranger["latitude"] = stranger["longitude"] = 0
    async with running(Writer(database)) as writer:
        await writer.commit(Batch(positions=stranger), timeout=30)
    assert count(database, "position") == 1


async def test_of_a_geofence_event_what_was_said_last_counts_in_any_order(database: str) -> None:
    said = [FenceChange(FENCE_EVENT, told, withdrawn=told % 2 == 0) for told in (1, 2, 3, 4)]
    async with running(Writer(database)) as writer:
        await writer.commit(Batch(fence_changes=(said[1], said[3], said[2])), 10)
        await writer.commit(Batch(fence_changes=(said[0],)), 10)
    assert ask(database, "SELECT told, withdrawn FROM nigehban.fence_event") == [(4, True)]


async def test_an_alert_event_is_there_once_with_all_that_it_tells(database: str) -> None:
    event = AlertEvent(1, "panic/osmand:car-1", NOON, What.ACTIVATE, "system", "why", {"a": [1]})
    async with running(Writer(database)) as writer:
        for _ in range(2):
            await writer.commit(Batch(alert_events=(event,)), 10)
    columns = 'id, alert, event_time, what, who, why, "values"'
    assert ask(database, f"SELECT {columns} FROM nigehban.alert_event") == [
        (1, "panic/osmand:car-1", NOON, "activate", "system", "why", {"a": [1]})
    ]
