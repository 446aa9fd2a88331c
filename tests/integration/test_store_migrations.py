"""Migrations on real servers, twice, by two processes, and on databases that change later."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from telemetry.store import migrate as module
from telemetry.store.database import make_database
from telemetry.store.migrate import MigrationError, migrate, migrations, status
from telemetry.store.programs import DatabaseError
from telemetry.store.server import EmbeddedServer
from tests.databases import own_server, programs

pytestmark = pytest.mark.integration

TABLES = {
    "alert_event",
    "alert_snapshot",
    "asset",
    "asset_change",
    "checklist_tick",
    "contact",
    "contact_change",
    "contact_state",
    "contact_threat",
    "dead_letter",
    "detection",
    "driven_10min",
    "driven_day",
    "event",
    "fence_event",
    "firmware",
    "flight",
    "flight_mark",
    "mission",
    "geofence",
    "migration",
    "outside_event",
    "plan",
    "plan_version",
    "planning_change",
    "position",
    "rollup_epoch",
    "rollup_mark",
    "sensor_event",
    "sensor_message",
    "sortie",
    "sortie_order",
    "status_text",
    "track_10min",
    "track_10s",
    "track_1min",
    "track_1s",
    "vehicle_status",
}
TRACKS = {"track_1s", "track_10s", "track_1min", "track_10min"}
AIRSPACE = {"sensor_message", "detection", "contact_state", "contact_threat"}
HYPERTABLES = {"position", "vehicle_status", *TRACKS, *AIRSPACE}


def _tables(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'nigehban'")
        return {name for (name,) in rows}


def _hypertables(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT hypertable_name FROM timescaledb_information.hypertables")
        return {name for (name,) in rows}


def test_an_empty_database_gets_the_whole_schema(empty_database: str, kind: str) -> None:
    said: list[str] = []
    migrate(empty_database, said.append)
    assert _tables(empty_database) == TABLES
    assert "0001_schema: applied" in said
    states = {state.name: state for state in status(empty_database)}
    assert states["0001_schema"].applied is not None
    assert states["0003_policies.timescale"].applied is None  # neither server here may have it
    hypertables = states["0002_hypertables.timescaledb"]
    if kind == "timescaledb":
        assert hypertables.applied is not None
        assert _hypertables(empty_database) == HYPERTABLES
        waits = states["0003_policies.timescale"].problem or ""
        assert "community licence, but this one's is 'apache'" in waits
    else:
        assert hypertables.applied is None
        assert hypertables.problem == "needs TimescaleDB, which this server does not have"


def test_before_the_first_time_all_that_can_be_is_pending(empty_database: str) -> None:
    first = status(empty_database)[0]
    assert first.name == "0001_schema"
    assert first.applied is None
    assert first.problem is None


def test_a_second_time_changes_nothing(database: str) -> None:
    before = status(database)
    said: list[str] = []
    migrate(database, said.append)
    assert status(database) == before
    assert not [line for line in said if line.endswith(": applied")]


def test_two_processes_at_once_apply_each_file_once(empty_database: str) -> None:
    code = "import sys; from telemetry.store.migrate import migrate; migrate(sys.argv[1], print)"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, empty_database], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = "".join(process.communicate(timeout=60)[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said.count("0001_schema: applied") == 1
    assert _tables(empty_database) == TABLES


def test_a_file_that_changed_after_it_was_applied_is_refused(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = migrations()
    changed = module.Migration(first.number, first.name, first.needs, first.sql + "\n-- more")
    monkeypatch.setattr(module, "migrations", lambda: [changed, *others])
    with pytest.raises(MigrationError, match=r"0001_schema\.sql is not the file that was applied"):
        migrate(database)
    assert "is not the file" in (status(database)[0].problem or "")


def test_a_failing_file_leaves_no_trace_and_what_came_before_stays(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = module.Migration(
        9999, "9999_broken", module.Needs.NOTHING, "CREATE TABLE nigehban.half (); SELECT 1/0;"
    )
    monkeypatch.setattr(module, "migrations", lambda: [*migrations(), broken])
    with pytest.raises(MigrationError, match=r"9999_broken\.sql failed: division by zero"):
        migrate(empty_database)
    assert _tables(empty_database) == TABLES


def test_the_policies_are_refused_by_the_apache_licence_and_by_nothing_else(
    timescale_database: str,
) -> None:
    """Why they are a file of their own. The build that takes them is not to be had here."""
    policies = next(one for one in migrations() if one.needs is module.Needs.COMMUNITY)
    with psycopg.connect(timescale_database, autocommit=True) as connection:
        for statement in policies.sql.split(";")[:-1]:
            with pytest.raises(psycopg.errors.FeatureNotSupported, match="license"):
                connection.execute(statement.encode())


def test_a_database_that_does_not_answer_is_one_clear_line() -> None:
    with pytest.raises(DatabaseError, match=r"^the database does not answer: .*$"):
        migrate("host=127.0.0.1 port=9 user=nobody connect_timeout=2")


@pytest.fixture
def bare_server() -> Iterator[EmbeddedServer]:
    """A server that has TimescaleDB's files but did not load them at its start."""
    with own_server("timescaledb", {"shared_preload_libraries": ""}) as server:
        yield server


def test_a_database_that_gains_timescaledb_later_keeps_its_rows(
    bare_server: EmbeddedServer,
) -> None:
    make_database(bare_server.dsn(), "late")
    dsn = bare_server.dsn("late")
    said: list[str] = []
    migrate(dsn, said.append)
    assert said[0].startswith("TimescaleDB cannot be had in this database: ")
    waits = {state.name: state.problem for state in status(dsn)}
    assert "an administrator must preload it" in (waits["0002_hypertables.timescaledb"] or "")
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO nigehban.position"
            " (asset, received_time, fix_time, source, latitude, longitude)"
            " SELECT 1, now(), now() - n * interval '12 hours', 4, 34, 71"
            " FROM generate_series(0, 9) n"
        )
    bare_server.stop()
    with EmbeddedServer(
        programs("timescaledb"), bare_server.folder, settings={"fsync": "off"}
    ) as gained:
        dsn = gained.dsn("late")
        migrate(dsn)
        assert _hypertables(dsn) == HYPERTABLES
        with psycopg.connect(dsn) as connection:
            count = connection.execute("SELECT count(*) FROM nigehban.position").fetchone()
            chunks = connection.execute(
                "SELECT count(*) FROM show_chunks('nigehban.position')"
            ).fetchone()
        assert count == (10,)
        assert chunks is not None
        assert 5 <= chunks[0] <= 6
