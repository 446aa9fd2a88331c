"""The command `nigehban`: reads the settings once and hands them to the program asked for."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

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

  nigehban export --asset 'mavlink:*' --from -2h --out drones.gpx

  NIGEHBAN_DASHBOARD__PORT=8051 nigehban dashboard
"""

app = typer.Typer(
    help=_ROOT_HELP, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
db = typer.Typer(help="The database: its schema, its state, a shell on it.", no_args_is_help=True)
sim = typer.Typer(help="The simulated fleet.", no_args_is_help=True)
fences = typer.Typer(
    help="Geofences: from files, into files, which there are.", no_args_is_help=True
)
app.add_typer(db, name="db")
app.add_typer(fences, name="fences")
app.add_typer(sim, name="sim")

_console = Console()


def _add_planner() -> None:
    """The planners' libraries take a while to load: only who plans waits for them."""
    if "plan" in sys.argv[1:]:
        from nigehban.planning.commands import app as plan
    else:
        plan = typer.Typer(help="Missions: plan them, prove them, show them, hand them on.")
        plan.callback()(lambda: None)
    app.add_typer(plan, name="plan")


_add_planner()

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


_SIM_RUN_HELP = """
Play a scenario against a running collector and broker: one that comes along, or a file of yours.

It ends when the scenario does, or with Ctrl-C, and with 1 if something was not as the scenario
expects. Two runs with the same seed are the same.

Examples:

  nigehban sim run

  nigehban sim run storm --speed 2

  nigehban sim run mine.yaml --drones 3 --link tcpin:127.0.0.1:5760
"""


@sim.command("run", help=_SIM_RUN_HELP)
def sim_run(
    context: Context,
    scenario: Annotated[
        str, typer.Argument(help="A name of `nigehban sim list`, or a YAML file.")
    ] = "demo",
    drones: Drones = None,
    cars: Cars = None,
    seed: Seed = None,
    speed: Annotated[float, typer.Option(help="Times faster than real time.")] = 1.0,
    duration: Annotated[
        float | None, typer.Option(help="Simulated seconds after which it ends.")
    ] = None,
    link: Annotated[
        list[str] | None,
        typer.Option(help="One more way to each drone: tcpin:HOST:PORT, udpout:…; repeatable."),
    ] = None,
    sbs: Annotated[int | None, typer.Option(help="Port to serve SBS lines of aircraft on.")] = None,
    sapient: Annotated[
        str | None, typer.Option(help="HOST:PORT that simulated radars connect to.")
    ] = None,
) -> None:
    from nigehban.scenarios import Options, read_address
    from nigehban.scenarios import run as play

    options = Options(
        drones=drones,
        cars=cars,
        seed=seed,
        duration=duration,
        speed=speed,
        links=link or (),
        sbs=sbs,
        sapient=None if sapient is None else read_address(sapient, "--sapient"),
    )
    raise typer.Exit(not play(scenario, _with_log(context), options, _console))


@sim.command("list")
def sim_list() -> None:
    """Which scenarios come along."""
    from nigehban.scenarios import show_list

    show_list(_console)


@sim.command("describe")
def sim_describe(
    scenario: Annotated[str, typer.Argument(help="A name of `nigehban sim list`, or a file.")],
) -> None:
    """What is in a scenario, what happens in it and what it expects."""
    from nigehban.scenarios import describe

    describe(scenario, _console)


_ARDUPILOT_HELP = """
Start real ArduPilot SITL vehicles, feed them to the collector, show them; Ctrl-C ends them all.

The program is looked for in $ARDUPILOT_HOME, in build/sitl/bin, in ~/ardupilot and on PATH. Each
vehicle keeps its files in a folder of its own and listens for a ground station of yours.

Examples:

  nigehban sim ardupilot --count 3

  nigehban sim ardupilot --vehicle plane --home 34.0151,71.5249,331,90 --speedup 5
"""


@sim.command("ardupilot", help=_ARDUPILOT_HELP)
def sim_ardupilot(
    context: Context,
    binary: Annotated[
        Path | None, typer.Option(help="The program, or the folder that it lies in.")
    ] = None,
    count: Annotated[int, typer.Option(help="How many vehicles.")] = 1,
    vehicle: Annotated[
        Literal["copter", "plane", "rover"], typer.Option(help="What they are.")
    ] = "copter",
    home: Annotated[
        str, typer.Option(help="LAT,LON,ALT,HEADING of the first; the others stand beside it.")
    ] = "34.0151,71.5249,331,90",
    speedup: Annotated[float, typer.Option(help="Times faster than real time.")] = 1.0,
    first: Annotated[int, typer.Option(help="Number of the first; its system id is one more.")] = 0,
) -> None:
    from nigehban.ardupilot import fly
    from sitl.ardupilot.binaries import Vehicle

    fly(
        _load(context).settings,
        _console,
        vehicle=Vehicle(vehicle),
        count=count,
        first=first,
        home=home,
        speedup=speedup,
        binary=binary,
    )


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


_REPLAY_HELP = """
Take flight recordings (.tlog), tables (.csv) and tracks (.gpx) into history.

What history has already changes nothing, and a run that was stopped goes on where it was. What is
skipped is told, with the reason. Times without an offset are UTC, speeds metres per second.

Examples:

  nigehban replay flight.tlog --network north

  nigehban replay patrol.gpx --asset osmand:gulbahar-03

  nigehban replay exported.csv
"""

_EXPORT_HELP = """
Write the tracks of assets to a file: CSV, GPX, KML, GeoJSON or Parquet, by its suffix.

CSV and Parquet have every position with all that is known of it. In the others stands the track
alone: what a drone's estimator makes of all its sensors, and no suspect fix where there are others.

A time is ISO 8601, in UTC unless it has an offset, or so long ago: -90m, -2h, -3d; or now.

Examples:

  nigehban export --list

  nigehban export --asset mavlink:default/7 --from -2h --out flight.gpx

  nigehban export --asset 'osmand:*' --from 2026-11-20T08:00+05:00 --to 2026-11-20T16:00+05:00
  --out shift.csv
"""


@app.command(help=_REPLAY_HELP)
def replay(
    context: Context,
    files: Annotated[list[Path], typer.Argument(help="Recordings, tables, tracks.")],
    asset: Annotated[
        str | None,
        typer.Option(help="Whose track it is, of a table or GPX: osmand:gulbahar-03."),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(help="MAVLink network of a recording (default: by its name, else default)."),
    ] = None,
    format_name: Annotated[
        str | None, typer.Option("--format", help="tlog, csv or gpx (default: by the suffix).")
    ] = None,
) -> None:
    from nigehban.history import replay_files

    replay_files(
        _load(context).settings,
        _console,
        files,
        asset=asset,
        network=network,
        format_name=format_name,
    )


@app.command(help=_EXPORT_HELP)
def export(
    context: Context,
    out: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
    asset: Annotated[
        list[str] | None,
        typer.Option(help="Identity or name, or a pattern of it; may be repeated (default: all)."),
    ] = None,
    since: Annotated[str, typer.Option("--from", help="First moment.")] = "-24h",
    until: Annotated[str, typer.Option("--to", help="The moment to stop before.")] = "now",
    format_name: Annotated[
        str | None, typer.Option("--format", help="The format, if not by the suffix.")
    ] = None,
    list_only: Annotated[
        bool | None, typer.Option("--list", help="Say which assets there are, and end.")
    ] = None,
) -> None:
    from nigehban.history import export_tracks, list_assets

    loaded = _load(context).settings
    if list_only:
        list_assets(loaded, _console)
    else:
        export_tracks(
            loaded,
            _console,
            assets=asset or [],
            since=since,
            until=until,
            out=out,
            format_name=format_name,
        )


_EVIDENCE_HELP = """
Write what is known of the airspace in a stretch of time into one file, as evidence.

It is a ZIP: every message of the sensors as it was received, the detections read from them,
contacts, their tracks and what became of them, and the alerts and ticked checklists of that time;
with a manifest that has the SHA-256 of each. Of one contact come the detections that may be of
it, and what the sensors that saw it said while it was there.

A time is ISO 8601, in UTC unless it has an offset, or so long ago: -90m, -2h, -3d; or now.

Examples:

  nigehban evidence --from -2h --output incident.zip

  nigehban evidence --from 2026-11-20T17:00+05:00 --to 2026-11-20T18:00+05:00
  --contact 2251799813685248 --output drone.zip

  nigehban evidence --from -30m --sensor scout:north --sensor sapient:mast --output masts.zip
"""


@app.command(help=_EVIDENCE_HELP)
def evidence(
    context: Context,
    since: Annotated[str, typer.Option("--from", help="First moment.")],
    output: Annotated[Path, typer.Option(help="The file to write.")],
    until: Annotated[str, typer.Option("--to", help="The moment to stop before.")] = "now",
    contact: Annotated[
        str | None, typer.Option(help="The id of a contact (default: all that was there).")
    ] = None,
    sensor: Annotated[
        list[str] | None, typer.Option(help="A sensor; may be repeated (default: all).")
    ] = None,
    force: Annotated[
        bool | None, typer.Option("--force", help="Replace the file if it exists.")
    ] = None,
) -> None:
    from nigehban.history import export_evidence

    export_evidence(
        _load(context).settings,
        _console,
        since=since,
        until=until,
        contact=contact,
        sensors=sensor or [],
        out=output,
        force=bool(force),
    )


_FENCES_IMPORT_HELP = """
Take the geofences of a file: GeoJSON, KML, ED-318, ED-269 or a QGroundControl plan.

One that is there already gets a new version from now on; the old one stays for the history. What
the file holds and a geofence does not is told. Running collectors watch them within seconds.

Examples:

  nigehban fences import no-fly.geojson

  nigehban fences import airspace.json --format ed269
"""

_FORMAT_HELP = "geojson, kml, ed318, ed269 or qgc (default: by what it is)."


@fences.command("import", help=_FENCES_IMPORT_HELP)
def fences_import(
    context: Context,
    file: Annotated[Path, typer.Argument(help="The file.")],
    form: Annotated[str | None, typer.Option("--format", help=_FORMAT_HELP)] = None,
) -> None:
    from nigehban.fences import import_fences

    import_fences(_load(context).settings, _console, file, form)


@fences.command("export")
def fences_export(
    context: Context,
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    form: Annotated[str | None, typer.Option("--format", help=_FORMAT_HELP)] = None,
) -> None:
    """Write the geofences that are valid now to a file, and tell what it cannot carry."""
    from nigehban.fences import export_fences

    export_fences(_load(context).settings, _console, out, form)


@fences.command("list")
def fences_list(context: Context) -> None:
    """Which geofences there are, the newest version of each."""
    from nigehban.fences import list_fences

    list_fences(_load(context).settings, _console)


@fences.command("end")
def fences_end(
    context: Context,
    name: Annotated[str, typer.Argument(help="Its name or id, as `fences list` tells them.")],
) -> None:
    """End a geofence now; what happened at it stays."""
    from nigehban.fences import end_fence

    end_fence(_load(context).settings, _console, name)


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
