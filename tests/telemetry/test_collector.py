"""The collector's own part: what it shows, counts and refuses. Nothing listens here."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from fleet.assets import osmand_asset
from fleet.columns import POSITION, Source, blank
from telemetry import collector as module
from telemetry.batch import Batch
from telemetry.bus.memory import MemoryBus
from telemetry.collector import Collector, Sources
from telemetry.settings import (
    CollectorSettings,
    MavlinkSettings,
    OsmandSettings,
    OwntracksSettings,
)
from telemetry.sink import NotStoredError, RefusedError

NOON = np.datetime64("2026-11-21T12:00", "us")


@pytest.fixture
def collector(tmp_path: Path) -> Collector:
    sources = Sources(
        MavlinkSettings(), OsmandSettings(), OwntracksSettings(), "mqtt://127.0.0.1:1"
    )
    settings = CollectorSettings(commit_timeout=0.01)
    return Collector(settings, sources, dsn="", bus=MemoryBus(), data_dir=tmp_path)


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
