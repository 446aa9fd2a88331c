"""The programs of a database server: where they lie and what they are."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class DatabaseError(Exception):
    """The database cannot be had; the message is one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """`initdb` and `postgres` of one server."""

    name: str  # "TimescaleDB 2.19.3 on PostgreSQL 17"
    folder: Path  # holds initdb, postgres, psql
    version: int  # the major version of PostgreSQL
    settings: Mapping[str, str] = field(default_factory=dict)  # that this server needs

    def path(self, program: str) -> str:
        """The path of `initdb`, `postgres` or `psql`."""
        return str(self.folder / program)


def version_of(postgres: Path) -> int:
    """The major version that `postgres -V` tells. Raises DatabaseError if it does not run."""
    try:
        said = subprocess.run(
            [str(postgres), "-V"], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        return int(said.rpartition(") ")[2].partition(".")[0])
    except subprocess.CalledProcessError as error:
        raise DatabaseError(f"{postgres} does not run: {error.stderr.strip()}") from error
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise DatabaseError(f"{postgres} does not run: {error}") from error


def open_to_all(tree: Path) -> None:
    """Let every user read the tree and run its programs, whatever the umask was."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode & 0o777
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
