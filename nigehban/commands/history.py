"""`nigehban replay`, `export` and `evidence`: files into history and out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nigehban.commands.common import Context, console, loaded

app = typer.Typer()

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
        loaded(context).settings,
        console,
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

    settings = loaded(context).settings
    if list_only:
        list_assets(settings, console)
    else:
        export_tracks(
            settings,
            console,
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
        loaded(context).settings,
        console,
        since=since,
        until=until,
        contact=contact,
        sensors=sensor or [],
        out=output,
        force=bool(force),
    )
