"""The command line as a user types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import Ports, run


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return Ports().environment(tmp_path, {"COLUMNS": "200"})


@pytest.mark.parametrize(
    "words",
    [[], ["demo"], ["collect"], ["dashboard"], ["sim", "run"], ["db", "migrate"], ["doctor"]],
)
def test_every_command_explains_itself(words: list[str], environment: dict[str, str]) -> None:
    ended = run([*words, "--help"], environment)
    assert ended.returncode == 0
    assert "Usage: " in ended.stdout


def test_the_help_shows_examples(environment: dict[str, str]) -> None:
    assert "NIGEHBAN_DASHBOARD__PORT=8051 nigehban dashboard" in run(["--help"], environment).stdout


def test_settings_show_value_and_origin_and_never_a_secret(environment: dict[str, str]) -> None:
    environment |= {"NIGEHBAN_DATABASE__DSN": "postgresql://u:hush@db/x"}
    ended = run(["settings"], environment)
    assert ended.returncode == 0
    rows = {line.split()[0]: line for line in ended.stdout.splitlines()}
    assert environment["NIGEHBAN_DASHBOARD__PORT"] in rows["dashboard.port"]
    assert "environment" in rows["dashboard.port"]
    assert "default" in rows["osmand.host"]
    assert "hush" not in ended.stdout
    assert "********" in rows["database.dsn"]


@pytest.mark.parametrize("words", [["collect"], ["dashboard"], ["demo"], ["doctor"], ["settings"]])
def test_a_wrong_setting_stops_every_program_with_one_line(
    words: list[str], environment: dict[str, str]
) -> None:
    ended = run(words, environment | {"NIGEHBAN_OSMAND__PORT": "many"})
    assert ended.returncode == 1
    assert ended.stderr.startswith("nigehban: setting osmand.port (variable NIGEHBAN_OSMAND__PORT)")
    assert ended.stderr.count("\n") == 1


def test_the_page_refuses_to_listen_beyond_loopback(environment: dict[str, str]) -> None:
    ended = run(["dashboard"], environment | {"NIGEHBAN_DASHBOARD__HOST": "0.0.0.0"})
    assert ended.returncode == 1
    assert "dashboard.host" in ended.stderr
    assert "not loopback" in ended.stderr


@pytest.mark.integration
def test_doctor_tells_what_is_missing_and_what_to_do(environment: dict[str, str]) -> None:
    environment |= {"NIGEHBAN_DATABASE__DSN": "postgresql://u:hush@127.0.0.1:1/x"}
    ended = run(["doctor"], environment)
    assert ended.returncode == 1
    assert "hush" not in ended.stdout
    lines = ended.stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("database"))
    assert "missing" in lines[at]
    assert "correct database.dsn" in lines[at + 1]
    for what in ("broker", "bus", "port", "clock", "disk", "page"):
        assert any(line.startswith(what) for line in lines), what


@pytest.mark.integration
def test_doctor_finds_nothing_missing_with_a_database(
    environment: dict[str, str], timescale_database: str
) -> None:
    ended = run(["doctor"], environment | {"NIGEHBAN_DATABASE__DSN": timescale_database})
    assert ended.returncode == 0, ended.stdout
    assert "TimescaleDB" in ended.stdout
    assert "apache" in ended.stdout


@pytest.mark.integration
def test_db_migrates_and_tells_its_state(environment: dict[str, str], empty_database: str) -> None:
    environment |= {"NIGEHBAN_DATABASE__DSN": empty_database}
    before = run(["db", "status"], environment)
    assert "not applied yet" in before.stdout
    assert run(["db", "migrate"], environment).returncode == 0
    assert run(["db", "migrate"], environment).returncode == 0
    after = run(["db", "status"], environment)
    assert "0001_schema" in after.stdout
    assert "not applied yet" not in after.stdout
    kept = {line.split()[0]: line for line in after.stdout.splitlines() if line}
    assert "90 days" in kept["position"]
    assert "ever" in kept["track_10min"]
    assert "nothing" in kept["dead_letter"]
