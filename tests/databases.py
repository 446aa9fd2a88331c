"""Real database servers for tests: programs shared between runs, data of their own.

The programs of TimescaleDB are fetched once (seconds, over the machine's package mirror) into
`programs/` of the default data folder, or into the folder that NIGEHBAN_TEST_PROGRAMS names; every
user must be able to enter it when the tests run as root. Where they cannot be had the tests that
need them fail; they are skipped where they never can be had, which is not on Debian, or where
NIGEHBAN_TEST_WITHOUT_TIMESCALEDB is set.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import psutil
import psycopg
import pytest
from psycopg import sql

from nigehban.settings import default_data_dir
from telemetry.store import postgresql, timescaledb
from telemetry.store.database import make_database
from telemetry.store.migrate import migrate
from telemetry.store.programs import DatabaseError, Programs
from telemetry.store.server import EmbeddedServer

KINDS = ("timescaledb", "postgresql")

_FAST = {"fsync": "off"}  # only a crash of the machine would lose anything


def programs_folder() -> Path:
    """Where the programs lie."""
    return Path(os.environ.get("NIGEHBAN_TEST_PROGRAMS") or default_data_dir() / "programs")


@cache
def programs(kind: str) -> Programs:
    """The programs of `timescaledb` or `postgresql`."""
    folder = programs_folder()
    if kind == "postgresql":
        return postgresql.programs(folder, print)
    try:
        return timescaledb.programs(folder, print)
    except DatabaseError as error:
        is_debian = platform.freedesktop_os_release().get("ID") == "debian"
        if not is_debian or os.environ.get("NIGEHBAN_TEST_WITHOUT_TIMESCALEDB"):
            pytest.skip(f"no TimescaleDB: {error}")
        raise


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that the server's user can enter, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="nigehban-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def own_server(kind: str, settings: Mapping[str, str] | None = None) -> Iterator[EmbeddedServer]:
    """A server for one test, which may kill, stop or fill it."""
    with (
        temporary_folder() as folder,
        EmbeddedServer(
            programs(kind), folder / "database", settings={**_FAST, **(settings or {})}
        ) as server,
    ):
        yield server


@contextmanager
def hung(server: EmbeddedServer) -> Iterator[None]:
    """The server and all its backends, stopped as by SIGSTOP."""
    assert server.pid is not None
    parent = psutil.Process(server.pid)
    family = [parent, *parent.children(recursive=True)]
    for process in family:
        with suppress(psutil.NoSuchProcess):  # a worker of the server's own may just have ended
            process.suspend()
    try:
        yield
    finally:
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.resume()


class Servers:
    """One server of each kind for all tests of a session, started when it is first asked for."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._servers: dict[str, EmbeddedServer] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def __getitem__(self, kind: str) -> EmbeddedServer:
        if kind not in self._servers:
            self._servers[kind] = self._stack.enter_context(own_server(kind))
        return self._servers[kind]


@contextmanager
def fresh_database(server: EmbeddedServer, template: str = "template0") -> Iterator[str]:
    """The DSN of an empty database, or a copy of another one; it is dropped afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    try:
        yield server.dsn(name)
    finally:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def migrated_database(server: EmbeddedServer) -> Iterator[str]:
    """As `fresh_database`, its schema up to date: a copy, as migrating takes ten times as long."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        there = "SELECT FROM pg_database WHERE datname = 'migrated'"
        if connection.execute(there).fetchone() is None:
            make_database(server.dsn(), "migrated")
            migrate(server.dsn("migrated"))
            # only what nobody is connected to can be copied, and TimescaleDB's workers would be
            connection.execute("ALTER DATABASE migrated ALLOW_CONNECTIONS false")
            connection.execute(
                "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
                " WHERE datname = 'migrated'"
            )
    with fresh_database(server, "migrated") as dsn:
        yield dsn
