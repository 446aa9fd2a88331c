"""The collector's own part: what it shows, counts and refuses. Nothing listens here."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from fleet.assets import Asset, Kind, osmand_asset
from fleet.columns import POSITION, Source, blank
from telemetry import collector as module
from telemetry.batch import Batch, DeadLetter, Event
from telemetry.bus.memory import MemoryBus
from telemetry.collector import Collector, Sources
from telemetry.letters import LETTERS_A_MINUTE
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.settings import CollectorSettings
from telemetry.sink import NotStoredError, RefusedError
from telemetry.trackers.settings import TrackerSections
from tests.telemetry.spool.test_backlog import opened
from tests.telemetry.test_keeper import NOWHERE, keeping
from tests.waiting import until

ROOM = 64 << 20
NOON = np.datetime64("2026-11-21T12:00", "us")


def collector_in(
    folder: Path, *, commit_timeout: float = 0.01, mavlink: MavlinkSettings | None = None
) -> Collector:
    sources = Sources(
        mavlink or MavlinkSettings(), TrackerSections().with_broker("mqtt://127.0.0.1:1")
    )
    settings = CollectorSettings(commit_timeout=commit_timeout, spool_bytes=ROOM)
    return Collector(settings, sources, dsn=NOWHERE, bus=MemoryBus(), data_dir=folder)


@pytest.fixture
def collector(tmp_path: Path) -> Collector:
    return collector_in(tmp_path)


def spooled_letters(folder: Path) -> list[DeadLetter]:
    """The dead letters that a collector has left in its spool."""
    found: list[DeadLetter] = []
    with opened(folder / "spool", ROOM) as backlog:
        while replay := backlog.oldest():
            found += replay.batch.letters
            backlog.done(replay)
    return found


def fix(device: str) -> Batch:
    asset = osmand_asset(device)
    row = blank(POSITION, 1)
    row["asset"], row["source"] = asset.key, Source.OSMAND
    row["fix_time"] = row["received_time"] = NOON
    row["latitude"], row["longitude"] = 34, 71
    return Batch((asset,), row)


async def test_what_is_not_stored_is_shown_all_the_same(collector: Collector) -> None:
    with pytest.raises(NotStoredError):
        await collector.accept(fix("car-1"))
    assert collector.picture.row(osmand_asset("car-1").key)["latitude"] == 34
    assert collector.health()["assets"] == 1


async def test_who_only_tells_of_events_is_not_in_the_picture(collector: Collector) -> None:
    camera = Asset("camera:cam-0017", Kind.UNKNOWN)
    noon = NOON.astype(datetime).replace(tzinfo=UTC)
    seen = Event(camera.key, noon, noon, "crowd")
    with pytest.raises(NotStoredError):
        await collector.accept(Batch((camera,), events=(seen,)))
    assert camera.key not in collector.picture
    with pytest.raises(NotStoredError):
        await collector.accept(fix("car-1"))
    assert collector.health()["assets"] == 1


async def test_new_assets_beyond_the_most_are_refused_and_known_ones_go_on(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASSETS_MOST", 2)
    for device in ("car-1", "car-2", "car-1"):
        with pytest.raises(NotStoredError):
            await collector.accept(fix(device))
    with pytest.raises(RefusedError, match="2 assets are known already"):
        await collector.accept(fix("car-3"))
    collector.offer(fix("car-4"))
    assert collector.health()["refused"] == {"collector: too_many_assets": 1}
    assert len(collector.picture) == 2


def test_refusals_are_all_counted_and_said_ever_more_rarely(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for number in range(120):
            collector.refuse("osmand", RefusedError("bad_position", f"lat={number}"))
    assert collector.health()["refused"] == {"osmand: bad_position": 120}
    assert [record.args[2] for record in caplog.records if isinstance(record.args, tuple)] == [
        1,
        10,
        100,
    ]


async def test_of_what_is_refused_in_a_flood_some_are_kept_as_dead_letters(
    collector: Collector, tmp_path: Path
) -> None:
    for number in range(100):
        error = RefusedError("bad_position", f"lat={number}")
        collector.refuse("osmand", error, raw=b"lat=%d" % number, peer="127.0.0.1:4711")
    collector.refuse("mavlink", RefusedError("crc", "0x1234"))
    async with keeping(collector.keeper):
        await until(lambda: collector.keeper.spool.spooled)
    letters = spooled_letters(tmp_path)
    assert len(letters) == LETTERS_A_MINUTE + 1
    assert (letters[1].raw, letters[1].peer) == (b"lat=1", "127.0.0.1:4711")
    assert letters[-1].origin == "mavlink"
    assert collector.health()["refused"] == {"osmand: bad_position": 100, "mavlink: crc": 1}


async def test_what_is_set_aside_is_on_disk_when_that_returns_however_many_there_are(
    tmp_path: Path,
) -> None:
    collector = collector_in(tmp_path, commit_timeout=30)
    quarantine = RefusedError("unknown_device", "gate-7")
    async with keeping(collector.keeper):
        await asyncio.gather(
            *(
                collector.set_aside("gt06", quarantine, raw=b"%d" % number, peer="")
                for number in range(2 * LETTERS_A_MINUTE)
            )
        )
        assert collector.keeper.spool.spooled == 2 * LETTERS_A_MINUTE
    assert {letter.raw for letter in spooled_letters(tmp_path)} == {
        b"%d" % number for number in range(2 * LETTERS_A_MINUTE)
    }
    assert collector.health()["refused"] == {"gt06: unknown_device": 2 * LETTERS_A_MINUTE}


async def test_what_cannot_be_set_aside_is_not_acknowledged(collector: Collector) -> None:
    with pytest.raises(NotStoredError):
        await collector.set_aside("gt06", RefusedError("unknown_device", ""), raw=b"", peer="")


async def test_the_going_and_coming_of_the_database_is_said_once_each(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    watch = collector._watch_store()
    with caplog.at_level(logging.INFO):
        for connected in (False, False, True, True, False):
            collector.writer.statistics.connected = connected
            await watch()
    said = [record.getMessage().partition(":")[0] for record in caplog.records]
    away = "the database is away"
    assert said == [away, "the database is back; 0 rows waited", away]
