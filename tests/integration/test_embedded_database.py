"""Which database is opened, and what is said of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from telemetry.settings import DatabaseSettings
from telemetry.store import timescaledb
from telemetry.store.database import embedded_dsn, inspect, open_database
from telemetry.store.migrate import Needs, migrate, migrations
from telemetry.store.programs import DatabaseError
from tests.databases import KINDS, programs, programs_folder, temporary_folder

pytestmark = pytest.mark.integration

AUTO = DatabaseSettings()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that has the programs already."""
    for kind in KINDS:
        programs(kind)
    with temporary_folder() as folder:
        (folder / "programs").symlink_to(programs_folder())
        yield folder


@pytest.fixture
def no_timescaledb(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that cannot have TimescaleDB, once the tests have their own programs."""

    def fail(*_: object) -> None:
        raise DatabaseError("TimescaleDB's packages cannot be had: no network")

    monkeypatch.setattr(timescaledb, "programs", fail)


def _keep(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def _kept(dsn: str) -> object:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT answer FROM kept").fetchone()


def test_without_a_setting_it_is_an_embedded_timescaledb(data_dir: Path) -> None:
    said: list[str] = []
    with open_database(AUTO, data_dir, said.append) as database:
        assert database.how.startswith(
            "embedded TimescaleDB 2.19.3 on PostgreSQL 17, because the settings name no database"
        )
        assert embedded_dsn(data_dir) == database.dsn
        migrate(database.dsn)
        facts = inspect(database.dsn)
        assert facts.timescaledb == "2.19.3"
        assert facts.license == "apache"
    assert said == ["starting TimescaleDB 2.19.3 on PostgreSQL 17", "making a new database"]
    assert embedded_dsn(data_dir) is None


def test_history_is_there_at_the_next_start(data_dir: Path) -> None:
    with open_database(AUTO, data_dir, print) as database:
        _keep(database.dsn)
    with open_database(AUTO, data_dir, print) as database:
        assert _kept(database.dsn) == (42,)


@pytest.mark.usefixtures("no_timescaledb")
def test_where_timescaledb_cannot_be_had_it_is_plain_postgresql_and_says_why(
    data_dir: Path,
) -> None:
    with open_database(AUTO, data_dir, print) as database:
        assert database.how == (
            "embedded PostgreSQL 18 without TimescaleDB, because TimescaleDB's packages cannot be "
            "had: no network; costs: no hypertables, no compression"
        )
        assert inspect(database.dsn).timescaledb is None


@pytest.mark.usefixtures("no_timescaledb")
def test_timescaledb_that_was_asked_for_is_not_replaced(data_dir: Path) -> None:
    settings = DatabaseSettings(embedded="timescaledb")
    with (
        pytest.raises(DatabaseError, match="no network"),
        open_database(settings, data_dir, print),
    ):
        pass
    assert not (data_dir / "database/postgresql").exists()


def test_history_that_began_in_one_kind_stays_in_it(data_dir: Path) -> None:
    with open_database(DatabaseSettings(embedded="postgresql"), data_dir, print) as database:
        assert "because the settings ask for it" in database.how
        _keep(database.dsn)
    with open_database(AUTO, data_dir, print) as database:
        assert "because this machine's history is kept in one" in database.how
        assert _kept(database.dsn) == (42,)


def test_history_in_timescaledb_is_not_left_behind_when_its_programs_are_gone(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_database(AUTO, data_dir, print) as database:
        _keep(database.dsn)

    def fail(*_: object) -> None:
        raise DatabaseError("no network")

    monkeypatch.setattr(timescaledb, "programs", fail)
    with pytest.raises(DatabaseError, match="no network"), open_database(AUTO, data_dir, print):
        pass


def test_a_database_that_the_settings_name_is_used_and_described(database: str, kind: str) -> None:
    settings = DatabaseSettings(dsn=SecretStr(f"{database} password=secret"))
    with open_database(settings, Path("/nonexistent"), print) as opened:
        assert opened.dsn == f"{database} password=secret"
        assert opened.server is None
        assert "because the settings name it" in opened.how
        assert "secret" not in opened.how
        assert ("TimescaleDB 2.19.3 under the apache licence" in opened.how) == (
            kind == "timescaledb"
        )


@pytest.mark.parametrize(
    "dsn",
    [
        "host=127.0.0.1 port=9 password=secret user=police",
        "postgresql://police:secret@127.0.0.1:9/nigehban",
        "postgresql://police:secret@127.0.0.1:none/nigehban",
        "secret",
    ],
)
def test_a_named_database_that_does_not_answer_is_an_error_and_never_replaced(
    data_dir: Path, dsn: str
) -> None:
    with (
        pytest.raises(DatabaseError, match=r"^database\.dsn ") as caught,
        open_database(DatabaseSettings(dsn=SecretStr(dsn)), data_dir, print),
    ):
        pass
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert {path.name for path in data_dir.iterdir()} == {"programs"}


def test_facts_tell_how_far_the_schema_is(empty_database: str, kind: str) -> None:
    before = inspect(empty_database)
    assert before.reachable
    assert before.schema_version is None
    migrate(empty_database)
    after = inspect(empty_database)
    given = {Needs.NOTHING} | ({Needs.EXTENSION} if kind == "timescaledb" else set())
    applied = [migration.number for migration in migrations() if migration.needs in given]
    assert after.schema_version == max(applied)
    assert (after.bytes or 0) > (before.bytes or 0) > 1_000_000
    assert (after.server_version or "").startswith("17." if kind == "timescaledb" else "18.")


def test_facts_of_a_database_that_does_not_answer_say_why() -> None:
    facts = inspect("host=127.0.0.1 port=9 password=secret")
    assert not facts.reachable
    assert "port=9" in (facts.error or "")
    assert "secret" not in (facts.error or "")


def test_a_data_folder_that_cannot_be_used_is_one_clear_line(data_dir: Path) -> None:
    (data_dir / "database").write_text("a file where a folder should be")
    with (
        pytest.raises(DatabaseError, match=r"^data folder .*database.*choose another$"),
        open_database(AUTO, data_dir, print),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_a_strict_umask_does_not_lock_the_servers_user_out(data_dir: Path) -> None:
    before = os.umask(0o077)
    try:
        (data_dir / "new").mkdir(mode=0o711)
        (data_dir / "new").chmod(0o711)
        inner = data_dir / "new/data"
        with open_database(DatabaseSettings(embedded="postgresql"), inner, print) as database:
            assert inspect(database.dsn).reachable
    finally:
        os.umask(before)
