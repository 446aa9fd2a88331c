"""A track of a day of one drone out of many rows, against grouping by `time_bucket`.

On a TimescaleDB of its own, filled in the order of arrival. Both give 1,440 points of a minute; the
peer as charting tools ask, one pass over the day's rows of the drone. Times are those of the wall
clock, as a user waits them, with the CPU time of both sides beside them. Warm: the day was asked for just before. Cold: the server was started
anew and its files are out of the system's memory, and each day is asked for once.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence, Sized
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import psycopg

from dashboard.api.application import PATH
from fleet.assets import Asset
from fleet.columns import Rows
from telemetry.store import queries
from telemetry.store.database import make_database
from telemetry.store.migrate import migrate
from telemetry.store.past import Span, tracks
from telemetry.store.server import EmbeddedServer
from tests.benchmarks import Result, Say
from tests.benchmarks._past import DAYS, START, drones, fill
from tests.dashboard.pages import running_page
from tests.databases import programs

ROWS = 5_000_000

ROUNDS = 40
"""Days that are asked for, each of a drone and a beginning by chance."""

COLD_ROUNDS = 20
PEER_ROUNDS = 5

STEP = timedelta(minutes=1)
DAY = timedelta(days=1)

ROW_BYTES = 200
"""On disk with its indexes; measured, and a little more."""

SPARE_BYTES = 5 << 30
"""For the server's log of changes, and for others."""

_PEER = """
SELECT time_bucket('1 minute', fix_time) AS "time", last(latitude, fix_time),
    last(longitude, fix_time), last(height, fix_time), last(heading, fix_time),
    last(speed, fix_time)
FROM nigehban.position WHERE asset = %s AND fix_time >= %s AND fix_time < %s
GROUP BY 1 ORDER BY 1
"""

Day = tuple[Asset, datetime]


def run(say: Say, rows: float = ROWS) -> Result:
    """Fill, ask, and remove all of it again."""
    fleet = drones(round(rows))
    folder = Path(tempfile.mkdtemp(prefix="nigehban-history-"))
    folder.chmod(0o711)  # the server's user enters it
    try:
        _check_room(folder, round(rows))
        with EmbeddedServer(
            programs("timescaledb"), folder / "database", settings={"fsync": "off"}
        ) as server:
            make_database(server.dsn(), "bench")
            migrate(server.dsn("bench"))
            began = time.perf_counter()
            stored = fill(server.dsn("bench"), fleet, say)
            filled = time.perf_counter() - began
            say(f"{stored:,} rows in {filled:.0f} s")
            told = asyncio.run(_warm(server.dsn("bench"), fleet, say))
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        _forget(folder)
        with EmbeddedServer(
            programs("timescaledb"), folder / "database", settings={"fsync": "off"}
        ) as server:
            told |= asyncio.run(_cold(server.dsn("bench"), fleet, say))
    finally:
        shutil.rmtree(folder)
    return Result(
        ours=told["query_ms"]["p95"],
        peer=told["peer_ms"]["p95"],
        ratio=told["query_ms"]["median"] / told["peer_ms"]["median"],
        unit="ms (95 of 100, warm); the ratio is of medians",
        peer_name="GROUP BY time_bucket",
        aim="≤ 100 ms; through the API ≤ 1 s",
        ran=f"a day of one drone in 1,440 points out of {stored:,} rows of {len(fleet)} drones",
        details={**told, "rows": stored, "fill_seconds": round(filled), "bytes": size},
    )


def _check_room(folder: Path, rows: int) -> None:
    wanted = rows * ROW_BYTES + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise SystemExit(
            f"history: {rows:,} rows take {wanted / 2**30:.0f} GiB and {folder.parent} has "
            f"{free / 2**30:.0f} GiB free; ask for fewer with --rows"
        )


def _days(fleet: Sequence[Asset], count: int, seed: int) -> list[Day]:
    random = np.random.default_rng(seed)
    first = START.astype(datetime).replace(tzinfo=UTC)
    return [
        (
            fleet[int(random.integers(len(fleet)))],
            first + timedelta(seconds=int(random.integers((DAYS - 1) * 86_400))),
        )
        for _ in range(count)
    ]


async def _warm(dsn: str, fleet: Sequence[Asset], say: Say) -> dict[str, Any]:
    days = _days(fleet, ROUNDS, 1)
    told: dict[str, Any] = {}
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        backend = psutil.Process(connection.info.backend_pid)
        for name, ask, rounds in (
            ("query", _track, ROUNDS),
            ("played_query", _played, ROUNDS),
            ("peer", _grouped, PEER_ROUNDS),
        ):
            took, spent = [], 0.0
            for drone, start in days[:rounds]:
                await ask(connection, drone, start)
                before = _cpu_seconds(backend)
                took.append(await _timed(ask, connection, drone, start))
                spent += _cpu_seconds(backend) - before
            told |= {f"{name}_ms": _summed(took)}
            told[f"{name}_ms"]["cpu_mean"] = round(1000 * spent / rounds, 1)
            say(f"{name}: {told[f'{name}_ms']}")
    took = []
    async with running_page(dsn=dsn) as page, httpx.AsyncClient(timeout=30) as client:
        for drone, start in days:
            asked = {
                "assets": str(drone.key),
                "from": start.isoformat(),
                "to": (start + DAY).isoformat(),
                "step": str(STEP.total_seconds()),
            }
            address = f"{page.url}{PATH}/history/tracks"
            await _answered(client, address, asked)
            took.append(await _timed(_answered, client, address, asked))
    told["api_ms"] = _summed(took)
    say(f"through the API: {told['api_ms']}")
    return told


async def _cold(dsn: str, fleet: Sequence[Asset], say: Say) -> dict[str, Any]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        took = [
            await _timed(_track, connection, drone, start)
            for drone, start in _days(fleet, COLD_ROUNDS, 2)
        ]
    say(f"cold: {_summed(took)}")
    return {"cold_query_ms": _summed(took)}


def _cpu_seconds(backend: psutil.Process) -> float:
    """Of this process and of the server's for its connection."""
    times = backend.cpu_times()
    return float(times.user + times.system) + time.process_time()


async def _track(connection: psycopg.AsyncConnection, drone: Asset, start: datetime) -> Rows:
    return await queries.track(connection, drone.key, start, start + DAY, STEP)


async def _played(connection: psycopg.AsyncConnection, drone: Asset, start: datetime) -> Rows:
    return await tracks(connection, [drone.key], Span(start, start + DAY, STEP, 30.0))


async def _grouped(connection: psycopg.AsyncConnection, drone: Asset, start: datetime) -> list[Any]:
    cursor = await connection.execute(_PEER, [drone.key, start, start + DAY])
    return await cursor.fetchall()


async def _answered(client: httpx.AsyncClient, address: str, asked: dict[str, str]) -> list[Any]:
    answer = await client.get(address, params=asked)
    answer.raise_for_status()
    (asset,) = answer.json()["assets"]
    fixes: list[Any] = asset["fix"]
    return fixes


async def _timed(ask: Callable[..., Awaitable[Sized]], *asked: Any) -> float:
    """Milliseconds of one question; it has its points."""
    began = time.perf_counter()
    found = await ask(*asked)
    took = 1000 * (time.perf_counter() - began)
    assert 1440 <= len(found) <= 1443, len(found)
    return took


def _summed(took: Sequence[float]) -> dict[str, float]:
    return {
        "median": round(float(np.median(took)), 1),
        "p95": round(float(np.percentile(took, 95)), 1),
        "worst": round(max(took), 1),
    }


def _forget(folder: Path) -> None:
    """Have the system drop what it keeps of the files in memory."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
