"""The commands that take a plan: check, show, convert; and what is done with one just made."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from missions import library
from missions.check.checker import check
from missions.check.report import Report
from missions.errors import PlanningError
from missions.files.export import export
from missions.files.plan_json import load, save
from missions.picture import draw
from missions.plan import Plan
from missions.sorties.gantt import draw as draw_gantt
from missions.terrain import HeightGrid
from nigehban.planning.options import FleetOptions

console = Console()

FLOWN = frozenset({".plan", ".waypoints", ".txt"})
"""Suffixes of the files that an autopilot takes."""

FINDINGS_MOST = 8
"""Of one rule that are shown to people."""


def finish(plan: Plan, fleet: FleetOptions, out: Console) -> None:
    """Write a plan that was just made, say what it is, and prove it: ends with 1 if it must not fly."""
    save(plan, fleet.out)
    if fleet.png is not None:
        draw(plan, fleet.png)
    if fleet.gantt is not None:
        draw_gantt(plan, fleet.gantt)
    out.print(_summary(plan))
    if not plan.complete:
        out.print("[yellow]planning was ended before its time: this is the best so far[/]")
    report = prove(plan, fleet.height_grid())
    _tell(report, out)
    out.print(f"written to {fleet.out}", highlight=False)
    if not report.passed:
        raise typer.Exit(1)


def prove(plan: Plan, terrain: HeightGrid | None) -> Report:
    """The checker's report."""
    return check(plan, heights=None if terrain is None else terrain.heights, now=datetime.now(UTC))


def plan_check(
    file: Annotated[Path, typer.Argument(help="The plan.")],
    terrain: Annotated[Path | None, typer.Option(help="Height grid.")] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> None:
    """Prove a plan; ends with 1 if it must not fly."""
    report = prove(load(file), None if terrain is None else HeightGrid.open(terrain))
    if json:
        typer.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
    else:
        _tell(report, console)
    raise typer.Exit(not report.passed)


def plan_show(
    file: Annotated[Path, typer.Argument(help="The plan.")],
    png: Annotated[Path | None, typer.Option(help="Draw it into this .png, .svg or .pdf.")] = None,
    gantt: Annotated[Path | None, typer.Option(help="Draw its timetable.")] = None,
) -> None:
    """Say what a plan is, and draw it."""
    plan = load(file)
    console.print(_summary(plan))
    for path, drawn in ((png, draw), (gantt, draw_gantt)):
        if path is not None:
            drawn(plan, path)
            console.print(f"drawn to {path}", highlight=False)


def plan_convert(
    file: Annotated[Path, typer.Argument(help="The plan.")],
    out: Annotated[
        Path,
        typer.Option(
            help=".plan (QGroundControl), .waypoints (WPL 110), .kml, .kmz, .geojson, .gpx"
        ),
    ],
    firmware: Annotated[str, typer.Option(help="ardupilot or px4.")] = "ardupilot",
    terrain: Annotated[Path | None, typer.Option(help="Height grid, to prove it by.")] = None,
) -> None:
    """Write a plan in a format of others; what that cannot carry is said.

    What an autopilot flies is written only of a plan that is proved.
    """
    if firmware not in {"ardupilot", "px4"}:
        raise PlanningError(f"--firmware {firmware!r}: it is ardupilot or px4")
    plan = load(file)
    if out.suffix.lower() in FLOWN:
        report = prove(plan, None if terrain is None else HeightGrid.open(terrain))
        wrong = [finding for finding in report.findings if finding.severity == "error"]
        if wrong:
            raise PlanningError(f"{file} must not fly, so {out} is not written: {wrong[0]}")
    written = export(plan, out, firmware)  # type: ignore[arg-type]  # checked above
    for path in written.paths:
        console.print(f"written to {path}", highlight=False)
    for line in written.lost:
        console.print(f"  not carried: {line}", highlight=False, markup=False)


def plan_kinds(
    folder: Annotated[
        Path | None, typer.Option("--library", help="Folder of your own .toml files.")
    ] = None,
) -> None:
    """The drones and cameras that are known."""
    table = Table("drone", "wing", "kg", "Wh", "cruise m/s", "wind m/s", "cameras", box=None)
    for kind in library.kinds(folder).values():
        lenses = ", ".join(camera.name for camera in kind.cameras)
        numbers = (kind.mass, kind.battery, kind.cruise_speed, kind.wind_most)
        table.add_row(kind.name, kind.wing, *(f"{number:g}" for number in numbers), lenses)
    console.print(table)


def _summary(plan: Plan) -> Table:
    table = Table(box=None, title=escape(f"{plan.name}: {plan.pattern}"), title_justify="left")
    for heading in ("sortie", "drone", "starts", "minutes", "km", "Wh", "of usable"):
        table.add_column(heading)
    for sortie in plan.sorties:
        figures = sortie.figures
        told = (
            ("", "", "", "")
            if figures is None
            else (
                f"{figures.duration / 60:.1f}",
                f"{figures.length / 1000:.2f}",
                f"{figures.energy:.0f}",
                f"{100 * figures.energy / figures.energy_usable:.0f} %",
            )
        )
        start = f"+{sortie.start / 60:.1f} min"
        table.add_row(escape(sortie.name), escape(sortie.kind), start, *told)
    table.caption = ", ".join(f"{name} {value:g}" for name, value in plan.figures.items())
    table.caption_justify = "left"
    return table


def _tell(report: Report, out: Console) -> None:
    shown: Counter[str] = Counter()
    for finding in report.findings:
        shown[finding.rule] += 1
        if shown[finding.rule] > FINDINGS_MOST:
            continue
        colour = "red" if finding.severity == "error" else "yellow"
        out.print(f"[{colour}]{escape(str(finding))}[/]", highlight=False)
    for rule, count in shown.items():
        if count > FINDINGS_MOST:
            out.print(f"… and {count - FINDINGS_MOST} more by the rule {rule}; --json has them all")
    for assumption in report.assumptions:
        out.print(f"assumed: {escape(assumption)}", highlight=False)
    if report.passed:
        out.print("[green]proved[/]: it may fly")
    else:
        out.print("[red]not proved[/]: it must not fly")
