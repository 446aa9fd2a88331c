"""The demo as a user runs it: starts, moves, ends cleanly, and knows its history again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.commands import Ports, run, running, share_programs
from tests.databases import temporary_folder
from tests.waiting import until_sync

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

DRONES, CARS = 3, 4
VEHICLES = DRONES + CARS
WORDS = ["demo", "--drones", f"{DRONES}", "--cars", f"{CARS}", "--seed", "7"]
VEHICLES = 7


def processes_in(folder: Path) -> list[str]:
    """Command lines of all processes that have the folder in their environment or arguments."""
    found = []
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), process.environ().get("NIGEHBAN_DATA_DIR", "")]
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
        if any(str(folder) in word for word in told):
            found.append(" ".join(told))
    return found


def health(ports: Ports) -> dict[str, Any]:
    """What the page says of itself."""
    told: dict[str, Any] = httpx.get(f"http://127.0.0.1:{ports.page}/healthz").json()
    return told


def test_the_demo_moves_ends_cleanly_and_keeps_its_history(tmp_path: Path) -> None:
    with temporary_folder() as data_dir:
        share_programs(data_dir)
        ports = Ports()
        environment = ports.environment(data_dir)
        with running(WORDS, environment, tmp_path / "first") as first:
            first.wait_for("The fleet moves at")
            assert f"http://127.0.0.1:{ports.page}/" in first.said
            assert "no history yet" in first.said
            until_sync(lambda: health(ports)["assets"] in range(VEHICLES, 100))
            assert health(ports)["database"]
            assert "Bacha Khan Airport" in run(["fences", "list"], environment).stdout
            listed = run(["export", "--list"], environment).stdout
            assert len(re.findall(r"mavlink:default/\d", listed)) == DRONES
            assert len(re.findall(r"(?:osmand|owntracks):(?!post-)", listed)) == CARS
            assert first.interrupt() == 0
            assert "All has ended" in first.said
        assert processes_in(data_dir) == []
        with running(WORDS, environment, tmp_path / "second") as second:
            second.wait_for("The fleet moves at")
            kept = re.search(r"keeps the history of (\d+) assets", " ".join(second.said.split()))
            assert kept is not None
            assert int(kept[1]) >= VEHICLES  # panic posts say each minute that they are there
            assert second.interrupt() == 0
        assert processes_in(data_dir) == []


def test_the_demo_runs_without_a_tracker_that_is_switched_off(tmp_path: Path) -> None:
    with temporary_folder() as data_dir:
        share_programs(data_dir)
        environment = Ports().environment(data_dir, {"NIGEHBAN_OSMAND__ENABLED": "false"})
        with running(WORDS, environment, tmp_path / "out") as command:
            command.wait_for("The fleet moves at")
            assert "OsmAnd" not in command.said
            assert "OwnTracks mqtt://127.0.0.1:" in command.said
            assert command.interrupt() == 0


def test_a_demo_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    with temporary_folder() as data_dir:
        share_programs(data_dir)
        with running(WORDS, Ports().environment(data_dir), tmp_path / "out") as command:
            command.wait_for("The fleet moves at")
            command.process.kill()
            command.process.wait()
            until_sync(lambda: processes_in(data_dir) == [])


def test_the_demo_says_in_one_line_which_port_is_taken(tmp_path: Path) -> None:
    import socket

    with temporary_folder() as data_dir, socket.socket() as taken:
        share_programs(data_dir)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = Ports(osmand=taken.getsockname()[1])
        ended = run(WORDS, ports.environment(data_dir))
        assert ended.returncode == 1
        assert str(ports.osmand) in ended.stderr
        assert "osmand.port" in ended.stderr
        assert ended.stderr.count("\n") == 1
        assert processes_in(data_dir) == []
