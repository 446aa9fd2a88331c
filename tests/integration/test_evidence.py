"""A file of evidence: all that was asked for, proved by its manifest, and good for a replay."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from rich.console import Console

from fleet.airspace.tracks import Tracks
from fleet.alerts.events import AlertEvent
from fleet.alerts.states import What
from fleet.columns import Rows
from fleet.moments import as_datetime
from nigehban.history import export_evidence
from nigehban.settings import Settings
from sitl.intruders.airspace import Airspace
from sitl.intruders.flight import Flight
from sitl.intruders.sapient import framed
from sitl.intruders.sensors import Sensor, SensorKind
from telemetry.airspace.capture import CaptureReader, frames
from telemetry.airspace.heard import Heard, merged
from telemetry.airspace.replaying import replay_file, replay_stored
from telemetry.airspace.sapient_nodes import Nodes
from telemetry.airspace.sapient_session import SapientSession
from telemetry.batch import Batch
from telemetry.history.errors import HistoryError
from telemetry.history.evidence import Wanted, write_evidence
from telemetry.history.evidence_file import read_manifest, read_messages
from telemetry.store.checklists import Tick, put_tick
from telemetry.store.insert import Inserter
from telemetry.trackers.intake import Intake
from tests.commands import Ports, run
from tests.recordings import DATA
from tests.telemetry.store.airspace_samples import airspace
from tests.telemetry.store.samples import NOON, same
from tests.telemetry.trackers.sinks import RecordingSink

pytestmark = pytest.mark.integration

PARROT = DATA / "remote-id" / "parrot_anafi4_real.pcapng"
SAMPLE = airspace(np.random.default_rng(5))
ALERT = AlertEvent(1, "drone/1000", NOON, What.ACTIVATE, "system", "why", {"class": "unknown"})
TICK = Tick("drone/1000", NOON, "call the tower", True, "Gul", NOON + timedelta(seconds=9), "بله")
WHOLE = Wanted(NOON, NOON + timedelta(hours=2))


@asynccontextmanager
async def stored(dsn: str, *batches: Batch) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        inserter = Inserter(connection)
        await inserter.prepare([])
        for batch in batches:
            await inserter.write(batch, [])
        await put_tick(connection, TICK)
        yield connection


async def evidence(
    connection: psycopg.AsyncConnection, path: Path, wanted: Wanted = WHOLE
) -> dict[str, int]:
    return await write_evidence(connection, wanted, path, software="nigehban 1", now=NOON)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(path) as archive:
        yield archive


def files_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def objects(path: Path, name: str) -> list[dict[str, Any]]:
    with opened(path) as archive:
        return [json.loads(line) for line in archive.read(name).splitlines()]


def table(path: Path, name: str) -> list[dict[str, str]]:
    with opened(path) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


async def test_a_file_holds_everything_of_its_span_and_proves_it(
    timescale_database: str, tmp_path: Path
) -> None:
    path = tmp_path / "evidence.zip"
    shares: list[float] = []
    async with stored(timescale_database, SAMPLE, Batch(alert_events=(ALERT,))) as connection:
        rows = await write_evidence(
            connection,
            WHOLE,
            path,
            software="nigehban 1",
            now=NOON,
            progress=lambda _, share: shares.append(share),
        )
    count = len(SAMPLE.contacts)
    assert rows == {
        "detections.csv": count,
        "messages_before.ndjson": 0,
        "messages.ndjson": count,
        "sensor_events.ndjson": count,
        "contacts.csv": 4,
        "contact_states.csv": count,
        "contact_changes.csv": count,
        "contact_threats.csv": count,
        "alert_events.ndjson": 1,
        "checklist_ticks.ndjson": 1,
    }
    manifest = read_manifest(path)
    assert (manifest["software"], manifest["from"]) == ("nigehban 1", "2026-11-20T12:00:00+00:00")
    with opened(path) as archive:
        for name, told in manifest["members"].items():
            data = archive.read(name)
            assert (len(data), hashlib.sha256(data).hexdigest()) == (told["bytes"], told["sha256"])
    key = sorted(SAMPLE.said, key=lambda said: (said.received_time, said.number))
    assert list(read_messages(path)) == key
    (alert,), (tick,) = (
        objects(path, "alert_events.ndjson"),
        objects(path, "checklist_ticks.ndjson"),
    )
    assert (alert["what"], alert["values"]) == ("activate", {"class": "unknown"})
    assert (tick["who"], tick["note"], tick["done"]) == ("Gul", "بله", True)
    first = table(path, "contacts.csv")[-1]
    assert (first["contact"], first["state"], first["class"]) == (
        "1000",
        "confirmed",
        "cooperative",
    )
    assert first["operator_time"] == ""
    assert all(0 <= share <= 1 for share in shares)
    assert files_in(tmp_path) == ["evidence.zip"]


async def test_of_one_contact_comes_what_is_of_it_and_all_that_its_sensors_said(
    timescale_database: str, tmp_path: Path
) -> None:
    path = tmp_path / "evidence.zip"
    async with stored(timescale_database, SAMPLE) as connection:
        wanted = Wanted(NOON, WHOLE.end, contact=1000, sensors=("scout:north",))
        rows = await evidence(connection, path, wanted)
        with pytest.raises(HistoryError, match="no contact 77 is known; take the id that"):
            await evidence(connection, path, Wanted(NOON, WHOLE.end, contact=77))
        late = Wanted(NOON + timedelta(hours=1), WHOLE.end, contact=1000)
        with pytest.raises(
            HistoryError, match="contact 1000 was there from 2026-11-20T12:00:00 to"
        ):
            await evidence(connection, path, late)
    assert rows["contacts.csv"] == 1
    assert rows["contact_states.csv"] == 15
    assert {row["contact"] for row in table(path, "contact_changes.csv")} == {"1000"}
    told = {row["sensor"] for row in table(path, "detections.csv")}
    assert told <= {"scout:north"}
    assert {said.sensor for said in read_messages(path)} == told


async def test_a_file_that_cannot_be_written_whole_is_not_there(
    timescale_database: str, tmp_path: Path
) -> None:
    async with stored(timescale_database, SAMPLE) as connection:
        with pytest.raises(HistoryError, match="No such file or directory"):
            await evidence(connection, tmp_path / "nowhere" / "evidence.zip")

        def stop(_member: str, _share: float) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await write_evidence(
                connection, WHOLE, tmp_path / "a.zip", software="", now=NOON, progress=stop
            )
    assert not files_in(tmp_path)


async def test_a_file_that_was_changed_or_is_none_is_refused_in_one_line(
    timescale_database: str, tmp_path: Path
) -> None:
    path, changed = tmp_path / "evidence.zip", tmp_path / "changed.zip"
    async with stored(timescale_database, SAMPLE) as connection:
        await evidence(connection, path)
    with opened(path) as archive, zipfile.ZipFile(changed, "w") as other:
        for name in archive.namelist():
            data = archive.read(name)
            other.writestr(name, data.replace(b"scout", b"skout"))
    with pytest.raises(HistoryError, match=r"detections\.csv is not what the manifest says"):
        read_manifest(changed)
    with pytest.raises(HistoryError, match=r"messages\.ndjson is not what the manifest says"):
        list(read_messages(changed))
    changed.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(HistoryError, match="no file of evidence, or a damaged one"):
        list(read_messages(changed))
    with pytest.raises(HistoryError, match="No such file"):
        read_manifest(tmp_path / "none.zip")


def tracked(steps: list[tuple[np.datetime64, Rows]]) -> Rows:
    tracks = Tracks()
    for time, rows in steps:
        tracks.step(time, rows)
    return tracks.contacts


async def test_a_real_capture_stored_and_read_again_is_the_same_one_track(
    timescale_database: str, tmp_path: Path
) -> None:
    pytest.importorskip("dpkt")
    if not PARROT.exists():
        pytest.skip("the capture is not in ../shared/data/remote-id")
    reader = CaptureReader("field")
    heard = [found for frame in frames(PARROT) if (found := reader.take(frame))]
    whole = merged(heard)
    first = as_datetime(whole.said[0].received_time)
    wanted = Wanted(first, first + timedelta(minutes=5))
    path = tmp_path / "parrot.zip"
    batch = Batch(said=whole.said, detections=whole.detections)
    async with stored(timescale_database, batch) as connection:
        again = [told async for told in replay_stored(connection, wanted.start, wanted.end)]
        middle = first + timedelta(seconds=60)
        late = [told async for told in replay_stored(connection, middle, wanted.end)]
        await evidence(connection, path, wanted)
        await evidence(connection, tmp_path / "late.zip", Wanted(middle, wanted.end))
    assert same(merged(again).detections, whole.detections)
    assert same(merged(list(replay_file(path))).detections, whole.detections)
    after = whole.detections[whole.detections["received_time"] >= late[0].said[0].received_time]
    assert 0 < len(after) < 1140
    assert same(merged(late).detections, after)
    assert same(merged(list(replay_file(tmp_path / "late.zip"))).detections, after)
    steps = [
        [(told.said[0].received_time, told.detections) for told in each] for each in (heard, again)
    ]
    one, other = (tracked(each) for each in steps)
    assert len(one) == 1
    assert same(one, other)


async def test_a_replay_of_a_radar_begins_with_what_it_said_of_itself_long_before(
    timescale_database: str, tmp_path: Path
) -> None:
    silent = Flight("silent", ((34.03, 71.52, 60), (34.005, 71.53, 60)), 15, broadcasts=False)
    mast = Sensor("mast", SensorKind.RADAR, 34.0151, 71.5249, range=5000, error=8.0, misses=0)
    sky, heard, clock = Airspace([silent], [mast], seed=3), list[Heard](), [NOON.timestamp()]
    intake = Intake("sapient", RecordingSink(), lambda: clock[0])
    session = SapientSession(Nodes(), intake, heard.append, "127.0.0.1:9")

    def now() -> int:
        return round(clock[0] * 1e6)

    radar = sky.radars[0]
    await session.take(framed(radar.registration(now())) + framed(radar.status(now())))
    clock[0] += 1800
    for second in range(5):
        clock[0] += 1
        for _, report in sky.step(second * 1_000_000 + 400_000, now()).detections:
            await session.take(report)
    whole = merged(heard)
    assert len(whole.detections) == 5
    batch = Batch(said=whole.said, detections=whole.detections, sensor_events=tuple(whole.events))
    path, start = tmp_path / "radar.zip", NOON + timedelta(seconds=1800)
    async with stored(timescale_database, batch) as connection:
        await evidence(connection, path, Wanted(start, WHOLE.end))
        again = [told async for told in replay_stored(connection, start, WHOLE.end)]
    assert same(merged(again).detections, whole.detections)
    assert same(merged(list(replay_file(path))).detections, whole.detections)
    assert [said.received_time for said in read_messages(path, before=True)] == [
        said.received_time for said in whole.said[:2]
    ]


@pytest.fixture
def environment(tmp_path: Path, timescale_database: str) -> dict[str, str]:
    return Ports().environment(
        tmp_path / "data", {"COLUMNS": "200", "NIGEHBAN_DATABASE__DSN": timescale_database}
    )


async def store(dsn: str) -> None:
    async with stored(dsn, SAMPLE):
        pass


def test_the_command_writes_a_file_and_says_what_is_in_it(
    environment: dict[str, str], timescale_database: str, tmp_path: Path
) -> None:
    asyncio.run(store(timescale_database))
    out = tmp_path / "evidence.zip"
    words = ["evidence", "--from", "2026-11-20T17:00+05:00", "--to", "2026-11-20T13:00"]
    words += ["--output", str(out)]
    ended = run(words, environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"{out}: 60 in detections.csv, 60 in messages.ndjson")
    proof = hashlib.sha256(out.read_bytes()).hexdigest()
    assert ended.stdout.splitlines()[1] == f"SHA-256 {proof}"
    assert read_manifest(out)["software"].startswith("nigehban ")
    ended = run(words, environment)
    why = f"nigehban: {out} exists; take another name, or --force to replace it\n"
    assert (ended.returncode, ended.stderr) == (1, why)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"since": "yesterday"}, "'yesterday' is no time; take one like 2026"),
        ({"until": "-2h"}, "--from -1h is not before --to -2h"),
        ({"contact": "x"}, "--contact 'x' is no id of a contact: it is a number"),
        ({"contact": "-1"}, "--contact '-1' is no id of a contact"),
    ],
)
def test_what_is_asked_wrongly_is_one_line(asked: dict[str, str], why: str, tmp_path: Path) -> None:
    given: dict[str, Any] = {"since": "-1h", "until": "now", "contact": None} | asked
    out = tmp_path / "a.zip"
    with pytest.raises(HistoryError, match=re.escape(why)):
        export_evidence(Settings(), Console(), sensors=[], out=out, force=False, **given)


def test_a_database_that_is_away_is_one_line(tmp_path: Path, environment: dict[str, str]) -> None:
    away = environment | {"NIGEHBAN_DATABASE__DSN": "host=127.0.0.1 port=9 connect_timeout=2"}
    out = tmp_path / "a.zip"
    ended = run(["evidence", "--from", "-1h", "--output", str(out)], away)
    assert ended.returncode == 1
    assert ended.stderr.startswith("nigehban: database.dsn does not answer: ")
    assert ended.stderr.count("\n") == 1
    assert not out.exists()
