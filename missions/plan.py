"""What a plan is: the file that planners write, `check/` proves and the fleet flies.

A plan holds all that is needed to judge it: the area, the people, the zones, the wind, the drones
with their figures, and each sortie waypoint by waypoint. Degrees are WGS84. `height` is metres
above the sortie's home, as a drone's own (ArduPilot's frame GLOBAL_RELATIVE_ALT); `altitude` is
metres above mean sea level.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from missions.drones import DroneKind
from missions.route import Purpose
from missions.wind import CALM, Wind

FORMAT: Literal["nigehban-plan"] = "nigehban-plan"
VERSION: Literal[1] = 1


class Part(BaseModel):
    """A part of a plan: unknown names are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Place(Part):
    """A place on the ground."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Home(Place):
    """Where a drone takes off and lands; `altitude` of the ground there, if it is known."""

    name: str = ""
    altitude: float | None = None


class Waypoint(Place):
    """A point of a sortie, and the leg that ends there. Legs are straight (geodesics)."""

    height: float
    action: Literal["takeoff", "fly", "hover", "orbit", "land"] = "fly"
    purpose: Purpose = "transit"
    speed: float = Field(gt=0, description="On the leg: over ground; of a fixed wing in the air.")
    hold: float = Field(0.0, ge=0, description="Seconds that it stays here (hover).")
    radius: float = Field(0.0, description="Of an orbit around here; positive is clockwise.")
    turns: float = Field(0.0, ge=0, description="Of the orbit.")
    yaw: float | None = Field(None, ge=0, lt=360, description="Where the nose looks; None: ahead.")
    gimbal_pitch: float | None = Field(None, ge=-90, le=90, description="-90 looks down.")
    trigger_distance: float = Field(0.0, ge=0, description="Between pictures on the leg; 0: none.")


class SortieFigures(Part):
    """What the planner reckons of a sortie; the checker reckons for itself."""

    duration: float
    length: float
    energy: float = Field(description="Watt-hours.")
    energy_usable: float = Field(description="Watt-hours above the reserve, at the temperature.")


class Sortie(Part):
    """One flight of one drone, from take-off at its home to landing there."""

    name: str
    drone: str
    kind: str = Field(description="Name of a kind in `Plan.kinds`.")
    home: Home
    start: float = Field(0.0, ge=0, description="Seconds after the plan's time zero.")
    waypoints: tuple[Waypoint, ...]
    figures: SortieFigures | None = None


class Imaging(Part):
    """How the camera is used: which, its sweep on the ground, and what is asked of it."""

    camera: str = ""
    swath: float = Field(gt=0, description="Width on the ground that counts as seen.")
    spacing: float = Field(gt=0, description="Between lanes.")
    trigger_distance: float = Field(0.0, ge=0)
    gsd: float | None = Field(None, description="Metres per pixel.")


class Crowd(Part):
    """People on the ground, where they are at the plan's time zero and how they move."""

    polygon: dict[str, Any] = Field(description="GeoJSON Polygon.")
    course: float = Field(0.0, ge=0, lt=360, description="Where they go, degrees.")
    speed: float = Field(0.0, ge=0, le=10)
    growth: float = Field(0.0, ge=0, le=10, description="Of the edge outwards, metres per second.")
    position_error: float = Field(5.0, ge=0)
    horizon: float = Field(0.0, ge=0, description="Seconds that the plan holds without another.")


class NoFly(Part):
    """A zone that no drone may enter while it is in force."""

    name: str
    polygon: dict[str, Any] = Field(description="GeoJSON Polygon or MultiPolygon.")
    lower: float = -1e5
    upper: float = 1e5
    lower_reference: Literal["AMSL", "AGL"] = "AGL"
    upper_reference: Literal["AMSL", "AGL"] = "AGL"
    times: tuple[tuple[AwareDatetime, AwareDatetime], ...] | None = Field(
        None, description="In force from … to …; None: always."
    )
    source: str = ""


class BorderLine(Part):
    """A line that no leg may cross or come nearer to than `buffer` metres."""

    line: dict[str, Any] = Field(description="GeoJSON LineString.")
    side: Literal["left", "right"] = Field(description="Ours, seen along the line.")
    buffer: float = Field(gt=0)


class Authority(Part):
    """Under whose order a plan is flown; a border plan without it is not released."""

    name: str = Field(min_length=1)
    rank: str = ""
    order_number: str = Field(min_length=1)
    valid_from: AwareDatetime
    valid_to: AwareDatetime


class Limits(Part):
    """What the checker holds the plan to."""

    height_most: float = Field(120.0, gt=0, description="Above the ground below.")
    clearance_least: float = Field(20.0, ge=0, description="Above the ground, off home.")
    separation_horizontal: float = Field(30.0, ge=0)
    separation_vertical: float = Field(10.0, ge=0)
    people_least: float = Field(30.0, ge=0, description="From people, and their height (1:1).")
    margin: float = Field(0.0, ge=0, description="Inside the area's edge.")


class Station(Part):
    """A post that is to be covered, from `start` to `end` seconds of the plan."""

    name: str
    place: Place
    height: float
    yaw: float = Field(ge=0, lt=360)
    gimbal_pitch: float = Field(ge=-90, le=90)
    start: float = Field(0.0, ge=0)
    end: float = Field(ge=0)
    sees: float = Field(1.0, ge=0, le=1, description="Share of the crowd that is seen from here.")
    camera: str = Field("", description="By which it is seen.")


class Plan(Part):
    """A whole plan. `inside_area`: lanes, and the ways between them, stay inside the area."""

    format: Literal["nigehban-plan"] = FORMAT
    version: Literal[1] = VERSION
    name: str
    pattern: str
    created: AwareDatetime
    start: AwareDatetime | None = Field(None, description="Time zero; None: not yet scheduled.")
    area: dict[str, Any] | None = Field(None, description="GeoJSON Polygon, holes included.")
    inside_area: bool = False
    crowd: Crowd | None = None
    zones: tuple[NoFly, ...] = ()
    border: BorderLine | None = None
    authority: Authority | None = None
    wind: Wind = CALM
    temperature: float = 25.0
    limits: Limits = Limits()
    imaging: Imaging | None = None
    kinds: dict[str, DroneKind] = Field(default_factory=dict)
    stations: tuple[Station, ...] = ()
    sorties: tuple[Sortie, ...] = ()
    parameters: dict[str, JsonValue] = Field(default_factory=dict, description="As asked.")
    figures: dict[str, float] = Field(default_factory=dict, description="As reckoned.")
    complete: bool = Field(default=True, description="False: planning was ended before its time.")
