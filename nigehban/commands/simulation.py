"""`nigehban sim`: the simulated fleet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nigehban.commands.common import Cars, Context, Drones, Seed, console, loaded, with_log

app = typer.Typer(help="The simulated fleet.", no_args_is_help=True)

_SIM_RUN_HELP = """
Play a scenario against a running collector and broker: one that comes along, or a file of yours.

It ends when the scenario does, or with Ctrl-C, and with 1 if something was not as the scenario
expects. Two runs with the same seed are the same.

Examples:

  nigehban sim run

  nigehban sim run storm --speed 2

  nigehban sim run mine.yaml --drones 3 --link tcpin:127.0.0.1:5760
"""


@app.command("run", help=_SIM_RUN_HELP)
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
    raise typer.Exit(not play(scenario, with_log(context), options, console))


@app.command("list")
def sim_list() -> None:
    """Which scenarios come along."""
    from nigehban.scenarios import show_list

    show_list(console)


@app.command("describe")
def sim_describe(
    scenario: Annotated[str, typer.Argument(help="A name of `nigehban sim list`, or a file.")],
) -> None:
    """What is in a scenario, what happens in it and what it expects."""
    from nigehban.scenarios import describe

    describe(scenario, console)


_ARDUPILOT_HELP = """
Start real ArduPilot SITL vehicles, feed them to the collector, show them; Ctrl-C ends them all.

The program is looked for in $ARDUPILOT_HOME, in build/sitl/bin, in ~/ardupilot and on PATH. Each
vehicle keeps its files in a folder of its own and listens for a ground station of yours.

Examples:

  nigehban sim ardupilot --count 3

  nigehban sim ardupilot --vehicle plane --home 34.0151,71.5249,331,90 --speedup 5
"""


@app.command("ardupilot", help=_ARDUPILOT_HELP)
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
        loaded(context).settings,
        console,
        vehicle=Vehicle(vehicle),
        count=count,
        first=first,
        home=home,
        speedup=speedup,
        binary=binary,
    )
