"""What the pid file in a cluster's folder says, and whether it is true.

A crash leaves the file behind. Its pid may by then be another program's, and PostgreSQL, which
asks only whether a process of that number lives, would refuse to start. The current folder of a
server and of each of its backends is the cluster's, and that cannot be mistaken.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from telemetry.store.debs import Report
from telemetry.store.programs import DatabaseError

_ORPHAN_LIMIT = 30.0
_STEP = 0.02


@dataclass(frozen=True, slots=True)
class Record:
    """A postmaster.pid: see `src/include/utils/pidfile.h` of PostgreSQL."""

    pid: int
    port: int
    socket_folder: str


def read(cluster: Path) -> Record | None:
    """What the pid file says; None if there is none, or it is not yet whole."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return Record(int(lines[0]), int(lines[3]), lines[4].strip())
    except (FileNotFoundError, IndexError, ValueError):
        return None


def running(cluster: Path) -> int | None:
    """The pid of the server that runs on the cluster, if one does."""
    record = read(cluster)
    return record.pid if record and _works_in(record.pid, cluster) else None


def processes(cluster: Path) -> list[int]:
    """All processes whose current folder is the cluster's: a server and its backends."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if _works_in(pid, cluster)]


def still_there(cluster: Path, limit: float) -> list[int]:
    """What `processes` has left when none is there any more, or at `limit` of `time.monotonic`."""
    while (left := processes(cluster)) and time.monotonic() <= limit:
        time.sleep(_STEP)
    return left


def clear(cluster: Path, deadline: float, report: Report) -> None:
    """Make way for a new server; call it only while holding the lock on the folder.

    A server whose owner is gone is asked to stop and waited for, and so are backends that have
    lost their server. Then a pid file that names another program's process is removed. Raises
    DatabaseError if a process does not go.
    """
    orphan = running(cluster)
    if orphan is not None:
        report("ending a database server whose owner is gone")
        os.kill(orphan, signal.SIGINT)
    limit = min(deadline, time.monotonic() + _ORPHAN_LIMIT)
    if orphan is None and processes(cluster):
        report("waiting for what is left of a database server that crashed")
    if left := still_there(cluster, limit):
        raise DatabaseError(f"processes {left} still work on {cluster}: end them")
    record = read(cluster)
    if record is not None and Path(f"/proc/{record.pid}").exists():
        (cluster / "postmaster.pid").unlink()


def _works_in(pid: int, cluster: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == cluster.resolve()
    except OSError:  # it ended, or it is another user's, which ours never is
        return False
