"""`nigehban fences`: geofences from files, into files, which there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nigehban.commands.common import Context, console, loaded

app = typer.Typer(help="Geofences: from files, into files, which there are.", no_args_is_help=True)

_FENCES_IMPORT_HELP = """
Take the geofences of a file: GeoJSON, KML, ED-318, ED-269 or a QGroundControl plan.

One that is there already gets a new version from now on; the old one stays for the history. What
the file holds and a geofence does not is told. Running collectors watch them within seconds.

Examples:

  nigehban fences import no-fly.geojson

  nigehban fences import airspace.json --format ed269
"""

_FORMAT_HELP = "geojson, kml, ed318, ed269 or qgc (default: by what it is)."


@app.command("import", help=_FENCES_IMPORT_HELP)
def fences_import(
    context: Context,
    file: Annotated[Path, typer.Argument(help="The file.")],
    form: Annotated[str | None, typer.Option("--format", help=_FORMAT_HELP)] = None,
) -> None:
    from nigehban.fences import import_fences

    import_fences(loaded(context).settings, console, file, form)


@app.command("export")
def fences_export(
    context: Context,
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    form: Annotated[str | None, typer.Option("--format", help=_FORMAT_HELP)] = None,
) -> None:
    """Write the geofences that are valid now to a file, and tell what it cannot carry."""
    from nigehban.fences import export_fences

    export_fences(loaded(context).settings, console, out, form)


@app.command("list")
def fences_list(context: Context) -> None:
    """Which geofences there are, the newest version of each."""
    from nigehban.fences import list_fences

    list_fences(loaded(context).settings, console)


@app.command("end")
def fences_end(
    context: Context,
    name: Annotated[str, typer.Argument(help="Its name or id, as `fences list` tells them.")],
) -> None:
    """End a geofence now; what happened at it stays."""
    from nigehban.fences import end_fence

    end_fence(loaded(context).settings, console, name)
