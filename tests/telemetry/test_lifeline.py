"""A process that is tied to us: what happens to it when we are gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil

from telemetry.lifeline import tied_to_us
from tests.waiting import until_sync

_PARENT = """
import subprocess, sys
from telemetry.lifeline import tied_to_us
child = subprocess.Popen(tied_to_us("TERM", ["sleep", "100"]))
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_it_runs_with_its_words_and_ends_as_they_do() -> None:
    told = subprocess.run(
        tied_to_us("TERM", ["sh", "-c", 'echo "$1"; exit 3', "sh", "two words"]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.stdout, told.returncode) == ("two words\n", 3)


def test_it_ends_when_we_are_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
    until_sync(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_it_does_not_begin_when_we_were_gone_before_it_could_ask_for_the_signal(
    tmp_path: Path,
) -> None:
    made = tmp_path / "made"
    command = tied_to_us("TERM", ["touch", str(made)])
    # its parent is a shell, as it would be init after we were killed
    ended = subprocess.run(["sh", "-c", '"$@"; exit $?', "sh", *command], check=False)
    assert ended.returncode == 1
    assert not made.exists()
    assert subprocess.run(command, check=False).returncode == 0
    assert made.exists()
