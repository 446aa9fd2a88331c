"""One load on a collector of its own, from an empty database to the last row, and what it cost."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
from scipy.stats import theilslopes

from fleet.columns import Source
from telemetry.bus.server import BrokerServer
from telemetry.store.database import make_database
from telemetry.store.migrate import migrate
from tests.benchmarks._flying import SYSTEMS
from tests.benchmarks._sending import ROWS, Config
from tests.brokers import free_port, running_broker
from tests.commands import Ports, free_udp_port
from tests.databases import own_server, temporary_folder
from tests.integration.collecting import collector, health

SAMPLE = 1.0
"""Seconds between two looks at the collector's memory."""

SETTLE = 60.0
"""Seconds for which rows that wait are waited for after the last frame."""

LOST_AFTER = 10.0
"""Seconds without anything waiting after which what is missing will not come."""

_MIB = 1 << 20


@dataclass(frozen=True)
class Attempt:
    """What came of one load."""

    share: float
    vehicles: int
    cars: int
    sent: dict[str, Any]
    """As `_sending.Played`."""

    frames_sent: int
    frames: int
    """Received; both without the answers to our own words."""

    kernel_drops: int | None
    rows: int
    """In the database."""

    rows_expected: int
    late: float
    """Seconds from receive to COMMIT, 95 of 100 rows."""

    latest: float
    """Of the slowest row."""

    cars_late: float
    """Seconds from a car's fix, which it sends at once, to COMMIT, 95 of 100."""

    cores: dict[str, float]
    """CPU seconds by second of the flight: of what belongs to it, and of the rest of the machine."""

    collector_cores: float
    """The same of the collector, with what it did after the flight for what had come in it."""

    memory: list[float]
    """MiB of the collector, each SAMPLE seconds of the flight."""

    growth: float
    """MiB a minute in the second half of the flight: the median of the slopes between all pairs of
    samples, which a leak moves and a single backlog does not."""

    round_trip: float | None
    """Seconds of a TIMESYNC, the median of all vehicles."""

    store: dict[str, Any]
    spool: dict[str, Any]

    @property
    def lost(self) -> int:
        """Frames, rows and acknowledgements that are missing."""
        unacknowledged: int = self.sent["fixes"] - self.sent["acknowledged"]
        missing = self.frames_sent - self.frames
        return missing + abs(self.rows_expected - self.rows) + unacknowledged


async def attempt(share: float, vehicles: int, cars: int, seconds: float) -> Attempt:
    """Play so many vehicles and cars; `share` is only told."""
    networks = [free_udp_port() for _ in range(-(-vehicles // SYSTEMS))]
    config = Config(networks, free_port(), vehicles, cars, seconds)
    _allow_sockets(vehicles + cars)
    # fsync as in service: what is acknowledged is on the disk
    server_settings = {"fsync": "on", "track_commit_timestamp": "on"}
    with own_server("timescaledb", server_settings) as server, temporary_folder() as folder:
        make_database(server.dsn(), "bench")
        dsn = server.dsn("bench")
        migrate(dsn)
        async with running_broker(folder / "broker") as broker:
            with collector(Ports(), broker, dsn, folder, **_environment(config)) as command:
                command.wait_for("network net-")
                await health(broker)
                assert server.pid is not None
                assert broker.pid is not None
                pids = {"database": server.pid, "broker": broker.pid}
                flight = await _fly(config, {"collector": command.process.pid, **pids})
                told = await _settled(broker, flight.sent)
                spent = _cpu_seconds({"collector": command.process.pid})["collector"]
        rows, late, latest, cars_late = _stored(dsn)
    expected = sum(flight.sent["frames_sent"][name] for name in ROWS) + flight.sent["fixes"]
    drops = [network["kernel_drops"] for network in told["mavlink"].values()]
    return Attempt(
        share=share,
        vehicles=vehicles,
        cars=cars,
        sent=flight.sent,
        frames_sent=flight.sent["frames"],
        frames=told["messages"] - flight.sent["answers"],
        kernel_drops=None if None in drops else sum(drops),
        rows=rows,
        rows_expected=expected,
        late=late,
        latest=latest,
        cars_late=cars_late,
        cores=flight.cores,
        collector_cores=(spent - flight.collector_before) / seconds,
        memory=flight.memory,
        growth=_growth(flight.memory),
        round_trip=_round_trip(told["mavlink"]),
        store=told["store"],
        spool=told["spool"],
    )


def _environment(config: Config) -> dict[str, str]:
    networks = {f"net-{n}": f"udpin:127.0.0.1:{port}" for n, port in enumerate(config.mavlink)}
    return {
        "NIGEHBAN_MAVLINK__NETWORKS": json.dumps(networks),
        "NIGEHBAN_TELTONIKA__ENABLED": "true",
        "NIGEHBAN_TELTONIKA__PORT": str(config.teltonika),
        "NIGEHBAN_OWNTRACKS__ENABLED": "false",
        "NIGEHBAN_OSMAND__ENABLED": "false",
    }


@dataclass
class _Flight:
    sent: dict[str, Any]
    cores: dict[str, float]
    collector_before: float
    memory: list[float]


async def _fly(config: Config, pids: dict[str, int]) -> _Flight:
    """Play the fleet: what the player says, and what it cost whom."""
    process = psutil.Process(pids["collector"])
    with _player(config) as player:
        assert player.stdin is not None
        assert player.stdout is not None
        assert await asyncio.to_thread(player.stdout.readline) == "ready\n"
        of_them = {**pids, "player": player.pid}
        began, before = time.monotonic(), _cpu_seconds(of_them)
        player.stdin.write("go\n")
        player.stdin.flush()
        words = asyncio.create_task(asyncio.to_thread(player.stdout.readline))
        memory = []
        while time.monotonic() < began + config.seconds and not words.done():
            await asyncio.wait({words}, timeout=SAMPLE)
            memory.append(process.memory_info().rss / _MIB)
        after, ended = _cpu_seconds(of_them), time.monotonic()
        sent = json.loads(await words)
    cores = {name: (after[name] - before[name]) / (ended - began) for name in after}
    busy = cores.pop("machine")
    cores["rest of the machine"] = busy - sum(cores.values())
    return _Flight(sent, cores, before["collector"], memory)


def _cpu_seconds(pids: dict[str, int]) -> dict[str, float]:
    """CPU seconds of each process and its children so far, and of the machine."""
    spent = {}
    for name, pid in pids.items():
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        spent[name] = sum(each.cpu_times().user + each.cpu_times().system for each in family)
    machine = psutil.cpu_times()
    return spent | {"machine": sum(machine) - machine.idle - machine.iowait}


def _growth(memory: list[float]) -> float:
    """MiB a minute in the second half."""
    half = memory[len(memory) // 2 :]
    if len(half) < 2:
        return 0.0
    return float(theilslopes(half, np.arange(len(half)) * SAMPLE / 60)[0])


def _round_trip(networks: dict[str, Any]) -> float | None:
    trips = [trip for network in networks.values() for trip in network["heard"]["round_trip"]]
    known = [trip for trip in trips if trip is not None]
    return float(np.median(known)) if known else None


@contextmanager
def _player(config: Config) -> Iterator[subprocess.Popen[str]]:
    player = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks._sending", json.dumps(asdict(config))],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Linux shares the CPU by session first: the fleet is no part of the collector's share.
        start_new_session=True,
    )
    try:
        yield player
    finally:
        player.kill()
        player.communicate()


async def _settled(broker: BrokerServer, sent: dict[str, Any]) -> dict[str, Any]:
    """The collector's health when nothing waits any more."""
    began = since = time.monotonic()
    while True:
        told = await health(broker)
        now = time.monotonic()
        waits = told["store"]["waiting"] or told["spool"]["waiting"]
        received = told["messages"] >= sent["frames"] + sent["answers"]
        if waits:
            since = now
        if (received and not waits) or now > since + LOST_AFTER or now > began + SETTLE:
            return told


_STORED = """
SELECT
    count(*),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY committed - received_time),
    max(committed - received_time),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY committed - fix_time)
FROM (
    SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)) AS committed,
        extract(epoch FROM received_time) AS received_time,
        CASE WHEN source = %(teltonika)s THEN extract(epoch FROM fix_time) END AS fix_time
    FROM nigehban.position
    UNION ALL
    SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)),
        extract(epoch FROM received_time), NULL
    FROM nigehban.vehicle_status
) row
"""


def _stored(dsn: str) -> tuple[int, float, float, float]:
    """Rows in the database; `late`, `latest` and `cars_late` of an attempt."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute(_STORED, {"teltonika": int(Source.TELTONIKA)}).fetchone()
    assert found is not None
    rows, *seconds = found
    late, latest, cars_late = (float(each or 0) for each in seconds)
    return rows, late, latest, cars_late


def _allow_sockets(most: int) -> None:
    """Player and collector need one for each vehicle and car."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + 1000
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
