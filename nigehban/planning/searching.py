"""`nigehban plan search-map`: the search that goes on, sortie after sortie, in one file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import gpxpy
import gpxpy.gpx
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from missions.area import Area
from missions.camera import footprint
from missions.errors import PlanningError
from missions.files.areas import read_areas
from missions.files.disk import read_bytes
from missions.making.common import Common
from missions.making.merging import merged
from missions.making.search import planned_routes
from missions.picture import draw_map
from missions.plan import Imaging, Plan
from missions.projection import LocalFrame
from missions.search.achieved import flown
from missions.search.categories import category, load
from missions.search.detection import sweep_width
from missions.search.grid import Grid
from missions.search.loop import SearchLoop
from missions.search.maps import multiplied, regions, rings
from missions.search.record import Sortie
from nigehban.planning import texts
from nigehban.planning.files import finish
from nigehban.planning.options import FleetOptions, takes_fleet
from nigehban.planning.progress import planning

console = Console()

_HELP = """
A search over several sorties: where the lost person may be, and what each flight was worth.

Examples:

  nigehban plan search-map new lost-child.search --last-known 34.012,71.553 --category child-4-6

  nigehban plan search-map next lost-child.search --count 2 --effort 6 --detection 0.6
      --drone "Matrice 30T" --home 34.01,71.55 --out wave1.json

  nigehban plan search-map report lost-child.search S1 --track S1.gpx
"""

search_map = typer.Typer(help=_HELP, no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The search's file.")]


@search_map.command()
def new(
    file: File,
    last_known: Annotated[str, typer.Option(help="LAT,LON where they were last known to be.")],
    kind: Annotated[
        str, typer.Option("--category", help="Of the lost person; `categories` lists them.")
    ],
    radius: Annotated[float, typer.Option(help="Metres of the map around that place.")] = 3000.0,
    cell: Annotated[float, typer.Option(help="Metres of a cell.")] = 50.0,
    areas: Annotated[
        Path | None, typer.Option(help="Also regions that were drawn, each as likely as another.")
    ] = None,
) -> None:
    """Begin a search from a last known point."""
    latitude, longitude = texts.place(last_known, "--last-known")
    frame = LocalFrame(latitude, longitude)
    grid = Grid.around(frame, (0.0, 0.0), radius, cell)
    prior = rings(grid, (0.0, 0.0), category(kind))
    if areas is not None:
        drawn = [(_on(frame, area), 1.0) for area in read_areas(areas)]
        prior = multiplied(prior, regions(grid, drawn))
    if file.exists():
        raise PlanningError(f"{file} is there already; give another name, or delete it")
    loop = SearchLoop.new(prior, file.stem)
    loop.save(file)
    _show(loop)


@search_map.command("next")
@takes_fleet
def next_sorties(
    file: File,
    effort: Annotated[float, typer.Option(help="Kilometres of track that each sortie may search.")],
    detection: Annotated[float, typer.Option(help="P(detect | in the picture).")],
    law: Annotated[str, typer.Option(help="random, inverse-cube or definite-range.")] = "random",
    *,
    fleet: FleetOptions,
) -> None:
    """Propose the next --count sorties, and plan them."""
    loop = SearchLoop.load(file)
    fleet.check_files([file])
    with planning(console) as watch:
        common = fleet.common(watch, file.stem, {"effort": effort, "detection": detection})
        if common.camera is None:
            raise PlanningError("no camera: what is detected depends on what it sees; name one")
        seen = footprint(common.camera, common.height).width
        width = float(sweep_width(seen, detection))
        start = common.drones[0].place(loop.grid.frame)
        found = loop.next_sorties(
            len(common.drones),
            effort * 1000,
            width,
            law=law,  # type: ignore[arg-type]  # refused there if it is none
            start=(float(start[0]), float(start[1])),
        )
        plan = _plan(found, loop, common, min(seen, width))
    loop.save(file)
    for sortie in found:
        console.print(f"{sortie.id}: {sortie.pattern}, adds {100 * sortie.expected:.1f} %")
    finish(plan, fleet, console)


@search_map.command()
def report(
    file: File,
    sortie: Annotated[str, typer.Argument(help="S1, S2 …: the sortie that found nothing.")],
    track: Annotated[Path, typer.Option(help="Its flown track as GPX with times.")],
    detection: Annotated[
        float | None, typer.Option(help="If the view was another than planned: the share of it.")
    ] = None,
) -> None:
    """Take in what a sortie has really searched, exactly once."""
    loop = SearchLoop.load(file)
    planned = {one.id: one for one in loop.sorties}.get(sortie)
    if planned is None:
        raise PlanningError(f"{file} has no sortie {sortie!r}; `show` lists them")
    times, longitudes, latitudes = _fixes(track)
    width = planned.sweep_width * (1.0 if detection is None else detection)
    told = loop.report(
        sortie, flown(loop.grid.frame, times, longitudes, latitudes, np.full(len(times), width))
    )
    loop.save(file)
    console.print(
        f"{sortie} searched {told.searched_length / 1000:.1f} km: POD {100 * told.pod:.1f} %, "
        f"success so far {100 * told.cumulative:.1f} %",
        highlight=False,
    )


@search_map.command()
def cancel(
    file: File, sortie: Annotated[str, typer.Argument(help="The sortie that is not flown.")]
) -> None:
    """Drop a sortie that will not be flown."""
    loop = SearchLoop.load(file)
    loop.cancel(sortie)
    loop.save(file)


@search_map.command()
def show(
    file: File,
    png: Annotated[Path | None, typer.Option(help="Draw the map into this file.")] = None,
) -> None:
    """The state of a search."""
    loop = SearchLoop.load(file)
    _show(loop)
    if png is not None:
        draw_map(loop.map, png, loop.name)
        console.print(f"drawn to {png}", highlight=False)


@search_map.command()
def categories() -> None:
    """Whom the figures are known of, and from where."""
    table = Table("category", "half within", "95 % within", "source", box=None)
    for name, known in load().items():
        shares, distances = np.array(known.distances).T
        half, most = np.interp([0.5, 0.95], shares, distances)
        table.add_row(name, f"{half:.0f} m", f"{most:.0f} m", known.source)
    console.print(table)


def _on(frame: LocalFrame, area: Area) -> Area:
    """The area on the search's plane."""
    return Area(frame, frame.project(area.frame.unproject(area.polygon)), area.name)


def _plan(found: tuple[Sortie, ...], loop: SearchLoop, common: Common, swath: float) -> Plan:
    """Each sortie by a drone of its own."""
    if not found:
        raise PlanningError("the map leaves nothing that is worth a sortie of this effort")
    plans = []
    for drone, sortie in zip(common.drones, found, strict=False):
        one = replace(
            common,
            drones=[drone],
            height=common.height + sortie.height_offset,
            name=f"{common.name} {sortie.id}",
        )
        camera = common.camera.name if common.camera else ""
        imaging = Imaging(camera=camera, swath=swath, spacing=sortie.sweep_width)
        plans.append(planned_routes([sortie.route(loop.grid.frame)], sortie.pattern, one, imaging))
    return common.with_zones(merged(plans))


def _show(loop: SearchLoop) -> None:
    table = Table("sortie", "pattern", "state", "expected", "POD", "added", box=None)
    reports = {report.sortie: report for report in loop.history}
    for sortie in loop.sorties:
        told = reports.get(sortie.id)
        table.add_row(
            sortie.id,
            sortie.pattern,
            sortie.state,
            f"{100 * sortie.expected:.1f} %",
            "" if told is None else f"{100 * told.pod:.1f} %",
            "" if told is None else f"{100 * told.success:.1f} %",
        )
    if loop.sorties:
        console.print(table)
    console.print(
        f"{loop.name}: success so far {100 * loop.success:.1f} %, off the map "
        f"{100 * loop.map.rest_probability:.1f} %",
        highlight=False,
    )


def _fixes(path: Path) -> tuple[list[float], list[float], list[float]]:
    """Times, longitudes and latitudes of a GPX track. Raises PlanningError."""
    try:
        gpx = gpxpy.parse(read_bytes(path).decode())
    except (gpxpy.gpx.GPXException, UnicodeDecodeError, ValueError) as error:
        raise PlanningError(f"{path} is no GPX: {error}") from None
    points = [point for track in gpx.tracks for part in track.segments for point in part.points]
    times: list[datetime] = [point.time for point in points if point.time is not None]
    if len(times) != len(points) or not times:
        raise PlanningError(f"{path} has no track, or points without a time")
    return (
        [time.timestamp() for time in times],
        [point.longitude for point in points],
        [point.latitude for point in points],
    )
