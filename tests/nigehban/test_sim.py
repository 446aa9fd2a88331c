"""`nigehban sim list`, `describe` and `run` as a user types them."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sitl.scenarios.reading import shipped
from tests.commands import Command, Ports, run, running
from tests.waiting import until_sync

ENDS_WITHIN = 10.0
"""Seconds of a busy machine."""

GOOD = """\
title: A small one
about: One drone waits and one car drives.
duration: 4
boot_scale: 0.02
drones:
  - {name: eye, does: wait}
cars:
  - {name: car, protocol: osmand}
expect:
  - {at: 1, who: eye, armed: false}
  - {at: end, who: eye, airborne: false}
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return Ports().environment(tmp_path, {"COLUMNS": "200"})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def taken() -> Iterator[int]:
    """A TCP port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def told(ended: subprocess.CompletedProcess[str]) -> str:
    """What a run that ended badly says: its last line, and nothing else but its log."""
    assert ended.returncode == 1
    *log, last = ended.stderr.splitlines()
    assert all(re.match(r"\S+ INFO ", line) for line in log), ended.stderr
    assert last.startswith("nigehban: ")
    return last.removeprefix("nigehban: ")


def test_the_list_names_all_that_come_along(environment: dict[str, str]) -> None:
    ended = run(["sim", "list"], environment)
    assert ended.returncode == 0
    rows = {line.split()[0]: line for line in ended.stdout.splitlines()}
    assert {*rows} == {"scenario", *shipped()}
    assert re.fullmatch(r"scale .* 1,000 +10,000 +10 min *", rows["scale"])
    assert rows["demo"].rstrip().endswith("until it is stopped")


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "intruder",
            [
                "An unknown drone near the stadium  seed 5",
                "drones    2 × guard: copter, route, then hold",
                "sensor    stadium-radar: radar",
                "intruder  silent, says nothing of itself",
                "   600 s  who guard-2, order home",
                "   180 s  who guard: airborne yes",
            ],
        ),
        (
            "storm",
            ["    40 s  weather (wind 9.0, from 290.0)", "       end  who cars: waiting below 5"],
        ),
    ],
)
def test_a_scenario_is_described(name: str, lines: list[str], environment: dict[str, str]) -> None:
    ended = run(["sim", "describe", name], environment)
    assert ended.returncode == 0
    shown = [line.strip() for line in ended.stdout.splitlines()]
    for line in lines:
        assert line.strip() in shown, ended.stdout


def test_a_run_in_which_all_is_as_expected_ends_well_and_in_time(
    file: Path, environment: dict[str, str]
) -> None:
    ended = run(["sim", "run", str(file), "--speed", "4"], environment)
    assert ended.returncode == 0, ended.stderr
    summary, judgement = ended.stdout.splitlines()
    assert summary.startswith("4 s simulated, ")
    assert "0 of " in summary  # nobody takes the car's reports
    assert judgement == "2 expectations held, 0 did not"


def test_a_run_in_which_something_is_not_as_expected_ends_with_1_and_a_line_for_it(
    file: Path, environment: dict[str, str]
) -> None:
    file.write_text(GOOD.replace("airborne: false", "airborne: true"))
    ended = run(["sim", "run", str(file), "--speed", "inf"], environment)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "not as expected: after 4 s eye is on the ground"
    assert ended.stdout.splitlines()[-1] == "1 expectations held, 1 did not"


def test_a_run_that_is_cut_short_says_what_it_did_not_come_to(
    file: Path, environment: dict[str, str]
) -> None:
    file.write_text(GOOD.replace("at: 1,", "at: 3,"))
    ended = run(["sim", "run", str(file), "--duration", "2"], environment)
    assert ended.returncode == 0
    assert ended.stdout.startswith("2 s simulated, ")
    last = ended.stdout.splitlines()[-1]
    assert last == "1 expectations held, 0 did not; it ended before 1 more"


def test_options_change_how_many_there_are(file: Path, environment: dict[str, str]) -> None:
    words = ["--drones", "0", "--cars", "3", "--duration", "2", "--speed", "inf", "--seed", "7"]
    ended = run(["sim", "run", str(file), *words], environment)
    assert ended.returncode == 0, ended.stderr
    assert "; 0 frames sent, 0 of " in ended.stdout


@pytest.mark.parametrize(
    ("good", "bad", "line"),
    [
        ("does: wait", "dose: wait", "6: drones[0].dose: no such key here; do you mean does?"),
        ("who: eye, air", "who: owl, air", "11: expect[1].who: nobody is called 'owl'"),
        ("- {name: car", "- {name car", "8: "),
    ],
)
@pytest.mark.parametrize("command", ["run", "describe"])
def test_what_is_wrong_in_a_file_is_told_with_its_line(
    command: str, good: str, bad: str, line: str, file: Path, environment: dict[str, str]
) -> None:
    file.write_text(GOOD.replace(good, bad))
    assert told(run(["sim", command, str(file)], environment)).startswith(f"{file}:{line}")


WRONG = [
    (["strom"], "no scenario 'strom': there are border, crowd, demo, intruder"),
    (["none.yaml"], "none.yaml: No such file or directory"),
    (["storm", "--speed", "0"], "--speed 0: it must be above 0; 1 is real time"),
    (["storm", "--speed", "nan"], "--speed nan: it must be above 0"),
    (["storm", "--drones", "-1"], "-1 drones: there may be 0 to 5,000"),
    (["storm", "--cars", "10001"], "10,001 cars: there may be 0 to 10,000"),
    (["storm", "--seed", "-2"], "--seed -2: it must not be below 0"),
    (["storm", "--duration", "0"], "--duration 0: it must be above 0"),
    (["storm", "--sbs", "30003"], "--sbs 30003: this scenario has no ADS-B receiver"),
    (
        ["storm", "--sapient", "127.0.0.1:4000"],
        "--sapient 127.0.0.1:4000: this scenario has no rad",
    ),
    (["intruder", "--sbs", "70000"], "--sbs 70000: no such port"),
    (["intruder", "--sapient", "here"], "--sapient 'here': it must be HOST:PORT"),
    (["intruder", "--link", "tcpin:here"], "link 'tcpin:here' is of none of the forms"),
    (["scale", "--cars", "0"], "1000 drones need 4 networks of 250; there are 1"),
]


@pytest.mark.parametrize(("words", "line"), WRONG, ids=lambda part: str(part)[:40])
def test_what_cannot_be_run_is_told_in_one_line(
    words: list[str], line: str, environment: dict[str, str]
) -> None:
    assert told(run(["sim", "run", *words], environment)).startswith(line)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("option", "line"),
    [
        ("--sbs=PORT", "SBS server on 127.0.0.1:PORT: "),
        ("--link=tcpin:127.0.0.1:PORT", "drone 1 listens on TCP 127.0.0.1:PORT: "),
    ],
)
def test_a_port_that_is_in_use_is_told_in_one_line(
    option: str, line: str, taken: int, environment: dict[str, str]
) -> None:
    port = str(taken)
    ended = run(["sim", "run", "intruder", option.replace("PORT", port)], environment)
    said = told(ended)
    assert said.startswith(line.replace("PORT", port))
    assert said.lower().endswith("address already in use")


@pytest.mark.integration
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_soon_and_nothing_stays_behind(
    number: signal.Signals, environment: dict[str, str], tmp_path: Path
) -> None:
    with running(["sim", "run", "demo"], environment, tmp_path / "said") as command:
        sends(command)
        children = psutil.Process(command.process.pid).children(recursive=True)
        began = time.monotonic()
        command.process.send_signal(number)
        assert command.process.wait(30) in {0, 130}
        assert time.monotonic() - began < ENDS_WITHIN
        assert not [child for child in children if child.is_running()]
        assert "Traceback" not in command.said
        assert re.search(r"\d s simulated, .* frames sent", command.said)


def sends(command: Command) -> None:
    """Wait until it plays: it has its sockets."""
    process = psutil.Process(command.process.pid)
    until_sync(lambda: len(process.net_connections("udp")) >= 24, 60)
