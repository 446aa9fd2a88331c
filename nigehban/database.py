"""The database that the settings name: its schema and state, and a shell on it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from math import isinf
from pathlib import Path

import psycopg
import psycopg.conninfo
from rich.console import Console
from rich.table import Table

from nigehban.settings import Settings
from telemetry.store.database import Database, inspect, open_database
from telemetry.store.migrate import migrate, status
from telemetry.store.programs import DatabaseError
from telemetry.store.retention import Held, report


@contextmanager
def newest_schema(settings: Settings) -> Iterator[str]:
    """The connection string of the database, whose schema is up to date.

    Raises DatabaseError, MigrationError.
    """
    with open_database(settings.database, settings.data_dir, lambda _: None) as database:
        migrate(database.dsn)
        yield database.dsn


def migrate_now(settings: Settings, console: Console) -> None:
    """Bring the schema up to date. Raises DatabaseError, MigrationError."""
    with open_database(settings.database, settings.data_dir, console.print) as database:
        console.print(database.how, highlight=False)
        migrate(database.dsn, console.print)
        console.print("the schema is up to date")


def show_status(settings: Settings, console: Console) -> None:
    """Say which database it is and how far each migration is. Raises DatabaseError."""
    with open_database(settings.database, settings.data_dir, console.print) as database:
        facts = inspect(database.dsn)
        console.print(database.how, highlight=False)
        console.print(f"size {(facts.bytes or 0) / 1e6:,.1f} MB", highlight=False)
        table = Table(box=None, pad_edge=False, show_header=False)
        for state in status(database.dsn):
            if state.problem is not None:
                told = state.problem
            elif state.applied is not None:
                told = f"applied {state.applied:%Y-%m-%d %H:%M} UTC"
            else:
                told = "not applied yet: run `nigehban db migrate`"
            table.add_row(state.name, told)
        console.print(table)
        if all(state.applied or state.problem for state in status(database.dsn)):
            console.print(_kept(asyncio.run(_held(database.dsn, settings))))


async def _held(dsn: str, settings: Settings) -> list[Held]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        return await report(connection, settings.history, datetime.now(UTC))


def _kept(classes: list[Held]) -> Table:
    """What there is of history, how long it is kept, and what would be dropped now."""
    table = Table("history", "kept for", "oldest", "size", "too old now", box=None, pad_edge=False)
    for held in classes:
        days = held.kept.days
        due = f"{held.due:,} {'chunk' if held.in_chunks else 'row'}{'s' * (held.due != 1)}"
        table.add_row(
            held.kept.table,
            "ever" if isinf(days) else f"{days:g} days",
            "" if held.oldest is None else f"{held.oldest:%Y-%m-%d %H:%M} UTC",
            f"{held.bytes / 1e6:,.1f} MB",
            due if held.due else "nothing",
        )
    return table


def open_shell(settings: Settings) -> int:
    """Run psql on the database; returns its exit code. Raises DatabaseError without a psql."""
    with open_database(settings.database, settings.data_dir, lambda _: None) as database:
        # The connection string goes by the environment: an argument would show its password.
        parts = psycopg.conninfo.conninfo_to_dict(database.dsn)
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        names |= {"dbname": "PGDATABASE", "sslmode": "PGSSLMODE"}
        given = {names[name]: str(value) for name, value in parts.items() if name in names}
        given["PGOPTIONS"] = "-c search_path=nigehban,public"
        return subprocess.run(
            [_psql(database)], env={**os.environ, **given}, check=False
        ).returncode


def _psql(database: Database) -> str:
    ours = Path(database.server.program("psql")) if database.server is not None else None
    found = str(ours) if ours is not None and ours.exists() else shutil.which("psql")
    if found is None:
        raise DatabaseError("there is no psql: install postgresql-client")
    return found
