"""The command `nigehban`: reads the settings once and hands them to the program asked for."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from nigehban.settings import Loaded, WrongSettingError, load

_ROOT_HELP = """
The telemetry and mission-control server of a control room's drones and patrol cars.

Examples:

  nigehban demo                    the whole system with a simulated fleet

  nigehban doctor                  what is there, what is missing, what to do

  nigehban collect                 take in MAVLink, OwnTracks and OsmAnd

  nigehban dashboard               serve the page

  NIGEHBAN_DASHBOARD__PORT=8051 nigehban dashboard
"""

app = typer.Typer(
    help=_ROOT_HELP, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
db = typer.Typer(help="The database: its schema, its state, a shell on it.", no_args_is_help=True)
sim = typer.Typer(help="The simulated fleet.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(sim, name="sim")

_console = Console()

Context = typer.Context


def _show_version(wanted: bool | None) -> None:  # noqa: FBT001 - typer's signature
    if wanted:
        _console.print(version("nigehban"), highlight=False)
        raise typer.Exit


@app.callback()
def _root(
    context: Context,
    settings: Annotated[
        Path | None,
        typer.Option(help="Settings file (default: $NIGEHBAN_SETTINGS, else ./nigehban.toml)."),
    ] = None,
    _version: Annotated[
        bool | None,
        typer.Option(
            "--version", help="Show the version and end.", callback=_show_version, is_eager=True
        ),
    ] = None,
) -> None:
    context.obj = settings


def _load(context: Context, **overrides: int | None) -> Loaded:
    """The settings, with command-line options as if they stood in the environment."""
    given = {name: str(value) for name, value in overrides.items() if value is not None}
    # Roles that the demo starts as processes are to see them too.
    os.environ.update({f"NIGEHBAN_SIMULATION__{name.upper()}": v for name, v in given.items()})
    return load(context.find_root().obj)


Drones = Annotated[int | None, typer.Option(help="Simulated drones.")]
Cars = Annotated[int | None, typer.Option(help="Simulated patrol cars.")]
Seed = Annotated[int | None, typer.Option(help="Two runs with the same seed are the same.")]


@app.command()
def demo(context: Context, drones: Drones = None, cars: Cars = None, seed: Seed = None) -> None:
    """The whole system, embedded, with a simulated fleet over Peshawar. Ctrl-C ends it."""
    from nigehban.demo import demo as run

    run(_load(context, drones=drones, cars=cars, seed=seed), _console)


@app.command()
def collect(context: Context) -> None:
    """Run the collector: take in drones and cars, keep history, send the live feed."""
    from nigehban.programs import collect as run

    run(_with_log(context))


@app.command()
def dashboard(context: Context) -> None:
    """Serve the page on loopback."""
    from nigehban.programs import show as run

    run(_with_log(context))


@sim.command("run")
def sim_run(context: Context, drones: Drones = None, cars: Cars = None, seed: Seed = None) -> None:
    """Fly and drive a simulated fleet against a running collector and broker."""
    from nigehban.programs import simulate as run

    run(_with_log(context, drones=drones, cars=cars, seed=seed))


@app.command()
def settings(context: Context) -> None:
    """Show the effective settings, secrets masked, and where each came from."""
    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "from", "what it is"):
        table.add_column(heading, overflow="fold")
    for row in _load(context).rows():
        table.add_row(*row)
    _console.print(table)


@app.command()
def doctor(context: Context) -> None:
    """Look at what the system needs; each line is ok, degraded or missing, with what to do."""
    from nigehban.doctor import examine, shown

    findings = examine(_load(context).settings)
    _console.print(shown(findings))
    raise typer.Exit(any(finding.level == "missing" for finding in findings))


@db.command("migrate")
def db_migrate(context: Context) -> None:
    """Bring the schema to the newest version. Safe to run twice and at the same time."""
    from nigehban.database import migrate_now

    migrate_now(_load(context).settings, _console)


@db.command("status")
def db_status(context: Context) -> None:
    """Which database it is, its licence and size, and which migrations are applied."""
    from nigehban.database import show_status

    show_status(_load(context).settings, _console)


@db.command("shell")
def db_shell(context: Context) -> None:
    """Open psql on the database."""
    from nigehban.database import open_shell

    raise typer.Exit(open_shell(_load(context).settings))


def _with_log(context: Context, **overrides: int | None) -> Any:
    from nigehban.logs import configure

    loaded = _load(context, **overrides)
    configure(loaded.settings.log)
    return loaded.settings


def main() -> None:
    """Run the command; what a user can mend ends in one line, not in a traceback."""
    from nigehban.errors import EXPECTED

    try:
        app()
    except (WrongSettingError, *EXPECTED) as error:
        sys.stderr.write(f"nigehban: {' '.join(str(error).split())}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
