"""`nigehban replay` and `nigehban export` as a user types them."""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gpxpy
import numpy as np
import psycopg
import pytest

from fleet.columns import POSITION, Rows
from telemetry.history.csv_file import CsvFile
from telemetry.history.values import iso_times
from tests.commands import Ports, run, running
from tests.telemetry.history.test_tlog_reader import beginning
from tests.telemetry.store.samples import CARS, START, positions, seconds
from tests.waiting import until_sync

pytestmark = pytest.mark.integration


@pytest.fixture
def environment(tmp_path: Path, timescale_database: str) -> dict[str, str]:
    return Ports().environment(
        tmp_path / "data", {"COLUMNS": "200", "NIGEHBAN_DATABASE__DSN": timescale_database}
    )


def count(environment: dict[str, str]) -> int:
    with psycopg.connect(environment["NIGEHBAN_DATABASE__DSN"]) as connection:
        (number,) = connection.execute("SELECT count(*) FROM nigehban.position").fetchone() or (0,)
        return int(number)


def said(words: list[str], environment: dict[str, str]) -> list[str]:
    ended = run(words, environment)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_a_recording_goes_in_and_comes_out_as_a_track(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = beginning("three-copters", 2000, tmp_path)
    (told,) = said(["replay", str(path), "--network", "north"], environment)
    assert told.startswith(f"{path}: ")
    assert told.endswith("; 0 skipped")
    listed = said(["export", "--list"], environment)
    assert [line.split() for line in listed[1:]] == [
        [f"mavlink:north/{system}", "north", str(system), "drone"] for system in (1, 2, 3)
    ]
    out = tmp_path / "flight.gpx"
    words = ["export", "--asset", "mavlink:north/[12]", "--from", "2026-11-21", "--out", str(out)]
    (told,) = said(words, environment)
    tracks = gpxpy.parse(out.read_text()).tracks
    assert [track.source for track in tracks] == ["mavlink:north/1", "mavlink:north/2"]
    assert told == f"{out}: {sum(track.get_points_no() for track in tracks)} positions"


def test_what_is_skipped_is_told_with_reason_and_place(
    environment: dict[str, str], tmp_path: Path
) -> None:
    table = tmp_path / "patrol.csv"
    rows = ["2016-11-20T10:00:00Z,34,71", "noon,34,71", ",34,71", "1,2"]
    yesterday = datetime.now(UTC) - timedelta(days=1)
    rows.append(f"{yesterday:%Y-%m-%d %H:%M:%S},34,71")
    table.write_text("\n".join(["time,lat,lon", *rows]))
    environment |= {"NIGEHBAN_HISTORY__REPLAY_DAYS": "100"}
    told = said(["replay", str(table), "--asset", "osmand:gulbahar-03"], environment)
    assert told[-1].startswith("    from before ")
    assert told[:-1] == [
        f"{table}: 1 rows, 1 of them new; 4 skipped",
        "  skipped 1 as bad_time, such as",
        "    line 3: timestamp 'noon' is no time",
        "  skipped 1 as no_position, such as",
        "    line 5: latitude or longitude is missing",
        "  skipped 1 as no_time, such as",
        "    line 4: no time",
        "  skipped 1 as too_old, such as",
    ]


def long_table(path: Path, rows: int) -> Rows:
    """Positions of one car, a second apart."""
    fixes = positions(np.random.default_rng(1), rows, CARS[:1])
    fixes["fix_time"] = START - seconds(np.arange(rows)[::-1])
    assert fixes.dtype == POSITION
    file = CsvFile(path)
    file.add(CARS[0], CARS[0].default_name, fixes)
    file.close()
    return fixes


def test_a_replay_that_is_killed_goes_on_and_nothing_is_missing_or_doubled(
    environment: dict[str, str], tmp_path: Path
) -> None:
    table = tmp_path / "long.csv"
    fixes = long_table(table, 45_000)
    notes = tmp_path / "data" / "replays"

    def pieces() -> int:
        with suppress(OSError, ValueError, StopIteration):
            return int(json.loads(next(notes.glob("*.json")).read_text())["pieces"])
        return 0

    with running(["replay", str(table)], environment, tmp_path / "out") as command:
        until_sync(lambda: pieces() >= 2)
        command.process.send_signal(signal.SIGKILL)
        command.process.wait(30)
    assert 10_000 <= count(environment) < len(fixes)
    (told,) = said(["replay", str(table)], environment)
    assert "pieces of them before" in told
    assert told.startswith(f"{table}: 45,000 rows, ")
    assert count(environment) == len(fixes)
    assert not list(notes.iterdir())
    out = tmp_path / "again.csv"
    window = ["--from", iso_times(fixes)[0], "--to", "2026-11-20T12:00:00.000001Z"]
    said(["export", "--out", str(out), *window], environment)
    assert out.read_bytes() == table.read_bytes()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["replay", "no.csv"], "no.csv: No such file or directory"),
        (["export", "--out", "x.csv", "--asset", "me"], "asset 'me' is not known"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    environment: dict[str, str], words: list[str], why: str
) -> None:
    ended = run(words, environment)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"nigehban: {why}")
    assert ended.stderr.count("\n") == 1
