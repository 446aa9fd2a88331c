"""The command `nigehban`: its programs, beside the commands of each subject (`nigehban.commands`)."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from nigehban.commands import database, geofences, history, simulation
from nigehban.commands.common import Cars, Context, Drones, Seed, console, loaded, with_log

_ROOT_HELP = """
The telemetry and mission-control server of a control room's drones and patrol cars.

Examples:

  nigehban demo                    the whole system with a simulated fleet

  nigehban doctor                  what is there, what is missing, what to do

  nigehban collect                 take in MAVLink, OwnTracks and OsmAnd

  nigehban dashboard               serve the page

  nigehban export --asset 'mavlink:*' --from -2h --out drones.gpx

  NIGEHBAN_DASHBOARD__PORT=8051 nigehban dashboard
"""

app = typer.Typer(
    help=_ROOT_HELP, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
app.add_typer(history.app)
app.add_typer(database.app, name="db")
app.add_typer(geofences.app, name="fences")
app.add_typer(simulation.app, name="sim")


def _add_planner() -> None:
    """The planners' libraries take a while to load: only who plans waits for them."""
    if "plan" in sys.argv[1:]:
        from nigehban.planning.commands import app as plan
    else:
        plan = typer.Typer(help="Missions: plan them, prove them, show them, hand them on.")
        plan.callback()(lambda: None)
    app.add_typer(plan, name="plan")


_add_planner()


def _show_version(wanted: bool | None) -> None:  # noqa: FBT001 - typer's signature
    if wanted:
        console.print(version("nigehban"), highlight=False)
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


@app.command()
def demo(context: Context, drones: Drones = None, cars: Cars = None, seed: Seed = None) -> None:
    """The whole system, embedded, with a simulated fleet over Peshawar. Ctrl-C ends it."""
    from nigehban.demo import demo as run

    run(loaded(context, drones=drones, cars=cars, seed=seed), console)


@app.command()
def collect(context: Context) -> None:
    """Run the collector: take in drones and cars, keep history, send the live feed."""
    from nigehban.programs import collect as run

    run(with_log(context))


@app.command()
def dashboard(context: Context) -> None:
    """Serve the page on loopback."""
    from nigehban.programs import show as run

    run(with_log(context))


@app.command()
def settings(context: Context) -> None:
    """Show the effective settings, secrets masked, and where each came from."""
    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "from", "what it is"):
        table.add_column(heading, overflow="fold")
    for row in loaded(context).rows():
        table.add_row(*row)
    console.print(table)


@app.command()
def doctor(context: Context) -> None:
    """Look at what the system needs; each line is ok, degraded or missing, with what to do."""
    from nigehban.doctor import examine, shown

    findings = examine(loaded(context).settings)
    console.print(shown(findings))
    raise typer.Exit(any(finding.level == "missing" for finding in findings))


def main() -> None:
    """Run the command; what a user can mend ends in one line, not in a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        from nigehban.errors import EXPECTED  # which knows of all programs, and takes long to load

        if not isinstance(error, EXPECTED):
            raise
        sys.stderr.write(f"nigehban: {' '.join(str(error).split())}\n")
        sys.exit(1)
