"""The embedded server: started, attached to, killed and brought back, on both kinds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
import pytest

from telemetry.store import postmaster
from telemetry.store.programs import DatabaseError
from telemetry.store.server import EmbeddedServer
from telemetry.store.serveruser import ServerUser
from tests.databases import own_server, programs, temporary_folder
from tests.waiting import until_sync

pytestmark = pytest.mark.integration

_OWNER = """
import sys, threading
from pathlib import Path
from telemetry.store.server import EmbeddedServer
from tests.databases import programs
server = EmbeddedServer(programs(sys.argv[1]), Path(sys.argv[2]))
with server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder / "database"


@pytest.fixture
def own(kind: str) -> Iterator[EmbeddedServer]:
    with own_server(kind) as server:
        yield server


def _ask(server: EmbeddedServer, question: str) -> object:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row[0]


def _do(server: EmbeddedServer, statement: str) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(statement.encode())


def _owner(kind: str, folder: Path) -> subprocess.Popen[str]:
    """Another process that runs a server on the folder until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", _OWNER, kind, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_no_other_user_reaches_it_and_it_keeps_utc(own: EmbeddedServer) -> None:
    assert own.folder.stat().st_mode & 0o077 == 0
    assert _ask(own, "SHOW listen_addresses") == ""
    assert _ask(own, "SHOW timezone") == "UTC"
    assert _ask(own, "SHOW jit") == "off"
    assert own.pid is not None
    assert psutil.Process(own.pid).uids().effective != 0


def test_data_outlives_stop_and_start(own: EmbeddedServer) -> None:
    _do(own, "CREATE TABLE kept AS SELECT 42 AS answer")
    first = own.pid
    own.restart()
    assert own.pid != first
    assert _ask(own, "SELECT answer FROM kept") == 42


def test_committed_data_outlives_a_crash(own: EmbeddedServer) -> None:
    _do(own, "CREATE TABLE kept AS SELECT 42 AS answer")
    own.kill()
    assert own.pid is None
    own.restart()
    assert _ask(own, "SELECT answer FROM kept") == 42


def test_a_second_user_of_the_folder_attaches_and_does_not_stop_it(
    own: EmbeddedServer, kind: str
) -> None:
    with EmbeddedServer(programs(kind), own.folder) as second:
        assert own.owned
        assert not second.owned
        assert second.pid == own.pid
        assert _ask(second, "SELECT 1") == 1
    assert _ask(own, "SELECT 1") == 1


def test_another_process_attaches_while_it_is_being_made(kind: str, folder: Path) -> None:
    programs(kind)
    owners = [_owner(kind, folder) for _ in range(2)]
    try:
        pids = {process.stdout.readline() for process in owners if process.stdout}
        assert len(pids) == 1
        assert int(pids.pop()) > 0
    finally:
        for process in owners:
            process.communicate("", timeout=60)
    assert postmaster.processes(folder / "cluster") == []


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_it_dies_with_its_owner(kind: str, folder: Path, sign: signal.Signals) -> None:
    owner = _owner(kind, folder)
    assert owner.stdout is not None
    assert owner.stdin is not None
    pid = int(owner.stdout.readline())
    owner.send_signal(sign)
    owner.wait(60)
    owner.stdout.close()
    owner.stdin.close()
    until_sync(lambda: not postmaster.processes(folder / "cluster"), 60)
    until_sync(lambda: _has_ended(pid))  # a process that ends has lost its name before its number
    with EmbeddedServer(programs(kind), folder) as server:
        assert server.owned


def _has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_when_the_owner_is_gone_another_takes_over(kind: str, folder: Path) -> None:
    owner = _owner(kind, folder)
    assert owner.stdout is not None
    owner.stdout.readline()
    with EmbeddedServer(programs(kind), folder) as heir:
        owned = [heir.owned]
        owner.communicate("", timeout=60)
        until_sync(lambda: heir.pid is None)
        heir.restart()
        owned.append(heir.owned)
        assert owned == [False, True]
        assert _ask(heir, "SELECT 1") == 1


def test_a_pid_file_that_names_a_strangers_process_is_dropped(own: EmbeddedServer) -> None:
    file = own.folder / "cluster/postmaster.pid"
    record = file.read_text()
    own.kill()
    # of the same user: PostgreSQL takes no notice of others'
    stranger = subprocess.Popen(ServerUser.find("nobody").command("sleep", "120"))
    try:
        file.write_text(record.replace(record.splitlines()[0], str(stranger.pid), 1))
        own.restart()
        assert _ask(own, "SELECT 1") == 1
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_left_behind_is_ended_before_a_new_one_starts(kind: str, folder: Path) -> None:
    with EmbeddedServer(programs(kind), folder) as first:
        # as if its owner had died and the lock with it, but the server had not noticed
        lock, first._lock = first._lock, None
        assert lock is not None
        lock.close()
        left = first.pid
        said: list[str] = []
        with EmbeddedServer(programs(kind), folder, report=said.append) as second:
            assert second.owned
            assert second.pid not in {None, left}
        assert "ending a database server whose owner is gone" in said


def test_backends_that_lost_their_server_are_waited_for(own: EmbeddedServer, kind: str) -> None:
    """A server beside a backend that still writes would spoil the data."""
    with psycopg.connect(own.dsn()) as connection:
        backend = psutil.Process(connection.info.backend_pid)
        backend.suspend()  # it does not notice
        own.kill()
    said: list[tuple[str, str]] = []

    def resume(line: str) -> None:
        said.append((line, backend.status()))
        backend.resume()

    try:
        own.stop()
        with pytest.raises(DatabaseError, match=rf"processes \[.*\b{backend.pid}\b.*still work"):
            postmaster.clear(own.folder / "cluster", time.monotonic(), lambda _: None)
        with EmbeddedServer(programs(kind), own.folder, report=resume) as heir:
            assert _ask(heir, "SELECT 1") == 1
    finally:
        with suppress(psutil.NoSuchProcess):
            backend.resume()
    waiting = "waiting for what is left of a database server that crashed"
    assert said == [(waiting, psutil.STATUS_STOPPED)]
    assert not backend.is_running() or backend.status() == psutil.STATUS_ZOMBIE


def test_a_half_made_cluster_is_made_anew(kind: str, folder: Path) -> None:
    (folder / "cluster.part").mkdir(parents=True)
    (folder / "cluster.part/PG_VERSION").write_text("17\n")
    with EmbeddedServer(programs(kind), folder) as server:
        assert _ask(server, "SELECT 1") == 1


def test_a_cluster_of_another_version_is_refused_in_one_clear_line(kind: str, folder: Path) -> None:
    (folder / "cluster").mkdir(parents=True)
    (folder / "cluster/PG_VERSION").write_text("15\n")
    with pytest.raises(DatabaseError, match=r"written by PostgreSQL 15, but .* move it away"):
        EmbeddedServer(programs(kind), folder).start()


def test_a_server_that_cannot_start_says_why(kind: str, folder: Path) -> None:
    server = EmbeddedServer(programs(kind), folder, settings={"shared_buffers": "none"})
    with pytest.raises(DatabaseError, match="shared_buffers"):
        server.start()
    assert not server.owned
    with EmbeddedServer(programs(kind), folder) as healed:
        assert healed.owned


def test_a_long_path_does_not_matter(kind: str) -> None:
    with temporary_folder() as folder:
        deep = folder / ("d" * 60) / ("e" * 60)
        deep.mkdir(parents=True)
        (deep.parent).chmod(0o711)
        deep.chmod(0o711)
        with EmbeddedServer(programs(kind), deep / "database") as server:
            assert _ask(server, "SELECT 1") == 1
            dsn = server.dsn()
            server.kill()
            server.restart()
            assert server.dsn() == dsn  # other processes hold it
            assert _ask(server, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_is_told_when_the_servers_user_cannot_reach_the_folder(kind: str) -> None:
    with temporary_folder() as folder:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        with pytest.raises(DatabaseError, match=r"'nobody'.* cannot reach .*closed"):
            EmbeddedServer(programs(kind), closed / "database").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
@pytest.mark.parametrize("user", ["root", "no-such-user"])
def test_root_is_told_of_a_user_that_cannot_serve(folder: Path, user: str) -> None:
    with pytest.raises(DatabaseError, match="run_as"):
        EmbeddedServer(programs("postgresql"), folder, run_as=user).start()


def test_it_outlives_the_threads_that_start_and_restart_it(kind: str, folder: Path) -> None:
    server = EmbeddedServer(programs(kind), folder)
    try:
        for action in (server.start, server.restart):
            thread = threading.Thread(target=action)
            thread.start()
            thread.join()
            assert server.pid is not None
            with pytest.raises(psutil.TimeoutExpired):
                psutil.Process(server.pid).wait(0.3)
            assert _ask(server, "SELECT 1") == 1
    finally:
        server.stop()
    assert postmaster.processes(folder / "cluster") == []


def test_a_restart_in_another_thread_is_given_up_when_it_is_stopped(
    kind: str, folder: Path
) -> None:
    restarting = threading.Event()

    class Silent(EmbeddedServer):
        """One that recovers for ever."""

        def _answers(self) -> bool:
            return not restarting.is_set() and super()._answers()

    server = Silent(programs(kind), folder)
    server.start()
    restarting.set()
    failed: list[Exception] = []

    def restart() -> None:
        try:
            server.restart()
        except DatabaseError as error:
            failed.append(error)

    thread = threading.Thread(target=restart)
    first = server.pid
    thread.start()
    until_sync(lambda: server.pid not in {None, first})
    server.stop()
    thread.join(30)
    assert "not waited for any more" in str(failed[0])
    assert postmaster.processes(folder / "cluster") == []


def test_the_reason_that_it_cannot_start_is_not_that_of_an_earlier_time(
    own: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = own.folder / "cluster/log" / f"postgres-{datetime.now(UTC):%a}.log"
    own.kill()
    with log.open("a") as file:
        file.write('2026-11-20 10:00:00 UTC [9] FATAL:  could not open file "long ago"\n')
    begin = own._begin
    words = ["sh", "-c", "echo there is no room; exit 1"]
    monkeypatch.setattr(own, "_begin", lambda _: begin(words))
    with pytest.raises(DatabaseError, match="ended: there is no room"):
        own.restart()
