"""What commands begin with: where they print, the settings that they are given."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console

from nigehban.settings import Loaded, Settings, load

console = Console()

Context = typer.Context

Drones = Annotated[int | None, typer.Option(help="Simulated drones.")]
Cars = Annotated[int | None, typer.Option(help="Simulated patrol cars.")]
Seed = Annotated[int | None, typer.Option(help="Two runs with the same seed are the same.")]


def loaded(context: Context, **overrides: int | None) -> Loaded:
    """The settings, with command-line options as if they stood in the environment.

    Raises WrongSettingError.
    """
    given = {name: str(value) for name, value in overrides.items() if value is not None}
    # Roles that the demo starts as processes are to see them too.
    os.environ.update({f"NIGEHBAN_SIMULATION__{name.upper()}": v for name, v in given.items()})
    return load(context.find_root().obj)


def with_log(context: Context) -> Settings:
    """The settings of a program that says what it does in a log, which is set up."""
    from nigehban.logs import configure

    settings = loaded(context).settings
    configure(settings.log)
    return settings
