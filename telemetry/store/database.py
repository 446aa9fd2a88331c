"""Which database there is: the one that the settings name, or an embedded one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from telemetry.settings import DatabaseSettings
from telemetry.store import postgresql, timescaledb
from telemetry.store.migrate import COMMUNITY_LICENSE, abilities_of, first_line
from telemetry.store.programs import DatabaseError, Programs
from telemetry.store.server import EmbeddedServer, has_cluster, running_dsn

NAME = "nigehban"
"""The database that we make on an embedded server."""

KINDS = ("timescaledb", "postgresql")
"""The embedded servers, the preferred one first; each keeps its data in a folder of its name."""

CONNECT_LIMIT = 10
"""Seconds in which a database that the settings name has to answer."""

_WITHOUT = "costs: no hypertables, no compression"
_UNDER_APACHE = "costs: no compression"


@dataclass(frozen=True, slots=True)
class Database:
    """The database in use."""

    dsn: str = field(repr=False)  # it may hold a password
    how: str  # one sentence: which one, why, and what that costs
    server: EmbeddedServer | None = None  # None where the settings name a database
    answers: bool = True  # false where the settings name one that is away


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What `doctor` tells of a database."""

    reachable: bool
    error: str | None = None  # why it is not reachable
    server_version: str | None = None  # "17.6"
    timescaledb: str | None = None  # the extension's version in this database
    license: str | None = None  # timescaledb.license: apache, timescale
    bytes: int | None = None  # size of this database
    schema_version: int | None = None  # number of the newest migration applied; None: none yet


@contextmanager
def open_database(
    settings: DatabaseSettings,
    data_dir: Path,
    report: Callable[[str], None],
    *,
    may_be_away: bool = False,
) -> Iterator[Database]:
    """The database of the settings, or an embedded one that runs until the block is left.

    `report` gets lines of progress. Raises DatabaseError if there is none to be had; a database
    that the settings name is never replaced by another. If that is away and `may_be_away`, it is
    given as one that does not answer.
    """
    if settings.dsn is not None:
        yield _named(settings.dsn.get_secret_value(), may_be_away=may_be_away)
        return
    with ExitStack() as stack:
        with _usable(data_dir):
            _open_folders(data_dir)
            kind, programs, why = _choose(settings, data_dir, report)
            report(f"starting {programs.name}")
            folder = _folder(data_dir, kind)
            server = EmbeddedServer(programs, folder, run_as=settings.run_as, report=report)
            stack.enter_context(server)
            make_database(server.dsn(), NAME)
        yield Database(server.dsn(NAME), f"embedded {programs.name}, {why}", server)


def embedded_dsn(data_dir: Path) -> str | None:
    """The connection string of the embedded database that runs now, whoever runs it.

    Raises DatabaseError if the data folder is another user's.
    """
    with _usable(data_dir):
        found = (running_dsn(_folder(data_dir, kind), NAME) for kind in KINDS)
        return next((dsn for dsn in found if dsn is not None), None)


def make_database(dsn: str, name: str) -> None:
    """Make database `name` on the server of `dsn` unless it is there."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            # another process may be faster
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def inspect(dsn: str) -> DatabaseFacts:
    """What the database at `dsn` is; also when it does not answer."""
    if not _is_dsn(dsn):  # the driver's own message may quote the password
        return DatabaseFacts(reachable=False, error=masked(dsn))
    try:
        with psycopg.connect(dsn, connect_timeout=CONNECT_LIMIT, autocommit=True) as connection:
            return _facts(connection)
    except psycopg.Error as error:
        return DatabaseFacts(reachable=False, error=f"{masked(dsn)}: {first_line(error)}")


def _facts(connection: psycopg.Connection) -> DatabaseFacts:
    abilities = abilities_of(connection)
    row = connection.execute(
        "SELECT current_setting('server_version'), pg_database_size(current_database()),"
        " to_regclass('nigehban.migration') IS NOT NULL"
    ).fetchone()
    assert row is not None
    version, size, migrated = row
    newest = None
    if migrated:
        names = connection.execute("SELECT max(name) FROM nigehban.migration").fetchone()
        newest = int(names[0][:4]) if names and names[0] else None
    return DatabaseFacts(
        reachable=True,
        server_version=version.partition(" ")[0],
        timescaledb=abilities.timescaledb,
        license=abilities.license,
        bytes=size,
        schema_version=newest,
    )


def history_extent(dsn: str) -> tuple[datetime | None, int]:
    """When the first asset was seen (None: none yet) and how many there are. Raises psycopg.Error."""
    with psycopg.connect(dsn, connect_timeout=CONNECT_LIMIT) as connection:
        row = connection.execute("SELECT min(first_seen), count(*) FROM nigehban.asset").fetchone()
    assert row is not None
    return row


def masked(dsn: str) -> str:
    """The connection string without its password, fit to be shown."""
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        return "a connection string that is neither postgresql://… nor key=value"
    shown = {name: "****" if "password" in name else str(value) for name, value in parts.items()}
    return make_conninfo("", **shown)


def _named(dsn: str, *, may_be_away: bool) -> Database:
    """The database that the settings name. Raises DatabaseError, also for what is no DSN."""
    facts = inspect(dsn)
    if facts.reachable:
        return Database(dsn, f"{_described(dsn, facts)}, because the settings name it")
    how = f"database.dsn does not answer: {facts.error}"
    if may_be_away and _is_dsn(dsn):
        return Database(dsn, how, answers=False)
    raise DatabaseError(how)


def _is_dsn(dsn: str) -> bool:
    try:
        conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        return False
    return True


def _described(dsn: str, facts: DatabaseFacts) -> str:
    """What answers at `dsn`, and what it costs."""
    which = f"PostgreSQL {facts.server_version}"
    if facts.timescaledb is None:
        return f"{which} without TimescaleDB ({_WITHOUT}) at {masked(dsn)}"
    which += f" with TimescaleDB {facts.timescaledb} under the {facts.license} licence"
    costs = "" if facts.license == COMMUNITY_LICENSE else f" ({_UNDER_APACHE})"
    return f"{which}{costs} at {masked(dsn)}"


def _choose(
    settings: DatabaseSettings, data_dir: Path, report: Callable[[str], None]
) -> tuple[str, Programs, str]:
    """Kind and programs of the embedded server, and why it is this one.

    History is never left behind without being asked: a machine that keeps one in either kind
    stays with it. Raises DatabaseError.
    """
    folder = data_dir / "programs"
    kept = [kind for kind in KINDS if has_cluster(_folder(data_dir, kind))]
    asked = settings.embedded
    kind = asked if asked != "auto" else next(iter(kept), KINDS[0])
    if kind == "postgresql":
        why = (
            "because the settings ask for it"
            if asked != "auto"
            else "because this machine's history is kept in one (database.embedded = timescaledb "
            "begins an empty one)"
        )
        return kind, postgresql.programs(folder, report), f"{why}; {_WITHOUT}"
    try:
        programs = timescaledb.programs(folder, report)
    except DatabaseError as error:
        if asked != "auto" or kept:
            raise
        why = f"because {error}; {_WITHOUT}"
        return "postgresql", postgresql.programs(folder, report), why
    why = "because the settings " + ("name no database" if asked == "auto" else "ask for it")
    return kind, programs, f"{why}; {_UNDER_APACHE}"


@contextmanager
def _usable(data_dir: Path) -> Iterator[None]:
    """What the system or the server refuses in the block is a DatabaseError."""
    try:
        yield
    except OSError as error:
        raise DatabaseError(
            f"data folder {data_dir}: {error.strerror} ({error.filename}): run as the user who "
            "began it, or choose another"
        ) from error
    except psycopg.Error as error:
        raise DatabaseError(f"the embedded database failed: {first_line(error)}") from error


def _folder(data_dir: Path, kind: str) -> Path:
    return data_dir / "database" / kind


def _open_folders(data_dir: Path) -> None:
    """Make the folders on the way, which an embedded server's user has to pass through."""
    for folder in (data_dir, data_dir / "database", data_dir / "programs"):
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                folder.chmod(0o711)
