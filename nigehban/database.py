"""`nigehban db`: the database's schema and state, and a shell on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import psycopg.conninfo
from rich.console import Console
from rich.table import Table

from nigehban.settings import Settings
from telemetry.store.database import Database, inspect, open_database
from telemetry.store.migrate import migrate, status
from telemetry.store.programs import DatabaseError


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
