"""Bringing a database's schema up to date, and telling how far it is.

Migrations are the files `migrations/NNNN_name.sql`. One that needs more than PostgreSQL says so
before its ending: `.timescaledb.sql` needs the extension, `.timescale.sql` its community licence.
Where that is missing the migration waits; it is applied by the next `migrate` after the database
has gained it, so it must not rely on standing before later numbers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable

import psycopg

from telemetry.store.programs import DatabaseError

ADVISORY_LOCK = 0x6E696765
"""The key of the lock that one migrating process holds ("nige")."""

COMMUNITY_LICENSE = "timescale"
"""What timescaledb.license says where compression, policies and the like exist."""

LOCK_LIMIT = "600s"
"""How long to wait for another process that migrates."""


class MigrationError(DatabaseError):
    """The schema cannot be brought up to date; the message says which file and why."""


class Needs(StrEnum):
    """What a migration needs beyond PostgreSQL; the value is the word in its file's name."""

    NOTHING = ""
    EXTENSION = "timescaledb"
    COMMUNITY = "timescale"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    number: int
    name: str  # the file's name without .sql
    needs: Needs
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file: an applied file must not change."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a database has beyond PostgreSQL."""

    timescaledb: str | None  # the extension's version in this database
    license: str | None  # timescaledb.license: apache, timescale
    available: bool = False  # the extension could be made, but nobody has

    def lacks(self, needs: Needs) -> str | None:
        """Why a migration with these needs cannot be applied here; None if it can."""
        if needs is Needs.NOTHING:
            return None
        if self.timescaledb is None:
            if self.available:
                return (
                    "needs TimescaleDB, which this server has but this database has not: an "
                    "administrator must preload it and run CREATE EXTENSION timescaledb"
                )
            return "needs TimescaleDB, which this server does not have"
        if needs is Needs.COMMUNITY and self.license != COMMUNITY_LICENSE:
            return f"needs TimescaleDB's community licence, but this one's is {self.license!r}"
        return None


@dataclass(frozen=True, slots=True)
class State:
    """How far one migration is on one database."""

    name: str
    applied: datetime | None
    problem: str | None  # why it cannot be applied here, or is not what was applied


def migrations() -> list[Migration]:
    """All migrations, by number; of one number what needs nothing comes first."""
    folder = resources.files("telemetry.store") / "migrations"
    found = [_read(file) for file in folder.iterdir() if file.name.endswith(".sql")]
    return sorted(found, key=lambda migration: (migration.number, migration.name))


def migrate(dsn: str, report: Callable[[str], None] = lambda _: None) -> None:
    """Apply what is missing and can be applied; safe to run twice and by two processes at once.

    `report` gets a line for each file. Raises MigrationError, with what was applied before the
    failing file kept, or DatabaseError if the database does not answer.
    """
    _make_extension(dsn, report)
    with _connect(dsn) as connection:
        try:
            connection.execute(f"SET lock_timeout = '{LOCK_LIMIT}'")
            connection.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
            connection.execute("SET lock_timeout = 0")
            _make_ledger(connection)
            abilities = abilities_of(connection)
            applied = _applied(connection)
            for migration in migrations():
                if migration.name in applied:
                    if (wrong := _changed(migration, applied[migration.name][0])) is not None:
                        raise MigrationError(wrong)
                elif (lack := abilities.lacks(migration.needs)) is not None:
                    report(f"{migration.name}: not applied: {lack}")
                else:
                    _apply(connection, migration)
                    report(f"{migration.name}: applied")
        except psycopg.Error as error:
            raise MigrationError(f"migrating failed: {first_line(error)}") from error


def status(dsn: str) -> list[State]:
    """How far each migration is. Raises DatabaseError if the database does not answer."""
    with _connect(dsn) as connection:
        abilities = abilities_of(connection)
        known = connection.execute("SELECT to_regclass('nigehban.migration') IS NOT NULL")
        exists = known.fetchone() == (True,)
        applied = _applied(connection) if exists else {}
    return [
        State(one.name, applied[one.name][1], _changed(one, applied[one.name][0]))
        if one.name in applied
        else State(one.name, None, abilities.lacks(one.needs))
        for one in migrations()
    ]


def abilities_of(connection: psycopg.Connection) -> Abilities:
    """What the database of the connection has beyond PostgreSQL."""
    row = connection.execute(
        "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),"
        " current_setting('timescaledb.license', true),"
        " EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')"
    ).fetchone()
    assert row is not None
    version, licence, available = row
    return Abilities(version, licence if version else None, available)


def first_line(error: psycopg.Error) -> str:
    """The first line of what the server or the driver says."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _read(file: Traversable) -> Migration:
    match = re.fullmatch(r"((\d{4})_[a-z0-9_]+(?:\.([a-z]+))?)\.sql", file.name)
    if match is None:
        raise MigrationError(f"migration {file.name}: the name is not NNNN_name[.needs].sql")
    return Migration(int(match[2]), match[1], Needs(match[3] or ""), file.read_text("utf-8"))


def _connect(dsn: str) -> psycopg.Connection:
    try:
        return psycopg.connect(dsn, autocommit=True, connect_timeout=10)
    except psycopg.ProgrammingError as error:  # its message may quote the password
        raise DatabaseError("the database's connection string cannot be read") from error
    except psycopg.Error as error:
        raise DatabaseError(f"the database does not answer: {first_line(error)}") from error


def _make_extension(dsn: str, report: Callable[[str], None]) -> None:
    """Have TimescaleDB in the database where the server has it and we may.

    Where we may not, the schema does without, and `status` says so. In a connection of its own:
    a server that did not load the library at its start ends the connection that asks for it.
    """
    with _connect(dsn) as connection:
        abilities = abilities_of(connection)
        if abilities.timescaledb is None and abilities.available:
            try:
                connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
            except psycopg.Error as error:
                report(f"TimescaleDB cannot be had in this database: {first_line(error)}")
            else:
                report("made the extension TimescaleDB in this database")


def _make_ledger(connection: psycopg.Connection) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS nigehban")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS nigehban.migration ("
        " name text PRIMARY KEY, checksum text NOT NULL,"
        " applied timestamptz NOT NULL DEFAULT now())"
    )


def _applied(connection: psycopg.Connection) -> dict[str, tuple[str, datetime]]:
    rows = connection.execute("SELECT name, checksum, applied FROM nigehban.migration")
    return {name: (checksum, applied) for name, checksum, applied in rows}


def _changed(migration: Migration, checksum: str) -> str | None:
    """What is wrong if the file is another one than that which was applied."""
    if migration.checksum == checksum:
        return None
    return (
        f"{migration.name}.sql is not the file that was applied: restore it, and put the "
        "change into a new migration"
    )


def _apply(connection: psycopg.Connection, migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(migration.sql.encode())
            connection.execute(
                "INSERT INTO nigehban.migration (name, checksum) VALUES (%s, %s)",
                [migration.name, migration.checksum],
            )
    except psycopg.Error as error:
        raise MigrationError(f"{migration.name}.sql failed: {first_line(error)}") from error
