"""The launcher of ArduPilot SITL: a fake program where it is told by name, a real one if there is."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psutil
import pytest

from nigehban.ardupilot import read_home
from sitl.ardupilot.binaries import HOME_VARIABLE, Vehicle, find_binary, find_defaults
from sitl.ardupilot.boot import Stage
from sitl.ardupilot.instance import Launch
from sitl.ardupilot.launcher import Launcher
from sitl.autopilot.vehicle import Place
from sitl.errors import SimulationError
from tests.waiting import until, until_sync

FAKE = Path(__file__).with_name("fake.py")
HOME = Place(34.0151, 71.5249, 331.0)


def program(path: Path) -> Path:
    """A program at `path` that does what `fake.py` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def free_instance() -> int:
    """The number of an instance whose ports, and those of the next two, are free."""
    numbers = random.Random().sample(range(240), 240)
    for number in numbers:
        try:
            for port in (5760 + 10 * (number + i) + serial for i in range(3) for serial in (2, 3)):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return number
    raise AssertionError("no free instance")


@pytest.fixture
def collector() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)
        yield listening


def launch(tmp_path: Path, collector: socket.socket, **changes: object) -> Launch:
    given = {
        "number": 0,
        "binary": program(tmp_path / "bin" / "arducopter"),
        "vehicle": Vehicle.COPTER,
        "folder": tmp_path / "vehicles",
        "home": HOME,
        "heading": 90.0,
        "speedup": 60.0,
        "collector": collector.getsockname(),
    }
    return Launch(**(given | changes))


@asynccontextmanager
async def running(launcher: Launcher) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(launcher.run())
    try:
        yield task
    finally:
        task.cancel()
        with pytest.raises((asyncio.CancelledError, ExceptionGroup)):
            await task


def systems_heard(collector: socket.socket) -> set[int]:
    """The system ids of the MAVLink 2 frames that have come by now."""
    heard = set()
    while True:
        try:
            heard.add(collector.recv(65535)[5])
        except BlockingIOError:
            return heard


@pytest.mark.integration
async def test_each_vehicle_boots_with_a_folder_a_system_id_and_a_home_of_its_own(
    tmp_path: Path, collector: socket.socket
) -> None:
    launcher = Launcher(launch(tmp_path, collector), 3, free_instance())
    async with running(launcher) as task:
        await until(
            lambda: task.done() or all(boot.stage is Stage.READY for boot in launcher.boots), 30
        )
        assert not task.done()
        systems = [instance.launch.system for instance in launcher.instances]
        assert [boot.system for boot in launcher.boots] == systems
        assert systems_heard(collector) == set(systems)
        folders = [instance.launch.folder for instance in launcher.instances]
        assert all((folder / "eeprom.bin").is_file() for folder in folders)
        assert len({instance.launch.home for instance in launcher.instances}) == 3
        pids = [instance.pid for instance in launcher.instances]
        assert all(pid is not None and psutil.pid_exists(pid) for pid in pids)
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)


@pytest.mark.integration
async def test_the_stages_of_the_boot_are_told_one_after_another(
    tmp_path: Path, collector: socket.socket
) -> None:
    launcher = Launcher(launch(tmp_path, collector, speedup=20.0), 1, free_instance())
    seen: list[Stage] = []
    async with running(launcher):

        def ready() -> bool:
            stage = launcher.boots[0].stage
            if stage not in seen:
                seen.append(stage)
            return stage is Stage.READY

        await until(ready)
    assert seen == sorted(seen)
    assert {Stage.HEARTBEAT, Stage.GPS, Stage.READY} <= set(seen)


@pytest.mark.integration
async def test_one_that_dies_at_boot_ends_all_and_says_its_last_words(
    tmp_path: Path, collector: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DIES", "1")
    launcher = Launcher(launch(tmp_path, collector), 2, free_instance())
    with pytest.raises(ExceptionGroup) as raised:
        await launcher.run()
    wrong = raised.value.exceptions[0]
    assert isinstance(wrong, SimulationError)
    assert "ended with code 1: Failed to load defaults from copter.parm" in str(wrong)
    assert all(not psutil.pid_exists(instance.pid or 0) for instance in launcher.instances)


@pytest.mark.integration
async def test_a_port_in_use_is_named(tmp_path: Path, collector: socket.socket) -> None:
    number = free_instance()
    launcher = Launcher(launch(tmp_path, collector), 2, number)
    taken = 5760 + 10 * (number + 1) + 2
    told = f"port {taken} of instance {number + 1}"
    with (
        socket.create_server(("127.0.0.1", taken)),
        pytest.raises(SimulationError, match=told),
    ):
        await launcher.run()
    assert all(not psutil.pid_exists(instance.pid or 0) for instance in launcher.instances)


@pytest.mark.parametrize(("count", "first"), [(0, 0), (251, 0), (2, 249), (1, -1)])
def test_more_vehicles_than_system_ids_are_refused(
    tmp_path: Path, collector: socket.socket, count: int, first: int
) -> None:
    with pytest.raises(SimulationError, match="250"):
        Launcher(launch(tmp_path, collector), count, first)


# Where the program is found.


def by_home(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    clone = tmp_path / "clone"
    return program(clone / "build" / "sitl" / "bin" / "arducopter"), {HOME_VARIABLE: str(clone)}


def by_folder(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    return program(tmp_path / "programs" / "arducopter"), {
        HOME_VARIABLE: str(tmp_path / "programs")
    }


def by_user(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    built = tmp_path / "ardupilot" / "build" / "sitl" / "bin" / "arducopter"
    return program(built), {"HOME": str(tmp_path)}


def by_path(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    return program(tmp_path / "usr" / "arducopter"), {"PATH": str(tmp_path / "usr")}


@pytest.mark.parametrize("place", [by_home, by_folder, by_user, by_path])
def test_the_program_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: Callable[[Path], tuple[Path, dict[str, str]]],
) -> None:
    monkeypatch.chdir(tmp_path)
    wanted, environ = place(tmp_path)
    assert find_binary(Vehicle.COPTER, environ={"PATH": "", **environ}) == wanted


def test_a_build_folder_here_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wanted = program(tmp_path / "build" / "sitl" / "bin" / "ardurover")
    assert find_binary(Vehicle.ROVER, environ={"PATH": ""}) == wanted


def test_an_absent_program_is_told_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SimulationError) as raised:
        find_binary(Vehicle.PLANE, environ={"PATH": "", "HOME": str(tmp_path)})
    told = str(raised.value)
    assert told.startswith("no arduplane in $ARDUPILOT_HOME")
    assert "ardupilot-dev-base" in told
    assert "./waf plane" in told


def test_a_given_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="nowhere/arducopter: no program"):
        find_binary(Vehicle.COPTER, tmp_path / "nowhere" / "arducopter")


def test_a_clones_own_default_parameters_are_used(tmp_path: Path) -> None:
    binary, _ = by_home(tmp_path)
    defaults = tmp_path / "clone" / "Tools" / "autotest" / "default_params" / "copter.parm"
    defaults.parent.mkdir(parents=True)
    defaults.write_text("FRAME_CLASS 1\n")
    assert find_defaults(binary, Vehicle.COPTER) == defaults
    assert find_defaults(binary, Vehicle.PLANE) is None


# The command line.


@pytest.mark.parametrize(
    "home", ["", "34,71", "34,71,331,x", "95,71,331,0", "34,71,nan,0", "1,2,3,4,5"]
)
def test_a_wrong_home_is_told(home: str) -> None:
    with pytest.raises(SimulationError, match="it must be LAT,LON,ALT,HEADING"):
        read_home(home)


@contextmanager
def command(*words: str, cwd: Path, environ: dict[str, str]) -> Iterator[psutil.Popen]:
    with (cwd / "out").open("wb") as out, (cwd / "err").open("wb") as err:
        process = psutil.Popen(
            [sys.executable, "-m", "nigehban", "sim", "ardupilot", *words],
            cwd=cwd,
            env={**os.environ, **environ},
            stdout=out,
            stderr=err,
        )
    try:
        yield process
    finally:
        if process.is_running():
            process.kill()
        process.wait()


@pytest.mark.integration
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_however_the_command_ends_no_vehicle_is_left(tmp_path: Path, how: signal.Signals) -> None:
    binary = program(tmp_path / "bin" / "arducopter")
    first = str(free_instance())
    words = ["--binary", str(binary), "--count", "2", "--first", first, "--speedup", "60"]
    environ = {"NIGEHBAN_DATA_DIR": str(tmp_path / "data")}
    with command(*words, cwd=tmp_path, environ=environ) as process:
        until_sync(lambda: (tmp_path / "out").read_text().count(": ready") == 2, 40)
        children = process.children(recursive=True)
        assert len(children) == 2
        process.send_signal(how)
        process.wait(20)
    until_sync(lambda: not any(child.is_running() for child in children))


@pytest.mark.integration
def test_a_vehicle_that_dies_at_boot_ends_the_command_in_one_line(tmp_path: Path) -> None:
    binary = program(tmp_path / "bin" / "arducopter")
    words = ["--binary", str(binary), "--first", str(free_instance())]
    environ = {"NIGEHBAN_DATA_DIR": str(tmp_path / "data"), "FAKE_DIES": "1"}
    with command(*words, cwd=tmp_path, environ=environ) as process:
        assert process.wait(30) == 1
    (told,) = (tmp_path / "err").read_text().splitlines()
    assert "ended with code 1: Failed to load defaults" in told


# A real one.


def real_binary() -> Path:
    try:
        return find_binary(Vehicle.COPTER)
    except SimulationError as error:
        pytest.skip(str(error))


@pytest.mark.integration
async def test_a_real_copter_boots_until_it_is_ready(
    tmp_path: Path, collector: socket.socket
) -> None:
    pattern = launch(tmp_path, collector, binary=real_binary(), speedup=10.0)
    launcher = Launcher(pattern, 1, free_instance())
    async with running(launcher) as task:
        await until(lambda: task.done() or launcher.boots[0].stage is Stage.READY, 60)
        assert launcher.boots[0].stage is Stage.READY
        assert systems_heard(collector) == {launcher.boots[0].system}
