"""A collector that starts while the database that its settings name is away."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from telemetry.bus.server import BrokerServer
from telemetry.store.database import make_database
from telemetry.store.server import EmbeddedServer
from tests.commands import Ports, run
from tests.databases import programs, temporary_folder
from tests.integration.collecting import collector
from tests.waiting import until

pytestmark = pytest.mark.integration

REPORTS = 20


async def test_it_starts_spools_says_so_and_replays_when_the_database_comes(
    broker: BrokerServer, tmp_path: Path
) -> None:
    ports, began = Ports(), int(time.time()) - 600
    with temporary_folder() as folder:
        server = EmbeddedServer(programs("postgresql"), folder / "database")
        dsn = make_conninfo("", host=str(folder / "database"), user="postgres", dbname="late")
        watch = f"http://127.0.0.1:{ports.observing}"
        async with httpx.AsyncClient(trust_env=False, timeout=15) as client:

            async def failing(*checks: str) -> bool:
                try:
                    answer = await client.get(f"{watch}/readyz")
                except httpx.TransportError:
                    return False
                told = answer.json()["checks"]
                assert answer.status_code == (200 if all(c["ok"] for c in told.values()) else 503)
                return {name for name, check in told.items() if not check["ok"]} == {*checks}

            with collector(ports, broker, dsn, tmp_path) as command:
                await until(lambda: failing("database", "watch"), timeout=30)
                for number in range(REPORTS):
                    query = {"id": "car-7", "lat": "34.01", "lon": "71.54"}
                    query["timestamp"] = str(began + number)
                    answer = await client.get(ports.osmand_url, params=query)
                    assert answer.status_code == 200, answer.text
                told = (await client.get(f"{watch}/readyz")).json()["checks"]
                assert (await client.get(f"{watch}/healthz")).status_code == 200
                assert told["database"]["ok"] is False
                assert "what comes is kept in the spool" in told["database"]["why"]
                assert told["keeping"]["ok"] is True
                said = [line for line in command.said.splitlines() if "does not answer" in line]
                assert len(said) == 1
                assert said[0].endswith("what comes is kept in the spool until it does")
                try:
                    server.start()
                    make_database(server.dsn(), "late")
                    await until(failing, timeout=60)

                    def stored() -> bool:
                        with psycopg.connect(server.dsn("late")) as connection:
                            found = connection.execute("SELECT count(*) FROM nigehban.position")
                            return found.fetchone() == (REPORTS,)

                    await until(stored, timeout=30)
                finally:
                    server.stop()


def test_what_is_no_connection_string_still_stops_the_start_with_one_line(tmp_path: Path) -> None:
    environment = Ports().environment(tmp_path, {"NIGEHBAN_DATABASE__DSN": "posgres:/hush@x"})
    ended = run(["collect"], environment)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("nigehban: database.dsn does not answer: ")
    assert "hush" not in ended.stderr
