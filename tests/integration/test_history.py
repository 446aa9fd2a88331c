"""Files into history and out of it again, on real databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import numpy as np
import psycopg
import pytest

from fleet.assets import Asset
from fleet.columns import POSITION, Rows
from telemetry.batch import Batch
from telemetry.history import reading as history_reading
from telemetry.history.errors import HistoryError
from telemetry.history.export import export
from telemetry.history.formats import FORMATS
from telemetry.history.imports import csv_reader
from telemetry.history.imports.formats import Reading, reading
from telemetry.history.imports.piece import Piece
from telemetry.history.reading import Window
from telemetry.history.replay import TOO_OLD, Outcome, replay
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.store.housekeeping import REPLAYING
from telemetry.store.insert import Inserter
from telemetry.store.rows import columns_of, selected
from telemetry.trackers.plausibility import Plausibility
from telemetry.trackers.settings import PlausibilitySettings
from tests.integration.test_mavlink_recordings import fly
from tests.telemetry.history.test_tlog_reader import beginning
from tests.telemetry.mavlink.drone import listening
from tests.telemetry.mavlink.sending import RecordingSink
from tests.telemetry.store.samples import ASSETS, CARS, DRONES, NOON, positions, same, unique

pytestmark = pytest.mark.integration

DAY = Window(NOON - timedelta(hours=12), NOON + timedelta(hours=12))


def fixes(count: int) -> Rows:
    rows = unique(positions(np.random.default_rng(31), count), "asset", "fix_time", "source")
    rows["suspect"] = np.arange(len(rows)) % 7 == 0
    return rows


SMALL = 400
"""Rows of a piece in these tests."""


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reader, "ROWS", SMALL)
    monkeypatch.setattr(history_reading, "PIECE", SMALL)


@pytest.fixture
async def one_connection(timescale_database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """As `connection`, to TimescaleDB alone: for what does not depend on it."""
    async with await psycopg.AsyncConnection.connect(
        timescale_database, autocommit=True
    ) as connection:
        yield connection


@pytest.fixture
async def connection(database: str) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        yield connection


async def write(connection: psycopg.AsyncConnection, rows: Rows) -> None:
    async with await psycopg.AsyncConnection.connect(
        connection.info.dsn, autocommit=True
    ) as writing:
        inserter = Inserter(writing)
        await inserter.prepare([])
        await inserter.write(Batch(positions=rows), ASSETS)


async def stored(connection: psycopg.AsyncConnection) -> Rows:
    """All positions, in the order of their keys."""
    async with connection.cursor(binary=True) as cursor:
        statement = psycopg.sql.SQL('SELECT {} FROM nigehban.position "row" ORDER BY 1, 3, 4')
        await cursor.execute(statement.format(selected(POSITION)))
        return columns_of(POSITION, await cursor.fetchall())


async def replayed(
    connection: psycopg.AsyncConnection,
    what: Reading,
    notes: Path,
    pieces: Iterator[Piece] | None = None,
) -> Outcome:
    judge = Plausibility(PlausibilitySettings()).mark
    given = pieces or what.pieces(NOON.timestamp(), judge, MavlinkSettings())
    async with await psycopg.AsyncConnection.connect(
        connection.info.dsn, autocommit=True
    ) as replaying:
        return await replay(replaying, what, given, notes)


async def test_what_was_exported_as_csv_comes_back_to_the_last_bit(
    connection: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    rows = fixes(SMALL + 500)
    await write(connection, rows)
    path = tmp_path / "all.csv"
    done: list[tuple[int, int]] = []
    assert await export(
        connection, [], DAY, path, FORMATS["csv"], lambda *told: done.append(told)
    ) == len(rows)
    assert done[-1] == (len(rows), len(rows))
    await connection.execute("DELETE FROM nigehban.position")
    await connection.execute("DELETE FROM nigehban.asset")
    outcome = await replayed(connection, reading(path), tmp_path / "notes")
    assert (outcome.rows, outcome.new, outcome.skipped) == (len(rows), len(rows), {})
    assert same(await stored(connection), rows)
    cursor = await connection.execute("SELECT identity, kind FROM nigehban.asset")
    assert set(await cursor.fetchall()) == {(asset.identity, asset.kind) for asset in ASSETS}
    again = await replayed(connection, reading(path), tmp_path / "notes")
    assert (again.rows, again.new, again.resumed) == (len(rows), 0, 0)
    assert names_in(tmp_path / "notes") == []


class Measured:
    """A file that keeps how much it was given at a time."""

    whole = True
    sizes: ClassVar[list[int]] = []

    def __init__(self, path: Path) -> None:
        self._path = path
        path.write_text("half")

    def add(self, asset: Asset, name: str, rows: Rows) -> None:
        self.sizes.append(len(rows))

    def close(self) -> None:
        self._path.write_text("whole")


async def test_an_export_takes_what_was_asked_for_and_little_at_a_time(
    one_connection: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    rows = fixes(2 * SMALL)
    rows["asset"] = CARS[0].key
    rows = unique(rows, "asset", "fix_time", "source")
    await write(one_connection, rows)
    await one_connection.execute(
        "UPDATE nigehban.asset SET name = 'Gulbahar [3]' WHERE id = %s", [CARS[0].key]
    )
    Measured.sizes.clear()
    path = tmp_path / "some.csv"
    half = Window(NOON, NOON + timedelta(minutes=45))
    for wanted in ("osmand:car-1", "Gulbahar [[]*", "Gulbahar [3]", "osmand:*"):
        Measured.sizes.clear()
        await export(one_connection, [wanted], half, path, Measured)
        assert path.read_text() == "whole"
        inside = rows["fix_time"] < np.datetime64("2026-11-20T12:45")
        assert sum(Measured.sizes) == inside.sum() > SMALL
        assert max(Measured.sizes) <= SMALL


async def test_a_track_leaves_out_raw_and_suspect_fixes_where_there_are_others(
    one_connection: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    rows = fixes(2000)
    rows["suspect"][rows["asset"] == CARS[1].key] = 2
    await write(one_connection, rows)
    written = {
        asset: await export(
            one_connection, [asset.identity], DAY, tmp_path / "track.gpx", FORMATS["gpx"]
        )
        for asset in (DRONES[0], CARS[0], CARS[1])
    }
    mine = {asset: rows[rows["asset"] == asset.key] for asset in written}
    fused = mine[DRONES[0]][mine[DRONES[0]]["source"] == 1]
    assert written[DRONES[0]] == (fused["suspect"] == 0).sum()
    assert written[CARS[0]] == (mine[CARS[0]]["suspect"] == 0).sum()
    assert written[CARS[1]] == len(mine[CARS[1]]) > 0


async def test_an_export_that_fails_leaves_what_was_there(
    one_connection: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    await write(one_connection, fixes(100))
    path = tmp_path / "track.csv"
    path.write_text("before")

    def interrupt(done: int, _whole: int) -> None:
        raise KeyboardInterrupt(done)

    with pytest.raises(KeyboardInterrupt):
        await export(one_connection, [], DAY, path, FORMATS["csv"], interrupt)
    assert names_in(tmp_path) == ["track.csv"]
    assert path.read_text() == "before"
    nowhere = tmp_path / "nowhere" / "track.csv"
    with pytest.raises(HistoryError, match=r"nowhere/track\.csv: No such file or directory"):
        await export(one_connection, [], DAY, nowhere, FORMATS["csv"])
    empty = Window(NOON - timedelta(days=9), NOON - timedelta(days=8))
    with pytest.raises(HistoryError, match=r"no position of osmand:car-1 from 2026-11-11 12:00"):
        await export(one_connection, ["osmand:car-1"], empty, path, FORMATS["csv"])
    with pytest.raises(
        HistoryError, match=r"asset 'nobody' is not known; `nigehban export --list`"
    ):
        await export(one_connection, ["nobody"], DAY, path, FORMATS["csv"])


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


@asynccontextmanager
async def exported(
    connection: psycopg.AsyncConnection, rows: Rows, path: Path
) -> AsyncIterator[Reading]:
    """A CSV of the rows, which history does not have any more."""
    await write(connection, rows)
    await export(connection, [], DAY, path, FORMATS["csv"])
    await connection.execute("DELETE FROM nigehban.position")
    yield reading(path)


async def test_a_replay_goes_on_where_it_was_stopped(
    connection: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    rows, notes = fixes(4 * SMALL), tmp_path / "notes"
    async with exported(connection, rows, tmp_path / "all.csv") as what:
        for stop in (1, 3):
            with pytest.raises(ZeroDivisionError):
                await replayed(connection, what, notes, stopping(what, stop))
            assert len(await stored(connection)) == stop * SMALL
        outcome = await replayed(connection, what, notes)
        assert (outcome.resumed, outcome.rows, outcome.new) == (3, len(rows), len(rows))
        assert same(await stored(connection), rows)


def stopping(what: Reading, after: int) -> Iterator[Piece]:
    for number, piece in enumerate(what.pieces(0, len, MavlinkSettings())):  # type: ignore[arg-type]  # our own CSV is not judged
        if number == after:
            raise ZeroDivisionError
        yield piece


async def test_who_is_killed_before_the_note_writes_the_piece_again_and_doubles_nothing(
    one_connection: psycopg.AsyncConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, notes = fixes(2 * SMALL), tmp_path / "notes"
    async with exported(one_connection, rows, tmp_path / "all.csv") as what:
        with monkeypatch.context() as patch:
            patch.setattr("telemetry.history.replay._write_note", _killed)
            with pytest.raises(ZeroDivisionError):
                await replayed(one_connection, what, notes)
        assert len(await stored(one_connection)) == SMALL
        outcome = await replayed(one_connection, what, notes)
        assert (outcome.resumed, outcome.rows, outcome.new) == (0, len(rows), len(rows) - SMALL)
        assert same(await stored(one_connection), rows)


def _killed(*_told: object) -> None:
    raise ZeroDivisionError


async def test_a_note_that_is_torn_or_of_another_file_is_not_gone_by(
    one_connection: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    rows, notes, path = fixes(SMALL + 100), tmp_path / "notes", tmp_path / "all.csv"
    async with exported(one_connection, rows, path) as what:
        with pytest.raises(ZeroDivisionError):
            await replayed(one_connection, what, notes, stopping(what, 1))
        (note,) = names_in(notes)
        with path.open("a") as file:  # the file has grown
            file.write(path.read_text().splitlines()[-1].replace("osmand:car", "osmand:bus") + "\n")
        assert (await replayed(one_connection, what, notes)).resumed == 0
        (notes / note).write_bytes(b'{"pieces": 1')
        assert (await replayed(one_connection, what, notes)).rows == len(rows) + 1


async def test_rows_that_are_too_old_are_skipped_and_counted(
    one_connection: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    rows = fixes(1000)
    async with exported(one_connection, rows, tmp_path / "all.csv") as what:
        oldest = NOON + timedelta(minutes=30)
        pieces = what.pieces(0, len, MavlinkSettings())  # type: ignore[arg-type]  # as above
        outcome = await replay(one_connection, what, pieces, tmp_path / "notes", oldest=oldest)
        late = rows["fix_time"] < np.datetime64("2026-11-20T12:30")
        assert outcome.skipped == {TOO_OLD: late.sum()}
        assert outcome.examples[TOO_OLD][0] == "from before 2026-11-20 12:30 UTC"
        assert same(await stored(one_connection), rows[~late])


async def test_nothing_may_be_dropped_while_a_replay_runs(
    one_connection: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    def may_drop() -> bool:
        with psycopg.connect(one_connection.info.dsn) as other:
            told = other.execute("SELECT pg_try_advisory_lock(%s)", [REPLAYING])
            return told.fetchone() == (True,)

    async with exported(one_connection, fixes(10), tmp_path / "all.csv") as what:
        may: list[bool] = []

        def pieces() -> Iterator[Piece]:
            for piece in what.pieces(0, len, MavlinkSettings()):  # type: ignore[arg-type]  # as above
                may.append(may_drop())
                yield piece

        await replayed(one_connection, what, tmp_path / "notes", pieces())
        assert may == [False]
        assert may_drop()


async def test_a_flight_that_was_recorded_gives_the_rows_that_it_gave_when_it_was_flown(
    timescale_database: str, tmp_path: Path
) -> None:
    sink = RecordingSink()
    async with listening(sink, tmp_path) as network:
        await fly(network, "copter-signed")
    (name,) = names_in(tmp_path / "tlog" / "default")
    what = reading(tmp_path / "tlog" / "default" / name)
    assert what.network == "default"
    (piece,) = what.pieces(0, lambda rows: None, MavlinkSettings())
    assert piece.skipped == ()
    flown = {"positions": sink.positions, "statuses": sink.statuses}
    for name, keys in (("positions", "fix_time source"), ("statuses", "status_time")):
        ours, theirs = (
            np.sort(rows, order=keys.split()) for rows in (getattr(piece.batch, name), flown[name])
        )
        assert len(ours) > 100
        assert same(ours, theirs)
    assert sorted(piece.batch.texts, key=str) == sorted(sink.texts, key=str)


async def test_a_recording_that_was_taken_already_changes_nothing(
    one_connection: psycopg.AsyncConnection, tmp_path: Path
) -> None:
    what = reading(beginning("copter-signed", 800, tmp_path))
    first = await replayed(one_connection, what, tmp_path)
    before = await stored(one_connection)
    assert first.rows == first.new > len(before) > 100
    again = await replayed(one_connection, what, tmp_path)
    assert (again.rows, again.new) == (first.rows, 0)
    assert same(await stored(one_connection), before)
