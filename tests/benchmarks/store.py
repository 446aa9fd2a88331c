"""Rows a second through the writer against psql's `\\copy` of the same rows, on TimescaleDB.

Rates of the wall clock, unlike in the other benchmarks, since most of the work is the server's. They
take turns, and the best of each counts.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psycopg

from fleet.assets import Asset, mavlink_asset
from fleet.columns import POSITION, Rows, Source, blank
from telemetry.batch import Batch
from telemetry.store import pgcopy
from telemetry.store.database import make_database
from telemetry.store.migrate import migrate
from telemetry.store.server import EmbeddedServer
from telemetry.store.writer import Writer
from tests.benchmarks import Result, Say
from tests.databases import own_server

ROWS = 400_000
BATCH = 5000
DRONES = 200
ROUNDS = 5
DOUBLED = 0.05
"""Share of the rows that come a second time in the stream that is measured besides."""

_COLUMNS = ", ".join(POSITION.names or ())
_START = np.datetime64("2026-11-20T12:00", "us")


def run(say: Say) -> Result:
    """Measure."""
    drones = tuple(mavlink_asset(f"net-{n // 250}", n % 250 + 1) for n in range(DRONES))
    random = np.random.default_rng(1)
    rows = _flight(random, drones)
    stream = _batches(drones, rows)
    doubled = _batches(drones, _some_doubled(random, rows))
    # fsync as in service: both sides wait for the disk
    with own_server("timescaledb", {"fsync": "on"}) as server, tempfile.TemporaryDirectory() as tmp:
        make_database(server.dsn(), "bench")
        dsn = server.dsn("bench")
        migrate(dsn)
        file = Path(tmp) / "rows"
        file.write_bytes(b"".join(pgcopy.pack(rows, columns=POSITION.names or ())))
        rates: dict[str, list[float]] = {"ours": [], "peer": [], "doubled": []}
        for round_ in range(ROUNDS):
            actions: dict[str, Callable[[], None]] = {
                "ours": lambda: asyncio.run(_write(dsn, stream)),
                "peer": lambda: _copy(server, dsn, file),
                "doubled": lambda: asyncio.run(_write(dsn, doubled)),
            }
            for name in list(actions) if round_ % 2 else reversed(actions):
                rates[name].append(ROWS / _timed(dsn, actions[name]))
                say(f"{name}: {rates[name][-1]:,.0f} rows/s")
    best = {name: max(told) for name, told in rates.items()}
    return Result(
        ours=best["ours"],
        peer=best["peer"],
        ratio=best["ours"] / best["peer"],
        unit="rows/s",
        peer_name="psql \\copy (binary)",
        aim="≥ 0.8",
        ran=f"{ROWS:,} rows of {DRONES} drones in batches of {BATCH:,}, best of {ROUNDS} rounds",
        details={"doubled_share": DOUBLED, "doubled_ratio": best["doubled"] / best["peer"]},
    )


def _flight(random: np.random.Generator, drones: tuple[Asset, ...]) -> Rows:
    """Fixes of all drones four times a second, in the order in which they are received."""
    rows = blank(POSITION, ROWS)
    turn = np.arange(ROWS)
    rows["asset"] = np.array([drone.key for drone in drones])[turn % len(drones)]
    rows["source"] = Source.GLOBAL_POSITION_INT
    rows["received_time"] = _START + (turn * (250_000 // len(drones))).astype("m8[us]")
    rows["fix_time"] = rows["received_time"] - random.integers(0, 50_000, ROWS).astype("m8[us]")
    rows["latitude"] = 34 + random.random(ROWS) / 10
    rows["longitude"] = 71.5 + random.random(ROWS) / 10
    for name in ("altitude", "height", "heading", "speed", "climb"):
        rows[name] = random.random(ROWS) * 100  # a drone does not tell `accuracy`
    return rows


def _some_doubled(random: np.random.Generator, rows: Rows) -> Rows:
    """As many rows, of which some come again later, as after a lost acknowledgement."""
    again = random.choice(ROWS, int(ROWS * DOUBLED), replace=False)
    late = np.minimum(again + random.integers(1, 20_000, len(again)), ROWS)
    doubled: Rows = np.insert(rows, late, rows[again])[:ROWS]
    return doubled


def _batches(drones: tuple[Asset, ...], rows: Rows) -> list[Batch]:
    return [Batch(drones, rows[start : start + BATCH]) for start in range(0, ROWS, BATCH)]


def _timed(dsn: str, action: Callable[[], None]) -> float:
    """Seconds that it takes to fill the table, which is emptied before."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("TRUNCATE nigehban.position")
        connection.execute("CHECKPOINT")
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


async def _write(dsn: str, batches: list[Batch]) -> None:
    writer = Writer(dsn, queue_rows=2 * ROWS)
    running = asyncio.create_task(writer.run())
    await asyncio.gather(*(writer.commit(batch, timeout=600) for batch in batches))
    running.cancel()
    await asyncio.wait([running])


def _copy(server: EmbeddedServer, dsn: str, file: Path) -> None:
    copy = f"\\copy nigehban.position ({_COLUMNS}) FROM '{file}' (FORMAT BINARY)"
    psql = [
        server.program("psql"),
        "--no-psqlrc",
        "--quiet",
        f"--dbname={dsn}",
        f"--command={copy}",
    ]
    subprocess.run(psql, check=True)
