"""`nigehban db`: the database."""

from __future__ import annotations

import typer

from nigehban.commands.common import Context, console, loaded

app = typer.Typer(help="The database: its schema, its state, a shell on it.", no_args_is_help=True)


@app.command("migrate")
def db_migrate(context: Context) -> None:
    """Bring the schema to the newest version. Safe to run twice and at the same time."""
    from nigehban.database import migrate_now

    migrate_now(loaded(context).settings, console)


@app.command("status")
def db_status(context: Context) -> None:
    """Which database it is, its licence and size, and which migrations are applied."""
    from nigehban.database import show_status

    show_status(loaded(context).settings, console)


@app.command("shell")
def db_shell(context: Context) -> None:
    """Open psql on the database."""
    from nigehban.database import open_shell

    raise typer.Exit(open_shell(loaded(context).settings))
