"""An embedded server: a `postgres` of our own, as a direct child, on a unix socket.

The socket lies in a folder that only the server's user and root can enter, so nobody else on the
machine can reach it and no password is needed. The child dies with the thread that started it,
also when we are killed: that is one of our own, which lasts as long as the server, so it may be
started and restarted from any. It has a session of its own: Ctrl-C ends us first, then it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg
from psycopg.conninfo import make_conninfo

from telemetry.store import postmaster
from telemetry.store.debs import Report
from telemetry.store.programs import DatabaseError, Programs
from telemetry.store.serveruser import ServerUser

USER = "postgres"

START_LIMIT = 900.0
"""Seconds to wait for the server: recovery after a crash reads all of the log that it kept."""

STOP_LIMIT = 30.0
"""Seconds that a fast shutdown may take before an immediate one, and that one before SIGKILL."""

_REPORT_EVERY = 5.0
_STEP = 0.02
_SOCKET_PATH_MAX = 107  # sun_path less its final zero, unix(7)

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "huge_pages": "off",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # a log of at most a week, each weekday's file begun anew; rows that were refused are counted
    # by whoever sent them, and would only fill it
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_checkpoints": "off",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
}


class EmbeddedServer:
    """A server on a data folder; started when entered, stopped when left.

    If another of our processes runs one on this folder already, that one is used and left
    running (`owned` is false).
    """

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        *,
        run_as: str = "nobody",
        settings: Mapping[str, str] | None = None,
        report: Report = lambda _: None,
    ) -> None:
        """`folder` is made if it is missing; `run_as` counts only when we are root.

        `settings` are added to the server's own and win over them.
        """
        self.folder = folder
        self.owned = False
        self._programs = programs
        self._cluster = _cluster(folder)
        self._run_as = run_as
        self._settings = {**_SETTINGS, **programs.settings, **(settings or {})}
        self._report = report
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_folder: Path | None = None  # where it is not `folder`
        self._log_sizes: dict[Path, int] = {}  # when it was started
        self._parent: ThreadPoolExecutor | None = None  # the thread with which the child dies
        self._turn = threading.Lock()  # to start, restart or stop it
        self._given_up = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id of the server on this folder while one runs."""
        return postmaster.running(self._cluster)

    def dsn(self, database: str = "postgres") -> str:
        """The connection string of a database on it, for any process of the same user or root.

        Raises DatabaseError while no server runs.
        """
        dsn = running_dsn(self.folder, database)
        if dsn is None:
            raise DatabaseError(f"no database server runs on {self._cluster}")
        return dsn

    def program(self, name: str) -> str:
        """The path of one of the server's programs: `psql`."""
        return self._programs.path(name)

    def start(self) -> None:
        """Start it, or attach to the one that runs; returns when it answers.

        Raises DatabaseError if it cannot be started; the server's own reason is in the message.
        """
        with self._turn:
            self._given_up.clear()
            self._start()

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + START_LIMIT
        if not self._take_lock():
            self._report("another process runs the database on this folder: using that one")
            self._wait(lambda: self._take_lock() or self._answers(), deadline)
        if self._lock is None:
            return
        try:
            self._start_owned(deadline)
        except BaseException:
            self._stop()
            raise

    def give_up(self) -> None:
        """Let a start or restart that is under way in another thread end in DatabaseError."""
        self._given_up.set()

    def stop(self) -> None:
        """End the server if it is ours: fast, then immediately, then by SIGKILL."""
        self.give_up()
        with self._turn:
            self._stop()

    def _stop(self) -> None:
        self._end_process()
        if self._parent is not None:
            self._parent.shutdown()
            self._parent = None
        if self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            self._socket_folder = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        self.owned = False

    def kill(self) -> None:
        """End our server as a crash would, by SIGKILL; `restart` begins it again."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """End it, if it still runs, and start it again on the same data, with the same DSN.

        Raises DatabaseError if it cannot be started; until it is stopped it may be tried again.
        """
        with self._turn:
            if self._lock is None:
                self._start()
                return
            self._end_process()
            self._start_owned(time.monotonic() + START_LIMIT)

    def _end_process(self) -> None:
        if self._process is not None:
            for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if self._process.poll() is None:
                    self._process.send_signal(sign)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(STOP_LIMIT)
                    break
            if self._process.returncode >= 0:  # where it crashed, `postmaster.clear` waits
                # its logger goes a moment after it, and may still write into the folder
                postmaster.still_there(self._cluster, time.monotonic() + STOP_LIMIT)
            self._process = None

    def _take_lock(self) -> bool:
        lock = (self.folder / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _start_owned(self, deadline: float) -> None:
        self.owned = True
        user = ServerUser.find(self._run_as)
        user.own(self.folder)
        user.check_reach([Path(self._programs.path("postgres")), self.folder])
        postmaster.clear(self._cluster, deadline, self._report)
        self._initialize(user)
        settings = {**self._settings, "unix_socket_directories": str(self._socket_home(user))}
        command = user.command(
            self._programs.path("postgres"),
            *("-D", str(self._cluster)),
            *(f"--{name}={value}" for name, value in settings.items()),
            die_with_us=True,
        )
        self._log_sizes = {path: path.stat().st_size for path in self._logs()}
        if self._parent is None:
            self._parent = ThreadPoolExecutor(1, "database")
        self._process = self._parent.submit(self._begin, command).result()
        self._wait(self._answers, deadline)

    def _begin(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "start.log").open("wb") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env=_environment(),
                start_new_session=True,
            )

    def _initialize(self, user: ServerUser) -> None:
        """Make the cluster unless there is one of the right version."""
        if has_cluster(self.folder):
            kept = (self._cluster / "PG_VERSION").read_text().strip()
            if kept != str(self._programs.version):
                raise DatabaseError(
                    f"{self._cluster} was written by PostgreSQL {kept}, but the programs are of "
                    f"{self._programs.version}: dump it with the old ones and restore it, or move "
                    "it away to begin anew"
                )
            return
        if self._cluster.exists():
            raise DatabaseError(f"{self._cluster} exists but holds no database: move it away")
        self._report("making a new database")
        part = self.folder / "cluster.part"
        if part.exists():
            shutil.rmtree(part)  # an earlier attempt that was broken off
        done = subprocess.run(
            user.command(
                self._programs.path("initdb"),
                *("-D", str(part), "-U", USER, "-A", "trust"),
                *("--locale=C", "-E", "UTF8", "-N", "--no-instructions"),
            ),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=self.folder,
            env=_environment(),
        )
        if done.returncode:
            raise DatabaseError(f"initdb failed on {part}: {_telling_line(done.stderr)}")
        part.rename(self._cluster)

    def _socket_home(self, user: ServerUser) -> Path:
        """A private folder for the socket whose path is short enough for one."""
        if len(os.fsencode(self.folder / ".s.PGSQL.5432")) <= _SOCKET_PATH_MAX:
            return self.folder
        if self._socket_folder is None:
            self._socket_folder = Path(tempfile.mkdtemp(prefix="nigehban-"))
            user.own(self._socket_folder)
        return self._socket_folder

    def _wait(self, ready: Callable[[], bool], deadline: float) -> None:
        next_report = time.monotonic() + _REPORT_EVERY
        while not ready():
            if self._process is not None and self._process.poll() is not None:
                raise DatabaseError(f"the server on {self._cluster} ended: {self._reason()}")
            if self._given_up.is_set():
                raise DatabaseError(f"the database on {self._cluster} is not waited for any more")
            now = time.monotonic()
            if now > deadline:
                raise DatabaseError(f"no database answers on {self._cluster}")
            if now > next_report:
                self._report("waiting for the database, which may be recovering from a crash")
                next_report = now + _REPORT_EVERY
            time.sleep(_STEP)

    def _answers(self) -> bool:
        if self.pid is None:
            return False
        try:
            psycopg.connect(self.dsn(), connect_timeout=5).close()
        except (psycopg.OperationalError, DatabaseError):
            return False
        return True

    def _logs(self) -> list[Path]:
        """What the server itself writes into."""
        return list((self._cluster / "log").glob("*.log"))

    def _reason(self) -> str:
        """Why the server ended, in its own words since it was started."""
        told = (self.folder / "start.log").read_text(errors="replace")
        for path in sorted(self._logs(), key=lambda path: path.stat().st_mtime):
            text = path.read_bytes()
            before = self._log_sizes.get(path, 0)
            # one that was begun anew is shorter, or all of it is new
            told += text[before if before <= len(text) else 0 :].decode(errors="replace")
        return _telling_line(told)


def has_cluster(folder: Path) -> bool:
    """Whether a server has kept data in this folder of an EmbeddedServer."""
    return (_cluster(folder) / "PG_VERSION").is_file()


def running_dsn(folder: Path, database: str) -> str | None:
    """The connection string of a database on the server that runs on this folder, if one does."""
    record = postmaster.read(_cluster(folder))
    if record is None or postmaster.running(_cluster(folder)) is None:
        return None
    return make_conninfo(
        "", host=record.socket_folder, port=record.port, user=USER, dbname=database
    )


def _cluster(folder: Path) -> Path:
    return folder / "cluster"


def _environment() -> dict[str, str]:
    """A server's surroundings: nothing of ours (PG* variables, LD_LIBRARY_PATH) leaks into it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _telling_line(text: str) -> str:
    """The last line that tells of something fatal, or the last at all."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
    return (fatal or lines or ["it gave no reason"])[-1]
