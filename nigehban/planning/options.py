"""The options that several commands share, and what they come to."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from missions import figure_file, library
from missions.drones import Camera, DroneKind
from missions.errors import PlanningError
from missions.files.models import validated
from missions.making.common import Common
from missions.plan import Limits, NoFly
from missions.sorties.divide import Goal
from missions.sorties.fleet import Conditions, Drone, fleet
from missions.terrain import HeightGrid
from missions.zones import no_fly_zones, read_zones
from nigehban.planning import texts
from nigehban.planning.progress import Watch

DAY = timedelta(days=1)
"""After its start a plan is over; zones are asked for their times until then."""


@dataclass(frozen=True)
class FleetOptions:
    """Who flies, how high, in what, and where the plan goes."""

    drone: Annotated[
        list[str] | None,
        typer.Option(
            help="Kind of drone; `nigehban plan kinds` lists them. Several: drones are of them in "
            "turn."
        ),
    ] = None
    count: Annotated[
        int | None, typer.Option(help="How many drones there are (default: one of each kind).")
    ] = None
    home: Annotated[
        list[str] | None,
        typer.Option(help="LAT,LON[,ALTITUDE] to take off; several: drones take them in turn."),
    ] = None
    height: Annotated[float, typer.Option(help="Metres above home.")] = 60.0
    speed: Annotated[
        float | None, typer.Option(help="Metres per second (default: the drone's own).")
    ] = None
    camera: Annotated[str | None, typer.Option(help="Camera (default: the drone's first).")] = None
    wind: Annotated[
        str | None, typer.Option(help="FROM,SPEED: degrees it comes from, metres per second.")
    ] = None
    temperature: Annotated[float, typer.Option(help="Degrees Celsius.")] = 25.0
    terrain: Annotated[
        Path | None, typer.Option(help="Height grid: a GeoTIFF or HGT file, or a folder of them.")
    ] = None
    zones: Annotated[
        list[Path] | None, typer.Option(help="No-fly zones: ED-318, ED-269 or GeoJSON.")
    ] = None
    height_most: Annotated[float, typer.Option(help="Limit above the ground, metres.")] = 120.0
    goal: Annotated[str, typer.Option(help="makespan or energy.")] = "makespan"
    start: Annotated[str | None, typer.Option(help="When it begins: 2026-11-23T16:00+05:00.")] = (
        None
    )
    name: Annotated[str | None, typer.Option(help="What the plan is called.")] = None
    library: Annotated[
        Path | None, typer.Option(help="Folder of your own .toml files of drones and cameras.")
    ] = None
    out: Annotated[Path, typer.Option(help="The plan's file; what is there is written over.")] = (
        Path("plan.json")
    )
    png: Annotated[Path | None, typer.Option(help="Also a picture of it.")] = None
    gantt: Annotated[Path | None, typer.Option(help="Also its timetable as a picture.")] = None

    def check_files(self, read: Iterable[Path]) -> None:
        """Raises PlanningError for files that cannot be written, or are those that are `read`.

        Asked before planning: a plan that took minutes is not lost for a folder that is missing.
        """
        for option, path in (("--out", self.out), ("--png", self.png), ("--gantt", self.gantt)):
            if path is None:
                continue
            folder = path.absolute().parent
            if not folder.is_dir():
                raise PlanningError(f"{option} {path}: there is no folder {folder}; make it")
            if path.is_dir():
                raise PlanningError(f"{option} {path} is a folder; name a file")
            if any(path.exists() and source.exists() and path.samefile(source) for source in read):
                raise PlanningError(f"{option} {path} is read for this plan; name another file")
            if option != "--out":
                figure_file.check(path)

    def kinds(self) -> list[DroneKind]:
        """The drones' kinds. Raises PlanningError."""
        if not self.drone:
            raise PlanningError("no --drone is named; `nigehban plan kinds` lists them")
        return [library.find(name, self.library) for name in self.drone]

    def drones(self) -> list[Drone]:
        """All drones, of the kinds and at the homes in turn. Raises PlanningError."""
        kinds = self.kinds()
        if not self.home:
            raise PlanningError("no --home is given: LAT,LON where the drones take off")
        count = len(kinds) if self.count is None else self.count
        return fleet(kinds, [texts.home(text) for text in self.home], count)

    def height_grid(self) -> HeightGrid | None:
        """Raises PlanningError."""
        return None if self.terrain is None else HeightGrid.open(self.terrain)

    def begins(self) -> datetime | None:
        """Raises PlanningError."""
        return None if self.start is None else texts.moment(self.start, "--start")

    def no_fly(self) -> tuple[NoFly, ...]:
        """The zones of all files. Raises PlanningError."""
        zones = [zone for path in self.zones or () for zone in read_zones(path)]
        begins = self.begins()
        return tuple(no_fly_zones(zones, begins, begins and begins + DAY))

    def common(self, watch: Watch, title: str, parameters: dict[str, Any]) -> Common:
        """What every mission is asked. Raises PlanningError."""
        drones = self.drones()
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        asked = {name: value for name, value in (given | parameters).items() if value is not None}
        return Common(
            name=self.name or title,
            created=datetime.now(UTC).replace(microsecond=0),
            start=self.begins(),
            drones=drones,
            conditions=Conditions(
                wind=texts.wind(self.wind),
                temperature=self.temperature,
                limits=validated(Limits, {"height_most": self.height_most}, "the limits"),
            ),
            height=self.height,
            speed=self.speed,
            camera=self.lens(drones[0].kind),
            zones=self.no_fly(),
            terrain=self.height_grid(),
            goal=_goal(self.goal),
            parameters={name: str(value) for name, value in asked.items()},
            progress=watch.tell,
            stop=watch.stop,
        )

    def lens(self, kind: DroneKind) -> Camera | None:
        """The camera that is named, else the drone's first. Raises PlanningError."""
        if self.camera is None:
            return kind.cameras[0] if kind.cameras else None
        cameras = library.cameras(self.library)
        for name, camera in cameras.items():
            if name.lower() == self.camera.lower():
                return camera
        carried = ", ".join(camera.name for camera in kind.cameras) or "none of ours"
        raise PlanningError(f"no camera is called {self.camera!r}; {kind.name} carries {carried}")


def _goal(text: str) -> Goal:
    if text == "makespan":
        return "makespan"
    if text == "energy":
        return "energy"
    raise PlanningError(f"goal {text!r}: it is makespan or energy")


def takes_fleet(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose last parameter is a FleetOptions gets an option for each of its fields."""
    own = list(inspect.signature(command).parameters.values())[:-1]
    hints = get_type_hints(FleetOptions, include_extras=True)
    more = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in fields(FleetOptions)
    ]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        shared = {field.name: given.pop(field.name) for field in fields(FleetOptions)}
        command(**given, fleet=FleetOptions(**shared))

    hinted = get_type_hints(command, include_extras=True)
    signature = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hinted[parameter.name])
        for parameter in own
    ]
    run.__signature__ = inspect.Signature([*signature, *more])  # type: ignore[attr-defined]  # typer reads it
    return run
