"""One command for each kind of mission."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import shapely
import typer
from rich.console import Console

from missions.errors import PlanningError
from missions.files.areas import read_area, read_line
from missions.files.models import validated
from missions.making.common import Common
from missions.plan import Authority, BorderLine, Crowd, Plan
from nigehban.planning import texts
from nigehban.planning.files import finish, plan_check, plan_convert, plan_kinds, plan_show
from nigehban.planning.options import FleetOptions, takes_fleet
from nigehban.planning.progress import planning
from nigehban.planning.searching import search_map

console = Console()

_HELP = """
Missions: plan them, prove them, show them, hand them on.

Examples:

  nigehban plan coverage --area field.geojson --drone "Mavic 3 Enterprise" --count 3
      --home 34.01,71.57 --height 80 --out field.json --png field.png

  nigehban plan search --pattern sector --datum 34.012,71.553 --radius 400 --detection 0.6
      --drone "Matrice 30T" --home 34.01,71.55

  nigehban plan crowd --area procession.kml --from 10min --for 1h --count 6
      --drone "Matrice 30T" --home 34.004,71.57 --home 34.012,71.58

  nigehban plan check field.json

  nigehban plan convert field.json --out field.waypoints
"""

app = typer.Typer(help=_HELP, no_args_is_help=True)
app.add_typer(search_map, name="search-map")
app.command("check")(plan_check)
app.command("show")(plan_show)
app.command("convert")(plan_convert)
app.command("kinds")(plan_kinds)

Area = Annotated[
    Path, typer.Option(help="GeoJSON, KML, KMZ, WKT or a QGroundControl plan with the area.")
]
Feature = Annotated[str | None, typer.Option(help="Which of several areas in the file.")]


@app.command()
@takes_fleet
def coverage(
    area: Area,
    feature: Feature = None,
    spacing: Annotated[
        float | None, typer.Option(help="Metres between lanes (default: by camera and overlap).")
    ] = None,
    sidelap: Annotated[float, typer.Option(help="Overlap of lanes, 0 … 0.95.")] = 0.7,
    frontlap: Annotated[float, typer.Option(help="Overlap of pictures, 0 … 0.95.")] = 0.8,
    gsd: Annotated[float | None, typer.Option(help="Metres per pixel; sets the height.")] = None,
    margin: Annotated[float, typer.Option(help="Metres to stay inside the edges.")] = 0.0,
    *,
    turns_outside: Annotated[
        bool, typer.Option(help="A fixed wing may turn outside the area.")
    ] = False,
    fleet: FleetOptions,
) -> None:
    """See all of an area; without --drone a plain route of one vehicle (with --spacing)."""
    from missions.making.coverage import Coverage, coverage_plan, plain_route

    where = read_area(area, feature)
    if not fleet.drone:
        if spacing is None:
            raise PlanningError("without --drone the lanes want their --spacing")
        fleet.check_files([area])
        with planning(console) as watch:
            length = plain_route(where, spacing, margin, fleet.out, watch.tell, watch.stop)
        console.print(f"{length / 1000:.2f} km of way, {fleet.out}", highlight=False)
        return
    asked = Coverage(where, spacing, sidelap, frontlap, gsd, margin, turns_outside)
    _make(fleet, area.stem, locals(), lambda common: coverage_plan(asked, common))


@app.command()
@takes_fleet
def corridor(
    line: Annotated[Path, typer.Option(help="File with the line along the middle.")],
    width: Annotated[float, typer.Option(help="Metres of the corridor, both sides together.")],
    spacing: Annotated[float | None, typer.Option(help="Metres between lanes.")] = None,
    sidelap: Annotated[float, typer.Option(help="Overlap of lanes.")] = 0.7,
    frontlap: Annotated[float, typer.Option(help="Overlap of pictures.")] = 0.8,
    *,
    fleet: FleetOptions,
) -> None:
    """See a road, canal or power line from end to end."""
    from missions.making.coverage import Corridor, corridor_plan

    asked = Corridor(read_line(line), width, spacing, sidelap, frontlap)
    _make(fleet, line.stem, locals(), lambda common: corridor_plan(asked, common))


@app.command()
@takes_fleet
def orbit(
    area: Area,
    feature: Feature = None,
    distance: Annotated[float, typer.Option(help="Metres from the structure.")] = 20.0,
    lowest: Annotated[float, typer.Option(help="Height of the lowest ring, metres.")] = 20.0,
    rings: Annotated[int, typer.Option(help="How many rings, up to --height.")] = 3,
    *,
    fleet: FleetOptions,
) -> None:
    """Round a structure, ring above ring."""
    from missions.making.orbit import Orbit, orbit_plan

    asked = Orbit(read_area(area, feature), distance, lowest, rings)
    _make(fleet, area.stem, locals(), lambda common: orbit_plan(asked, common))


@app.command()
@takes_fleet
def search(
    pattern: Annotated[
        str,
        typer.Option(
            help="expanding-square, sector, parallel-sweep, creeping-line, track-line, contour."
        ),
    ],
    detection: Annotated[
        float, typer.Option(help="P(detect | in the picture): of this target from this height.")
    ],
    area: Annotated[Path | None, typer.Option(help="File with the area.")] = None,
    feature: Feature = None,
    datum: Annotated[str | None, typer.Option(help="LAT,LON of the place.")] = None,
    track: Annotated[Path | None, typer.Option(help="File with the line they meant to go.")] = None,
    spacing: Annotated[
        float | None, typer.Option(help="Metres between legs (default: the sweep width).")
    ] = None,
    legs: Annotated[int, typer.Option(help="Of an expanding square.")] = 12,
    radius: Annotated[float | None, typer.Option(help="Of a sector search, metres.")] = None,
    interval: Annotated[float, typer.Option(help="Metres between contours.")] = 20.0,
    repeat: Annotated[int, typer.Option(help="How often it was searched before.")] = 0,
    heading: Annotated[float | None, typer.Option(help="Of the first leg, degrees.")] = None,
    law: Annotated[str, typer.Option(help="random, inverse-cube or definite-range.")] = "random",
    *,
    one_way: Annotated[bool, typer.Option(help="Track line: no way back.")] = False,
    fleet: FleetOptions,
) -> None:
    """Search by one of IAMSAR's patterns."""
    from missions.making.search import Search, search_plan

    asked = Search(
        pattern=pattern,
        detection=detection,
        law=law,
        spacing=spacing,
        datum=None if datum is None else texts.place(datum, "--datum"),
        legs=legs,
        radius=radius,
        area=None if area is None else read_area(area, feature),
        track=None if track is None else [tuple(point) for point in read_line(track).tolist()],
        returning=not one_way,
        interval=interval,
        repeat=repeat,
        heading=heading,
    )
    title = area.stem if area else pattern
    _make(fleet, title, locals(), lambda common: search_plan(asked, common))


@app.command()
@takes_fleet
def crowd(
    area: Area,
    feature: Feature = None,
    ring: Annotated[
        int, typer.Option(help="Rounds of the edge; 0: posts that see all of the crowd.")
    ] = 0,
    heights: Annotated[
        str | None, typer.Option(help="Heights of posts to choose from: 40,60 (default --height).")
    ] = None,
    gsd: Annotated[float, typer.Option(help="Metres per pixel at the farthest person.")] = 0.05,
    depression: Annotated[
        float, typer.Option(help="Degrees; flatter, people hide each other.")
    ] = 10.0,
    begin: Annotated[str, typer.Option("--from", help="When the cover begins: 5min.")] = "5min",
    last: Annotated[str, typer.Option("--for", help="How long it lasts: 1h.")] = "30min",
    course: Annotated[float, typer.Option(help="Where the crowd goes, degrees.")] = 0.0,
    pace: Annotated[float, typer.Option(help="How fast, metres per second.")] = 0.0,
    growth: Annotated[float, typer.Option(help="Of its edge outwards, metres per second.")] = 0.0,
    error: Annotated[float, typer.Option(help="Of its drawn edge, metres.")] = 5.0,
    spares: Annotated[int, typer.Option(help="Drones to keep in reserve.")] = 0,
    previous: Annotated[
        Path | None, typer.Option(help="The plan of before, when the crowd has moved.")
    ] = None,
    *,
    fleet: FleetOptions,
) -> None:
    """Watch a crowd from beside it, without a gap."""
    from missions.crowd.sight import Demand
    from missions.files.plan_json import load
    from missions.making.crowd import Watch, overwatch_plan, ring_plan

    people = validated(
        Crowd,
        {
            "polygon": read_area(area, feature).geojson(),
            "course": course % 360,
            "speed": pace,
            "growth": growth,
            "position_error": error,
        },
        "the crowd",
    )
    starts = texts.seconds(begin, "--from")
    given = heights or str(fleet.height)
    watch = Watch(
        heights=tuple(texts.numbers(given, "--heights", "40,60", tuple(range(1, 20)))),
        begin=starts,
        end=starts + texts.seconds(last, "--for"),
        demand=Demand(gsd, depression),
        spares=spares,
    )

    def make(common: Common) -> Plan:
        if ring:
            return ring_plan(people, ring, common)
        return overwatch_plan(people, watch, common, load(previous) if previous else None)

    _make(fleet, area.stem, locals(), make)


@app.command()
@takes_fleet
def border(
    line: Annotated[Path, typer.Option(help="File with the border line.")],
    side: Annotated[str, typer.Option(help="Ours, seen along the line: left or right.")],
    buffer: Annotated[float, typer.Option(help="Metres that no drone comes nearer.")] = 200.0,
    offset: Annotated[float, typer.Option(help="Metres of the way from the line.")] = 300.0,
    revisit: Annotated[
        str, typer.Option(help="Each point is passed again within: 20min.")
    ] = "20min",
    begin: Annotated[str, typer.Option("--from", help="When the patrol begins.")] = "10min",
    last: Annotated[str, typer.Option("--for", help="How long it lasts.")] = "1h",
    authority: Annotated[str | None, typer.Option(help="Who ordered it.")] = None,
    order: Annotated[str | None, typer.Option(help="The order's number.")] = None,
    valid_from: Annotated[str | None, typer.Option(help="From when the order is valid.")] = None,
    valid_to: Annotated[str | None, typer.Option(help="To when the order is valid.")] = None,
    antenna: Annotated[float, typer.Option(help="Metres of the mast at home.")] = 10.0,
    see: Annotated[
        float, typer.Option(help="Share of the line to be seen, where --terrain tells.")
    ] = 0.9,
    *,
    fleet: FleetOptions,
) -> None:
    """Watch a border from our side of it, by an order that is valid."""
    from missions.making.border import Patrol, border_plan

    if side not in {"left", "right"}:
        raise PlanningError(f"--side {side!r}: it is left or right")
    points = shapely.LineString(read_line(line))
    limit = validated(
        BorderLine,
        {"line": shapely.geometry.mapping(points), "side": side, "buffer": buffer},
        "the border",
    )
    starts = texts.seconds(begin, "--from")
    patrol = Patrol(
        offset=offset,
        revisit=texts.seconds(revisit, "--revisit"),
        begin=starts,
        end=starts + texts.seconds(last, "--for"),
        antenna=antenna,
        seen_least=see,
    )
    warrant = _authority(authority, order, valid_from, valid_to)
    _make(fleet, line.stem, locals(), lambda common: border_plan(limit, warrant, patrol, common))


def _authority(
    name: str | None, order: str | None, valid_from: str | None, valid_to: str | None
) -> Authority | None:
    given = {
        "--authority": name,
        "--order": order,
        "--valid-from": valid_from,
        "--valid-to": valid_to,
    }
    if not any(given.values()):
        return None
    for option, value in given.items():
        if not value:
            raise PlanningError(f"an authority wants {option} too")
    return Authority(
        name=name or "",
        order_number=order or "",
        valid_from=texts.moment(valid_from or "", "--valid-from"),
        valid_to=texts.moment(valid_to or "", "--valid-to"),
    )


_NOT_ASKED = {"fleet", "asked", "where", "people", "watch", "limit", "warrant", "patrol", "points"}


def _make(
    fleet: FleetOptions, title: str, given: dict[str, Any], plan: Callable[[Common], Plan]
) -> None:
    """Make the plan, prove it and write it. `given` are the command's own options."""
    told = {
        name: value
        for name, value in given.items()
        if name not in _NOT_ASKED and isinstance(value, str | int | float | Path)
    }
    fleet.check_files([given[name] for name in ("area", "line", "track") if given.get(name)])
    with planning(console) as watch:
        made = plan(fleet.common(watch, title, told))
    finish(made, fleet, console)
