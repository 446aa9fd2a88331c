"""What `/healthz`, `/readyz` and `/metrics` tell, in each state in which something is wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from fleet.alerts.alert import Occurrence, Priority
from fleet.alerts.book import Book
from telemetry import collector as module
from telemetry.bus import memory
from telemetry.collector import Collector
from telemetry.mavlink.settings import MavlinkSettings
from telemetry.observing.checks import FULL, STALLED, ready
from telemetry.observing.endpoint import create_app
from telemetry.trackers.osmand import OsmandServer
from telemetry.trackers.owntracks import OwntracksSubscriber
from telemetry.watching.load import Load
from telemetry.watching.statistics import State
from tests.commands import free_udp_port
from tests.telemetry.test_collector import collector_in
from tests.waiting import until


@pytest.fixture
async def well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """A collector of which all is well, as far as it can tell."""
    mavlink = MavlinkSettings.model_validate(
        {"networks": {"default": f"udpin:127.0.0.1:{free_udp_port()}"}}
    )
    collector = collector_in(tmp_path, mavlink=mavlink)
    collector.turned = asyncio.get_running_loop().time()
    collector.writer.statistics.connected = True
    collector.watcher.statistics.state = "watching"
    network = collector.networks[0]
    await network.open()
    for kind, name in (
        (OsmandServer, "listening"),
        (OwntracksSubscriber, "listening"),
    ):
        monkeypatch.setattr(kind, name, True)
    yield collector
    await network.close()


@pytest.fixture
async def client(well: Collector) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(well))
    async with httpx.AsyncClient(transport=transport, base_url="http://collector") as client:
        yield client


async def told(client: httpx.AsyncClient, path: str) -> tuple[int, dict[str, str]]:
    """The status, and why of each check that does not hold."""
    answer = await client.get(path)
    body: dict[str, Any] = answer.json()
    wrong = {name: check["why"] for name, check in body["checks"].items() if not check["ok"]}
    assert body["ok"] is (not wrong)
    return answer.status_code, wrong


async def test_when_all_is_well_both_say_so(client: httpx.AsyncClient) -> None:
    assert await told(client, "/healthz") == (200, {})
    assert await told(client, "/readyz") == (200, {})


async def test_a_collector_that_does_not_turn_is_neither_healthy_nor_ready(
    well: Collector, client: httpx.AsyncClient
) -> None:
    well.turned -= STALLED + 2
    why = {"turning": f"no turn of its work for {STALLED + 2:.0f} s"}
    assert await told(client, "/healthz") == (503, why)
    assert await told(client, "/readyz") == (503, why)


async def test_a_collector_whose_work_never_began_is_not_healthy(
    well: Collector, client: httpx.AsyncClient
) -> None:
    well.turned = float("-inf")
    assert (await told(client, "/healthz"))[0] == 503


async def test_without_its_database_it_is_healthy_not_ready_and_tells_why(
    well: Collector, client: httpx.AsyncClient
) -> None:
    well.writer.statistics.connected = False
    well.writer.statistics.last_error = "connection refused"
    assert await told(client, "/healthz") == (200, {})
    assert await told(client, "/readyz") == (
        503,
        {"database": "the database is away (connection refused): what comes is kept in the spool"},
    )


async def test_without_database_and_room_in_the_spool_it_says_that_nothing_is_kept(
    well: Collector, client: httpx.AsyncClient
) -> None:
    well.keeper.spool.fill = FULL
    assert await told(client, "/readyz") == (200, {})  # the database is there
    well.writer.statistics.connected = False
    status, wrong = await told(client, "/readyz")
    assert status == 503
    assert wrong["keeping"].endswith("and the spool is 98 % full")


@pytest.mark.parametrize(
    ("state", "is_ready"), [("starting", False), ("standing by", True), ("off", True)]
)
async def test_a_watch_that_has_not_begun_makes_it_unready(
    well: Collector,
    client: httpx.AsyncClient,
    state: State,
    is_ready: bool,
) -> None:
    watch = well.watcher.statistics
    watch.state, watch.last_error = state, "begins anew after hearing what happened: KeyError: 7"
    status, wrong = await told(client, "/readyz")
    assert (status, [*wrong]) == ((200, []) if is_ready else (503, ["watch"]))
    assert is_ready or watch.last_error in wrong["watch"]


async def test_the_figures_of_the_watch_are_metrics(
    well: Collector, client: httpx.AsyncClient
) -> None:
    watch, begun = well.watcher.statistics, datetime(2026, 11, 22, 12, tzinfo=UTC)
    book, load = Book(), Load((), lambda: 0.0)
    wind = Occurrence(Priority.LOW, {}, {}, desk="air")
    events = book.activate("wind/1", wind, begun) + book.activate("wind/2", wind, begun)
    load.take(events + book.acknowledge("wind/1", "Gul", begun))
    assert load.reckon(book, begun)
    watch.figures, watch.shown, watch.alert_events = load.figures, load.counts, 3
    watch.looked(0.25)
    text = (await client.get("/metrics")).text
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "watch" in sample.name or "desk" in sample.name
    }
    wanted = {
        ("nigehban_watch_state", "watching"): 1,
        ("nigehban_watch_state", "standing by"): 0,
        ("nigehban_watch_shown", "low", "unacknowledged"): 1,
        ("nigehban_watch_shown", "low", "acknowledged"): 1,
        ("nigehban_watch_alert_events_total",): 3,
        ("nigehban_watch_look_seconds",): 0.25,
        ("nigehban_desk_day", "air"): 2,
        ("nigehban_desk_in_flood", "air"): 0,
        ("nigehban_desk_waiting", "air"): 1,
    }
    assert {key: found.get(key) for key in wanted} == wanted


async def test_without_its_bus_it_is_healthy_and_not_ready(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.MemoryBus, "connected", False)
    assert await told(client, "/healthz") == (200, {})
    status, wrong = await told(client, "/readyz")
    assert (status, [*wrong]) == (503, ["bus"])


async def test_a_network_without_an_open_link_makes_it_unready(
    well: Collector, client: httpx.AsyncClient
) -> None:
    await well.networks[0].close()
    status, wrong = await told(client, "/readyz")
    assert (status, [*wrong]) == (503, ["mavlink.default"])
    assert wrong["mavlink.default"].startswith("none of its links is open: udpin:127.0.0.1:")


async def test_a_network_whose_only_line_is_not_plugged_in_makes_it_unready(
    tmp_path: Path,
) -> None:
    line = f"serial:{tmp_path}/ttyUSB9:57600"
    mavlink = MavlinkSettings.model_validate({"networks": {"radio": line}})
    collector = collector_in(tmp_path, mavlink=mavlink)
    network = collector.networks[0]
    await network.open()
    running = asyncio.create_task(network.run())
    try:
        await until(lambda: network.links[0].statistics.last_error)
        found = {check.name: check for check in ready(collector)}["mavlink.radio"]
        assert not found.ok
        assert "ttyUSB9" in found.why
        assert "No such file" in found.why
    finally:
        await network.close()
        running.cancel()
        await asyncio.wait([running])


async def test_a_tracker_that_does_not_listen_makes_it_unready(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OsmandServer, "listening", False)
    assert await told(client, "/readyz") == (503, {"osmand": "it takes no reports now"})


async def test_the_figures_of_housekeeping(well: Collector, client: httpx.AsyncClient) -> None:
    statistics = well.housekeeper.statistics
    statistics.runs, statistics.last_run, statistics.behind = 3, 1_790_000_000.0, 7
    statistics.dropped_rows["event"] = 12
    statistics.dropped_chunks["position"] = 2
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families((await client.get("/metrics")).text)
        for sample in family.samples
    }
    assert found["nigehban_housekeeping_runs_total",] == 3
    assert found["nigehban_housekeeping_last_run",] == 1_790_000_000
    assert found["nigehban_housekeeping_behind",] == 7
    assert found["nigehban_housekeeping_dropped_rows_total", "event"] == 12
    assert found["nigehban_housekeeping_dropped_chunks_total", "position"] == 2


async def test_each_minute_one_line_sums_it_up(
    well: Collector, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module.SUMMARY_PERIOD == 60
    monkeypatch.setattr(module, "SUMMARY_PERIOD", 0.01)
    monkeypatch.setattr(well, "networks", [])
    monkeypatch.setattr(well, "trackers", {})
    well.received = 5

    def lines() -> list[str]:
        said = [record.getMessage() for record in caplog.records]
        return [line for line in said if line.startswith("0 assets, 5 rows in")]

    with caplog.at_level(logging.INFO):
        running = asyncio.create_task(well.run())
        await until(lambda: len(lines()) > 1)
        running.cancel()
        await asyncio.wait([running])
    assert lines()[0] == (
        "0 assets, 5 rows in, 0 committed, 0 waiting, 0 bytes spooled, 0 dropped, 0 refused"
    )
